package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/ops"

	"pgregory.net/rapid"
)

// meddle changes the bytes of a segment behind the journal's back, size and all.
func meddle(t testing.TB, path string, change func(data []byte) []byte) {
	t.Helper()
	data := must(os.ReadFile(path))(t)
	if err := os.WriteFile(path, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// written is how many bytes of a segment hold records.
func written(data []byte) int { return len(bytes.TrimRight(data, "\n")) + 1 }

// lineAt gives where the line of a record (1 is the first) begins and ends, with its line feed.
func lineAt(data []byte, n int) (from, to int) {
	for range n {
		from, to = to, to+bytes.IndexByte(data[to:], '\n')+1
	}
	return from, to
}

func eventOf(t testing.TB, events []incident.Event, typ incident.Type) (incident.JournalData, bool) {
	t.Helper()
	for _, e := range events {
		if e.Type == typ {
			var d incident.JournalData
			if err := e.Decode(&d); err != nil {
				t.Fatal(err)
			}
			return d, true
		}
	}
	return incident.JournalData{}, false
}

// A write that was cut short costs nothing that was acknowledged, and its bytes are kept.
func TestTornTail(t *testing.T) {
	whole := must(record{V: version, Seq: 5, ID: "x", T: time.Now().UTC(), Type: incident.Note, Prev: noHash}.encode())(t)
	for name, torn := range map[string][]byte{
		"half a record":          whole[:len(whole)/2],
		"all but its end":        whole[:len(whole)-2],
		"NULs":                   make([]byte, 700),
		"many NULs":              make([]byte, 9000),
		"NULs, then bytes":       append(make([]byte, 512), whole[100:]...),
		"its beginning is blank": append(bytes.Repeat([]byte("\n"), 512), whole[90:]...),
		"several lines":          []byte("a\nb\n\n\nc"),
	} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 3)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			end := 0
			meddle(t, segmentPath(j, 1), func(data []byte) []byte {
				end = written(data)
				copy(data[end:], torn)
				return data
			})
			j, events := reopen(t, d)
			if len(events) != 4 {
				t.Fatalf("%d events before it is set right, want 4", len(events))
			}
			if r, err := j.Verify(); err != nil || r.Torn == 0 {
				t.Errorf("torn is not damage: %+v, %v", r, err)
			}
			must(j.Append(ctx, note("after")))(t)
			_, events = reopen(t, d)
			gapless(t, events)
			if got := texts(t, events[4:]); !slices.Equal(got, []string{"torn_recovered", "after"}) {
				t.Errorf("then %q", got)
			}
			about, _ := eventOf(t, events, incident.TornTail)
			kept := must(os.ReadFile(filepath.Join(j.folder(), about.File)))(t)
			sum := sha256.Sum256(kept)
			if !bytes.Contains(kept, bytes.Trim(torn, "\n")) || about.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("%d torn bytes kept as %d: %+v", len(torn), len(kept), about)
			}
			if r, err := j.Verify(); err != nil || r.Torn != 0 {
				t.Errorf("not whole after it was set right: %+v, %v", r, err)
			}
		})
	}
}

// A bit that flips anywhere in what was acknowledged is found, named, and left as it is; everything
// else is still there, and appending goes on.
func TestBitFlip(t *testing.T) {
	d := newState(t)
	d.sizes = []int64{16 << 10}
	j := newJournal(t, d, 9)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	path := segmentPath(j, 1)
	good := must(os.ReadFile(path))(t)
	last, _ := lineAt(good, 10)
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, last-1).Draw(rt, "byte") // a flip in the last line is a torn write
		bit := rapid.IntRange(0, 7).Draw(rt, "bit")
		bad := bytes.Clone(good)
		bad[at] ^= 1 << bit
		clean(t, j)
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			rt.Fatal(err)
		}
		j, events, err := d.OpenIncident(1)
		if err != nil {
			rt.Fatal(err)
		}
		defer j.Close()
		seq := uint64(bytes.Count(good[:at], []byte("\n"))) + 1
		if len(events) < 8 || len(events) > 9 {
			rt.Fatalf("%d of 10 events are left", len(events))
		}
		r, err := j.Verify()
		if ops.CodeOf(err) != ops.Invalid || r.Faults[0].Seq != seq {
			rt.Fatalf("record %d was changed, the report says: %v", seq, err)
		}
		if _, err := j.Append(ctx, note("after")); err != nil {
			rt.Fatal(err)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, bad) {
			rt.Fatalf("the damaged segment was written to (%v)", err)
		}
		all, err := j.Since(0)
		if err != nil {
			rt.Fatal(err)
		}
		about, ok := eventOf(t, all, incident.SegmentFrozen)
		sum := sha256.Sum256(bad)
		if !ok || about.SHA256 != hex.EncodeToString(sum[:]) || !strings.Contains(about.Text, fmt.Sprintf("record %d ", seq)) {
			rt.Fatalf("the journal does not say what is wrong with it: %+v", about)
		}
		if i, _ := incident.Fold(all); i.Broken == "" || i.Last != 12 {
			rt.Fatalf("broken %q, last %d", i.Broken, i.Last)
		}
	})
}

// clean takes away the segments after the first, for the next try.
func clean(t testing.TB, j *Journal) {
	t.Helper()
	numbers := must(segmentNumbers(j.folder()))(t)
	for _, n := range numbers[1:] {
		if err := os.Remove(segmentPath(j, n)); err != nil {
			t.Fatal(err)
		}
	}
}

// The newest record has nothing after it that could show it altered, but its own shape does.
func TestAlteredLastRecord(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 3)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	meddle(t, segmentPath(j, 1), func(data []byte) []byte {
		return bytes.Replace(data, []byte("note 2"), []byte("note 9"), 1)
	})
	j, events := reopen(t, d)
	if r, err := j.Verify(); err == nil || r.Faults[0].Seq != 4 || len(events) != 3 {
		t.Errorf("%d events, %v", len(events), err)
	}
	must(j.Append(ctx, note("after")))(t)
	if got := texts(t, must(j.Since(3))(t)); !slices.Equal(got, []string{"segment_frozen", "after"}) {
		t.Errorf("then %q", got)
	}
	if data := must(os.ReadFile(segmentPath(j, 1)))(t); !bytes.Contains(data, []byte("note 9")) {
		t.Error("what was altered is gone; it is evidence")
	}
}

func TestDamageIsSaidOnce(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 5)
	meddle(t, segmentPath(j, 1), func(data []byte) []byte { data[10] ^= 4; return data })
	for n := range 3 {
		j, _ := reopen(t, d)
		must(j.Append(ctx, note("after %d", n)))(t)
		if j.Faults() == nil {
			t.Error("a damaged journal is opened, and has no faults")
		}
	}
	_, events := reopen(t, d)
	if got := texts(t, events[5:]); !slices.Equal(got, []string{"segment_frozen", "after 0", "after 1", "after 2"}) {
		t.Errorf("%q", got)
	}
	if r, err := j.Verify(); err == nil || r.Segments != 2 {
		t.Errorf("%+v, %v: damage stays damage", r, err)
	}
}

// Altering a record and everything after it to match is beyond a chain; altering one is not.
func TestAlteredRecord(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 5)
	meddle(t, segmentPath(j, 1), func(data []byte) []byte {
		from, to := lineAt(data, 3)
		r, err := decode(data[from : to-1])
		if err != nil {
			t.Fatal(err)
		}
		r.Data = []byte(`{"text":"NOTE 1"}`)
		copy(data[from:to], must(r.encode())(t))
		return data
	})
	r, err := j.Verify()
	if err == nil || r.Faults[0].Seq != 4 || !strings.Contains(err.Error(), "does not build on record 3 as it stands here") {
		t.Errorf("%v", err)
	}
}

func TestRemovedRecord(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 5)
	meddle(t, segmentPath(j, 1), func(data []byte) []byte {
		from, to := lineAt(data, 3)
		return append(slices.Delete(data, from, to), bytes.Repeat([]byte("\n"), to-from)...)
	})
	r, err := j.Verify()
	if err == nil || r.Faults[0].Seq != 3 || !strings.Contains(err.Error(), "numbered 4, after 2") {
		t.Errorf("%v", err)
	}
	if _, events := reopen(t, d); len(events) != 5 || events[2].Seq != 4 {
		t.Errorf("%d events left, want 5 with their numbers", len(events))
	}
}

// A segment has its whole size from the beginning, so that a shorter one was cut, even between two
// records.
func TestTruncatedSegment(t *testing.T) {
	for name, keep := range map[string]func(data []byte) int{
		"inside a record": func(data []byte) int { _, to := lineAt(data, 4); return to - 9 },
		"between records": func(data []byte) int { _, to := lineAt(data, 4); return to },
		"before its end":  func(data []byte) int { _, to := lineAt(data, 4); return to - 1 },
		"to nothing":      func([]byte) int { return 0 },
		"in the blanks":   func(data []byte) int { return len(data) - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			d := newState(t)
			j := newJournal(t, d, 5)
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			meddle(t, segmentPath(j, 1), func(data []byte) []byte { return data[:keep(data)] })
			j, before := reopen(t, d)
			if _, err := j.Verify(); err == nil || !strings.Contains(err.Error(), "its end was cut off") {
				t.Errorf("%v", err)
			}
			must(j.Append(ctx, note("after")))(t)
			_, events := reopen(t, d)
			gapless(t, events)
			if got := texts(t, events[len(before):]); !slices.Equal(got, []string{"segment_frozen", "after"}) {
				t.Errorf("then %q", got)
			}
		})
	}
}

// A disk that says it has written, and has not: the next append notices, says so, and writes what
// the console still knows once more.
func TestLostWrite(t *testing.T) {
	d := newState(t)
	j := newJournal(t, d, 3)
	meddle(t, segmentPath(j, 1), func(data []byte) []byte {
		from, to := lineAt(data, 4)
		copy(data[from:to], bytes.Repeat([]byte("\n"), to-from))
		return data
	})
	must(j.Append(ctx, note("after")))(t)
	_, events := reopen(t, d)
	gapless(t, events)
	if got := texts(t, events); !slices.Equal(got, []string{"declared", "note 0", "note 1", "segment_frozen", "note 2", "after"}) {
		t.Errorf("%q", got)
	}
	i, err := incident.Fold(must(j.Since(0))(t))
	if err != nil || !strings.Contains(i.Broken, "event 4 and what followed were on disk and are there no more") {
		t.Errorf("%q, %v", i.Broken, err)
	}
}
