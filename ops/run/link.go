package run

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	helloWithin = 15 * time.Second // from the client's start to the first word of the other host's bash
	maxNoise    = 256 << 10        // bytes that a login there may print before it
	chunk       = 64 << 10
)

// told from the other host: a word, what follows it on its line, and the bytes that it announced.
type said struct {
	word, rest string
	data       []byte
}

// link is one connection to the other host. Its words come on heard, which is closed at its end.
type link struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	heard  chan said
	errors *bounded
	quit   chan struct{} // nobody listens any more
	ended  chan struct{}
}

// errSilent says that the connection ended, or brought nothing, before a shell answered: whatever
// was to be run there has not even been sent.
var errSilent = errors.New("no shell answered there")

// dial connects and waits until bash on the other host has said a word. When it fails, nothing was
// told to that host.
func dial(argv, env []string) (*link, error) {
	l := &link{heard: make(chan said), errors: newBounded(chunk), quit: make(chan struct{}), ended: make(chan struct{})}
	// No context: it is ended by close, and its end alone says nothing about the command there.
	l.cmd = exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	l.cmd.Dir, l.cmd.Env, l.cmd.Stderr = "/", env, l.errors
	l.cmd.WaitDelay = time.Second
	l.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := l.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.in = in
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	go l.listen(bufio.NewReaderSize(out, chunk))
	if err := l.tell("printf '\\n\\001calm hello\\n'\n"); err == nil {
		timer := time.NewTimer(helloWithin)
		defer timer.Stop()
		select {
		case w, ok := <-l.heard:
			if ok && w.word == "hello" {
				return l, nil
			}
		case <-timer.C:
		}
	}
	l.close()
	return nil, errors.Join(errSilent, l.complaint())
}

// tell gives text to the shell there.
func (l *link) tell(text string) error {
	_, err := io.WriteString(l.in, text)
	return err
}

// close ends the connection. What runs there goes on.
func (l *link) close() {
	select {
	case <-l.quit:
	default:
		close(l.quit)
	}
	_ = l.in.Close()
	_ = syscall.Kill(-l.cmd.Process.Pid, syscall.SIGKILL)
	<-l.ended
}

// finish lets the connection end by itself, once the shell there has done what it was told last.
func (l *link) finish() {
	_ = l.in.Close()
	timer := time.NewTimer(killAfter)
	defer timer.Stop()
	for {
		select {
		case _, ok := <-l.heard:
			if !ok {
				l.close()
				return
			}
		case <-timer.C:
			l.close()
			return
		}
	}
}

// complaint is the last line that the client said of itself, as an error; nil for none. It is whole
// only once the connection has ended.
func (l *link) complaint() error {
	lines := strings.Split(strings.TrimSpace(l.errors.String()), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return nil
	}
	return errors.New(last)
}

// listen passes on what the other side says until the connection ends.
func (l *link) listen(r *bufio.Reader) {
	defer close(l.ended)
	defer func() { _ = l.cmd.Wait() }()
	defer close(l.heard)
	noise := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\x01calm ")
		if !ok {
			if noise += len(line); noise > maxNoise {
				return
			}
			continue
		}
		w := said{}
		w.word, w.rest, _ = strings.Cut(text, " ")
		if !l.pass(w, r) {
			return
		}
	}
}

// pass hands one word on, with its bytes in pieces.
func (l *link) pass(w said, r io.Reader) bool {
	size := 0
	whole := w.word == "context" || w.word == "environment"
	if w.word == "out" || whole {
		n, err := strconv.Atoi(w.rest)
		if err != nil || n < 0 || whole && n > maxContext {
			return false
		}
		size = n
	}
	for first := true; first || size > 0; first = false {
		limit := chunk
		if whole {
			limit = maxContext
		}
		w.data = make([]byte, min(size, limit))
		n, err := io.ReadFull(r, w.data)
		w.data, size = w.data[:n], size-n
		if err != nil && whole {
			return false
		}
		select {
		case l.heard <- w:
		case <-l.quit:
			return false
		}
		if err != nil {
			return false
		}
	}
	return true
}
