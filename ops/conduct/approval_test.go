package conduct

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
	"calm/ops/approve"
	"calm/ops/approve/approvetest"
)

// table is a shop where an approval is by key.
type table struct {
	*shop
	cto approvetest.Key
	now incident.Uptime
}

func newTable(t *testing.T) *table {
	s := &table{shop: newShop(t), cto: approvetest.New(t), now: incident.Uptime{Boot: "b", For: time.Hour}}
	s.Approval.Signers = filepath.Join(t.TempDir(), "allowed_signers")
	s.allow(s.cto.Line("cto@example.com", `namespaces="calm"`))
	return s
}

// clocked makes the conductor go by the clock of the test. The supervisor goes by the host's, so nothing
// starts that way.
func (s *table) clocked() { s.Uptime = func() incident.Uptime { return s.now } }

func (s *table) allow(lines ...string) {
	s.t.Helper()
	if err := os.WriteFile(s.Approval.Signers, []byte(strings.Join(lines, "")), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *table) ask(p action.Plan) action.Ask {
	s.t.Helper()
	a, _, err := s.Ask(s.t.Context(), s.journal, p, nil, ana)
	if err != nil {
		s.t.Fatal(err)
	}
	ask, ok := action.AskedOf(a)
	if !ok {
		s.t.Fatalf("it asks %+v", a)
	}
	return ask
}

func (s *table) give(hash, how, text string) error {
	_, err := s.Approve(s.t.Context(), s.journal, hash, action.Consent{How: how, Text: text}, ana)
	return err
}

func (s *table) sign(ask action.Ask) {
	s.t.Helper()
	if err := s.give(ask.Hash, incident.BySignature, s.cto.Sign(ask.Line())); err != nil {
		s.t.Fatal(err)
	}
}

// all are the events of a type on disk.
func (s *table) all(t incident.Type) (out []incident.Event) {
	s.t.Helper()
	events, err := s.journal.Since(0)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range events {
		if e.Type == t {
			out = append(out, e)
		}
	}
	return out
}

// denied checks that a plan does not start.
func (s *table) denied(p action.Plan, why string) {
	s.t.Helper()
	before := len(s.all(incident.Intent))
	_, err := s.Begin(s.t.Context(), s.journal, p, ana, "y")
	if ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") {
		s.t.Errorf("begin gave %v, and not that %s", err, why)
	}
	if _, _, err := s.Terminal(s.t.Context(), s.journal, p, ana); ops.CodeOf(err) != ops.Denied {
		s.t.Errorf("terminal gave %v", err)
	}
	if len(s.all(incident.Intent)) != before || s.has("where") {
		s.t.Error("it was begun")
	}
}

// TestSignedApproval: a plan that needs an approval starts by the signature of somebody else, each of its
// procedure's steps once, and the journal has the evidence.
func TestSignedApproval(t *testing.T) {
	s := newTable(t)
	p := s.plan(s.Conductor, "Say where")
	s.denied(p, "needs the approval of Owner; not for drills, and nobody has given one")
	ask := s.ask(p)
	if len(ask.Steps) != 2 || ask.Plan != p.Hash || ask.Incident != 1 || ask.By.Name != "ana" || !strings.Contains(ask.Line(), ask.Hash) {
		t.Errorf("it asks %+v", ask)
	}
	if again := s.ask(p); again.Hash != ask.Hash || len(s.all(incident.Asked)) != 1 {
		t.Error("it asks twice for the same")
	}
	s.denied(p, "waits for the approval of Owner")
	s.sign(ask)
	if err := s.give(ask.Hash, incident.BySignature, s.cto.Sign(ask.Line())); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("a second one gave %v", err)
	}
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); err != nil {
		t.Fatal(err)
	}
	s.end(s.Conductor, p.Op)
	s.read("where")
	var granted incident.GrantedData
	if err := s.all(incident.Granted)[0].Decode(&granted); err != nil {
		t.Fatal(err)
	}
	if granted.By != "cto@example.com" || !strings.HasPrefix(granted.Key, "SHA256:") || len(granted.SHA256) != 64 || granted.Signers != s.Approval.Signers || granted.Weaker != "" {
		t.Errorf("the evidence is %+v", granted)
	}
	if _, err := approve.ParseSignature(granted.Signature); err != nil {
		t.Errorf("the journal's signature: %v", err)
	}
	inc, err := folded(s.journal)
	if err != nil {
		t.Fatal(err)
	}
	if r := inc.Runs[0]; r.Confirmed != "approved by cto@example.com, signed; y" {
		t.Errorf("it was confirmed by %q", r.Confirmed)
	}
	// The next step of the procedure is covered, each of them once, and that of another approval is not.
	s.end(s.Conductor, s.begin(s.Conductor, "Say again").Op)
	s.read("again")
	if _, err := s.Begin(t.Context(), s.journal, s.plan(s.Conductor, "Say again"), ana, "y"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "good once") {
		t.Errorf("a second start gave %v", err)
	}
	if _, err := s.Begin(t.Context(), s.journal, s.plan(s.Conductor, "Switch over"), ana, "y"); ops.CodeOf(err) != ops.Denied || s.has("switched") {
		t.Errorf("a step with an approval of its own gave %v", err)
	}
}

// TestForgedApprovals: what is no signature of this very line by somebody else lets nothing start, and
// is written down.
func TestForgedApprovals(t *testing.T) {
	s := newTable(t)
	stranger, own := approvetest.New(t), approvetest.New(t)
	s.allow(s.cto.Line("cto@example.com", ""), own.Line("ana@example.com", ""))
	p := s.plan(s.Conductor, "Say where")
	ask := s.ask(p)
	other := s.ask(s.plan(s.Conductor, "Switch over"))
	tampered := ask
	tampered.Incident = 8
	for text, why := range map[string]string{
		stranger.Sign(ask.Line()):                    "nobody in",
		own.Sign(ask.Line()):                         "it is by ana, who asks",
		s.cto.Sign(other.Line()):                     "made for another plan",
		s.cto.Sign(tampered.Line()):                  "made for another plan",
		s.cto.SignAs("git", ask.Line()+"\n"):         "sign with -n calm",
		s.cto.SignAs("calm", ask.Line()+" and so\n"): "made for another plan",
	} {
		before := len(s.all(incident.Declined))
		if err := s.give(ask.Hash, incident.BySignature, text); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), why) {
			t.Errorf("it gave %v, and not that %s", err, why)
		}
		if len(s.all(incident.Declined)) != before+1 {
			t.Errorf("nobody wrote down that %s", why)
		}
	}
	for how, text := range map[string]string{incident.BySignature: "yes", incident.BySaying: "cto", incident.BySecond: "cto", incident.ByException: " "} {
		if err := s.give(ask.Hash, how, text); ops.CodeOf(err) != ops.Denied {
			t.Errorf("%s gave %v", how, err)
		}
	}
	if err := s.give(strings.Repeat("0", 64), incident.BySaying, "cto"); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("an approval of nothing gave %v", err)
	}
	s.denied(p, "waits for the approval")
	// Somebody who can write the journal writes evidence into it.
	good := approvedBy(t, s.Approval, ask, s.cto)
	for name, forge := range map[string]func(*incident.GrantedData){
		"the name":       func(g *incident.GrantedData) { g.By = "ceo@example.com" },
		"the signature":  func(g *incident.GrantedData) { g.Signature = s.cto.Sign(other.Line()) },
		"no signature":   func(g *incident.GrantedData) { g.Signature = "" },
		"the file":       func(g *incident.GrantedData) { g.SHA256 = strings.Repeat("0", 64) },
		"a way":          func(g *incident.GrantedData) { g.How = "prayer" },
		"a second user":  func(g *incident.GrantedData) { g.How = incident.BySecond },
		"the same user":  func(g *incident.GrantedData) { g.How, g.UID, g.LoginUID = incident.BySecond, &ana.UID, &ana.LoginUID },
		"a name instead": func(g *incident.GrantedData) { g.How = incident.BySaying },
	} {
		t.Run(name, func(t *testing.T) {
			forged := good
			forge(&forged)
			forged.At = approve.Uptime()
			e := approve.Evidence{Policy: s.Approval, Ask: ask, Granted: forged}
			if err := e.Allows(p, approve.Uptime()); ops.CodeOf(err) != ops.Denied {
				t.Errorf("it counts: %v", err)
			}
		})
	}
}

func approvedBy(t *testing.T, policy approve.Policy, ask action.Ask, k approvetest.Key) incident.GrantedData {
	t.Helper()
	g, err := policy.Signed(ask, k.Sign(ask.Line()))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestApprovalIsOfWhatWasShown: another text, another value, another file of signers voids it. A plan of
// the same step made anew is the same, as long as it does the same.
func TestApprovalIsOfWhatWasShown(t *testing.T) {
	s := newTable(t)
	p := s.plan(s.Conductor, "Say where")
	ask := s.ask(p)
	s.sign(ask)
	for name, change := range map[string]func(*action.Plan){
		"another command": func(p *action.Plan) { p.Command = "touch " + s.out + "/where; true" },
		"another value":   func(p *action.Plan) { p.Fill = map[string]string{"<x>": "y"} },
		"another text":    func(p *action.Plan) { p.Written += " " },
		"another step":    func(p *action.Plan) { p.Ref.Step = "other" },
		"a loss":          func(p *action.Plan) { p.Risk, p.Lost = "destroys", "everything" },
		"another folder":  func(p *action.Plan) { p.Dir = "/" },
	} {
		other := p
		change(&other)
		other.Seal()
		t.Run(name, func(t *testing.T) { s.denied(other, "approv") })
	}
	again := s.plan(s.Conductor, "Say where")
	again.Touches = append(again.Touches, "a process that is older now")
	again.Seal()
	if again.Hash == p.Hash {
		t.Fatal("it is the same plan")
	}
	file, err := os.ReadFile(s.Approval.Signers)
	if err != nil {
		t.Fatal(err)
	}
	s.allow(string(file), "# one more line\n")
	s.denied(again, "has changed since")
	s.allow(string(file))
	if err := os.Chmod(s.Approval.Signers, 0o666); err != nil {
		t.Fatal(err)
	}
	s.denied(again, "others than its owner may write")
	if err := os.Chmod(s.Approval.Signers, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), s.journal, again, ana, "y"); err != nil {
		t.Fatalf("as it was, it does not start: %v", err)
	}
	s.end(s.Conductor, again.Op)
}

// TestApprovalExpires by the clock that nobody can set, and with the boot.
func TestApprovalExpires(t *testing.T) {
	s := newTable(t)
	s.clocked()
	p := s.plan(s.Conductor, "Say where")
	ask := s.ask(p)
	s.now.For += 11 * time.Minute
	if err := s.give(ask.Hash, incident.BySignature, s.cto.Sign(ask.Line())); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "11 min after") {
		t.Errorf("a late one gave %v", err)
	}
	s.now.For -= 2 * time.Minute
	s.sign(ask)
	s.now.For += 2 * time.Minute
	s.denied(p, "expired")
	s.now.Boot = "another"
	s.denied(p, "restarted")
	s.now = incident.Uptime{Boot: "b", For: time.Minute}
	s.denied(p, "restarted") // a clock that goes back is no clock
	if s.ask(p).Hash == ask.Hash {
		t.Error("it does not ask again")
	}
	// A step that started keeps the next one's time.
	used := []incident.Use{{Step: ask.First, At: incident.Uptime{Boot: "b", For: 2 * time.Hour}}}
	given := incident.Uptime{Boot: "b", For: time.Hour + 9*time.Minute}
	for after, ok := range map[time.Duration]bool{9 * time.Minute: true, 11 * time.Minute: false} {
		if err := ask.InTime(given, used, incident.Uptime{Boot: "b", For: 2*time.Hour + after}); (err == nil) != ok {
			t.Errorf("%s after the step before: %v", after, err)
		}
	}
}

// TestAwaitEndsOnce: when the time is over, one of two consoles writes it down.
func TestAwaitEndsOnce(t *testing.T) {
	s := newTable(t)
	s.clocked()
	ask := s.ask(s.plan(s.Conductor, "Say where"))
	s.now.For += 11 * time.Minute
	for range 2 {
		events, err := s.Await(t.Context(), s.journal, ask.Hash)
		if err != nil || events[0].Type != incident.Asked || events[len(events)-1].Type != incident.Expired {
			t.Errorf("it gave %v, %v", events, err)
		}
	}
	if n := len(s.all(incident.Expired)); n != 1 {
		t.Errorf("it expired %d times", n)
	}
}

// TestLaterStepsWithoutValues are not covered: nobody was shown what they would do.
func TestLaterStepsWithoutValues(t *testing.T) {
	s := newTable(t)
	s.follow(strings.Replace(string(s.runbook.Source), s.out+"/again", s.out+"/<name>", 1))
	p := s.plan(s.Conductor, "Say where")
	a, _, err := s.Ask(t.Context(), s.journal, p, map[string]string{"name": "n"}, ana)
	if err != nil {
		t.Fatal(err)
	}
	if whole, _ := action.AskedOf(a); len(whole.Steps) != 2 || whole.Steps[1].Fill["<name>"] != "n" {
		t.Errorf("it covers %+v", whole.Steps)
	}
	p.Written += "\n" // another plan, which is asked for by itself
	p.Seal()
	if ask := s.ask(p); len(ask.Steps) != 1 {
		t.Errorf("it covers %+v", ask.Steps)
	}
}
