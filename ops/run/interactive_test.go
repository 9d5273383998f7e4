package run_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"calm/ops/run"
)

// borrowed is a terminal that a lender has.
type borrowed struct {
	t    *testing.T
	pty  *os.File
	cmd  *exec.Cmd
	done chan error

	mu   sync.Mutex
	text strings.Builder
}

func lendTo(t *testing.T, env []string, command string) *borrowed {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "lend", command)
	cmd.Env = append(os.Environ(), append(env, "TERM=xterm-256color", "LESS=", "HOME="+t.TempDir())...)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	b := &borrowed{t: t, pty: f, cmd: cmd, done: make(chan error, 1)}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			b.mu.Lock()
			b.text.Write(buf[:n])
			b.mu.Unlock()
			if err != nil {
				b.done <- cmd.Wait()
				return
			}
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = f.Close() })
	return b
}

func (b *borrowed) seen() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *borrowed) wait(text string) {
	b.t.Helper()
	until(b.t, text, func() bool { return strings.Contains(b.seen(), text) })
}

func (b *borrowed) press(keys string) {
	b.t.Helper()
	if _, err := b.pty.WriteString(keys); err != nil {
		b.t.Fatal(err)
	}
}

func (b *borrowed) termios() unix.Termios {
	b.t.Helper()
	got, err := unix.IoctlGetTermios(int(b.pty.Fd()), unix.TCGETS)
	if err != nil {
		b.t.Fatal(err)
	}
	return *got
}

// returned checks that the lender has the terminal again, as it was.
func (b *borrowed) returned(was unix.Termios, ok bool) {
	b.t.Helper()
	b.wait("BACK " + strconv.FormatBool(ok))
	if now := b.termios(); now != was {
		b.t.Errorf("the terminal is not as it was: %+v, was %+v", now, was)
	}
	_, rest, off := strings.Cut(b.seen(), "?1000;")
	if !off || strings.Contains(rest, "?1000h") || strings.Contains(rest, "?1049h") {
		b.t.Errorf("a mode is left on: %q", rest)
	}
	b.press("hello\n")
	b.wait("READ hello")
	if err := <-b.done; err != nil {
		b.t.Error(err)
	}
}

// screenful is a full-screen program that leaves everything switched on when it is killed.
const screenful = `stty raw -echo; printf '\033[?1049h\033[?1000h\033[?1006h\033[?2004h\033[2;5rFULL'; echo $BASHPID > "$PIDFILE"; `

func TestTerminalIsGivenBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(file, []byte(strings.Repeat("a line\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(t.TempDir(), "pid")
	env := []string{"PIDFILE=" + pidFile}
	start := func(t *testing.T, command, ready string) (*borrowed, unix.Termios) {
		t.Helper()
		_ = os.Remove(pidFile)
		b := lendTo(t, env, command)
		was := b.termios()
		b.wait(ready)
		return b, was
	}
	killed := func(t *testing.T, sig syscall.Signal) {
		t.Helper()
		raw, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
		if err == nil {
			err = syscall.Kill(pid, sig)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a pager, by its key", func(t *testing.T) {
		b, was := start(t, "less '"+file+"'", "a line")
		b.press("q")
		b.returned(was, true)
	})
	t.Run("interrupted, which is not for calm", func(t *testing.T) {
		b, was := start(t, "trap 'exit 3' INT; echo UP; while :; do sleep 0.05; done", "UP")
		b.press("\x03")
		b.returned(was, false)
	})
	t.Run("stopped, with nobody to wake it", func(t *testing.T) {
		b, was := start(t, "trap 'echo WOKEN; exit' CONT; echo UP; while :; do sleep 0.05; done", "UP")
		b.press("\x1a")
		b.wait("WOKEN")
		b.returned(was, true)
	})
	t.Run("killed", func(t *testing.T) {
		b, was := start(t, screenful+"exec sleep 100", "FULL")
		until(t, "its state of the terminal", func() bool { return b.termios() != was && exists(pidFile) && read(t, pidFile) != "" })
		killed(t, syscall.SIGKILL)
		b.returned(was, false)
	})
	t.Run("its program was killed, and the shell goes on", func(t *testing.T) {
		b, was := start(t, "("+screenful+"exec sleep 100); exit 0", "FULL")
		until(t, "its pid", func() bool { return exists(pidFile) && read(t, pidFile) != "" })
		killed(t, syscall.SIGKILL)
		b.returned(was, true)
	})
	t.Run("the connection to another host breaks", func(t *testing.T) {
		e := newThere(t)
		p := e.job(screenful+"sleep 100", run.Carried{}).Plan
		argv := run.TerminalArgv(p)
		for i, w := range argv {
			argv[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		b, was := start(t, "exec "+strings.Join(argv, " "), "FULL")
		until(t, "ssh's state of the terminal", func() bool { return b.termios() != was })
		e.wire.set(true)
		b.returned(was, false)
	})
}
