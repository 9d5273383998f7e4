package trust

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"calm/ops"
)

// open makes the store's folder, for its owner only, and refuses one that others could write into.
func (s *Store) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	return safe(s.dir)
}

// safe says why a folder is not one whose files can be believed: it is a link, belongs to somebody
// else, or others may write into it. Root's own is believed: that is how a shared installation hands
// its trust to everybody on the host.
func safe(dir string) error {
	op := "read " + dir
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return ops.Wrap(op, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return ops.Errorf(ops.Denied, op, "%s is not a folder, or a link to one, which calm does not follow", dir)
	}
	return owned(op, dir, st)
}

func owned(op, path string, st unix.Stat_t) error {
	switch {
	case int(st.Uid) != os.Geteuid() && st.Uid != 0:
		return ops.Errorf(ops.Denied, op, "%s belongs to user %d, calm runs as user %d", path, st.Uid, os.Geteuid())
	case st.Mode&0o022 != 0:
		return ops.Errorf(ops.Denied, op, "others may write to %s; chmod go-w it, and look at what is in it", path)
	}
	return nil
}

// read gives a small file that nobody else can have put there or can change.
func read(path string, most int64) ([]byte, error) {
	if err := safe(filepath.Dir(path)); err != nil {
		return nil, err
	}
	op := "read " + path
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, ops.Errorf(ops.Denied, op, "%s is a symbolic link, which calm does not follow", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return nil, ops.Wrap(op, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink > 1 {
		return nil, ops.Errorf(ops.Denied, op, "%s is not a plain file with one name", path)
	}
	if err := owned(op, path, st); err != nil {
		return nil, err
	}
	if st.Size > most {
		return nil, ops.Errorf(ops.Denied, op, "%s is too large to be what it should be", path)
	}
	raw, err := io.ReadAll(io.LimitReader(f, most))
	return raw, ops.Wrap(op, err)
}

// place writes a file whole or not at all, over an older one of the same name. Who may read the
// folder may read the file: a shared installation opens its folder for that.
func (s *Store) place(name string, content []byte) error {
	info, err := os.Stat(s.dir)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "."+name+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o600 | info.Mode().Perm()&0o044)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncDir(s.dir)
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
