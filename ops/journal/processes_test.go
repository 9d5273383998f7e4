package journal

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops"
)

var kills = flag.Int("journal.kills", 100, "how many writers TestKillNine ends in the middle of their work")

// Several processes append to one journal, and each is ended with kill -9 at some point, again and
// again. Every event that was acknowledged is there, the numbers have no gap, and the next append
// works.
func TestKillNine(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	const writers = 3
	var mu sync.Mutex
	acked := map[string]bool{}
	left := *kills
	var all sync.WaitGroup
	for w := range writers {
		rng := rand.New(rand.NewPCG(1, uint64(w)))
		all.Go(func() {
			for {
				mu.Lock()
				left--
				done := left < 0
				mu.Unlock()
				if done || t.Failed() {
					return
				}
				ids := killed(t, d.Path(), rng)
				mu.Lock()
				for _, id := range ids {
					acked[id] = true
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(acked) < *kills {
		t.Errorf("only %d events were acknowledged before %d kills", len(acked), *kills)
	}
	must(j.Append(ctx, note("after all that")))(t)
	_, events := reopen(t, d)
	gapless(t, events)
	for _, e := range events {
		delete(acked, e.ID)
	}
	if len(acked) > 0 {
		t.Errorf("%d acknowledged events are gone", len(acked))
	}
	r, err := j.Verify()
	if err != nil || r.Torn > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	t.Logf("%d kills, %d events, %d segments", *kills, r.Records, r.Segments)
}

// killed starts a writer, ends it after a few acknowledgements and some microseconds, and gives the
// IDs that it acknowledged.
func killed(t *testing.T, state string, rng *rand.Rand) []string {
	cmd, lines := helper(t, "append", state)
	after, delay := 1+rng.IntN(8), time.Duration(rng.IntN(1500))*time.Microsecond
	var ids []string
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Error(lines.Text())
			break
		}
		ids = append(ids, lines.Text())
		if len(ids) == after {
			time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Process.Kill()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Errorf("the writer ended by itself: %v", err)
	}
	return ids
}

func TestManyProcessesAppendAtOnce(t *testing.T) {
	d := newState(t)
	d.sizes = segmentSizes[2:]
	j := newJournal(t, d, 0)
	const processes, each = 4, 50
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			if text := said(t, "append", d.Path(), fmt.Sprintf("N=%d", each)); strings.Count(text, "\n") != each-1 {
				t.Errorf("a process said %q", text)
			}
		})
	}
	var here []incident.Event
	for range each {
		here = append(here, must(j.Append(ctx, note("from here")))(t)...)
	}
	all.Wait()
	events := must(j.Since(0))(t)
	gapless(t, events)
	if want := 1 + processes*each + each; len(events) != want {
		t.Errorf("%d events, want %d", len(events), want)
	}
	for _, e := range here {
		if events[e.Seq-1].ID != e.ID {
			t.Errorf("event %d is not where Append said", e.Seq)
		}
	}
	if _, err := j.Verify(); err != nil {
		t.Error(err)
	}
}

// A limit on the size of files stands for a disk that fills up: the write across it is cut short.
func TestWriteCutShort(t *testing.T) {
	for name, limit := range map[string]int{"nothing more can be made": 3000, "a smaller segment still can": 40 << 10} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 0)
			text := said(t, "limited", d.Path(), "N=150", fmt.Sprintf("LIMIT=%d", limit))
			var acked []string
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "error") {
					acked = append(acked, line)
				}
			}
			refused := strings.Contains(text, "the journal can't be written (files may not grow): 1 event waits in memory.")
			if refused != (limit == 3000) || len(acked) == 0 {
				t.Fatalf("%d acknowledged, then: %s", len(acked), text[strings.LastIndex(text, "\n")+1:])
			}
			must(j.Append(ctx, note("after")))(t)
			_, events := reopen(t, d)
			gapless(t, events)
			for _, id := range acked {
				if !slices.ContainsFunc(events, func(e incident.Event) bool { return e.ID == id }) {
					t.Errorf("%s was acknowledged, and is gone", id)
				}
			}
			want := incident.SegmentAbandoned
			if refused {
				want = incident.TornTail
			}
			if about, ok := eventOf(t, events, want); !ok {
				t.Errorf("no %s in the journal: %+v", want, about)
			}
			if i, err := incident.Fold(events); err != nil || i.Broken != "" {
				t.Errorf("broken %q, %v", i.Broken, err)
			}
			if _, err := j.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAppendNeedsNoDescriptor(t *testing.T) {
	d := newState(t)
	newJournal(t, d, 0)
	if text := said(t, "nofiles", d.Path()); text != "appended" {
		t.Error(text)
	}
}

// A user without rights can't write, and is told so; one who may only read can read.
func TestWithoutRights(t *testing.T) {
	state := must(os.MkdirTemp("", "calm-rights-"))(t)
	t.Cleanup(func() { _ = os.Chmod(state, 0o700); _ = os.RemoveAll(state) })
	d := must(Open(state))(t)
	j := newJournal(t, d, 2)
	modes := func(dir, file os.FileMode) {
		t.Helper()
		err := filepath.WalkDir(state, func(path string, e os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() {
				return os.Chmod(path, 0o700|dir)
			}
			return os.Chmod(path, 0o400|file)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	modes(0o555, 0o444)
	if os.Geteuid() != 0 {
		// The same user, then: what is its own it could write to, but for the mode.
		modes(0o500, 0o400)
		for _, dir := range []string{state, d.incidents(), j.Path(), j.folder()} {
			if err := os.Chmod(dir, 0o500); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := said(t, "nobody", state)
	for _, want := range []string{"open: open state folder " + state + "/below: no permission to write there; choose another", "3 events, append: append to ", "no permission to write there"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	if os.Geteuid() == 0 {
		modes(0, 0)
		if text := said(t, "nobody", state); !strings.Contains(text, "permission denied") {
			t.Errorf("read what it may not read: %s", text)
		}
	}
}

// A console that was ended leaves a mark that nobody holds; the next append says so.
func TestConsoleThatDied(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVar+"=console", "CALM_STATE="+d.Path())
	in := must(cmd.StdinPipe())(t)
	defer in.Close()
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	others := must(j.Others())(t)
	if len(others) != 1 || others[0].User != "ben" || others[0].PID != cmd.Process.Pid {
		t.Errorf("%v, want ben's", others)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, and says so
	if others := must(j.Others())(t); len(others) != 0 {
		t.Errorf("dead, and still here: %v", others)
	}
	next, _ := reopen(t, d)
	must(next.Append(ctx, note("go on"), note("and on")))(t)
	events := must(next.Since(1))(t)
	if got := texts(t, events); !slices.Equal(got, []string{"recovered", "go on", "and on"}) {
		t.Fatalf("%q", got)
	}
	about, _ := eventOf(t, events, incident.Recovered)
	if want := fmt.Sprintf("gone on after the console of ben (pid %d) ended without leaving", cmd.Process.Pid); about.Text != want {
		t.Errorf("%q, want %q", about.Text, want)
	}
	third, _ := reopen(t, d)
	must(third.Append(ctx, note("later")))(t)
	if got := texts(t, must(third.Since(4))(t)); !slices.Equal(got, []string{"later"}) {
		t.Errorf("buried twice: %q", got)
	}
}

// When a write fails, the segment it failed in is left, and the event is written again elsewhere:
// once, for every reader, even if the failed write is found on disk later.
func TestFailedWrite(t *testing.T) {
	for name, fail := range map[string]func(t *testing.T, j *Journal, d incident.Draft){
		"nothing on disk": func(t *testing.T, j *Journal, d incident.Draft) {
			j.seg = must(os.Open(segmentPath(j, 1)))(t)
			must(j.Append(ctx, d))(t)
		},
		"on disk after all": syncFails,
	} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 2)
			reader, seen := reopen(t, d)
			fail(t, j, note("once"))
			_, events := reopen(t, d)
			gapless(t, events)
			if got := texts(t, events[3:]); !slices.Equal(got, []string{"segment_abandoned", "once"}) {
				t.Errorf("%q", got)
			}
			if r, err := j.Verify(); err != nil || r.Segments != 2 {
				t.Errorf("%+v, %v", r, err)
			}
			seen = append(seen, must(reader.Since(3))(t)...)
			i, err := incident.Fold(seen)
			if err != nil || strings.Count(strings.Join(texts(t, i.Events), " "), "once") != 1 {
				t.Errorf("the reader has %q, %v", texts(t, i.Events), err)
			}
			must(reader.Append(ctx, note("by the other")))(t)
			gapless(t, must(j.Since(0))(t))
		})
	}
}

// syncFails appends as if the record had reached the disk and its sync had failed.
func syncFails(t *testing.T, j *Journal, d incident.Draft) {
	ghost := must(prepare([]incident.Draft{d}, nil))(t)[0]
	r := record{V: version, Seq: j.chain.seq + 1, ID: ghost.id, T: time.Now().UTC(), Type: ghost.typ, Data: ghost.data, Prev: j.chain.hash}
	if _, err := j.seg.WriteAt(must(r.encode())(t), j.end); err != nil {
		t.Fatal(err)
	}
	j.suspect = segmentName(1)
	if err := errors.Join(j.leave(), j.put(ghost, j.now())); err != nil {
		t.Fatal(err)
	}
}

// A reader that saw the record whose sync failed has it once all the same.
func TestReaderOfAFailedWrite(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 0)
	reader, seen := reopen(t, d)
	ghost := must(prepare([]incident.Draft{note("once")}, nil))(t)[0]
	if err := j.put(ghost, j.now()); err != nil {
		t.Fatal(err)
	}
	seen = append(seen, must(reader.Since(1))(t)...)
	// Its sync failed, it is on disk, and the writer goes back to what it knows to be there.
	j.chain = chain{1, lineHash(firstLine(must(os.ReadFile(segmentPath(j, 1)))(t)))}
	j.suspect = segmentName(1)
	if err := errors.Join(j.leave(), j.put(ghost, j.now())); err != nil {
		t.Fatal(err)
	}
	seen = append(seen, must(reader.Since(seen[len(seen)-1].Seq))(t)...)
	i, err := incident.Fold(seen)
	if err != nil || i.Last != 3 || !slices.Equal(texts(t, i.Events), []string{"declared", "once"}) {
		t.Errorf("the reader has %q, last %d, %v", texts(t, i.Events), i.Last, err)
	}
}

// With no way to write at all there is no acknowledgement, and once there is one again it goes on.
func TestNothingCanBeWritten(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 1)
	good := j.sizes
	j.seg, j.sizes = must(os.Open(segmentPath(j, 1)))(t), nil
	if _, err := j.Append(ctx, note("lost")); err == nil || !strings.Contains(err.Error(), "last kept: event 2") {
		t.Fatalf("%v", err)
	}
	if got := must(j.Since(2))(t); len(got) != 0 {
		t.Errorf("an event that was not acknowledged is shown: %q", texts(t, got))
	}
	j.sizes = good
	must(j.Append(ctx, note("again")))(t)
	_, events := reopen(t, d)
	gapless(t, events)
	if got := texts(t, events[2:]); !slices.Equal(got, []string{"segment_abandoned", "again"}) {
		t.Errorf("%q", got)
	}
	if ops.CodeOf(j.failed(errors.New("x"))) != ops.Failed {
		t.Error("a failure without a code")
	}
}
