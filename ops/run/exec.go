// Package run is the only place in calm that starts processes. It takes an argv and gives back a
// result; it never interprets a shell line by itself and never decides whether something may run.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"calm/ops"
)

// DefaultTimeout ends a command that was given no timeout of its own.
const DefaultTimeout = 30 * time.Second

// DefaultMaxOutput bounds each of stdout and stderr, in bytes, for a command that was given no
// bound of its own. Output beyond it is read and thrown away, so that the command never blocks.
const DefaultMaxOutput = 4 << 20

// killAfter is how long a process group has between TERM and KILL when its time is up.
const killAfter = 3 * time.Second

// Command is one program to run. Argv[0] is looked up in PATH unless it has a slash.
type Command struct {
	Argv      []string
	Dir       string
	Env       []string // the whole environment; nil means BaseEnv()
	Stdin     io.Reader
	Timeout   time.Duration // 0 means DefaultTimeout; negative means none but the context's
	MaxOutput int           // bytes of each stream kept; 0 means DefaultMaxOutput
	Live      io.Writer     // gets both streams too, whole and as they come; nil for nobody
	Files     []*os.File    // open in the program from descriptor 3 on
}

// Result is what a command left behind.
type Result struct {
	Argv      []string
	Stdout    []byte
	Stderr    []byte
	Exit      int // -1 when a signal ended it or it never started
	Started   time.Time
	Duration  time.Duration
	Truncated bool // some output was dropped
}

// Exec runs programs. Local is the real one; tests pass a fake that asserts the argv.
type Exec interface {
	Run(ctx context.Context, c Command) (Result, error)
}

// Local runs programs on this host, each in a process group of its own that is ended as a whole
// when its time is up.
type Local struct{}

// Run starts the command and waits for it. A non-zero exit is an *ops.Error with code Failed, and
// the Result is filled all the same. The error's Op is the argv with no environment.
func (Local) Run(ctx context.Context, c Command) (Result, error) {
	op := Line(c.Argv)
	if len(c.Argv) == 0 {
		return Result{Exit: -1}, ops.Errorf(ops.Invalid, "run", "empty command")
	}
	if c.Timeout >= 0 {
		limit := c.Timeout
		if limit == 0 {
			limit = DefaultTimeout
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	out, errOut := newBounded(c.MaxOutput), newBounded(c.MaxOutput)
	cmd := group(ctx, c)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, out, errOut
	if c.Live != nil {
		both := &shared{w: c.Live}
		cmd.Stdout, cmd.Stderr = io.MultiWriter(out, both), io.MultiWriter(errOut, both)
	}

	res := Result{Argv: c.Argv, Exit: -1, Started: time.Now()}
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		err = nil // it ended well; something that it left running holds its output open
	}
	res.Duration = time.Since(res.Started)
	res.Stdout, res.Stderr = out.Bytes(), errOut.Bytes()
	res.Truncated = out.dropped || errOut.dropped
	if cmd.ProcessState != nil {
		res.Exit = cmd.ProcessState.ExitCode()
	}
	return res, failure(ctx, op, res, err)
}

// Start starts a command that is meant to go on after its starter, such as a daemon: in a session
// of its own, output to the given file. The caller owns the pid and must end it by that.
func (Local) Start(c Command, output *os.File) (*os.Process, error) {
	op := Line(c.Argv)
	if len(c.Argv) == 0 {
		return nil, ops.Errorf(ops.Invalid, "run", "empty command")
	}
	cmd := exec.CommandContext(context.Background(), c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Env = c.Dir, environment(c.Env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, ops.Wrap(op, err)
	}
	return cmd.Process, nil
}

// LookPath finds a program in the given PATH (colon separated), as a shell would, and returns its
// absolute path.
func LookPath(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, executable(name)
	}
	for dir := range strings.SplitSeq(path, ":") {
		if dir == "" {
			dir = "."
		}
		full := dir + "/" + name
		if executable(full) == nil {
			return full, nil
		}
	}
	return "", ops.Errorf(ops.Unreachable, name, "%s is not installed, or not in PATH", name)
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() || info.Mode()&0o111 == 0 {
		return os.ErrPermission
	}
	return nil
}

// baseNames are the variables of calm's own environment that a child gets. Nothing else is passed
// on by default: `pm2 restart --update-env` would store whatever its caller had, tokens included.
var baseNames = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PM2_HOME", "NVM_DIR", "XDG_RUNTIME_DIR"}

// InBase says whether a variable is one that every child gets.
func InBase(name string) bool { return slices.Contains(baseNames, name) }

// BaseEnv is the part of calm's own environment that children may see.
func BaseEnv() []string {
	var env []string
	for _, name := range baseNames {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func environment(env []string) []string {
	if env == nil {
		return BaseEnv()
	}
	return env
}

func group(ctx context.Context, c Command) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Env = c.Dir, environment(c.Env)
	cmd.ExtraFiles = c.Files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return EndGroup(cmd.Process.Pid, killAfter) }
	// A grandchild that keeps the pipe open must not hold the result back.
	cmd.WaitDelay = killAfter + time.Second
	return cmd
}

// EndGroup sends TERM to a process group, and KILL to what is left of it after the given time. It
// returns at once; the KILL comes from a goroutine that ends by itself.
func EndGroup(pgid int, after time.Duration) error {
	err := syscall.Kill(-pgid, syscall.SIGTERM)
	go func() {
		time.Sleep(after)
		_ = syscall.Kill(-pgid, syscall.SIGKILL)
	}()
	return err
}

func failure(ctx context.Context, op string, res Result, err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &ops.Error{Code: ops.Classify(ctx.Err()), Op: op, Detail: fmt.Sprintf("ended after %s", res.Duration.Round(time.Millisecond)), Err: ctx.Err()}
	case errors.Is(err, exec.ErrNotFound):
		return ops.Errorf(ops.Unreachable, op, "%s is not installed, or not in PATH", res.Argv[0])
	case errors.As(err, &exit):
		line, _, _ := bytes.Cut(bytes.TrimSpace(res.Stderr), []byte("\n"))
		detail := fmt.Sprintf("exit %d", res.Exit)
		if len(line) > 0 {
			detail += ": " + string(line)
		}
		return &ops.Error{Code: ops.Failed, Op: op, Detail: detail, Err: err}
	}
	return ops.Wrap(op, err)
}

// Line writes an argv as a person would type it, quoting what a shell would otherwise split.
func Line(argv []string) string {
	words := make([]string, len(argv))
	for i, a := range argv {
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$`|&;<>(){}*?[]#~!") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words[i] = a
	}
	return strings.Join(words, " ")
}

// shared lets two streams write into one, a piece at a time.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// bounded keeps the first max bytes written to it and drops the rest without an error.
type bounded struct {
	bytes.Buffer
	max     int
	dropped bool
}

func newBounded(max int) *bounded {
	if max <= 0 {
		max = DefaultMaxOutput
	}
	return &bounded{max: max}
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.max - b.Len()
	if len(p) > room {
		b.dropped = true
		b.Buffer.Write(p[:max(room, 0)])
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
