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
	"calm/ops/secret"
)

// The descriptors that Start hands to a supervisor.
const (
	readyFD = 3 // answered with one line when the action is under way, or why not
	hideFD  = 4 // handed, in JSON: through a pipe, so that it is in no file
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
	Others []string      // folders in which others may have leases, who could not take them there
	Self   string        // this program; empty means /proc/self/exe
	Grace  time.Duration // between TERM and KILL; 0 means 10 s
	Cap    int64         // bytes of output kept of each action; 0 means DefaultCap
}

// opName is what may name an action's folder: a ULID, and nothing that leads elsewhere.
var opName = pattern.New(`^[0-9A-Za-z_-]{1,64}$`)

// Start writes a job down and starts it. When it returns without an error the command is running,
// or has ended already, and nothing that happens to the caller changes that. A job whose plan is
// not as it was sealed is Invalid; one that was started before, or whose target is taken, Conflict.
// With the code Timeout it may have started.
func (s Supervisor) Start(ctx context.Context, job Job) (*Handle, error) {
	p, err := s.Prepare(job)
	if err != nil {
		return nil, err
	}
	return p.Start(ctx)
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
	go func() { _, _ = json.NewEncoder(telling).Encode(handed{job.Hide, job.There}), telling.Close() }()
	if err != nil {
		return ops.Wrap(op, err)
	}
	// It outlives this console; as long as both live, the console must take its exit status.
	go func() { _ = cmd.Wait() }()
	err = await(ctx, op, ready)
	if err != nil && ops.CodeOf(err) == ops.Failed && exists(dir, childFile) && !exists(dir, exitFile) {
		// It was ended between the command's first instruction and its answer.
		return ops.Errorf(ops.Timeout, op, "its supervisor ended as it began; it may have started: look at it before you repeat it")
	}
	return err
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

// handed is what a supervisor is told that must lie in no file.
type handed struct {
	Hide  secret.Set `json:"hide"`
	There Carried    `json:"there"`
}

// TerminalArgv is what runs a plan that needs the terminal for itself. Its directory and its
// environment are the plan's and the job's, as for any other; on another host, those of a login there.
func TerminalArgv(p action.Plan) []string {
	if p.Host != "" {
		command := "exec bash -l -c " + quote(p.Command)
		if p.Dir != "" {
			command = "cd " + quote(p.Dir) + " && " + command
		}
		return connection(p, "-tt", command)
	}
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
