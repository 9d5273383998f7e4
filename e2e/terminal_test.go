package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is the real binary in a pseudo-terminal, with an emulator that keeps the screen.
type terminal struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	pty  *os.File
	mu   sync.Mutex
	emu  *vt.Emulator
	done chan struct{}
	err  error
}

// start runs argv in a terminal of the given size. What still runs at the test's end is ended.
func start(t *testing.T, w, h int, env []string, argv ...string) *terminal {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(slices.Clone(env), "TERM=xterm-256color", "COLORTERM=truecolor")
	p, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)})
	if err != nil {
		t.Fatalf("start %s: %v", strings.Join(argv, " "), err)
	}
	term := &terminal{t: t, name: argv[0], cmd: cmd, pty: p, emu: vt.NewEmulator(w, h), done: make(chan struct{})}
	go term.read()
	go term.answer()
	t.Cleanup(term.end)
	return term
}

// read feeds the emulator; the emulator's own answers, to questions about the terminal, go back.
func (x *terminal) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := x.pty.Read(buf)
		if n > 0 {
			x.mu.Lock()
			_, _ = x.emu.Write(buf[:n])
			x.mu.Unlock()
		}
		if err != nil {
			x.err = x.cmd.Wait()
			close(x.done)
			return
		}
	}
}

func (x *terminal) answer() {
	buf := make([]byte, 1024)
	for {
		n, err := x.emu.Read(buf)
		if n > 0 {
			_, _ = x.pty.Write(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

func (x *terminal) end() {
	select {
	case <-x.done:
	default:
		_ = x.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-x.done:
		case <-time.After(5 * time.Second):
			_ = x.cmd.Process.Kill()
			<-x.done
		}
	}
	_ = x.pty.Close()
	_ = x.emu.Close()
}

// screen is what a person sees now, without trailing blanks.
func (x *terminal) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := strings.Split(x.emu.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// press types keys, one after another, as a person would: each waits until the last was taken in.
func (x *terminal) press(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		if _, err := x.pty.WriteString(k); err != nil {
			x.t.Fatalf("type %q: %v", k, err)
		}
	}
}

// wait waits until the screen shows every text, and fails with the screen when it never does.
func (x *terminal) wait(limit time.Duration, texts ...string) string {
	x.t.Helper()
	return x.until(limit, strings.Join(texts, " + "), func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	})
}

func (x *terminal) until(limit time.Duration, what string, ok func(screen string) bool) string {
	x.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		s := x.screen()
		if ok(s) {
			return s
		}
		select {
		case <-x.done:
			x.t.Fatalf("waiting for %s, the program ended (%v) with:\n%s", what, x.err, x.screen())
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("waited %s for %s; the screen is:\n%s", limit, what, s)
		}
	}
}

// leave quits and checks that the program ended well and gave the terminal back.
func (x *terminal) leave() {
	x.t.Helper()
	x.press("q")
	select {
	case <-x.done:
		if x.err != nil {
			x.t.Errorf("left with %v", x.err)
		}
	case <-time.After(10 * time.Second):
		x.t.Fatalf("q did not leave; the screen is:\n%s", x.screen())
	}
}

func (x *terminal) String() string { return fmt.Sprintf("%s\n%s", x.name, x.screen()) }
