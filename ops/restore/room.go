package restore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"calm/ops"
)

// nearest is a folder, or the first one above it that is there.
func nearest(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// room is how much may be written into a folder that need not be there yet, in bytes.
func room(dir string) (int64, error) {
	var st unix.Statfs_t
	at := nearest(dir)
	if err := unix.Statfs(at, &st); err != nil {
		return 0, ops.Wrap("look for room in "+at, err)
	}
	return int64(st.Bavail) * st.Bsize, nil //nolint:gosec // no disk has 2⁶³ blocks
}

// syncAll returns when all that was written to a folder's file system is on disk.
func syncAll(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return ops.Wrap("sync "+dir, err)
	}
	return ops.Wrap("sync "+dir, errors.Join(unix.Syncfs(int(d.Fd())), d.Close()))
}
