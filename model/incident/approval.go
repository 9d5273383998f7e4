package incident

import (
	"encoding/json"
	"slices"
	"time"
)

// The types of events about approvals.
const (
	Asked    Type = "approval_asked"   // AskedData: somebody else is to agree
	Granted  Type = "approval_granted" // GrantedData: the evidence that one did
	Declined Type = "approval_refused" // DeclinedData: what was handed in is no approval
	Expired  Type = "approval_expired" // ExpiredData
)

// Uptime is a moment by the clock that runs since the boot, which nobody can set.
type Uptime struct {
	Boot string        `json:"boot"` // boot_id of the kernel
	For  time.Duration `json:"bt"`   // nanoseconds since that boot, sleep included
}

// Since is how long ago another moment was; ok is false when the host was restarted in between.
func (u Uptime) Since(then Uptime) (d time.Duration, ok bool) {
	return u.For - then.For, u.Boot == then.Boot && u.Boot != "" && u.For >= then.For
}

// AskedData asks somebody else to let a procedure run. Ask is an action.Ask, Plan the action.Plan that
// it begins with.
type AskedData struct {
	Hash  string          `json:"hash"` // of the Ask
	Title string          `json:"title"`
	Needs string          `json:"needs"` // who must agree, in the runbook's words
	Until time.Time       `json:"until"`
	Ask   json.RawMessage `json:"ask"`
	Plan  json.RawMessage `json:"plan"`
}

// How an approval was given, the strongest first.
const (
	BySignature = "signature"   // of a key in allowed_signers
	BySecond    = "second user" // another Unix user of this host, by the kernel's word
	BySaying    = "said"        // the one who asked says so
	ByException = "exception"   // the runbook's own: nobody was asked
)

// GrantedData is the evidence that an approval was given.
type GrantedData struct {
	Hash   string `json:"hash"`
	How    string `json:"how"`
	By     string `json:"by"`               // the principal, the user, the name; empty for an exception
	Reason string `json:"reason,omitempty"` // of an exception
	Weaker string `json:"weaker,omitempty"` // why it is worth less than it could be, in words

	Key       string `json:"key,omitempty"` // fingerprint: "SHA256:…"
	Signature string `json:"signature,omitempty"`
	Signers   string `json:"signers,omitempty"` // path of the allowed_signers that it was held against
	SHA256    string `json:"signers_sha256,omitempty"`

	UID      *int `json:"uid,omitempty"` // of the second user
	LoginUID *int `json:"loginuid,omitempty"`

	At Uptime `json:"at"`
}

// DeclinedData says that what was handed in as an approval is none. Final ends the wait: a person said no.
type DeclinedData struct {
	Hash  string `json:"hash"`
	By    string `json:"by,omitempty"`
	Why   string `json:"why"`
	Final bool   `json:"final,omitempty"`
}

// ExpiredData says that the time for an approval is over.
type ExpiredData struct {
	Hash string `json:"hash"`
}

// Approval is one that was asked for, and what became of it.
type Approval struct {
	AskedData
	AskedBy   string
	AskedAt   time.Time
	Seq       uint64       // of the event that asked
	Granted   *GrantedData // nil until it is given
	GrantedAt time.Time
	Ended     string // why nobody can give it any more; empty while one can
	Used      []Use  // steps that started under it
}

// Use is one step that started under an approval.
type Use struct {
	Op   string
	Step string // ID
	At   Uptime
}

// Waits says whether it can still be given, as far as the events tell.
func (a Approval) Waits() bool { return a.Granted == nil && a.Ended == "" }

// Words say in a few words who agreed and by what; the timeline and the confirmation have them.
func (g GrantedData) Words() string {
	switch g.How {
	case BySignature:
		if g.Weaker != "" {
			return "approved by " + g.By + ", signed (weaker: " + g.Weaker + ")"
		}
		return "approved by " + g.By + ", signed"
	case BySecond:
		return "approved by " + g.By + " on this host (weaker: not signed)"
	case BySaying:
		return "approved by " + g.By + " (said, not signed)"
	}
	return "security incident: " + g.Reason
}

// ApprovalOf finds an approval by its hash.
func (i Incident) ApprovalOf(hash string) (Approval, bool) {
	for _, a := range slices.Backward(i.Approvals) {
		if a.Hash == hash {
			return a, true
		}
	}
	return Approval{}, false
}

func (i *Incident) asked(e Event, d AskedData) error {
	if d.Hash == "" {
		return e.odd("no approval named")
	}
	i.Approvals = append(slices.Clip(i.Approvals), Approval{AskedData: d, AskedBy: e.Actor.Name, AskedAt: e.At, Seq: e.Seq})
	return nil
}

// granted keeps the first that was given: two people may agree at once.
func (i *Incident) granted(e Event, d GrantedData) error {
	return i.approval(e, d.Hash, func(a *Approval) {
		if a.Waits() {
			a.Granted, a.GrantedAt = &d, e.At
		}
	})
}

func (i *Incident) declined(e Event, d DeclinedData) error {
	return i.approval(e, d.Hash, func(a *Approval) {
		if d.Final && a.Waits() {
			a.Ended = join(" by ", "refused", d.By)
		}
	})
}

func (i *Incident) expired(e Event, d ExpiredData) error {
	return i.approval(e, d.Hash, func(a *Approval) {
		if a.Waits() {
			a.Ended = "nobody gave it in time"
		}
	})
}

// used counts a start under an approval.
func (i *Incident) used(e Event, d IntentData) error {
	if d.Approval == "" {
		return nil
	}
	return i.approval(e, d.Approval, func(a *Approval) {
		a.Used = append(slices.Clip(a.Used), Use{Op: d.Op, Step: d.Step, At: d.At})
	})
}

func (i *Incident) approval(e Event, hash string, change func(*Approval)) error {
	for at, a := range slices.Backward(i.Approvals) {
		if a.Hash == hash {
			change(&a)
			i.Approvals = slices.Clone(i.Approvals)
			i.Approvals[at] = a
			return nil
		}
	}
	return e.odd("no such approval was asked for")
}

func (l liner) asked(d AskedData) (mark, text string) {
	return MarkDone, join(" ", "asks for approval:", d.Title) + ", until " + d.Until.UTC().Format("15:04:05") + ", plan " + shortHash(d.Hash)
}

func (l liner) granted(d GrantedData) (mark, text string) {
	title := ""
	if a, ok := l.ApprovalOf(d.Hash); ok {
		title = a.Title + ": "
	}
	mark = MarkGood
	if d.How != BySignature || d.Weaker != "" {
		mark = MarkDone
	}
	if d.How == ByException {
		return MarkOut, title + "without approval, " + d.Words()
	}
	return mark, join(", ", title+d.Words(), d.Key)
}

func (l liner) declined(d DeclinedData) (mark, text string) {
	return MarkOut, join(": ", "approval refused", d.By, d.Why)
}

func (l liner) lapsed(d ExpiredData) (mark, text string) {
	text = "approval expired"
	if a, ok := l.ApprovalOf(d.Hash); ok {
		text += ": " + a.Title
	}
	return MarkOut, text
}
