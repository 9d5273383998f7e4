package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"calm/ops"
)

// Parts of a place for spools, and of a spool.
const (
	leasesDir  = "leases"
	actionsDir = "actions"
	spoolFile  = "spool.jsonl"
)

// places are the folders that may hold spools, best first: CALM_SPOOL alone where it is set. Else
// each is in memory, so that no disk in trouble is asked. /run/calm comes first because the login
// manager takes the others away when their user's last session ends.
func places() []string {
	if dir := os.Getenv("CALM_SPOOL"); filepath.IsAbs(dir) {
		return []string{dir}
	}
	uid := strconv.Itoa(os.Geteuid())
	list := []string{"/run/calm/" + uid}
	if os.Geteuid() == 0 {
		list[0] = "/run/calm"
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		list = append(list, filepath.Join(dir, "calm"))
	}
	return append(list, "/dev/shm/calm-"+uid)
}

// Leases are the folders in which actions may hold their leases that have none in the state folder.
func Leases() []string {
	list := places()
	for i, p := range list {
		list[i] = filepath.Join(p, leasesDir)
	}
	return list
}

// private makes a folder for this user alone, or takes one that is. Anything else could have been put
// there by somebody who wants to read or write what goes into it.
func private(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return ops.Wrap("make "+path, bare(err))
	}
	return owned(path)
}

func owned(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return ops.Wrap("open "+path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	switch err := unix.Fstat(fd, &st); {
	case err != nil:
		return ops.Wrap("open "+path, err)
	case int(st.Uid) != os.Geteuid():
		return ops.Errorf(ops.Denied, "open "+path, "it belongs to user %d, calm runs as user %d", st.Uid, os.Geteuid())
	case st.Mode&0o077 != 0:
		return ops.Errorf(ops.Denied, "open "+path, "others may look into it (mode %04o); chmod 700 it", st.Mode&0o777)
	}
	return nil
}

// sameDisk says whether two folders are on one file system.
func sameDisk(one, other string) bool {
	var a, b unix.Stat_t
	return unix.Stat(one, &a) == nil && unix.Stat(other, &b) == nil && a.Dev == b.Dev
}

// spoolsOf is the folder of an incident's spools in a place. The incident is known by the ID of its
// first event, which stays the same wherever its folder is moved to.
func spoolsOf(place, first string) string { return filepath.Join(place, "incident-"+first) }

// spoolFolders lists an incident's spools in all places, oldest first.
func (j *Journal) spoolFolders() []string {
	if len(j.events) == 0 {
		return nil
	}
	var list []string
	for _, place := range j.places {
		dir := spoolsOf(place, j.events[0].ID)
		entries, err := os.ReadDir(dir)
		if err != nil || owned(place) != nil || owned(dir) != nil {
			continue
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			switch {
			case strings.HasPrefix(e.Name(), "."):
				sweep(path)
			case opPattern.MatchString(e.Name()) && owned(path) == nil:
				list = append(list, path)
			}
		}
	}
	sortByName(list)
	return list
}

// sweep takes away a spool whose process ended while it made it: nothing is in it yet.
func sweep(path string) {
	if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > time.Minute {
		_ = os.RemoveAll(path)
	}
}

// Elsewhere lists the folders, beside the incident's own, in which its actions may lie.
func (j *Journal) Elsewhere() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := j.spoolFolders()
	for i, dir := range list {
		list[i] = filepath.Join(dir, actionsDir)
	}
	return list
}
