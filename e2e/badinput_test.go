package e2e

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// bare is a host on which nothing answers, for what needs no practice host.
type bare struct {
	t     *testing.T
	dir   string
	state string
	env   []string
}

func newBare(t *testing.T) *bare {
	t.Helper()
	dir := t.TempDir()
	b := &bare{t: t, dir: dir, state: filepath.Join(dir, "state"), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8",
	}}
	b.write("calm.yaml", `service: nothing-here
pm2: {home: pm2, app: glowglitch-app}
mongo: {uri: "mongodb://127.0.0.1:9/none?serverSelectionTimeoutMS=200"}
health_url: http://127.0.0.1:9/api/health
page_url: http://127.0.0.1:9/
metrics_url: http://127.0.0.1:9/api/metrics
`)
	return b
}

func (b *bare) write(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bare) args(words ...string) []string {
	return append(words, "--config", filepath.Join(b.dir, "calm.yaml"), "--state", b.state)
}

func (b *bare) console(w, h int, words ...string) *terminal {
	b.t.Helper()
	return start(b.t, w, h, b.env, append([]string{binary}, b.args(words...)...)...)
}

// calm runs a headless command that must succeed.
func (b *bare) calm(words ...string) string {
	b.t.Helper()
	cmd := exec.Command(binary, b.args(words...)...)
	cmd.Env = b.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("calm %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

// What can't be opened is said in one line on the terminal as it was, with what to do.
func TestConsoleSaysWhyItDoesNotOpen(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	file, empty := b.write("in-the-way", "keep me"), t.TempDir()
	for name, c := range map[string]struct {
		argv []string
		want string
	}{
		"no runbook":     {[]string{binary, filepath.Join(b.dir, "nonesuch.md")}, "name a Markdown file, or none for the built-in one"},
		"empty runbook":  {[]string{binary, b.write("empty.md", "")}, "empty.md is empty: point calm at a Markdown runbook"},
		"binary runbook": {[]string{binary, b.write("binary.md", "\x7fELF\x00\x01\xff")}, "is not text: calm reads Markdown"},
		"a folder":       {[]string{binary, empty}, "has no runbook: no file in it ends in .md"},
		"an alert":       {[]string{binary, "--alert", "QueueGrows"}, "--alert chooses from a folder of runbooks: calm DIR --alert QueueGrows"},
		"unknown key":    {[]string{binary, "--config", b.write("unknown.yaml", "helth_url: x\n")}, `is it "health_url"`},
		"no config":      {[]string{binary, "--config", filepath.Join(b.dir, "nonesuch.yaml")}, "check --config"},
		"state in use":   {[]string{binary, "--state", file}, "choose another with --state DIR or CALM_STATE"},
		"a theme":        {[]string{binary, "--theme", "purple"}, "write dark or light"},
		"dumb terminal":  {[]string{"env", "TERM=dumb", binary}, "can't place text; set TERM, or use calm check"},
		"no TERM":        {[]string{"env", "-u", "TERM", binary}, "can't place text; set TERM, or use calm check"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := start(t, 200, 20, b.env, c.argv...)
			select {
			case <-x.done:
			case <-time.After(patience):
				t.Fatalf("it opened:\n%s", x.screen())
			}
			var ended *exec.ExitError
			if !errors.As(x.err, &ended) || ended.ExitCode() != 2 {
				t.Errorf("ended with %v; 2 is promised", x.err)
			}
			s := x.screen()
			if strings.Contains(s, "\n") || !strings.HasPrefix(s, "calm: ") || !strings.Contains(s, c.want) {
				t.Errorf("not one line that says %q:\n%s", c.want, s)
			}
		})
	}
}

// resize gives the terminal another size, as a person at its edge does.
func (x *terminal) resize(w, h int) {
	x.t.Helper()
	x.mu.Lock()
	x.emu.Resize(w, h)
	x.mu.Unlock()
	if err := pty.Setsize(x.pty, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)}); err != nil {
		x.t.Fatal(err)
	}
}

func TestConsoleWaitsForRoom(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	x := b.console(44, 6)
	small := x.wait(patience, "needs 60×18, has 44×6")
	if strings.Count(small, "\n") != 1 || !strings.HasPrefix(small, "calm") {
		t.Errorf("not the two lines:\n%s", small)
	}
	for _, size := range [][2]int{{120, 40}, {80, 24}} {
		x.resize(size[0], size[1])
		x.until(patience, "the console", func(s string) bool {
			chip, _ := foot(s)
			return chip == "next" && strings.Contains(s, "why")
		})
		x.resize(20, 1)
		x.until(patience, "one line", func(s string) bool { return strings.HasPrefix(s, "calm") && !strings.Contains(s, "\n") })
	}
	x.resize(200, 60)
	x.wait(patience, "nothing-here")
	x.leave()
}

// Two people at one incident: each is told of the other, and what either writes down both see.
func TestTwoConsolesShareAnIncident(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	b.calm("incident", "declare", "Widget gone from the shop", "--level", "2")
	first := b.console(120, 40)
	first.wait(patience, "Widget gone from the shop")
	second := b.console(120, 40)
	second.wait(patience, "has this incident open since", "both write the same incident")
	second.note("seen from the second")
	first.wait(patience, "seen from the second")
	first.note("answered by the first")
	second.wait(patience, "answered by the first")
	first.leave()
	second.note("the first has left")
	second.wait(patience, "the first has left")
	second.leave()
	told := b.calm("incident", "timeline")
	for _, want := range []string{"seen from the second", "answered by the first", "the first has left"} {
		if strings.Count(told, want) != 1 {
			t.Errorf("%q is told %d times:\n%s", want, strings.Count(told, want), told)
		}
	}
	if strings.Contains(told, "without leaving") {
		t.Errorf("both left by q:\n%s", told)
	}
	b.calm("incident", "verify")
}

func (x *terminal) note(text string) {
	x.t.Helper()
	x.press("n")
	x.wait(patience, "Note")
	x.press(text, "\r")
}

// tree is what a folder holds: every file with its size and the time of its last change.
func (b *bare) tree() string {
	b.t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(b.state, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return errors.New("no stat of " + path)
		}
		out.WriteString(path + " " + info.ModTime().String() + " " + time.Unix(stat.Ctim.Unix()).String() + "\n")
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

func TestObserverWritesNothing(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	x := b.console(120, 40, "--observe")
	x.wait(patience, "OBSERVER", "no incident")
	x.press("s")
	x.wait(patience, "only observes")
	x.leave()
	if tree := b.tree(); tree != "" {
		t.Errorf("an observer made:\n%s", tree)
	}

	b.calm("incident", "declare", "Widget gone from the shop", "--level", "2")
	b.calm("incident", "note", "before anybody looked")
	before := b.tree()
	x = b.console(120, 40, "--observe")
	x.wait(patience, "OBSERVER", "Widget gone from the shop")
	x.press(".", "m", "n", "s")
	x.wait(patience, "only observes")
	x.leave()
	if after := b.tree(); after != before {
		t.Errorf("an observer changed\n%s\nto\n%s", before, after)
	}
}
