package journal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops"
)

func TestMissingSegment(t *testing.T) {
	d := newState(t)
	d.sizes = []int64{4096}
	j := newJournal(t, d, 40)
	if err := os.Remove(segmentPath(j, 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Verify(); err == nil || !strings.Contains(err.Error(), "000002.jsonl, line 1): the file is missing") {
		t.Errorf("%v", err)
	}
	j, _ = reopen(t, d)
	must(j.Append(ctx, note("after")))(t)
	_, events := reopen(t, d)
	if about, ok := eventOf(t, events, incident.SegmentFrozen); !ok || about.Segment != segmentName(2) {
		t.Errorf("%+v", about)
	}
	if got := texts(t, events[len(events)-1:]); got[0] != "after" {
		t.Errorf("last is %q", got)
	}
}

func TestJournalGone(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 1)
	if err := os.Remove(segmentPath(j, 1)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.OpenIncident(1); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), "the journal is gone") {
		t.Errorf("%v", err)
	}
	if list := must(d.List())(t); list[0].Err == nil {
		t.Error("listed as if it were well")
	}
	if n, ok, err := d.Current(); ok || err == nil {
		t.Errorf("current is %d, %v, %v; nobody can say", n, ok, err)
	}
}

// The console that has the file open can give it back.
func TestUnlinkedWhileOpen(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 3)
	if err := os.Remove(segmentPath(j, 1)); err != nil {
		t.Fatal(err)
	}
	must(j.Append(ctx, note("after")))(t)
	other, events := reopen(t, d)
	gapless(t, events)
	if got := texts(t, events[4:]); !slices.Equal(got, []string{"segment_restored", "after"}) {
		t.Errorf("%q", got)
	}
	if _, err := other.Verify(); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(j.Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(ctx, note("into the void")); err == nil {
		t.Error("appended to a folder that is not there")
	}
}

// R1: what somebody else could have put there is not opened.
func TestLinksAndStrangersAreRefused(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "victim")
	for name, c := range map[string]struct {
		do   func(path string) error
		want string
	}{
		"symbolic link": {func(p string) error {
			if err := os.Rename(p, elsewhere); err != nil {
				return err
			}
			return os.Symlink(elsewhere, p)
		}, "symbolic link, which calm does not follow"},
		"hard link":        {func(p string) error { return os.Link(p, p+".copy") }, "2 hard links"},
		"others may write": {func(p string) error { return os.Chmod(p, 0o666) }, "others may write to it (mode 0666)"},
		"folder": {func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.Mkdir(p, 0o700)
		}, "it is not a plain file"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 1)
			if err := c.do(segmentPath(j, 1)); err != nil {
				t.Fatal(err)
			}
			_, _, err := d.OpenIncident(1)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if list := must(d.List())(t); list[0].Err == nil {
				t.Error("listed as if it were well")
			}
		})
	}
}

func TestLinkedFoldersAreRefused(t *testing.T) {
	for _, name := range []string{"", journalDir} {
		d := newState(t)
		j := newJournal(t, d, 1)
		path := filepath.Join(j.Path(), name)
		moved := filepath.Join(t.TempDir(), "moved")
		if err := os.Rename(path, moved); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(moved, path); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.OpenIncident(1); ops.CodeOf(err) != ops.Denied {
			t.Errorf("%q as a link: %v", name, err)
		}
	}
}

func TestLockIsNoLink(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 1)
	lock := filepath.Join(j.folder(), lockName)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, lock); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.OpenIncident(1); err == nil {
		t.Error("opened through a link")
	}
	if _, err := os.Lstat(victim); err == nil {
		t.Error("made a file through a link")
	}
}

func TestStateFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string]string{
		"":              "no folder named; use --state DIR",
		file:            "there is a file in the way; choose another with --state DIR or CALM_STATE",
		file + "/below": "there is a file in the way",
		"/proc/calm":    "choose another with --state DIR",
	} {
		if _, err := Open(state); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", state, err, want)
		}
	}
}

// The wall clock is set back under a running console.
func TestClockStep(t *testing.T) {
	d := newState(t)
	now := clocks()
	d.now = func() moment { return now }
	j := newJournal(t, d, 1)
	later := func(wall, boot time.Duration) {
		now.at, now.bt = now.at.Add(wall), now.bt+boot
		must(j.Append(ctx, note("x")))(t)
	}
	later(time.Minute, time.Minute)
	later(-time.Hour, time.Second)
	later(time.Second+400*time.Millisecond, time.Second)
	later(3*time.Second, time.Second)
	events := must(j.Since(0))(t)
	gapless(t, events)
	if got := texts(t, events[2:]); !slices.Equal(got, []string{"x", "clock_step", "x", "x", "clock_step", "x"}) {
		t.Fatalf("%q", got)
	}
	if about, _ := eventOf(t, events, incident.ClockStepped); about.Seconds != -3601 || about.Text != "the clock of this host was set back by 1h0m1s" {
		t.Errorf("%+v", about)
	}
}

// After a restart of the host, or of a console that did not leave, that comes first.
func TestRecoveredComesFirst(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, _ = reopen(t, d)
	must(j.Append(ctx, note("a quiet reopening")))(t)

	d.now = func() moment { m := clocks(); m.boot = "another"; return m }
	j, _ = reopen(t, d)
	must(j.Append(ctx, note("after a boot"), note("and more")))(t)
	events := must(j.Since(0))(t)
	if got := texts(t, events[2:]); !slices.Equal(got, []string{"a quiet reopening", "recovered", "after a boot", "and more"}) {
		t.Fatalf("%q", got)
	}
	if about, _ := eventOf(t, events, incident.Recovered); about.Text != "gone on after the host was restarted" || about.LastSeq != 3 {
		t.Errorf("%+v", about)
	}
}
