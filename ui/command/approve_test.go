package command_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"calm/model/action"
	"calm/model/incident"
	"calm/ui/command"
)

func (c *conductor) Ask(ctx context.Context, _ incident.Journal, p action.Plan, _ map[string]string, by incident.Actor) (incident.Approval, []incident.Event, error) {
	c.note(ctx, "ask "+p.Op+" "+by.Name)
	return incident.Approval{}, []incident.Event{{Seq: 7}}, nil
}

func (c *conductor) Approve(ctx context.Context, _ incident.Journal, hash string, given action.Consent, _ incident.Actor) ([]incident.Event, error) {
	c.note(ctx, "approve "+hash+" "+given.How)
	return nil, errors.New("forged")
}

func (c *conductor) Await(ctx context.Context, _ incident.Journal, hash string) ([]incident.Event, error) {
	c.note(ctx, "await "+hash)
	return []incident.Event{{Seq: 8}}, nil
}

func (c *conductor) Means(incident.Actor) action.Means { return action.Means{Signers: "/s"} }

// TestApproving: what was asked and answered comes back whole, and nothing waits without a limit.
func TestApproving(t *testing.T) {
	c, ana := &conductor{}, incident.Actor{Name: "ana"}
	if m := command.Ask(c, nil, action.Plan{Op: "01J"}, ana)().(command.AskedMsg); m.Op != "01J" || m.Means.Signers != "/s" || len(m.Events) != 1 {
		t.Errorf("ask gave %+v", m)
	}
	if m := command.Approve(c, nil, "7be2", action.Consent{How: incident.BySignature}, ana)().(command.ApprovedMsg); m.Hash != "7be2" || m.Err == nil {
		t.Errorf("approve gave %+v", m)
	}
	if m := command.Await(c, nil, "7be2")().(command.AwaitedMsg); m.Hash != "7be2" || len(m.Events) != 1 {
		t.Errorf("await gave %+v", m)
	}
	if want := []string{"ask 01J ana", "approve 7be2 signature", "await 7be2"}; !slices.Equal(c.asked, want) || c.limits != 3 {
		t.Errorf("it was asked %q, %d times with a limit", c.asked, c.limits)
	}
}
