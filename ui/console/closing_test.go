package console_test

import (
	"slices"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
)

// overAndDone drives an incident with one change that could be taken back until it could be closed.
func (r *rig) overAndDone() {
	r.t.Helper()
	r.cures()
	r.diagnose()
	r.press(".", "y")
	r.until(2*time.Minute, "✓ WORKED")
	r.press(".")
	r.wait(16 * time.Minute)
	r.next("Mark resolved")
	r.press(".")
	r.next("Post the resolution message")
	r.press(".", "y", "y")
	r.wait(time.Second)
}

func undoable(r *rig) {
	r.h = 30
	r.conductor.inverse = &action.Inverse{Kind: action.Shell, Command: "pm2 restart glowglitch-app --update-env"}
}

// TestClosingWantsWhatStaysSaid: what calm changed and nobody took back stands in the way of closing,
// until a person says why it stays.
func TestClosingWantsWhatStaysSaid(t *testing.T) {
	drive(t, undoable, func(r *rig) {
		r.overAndDone()
		r.next("Undo or keep: Restart the app")
		r.press(".")
		r.shows("1 thing in the way", "nobody has taken it back", "worked", "pm2 restart glowglitch-app")
		r.everySize()
		r.press("enter")
		r.shows("u takes it back, - leaves it")
		r.press("-")
		r.shows("Why does it stay? it is the cure")
		r.press("ctrl+u", "enter")
		r.shows("say why")
		r.everySize()
		r.write("it holds")
		r.press("enter")
		r.wait(time.Second)
		kept := of[incident.KeptData](r.archive, incident.Kept)
		if len(kept) != 1 || kept[0].Why != "it holds" || kept[0].Op == "" {
			t.Fatalf("kept: %+v", kept)
		}
		r.next("Close the incident")
		r.press(".")
		r.wait(time.Second)
		r.shows(" WATCH ")
	})
}

// TestClosingProposesTheUndo: u in the dialog proposes the way back; once it has run, nothing stands.
func TestClosingProposesTheUndo(t *testing.T) {
	drive(t, undoable, func(r *rig) {
		r.overAndDone()
		r.press(".", "u")
		r.until(10*time.Second, "y run it")
		if got := r.conductor.ref.Ref; got.Group != action.UndoGroup {
			t.Fatalf("asked for %+v", got)
		}
		r.press("y")
		r.until(2*time.Minute, "✓ WORKED")
		r.next("Close the incident")
	})
}

// TestPaletteDoesNotGoPastTheGate: closing by name is no way around.
func TestPaletteDoesNotGoPastTheGate(t *testing.T) {
	drive(t, undoable, func(r *rig) {
		r.overAndDone()
		r.press(":")
		r.write("close the inc")
		r.press("enter")
		r.shows("1 thing in the way")
		if slices.Contains(r.archive.types(), incident.Closed) {
			t.Error("it was closed")
		}
	})
}
