package console_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/signal"
)

// focused is the name of the pane that has the focus, on a screen with tabs.
func (r *rig) focused() string {
	for line := range strings.Lines(r.screen()) {
		if strings.Contains(line, "1 Signals") && strings.Contains(line, "7 Logs") {
			_, rest, _ := strings.Cut(line, "▸")
			return strings.Fields(rest)[1]
		}
	}
	return ""
}

func TestPanesByKey(t *testing.T) {
	drive(t, nil, func(r *rig) {
		for _, x := range []struct{ keys, want string }{
			{"1", "Signals"}, {"2", "Severity"}, {"3", "Guide"}, {"4", "Actions"}, {"5", "Timeline"}, {"6", "Output"}, {"7", "Logs"},
			{"g s", "Signals"}, {"g v", "Severity"}, {"g u", "Guide"}, {"g a", "Actions"}, {"g t", "Timeline"}, {"g o", "Output"}, {"g l", "Logs"},
			{"g g", "Logs"}, {"g x", "Logs"}, {"g 1", "Logs"}, {"L", "Logs"}, {"1 tab", "Severity"}, {"1 shift+tab", "Logs"}, {"7 tab", "Signals"},
			{"g esc 2", "Severity"}, {"4 esc", "Guide"}, {"4 o", "Output"},
		} {
			r.press(strings.Fields(x.keys)...)
			if got := r.focused(); got != x.want {
				t.Errorf("%s goes to %q, want %s", x.keys, got, x.want)
			}
		}
	})
}

// TestChordEnds: g twice goes to the first row, and the key after is a key again.
func TestChordEnds(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.press("G", "g", "g", "3")
		if got := r.focused(); got != "Guide" {
			t.Errorf("the focus is on %q", got)
		}
	})
}

// TestADialogTakesAllKeys but ctrl-c.
func TestADialogTakesAllKeys(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		before := r.focused()
		r.press("n")
		r.write("q1:?szLr.")
		r.shows("─ Note ─", "q1:?szLr.")
		r.press("ctrl+c")
		r.hides("─ Note ─")
		if r.left() || r.focused() != before {
			t.Errorf("left %v, focus on %s", r.left(), r.focused())
		}
		if len(notes(r.archive)) > 0 {
			t.Error("ctrl-c wrote the note")
		}
	})
}

// TestSearchTakesN: n goes through hits while there is a search, and writes a note otherwise.
func TestSearchTakesN(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.press("6", "/")
		r.write("grep")
		r.press("enter", "n", "N")
		r.hides("─ Note ─")
		r.press("esc", "n")
		r.shows("─ Note ─")
	})
}

// TestAnswerTakesY: y, n and u answer a question that was asked, and nothing else.
func TestAnswerTakesY(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.host.exhaust()
		r.wait(20 * time.Second)
		r.press("3")
		r.choose("High Error Rate")
		r.press("enter")
		r.press("a", "y")
		r.declare()
		if got := of[incident.AnsweredData](r.archive, incident.Answered); len(got) != 1 || got[0].Answer != "yes" {
			t.Errorf("the answers are %+v", got)
		}
	})
}

// TestPalette finds every action by name, does it, and says why one can't be done.
func TestPalette(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.press(":")
		r.write("note")
		r.shows("no incident is declared")
		r.press("enter", "esc")
		r.diagnose()
		r.press(":")
		r.write("write a note")
		r.press("enter")
		r.shows("─ Note ─")
		r.press("esc", ":")
		r.write("declare, or")
		r.press("enter")
		r.shows("─ Severity")
		r.press("esc", ":")
		r.write("Scenario 2")
		r.press("enter")
		r.wait(time.Second)
		r.shows("2 High Error Rate on /api/sup", "opened by hand")
		r.press(":")
		r.write("Immediate Roll")
		r.press("enter")
		r.wait(time.Second)
		r.shows("Immediate Rollback (Feature Flag), step 2 of 5", "y run it")
	})
}

// TestHelp names every key, and why some are not there now.
func TestHelp(t *testing.T) {
	for _, key := range []string{"?", "f1"} {
		drive(t, func(r *rig) { r.w, r.h = 200, 60 }, func(r *rig) {
			r.press(key)
			r.shows("everywhere", "not now", "undo the last change", "nothing was changed yet", "1-7", "stop what runs")
			r.press("esc")
			r.hides("not now")
		})
	}
}

// TestSeverity: a person decides, with a reason, and the header shows it.
func TestSeverity(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.press("s")
		r.shows("─ Severity")
		r.everySize()
		r.press("3", "enter")
		r.shows("say why; it goes into the timeline")
		r.write("one page in ten only")
		r.press("enter")
		r.wait(time.Second)
		got := of[incident.SeverityData](r.archive, incident.Severity)
		if len(got) != 1 || got[0].Level != 3 || got[0].Was != 1 {
			r.t.Fatalf("the journal says %+v", got)
		}
		r.shows(" SEV-3 ", "SEV-1 suggested")
	})
}

// TestEscalateAndRoles are written down by who did them.
func TestEscalateAndRoles(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.press("E")
		r.everySize()
		r.press("enter")
		r.wait(time.Second)
		if got := of[incident.EscalatedData](r.archive, incident.Escalated); len(got) != 1 || got[0].Level != 2 {
			t.Errorf("escalated: %+v", got)
		}
		r.shows("L2 ✓")
		r.press("R")
		r.everySize()
		r.press("esc")
	})
}

// TestScenariosByBrackets goes through them, and one that a person chose stays.
func TestScenariosByBrackets(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.press("]")
		r.wait(time.Second)
		got := of[incident.LeadsData](r.archive, incident.Leads)
		last := got[len(got)-1]
		if !last.Chosen || last.Scenario == "" || strings.HasPrefix(last.Scenario, "scenario-3") {
			t.Errorf("chosen is %+v", last)
		}
		r.press("[")
		r.wait(10 * time.Second)
		got = of[incident.LeadsData](r.archive, incident.Leads)
		if last = got[len(got)-1]; !strings.HasPrefix(last.Scenario, "scenario-3") {
			t.Errorf("after [ it is %+v", last)
		}
	})
}

// TestUndo tells how the last change is taken back, whole.
func TestUndo(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.cures()
		r.diagnose()
		r.press("u")
		r.shows("nothing was changed yet")
		r.press(".", "y")
		r.until(2*time.Minute, "✓ WORKED")
		r.press("u")
		r.shows("─ Undo ─", "Restart the app", "the same again")
		r.everySize()
		r.press("esc")
		r.hides("─ Undo ─")
	})
}

// TestUndoIsProposed makes a plan of what takes the last change back, where calm can do it.
func TestUndoIsProposed(t *testing.T) {
	drive(t, func(r *rig) {
		r.conductor.inverse = &action.Inverse{Kind: action.Shell, Command: "pm2 restart glowglitch-app --update-env"}
	}, func(r *rig) {
		r.cures()
		r.diagnose()
		r.press(".", "y")
		r.until(2*time.Minute, "✓ WORKED")
		r.press("u")
		r.until(10*time.Second, "kept ready as u")
		if got := r.conductor.ref.Ref; got.Group != action.UndoGroup || got.Step != r.conductor.order[len(r.conductor.order)-1].plan.Op {
			t.Errorf("asked for %+v", got)
		}
		r.press("y")
		r.until(2*time.Minute, "✓ WORKED")
		r.press("u")
		r.shows("nothing was changed yet that is not taken back")
	})
}

// TestCopy puts the pane, or a row, on the clipboard and into a file.
func TestCopy(t *testing.T) {
	var copied []string
	var fail error
	drive(t, func(r *rig) {
		r.session.Copy = func(text string) (string, error) { copied = append(copied, text); return "/tmp/copied.txt", fail }
	}, func(r *rig) {
		r.press("Y")
		r.shows("copied, and written to /tmp/copied.txt")
		if len(copied) != 1 || !strings.Contains(copied[0], "error ratio") || strings.Contains(copied[0], "\x1b") {
			t.Errorf("copied %q", copied)
		}
		fail = errors.New("disk full")
		r.press("Y")
		r.shows("copied to the clipboard only: disk full")
	})
}

// TestEditor opens the runbook where the selected row is from.
func TestEditor(t *testing.T) {
	var lines []int
	editor := &screenful{}
	drive(t, func(r *rig) {
		r.session.Editor = func(line int) (action.Terminal, error) { lines = append(lines, line); return editor, nil }
		r.session.Reload = nil
	}, func(r *rig) {
		r.press("e")
		r.wait(time.Second)
		r.diagnose()
		r.press("3")
		r.choose("Restart the app")
		r.press("e")
		r.wait(time.Second)
		if len(lines) != 2 || lines[0] != 1 || lines[1] < 340 || editor.ran != 2 {
			t.Errorf("the editor was opened %d times, at %v", editor.ran, lines)
		}
	})
}

// TestFullScreenProgram: a step that needs the terminal is confirmed, gets it, and its end is
// written down, also when it fails.
func TestFullScreenProgram(t *testing.T) {
	for name, end := range map[string]error{incident.OutcomeOK: nil, incident.OutcomeFailed: errors.New("exit status 1")} {
		t.Run(name, func(t *testing.T) {
			drive(t, large, func(r *rig) {
				r.host.exhaust()
				r.wait(20 * time.Second)
				r.declare()
				r.conductor.terminal = &screenful{err: end}
				r.press(":")
				r.write("Memory Leak")
				r.press("enter")
				r.wait(time.Second)
				r.choose("Watch it")
				r.press("enter")
				r.wait(time.Second)
				if strings.Contains(r.screen(), "y run it") {
					r.press("y")
				}
				r.wait(2 * time.Second)
				if r.conductor.terminal.ran != 1 {
					r.t.Fatalf("pm2 monit ran %d times:\n%s", r.conductor.terminal.ran, r.screen())
				}
				got := of[incident.FinishedData](r.archive, incident.Finished)
				if len(got) != 1 || got[0].Outcome != name {
					t.Errorf("the journal says %+v", got)
				}
			})
		})
	}
}

// TestZoom shows one pane alone, and all again.
func TestZoom(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.shows("1 SIGNALS", "5 TIMELINE")
		r.press("5", "z")
		r.hides("1 SIGNALS")
		r.everySize()
		r.press("z")
		r.shows("1 SIGNALS")
	})
}

// TestRemarksGoAway: a remark does not hide the keys for long.
func TestRemarksGoAway(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.press("x")
		r.shows("nothing runs; q leaves")
		r.wait(8 * time.Second)
		r.hides("nothing runs; q leaves")
		r.shows("? help")
	})
}

// TestTicks: a step done by hand is no longer next, with a reason where it is skipped.
func TestTicks(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.host.exhaust()
		r.wait(20 * time.Second)
		r.declare()
		r.press("3")
		r.choose("See the connections")
		r.press("-")
		r.shows("─ Why skipped? ─")
		r.write("mongosh is not here")
		r.press("enter")
		r.wait(time.Second)
		r.next("See the size of the pool in the code")
		r.choose("See the size")
		r.press("space")
		r.wait(time.Second)
		r.next("1 Restart the app")
		got := of[incident.TickedData](r.archive, incident.Ticked)
		if len(got) != 2 || got[0].State != "skipped" || got[0].Reason != "mongosh is not here" || got[1].State != "done" {
			t.Errorf("the ticks are %+v", got)
		}
	})
}

// TestOverdueUpdateGoesFirst: a clock that has run out is what to do next, and sending stops it.
func TestOverdueUpdateGoesFirst(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.diagnose()
		r.wait(31 * time.Minute)
		r.next("Send an update")
		r.everySize()
		r.press(".")
		r.shows("─ Message: update ─")
		r.press("y", "y")
		r.wait(time.Second)
		if got := of[incident.MessageData](r.archive, incident.Messaged); len(got) != 1 || got[0].Purpose != "update" {
			t.Errorf("the messages are %+v", got)
		}
		r.next("Escalate to L2")
	})
}

// TestSignalsOutWithoutASeverity: what no rule speaks of is pointed at all the same.
func TestSignalsOutWithoutASeverity(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.host.value(signal.DiskRoot, .97)
		r.wait(20 * time.Second)
		r.next("Look at disk /")
		r.press("s")
		r.shows("Declare an incident", "no severity is suggested by the readings")
		r.press("enter")
		r.wait(time.Second)
		if !slices.Contains(r.archive.types(), incident.Declared) {
			t.Errorf("it can't be declared by hand:\n%s", r.screen())
		}
		r.shows(" SEV-3 ", "by ana; no rule suggests a severity now")
		r.everySize()
	})
}

// Another runbook is chosen from a folder, with an incident open or without; not while a step is
// under way.
func TestAnotherRunbook(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.press("B")
		r.shows("calm DIR opens one")
	})
	folder := func(r *rig) { r.session.Folder = "/srv/runbooks" }
	for name, before := range map[string]func(*rig){"at the start": func(*rig) {}, "with an incident": (*rig).diagnose} {
		drive(t, folder, func(r *rig) {
			before(r)
			r.press("B")
			if !r.left() || !r.app.Another() {
				t.Errorf("%s: B did not lead to the index", name)
			}
		})
	}
	drive(t, folder, func(r *rig) {
		r.press("q")
		if !r.left() || r.app.Another() {
			t.Error("q leads to the index")
		}
	})
	drive(t, folder, func(r *rig) {
		r.on("pm2 restart", effect{takes: 30 * time.Second, then: r.host.restart})
		r.diagnose()
		r.press(".", "y")
		r.wait(2 * time.Second)
		r.press("B")
		r.shows("a step is still under way; 4 shows it")
		if r.left() {
			t.Error("it left while a step runs")
		}
	})
}
