package journal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"calm/model/incident"
)

// disk mounts a small one, where that is allowed: as root. Everybody else has the same faults by a
// limit on the size of files (TestKilledWhileKeeping, TestWriteCutShort).
func disk(t *testing.T, options string) (dir string, ok bool) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("calm-test", dir, "tmpfs", 0, options); err != nil {
		if os.Geteuid() == 0 && !errors.Is(err, syscall.EPERM) {
			t.Fatal(err)
		}
		t.Logf("no disk of its own for this test (%v)", err)
		return "", false
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("CALM_SPOOL", filepath.Join(t.TempDir(), "spool"))
	return dir, true
}

// filler takes all the room of a disk; removing it gives it back.
func filler(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f := must(os.Create(path))(t)
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 4096)); errors.Is(err, syscall.ENOSPC) {
			return path
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// until appends until an event is only kept, and gives the error.
func until(t *testing.T, j *Journal) (ids []string, err error) {
	t.Helper()
	for range 500 {
		events, err := j.Append(ctx, note("%s", strings.Repeat("x", 200)))
		if incident.Spooled(err) != nil {
			t.Fatal(err)
		}
		ids = append(ids, events[0].ID)
		if err != nil {
			return ids, err
		}
	}
	t.Fatal("the journal never fills the disk")
	return nil, nil
}

func TestFullDisk(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		want    string
		full    func(t *testing.T, dir string) (room func())
	}{
		"bytes": {"size=96k", "(disk full): 1 event waits in memory. Make room on ", func(t *testing.T, dir string) func() {
			path := filler(t, dir)
			return func() { _ = os.Remove(path) }
		}},
		"inodes": {"size=64m,nr_inodes=14", "(no inodes left of 14; ", func(t *testing.T, dir string) func() {
			var made []string
			for i := range 14 {
				path := filepath.Join(dir, string(rune('a'+i)))
				if os.WriteFile(path, nil, 0o600) == nil {
					made = append(made, path)
				}
			}
			return func() {
				for _, path := range made {
					_ = os.Remove(path)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, ok := disk(t, c.options)
			if !ok {
				return
			}
			d := must(Open(filepath.Join(dir, "state")))(t)
			d.sizes = segmentSizes[2:]
			j := newJournal(t, d, 0)
			room := c.full(t, dir)
			ids, err := until(t, j)
			if len(ids) < 10 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d events fitted, then %v, want %q", len(ids), err, c.want)
			}
			if name == "bytes" && !strings.Contains(err.Error(), "state (0 B free).") {
				t.Errorf("%v", err)
			}
			ids = append(ids, kept(t, j, note("more"))[0].ID)
			if err := j.Merge(ctx); err == nil {
				t.Error("merged onto a full disk")
			}
			room()
			if err := j.Merge(ctx); err != nil {
				t.Fatal(err)
			}
			once(t, d, ids...)
		})
	}
}

// TestBlocked: what stands against writing is found without a write.
func TestBlocked(t *testing.T) {
	d := newState(t)
	if why := Blocked(filepath.Join(d.Path(), "not", "yet")); why != "" {
		t.Errorf("a disk with room: %q", why)
	}
	dir, ok := disk(t, "size=64k")
	if !ok {
		return
	}
	filler(t, dir)
	if why := Blocked(dir); why != "disk full: make room on "+dir+" (0 B free)." {
		t.Errorf("%q", why)
	}
}

// TestReadOnlyDisk: an incident on a disk that can't be written is opened, keeps what is said, and
// writes it when the disk is mounted for writing again.
func TestReadOnlyDisk(t *testing.T) {
	dir, ok := disk(t, "size=8m")
	if !ok {
		return
	}
	d := must(Open(filepath.Join(dir, "state")))(t)
	if err := newJournal(t, d, 1).Close(); err != nil {
		t.Fatal(err)
	}
	remount := func(flags uintptr) {
		if err := unix.Mount("calm-test", dir, "tmpfs", unix.MS_REMOUNT|flags, "size=8m"); err != nil {
			t.Fatal(err)
		}
	}
	remount(unix.MS_RDONLY)
	j, events := reopen(t, d)
	if len(events) != 2 || j.ReadOnly() == nil {
		t.Fatalf("%d events, %v", len(events), j.ReadOnly())
	}
	id := kept(t, j, note("said meanwhile"))[0].ID
	_, err := j.Append(ctx)
	if err == nil || !strings.Contains(err.Error(), "disk read-only") {
		t.Errorf("%v", err)
	}
	remount(0)
	must(j.Append(ctx, note("after")))(t)
	all := once(t, d, id)
	if got := texts(t, all[2:]); !slices.Equal(got, []string{"gap_opened", "said meanwhile", "journal_gap", "after"}) {
		t.Errorf("%q", got)
	}
}

// R6: a sync that failed is never tried again, on that segment; what it was for is written elsewhere.
func TestSyncFails(t *testing.T) {
	for when := 1; when <= 6; when++ {
		d := newState(t)
		j := newJournal(t, d, 1)
		calls, bad := 0, uint64(0)
		j.sync = func(f *os.File) error {
			var st unix.Stat_t
			if err := unix.Fstat(int(f.Fd()), &st); err != nil {
				return err
			}
			if bad == st.Ino {
				t.Error("a segment was synced again after its sync had failed")
			}
			if calls++; calls == when {
				bad = st.Ino
				return syscall.EIO
			}
			return dataSync(f)
		}
		var ids []string
		for i := range 5 {
			ids = append(ids, must(j.Append(ctx, note("%d", i)))(t)[0].ID)
		}
		events := once(t, d, ids...)
		if _, ok := eventOf(t, events, incident.SegmentAbandoned); ok != (when <= 5) {
			t.Errorf("sync %d failed, and a segment was left: %v", when, ok)
		}
	}
}

// TestEverySyncFails: with a disk that can't sync at all, everything is kept in memory.
func TestEverySyncFails(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 1)
	j.sync = func(*os.File) error { return syscall.EIO }
	var ids []string
	for i := range 5 {
		ids = append(ids, kept(t, j, note("%d", i))[0].ID)
	}
	if _, err := j.Append(ctx); err == nil || !strings.Contains(err.Error(), "(disk errors): 5 events wait in memory. The disk below ") {
		t.Errorf("%v", err)
	}
	j.sync = dataSync
	must(j.Append(ctx, note("well again")))(t)
	once(t, d, ids...)
}
