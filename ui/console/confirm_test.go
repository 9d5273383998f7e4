package console_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
)

// ran says whether a command with a text was started.
func (r *rig) ran(text string) bool {
	return slices.ContainsFunc(r.conductor.began(), func(c string) bool { return strings.Contains(c, text) })
}

// TestOnlyYRuns: no other key starts what changes something, and what was not started is written
// down as refused.
func TestOnlyYRuns(t *testing.T) {
	for _, keys := range []string{"esc", "n", "enter", "space", "enter enter enter", "r", "j", ". .", "ctrl+c", "e", "q", "v", "Y", "1", "tab"} {
		t.Run(keys, func(t *testing.T) {
			drive(t, nil, func(r *rig) {
				r.diagnose()
				r.press(".")
				r.shows("y run it")
				r.press(strings.Fields(keys)...)
				r.wait(time.Minute)
				if r.ran("pm2 restart") {
					t.Errorf("%s started it", keys)
				}
			})
		})
	}
}

func TestRefusedIsWrittenDown(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.press(".", "esc")
		r.hides("y run it")
		got := of[incident.RefusedData](r.archive, incident.Refused)
		if len(got) != 1 || got[0].Why != "not confirmed" || got[0].What != "Restart the app" {
			t.Errorf("the journal says %+v", got)
		}
		if n := len(of[incident.IntentData](r.archive, incident.Intent)); n != 2 {
			t.Errorf("%d intents, and not those of the two checks", n)
		}
	})
}

// TestDestroysNeedsTheName: y and enter do nothing until the target is typed, letter by letter.
func TestDestroysNeedsTheName(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.press("4")
		r.choose("Database Rollback")
		r.choose("Restore it: its folder")
		r.press("enter")
		r.shows(" destroys ─", "(glowglitch)", "243 documents")
		r.everySize()
		r.press("y", "enter")
		r.shows("not the name yet")
		if r.ran("mongorestore") {
			r.t.Fatal("y and enter started a restore")
		}
		r.press("backspace")
		r.write("glowglitc")
		r.press("enter")
		if r.ran("mongorestore") {
			r.t.Fatal("half a name started a restore")
		}
		r.write("h")
		r.press("enter")
		r.wait(time.Second)
		if !r.ran("mongorestore") {
			r.t.Fatalf("the whole name did not start it:\n%s", r.screen())
		}
		confirmed := of[incident.ConfirmedData](r.archive, incident.Confirmed)
		if got := confirmed[len(confirmed)-1].How; got != "typed glowglitch" {
			t.Errorf("the journal says that it was confirmed by %q", got)
		}
	})
}

// slow makes plans take their time.
func (r *rig) slow(d time.Duration) {
	r.conductor.wait = d
}

// TestNoPlanOverTyping: a plan that comes while something else has the keys waits until that is
// done, and takes no key that was meant for it.
func TestNoPlanOverTyping(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.slow(3 * time.Second)
		r.press(".", "n")
		r.shows("─ Note ─")
		r.write("my")
		r.wait(5 * time.Second)
		r.shows("─ Note ─", "my")
		r.write(" hypothesis: y")
		r.press("enter")
		r.shows("keys wait until you have stopped typing")
		r.press("y")
		if r.ran("pm2 restart") {
			r.t.Fatal("a key that was meant for the note ran the plan")
		}
		r.wait(2 * time.Second)
		r.shows("y run it")
		r.press("y")
		r.wait(time.Second)
		if !r.ran("pm2 restart") {
			t.Errorf("the plan can't be confirmed:\n%s", r.screen())
		}
		if got := of[incident.NoteData](r.archive, incident.Note); len(got) != 1 || got[0].Text != "my hypothesis: y" {
			t.Errorf("the note is %+v", got)
		}
	})
}

// TestKeysBetweenProposalAndPlan: a dialog that opens after other keys were pressed waits for them
// to stop.
func TestKeysBetweenProposalAndPlan(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.slow(time.Second)
		r.press(".")
		r.wait(900 * time.Millisecond)
		r.press("j")
		r.wait(200 * time.Millisecond)
		r.press("y")
		if r.ran("pm2 restart") {
			r.t.Fatal("a key that was pressed before the plan was read ran it")
		}
		r.wait(2 * time.Second)
		r.press("y")
		r.wait(time.Second)
		if !r.ran("pm2 restart") {
			t.Error("the plan can't be confirmed any more")
		}
	})
}

// TestANewerProposal takes the place of an older one whose plan comes later, and the same one again
// is the same.
func TestANewerProposal(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.slow(5 * time.Second)
		r.press(".", ".", ".")
		r.wait(time.Second)
		if n := r.conductor.asked; n != 3 { // the two checks, and this one
			t.Errorf("%d plans were asked for", n)
		}
		r.slow(time.Second)
		r.press("4")
		r.choose("Code Rollback")
		r.press("enter")
		r.wait(10 * time.Second)
		if r.ran("pm2 restart") || !r.ran("git log") {
			t.Errorf("it ran %q", r.conductor.began())
		}
		r.hides("y run it")
	})
}

// TestPasteIsNeverKeys: a paste confirms nothing, moves nothing, and is text where text is typed.
func TestPasteIsNeverKeys(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.send(tea.PasteMsg{Content: ".ynq4"})
		r.hides("y run it", "▸4 Actions")
		r.press(".")
		r.send(tea.PasteMsg{Content: "y"}, tea.PasteMsg{Content: "y\ny\n"})
		r.wait(time.Second)
		if r.ran("pm2 restart") {
			r.t.Fatal("a paste confirmed a plan")
		}
		r.press("esc", "n")
		r.send(tea.PasteMsg{Content: "502 from /api"})
		r.press("enter")
		if got := of[incident.NoteData](r.archive, incident.Note); len(got) != 1 || got[0].Text != "502 from /api" {
			t.Errorf("the note is %+v", got)
		}
	})
}

// TestOneAtATime: while a step runs no other is proposed, nor while its effect is measured.
func TestOneAtATime(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.on("pm2 restart", effect{takes: 30 * time.Second, then: r.host.restart})
		r.diagnose()
		r.press(".", "y")
		r.wait(2 * time.Second)
		asked := r.conductor.asked
		r.press("3")
		r.choose("Build the change")
		r.press("enter")
		r.shows("one step at a time")
		r.wait(40 * time.Second)
		r.press("enter")
		if r.conductor.asked != asked {
			t.Error("a second step was proposed")
		}
	})
}

// TestRefusals: what the planner, the start or the runbook on disk speaks against is said, and
// nothing runs.
func TestRefusals(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.conductor.refuses = errors.New("its folder /srv/glowglitch is not there; set workdir in calm.yaml")
		r.press(".")
		r.shows("/srv/glowglitch is not there")
		r.conductor.refuses = nil
		r.conductor.fails = errors.New("Another console runs this on glowglitch-app (ben, 0:12)")
		r.press(".", "y")
		r.wait(time.Second)
		r.shows("Another console runs this on glowglitch-app")
		r.next("1 Restart the app")
		if r.ran("pm2 restart") {
			t.Error("it ran all the same")
		}
		if got := of[incident.RefusedData](r.archive, incident.Refused); len(got) != 1 {
			t.Errorf("the refusals are %+v", got)
		}
	})
}

// TestAStartThatIsNotSure is followed: its intent is durable, and it may have started.
func TestAStartThatIsNotSure(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.cures()
		r.diagnose()
		r.conductor.unsure = errors.New("its supervisor did not answer; it may still start")
		r.press(".", "y")
		r.wait(time.Second)
		r.shows(" run ", "it may still start")
		r.until(2*time.Minute, "✓ WORKED")
		if got := of[incident.RefusedData](r.archive, incident.Refused); len(got) != 0 {
			t.Errorf("a running step is told as refused: %+v", got)
		}
	})
}

// TestWithoutAnIncident nothing runs, not even what only reads.
func TestWithoutAnIncident(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.press("4", "enter", "c", "n", "m", "E", "R", "x", "w", "u", "[", "]")
		r.wait(time.Second)
		r.shows("no incident is declared")
		if len(r.conductor.began()) > 0 || len(r.archive.all()) > 0 {
			t.Errorf("it ran %q and wrote %v", r.conductor.began(), r.archive.types())
		}
	})
}

// TestStop: x and ctrl-c end what runs; ctrl-c never ends the console.
func TestStop(t *testing.T) {
	for _, key := range []string{"x", "ctrl+c"} {
		t.Run(key, func(t *testing.T) {
			drive(t, nil, func(r *rig) {
				r.on("pm2 restart", effect{never: true})
				r.diagnose()
				r.press(".", "y")
				r.wait(10 * time.Second)
				r.next("Restart the app")
				r.press(key)
				r.wait(2 * time.Second)
				r.shows("? UNKNOWN", "it was stopped before its end")
				if got := of[incident.FinishedData](r.archive, incident.Finished); got[len(got)-1].Outcome != incident.OutcomeCancelled {
					t.Errorf("the journal says %+v", got[len(got)-1])
				}
				r.press("ctrl+c", "ctrl+c", "ctrl+c")
				if r.left() {
					t.Error("ctrl-c ended the console")
				}
			})
		})
	}
}

// TestPlaceholders are asked for before a plan is made, with what the host suggests.
func TestPlaceholders(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.conductor.fills = map[string][]string{"<last-known-good-commit>": {"91bd0e2  2 days ago, by ci"}}
		r.diagnose()
		r.press("4")
		r.choose("Code Rollback")
		r.choose("Check it out")
		r.press("enter")
		r.shows("91bd0e2")
		r.everySize()
		r.press("down", "enter")
		r.wait(time.Second)
		r.shows("git checkout --detach 91bd0e2", "y run it")
	})
}
