package run

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"calm/model/action"
	"calm/model/pattern"
	"calm/ops"
)

// The descriptors that Start hands to a supervisor.
const (
	readyFD = 3 // answered with one line when the action is under way, or why not
	hideFD  = 4 // what must not be shown, as a secret.Set in JSON: through a pipe, so that it is in no file
	lockFD  = 5 // the action's lock
	leaseFD = 6 // the target's lease; absent for an action that has none
)

// handshake bounds how long a supervisor may take to report, on a host that is short of everything.
const handshake = 20 * time.Second

// Supervisor starts actions that go on without the console, and finds them again. Each has a folder
// of its own below Dir, named by the plan's Op, and a process of its own: this program again, with
// the arguments "supervise DIR", in a session of its own.
//
// A program that uses a Supervisor must call Main (or Supervise) before it does anything else.
type Supervisor struct {
	Dir    string        // the actions of one incident
	Leases string        // the host's leases; shared by every console on it
	Self   string        // this program; empty means /proc/self/exe
	Grace  time.Duration // between TERM and KILL; 0 means 10 s
	Cap    int64         // bytes of output kept of each action; 0 means DefaultCap
}

// opName is what may name an action's folder: a ULID, and nothing that leads elsewhere.
var opName = pattern.New(`^[0-9A-Za-z_-]{1,64}$`)

// Start writes a job down and starts it. When it returns without an error the command is running,
// or has ended already, and nothing that happens to the caller changes that. A job whose plan is
// not as it was sealed is Invalid; one that was started before, or whose target is taken, Conflict.
func (s Supervisor) Start(ctx context.Context, job Job) (*Handle, error) {
	p := job.Plan
	op := "start " + p.Title
	switch {
	case !p.Matches(p.Hash):
		return nil, ops.Errorf(ops.Invalid, op, "the plan is not the one that was shown; propose it again")
	case !opName.MatchString(p.Op):
		return nil, ops.Errorf(ops.Invalid, op, "the plan has no usable id")
	case p.Terminal:
		return nil, ops.Errorf(ops.Invalid, op, "it needs the terminal for itself")
	}
	dir := filepath.Join(s.Dir, p.Op)
	files, err := s.prepare(dir, job)
	defer closeAll(files)
	if err != nil {
		return nil, err
	}
	if err := s.launch(ctx, dir, job, files); err != nil {
		return nil, err
	}
	return Attach(dir)
}

// prepare makes the folder and takes the locks. Making the folder is the fence: it can be made once.
func (s Supervisor) prepare(dir string, job Job) (files []*os.File, err error) {
	op := "start " + job.Plan.Title
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, ops.Wrap(op, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, ops.Errorf(ops.Conflict, op, "this plan was started before; propose the step again to repeat it")
		}
		return nil, ops.Wrap(op, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, ops.Wrap(op, err)
	}
	files = append(files, lock)
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return files, ops.Wrap(op, err)
	}
	now := time.Now().UTC()
	if target := job.Plan.Lease; target != "" {
		f, err := lease(s.Leases, target, holder{By: job.By, Title: job.Plan.Title, Since: now, Dir: dir})
		if err != nil {
			return files, err
		}
		files = append(files, f)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, cancelPipe), 0o600); err != nil {
		return files, ops.Wrap(op, err)
	}
	if err := createOnce(filepath.Join(dir, beforeFile), job.Before); err != nil {
		return files, err
	}
	in := intent{Plan: job.Plan, By: job.By, At: now, Grace: s.Grace, Cap: s.Cap, Grant: job.Grant}
	if err := createOnce(filepath.Join(dir, intentFile), in); err != nil {
		return files, err
	}
	return files, syncDir(s.Dir)
}

// launch starts the supervisor's process and waits until it says that the action is under way.
func (s Supervisor) launch(ctx context.Context, dir string, job Job, files []*os.File) error {
	op := "start " + job.Plan.Title
	ready, answer, err := os.Pipe()
	if err != nil {
		return ops.Wrap(op, err)
	}
	defer ready.Close()
	own, err := os.OpenFile(filepath.Join(dir, ownLog), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		_ = answer.Close()
		return ops.Wrap(op, err)
	}
	defer own.Close()
	hidden, telling, err := os.Pipe()
	if err != nil {
		_ = answer.Close()
		return ops.Wrap(op, err)
	}
	self := s.Self
	if self == "" {
		self = "/proc/self/exe"
	}
	// Not the caller's context: the supervisor outlives its caller.
	cmd := exec.CommandContext(context.Background(), self, superviseWord, dir)
	cmd.Dir, cmd.Env = "/", environment(job.Env)
	cmd.Stdout, cmd.Stderr = own, own
	cmd.ExtraFiles = append([]*os.File{answer, hidden}, files...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	_, _ = answer.Close(), hidden.Close()
	// More than a pipe takes must not hold the console up. Should it end before all is told, the
	// supervisor refuses to begin.
	go func() { _, _ = json.NewEncoder(telling).Encode(job.Hide), telling.Close() }()
	if err != nil {
		return ops.Wrap(op, err)
	}
	// It outlives this console; as long as both live, the console must take its exit status.
	go func() { _ = cmd.Wait() }()
	return await(ctx, op, ready)
}

// report is the one line that a supervisor answers with.
type report struct {
	Under  bool   `json:"under_way"`
	Detail string `json:"detail,omitempty"`
}

func await(ctx context.Context, op string, ready *os.File) error {
	limit := time.Now().Add(handshake)
	if d, ok := ctx.Deadline(); ok && d.Before(limit) {
		limit = d
	}
	_ = ready.SetReadDeadline(limit)
	var r report
	switch err := json.NewDecoder(ready).Decode(&r); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ops.Errorf(ops.Timeout, op, "its supervisor did not answer; it may still start: look at it before you repeat it")
	case err != nil:
		return ops.Errorf(ops.Failed, op, "its supervisor ended before it began; nothing was changed")
	case !r.Under:
		return ops.Errorf(ops.Failed, op, "%s", r.Detail)
	}
	return nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// TerminalArgv is what runs a plan that needs the terminal for itself. Its directory and its
// environment are the plan's and the job's, as for any other.
func TerminalArgv(p action.Plan) []string {
	return []string{"bash", "--noprofile", "--norc", "-c", p.Command}
}

// State is what is known of an action that was found.
type State string

// The states. NeverBegan is certain: its command had not executed one instruction.
const (
	Running    State = "running"
	Finished   State = "finished"
	NeverBegan State = "never began"
	Unknown    State = "unknown"
)

// Found is an action that an earlier console, or another one, has started.
type Found struct {
	Op     string
	Dir    string
	Plan   action.Plan
	By     string
	State  State
	Orphan bool // its supervisor is gone and its command still runs
}

// Find lists the actions of an incident, oldest first. A folder that can't be read is among them,
// as Unknown, with the first error.
func Find(root string) ([]Found, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, ops.Wrap("read "+root, err)
	}
	var out []Found
	var first error
	for _, e := range entries {
		if !e.IsDir() || !opName.MatchString(e.Name()) {
			continue
		}
		f := Found{Op: e.Name(), Dir: filepath.Join(root, e.Name()), State: Unknown}
		if err := f.look(); err != nil && first == nil {
			first = err
		}
		out = append(out, f)
	}
	// A ULID sorts by its time.
	slices.SortFunc(out, func(a, b Found) int { return strings.Compare(a.Op, b.Op) })
	return out, first
}
