package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/incident"
	"calm/ops"
)

// trouble is what keeps the journal from being written, with what can be measured of it.
type trouble struct {
	why  string // "disk full"
	help string // a sentence
	lock bool   // others hold it: the disk may be well
}

// troubleOf tells what stands in the way of every write from what is wrong with one event; ok is
// false for the latter.
func (j *Journal) troubleOf(err error) (t trouble, ok bool) {
	dir := filepath.Dir(filepath.Dir(j.dir)) // the state folder
	var busy *busyError
	switch {
	case !j.mine():
		return trouble{}, false
	case errors.As(err, &busy):
		return j.holder(), true
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return trouble{why: "disk full", help: "Make room on " + dir + room(dir)}, true
	case errors.Is(err, syscall.EFBIG):
		return trouble{why: "files may not grow", help: "A limit on the size of files (ulimit -f) holds here: raise it."}, true
	case errors.Is(err, syscall.EROFS):
		return trouble{why: "disk read-only", help: "Mount " + dir + " for writing; dmesg says why it is not."}, true
	case errors.Is(err, syscall.EIO), errors.Is(err, syscall.ENODEV), errors.Is(err, syscall.ESTALE):
		return trouble{why: "disk errors", help: "The disk below " + dir + " fails: dmesg says how."}, true
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return trouble{why: "no file descriptors", help: "Too many files are open: lsof shows by whom."}, true
	case errors.Is(err, fs.ErrPermission):
		return trouble{why: "no permission", help: "Let calm write again: chmod -R u+rwX " + dir}, true
	}
	return trouble{}, false
}

// room says what is left on a full disk, in brackets: bytes, or the inodes where those are gone.
func room(dir string) string {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return "."
	}
	free := int64(st.Bavail) * st.Bsize
	if st.Files > 0 && st.Ffree == 0 && free > 0 {
		return fmt.Sprintf(" (no inodes left of %d; %s free).", st.Files, size(free))
	}
	return fmt.Sprintf(" (%s free).", size(free))
}

func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// mine says whether the incident is this user's to write, whatever the modes say at the moment.
func (j *Journal) mine() bool {
	var st unix.Stat_t
	return os.Geteuid() == 0 || unix.Stat(j.dir, &st) == nil && int(st.Uid) == os.Geteuid()
}

// holder says who holds the journal's lock, as far as the kernel tells.
func (j *Journal) holder() trouble {
	t := trouble{why: "another calm holds it", help: "Is that one stuck? It may also be its disk.", lock: true}
	pid := lockedBy(j.lock.file)
	if pid == 0 || pid == os.Getpid() {
		return t
	}
	t.why = fmt.Sprintf("calm, pid %d, holds it", pid)
	t.help = fmt.Sprintf("It may be waiting for its disk; kill %d ends it, and loses nothing.", pid)
	if stopped(pid) {
		t.why = fmt.Sprintf("calm, pid %d, holds it and is stopped", pid)
		t.help = fmt.Sprintf("kill -CONT %d lets it go on; kill -9 %d ends it, and loses nothing.", pid, pid)
	}
	return t
}

// lockedBy finds the process that has a flock on a file; 0 when it is not to be seen.
func lockedBy(f *os.File) int {
	var st unix.Stat_t
	if f == nil || unix.Fstat(int(f.Fd()), &st) != nil {
		return 0
	}
	text, err := os.ReadFile("/proc/locks")
	if err != nil {
		return 0
	}
	want := fmt.Sprintf("%02x:%02x:%d", unix.Major(st.Dev), unix.Minor(st.Dev), st.Ino)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 6 || f[1] != "FLOCK" || f[5] != want {
			continue
		}
		if pid, err := strconv.Atoi(f[4]); err == nil {
			return pid
		}
	}
	return 0
}

// stopped says whether a process was stopped by a signal, or frozen with its control group.
func stopped(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, ok := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	if ok && strings.HasPrefix(rest, "T") {
		return true
	}
	wchan, err := os.ReadFile(fmt.Sprintf("/proc/%d/wchan", pid))
	return err == nil && strings.Contains(string(wchan), "refrigerator")
}

// gap is the time in which the journal can't be written.
type gap struct {
	trouble
	since time.Time
	cause error
}

// notWritable is the error of an append that the journal did not take. missing is how many of its
// events are kept nowhere.
func (j *Journal) notWritable(t trouble, cause error, missing int) error {
	if j.gap == nil {
		j.gap = &gap{since: j.now().at}
	}
	j.gap.trouble, j.gap.cause = t, cause
	out := &incident.NotWritable{Since: j.gap.since, Why: t.why, Help: t.help, Kept: j.kept(), Missing: missing, Err: cause}
	if j.spool != nil {
		for _, e := range j.spool.events {
			if e.Type == incident.GlassBroken && out.By == "" {
				out.By = e.Actor.Name
				_ = e.Decode(&out.Glass) // written by this process
			}
		}
		out.Glass.Syslog = j.spool.log.why()
	}
	return &ops.Error{Code: ops.CodeOf(cause), Op: "append to " + j.folder(), Detail: out.Error(), Err: out}
}
