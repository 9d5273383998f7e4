package overlay_test

import (
	"testing"

	"calm/model/action"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
)

// D asks for a dry run where the program knows one; where a name is typed, D is a letter of it.
func TestDryRun(t *testing.T) {
	s := state()
	plan := panetest.Changes()
	plan.Kind, plan.Command = action.Shell, "npm ci"
	want := pane.Propose{Ref: plan.Ref, Rehearse: true}
	if _, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "D"); !same(in, want) {
		t.Errorf("D gave %#v", in)
	}
	plan.Target = "aurora"
	if o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "D"); in != nil || o == nil {
		t.Errorf("a letter gave %#v", in)
	}
	if _, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "ctrl+d"); !same(in, want) {
		t.Errorf("ctrl-d gave %#v", in)
	}
	plan.Target, plan.Command = "", "pm2 restart glowglitch-app"
	if o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "D"); in != nil || o == nil {
		t.Errorf("pm2 knows no dry run, and D gave %#v", in)
	}
}

func same(in pane.Intent, want pane.Propose) bool {
	p, ok := in.(pane.Propose)
	return ok && p.Ref == want.Ref && p.Rehearse == want.Rehearse && p.AsWritten == want.AsWritten && p.Fill == nil
}
