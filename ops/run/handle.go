package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"calm/model/action"
	"calm/model/signal"
	"calm/ops"
)

// TailSize is how much of the newest output a Progress carries, in bytes.
const TailSize = 64 << 10

// Handle is an action's folder, as a console sees it. It holds nothing open: any number of
// consoles may have one.
type Handle struct {
	Dir  string
	Plan action.Plan
	By   string
}

// Progress is how far an action has come.
type Progress struct {
	State   State
	PID     int    // of the command; 0 when calm runs it itself or it never began
	Output  []byte // the newest TailSize bytes
	Started time.Time
	Ended   time.Time // zero unless Finished
	Exit    Exit      // Outcome is "unknown" when State is Unknown
	Carried Carried   // what it leaves to the next step; empty unless Finished
}

// Attach opens the folder of an action that was started by this console or another.
func Attach(dir string) (*Handle, error) {
	var in intent
	ok, err := load(filepath.Join(dir, intentFile), &in)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ops.Errorf(ops.Unreachable, "attach "+dir, "there is no action")
	}
	return &Handle{Dir: dir, Plan: in.Plan, By: in.By}, nil
}

// Before gives the readings from before the start.
func (h *Handle) Before() (signal.Snapshot, error) {
	var s signal.Snapshot
	_, err := load(filepath.Join(h.Dir, beforeFile), &s)
	return s, err
}

// OutputPath is the file that holds the whole of what was kept of the output.
func (h *Handle) OutputPath() string { return filepath.Join(h.Dir, outputFile) }

// Poll looks at the folder once.
func (h *Handle) Poll() (Progress, error) {
	state, err := stateOf(h.Dir)
	if err != nil {
		return Progress{State: Unknown, Exit: Exit{Outcome: "unknown"}}, err
	}
	p := Progress{State: state, Output: tailOf(h.Dir, TailSize)}
	var s started
	if _, err := load(filepath.Join(h.Dir, startedFile), &s); err != nil {
		return p, err
	}
	var c child
	if _, err := load(filepath.Join(h.Dir, childFile), &c); err != nil {
		return p, err
	}
	p.Started = s.At
	if c.PID != s.PID {
		p.PID = c.PID
	}
	switch state {
	case Finished:
		if _, err := load(filepath.Join(h.Dir, exitFile), &p.Exit); err != nil {
			return p, err
		}
		p.Started, p.Ended = p.Exit.Started, p.Exit.Ended
		_, err = load(filepath.Join(h.Dir, contextFile), &p.Carried)
		return p, err
	case NeverBegan:
		p.Exit = Exit{Outcome: "failed", Code: -1, Text: "it never began: its supervisor ended before the command started"}
	case Unknown:
		p.Exit = Exit{Outcome: "unknown", Code: -1, Text: "its supervisor ended while it ran; what it did is not known"}
	}
	return p, nil
}

// Wait polls until the action runs no more.
func (h *Handle) Wait(ctx context.Context) (Progress, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		p, err := h.Poll()
		if err != nil || p.State != Running {
			return p, err
		}
		select {
		case <-ctx.Done():
			return p, ops.Wrap("wait for "+h.Plan.Title, ctx.Err())
		case <-tick.C:
		}
	}
}

// Cancel ends the action with its whole process tree: TERM first, KILL when its grace is over, or
// at once when it is cancelled a second time. It returns when the supervisor has been told; the
// outcome comes by Poll. An action that has ended is a Conflict.
func (h *Handle) Cancel() error {
	op := "stop " + h.Plan.Title
	f, err := os.OpenFile(filepath.Join(h.Dir, cancelPipe), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		_, err = f.Write([]byte("cancel\n"))
		return ops.Wrap(op, errors.Join(err, f.Close()))
	}
	// Nobody reads the pipe: it has ended, or its supervisor is dead and the command may go on.
	var c child
	if ok, err := load(filepath.Join(h.Dir, childFile), &c); err == nil && ok && c.alive() && orphaned(h.Dir) {
		return ops.Wrap(op, EndGroup(c.PID, defaultGrace))
	}
	return ops.Errorf(ops.Conflict, op, "it runs no more")
}

// stateOf reads an action's state off its folder. The order matters: the supervisor writes the
// outcome, then gives the lease back, and lets go of the lock last.
func stateOf(dir string) (State, error) {
	held, err := isLocked(filepath.Join(dir, lockFile))
	if err != nil {
		return Unknown, err
	}
	switch {
	case held:
		return Running, nil
	case exists(dir, exitFile):
		return Finished, nil
	case exists(dir, childFile):
		return Unknown, nil
	}
	return NeverBegan, nil
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

func isLocked(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, ops.Wrap("read "+path, err)
	}
	defer f.Close()
	// Shared, so that consoles that look at the same time don't take each other for a supervisor.
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, ops.Wrap("read "+path, err)
}

// look fills in what the folder tells.
func (f *Found) look() error {
	h, err := Attach(f.Dir)
	if err != nil {
		if ops.CodeOf(err) == ops.Unreachable {
			// The folder was made and the intent was not: nothing can have been started.
			f.State = NeverBegan
			return nil
		}
		return err
	}
	f.Plan, f.By = h.Plan, h.By
	if f.State, err = stateOf(f.Dir); err != nil {
		return err
	}
	f.Orphan = f.State == Unknown && orphaned(f.Dir)
	return nil
}
