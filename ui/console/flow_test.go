package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/model/signal"
)

// TestFromWatchToClosed goes the whole way by what next says, and reads the journal after.
func TestFromWatchToClosed(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.cures()
		r.shows(" WATCH ", "nothing out of bounds")
		r.next("Nothing to do")
		r.host.exhaust()
		r.wait(20 * time.Second)
		r.shows(" SEV-1? ", "not declared", "▲ error ratio 31 %")
		r.declare()
		r.shows(" SEV-1 ", "#7 ana", "See the connections that the server holds")
		for range 2 {
			r.next("reads")
			r.press(".")
			r.everySize()
			r.wait(3 * time.Second)
		}
		if got := r.conductor.began(); len(got) != 2 || !strings.HasPrefix(got[0], "mongosh") || !strings.HasPrefix(got[1], "grep") {
			r.t.Fatalf("the checks that ran are %q", got)
		}
		r.next("1 Restart the app")
		r.press(".")
		r.shows("y run it", "pm2 restart glowglitch-app", "─ changes ─")
		r.everySize()
		r.press("y")
		r.wait(time.Second)
		r.shows(" run ", "pid 21874", "▸4 Actions")
		r.everySize()
		r.wait(3 * time.Second)
		r.shows(" check ", "▸ verify", "error ratio")
		r.everySize()
		r.until(2*time.Minute, "✓ WORKED")
		r.everySize()
		r.next("Mark mitigated")
		r.press(".")
		r.next("Watch that it stays well")
		r.everySize()
		r.wait(16 * time.Minute)
		r.next("Mark resolved")
		r.press(".")
		r.next("Post the resolution message")
		r.press(".")
		r.everySize()
		r.press("y")
		r.shows("2 fields open; y again all the same")
		r.press("y")
		r.wait(time.Second)
		r.next("Close the incident")
		r.press(".")
		r.wait(time.Second)
		r.shows(" WATCH ")
		r.everySize()
		told(t, r)
	})
}

// told reads the journal of an incident that went the whole way.
func told(t *testing.T, r *rig) {
	t.Helper()
	inc, err := incident.Fold(r.archive.all())
	if err != nil {
		t.Fatal(err)
	}
	if len(inc.Runs) != 3 || inc.Runs[2].Verdict != "worked" || inc.Runs[2].By != "ana" || inc.Runs[2].Confirmed != "y" {
		t.Errorf("the runs are %+v", inc.Runs)
	}
	for _, at := range []time.Time{inc.DeclaredAt, inc.AckedAt, inc.MitigatedAt, inc.ResolvedAt, inc.ClosedAt} {
		if at.IsZero() {
			t.Errorf("a milestone is missing: %v", r.archive.types())
		}
	}
	types := r.archive.types()
	last := -1
	for _, want := range []incident.Type{incident.Declared, incident.Acknowledged, incident.Intent, incident.Finished, incident.Judged,
		incident.Mitigated, incident.Resolved, incident.Messaged, incident.Closed} {
		i := slices.Index(types, want)
		if i <= last {
			t.Errorf("%s is number %d in the journal, after %d: %v", want, i, last, types)
		}
		last = i
	}
	back := of[incident.SignalData](r.archive, incident.SignalMoved)
	if !slices.ContainsFunc(back, func(d incident.SignalData) bool { return d.Name == string(signal.ErrorRatio) && d.Status == "in" }) {
		t.Errorf("the timeline does not say that the error ratio came back: %+v", back)
	}
}

// TestNoEffect: a restart that leaves the pool exhausted leads to the runbook's next remedy, and
// the same key does it.
func TestNoEffect(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.on("pm2 restart", effect{takes: time.Second, then: r.host.restart})
		r.diagnose()
		r.press(".", "y")
		r.until(3*time.Minute, "NO EFFECT")
		r.shows("what comes next, by the runbook", "Immediate Rollback (Feature Flag)", "Escalate to L2")
		r.everySize()
		judged := of[incident.JudgedData](r.archive, incident.Judged)
		if len(judged) != 1 || judged[0].Verdict != "no effect" {
			r.t.Fatalf("the journal says %+v", judged)
		}
		r.next("Immediate Rollback (Feature Flag)")
		r.press(".")
		r.wait(2 * time.Second)
		r.shows("Immediate Rollback (Feature Flag), step 2 of 5", "y run it")
	})
}

// TestWorse: what gets worse is said as such, nothing else is run, and mitigation is not offered.
func TestWorse(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.on("pm2 restart", effect{takes: time.Second, then: func() {
			r.host.restart()
			r.host.value(signal.ErrorRatio, .98)
		}})
		r.diagnose()
		r.wait(3 * time.Minute) // a ratio that is still rising would speak against nothing
		r.press(".", "y")
		r.until(2*time.Minute, "▲ WORSE")
		r.shows("error ratio 31 % → 98 %")
		r.everySize()
		ran := len(r.conductor.began())
		r.wait(time.Minute)
		if got := r.conductor.began(); len(got) != ran {
			t.Errorf("calm went on by itself: %q", got[ran:])
		}
		r.hides("Mark mitigated")
	})
}

// TestFailedCommand: an exit code that is no success is told with its last line.
func TestFailedCommand(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.on("pm2 restart", effect{takes: time.Second, exit: 1, output: "[PM2][ERROR] Process or Namespace glowglitch-app not found"})
		r.diagnose()
		r.press(".", "y")
		r.wait(5 * time.Second)
		r.shows("NO EFFECT", "Process or Namespace glowglitch-app not found")
	})
}

// TestWaitLonger gives an effect that is slow in coming the time that it needs.
func TestWaitLonger(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.on("pm2 restart", effect{takes: time.Second, then: func() {
			r.host.restart()
			time.AfterFunc(70*time.Second, r.host.heal)
		}})
		r.diagnose()
		r.press(".", "y")
		r.wait(30 * time.Second)
		r.shows(" check ")
		r.press("w")
		r.until(3*time.Minute, "✓ WORKED")
	})
}

// TestChecksRunAtOnce: what only reads needs no confirmation, and is not judged without a word of
// the runbook.
func TestChecksRunAtOnce(t *testing.T) {
	drive(t, nil, func(r *rig) {
		r.on("mongosh", effect{takes: time.Second, output: "{ current: 14, active: 11 }"})
		r.host.exhaust()
		r.wait(20 * time.Second)
		r.declare()
		r.press(".")
		r.hides("y run it")
		r.wait(3 * time.Second)
		r.shows("{ current: 14, active: 11 }")
		if got := of[incident.JudgedData](r.archive, incident.Judged); len(got) != 0 {
			t.Errorf("a check was judged: %+v", got)
		}
	})
}
