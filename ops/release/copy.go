package release

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/signal"
	"calm/ops"
)

// copyOne copies a file or a symbolic link with its folder, mode and time. What is neither, or is not
// there, is left out: a deleted file, a submodule, a socket.
func copyOne(from, to string) (done bool, err error) {
	info, err := os.Lstat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, ops.Wrap("copy "+from, err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return false, ops.Wrap("copy "+from, err)
	}
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		target, err := os.Readlink(from)
		if err == nil {
			err = os.Symlink(target, to)
		}
		return true, ops.Wrap("copy "+from, err)
	case info.Mode().IsRegular():
		return true, ops.Wrap("copy "+from, copyFile(from, to, info))
	}
	return false, nil
}

// copyFile shares the data where the file system can; Go asks for that by itself.
func copyFile(from, to string, info fs.FileInfo) error {
	src, err := os.OpenFile(from, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	err = errors.Join(err, dst.Chmod(info.Mode().Perm()), dst.Close())
	if err == nil {
		err = os.Chtimes(to, time.Time{}, info.ModTime())
	}
	return err
}

// copyTree copies a folder with all that is in it.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return ops.Wrap("copy "+path, err)
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return ops.Wrap("copy "+path, err)
		}
		if !e.IsDir() {
			_, err := copyOne(path, filepath.Join(to, below))
			return err
		}
		info, err := e.Info()
		if err == nil {
			err = os.MkdirAll(filepath.Join(to, below), info.Mode().Perm()|0o700)
		}
		return ops.Wrap("copy "+path, err)
	})
}

// changedSince says whether anything in a folder was changed after a time.
func changedSince(dir string, since time.Time) bool {
	found := errors.New("found")
	return filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := e.Info(); err != nil || changedAt(info).After(since) {
			return found
		}
		return nil
	}) != nil
}

// Size is how much a folder holds.
type Size struct {
	Bytes, Files int64
	More         bool // it was not counted to its end
}

// sizeOf counts a folder, for a while.
func sizeOf(dir string, until time.Time) (s Size) {
	stop := errors.New("long enough")
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		s.Files++
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			s.Bytes += info.Size()
		}
		if s.Files%256 == 0 && time.Now().After(until) {
			s.More = true
			return stop
		}
		return nil
	})
	return s
}

// spare is what must stay free beside what is copied.
const (
	spareBytes = 128 << 20
	spareFiles = 1000
)

// fits says whether there is room for a copy, and for packages that may be installed into it.
func (l listing) fits(top string, within time.Duration) error {
	until := time.Now().Add(within)
	need := Size{Bytes: spareBytes, Files: spareFiles}
	for _, name := range l.tracked {
		if info, err := os.Lstat(filepath.Join(top, name)); err == nil {
			need.Bytes, need.Files = need.Bytes+info.Size(), need.Files+1
		}
	}
	// What is copied of them, or an installation, which needs about as much.
	for _, dir := range l.packages {
		s := sizeOf(filepath.Join(top, dir), until)
		need.Bytes, need.Files = need.Bytes+s.Bytes, need.Files+s.Files
	}
	return Room(filepath.Dir(top), need)
}

// Room says whether a folder's file system has room for that much.
func Room(dir string, need Size) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return ops.Wrap("look for room in "+dir, err)
	}
	free := int64(st.Bavail) * st.Bsize
	switch {
	case free < need.Bytes:
		return ops.Errorf(ops.Conflict, "build beside", "about %s are needed in %s, and %s are free", bytesText(need.Bytes), dir, bytesText(free))
	case st.Files > 0 && int64(st.Ffree) < need.Files:
		return ops.Errorf(ops.Conflict, "build beside", "about %d files come to be in %s, and its file system has room for %d", need.Files, dir, st.Ffree)
	}
	return nil
}

func bytesText(n int64) string { return signal.FormatValue(signal.Bytes, float64(n)) }
