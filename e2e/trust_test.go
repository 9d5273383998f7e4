package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/incident"
)

// A team's own runbook, by keys: nothing of it runs before it is trusted, and nothing again once its
// file has changed, until somebody has read what is different. What was ticked stays ticked.
func TestTrustByKeys(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	source, err := os.ReadFile(seed)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), "own.md")
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(own, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(string(source))
	h.fault("deepseek-429")
	x := h.console(120, 40, "--runbook", own)
	x.declare("SEV-2")
	x.wait(patience, "untrusted", "Read and trust the runbook")
	for _, key := range []string{".", "c"} {
		x.press(key)
		x.wait(patience, "Trust this runbook?", own, "T I have read it")
		x.press("y")
		x.press("\r")
		x.press("\x1b")
		x.until(patience, "no dialog", func(s string) bool { return !strings.Contains(s, "Trust this runbook?") })
	}
	if ran := h.intents(); len(ran) > 0 {
		t.Fatalf("untrusted, it ran %q", ran)
	}
	x.press("T")
	x.wait(patience, "T I have read it")
	x.press("T")
	x.until(patience, "trust", func(s string) bool { return !strings.Contains(s, "untrusted") })
	x.wait(patience, "Check rate limit headers")
	x.press(".")
	x.wait(patience, "1 of 2 done")

	save(strings.Replace(string(source), `grep -i "deepseek" | grep "429"`, `grep -i "deepseek" | grep -c "429"`, 1))
	x.wait(patience, "RUNBOOK CHANGED ON DISK  1 step changed", "untrusted", "changed  reads", "1 of 2 done")
	before := len(h.intents())
	x.press("\r") // the guide's row is the step that was changed
	x.wait(patience, "The runbook changed: trust it again?", `+ pm2 logs glowglitch-app | grep -i "deepseek" | grep -c "429"`)
	x.press("y")
	x.press("\x1b")
	x.until(patience, "no dialog", func(s string) bool { return !strings.Contains(s, "trust it again?") })
	if ran := h.intents(); len(ran) != before {
		t.Fatalf("changed on disk, it ran %q", ran[before:])
	}
	x.press("T")
	x.wait(patience, "trust it again?")
	x.press("T")
	x.until(patience, "trust", func(s string) bool {
		return !strings.Contains(s, "untrusted") && !strings.Contains(s, "RUNBOOK CHANGED")
	})
	x.wait(patience, "1 of 2 done")
	told := h.timeline()
	if strings.Count(told, "runbook trusted") != 2 || strings.Count(told, "runbook changed") != 1 {
		t.Errorf("the timeline says:\n%s", told)
	}
	if out, code := h.calm("incident", "verify"); code != 0 {
		t.Errorf("the journal is not whole: %s", out)
	}
}

// intents are the commands that were begun, in order.
func (h *host) intents() []string {
	h.t.Helper()
	var out []string
	for _, e := range h.events() {
		var d incident.IntentData
		if e.Type == incident.Intent && e.Decode(&d) == nil {
			out = append(out, d.Command)
		}
	}
	return out
}
