package journal

import (
	"context"
	"errors"
	"os"
	"time"

	"calm/ops"

	"golang.org/x/sys/unix"
)

// lockLimit is how long an append waits for the others.
const lockLimit = 2 * time.Second

// lockFile is an advisory lock (flock) between processes. It keeps its descriptor from one use to
// the next, because a host in trouble may have none left: that, and noticing that the file was
// replaced, is what a lock library that opens and closes cannot give.
type lockFile struct {
	path string
	file *os.File
}

// openLock opens the lock's file, and makes it when it is not there.
func openLock(path string) (*lockFile, error) {
	l := &lockFile{path: path}
	err := l.reopen()
	return l, err
}

func (l *lockFile) reopen() error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return ops.Wrap("lock "+l.path, bare(err))
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file = f
	return nil
}

// acquire takes the lock within the limit. Whoever waits asks again every few milliseconds: flock
// itself cannot be given a time.
func (l *lockFile) acquire(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	pause := time.Millisecond
	for {
		held, err := l.try()
		if held || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return &ops.Error{Code: ops.Failed, Op: "lock " + l.path, Detail: "cancelled", Err: ctx.Err()}
			}
			return &ops.Error{
				Code: ops.Conflict, Op: "lock " + l.path, Err: &busyError{ctx.Err()},
				Detail: "another calm has held it for " + limit.String() + "; is that one, or the disk, stuck?",
			}
		case <-time.After(pause):
			pause = min(2*pause, 10*time.Millisecond)
		}
	}
}

// busyError says that another process has held the lock all the time.
type busyError struct{ error }

func (e *busyError) Unwrap() error { return e.error }

// try takes the lock if it is free, on the file that has the name now.
func (l *lockFile) try() (bool, error) {
	for {
		err := unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false, ops.Wrap("lock "+l.path, err)
		}
		if l.current() {
			return true, nil
		}
		// Somebody deleted the file: whoever comes now locks another one.
		if err := l.reopen(); err != nil {
			return false, err
		}
	}
}

func (l *lockFile) current() bool {
	open, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(l.path)
	return err == nil && os.SameFile(open, named)
}

func (l *lockFile) release() { _ = unix.Flock(int(l.file.Fd()), unix.LOCK_UN) }

func (l *lockFile) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
