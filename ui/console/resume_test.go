package console_test

import (
	"errors"
	"testing"
	"time"

	"calm/model/incident"
)

// crash is a console that goes away while an action runs, and what it left: its journal, its
// conductor and its host. What ran goes on.
type crash struct {
	archive   *archive
	conductor *conductor
	host      *host
}

// leaves drives a console up to its sudden end. It must be called in the bubble of the next one.
func leaves(t *testing.T, test func(*rig)) crash {
	t.Helper()
	r := newRig(t, nil)
	r.settle()
	test(r)
	for _, p := range r.problems {
		t.Error(p)
	}
	r.program.Kill()
	<-r.ended
	return crash{r.archive, r.conductor, r.host}
}

// again starts a console over what another one left.
func (c crash) again(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, func(r *rig) {
		r.archive, r.host = c.archive, c.host
		agreed, wrong := r.conductor.agreed, r.conductor.wrong
		r.conductor = c.conductor
		r.conductor.agreed, r.conductor.wrong = agreed, wrong
		r.archive.found = true
		r.session.Incidents, r.session.Conductor, r.session.Polls = r.archive, r.conductor, r.host.polls()
	})
	r.wait(2 * time.Second)
	return r
}

// TestResume: a console that opens on an open incident goes on where it was.
func TestResume(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := leaves(t, func(r *rig) {
			r.diagnose()
			r.note("the catalog lost its index")
		})
		r := c.again(t)
		defer r.finish()
		r.shows(" SEV-1 ", "#7 ana", "2 of 2 done")
		r.next("1 Restart the app")
		r.press("5")
		r.shows("the catalog lost its index")
		r.everySize()
		if got := of[incident.DeclaredData](r.archive, incident.Declared); len(got) != 1 {
			t.Errorf("%d incidents", len(got))
		}
		if types := r.archive.types(); types[len(types)-1] != incident.Reopened {
			t.Errorf("the last event is %s", types[len(types)-1])
		}
	})
}

// TestAdoptRunning: an action that ran while its console went away is found, followed to its end,
// and judged, and is not started again.
func TestAdoptRunning(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := leaves(t, func(r *rig) {
			r.on("pm2 restart", effect{takes: 2 * time.Minute, output: "restarting", then: func() { r.host.restart(); r.host.heal() }})
			r.diagnose()
			r.press(".", "y")
			r.wait(5 * time.Second)
			r.next("Restart the app")
		})
		r := c.again(t)
		defer r.finish()
		r.next("Restart the app")
		r.press("4")
		r.shows("▸ run", "restarting")
		r.everySize()
		r.press("3", ".")
		r.hides("y run it")
		r.until(4*time.Minute, "✓ WORKED")
		if n := len(of[incident.IntentData](r.archive, incident.Intent)); n != 3 {
			t.Errorf("%d intents", n)
		}
		if got := of[incident.JudgedData](r.archive, incident.Judged); len(got) != 1 || got[0].Verdict != "worked" {
			t.Errorf("the verdicts are %+v", got)
		}
	})
}

// TestAdoptUnjudged: an action that ended, but whose effect nobody measured, is measured now.
func TestAdoptUnjudged(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := leaves(t, func(r *rig) {
			r.on("pm2 restart", effect{takes: time.Second, then: func() { r.host.restart() }})
			r.diagnose()
			r.press(".", "y")
			r.wait(10 * time.Second)
			r.shows(" check ")
		})
		c.host.heal()
		r := c.again(t)
		defer r.finish()
		r.press("4")
		r.until(3*time.Minute, "✓ WORKED")
		if got := of[incident.JudgedData](r.archive, incident.Judged); len(got) != 1 {
			t.Errorf("the verdicts are %+v", got)
		}
	})
}

// TestNeverBegan: an intent whose console ended before the start has changed nothing; the same step is
// next, and nothing is run by itself.
func TestNeverBegan(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := leaves(t, func(r *rig) {
			r.diagnose()
			r.conductor.dies = true
			r.press(".", "y")
			r.wait(time.Second)
		})
		c.conductor.dies = false
		r := c.again(t)
		defer r.finish()
		r.wait(5 * time.Second)
		r.press("4")
		r.shows("NO EFFECT", "it never began", "Propose it again")
		r.next("Propose it again")
		r.press(".")
		r.wait(time.Second)
		r.shows("y run it", "pm2 restart glowglitch-app")
		if r.ran("pm2 restart") {
			t.Error("it was run by itself")
		}
		if got := of[incident.JudgedData](r.archive, incident.Judged); len(got) != 1 {
			t.Errorf("the verdicts are %+v", got)
		}
	})
}

// TestRefusedIsNotAdopted: what did not start is nothing to go on with.
func TestRefusedIsNotAdopted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := leaves(t, func(r *rig) {
			r.diagnose()
			r.conductor.fails = errors.New("another console runs this")
			r.press(".", "y")
			r.wait(time.Second)
		})
		r := c.again(t)
		defer r.finish()
		r.wait(5 * time.Second)
		r.next("1 Restart the app")
	})
}

// TestLostOutcome: what nobody can know is asked, and asked again until it is answered.
func TestLostOutcome(t *testing.T) {
	for key, want := range map[string]string{"1": "worked", "2": "no effect", "3": "unknown"} {
		t.Run(key, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				c := leaves(t, func(r *rig) {
					r.on("pm2 restart", effect{takes: 20 * time.Second, unknown: true, then: func() { r.host.restart(); r.host.heal() }})
					r.diagnose()
					r.press(".", "y")
					r.wait(5 * time.Second)
				})
				first := c.again(t)
				first.until(time.Minute, " asks ")
				first.program.Kill()
				<-first.ended
				r := c.again(t)
				defer r.finish()
				r.next("What became of: Restart the app")
				r.press("4")
				r.shows("? OUTCOME UNKNOWN", "calm ended while this ran", "calm has not run it again")
				r.everySize()
				r.press(key)
				r.wait(2 * time.Minute)
				got := of[incident.JudgedData](r.archive, incident.Judged)
				if len(got) != 1 || got[0].Verdict != want {
					t.Errorf("the verdicts are %+v", got)
				}
				if n := len(r.conductor.began()); n != 3 {
					t.Errorf("it was started again: %q", r.conductor.began())
				}
			})
		})
	}
}

// TestSecondConsole: two consoles on one incident say each thing once, and each sees what the other
// did.
func TestSecondConsole(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		one := newRig(t, nil)
		defer one.finish()
		one.settle()
		one.cures()
		one.diagnose()
		one.archive.others = "ana has this incident open since 03:00 UTC (pid 12)"
		c := crash{one.archive, one.conductor, one.host}
		two := c.again(t)
		defer two.finish()
		two.conductor.agreed = func(hash string) bool { return one.agreed[short(hash)] || two.agreed[short(hash)] }
		two.shows("ana has this incident open since 03:00 UTC")
		two.note("ben looks too")
		one.wait(4 * time.Second)
		one.press("5")
		one.shows("ben looks too")
		one.press(".", "y")
		one.until(2*time.Minute, "✓ WORKED")
		two.wait(20 * time.Second)
		if got := of[incident.JudgedData](one.archive, incident.Judged); len(got) != 1 {
			t.Errorf("the verdicts are %+v", got)
		}
		back := 0
		for _, d := range of[incident.SignalData](one.archive, incident.SignalMoved) {
			if d.Name == "error_ratio" && d.Status == "in" {
				back++
			}
		}
		if back != 1 {
			t.Errorf("that the error ratio came back is said %d times", back)
		}
		two.press("5")
		two.shows("WORKED")
	})
}

// TestAnUnreadableIncident is said; calm does not act as if there were none.
func TestAnUnreadableIncident(t *testing.T) {
	drive(t, func(r *rig) { r.archive.forbid(errors.New("incident 6: record 12 is damaged")) }, func(r *rig) {
		r.shows("JOURNAL NOT READABLE", "record 12 is damaged")
		r.everySize()
	})
}
