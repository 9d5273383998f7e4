package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops"
)

// held takes the lock of a journal as a process would that was stopped with it.
func held(t *testing.T, j *Journal) (release func()) {
	t.Helper()
	other := must(openLock(filepath.Join(j.folder(), lockName)))(t)
	t.Cleanup(func() { _ = other.close() })
	if err := other.acquire(ctx, time.Second); err != nil {
		t.Fatal(err)
	}
	return other.release
}

// kept appends while the journal can't be written, without waiting long for it.
func kept(t *testing.T, j *Journal, drafts ...incident.Draft) []incident.Event {
	t.Helper()
	short, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
	defer cancel()
	events, err := j.Append(short, drafts...)
	var gap *incident.NotWritable
	if !errors.As(err, &gap) || incident.Spooled(err) != nil || len(events) != len(drafts) {
		t.Fatalf("%d events are kept, %v", len(events), err)
	}
	return events
}

// spools are the spools of all incidents that are left.
func spools(t *testing.T) []string {
	t.Helper()
	return must(filepath.Glob(filepath.Join(os.Getenv("CALM_SPOOL"), "incident-*", "[^.]*", spoolFile)))(t)
}

// once checks that each event is in the journal once, and that it is whole.
func once(t *testing.T, d *Dir, ids ...string) []incident.Event {
	t.Helper()
	j, events := reopen(t, d)
	gapless(t, events)
	n := map[string]int{}
	for _, e := range events {
		n[e.ID]++
	}
	for _, id := range ids {
		if n[id] != 1 {
			t.Errorf("%s is there %d times", id, n[id])
		}
	}
	if r, err := j.Verify(); err != nil || r.Waiting > 0 {
		t.Errorf("%d events wait, %v", r.Waiting, err)
	}
	if _, err := incident.Fold(events); err != nil {
		t.Error(err)
	}
	if left := spools(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	return events
}

// TestWrittenLate: what could not be written is kept, given as pending, and written in order with its
// own times, before what comes after it.
func TestWrittenLate(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 1)
	release := held(t, j)
	events := append(kept(t, j, note("one"), note("two")), kept(t, j, note("three"))...)
	if got := texts(t, j.Pending()); !slices.Equal(got, []string{"gap_opened", "one", "two", "three"}) {
		t.Errorf("pending: %q", got)
	}
	other, _ := reopen(t, d)
	if got := other.Pending(); len(got) != 0 {
		t.Errorf("another console takes what its owner still keeps: %q", texts(t, got))
	}
	if r, err := other.Verify(); err != nil || r.Waiting != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	release()
	must(j.Append(ctx, note("four")))(t)
	if n := len(j.Pending()); n > 0 {
		t.Errorf("%d events still wait", n)
	}
	var ids []string
	for _, e := range events {
		if e.Seq != 0 {
			t.Errorf("an event that waits has the number %d", e.Seq)
		}
		ids = append(ids, e.ID)
	}
	all := once(t, d, ids...)
	if got := texts(t, all[2:]); !slices.Equal(got, []string{"gap_opened", "one", "two", "three", "journal_gap", "four"}) {
		t.Fatalf("%q", got)
	}
	if e := all[3]; !e.At.Equal(events[0].At) || e.Late == nil || e.Late.N != 2 {
		t.Errorf("written late as %+v", e)
	}
	var gap incident.GapData
	if err := all[6].Decode(&gap); err != nil || gap.Records != 4 || gap.Why == "" || gap.To.Before(gap.From) || gap.Head != all[5].Late.SHA256 {
		t.Errorf("%+v, %v", gap, err)
	}
}

// TestNothingDangerousIsKept: what must be in the journal is refused while it can't be.
func TestNothingDangerousIsKept(t *testing.T) {
	j := newJournal(t, newState(t), 1)
	held(t, j)
	short, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
	defer cancel()
	events, err := j.AppendIf(short, 1, func([]incident.Event) error { return nil }, note("an intent"))
	if err == nil || incident.Spooled(err) == nil || len(events) > 0 || len(spools(t)) > 0 {
		t.Errorf("%d events, %v, %q", len(events), err, spools(t))
	}
}

// TestSpoolOfAConsoleThatDied is merged by the next one, once, whichever step of it the merge was
// ended at.
func TestSpoolOfAConsoleThatDied(t *testing.T) {
	const n = 4
	for steps := range n + 3 {
		t.Run(fmt.Sprintf("merge ended after %d records", steps), func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 1)
			release := held(t, j)
			var ids []string
			for i := range n {
				ids = append(ids, kept(t, j, note("note %d", i))[0].ID)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			release()
			half, _ := reopen(t, d)
			if got := texts(t, half.Pending()); len(got) != n+1 {
				t.Fatalf("pending: %q", got)
			}
			path := spools(t)[0]
			whole := must(os.ReadFile(path))(t)
			half.crashAfter(t, steps)
			if _, err := os.Lstat(path); err == nil && !bytes.Equal(must(os.ReadFile(path))(t), whole) {
				t.Error("a merge changed the spool")
			}
			next, _ := reopen(t, d)
			if r, err := next.Verify(); err != nil || steps < n+1 && r.Waiting == 0 {
				t.Errorf("in the middle of a merge: %+v, %v", r, err)
			}
			if err := next.Merge(ctx); err != nil {
				t.Fatal(err)
			}
			all := once(t, d, ids...)
			if got := texts(t, all[2:]); !slices.Equal(got, []string{"gap_opened", "note 0", "note 1", "note 2", "note 3", "journal_gap"}) {
				t.Errorf("%q", got)
			}
		})
	}
}

// crashAfter merges up to so many records and then gives everything up, as a process that is killed.
func (j *Journal) crashAfter(t *testing.T, records int) {
	t.Helper()
	if err := j.lock.acquire(ctx, lockLimit); err != nil {
		t.Fatal(err)
	}
	if err := j.catchUp(); err != nil {
		t.Fatal(err)
	}
	c := must(readSpool(filepath.Dir(spools(t)[0])))(t)
	for i, p := range append(j.lateOf(c), j.wholeGap(c)) {
		if i < records {
			if err := j.write(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	if records > len(c.records)+1 {
		if err := os.Remove(filepath.Join(c.dir, spoolFile)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestLateRecordsAreProven: what was written late is held against the hashes of its spool.
func TestLateRecordsAreProven(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(p *pending)
		want string
	}{
		"altered":  {func(p *pending) { p.data = []byte(`{"text":"something else"}`) }, "one of the two was altered"},
		"left out": {func(p *pending) { p.lateOf.N++; p.late.Seq++ }, "was altered"},
		"moved":    {func(p *pending) { p.lateOf.Prev = noHash }, "was altered"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 0)
			release := held(t, j)
			kept(t, j, note("one"), note("two"))
			release()
			content := must(readSpool(j.spool.dir))(t)
			for i, p := range append(j.lateOf(content), j.wholeGap(content)) {
				if i == 1 {
					c.do(&p)
				}
				if err := j.write(p); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := j.Verify(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestSpoolIsLost: a merge that has begun and can't be ended is said, for good.
func TestSpoolIsLost(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	release := held(t, j)
	kept(t, j, note("one"), note("two"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	release()
	half, _ := reopen(t, d)
	half.crashAfter(t, 2)
	if err := os.RemoveAll(os.Getenv("CALM_SPOOL")); err != nil {
		t.Fatal(err)
	}
	next, _ := reopen(t, d)
	if _, err := next.Verify(); err == nil || !strings.Contains(err.Error(), "what followed event 2 of it is lost") {
		t.Errorf("%v", err)
	}
}

// TestBrokenGlass: an intent goes into the spool after the reason, and the whole comes into the
// journal when the action can be found.
func TestBrokenGlass(t *testing.T) {
	d := newState(t)
	socket := filepath.Join(t.TempDir(), "log")
	conn := must(net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"}))(t)
	defer conn.Close()
	d.syslog = socket
	j := newJournal(t, d, 0)
	if _, _, err := j.BreakGlass(ctx, Calm(), "why not"); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("broken while the journal is well: %v", err)
	}
	release := held(t, j)
	short, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
	defer cancel()
	view, done, err := j.BreakGlass(short, incident.Actor{Name: "ana"}, "customers see errors")
	if err != nil {
		t.Fatal(err)
	}
	intent := incident.Draft{Type: incident.Intent, Actor: incident.Actor{Name: "ana"}, Data: incident.IntentData{Op: "01J", Title: "pm2 restart app"}}
	if _, err := view.AppendIf(ctx, 1, func(since []incident.Event) error {
		if len(since) != 2 {
			t.Errorf("%q is what the guard sees", texts(t, since))
		}
		return nil
	}, intent); err != nil {
		t.Fatal(err)
	}
	if _, err := view.AppendIf(ctx, 1, func([]incident.Event) error { return errors.New("stale") }, intent); err == nil || err.Error() != "stale" {
		t.Errorf("the guard was not asked: %v", err)
	}
	release()
	events, err := j.Append(ctx, note("meanwhile"))
	if len(events) != 1 || events[0].Seq != 0 || incident.Spooled(err) != nil {
		t.Errorf("written past the intent: %v, %v", events, err)
	}
	done()
	must(j.Append(ctx, note("after")))(t)
	all := once(t, d)
	if got := texts(t, all[1:]); !slices.Equal(got, []string{"gap_opened", "glass_broken", "intent", "meanwhile", "journal_gap", "after"}) {
		t.Errorf("%q", got)
	}
	var gap incident.GapData
	if err := all[5].Decode(&gap); err != nil || gap.By != "ana" || gap.Reason != "customers see errors" || gap.Syslog != "" {
		t.Errorf("%+v, %v", gap, err)
	}
	logged := datagrams(conn)
	for _, want := range []string{"gap_opened by", "glass_broken by ana", "intent by ana sha256=" + all[3].Late.SHA256} {
		if !strings.Contains(logged, want) {
			t.Errorf("%q is not in the syslog:\n%s", want, logged)
		}
	}
	if strings.Contains(logged, "meanwhile") {
		t.Error("a note is in the syslog")
	}
}

// datagrams is what has come to a socket.
func datagrams(conn *net.UnixConn) string {
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	var all strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return all.String()
		}
		all.Write(append(buf[:n], '\n'))
	}
}

// TestPlacesOfOthers: what somebody else could have put there takes nothing.
func TestPlacesOfOthers(t *testing.T) {
	for name, prepare := range map[string]func(place string) error{
		"others may look":  func(p string) error { return errors.Join(os.Mkdir(p, 0o700), os.Chmod(p, 0o750)) },
		"a symbolic link":  func(p string) error { return errors.Join(os.Mkdir(p+".real", 0o700), os.Symlink(p+".real", p)) },
		"a file":           func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"somebody else's":  func(p string) error { return errors.Join(os.Mkdir(p, 0o700), chownIfRoot(p)) },
		"no such folder":   func(p string) error { return os.Setenv("CALM_SPOOL", p+"/below/below") },
		"it can't be made": func(p string) error { return errors.Join(os.Symlink("/proc/calm", p)) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			place := filepath.Join(t.TempDir(), "place")
			t.Setenv("CALM_SPOOL", place)
			if err := prepare(place); err != nil {
				t.Fatal(err)
			}
			if name == "somebody else's" && os.Geteuid() != 0 {
				place = "/" // root's
				t.Setenv("CALM_SPOOL", place)
			}
			d.places = places()
			j := newJournal(t, d, 0)
			held(t, j)
			short, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
			defer cancel()
			events, err := j.Append(short, note("x"))
			if len(events) > 0 || incident.Spooled(err) == nil {
				t.Errorf("kept: %v", err)
			}
		})
	}
}

func chownIfRoot(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, 65534, 65534)
}

// TestSpoolDeleted: somebody deletes the spool, and nothing is lost.
func TestSpoolDeleted(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	release := held(t, j)
	ids := []string{kept(t, j, note("one"))[0].ID}
	if err := os.RemoveAll(os.Getenv("CALM_SPOOL")); err != nil {
		t.Fatal(err)
	}
	ids = append(ids, kept(t, j, note("two"))[0].ID)
	release()
	must(j.Append(ctx))(t)
	if err := j.Merge(ctx); err != nil {
		t.Fatal(err)
	}
	once(t, d, ids...)
}

// TestHolderIsNamed: who holds the lock, and that it is stopped, is said with its number.
func TestHolderIsNamed(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	cmd, lines := helper(t, "hold", d.Path())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if !lines.Scan() {
		t.Fatal("it holds nothing")
	}
	for !stopped(cmd.Process.Pid) {
		<-time.After(time.Millisecond)
	}
	began := time.Now()
	events, err := j.Append(ctx, note("while it is stopped"))
	if incident.Spooled(err) != nil || len(events) != 1 || time.Since(began) < lockLimit {
		t.Fatalf("%v, %v after %v", events, err, time.Since(began))
	}
	if want := fmt.Sprintf("calm, pid %d, holds it and is stopped", cmd.Process.Pid); !strings.Contains(err.Error(), want) {
		t.Errorf("%q is not in %v", want, err)
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	must(j.Append(ctx, note("it goes on")))(t)
	all := once(t, d, events[0].ID)
	if got := texts(t, all); !slices.Contains(got, "by the one that held it") || got[len(got)-1] != "it goes on" {
		t.Errorf("%q", got)
	}
}
