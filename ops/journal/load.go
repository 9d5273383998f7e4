package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"calm/model/incident"
	"calm/ops"
)

// contents is a journal as it stands on disk.
type contents struct {
	events   []incident.Event
	faults   []Fault
	chain    chain
	last     placed // the last record; its place is in the segment that inSegment names
	inLast   bool   // last is in the last segment
	end      int64  // of the last segment: where the next record belongs
	torn     cut    // in the last segment
	size     int64  // of the last segment
	number   int    // of the last segment
	segments int
	sums     map[string]string // SHA-256 of each segment that has a fault
	noted    map[string]bool   // segments whose damage a record tells of
	special  []record          // written late, or about what was
}

// load reads a journal. Whole reads every segment to its end, which is what it takes to find
// damage; else only what is written, for a quick look. A fault is not an error: what can be read is
// there. Each segment is read after all of them were listed, so that one which has a successor is
// complete.
func load(dir string, sizes []int64, whole bool) (contents, error) {
	c := contents{chain: chain{hash: noHash}, sums: map[string]string{}, noted: map[string]bool{}}
	numbers, err := segmentNumbers(dir)
	if err != nil {
		return c, ops.Wrap("read "+dir, bare(err))
	}
	if len(numbers) == 0 {
		return c, ops.Errorf(ops.Invalid, "read "+dir, "the journal is gone: there is no %s in it", segmentName(1))
	}
	data := make([][]byte, len(numbers))
	for at, n := range numbers {
		if data[at], err = readOne(filepath.Join(dir, segmentName(n)), whole); err != nil {
			return c, err
		}
	}
	limits := abandoned(numbers, data)
	for at, n := range numbers {
		if want := c.number + 1; n != want {
			c.faults = append(c.faults, Fault{Segment: segmentName(want), Line: 1, Seq: c.chain.seq + 1, Why: "the file is missing"})
		}
		c.number = n
		limit, ok := limits[n]
		if !ok {
			limit = noLimit
		}
		c.add(data[at], limit)
		if whole && !allowedSize(int64(len(data[at])), sizes) {
			c.fault(data[at], Fault{
				Line: 1, Offset: int64(len(data[at])), Seq: c.chain.seq + 1,
				Why: fmt.Sprintf("the file is %d bytes, and was not made so: its end was cut off, or something was added", len(data[at])),
			})
		}
	}
	c.segments = len(numbers)
	return c, nil
}

func readOne(path string, whole bool) ([]byte, error) {
	f, err := openSegment(path, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := readSegment(f, whole)
	if err != nil {
		return nil, ops.Wrap("read "+path, bare(err))
	}
	return data, nil
}

func allowedSize(size int64, sizes []int64) bool {
	for _, list := range [][]int64{sizes, segmentSizes} {
		for _, s := range list {
			if s == size {
				return true
			}
		}
	}
	return false
}

// abandoned finds the segments in which a write failed, and the number of the last record in each
// that was acknowledged: what follows that one there was written again in a later segment, whose
// first record says so.
func abandoned(numbers []int, data [][]byte) map[int]uint64 {
	limits := map[int]uint64{}
	for at, d := range data {
		r, err := decode(firstLine(d))
		var about incident.JournalData
		if err != nil || r.Type != incident.SegmentAbandoned || r.event().Decode(&about) != nil {
			continue
		}
		for _, n := range numbers[:at] {
			if segmentName(n) == about.Segment {
				limits[n] = about.LastSeq
			}
		}
	}
	return limits
}

func firstLine(data []byte) []byte {
	for at, b := range data {
		if b == '\n' {
			return data[:at]
		}
	}
	return data
}

// add reads the next segment, up to the record numbered limit.
func (c *contents) add(data []byte, limit uint64) {
	s := scan(data, 0, c.chain, limit)
	c.size, c.chain, c.end, c.torn, c.inLast = int64(len(data)), s.chain, s.end, s.torn, false
	for _, p := range s.records {
		c.events = append(c.events, p.event())
		if p.Late != nil || p.Type == incident.JournalGap {
			c.special = append(c.special, p.record)
		}
		if p.Type == incident.SegmentFrozen {
			var about incident.JournalData
			if p.event().Decode(&about) == nil {
				c.noted[about.Segment] = true
			}
		}
	}
	if len(s.records) > 0 {
		c.last, c.inLast = s.records[len(s.records)-1], true
	}
	for _, f := range s.faults {
		c.fault(data, f)
	}
}

func (c *contents) fault(data []byte, f Fault) {
	f.Segment = segmentName(c.number)
	c.faults = append(c.faults, f)
	if _, done := c.sums[f.Segment]; !done {
		sum := sha256.Sum256(data)
		c.sums[f.Segment] = hex.EncodeToString(sum[:])
	}
}

// damaged says whether the last segment must not be written to any more.
func (c *contents) damaged() bool {
	name := segmentName(c.number)
	for _, f := range c.faults {
		if f.Segment == name {
			return true
		}
	}
	return false
}

// unnoted gives the first fault of each segment that no record tells of yet.
func (c *contents) unnoted() []Fault {
	var faults []Fault
	seen := map[string]bool{}
	for _, f := range c.faults {
		if !c.noted[f.Segment] && !seen[f.Segment] {
			seen[f.Segment] = true
			faults = append(faults, f)
		}
	}
	return faults
}
