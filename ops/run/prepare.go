package run

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"calm/ops"
)

// Prepared is an action that is written down and was not begun. Its folder has another name until
// then, and is locked as long as the console that made it lives. Start or Discard ends it.
type Prepared struct {
	s     Supervisor
	job   Job
	dir   string
	files []*os.File // the lock, and the lease when it is taken
}

// waitingDir is where an action's folder is until it begins.
func waitingDir(dir string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir))
}

// Prepare writes a job down whole. Its action can be prepared once.
func (s Supervisor) Prepare(job Job) (*Prepared, error) {
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
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, ops.Wrap(op, err)
	}
	out := &Prepared{s: s, job: job, dir: filepath.Join(s.Dir, p.Op)}
	waiting := waitingDir(out.dir)
	_, err := os.Lstat(out.dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Mkdir(waiting, 0o700)
	} else if err == nil {
		err = fs.ErrExist
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, startedBefore(op)
	}
	if err != nil {
		return nil, ops.Wrap(op, err)
	}
	if err := out.fill(waiting); err != nil {
		out.Discard()
		return nil, ops.Wrap(op, err)
	}
	return out, nil
}

func startedBefore(op string) error {
	return ops.Errorf(ops.Conflict, op, "this plan was started before; propose the step again to repeat it")
}

func (p *Prepared) fill(waiting string) error {
	lock, err := os.OpenFile(filepath.Join(waiting, lockFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	p.files = append(p.files, lock)
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return err
	}
	if err := syscall.Mkfifo(filepath.Join(waiting, cancelPipe), 0o600); err != nil {
		return err
	}
	if err := createOnce(filepath.Join(waiting, beforeFile), p.job.Before); err != nil {
		return err
	}
	// The supervisor takes this room again, and then keeps it: to find now that there is none is better.
	r, err := newReserve(waiting)
	if r != nil {
		r.discard()
	}
	if err != nil {
		return err
	}
	in := intent{Plan: p.job.Plan, By: p.job.By, At: time.Now().UTC(), Grace: p.s.Grace, Cap: p.s.Cap, Grant: p.job.Grant, Approval: p.job.Approval}
	if err := createOnce(filepath.Join(waiting, intentFile), in); err != nil {
		return err
	}
	return syncDir(p.s.Dir)
}

// Start begins what was prepared, as Supervisor.Start says. Giving the folder its name is the fence:
// it succeeds once, and not after Forestall.
func (p *Prepared) Start(ctx context.Context) (*Handle, error) {
	defer func() { closeAll(p.files) }()
	op := "start " + p.job.Plan.Title
	err := os.Rename(waitingDir(p.dir), p.dir)
	if taken(err) || errors.Is(err, fs.ErrNotExist) {
		return nil, startedBefore(op)
	}
	if err == nil {
		err = syncDir(p.s.Dir)
	}
	if err != nil {
		return nil, ops.Wrap(op, err)
	}
	if target := p.job.Plan.Lease; target != "" {
		h := holder{By: p.job.By, Title: p.job.Plan.Title, Since: time.Now().UTC(), Dir: p.dir}
		f, err := leaseAmong(p.s.Leases, p.s.Others, target, h)
		if err != nil {
			return nil, err
		}
		p.files = append(p.files, f)
	}
	if err := p.s.launch(ctx, p.dir, p.job, p.files); err != nil {
		return nil, err
	}
	return Attach(p.dir)
}

// Discard takes back what was prepared and not begun.
func (p *Prepared) Discard() {
	_ = os.RemoveAll(waitingDir(p.dir)) // what is left of it begins nothing
	closeAll(p.files)
}

// Leave lets go of what was prepared and keeps it, for one who finds that it was meant to run: the
// proof that it did not.
func (p *Prepared) Leave() { closeAll(p.files) }

// taken says whether a folder could not be renamed because the name is that of another one.
func taken(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY)
}

// Forestall sees to it that an action without a folder never begins, and says what is known of it:
// Running while the console that prepared it is about to start it; NeverBegan when that console is
// gone; Unknown when there is no trace of it, because somebody has removed its folder.
func Forestall(dir string) (State, error) {
	waiting := waitingDir(dir)
	held, err := isLocked(filepath.Join(waiting, lockFile))
	if err != nil {
		return Unknown, err
	}
	if held {
		return Running, nil
	}
	err = os.Rename(waiting, dir)
	switch {
	case err == nil:
		return NeverBegan, syncDir(filepath.Dir(dir))
	case taken(err):
		return Running, nil // it was begun meanwhile: its folder tells the rest
	case !errors.Is(err, fs.ErrNotExist):
		return Unknown, ops.Wrap("follow "+filepath.Base(dir), err)
	}
	if _, err := os.Stat(dir); err == nil {
		return Running, nil
	}
	return Unknown, nil
}
