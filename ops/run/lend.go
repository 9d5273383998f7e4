package run

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lending is a terminal while another program has it.
type lending struct {
	fd      int
	own     int // process group that had it
	termios *unix.Termios
}

// lend makes a program start as the foreground of the terminal that it reads from: what a person types
// to interrupt it is not for calm. ok is false where it reads from none.
func lend(cmd *exec.Cmd) (l lending, ok bool) {
	in, ok := cmd.Stdin.(*os.File)
	if !ok {
		return l, false
	}
	l.fd = int(in.Fd())
	termios, err := unix.IoctlGetTermios(l.fd, unix.TCGETS)
	if err != nil {
		return l, false
	}
	if l.own, err = unix.IoctlGetInt(l.fd, unix.TIOCGPGRP); err != nil || l.own != unix.Getpgrp() {
		return l, false // not this process's to lend
	}
	l.termios = termios
	cmd.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: l.fd}
	return l, true
}

// What a program may leave switched on: reports of the mouse, of focus and of pastes, other codes for
// keys, line wrapping, a shape of the cursor. After one that did not end well also the alternate screen
// and a part of the screen that scrolls alone.
const (
	modesOff = "\x1b[?1000;1002;1003;1004;1005;1006;1015;2004;2026;1l\x1b[=0u\x1b>\x1b[?7h\x1b[?25h\x1b[4l\x1b[0 q\x1b(B\x0f\x1b[0m"
	screens  = "\x1b[?1049l\x1b7\x1b[r\x1b8"
)

// takeBack makes this process the foreground again and sets the terminal to what it was.
func (l lending) takeBack(out io.Writer, broken bool) {
	// One in the background may do neither, and would be stopped for it.
	signal.Ignore(syscall.SIGTTOU)
	defer signal.Reset(syscall.SIGTTOU)
	_ = unix.IoctlSetPointerInt(l.fd, unix.TIOCSPGRP, l.own)
	_ = unix.IoctlSetTermios(l.fd, unix.TCSETSF, l.termios)
	if out == nil {
		return
	}
	text := modesOff
	if broken {
		text = screens + modesOff
	}
	_, _ = io.WriteString(out, text)
}

// keepAwake lets the program go on when it stops itself, as by ctrl-z: there is no shell here to go back
// to, and nothing else would wake it.
func (p *Program) keepAwake() (stop func()) {
	if p.cmd.SysProcAttr == nil || !p.cmd.SysProcAttr.Foreground {
		return func() {}
	}
	pid, quit, done := p.cmd.Process.Pid, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				if s, ok := statOf(pid); ok && s.state == 'T' && s.parent == os.Getpid() {
					_ = syscall.Kill(-pid, syscall.SIGCONT)
				}
			}
		}
	}()
	return func() { close(quit); <-done }
}
