package journal

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"calm/model/incident"
)

// line encodes a record for the corpus.
func line(t testing.TB, seq uint64, prev string, typ incident.Type, data string) []byte {
	t.Helper()
	r := record{V: version, Seq: seq, ID: "01", T: time.Unix(0, 0).UTC(), Type: typ, Prev: prev}
	if data != "" {
		r.Data = []byte(data)
	}
	return must(r.encode())(t)
}

// Whatever a segment holds, it opens without a panic, what was valid stays, an append works, and
// what was appended is there afterwards.
func FuzzSegment(f *testing.F) {
	one := line(f, 1, noHash, incident.Note, `{"text":"a"}`)
	two := line(f, 2, lineHash(one), incident.Note, `{"text":"b"}`)
	f.Add(slices.Concat(one, two))
	f.Add(slices.Concat(one, []byte("\n\n"), two))
	f.Add(slices.Concat(one, two[:40]))
	f.Add(slices.Concat(one, two[:40], one))
	f.Add(slices.Concat(two, one))
	f.Add(bytes.Repeat([]byte{0}, 3000))
	f.Add(slices.Concat(one[:len(one)-1], two))
	f.Add(line(f, 1, noHash, incident.SegmentAbandoned, `{"segment":"000001.jsonl","last_seq":0}`))
	f.Add(line(f, 1<<63, noHash, incident.SegmentFrozen, `{"segment":"000001.jsonl"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) <= oddSize {
			survives(t, data)
		}
	})
}

const oddSize = 16 << 10

// survives puts the data into a segment and goes on with the journal.
func survives(t *testing.T, data []byte) {
	d := must(Open(t.TempDir()))(t)
	d.sizes = []int64{oddSize}
	j := must(d.Create(0, "x", nil))(t)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	full := append(bytes.Clone(data), bytes.Repeat([]byte("\n"), oddSize-len(data))...)
	if err := os.WriteFile(segmentPath(j, 1), full, 0o600); err != nil {
		t.Fatal(err)
	}
	j, before := reopen(t, d)
	broken := len(j.Faults()) > 0
	must(j.Append(ctx, note("after")))(t)
	after := must(j.Since(0))(t)
	again, events := reopen(t, d)
	if len(events) != len(after) || len(events) <= len(before) {
		t.Fatalf("%d events before, %d after, %d again", len(before), len(after), len(events))
	}
	for at, e := range before {
		if events[at].ID != e.ID || events[at].Seq != e.Seq {
			t.Fatalf("event %d was another before", at+1)
		}
	}
	if last := events[len(events)-1]; texts(t, []incident.Event{last})[0] != "after" {
		t.Fatalf("the last is %+v", last)
	}
	if _, err := again.Verify(); (err != nil) != broken {
		t.Fatalf("broken before: %v; after: %v", broken, err)
	}
}

// Real records, put together as no writer would: in any order, repeated, left out, cut, with holes
// and rubbish between.
func TestOddArrangements(t *testing.T) {
	var lines [][]byte
	prev := noHash
	for seq := range uint64(6) {
		l := line(t, seq+1, prev, incident.Note, `{"text":"x"}`)
		lines, prev = append(lines, l), lineHash(l)
	}
	rng := rand.New(rand.NewPCG(3, 1))
	for range 40 {
		var data []byte
		next := 0
		for range 8 {
			switch rng.IntN(8) {
			case 0:
				next = rng.IntN(len(lines))
			case 1:
				data = append(data, bytes.Repeat([]byte("\n"), rng.IntN(600))...)
			case 2:
				data = append(data, make([]byte, rng.IntN(600))...)
			case 3:
				l := lines[rng.IntN(len(lines))]
				data = append(data, l[:rng.IntN(len(l))]...)
			default:
				data = append(data, lines[next%len(lines)]...)
				next++
			}
		}
		survives(t, data)
	}
}

// Reading alone, which is fast enough to try much more.
func FuzzScan(f *testing.F) {
	one := line(f, 1, noHash, incident.Note, `{"text":"a"}`)
	two := line(f, 2, lineHash(one), incident.Note, `{"text":"b"}`)
	f.Add(slices.Concat(one, two, two[:30], []byte("\n\n")), uint64(noLimit))
	f.Add(slices.Concat(one[:len(one)-1], []byte("\x0b"), two), uint64(1))
	f.Add(slices.Concat(two, []byte("\n\n"), one), uint64(noLimit))
	f.Fuzz(func(t *testing.T, data []byte, limit uint64) {
		s := scan(data, 0, chain{hash: noHash}, limit)
		size, seq, to := int64(len(data)), uint64(0), int64(0)
		for _, r := range s.records {
			if r.Seq <= seq || r.from < to || r.to > size {
				t.Fatalf("record %d at %d to %d comes after %d, which ends at %d", r.Seq, r.from, r.to, seq, to)
			}
			seq, to = r.Seq, r.to
		}
		if s.chain.seq != seq || s.end < to || s.end > size {
			t.Fatalf("chain at %d, end %d", s.chain.seq, s.end)
		}
		if s.torn.to > 0 && (s.torn.from < s.end || s.torn.to > size || s.torn.from >= s.torn.to) {
			t.Fatalf("torn %+v after %d of %d", s.torn, s.end, size)
		}
		for _, fault := range s.faults {
			if fault.Offset < 0 || fault.Offset > size || fault.Line < 1 || fault.Why == "" {
				t.Fatalf("fault %+v", fault)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(line(f, 1, noHash, incident.Note, `{"text":"a"}`))
	f.Add([]byte(`{"v":1,"seq":1,"crc":"00000000"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decode(bytes.TrimSuffix(data, []byte("\n")))
		if err != nil {
			return
		}
		if _, err := r.encode(); err != nil {
			t.Errorf("read, and can't be written: %v", err)
		}
	})
}
