package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
)

// target is the name that a dialog wants typed.
var target = regexp.MustCompile(`to go on \(([^)]+)\)`)

// typeName types what the open dialog asks for.
func (x *terminal) typeName() {
	x.t.Helper()
	found := target.FindStringSubmatch(x.wait(patience, "to go on ("))
	if found == nil {
		x.t.Fatalf("no name is asked for:\n%s", x.screen())
	}
	x.press(found[1], "\r")
	x.until(patience, "the dialog to close", func(s string) bool { return !strings.Contains(s, "to go on (") })
}

// The seed's Database Rollback as it is written restores nothing where the address names a database:
// mongorestore exits 0, and calm says that it had no effect. What calm does instead cures.
func TestSeedDatabaseRollbackAsWrittenHasNoEffect(t *testing.T) {
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
	x.follow(3*patience, "to go on (")
	x.press("\x0f")
	x.until(patience, "the restore as written", func(s string) bool {
		return strings.Contains(s, "to go on (") && strings.Contains(s, "what was written since") && !strings.Contains(s, "fresh dump")
	})
	x.typeName()
	x.wait(2*patience, "NO EFFECT")
	x.until(patience, "what to do instead", func(s string) bool { _, text := foot(s); return strings.Contains(text, "with what calm adds") })
	x.press(".")
	x.typeName()
	x.wait(2*patience, "WORKED")
	x.leave()
	var verdicts []string
	inc, err := incident.Fold(h.events())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range inc.Runs {
		if r.Risk == "destroys" {
			verdicts = append(verdicts, r.Verdict)
		}
	}
	if strings.Join(verdicts, ", ") != "no effect, worked" {
		t.Errorf("the restores are judged %q:\n%s", verdicts, h.timeline())
	}
}

// The seed's Code Rollback cures by the commands of scripts.
func TestSeedCodeRollbackCuresABadRelease(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("bad-release")
	h.trust(seed)
	h.suffers()
	before, err := exec.CommandContext(t.Context(), "git", "-C", filepath.Join(h.Dir(), "srv", "glowglitch"), "rev-parse", "--short", "HEAD~1").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, code := h.calm("run", "code-rollback", "--runbook", seed, "--yes", "--set", "last-known-good-commit="+strings.TrimSpace(string(before)))
	if code != 0 {
		t.Fatalf("exit %d:\n%s", code, out)
	}
	if !strings.Contains(out, "WORKED: error ratio") {
		t.Errorf("nothing says by which reading it worked:\n%s", out)
	}
}

// suffers waits until the readings say that something is wrong.
func (h *host) suffers() {
	h.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		out, code := h.calm("check")
		if code == 1 || code == 2 {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("nothing is out of bounds: exit %d: %s", code, out)
		}
	}
}

// The seed's kill switch, by its exception: the flag goes off, and nginx answers 503 for real.
func TestSeedKillSwitchClosesTheRoutes(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.fault("pii-leak")
	h.trust(seed)
	x := h.console(120, 40, "--runbook", seed)
	x.wait(patience, "Nothing to do.")
	x.press("2")
	x.say("PII exposure", "y")
	x.declare("SEV-1")
	x.byName("Emergency Kill Switch")
	x.wait(patience, "Waiting for approval, good once")
	x.press("3")
	x.wait(patience, "Why without approval?")
	x.press("customers' addresses are shown", "\r")
	x.follow(4*patience, "Mark mitigated")
	x.leave()
	for command, verdict := range judged(t, h.events()) {
		if strings.Contains(command, "/api/support/") && verdict == "worked" {
			return
		}
	}
	t.Errorf("nothing says that nginx closed the routes:\n%s", h.timeline())
}
