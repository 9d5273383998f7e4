package e2e

import (
	"strings"
	"testing"
)

// seed is the runbook that it all began with, as its team wrote it.
const seed = "../model/runbook/testdata/seed.md"

// byName runs an entry of the palette.
func (x *terminal) byName(name string) {
	x.t.Helper()
	x.press(":")
	x.wait(patience, "Every action")
	x.press(name)
	x.wait(patience, name)
	x.press("\r")
	x.until(patience, "the palette closed", func(s string) bool { return !strings.Contains(s, "Every action") })
}

// Code Rollback takes a bad release back: the commit is asked for, with suggestions from git.
func TestCodeRollbackCuresABadRelease(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("bad-release")
	x := h.console(120, 40)
	x.declare("SEV-2")
	x.byName("Code Rollback")
	x.until(patience, "the list of commits", func(s string) bool { _, text := foot(s); return strings.Contains(text, "Check it out") })
	x.press(".")
	x.wait(patience, "Fill in", "Release 1.4.1")
	x.press("\x1b[B") // the first suggestion: the release before this one
	x.until(patience, "the suggestion in the field", func(s string) bool {
		for line := range strings.Lines(s) {
			if _, field, ok := strings.Cut(line, "│"); ok && strings.Contains(field, "Release 1.4.1") && strings.Contains(field, "▸") {
				return true
			}
		}
		return false
	})
	x.press("\r")
	x.wait(patience, "y run it")
	x.follow(3*patience, "Mark mitigated")
	x.press(".")
	x.until(patience, "mitigated", func(s string) bool { _, text := foot(s); return !strings.Contains(text, "Mark mitigated") })
	x.leave()
	drill{remedy: "pm2 restart glowglitch-app"}.told(t, h)
}

// Database Rollback restores a dump: destroying takes the database's name, typed.
func TestDatabaseRollbackCuresCorruptedTickets(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("tickets-corrupted")
	x := h.console(120, 40)
	x.wait(patience, "ERROR /api/su") // too few errors for a rule: the log has them
	// Only a person can say that data is corrupt; the rules then suggest what the runbook says.
	x.press("2")
	x.say("Data in the database is corrupt", "y")
	x.declare("SEV-1")
	x.byName("Database Rollback")
	s := x.follow(3*patience, "Type ")
	if !strings.Contains(s, "DESTROYS") && !strings.Contains(s, "destroys") {
		t.Errorf("the restore does not say that it destroys:\n%s", s)
	}
	x.press("y\r")
	x.wait(patience, "Type ") // neither y nor enter is consent
	x.press("\x7f", "glowglitch", "\r")
	x.until(patience, "the restore runs", func(s string) bool { return !strings.Contains(s, "Type ") })
	x.follow(3*patience, "Mark mitigated")
	x.press(".")
	x.until(patience, "mitigated", func(s string) bool { _, text := foot(s); return !strings.Contains(text, "Mark mitigated") })
	x.leave()
	drill{remedy: "back to the dump of"}.told(t, h)
}

// The seed's restore as it is written exits 0 having restored nothing: calm says so, offers what it would
// do itself, and that cures.
func TestDatabaseRollbackAsWrittenRestoresNothing(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("tickets-corrupted")
	h.trust(seed)
	x := h.console(120, 40, "--runbook", seed)
	x.wait(patience, "ERROR /api/su")
	x.press("2")
	x.say("Database corruption", "y")
	x.declare("SEV-1")
	x.byName("Database Rollback")
	s := x.follow(3*patience, "Type the database")
	for _, want := range []string{"Put 5 collections of glowglitch back to the dump of", "lost ", "a fresh dump below", "DESTROYS"} {
		if !strings.Contains(s, want) {
			t.Errorf("the plan does not say %q:\n%s", want, s)
		}
	}
	x.press("\x0f") // ctrl-o: as it is written
	x.until(patience, "the plan as written", func(s string) bool {
		return strings.Contains(s, "Type the database") && !strings.Contains(s, "Put 5 collections")
	})
	x.press("glowglitch", "\r")
	x.wait(2*patience, "NO EFFECT", "restored 0 documents")
	x.until(patience, "what to do instead", func(s string) bool { _, text := foot(s); return strings.Contains(text, "with what calm adds") })
	x.press(".")
	x.wait(patience, "Put 5 collections", "Type the database")
	x.press("glowglitch", "\r")
	x.wait(2*patience, "WORKED", "216 →      240")
	x.leave()
	worked, none := false, false
	for command, verdict := range judged(t, h.events()) {
		worked = worked || strings.Contains(command, "back to the dump of") && verdict == "worked"
		none = none || strings.HasPrefix(command, "mongorestore") && verdict == "no effect"
	}
	if !worked || !none {
		t.Errorf("worked %v, no effect %v", worked, none)
	}
}

// say puts the cursor on a question of the severity pane and answers it.
func (x *terminal) say(question, with string) {
	x.t.Helper()
	for range 30 {
		for line := range strings.Lines(x.screen()) {
			if strings.Contains(line, "▸") && strings.Contains(line, question) {
				x.press("a", with)
				return
			}
		}
		before := x.screen()
		x.press("j")
		x.until(patience, "the cursor to move", func(s string) bool { return s != before })
	}
	x.t.Fatalf("no question %q:\n%s", question, x.screen())
}

// The kill switch needs an approval, which a security incident is excepted from, and closes the API
// in nginx for real.
func TestKillSwitchStopsALeakOfPersonalData(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("pii-leak")
	x := h.console(120, 40)
	x.wait(patience, "Nothing to do.") // no signal shows it: somebody reports it
	x.press("2")
	x.say("personal data", "y")
	x.declare("SEV-1")
	x.byName("Emergency Kill Switch")
	x.wait(patience, "Engineering Lead")
	x.wait(patience, "Waiting for approval, good once")
	x.press("y", "\r") // y copies a line here, and enter is no consent
	x.wait(patience, "enter approves nothing")
	x.press("3")
	x.wait(patience, "Why without approval?")
	x.press("customers' addresses are shown", "\r")
	x.follow(3*patience, "Mark mitigated")
	x.leave()
	if out := h.timeline(); !strings.Contains(out, "security incident: customers' addresses are shown") {
		t.Errorf("the exception is not in the timeline:\n%s", out)
	}
	verdicts := judged(t, h.events())
	closed := false
	for command, verdict := range verdicts {
		closed = closed || strings.Contains(command, "location ^~ /api/support/") && verdict == "worked"
	}
	if !closed {
		t.Errorf("nothing says that nginx closed the routes: %v", verdicts)
	}
}

// The seed's flag rollback as it is written leaves the app's environment as it was: calm says so,
// offers what it would change, and that cures.
func TestFlagRollbackAsWrittenHasNoEffect(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("deepseek-429")
	h.trust(seed)
	x := h.console(120, 40, "--runbook", seed)
	x.declare("SEV-2")
	x.byName("Immediate Rollback")
	x.until(patience, "the flag's export", func(s string) bool { return strings.Contains(s, "y run it") })
	x.press("y")
	x.until(patience, "the restart as next", func(s string) bool { _, text := foot(s); return strings.Contains(text, "Restart app") })
	x.press(".")
	x.wait(patience, "--update-env", "as written")
	x.press("o")
	x.until(patience, "the plan as written", func(s string) bool {
		return strings.Contains(s, "y run it") && !strings.Contains(s, "--update-env is added")
	})
	x.press("y")
	x.wait(2*patience, "NO EFFECT")
	x.until(patience, "what to do instead", func(s string) bool { _, text := foot(s); return strings.Contains(text, "with what calm adds") })
	x.press(".")
	x.wait(patience, "--update-env is added")
	x.press("y")
	x.wait(2*patience, "WORKED")
	x.leave()
	out := h.timeline()
	if strings.Count(out, "NO EFFECT") == 0 || strings.Count(out, "WORKED") == 0 {
		t.Errorf("the timeline does not tell both:\n%s", out)
	}
}

// A restart does not cure a pool that is taken again at once: the next remedies are offered in the
// runbook's order.
func TestRestartHasNoEffectOnAPoolThatIsTakenAgain(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("pool-held-again")
	x := h.console(120, 40)
	x.declare("SEV-1")
	s := x.follow(3*patience, "NO EFFECT")
	for _, want := range []string{"Make the pool larger", "Immediate Rollback", "Escalate t"} {
		if !strings.Contains(s, want) {
			t.Errorf("after no effect %q is not offered:\n%s", want, s)
		}
	}
	x.leave()
	if out := h.timeline(); !strings.Contains(out, "NO EFFECT") {
		t.Errorf("the timeline does not say it:\n%s", out)
	}
}
