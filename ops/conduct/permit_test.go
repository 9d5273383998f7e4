package conduct

import (
	"errors"
	"os"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/plan"
	"calm/ops/run"
	"calm/ops/trust"
)

// refused checks that a plan does not start, and that nothing of it is left anywhere.
func (s *shop) refused(c *Conductor, p action.Plan, why string) {
	s.t.Helper()
	events, err := c.Begin(s.t.Context(), s.journal, p, ana, "y")
	if ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") || len(events) > 0 {
		s.t.Errorf("begin gave %v, %v; not that %s", events, err, why)
	}
	if _, events, err = c.Terminal(s.t.Context(), s.journal, p, ana); ops.CodeOf(err) != ops.Denied || len(events) > 0 {
		s.t.Errorf("terminal gave %v, %v", events, err)
	}
	if all := s.events(incident.Intent, p.Op); len(all) > 0 || s.has("failed") {
		s.t.Errorf("it left %v", all)
	}
	if _, err := os.Stat(folder(s.journal, p.Op)); err == nil {
		s.t.Error("it left a folder")
	}
}

// TestNothingStartsUntrusted: a plan is shown, and does not start, whoever says yes to it.
func TestNothingStartsUntrusted(t *testing.T) {
	s := newShop(t)
	p := s.plan(s.Conductor, "Fail")
	if p.Runbook != s.runbook.SHA256 {
		t.Fatalf("the plan is of %q", p.Runbook)
	}
	if err := s.trust.Take(s.runbook.SHA256); err != nil {
		t.Fatal(err)
	}
	s.refused(s.Conductor, p, "nobody has trusted it")
	other := p
	other.Runbook = ""
	other.Seal()
	s.refused(s.Conductor, other, "propose the step again")
	blind := s.console()
	blind.Trust = nil
	s.refused(blind, p, "runs nothing")
	if _, err := s.trust.Give(s.runbook, ana); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); err != nil {
		t.Fatalf("trusted again, it does not start: %v", err)
	}
	s.end(s.Conductor, p.Op)
}

// TestNothingStartsFromAChangedFile: the file is looked at once more at the start. One that can't be
// read changes nothing.
func TestNothingStartsFromAChangedFile(t *testing.T) {
	s := newShop(t)
	sum, fails := s.runbook.SHA256, error(nil)
	s.OnDisk = func() (string, error) { return sum, fails }
	p := s.plan(s.Conductor, "Fail")
	sum = strings.Repeat("0", 64)
	s.refused(s.Conductor, p, "changed on disk")
	fails = errors.New("an editor is writing it")
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); err != nil {
		t.Fatalf("it does not start: %v", err)
	}
	s.end(s.Conductor, p.Op)
}

// TestPlanOfAnOlderText does not start once another text is followed, and what its steps left is
// carried on to the same steps.
func TestPlanOfAnOlderText(t *testing.T) {
	s := newShop(t)
	flag := s.begin(s.Conductor, "Turn the flag off")
	s.end(s.Conductor, flag.Op)
	folder := s.begin(s.Conductor, "Go into the folder")
	s.end(s.Conductor, folder.Op)
	old := s.plan(s.Conductor, "Write it down")
	edited := strings.Replace(string(s.runbook.Source), "# Turn the flag off", "# Turn the flag off\ntrue\n\n# And now the flag", 1)
	rb, err := runbook.Parse("shop.md", []byte(edited))
	if err != nil {
		t.Fatal(err)
	}
	s.runbook = rb
	s.refused(s.Conductor, old, "changed since this was proposed")
	if _, err := s.trust.Give(rb, ana); err != nil {
		t.Fatal(err)
	}
	p := s.begin(s.Conductor, "Write it down")
	s.end(s.Conductor, p.Op)
	if got := s.read("flag"); got != "off in "+s.out+"/sub" {
		t.Errorf("it wrote %q", got)
	}
}

// TestTheSupervisorLooksAgain: what was trusted when the console looked, and is not when the supervisor
// does, does not run.
func TestTheSupervisorLooksAgain(t *testing.T) {
	s := newShop(t)
	p := s.plan(s.Conductor, "Fail")
	sup := s.supervisor(s.journal)
	job := run.Job{Plan: p, Env: run.BaseEnv(), By: "ana", Grant: s.trust.Path(p.Runbook)}
	if err := s.trust.Take(p.Runbook); err != nil {
		t.Fatal(err)
	}
	if _, err := sup.Start(t.Context(), job); err == nil || !strings.Contains(err.Error(), "nobody has trusted it") {
		t.Errorf("the supervisor says %v", err)
	}
	if s.has("failed") {
		t.Error("it ran")
	}
}

// TestBuiltInNeedsNoGrant: the program's own runbook runs without a file that says so.
func TestBuiltInNeedsNoGrant(t *testing.T) {
	s := newShop(t)
	c := New(Options{
		Runbook: func() *runbook.Runbook { return s.runbook }, Trust: trust.New(t.TempDir(), s.runbook.SHA256),
		Planner: plan.New(plan.Options{Dir: s.out, Exec: run.Local{}}), Leases: s.leases,
	})
	p := s.begin(c, "Fail")
	s.end(c, p.Op)
	if !s.has("failed") {
		t.Error("it did not run")
	}
}
