package run

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"calm/ops"
)

// NoRoom says whether an action could not be written down because the disk of its folder takes
// nothing, so that another folder may.
func NoRoom(err error) bool {
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EFBIG, fs.ErrPermission} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Known says whether an action has a folder at a place, or is about to have one.
func Known(dir string) bool {
	for _, d := range []string{dir, waitingDir(dir)} {
		if _, err := os.Lstat(d); err == nil {
			return true
		}
	}
	return false
}

// Bring moves the folder of an action that has ended to where it belongs. It is there whole or not at
// all; where it is already, only the old one goes. One that still runs is a Conflict.
func Bring(from, to string) error {
	op := "move " + from
	state, err := stateOf(from)
	if err != nil {
		return err
	}
	if state == Running || orphaned(from) {
		return ops.Errorf(ops.Conflict, op, "it still runs")
	}
	if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
		temp := filepath.Join(filepath.Dir(to), ".bring-"+filepath.Base(to))
		err := copyFolder(from, temp)
		if err == nil {
			err = os.Rename(temp, to)
		}
		if err != nil {
			_ = os.RemoveAll(temp)
			return ops.Wrap(op, err)
		}
		if err := syncDir(filepath.Dir(to)); err != nil {
			return err
		}
	}
	return ops.Wrap(op, os.RemoveAll(from))
}

// copyFolder copies the plain files of a folder, synced.
func copyFolder(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue // the pipe that ends it: nobody listens any more
		}
		if err := copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return syncDir(to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
