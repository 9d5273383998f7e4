package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ctrl+c at a question, and while a command runs: the run ends with 130, the command with it, and
// what became of it is written down.
func TestRunIsInterrupted(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	runbook := b.write("own.md", "# Our runbook\n\n## Rollback Procedures\n\n### Wait and mark\n\n```bash\n# Wait\nsleep 300; touch mark\n```\n")
	b.calm("runbook", "trust", "--yes", runbook)
	for _, c := range []struct {
		name  string
		args  []string
		ready func(x *terminal)
		told  string // by the timeline, of the step
	}{
		{"at the question", nil, func(x *terminal) { x.wait(patience, "Run it?") }, "declared"},
		{"while a command runs", []string{"--yes"}, func(*terminal) { b.told("runs sleep 300") }, "cancelled"},
	} {
		x := b.console(120, 40, append([]string{"run", "wait", "--runbook", runbook}, c.args...)...)
		c.ready(x)
		x.press("\x03")
		select {
		case <-x.done:
		case <-time.After(patience):
			t.Fatalf("%s, ctrl+c did not end it:\n%s", c.name, x.screen())
		}
		var ended *exec.ExitError
		if !errors.As(x.err, &ended) || ended.ExitCode() != 130 || !strings.Contains(x.screen(), "calm: interrupted") {
			t.Errorf("%s, it ended with %v, not 130:\n%s", c.name, x.err, x.screen())
		}
		b.told(c.told)
	}
	if told := b.calm("incident", "timeline"); strings.Contains(told, "refused") || strings.Count(told, "runs sleep") != 1 {
		t.Errorf("an interrupt is no refusal, and what it stopped is not begun again:\n%s", told)
	}
}

// longRun is a run whose command waits for a file, and counts how often it came to its end.
func (b *bare) longRun(book string) *exec.Cmd {
	b.t.Helper()
	cmd := exec.Command(binary, b.args("run", "wait", "--yes", "--runbook", book)...)
	cmd.Env = b.env
	return cmd
}

// appears waits until a file is there.
func (b *bare) appears(name string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(b.dir, name)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("waited for %s", name)
		}
	}
}

// Whatever ends a headless run but a person's ctrl+c, its command goes on, and the next console finds it
// running, sees it end and writes that down. It ran once.
func TestRunIsLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sig  syscall.Signal
		code int // -1 for an end by the signal itself
	}{
		"hang-up": {syscall.SIGHUP, 130}, "TERM": {syscall.SIGTERM, 130}, "KILL": {syscall.SIGKILL, -1}, "QUIT": {syscall.SIGQUIT, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBare(t)
			book := b.write("own.md", strings.ReplaceAll(waitText, "DIR", b.dir))
			b.calm("runbook", "trust", "--yes", book)
			cmd := b.longRun(book)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			b.appears("began")
			if err := cmd.Process.Signal(c.sig); err != nil {
				t.Fatal(err)
			}
			if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != c.code {
				t.Errorf("it ended with %s, not %d", cmd.ProcessState, c.code)
			}
			x := b.console(120, 40, book)
			x.wait(5*time.Second, "running")
			b.write("go", "")
			b.appears("done")
			x.wait(patience, "exit 0")
			if raw, err := os.ReadFile(filepath.Join(b.dir, "done")); err != nil || string(raw) != "once\n" {
				t.Errorf("it ran %q, %v", raw, err)
			}
			b.told("exit 0")
		})
	}
}

// One that was stopped and goes on ends as if nothing had been; one whose reader has gone ends at its
// next word, and its command does not.
func TestRunIsStoppedOrUnheard(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	book := b.write("own.md", strings.ReplaceAll(waitText, "DIR", b.dir))
	b.calm("runbook", "trust", "--yes", book)
	cmd := b.longRun(book)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.appears("began")
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	b.write("go", "")
	b.appears("done")
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("it ended with %s", cmd.ProcessState)
	}
	b.told("exit 0")

	for _, name := range []string{"began", "go", "done"} {
		if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd = b.longRun(book)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.appears("began")
	_ = out.Close()
	b.write("go", "")
	b.appears("done")
	if err := cmd.Wait(); err == nil {
		t.Error("it ended well, unheard")
	}
	if told := b.calm("incident", "timeline"); strings.Count(told, "ran, exit 0") != 2 {
		t.Errorf("the timeline is\n%s", told)
	}
}

const waitText = "# Our runbook\n\n## Rollback Procedures\n\n### Wait and mark\n\n```bash\n# Wait\ntouch DIR/began; while [ ! -e DIR/go ]; do sleep 0.05; done; echo once >> DIR/done\n```\n"

// curesByRun breaks the host and cures it without a console. What is written down is the same.
func (h *host) curesByRun() {
	h.fault("flag-off")
	if _, _, why := h.look().signal("widget"); why != "" {
		h.t.Errorf("the page can't be read: %s", why)
	}
	out, code := h.calm("run", "scenario-1", "--yes", "--json")
	var doc struct {
		Incident *int
		Exit     int
		Steps    []struct {
			Verdict *string
			Plan    *struct{ Command string }
		}
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 || doc.Exit != 0 || doc.Incident == nil {
		h.t.Fatalf("calm run: exit %d, %v:\n%s", code, err, out)
	}
	worked := false
	for _, s := range doc.Steps {
		if s.Plan != nil && s.Plan.Command == "pm2 restart glowglitch-app --update-env" {
			worked = s.Verdict != nil && *s.Verdict == "worked"
		}
	}
	if value, _, why := h.look().signal("widget"); !worked || value != "yes" {
		h.t.Errorf("the widget is %v %s; the run says:\n%s", value, why, out)
	}
	if told := h.timeline(); !strings.Contains(told, "WORKED: widget on page no → yes") {
		h.t.Errorf("the timeline does not say that it worked:\n%s", told)
	}
	if out, code := h.calm("incident", "verify"); code != 0 {
		h.t.Errorf("the journal is not whole: %s", out)
	}
}

// told waits until the timeline of the newest incident says something.
func (b *bare) told(want string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		cmd := exec.Command(binary, b.args("incident", "timeline")...)
		cmd.Env = b.env
		out, _ := cmd.Output() // until there is an incident it fails
		if strings.Contains(string(out), want) {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("waited for %q in the timeline:\n%s", want, out)
		}
	}
}
