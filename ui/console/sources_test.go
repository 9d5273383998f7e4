package console_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/command"
	"calm/ui/console"
)

// TestASourceThatFails makes its own readings unknown, by name and reason, and no other's.
func TestASourceThatFails(t *testing.T) {
	for name, fail := range map[string]func(context.Context) error{
		"refuses": refuses("connection refused"), "hangs": hangs, "panics": panics,
	} {
		t.Run(name, func(t *testing.T) {
			drive(t, nil, func(r *rig) {
				r.host.fail("mongo", fail)
				r.wait(40 * time.Second)
				r.shows("? mongod ping", "unknown", "error ratio            0.4 %")
				if strings.Contains(r.screen(), "3 ms") {
					t.Errorf("the old value is shown as if it were true:\n%s", r.screen())
				}
				r.next("Find out why 1 signals are unknown")
				r.everySize()
				r.host.value(signal.ErrorRatio, .15)
				r.wait(8 * time.Second)
				r.shows("▲ error ratio")
				r.host.fail("mongo", nil)
				r.wait(10 * time.Second)
				r.shows("mongod ping             3 ms")
			})
		})
	}
}

// TestASourceThatNeverAnswers, not even when its time is up, holds back nothing, and is never asked
// a second time meanwhile.
func TestASourceThatNeverAnswers(t *testing.T) {
	stuck := make(chan struct{})
	drive(t, func(r *rig) {
		stuck = make(chan struct{})
		r.host.fail("host", func(context.Context) error { <-stuck; return nil })
	}, func(r *rig) {
		defer close(stuck)
		r.host.exhaust()
		r.wait(30 * time.Second)
		r.shows(" SEV-1? ", "▲ error ratio 31 %")
		r.declare()
		r.wait(10 * time.Second)
		if got := of[incident.SignalData](r.archive, incident.SignalMoved); len(got) == 0 {
			t.Error("nothing of what the readings did is written down")
		}
		r.press("r", "r")
		r.host.mu.Lock()
		defer r.host.mu.Unlock()
		if r.host.asked["host"] != 1 {
			t.Errorf("it was asked %d times", r.host.asked["host"])
		}
	})
}

// TestNeverTwoInFlight: a slow source is asked again when it has answered, whatever is pressed.
func TestNeverTwoInFlight(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.host.fail("app", func(ctx context.Context) error { time.Sleep(2500 * time.Millisecond); return ctx.Err() })
		for range 30 {
			r.press("r")
			r.wait(700 * time.Millisecond)
		}
		r.host.mu.Lock()
		defer r.host.mu.Unlock()
		for name, n := range r.host.worst {
			if n != 1 {
				t.Errorf("%s was asked %d times at once", name, n)
			}
		}
		if n := r.host.asked["app"]; n < 5 {
			t.Errorf("app was asked %d times in 20 s", n)
		}
	})
}

// TestAStaleAnswerIsDropped: a round that was overtaken says nothing.
func TestAStaleAnswerIsDropped(t *testing.T) {
	drive(t, nil, func(r *rig) {
		late := signal.Sample{Name: signal.Nginx, Text: "down", At: time.Now(), Source: "nginx"}
		for i := range r.session.Polls {
			r.send(command.SamplesMsg{Source: i, Gen: 1, Samples: []signal.Sample{late}, At: time.Now()})
			r.send(command.TurnMsg{Source: i, Gen: 1})
		}
		r.hides("down")
	})
}

// TestNothingAnswers: an unknown host is never drawn as a healthy one.
func TestNothingAnswers(t *testing.T) {
	drive(t, func(r *rig) {
		for name := range gives {
			r.host.fail(name, refuses("connection refused"))
		}
	}, func(r *rig) {
		r.wait(time.Minute)
		r.next("Find out why 13 signals are unknown")
		r.hides("in bounds", "0 %", "nothing out of bounds")
		r.everySize()
	})
}

// TestObserver looks on: it sees everything, and changes nothing.
func TestObserver(t *testing.T) {
	past := &archive{}
	drive(t, nil, func(r *rig) {
		r.diagnose()
		past = r.archive
	})
	drive(t, func(r *rig) {
		r.session.Observe = true
		r.archive.events, r.archive.found = past.all(), true
		r.host.exhaust()
	}, func(r *rig) {
		n := len(r.archive.all())
		r.shows(" SEV-1 ", "OBSERVER", "error ratio 31 %")
		r.everySize()
		r.press(".", "s", "n", "m", "E", "R", "c", "x", "w", "u")
		r.press("3", "enter", "space", "4", "enter", ":")
		r.write("Immediate")
		r.press("enter", "esc")
		r.wait(time.Minute)
		if len(r.conductor.began()) > 0 || r.conductor.asked > 0 {
			t.Errorf("an observer ran %q", r.conductor.began())
		}
		if got := r.archive.types()[n:]; len(got) > 0 {
			t.Errorf("an observer wrote %v", got)
		}
		r.archive.elsewhere("ben", incident.Note, incident.NoteData{Text: "seen by ben"})
		r.wait(3 * time.Second)
		r.press("5")
		r.shows("seen by ben")
		r.press("q")
		if !r.left() || len(r.archive.all()) != n+1 {
			t.Error("leaving wrote something, or did not leave")
		}
	})
}

// TestNew draws something sensible before the first message, at no size.
func TestNew(t *testing.T) {
	app := console.New(command.Session{Runbook: builtin(), Specs: specs()}, console.Options{})
	if got := app.Frame().Content; strings.Count(got, "\n") > 2 {
		t.Errorf("without a size it draws:\n%s", got)
	}
}
