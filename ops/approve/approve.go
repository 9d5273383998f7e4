// Package approve decides whether somebody else has agreed to what is to run: a signature that is held
// against allowed_signers, a second user of this host, or, where a team has set up neither, a name that
// was said. It verifies without a network and again at every start.
//
// It writes nothing and starts nothing: ops/conduct keeps what it found in the journal.
package approve

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
)

// DefaultSigners is where allowed_signers is when the configuration names no other place.
const DefaultSigners = "/etc/calm/allowed_signers"

// Policy is what counts as an approval on this host.
type Policy struct {
	Signers   string   `json:"signers"`   // path of allowed_signers; empty is DefaultSigners
	Approvers []string `json:"approvers"` // users who may approve on this host itself; empty is every other one

	// Roles are who has which role that a runbook asks for, as principals or users; empty is everyone for
	// each.
	Roles map[string][]string `json:"roles,omitempty"`
}

// Evidence is an approval as the journal has it, for one start.
type Evidence struct {
	Policy
	Ask     action.Ask           `json:"ask"`
	Granted incident.GrantedData `json:"granted"`
	Used    []incident.Use       `json:"used"` // steps that started under it before
}

// Allows says why the approval does not let a plan start now; nil where it does. Nothing is taken from
// the journal on trust that can be looked at again.
func (e Evidence) Allows(p action.Plan, now incident.Uptime) error {
	op := "start " + p.Title
	if err := e.allows(p, now); err != nil {
		return &ops.Error{Code: ops.Denied, Op: op, Detail: "its approval does not count: " + reason(err) + "; ask again", Err: err}
	}
	return nil
}

func (e Evidence) allows(p action.Plan, now incident.Uptime) error {
	g := e.Granted
	if !e.Ask.Sealed() || g.Hash != e.Ask.Hash {
		return errors.New("it is for another plan")
	}
	if err := e.Ask.Covers(p); err != nil {
		return err
	}
	for _, u := range e.Used {
		if u.Step == p.Ref.Step {
			return errors.New("this step has started under it before, and it is good once")
		}
	}
	if err := e.Ask.InTime(g.At, e.Used, now); err != nil {
		return err
	}
	if p.Approval != nil {
		if err := e.Holds(*p.Approval, g); err != nil {
			return err
		}
	}
	return e.holds(p)
}

// holds looks at what was handed in once more.
func (e Evidence) holds(p action.Plan) error {
	g := e.Granted
	switch g.How {
	case incident.BySignature:
		found, err := e.signed(e.Ask, g.Signature, cmp.Or(g.Signers, e.Signers))
		switch {
		case err != nil:
			return err
		case found.SHA256 != g.SHA256:
			return fmt.Errorf("%s has changed since it was given", g.Signers)
		case found.By != g.By || found.Key != g.Key:
			return errors.New("it is not by the one who is recorded")
		}
		return nil
	case incident.BySecond:
		if g.UID == nil || g.LoginUID == nil {
			return errors.New("it does not say who gave it")
		}
		return e.second(e.Ask, Peer{UID: *g.UID, LoginUID: *g.LoginUID, Name: g.By})
	case incident.BySaying:
		_, err := e.Said(e.Ask, g.By)
		return err
	case incident.ByException:
		if p.Approval == nil || p.Approval.Except == "" {
			return errors.New("the runbook knows no exception here")
		}
		_, err := Excepted(e.Ask, g.Reason)
		return err
	}
	return fmt.Errorf("calm knows no approval by %q", g.How)
}

func (p Policy) place() string { return cmp.Or(p.Signers, DefaultSigners) }

// ByName says why the word of the one who asks is not enough here; nil where a team has neither keys
// nor named approvers, and must be able to use its kill switch all the same.
func (p Policy) ByName() error {
	if len(p.Approvers) > 0 {
		return fmt.Errorf("a name that is typed does not count here: %s may approve, with calm approve", strings.Join(p.Approvers, ", "))
	}
	if _, err := os.Lstat(p.place()); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a name that is typed does not count here: %s says whose signature does", p.place())
	}
	return nil
}

// Said is the approval of somebody who was named by the one who asks.
func (p Policy) Said(ask action.Ask, name string) (incident.GrantedData, error) {
	name = strings.TrimSpace(name)
	switch err := p.ByName(); {
	case err != nil:
		return incident.GrantedData{}, err
	case name == "":
		return incident.GrantedData{}, errors.New("it names nobody")
	case isRequester(strings.TrimPrefix(name, "@"), ask.By):
		return incident.GrantedData{}, fmt.Errorf("%s asks, so somebody else must agree", ask.By.Name)
	}
	return incident.GrantedData{Hash: ask.Hash, How: incident.BySaying, By: name, Weaker: "said, not signed"}, nil
}

// Excepted is the runbook's own exception, with the reason that a person gives.
func Excepted(ask action.Ask, why string) (incident.GrantedData, error) {
	if why = strings.TrimSpace(why); why == "" {
		return incident.GrantedData{}, errors.New("say why; it goes into the timeline")
	}
	return incident.GrantedData{Hash: ask.Hash, How: incident.ByException, Reason: why}, nil
}

// isRequester says whether a principal is the one who asks, as far as names tell: ana, ana@example.com.
func isRequester(principal string, by incident.Actor) bool {
	user, _, _ := strings.Cut(principal, "@")
	for _, name := range []string{by.Name, by.SudoUser} {
		if name != "" && (strings.EqualFold(principal, name) || strings.EqualFold(user, name)) {
			return true
		}
	}
	return false
}

// Seal completes an ask: the moment, the deadline that people read, and what no other ask has.
func Seal(ask action.Ask, at incident.Uptime, now time.Time) action.Ask {
	ask.At, ask.Until, ask.Nonce = at, now.UTC().Add(action.ApprovalTime).Truncate(time.Second), rand.Text()
	ask.Seal()
	return ask
}

// Uptime is this moment by the clock that nobody can set.
func Uptime() incident.Uptime {
	var u incident.Uptime
	if id, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		u.Boot = strings.TrimSpace(string(id))
	}
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) == nil {
		u.For = time.Duration(ts.Nano())
	}
	return u
}

// LoginKeys are the fingerprints of the keys that this login was let in by, as sshd wrote them into the
// file that $SSH_USER_AUTH names (ExposeAuthInfo yes); none where it did not.
func LoginKeys(file string) []string {
	out := []string{}
	text, err := os.ReadFile(file)
	if err != nil {
		return out
	}
	for line := range strings.Lines(string(text)) {
		encoded, ok := strings.CutPrefix(line, "publickey ")
		if key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(encoded)); ok && err == nil {
			out = append(out, ssh.FingerprintSHA256(key))
		}
	}
	return out
}

// reason is the cause without the operation before it.
func reason(err error) string {
	var own *ops.Error
	if errors.As(err, &own) && own.Detail != "" {
		return own.Detail
	}
	return err.Error()
}

// Means says how an approval can be given to somebody here, and why not otherwise.
func (p Policy) Means(by incident.Actor) action.Means {
	m := action.Means{Signers: p.place(), Second: strings.Join(p.Approvers, ", ")}
	if err := p.ByName(); err != nil {
		m.NoName = err.Error()
	}
	switch file, err := ReadSigners(p.place(), by); {
	case errors.Is(err, fs.ErrNotExist):
		m.NoSignature = "no " + p.place() + "; calm approve --help" // it must fit a dialog of 76 columns
	case err != nil:
		m.NoSignature = reason(err)
	case len(file.All) == 0:
		m.NoSignature = "nobody is in " + p.place()
	default:
		m.Weaker = file.Weaker
	}
	return m
}
