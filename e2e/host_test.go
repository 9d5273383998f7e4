package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops/practice"
)

// binary is the calm that is tested, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "calm-e2e")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "calm")
		_ = os.Chmod(dir, 0o755) // a second user is to start it too; where that fails the test of one says so
		build := exec.Command("go", "build", "-o", binary, "calm")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build calm: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// host is a practice host of a test's own, with a folder for incidents.
type host struct {
	*practice.Host
	t     *testing.T
	state string
	env   []string
}

// newHost brings a practice host up and takes it down with the test.
func newHost(t *testing.T) *host {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	dir := filepath.Join(t.TempDir(), "host")
	h, err := practice.Up(ctx, practice.Options{Dir: dir, Log: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatalf("practice host: %v", err)
	}
	t.Cleanup(func() {
		down, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := h.Down(down); err != nil {
			t.Errorf("practice host down: %v", err)
		}
	})
	state := t.TempDir()
	return &host{Host: h, t: t, state: state, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "USER=ana", "LANG=C.UTF-8",
	}}
}

func (h *host) args(words ...string) []string {
	return append(words, "--config", h.ConfigPath(), "--state", h.state)
}

// console opens the console over this host.
func (h *host) console(w, ht int, words ...string) *terminal {
	h.t.Helper()
	return start(h.t, w, ht, h.env, append([]string{binary}, h.args(words...)...)...)
}

// calm runs a headless command and gives its stdout and exit code.
func (h *host) calm(words ...string) (string, int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, h.args(words...)...)
	cmd.Env = h.env
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	code := cmd.ProcessState.ExitCode()
	if code < 0 {
		h.t.Fatalf("calm %s: %v\n%s", strings.Join(words, " "), err, errOut.String())
	}
	if errOut.Len() > 0 {
		h.t.Logf("calm %s: exit %d: %s", strings.Join(words, " "), code, strings.TrimSpace(errOut.String()))
	}
	return string(out), code
}

// trust lets a runbook of a file run on this host.
func (h *host) trust(runbook string) {
	h.t.Helper()
	if out, code := h.calm("runbook", "trust", "--yes", runbook); code != 0 {
		h.t.Fatalf("calm runbook trust: exit %d: %s", code, out)
	}
}

// fault breaks the host.
func (h *host) fault(name string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*time.Minute)
	defer cancel()
	if err := h.Fault(ctx, name); err != nil {
		h.t.Fatalf("fault %s: %v", name, err)
	}
}

// checkDoc is the part of `calm check --json` that the tests look at.
type checkDoc struct {
	Status         string `json:"status"`
	Classification struct {
		Level   *int     `json:"level"`
		Names   []string `json:"names"`
		Reasons []struct {
			Text   string `json:"text"`
			Signal string `json:"signal"`
		} `json:"reasons"`
	} `json:"classification"`
	Signals []struct {
		Name   string  `json:"name"`
		Value  any     `json:"value"`
		Status string  `json:"status"`
		Error  *string `json:"error"`
	} `json:"signals"`
	Scenarios []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		Seen  int    `json:"seen"`
	} `json:"scenarios"`
}

// signal finds a signal in a check.
func (d checkDoc) signal(name string) (value any, status, problem string) {
	for _, s := range d.Signals {
		if s.Name == name {
			if s.Error != nil {
				problem = *s.Error
			}
			return s.Value, s.Status, problem
		}
	}
	return nil, "missing", ""
}

// events reads the newest incident's journal through the command that scripts use.
func (h *host) events() []incident.Event {
	h.t.Helper()
	out, code := h.calm("incident", "timeline", "--json")
	if code != 0 {
		h.t.Fatalf("calm incident timeline: exit %d", code)
	}
	var events []incident.Event
	if err := json.Unmarshal([]byte(out), &events); err != nil {
		h.t.Fatalf("timeline: %v\n%s", err, out)
	}
	return events
}

// timeline is the newest incident's timeline as people read it.
func (h *host) timeline() string {
	h.t.Helper()
	out, code := h.calm("incident", "timeline")
	if code != 0 {
		h.t.Fatalf("calm incident timeline: exit %d", code)
	}
	return out
}
