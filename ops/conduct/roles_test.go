package conduct

import (
	"testing"

	"calm/model/incident"
	"calm/ops"
)

// TestRoleOfTheApprover: a signature that counts is not enough where it is of none of those whom the
// runbook asks for; one that was given before that was settled lets nothing start either.
func TestRoleOfTheApprover(t *testing.T) {
	s := newTable(t)
	p := s.plan(s.Conductor, "Say where")
	ask := s.ask(p)
	s.Approval.Roles = map[string][]string{"Owner": {"mary"}}
	if err := s.give(ask.Hash, incident.BySignature, s.cto.Sign(ask.Line())); ops.CodeOf(err) != ops.Denied {
		t.Fatalf("the CTO's signature for the owner's gave %v", err)
	}
	if n := len(s.all(incident.Declined)); n != 1 {
		t.Errorf("%d refusals are in the journal", n)
	}
	s.Approval.Roles = nil
	s.sign(ask)
	s.Approval.Roles = map[string][]string{"Owner": {"mary"}}
	s.denied(p, "cto@example.com is none of those whom the runbook asks for here: mary")
	s.Approval.Roles["Owner"] = append(s.Approval.Roles["Owner"], "cto")
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); err != nil {
		t.Fatal(err)
	}
	s.end(s.Conductor, p.Op)
}
