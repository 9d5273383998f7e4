package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
