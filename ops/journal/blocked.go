package journal

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Blocked says why this user, whose the state folder is, could not write an incident there; empty where
// nothing is known against it. It writes nothing, so that a monitor may ask.
func Blocked(state string) string {
	for dir := state; ; dir = filepath.Dir(dir) {
		var st unix.Stat_t
		err := unix.Stat(dir, &st)
		if err == nil {
			if os.Geteuid() != 0 && int(st.Uid) != os.Geteuid() {
				return "" // another user's: what that one can do is not to be seen from here
			}
			return blocked(dir)
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func blocked(dir string) string {
	var st unix.Statfs_t
	if err := unix.Access(dir, unix.W_OK); err != nil {
		return fmt.Sprintf("%s: %v", dir, err)
	}
	switch err := unix.Statfs(dir, &st); {
	case err != nil:
		return "" // nothing is known
	case st.Flags&unix.ST_RDONLY != 0:
		return dir + ": the disk is read-only"
	case st.Blocks > 0 && st.Bavail == 0, st.Files > 0 && st.Ffree == 0:
		return "disk full: make room on " + dir + room(dir)
	}
	return ""
}
