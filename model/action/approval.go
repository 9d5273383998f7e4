package action

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// ApprovalTime is how long an approval may be given, and how long after it, or after a step that
// started under it, the next step may start.
const ApprovalTime = 10 * time.Minute

// Ask is what a second person is asked to let run, whole: the changing steps of one procedure, once
// each. What is signed is its Line, which names it by its Hash; that covers every field above it.
type Ask struct {
	Title    string          `json:"title"`   // of the procedure, or of the step that asks by itself
	Runbook  string          `json:"runbook"` // SHA-256 of the text
	Part     string          `json:"part"`    // ID of the procedure or scenario
	Steps    []AskedStep     `json:"steps"`
	First    string          `json:"first"` // ID of the step that it begins with
	Plan     string          `json:"plan"`  // hash of that step's plan
	Deed     string          `json:"deed"`  // Plan.Deed of it
	Host     string          `json:"host"`
	Incident int             `json:"incident"`
	By       incident.Actor  `json:"by"`   // who asks
	Keys     []string        `json:"keys"` // fingerprints of the keys that this person is known to hold
	At       incident.Uptime `json:"at"`
	Until    time.Time       `json:"until"` // for people; At decides
	Nonce    string          `json:"nonce"`
	Hash     string          `json:"hash"` // SHA-256 over the above; set by Seal
}

// AskedStep is one step that changes something, as it would run.
type AskedStep struct {
	ID    string            `json:"step"`
	Title string            `json:"title"`
	Text  string            `json:"text"` // as the runbook has it
	Risk  string            `json:"risk"`
	Fill  map[string]string `json:"fill,omitempty"` // placeholder as written → value
}

// Consent is what was handed in for an approval: one of incident.BySignature, BySaying and
// ByException, with the armoured signature, the name or the reason.
type Consent struct {
	How  string
	Text string
}

// Seal sets Hash. Nothing in the ask may change after it.
func (a *Ask) Seal() { a.Hash = a.digest() }

// Sealed says whether the ask is still as it was sealed.
func (a Ask) Sealed() bool { return a.Hash != "" && a.Hash == a.digest() }

func (a Ask) digest() string {
	a.Hash = ""
	return digest(a)
}

// Line is what an approver reads and signs. It holds nothing that a shell acts on within ' '.
func (a Ask) Line() string {
	return fmt.Sprintf(`calm approve: "%s" on %s, incident %d, asked by %s, until %s, plan %s`,
		plain(a.Title, 60), plain(a.Host, 60), a.Incident, plain(a.By.Name, 40), a.Until.UTC().Format("15:04:05Z"), a.Hash)
}

// SignCommand makes the signature, on the approver's own machine.
func (a Ask) SignCommand() string {
	return "echo '" + a.Line() + "' | ssh-keygen -Y sign -n " + Namespace + " -f ~/.ssh/id_ed25519"
}

// Namespace keeps signatures for other purposes from counting here.
const Namespace = "calm"

// plain keeps letters, figures and blanks, and what neither a shell's quotes nor a terminal minds.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("'\"\\`$!", r) || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s)
	return cut(strings.Join(strings.Fields(s), " "), most)
}

// Deed is the SHA-256 of what a plan does, apart from what the host said about it meanwhile: the same
// step proposed again a minute later does the same, and touches a process that is a minute older.
func (p Plan) Deed() string {
	return digest(struct {
		Kind, Runbook, Part, Step, Written, Command, Dir, User, Risk, Target string
		Fill                                                                 map[string]string
		Carries                                                              []Variable
		Programs                                                             []Program
		Detail                                                               json.RawMessage
	}{p.Kind, p.Runbook, p.Ref.Part, p.Ref.Step, p.Written, p.Command, p.Dir, p.User, p.Risk, p.Target, p.Fill, list(p.Carries), list(p.Programs), p.Detail})
}

// Covers says why an approval of this does not let a plan start; nil where it does. The step that it
// began with must be the plan that was approved: where that only changes something, one that does the
// same will do; where it destroys, its losses were approved too, so it must be the very plan.
func (a Ask) Covers(p Plan) error {
	at := -1
	for i, s := range a.Steps {
		if s.ID == p.Ref.Step {
			at = i
		}
	}
	switch {
	case p.Ref.Group == UndoGroup || p.Ref.Part != a.Part || at < 0:
		return fmt.Errorf("it is not among the steps of %q that were put to the approver", a.Title)
	case p.Runbook != a.Runbook:
		return fmt.Errorf("the runbook is another text than the one that was put to the approver")
	case p.Written != a.Steps[at].Text || !maps.Equal(p.Fill, a.Steps[at].Fill):
		return fmt.Errorf("its text or its values are not those that were put to the approver")
	case p.Ref.Step == a.First && p.Hash != a.Plan && (p.Risk != string(shell.Changes) || p.Deed() != a.Deed):
		return fmt.Errorf("its plan is not the one that was put to the approver")
	}
	return nil
}

// InTime says why an approval can't be used now, by the clock that nobody can set; nil where it can.
func (a Ask) InTime(given incident.Uptime, used []incident.Use, now incident.Uptime) error {
	from, since := a.At, "it was asked for"
	if len(used) > 0 {
		from, since = used[len(used)-1].At, "the last step under it"
	}
	late, ok := given.Since(a.At)
	switch d, same := now.Since(from); {
	case !ok || !same:
		return fmt.Errorf("this host was restarted after it was asked for")
	case late > ApprovalTime:
		return fmt.Errorf("it expired: it was given %d min after it was asked for", int(late/time.Minute))
	case d > ApprovalTime:
		return fmt.Errorf("it expired: %s is %d min ago", since, int(d/time.Minute))
	}
	return nil
}

// AskedOf is what an approval in the journal asks, whole.
func AskedOf(a incident.Approval) (Ask, bool) {
	var out Ask
	err := json.Unmarshal(a.Ask, &out)
	return out, err == nil && out.Hash == a.Hash && out.Sealed()
}

// ApprovalFor is the newest approval in the journal that was asked for a plan and can still be given, or
// was given and not used for this step. Whether it lets the plan start is for the one who starts it.
func ApprovalFor(i incident.Incident, p Plan) (incident.Approval, bool) {
	for at := len(i.Approvals) - 1; at >= 0; at-- {
		a := i.Approvals[at]
		ask, ok := AskedOf(a)
		if ok && a.Ended == "" && ask.Covers(p) == nil && !UsedFor(a, p.Ref.Step) {
			return a, true
		}
	}
	return incident.Approval{}, false
}

// UsedFor says whether a step has started under an approval.
func UsedFor(a incident.Approval, step string) bool {
	for _, u := range a.Used {
		if u.Step == step {
			return true
		}
	}
	return false
}

// ApprovedPlan is the plan that was put to the approver.
func ApprovedPlan(a incident.Approval) (Plan, bool) {
	var p Plan
	err := json.Unmarshal(a.Plan, &p)
	return p, err == nil && p.Matches(p.Hash)
}

// Approvers says who must agree, in the runbook's words.
func Approvers(a runbook.Approval) string {
	text := strings.Join(a.By, ", or ")
	if text == "" {
		text = a.Text
	}
	if a.Except != "" {
		text += "; not for " + a.Except
	}
	return text
}

// Means is how an approval can be given here; what says why it can't is empty where it can.
type Means struct {
	Signers     string // path of allowed_signers
	NoSignature string
	Weaker      string // why a signature is worth less here than it could be
	Second      string // users who may approve on this host; empty for every other one
	NoName      string // why a name that is typed does not count
}
