package conduct

import (
	"os"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops"
	"calm/ops/approve"
	"calm/ops/run"
)

// TestWithoutKeys: where a team has set up neither keys nor approvers, a name is what there is; the
// runbook's exception needs a reason, and is good everywhere.
func TestWithoutKeys(t *testing.T) {
	s := newTable(t)
	p := s.plan(s.Conductor, "Say where")
	ask := s.ask(p)
	if err := s.give(ask.Hash, incident.BySaying, "John Doe"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "does not count here") {
		t.Errorf("a name beside keys gave %v", err)
	}
	if err := os.Remove(s.Approval.Signers); err != nil {
		t.Fatal(err)
	}
	s.Approval.Approvers = []string{"root"}
	if err := s.give(ask.Hash, incident.BySaying, "John Doe"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "root may approve") {
		t.Errorf("a name beside approvers gave %v", err)
	}
	s.Approval.Approvers = nil
	if err := s.give(ask.Hash, incident.BySignature, s.cto.Sign(ask.Line())); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "there is no") {
		t.Errorf("a signature without the file gave %v", err)
	}
	if err := s.give(ask.Hash, incident.BySaying, "@ana"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "ana asks") {
		t.Errorf("her own name gave %v", err)
	}
	if err := s.give(ask.Hash, incident.BySaying, "John Doe"); err != nil {
		t.Fatal(err)
	}
	s.allow(s.cto.Line("cto", "")) // keys came meanwhile: then they count
	s.denied(p, "does not count here")
	if err := os.Remove(s.Approval.Signers); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); err != nil {
		t.Fatal(err)
	}
	s.end(s.Conductor, p.Op)
	again := s.plan(s.Conductor, "Say again")
	if _, err := s.Begin(t.Context(), s.journal, again, ana, "y"); err != nil {
		t.Fatal(err)
	}
	s.end(s.Conductor, again.Op)

	drill := s.plan(s.Conductor, "Say where")
	ask = s.ask(drill)
	if err := s.give(ask.Hash, incident.ByException, "a drill"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), s.journal, drill, ana, "y"); err != nil {
		t.Fatal(err)
	}
	s.end(s.Conductor, drill.Op)
	switched := s.ask(s.plan(s.Conductor, "Switch over"))
	if err := s.give(switched.Hash, incident.ByException, "a drill"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "knows no exception") {
		t.Errorf("an exception that the runbook does not have gave %v", err)
	}
}

// TestTheSupervisorVerifies: what Begin was told is looked at once more where the command would run.
func TestTheSupervisorVerifies(t *testing.T) {
	s := newTable(t)
	p := s.plan(s.Conductor, "Say where")
	ask := s.ask(p)
	g := approvedBy(t, s.Approval, ask, s.cto)
	g.At = approve.Uptime()
	late := g
	late.At.For -= time.Hour
	other := ask
	other.Nonce = "x"
	for name, e := range map[string]*approve.Evidence{
		"none": nil, "empty": {}, "of another ask": {Ask: other, Granted: g}, "too late": {Ask: ask, Granted: late},
		"used": {Ask: ask, Granted: g, Used: []incident.Use{{Step: p.Ref.Step, At: g.At}}},
	} {
		p.Op, p.Lease = p.Op+"X", "" // a folder of its own
		p.Seal()
		job := run.Job{Plan: p, Env: run.BaseEnv(), By: "ana", Grant: s.trust.Path(p.Runbook), Approval: e}
		if _, err := s.supervisor(s.journal).Start(t.Context(), job); err == nil || !strings.Contains(err.Error(), "approval") {
			t.Errorf("%s: the supervisor says %v", name, err)
		}
	}
	if s.has("where") {
		t.Error("it ran")
	}
}

// TestApprovalIsUsedOnce: two consoles that found the same approval at the same moment start the step
// once. The second one is told when it writes its intent down.
func TestApprovalIsUsedOnce(t *testing.T) {
	s := newTable(t)
	first, second := s.plan(s.Conductor, "Say where"), s.plan(s.Conductor, "Say where")
	s.sign(s.ask(first))
	found, err := s.approved(s.journal, second)
	if err != nil {
		t.Fatalf("one that does the same: %v", err)
	}
	if _, err := s.intend(t.Context(), s.journal, first, proposal{approval: found}, ana, "y"); err != nil {
		t.Fatal(err)
	}
	_, err = s.intend(t.Context(), s.journal, second, proposal{approval: found}, ana, "y")
	if ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "good once") {
		t.Errorf("the second one gave %v", err)
	}
	if n := len(s.all(incident.Intent)); n != 1 {
		t.Errorf("%d intents", n)
	}
}
