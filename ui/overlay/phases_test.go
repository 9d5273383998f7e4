package overlay_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"calm/model/action"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
)

// What calm does itself is shown as numbered phases, below what is lost by it; ctrl-o asks for the
// runbook's own command, and o is a letter of the name.
func TestPhasesOfARestore(t *testing.T) {
	s := state()
	plan := panetest.Destroys()
	plan.Kind, plan.Lease, plan.Changes = action.Restore, "mongo", []string{"calm restores beside"}
	plan.Phases = []action.Phase{{Text: "fresh dump of aurora", Note: "18,204 documents"}, {Text: "swap stylistTickets", Risk: "destroys"}}
	plan.Seal()
	o := overlay.NewConfirm(plan, s.Now, false)
	view := ansi.Strip(o.View(s, 120, 60))
	at := -1
	for _, want := range []string{"lost ", "1  fresh dump of aurora  18,204 documents", "2  swap stylistTickets", "DESTROYS", "Type the database to go on (aurora)"} {
		next := strings.Index(view, want)
		if next <= at {
			t.Errorf("%q is not below what is before it:\n%s", want, view)
		}
		at = next
	}
	left, in := press(t, o, s, "o", "ctrl+o")
	ask, ok := in.(pane.Propose)
	if !ok || left != nil || !ask.AsWritten || ask.Ref != plan.Ref {
		t.Errorf("%#v", in)
	}
}
