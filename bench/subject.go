package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"

	"calm/ops/run"
)

// subject is a terminal program in a pseudo-terminal of 120×40, measured from outside by /proc.
type subject struct {
	cmd     *exec.Cmd
	pty     *os.File
	started time.Time

	mu    sync.Mutex
	bytes int64
	last  time.Time // of the newest output
	tail  bytes.Buffer
	more  chan struct{}
	gone  chan struct{}
}

// tick is the unit of the CPU times in /proc: USER_HZ, which Linux keeps at 100.
const tick = 10 * time.Millisecond

func launch(env []string, argv ...string) (*subject, error) {
	full := append(append(os.Environ(), env...), "TERM=xterm-256color", "LANG=C.UTF-8")
	program, err := run.LookPath(argv[0], pathIn(full))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), program, argv[1:]...)
	cmd.Env = full
	s := &subject{cmd: cmd, started: time.Now(), more: make(chan struct{}, 1), gone: make(chan struct{})}
	p, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return nil, err
	}
	s.pty = p
	go s.read()
	return s, nil
}

// pathIn is the PATH of an environment; a later entry beats an earlier one.
func pathIn(env []string) string {
	for _, kv := range slices.Backward(env) {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			return path
		}
	}
	return ""
}

func (s *subject) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := s.pty.Read(buf)
		if n > 0 {
			s.mu.Lock()
			s.bytes += int64(n)
			s.last = time.Now()
			if s.tail.Len() < 1<<20 {
				s.tail.Write(buf[:n])
			}
			s.mu.Unlock()
			select {
			case s.more <- struct{}{}:
			default:
			}
		}
		if err != nil {
			_ = s.cmd.Wait()
			close(s.gone)
			return
		}
	}
}

// close ends the program by its pid, and waits for it.
func (s *subject) close() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.gone:
	case <-time.After(3 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.gone
	}
	_ = s.pty.Close()
}

// first waits for a text, or for the screen to be quiet after its first output when want is empty,
// and gives the time from the start to the last output of that first picture.
func (s *subject) first(want string, limit time.Duration) (time.Duration, error) {
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		s.mu.Lock()
		seen, last := s.tail.String(), s.last
		s.mu.Unlock()
		if want != "" && strings.Contains(seen, want) {
			return last.Sub(s.started), nil
		}
		if want == "" && s.count() > 0 && time.Since(last) > 150*time.Millisecond {
			return last.Sub(s.started), nil
		}
		select {
		case <-s.more:
		case <-time.After(2 * time.Millisecond):
		case <-s.gone:
			return 0, fmt.Errorf("it ended at once")
		}
	}
	return 0, fmt.Errorf("no picture within %s", limit)
}

func (s *subject) count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// key types a key and gives the time to the first output after it.
func (s *subject) key(k string, limit time.Duration) (time.Duration, error) {
	for len(s.more) > 0 {
		<-s.more
	}
	at := time.Now()
	if _, err := s.pty.WriteString(k); err != nil {
		return 0, err
	}
	select {
	case <-s.more:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.last.Sub(at), nil
	case <-time.After(limit):
		return 0, fmt.Errorf("no answer to %q within %s", k, limit)
	}
}

// usage is what a program has used so far.
type usage struct {
	cpu     time.Duration
	peak    int64 // bytes of resident memory
	wakeups int64
	bytes   int64
}

func (s *subject) usage() (usage, error) {
	dir := fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)
	cpu, err := cpuOf(dir)
	if err != nil {
		return usage{}, err
	}
	u := usage{cpu: cpu, bytes: s.count()}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return u, err
	}
	u.peak = field(string(status), "VmHWM:") << 10
	tasks, err := filepath.Glob(dir + "/task/*/status")
	for _, t := range tasks {
		if raw, err := os.ReadFile(t); err == nil {
			u.wakeups += field(string(raw), "voluntary_ctxt_switches:")
		}
	}
	return u, err
}

func field(text, name string) int64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

// cpuOf is the CPU time of a process and of its children that have ended.
func cpuOf(dir string) (time.Duration, error) {
	raw, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(raw), ") ")
	words := strings.Fields(rest)
	if !ok || len(words) < 15 {
		return 0, fmt.Errorf("%s/stat makes no sense", dir)
	}
	var ticks int64
	for _, w := range words[11:15] { // utime, stime, cutime, cstime: proc(5)
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}
