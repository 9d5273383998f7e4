package journal

import (
	"bytes"
	"fmt"
	"math"
)

// Fault is a place where a journal is not what was written.
type Fault struct {
	Segment string `json:"segment"` // file name
	Line    int    `json:"line"`    // 1-based, in that file
	Offset  int64  `json:"offset"`  // in bytes
	Seq     uint64 `json:"seq"`     // of the record that should be there
	Why     string `json:"why"`
}

// String names the record and says what is wrong with it.
func (f Fault) String() string {
	return fmt.Sprintf("record %d (%s, line %d): %s", f.Seq, f.Segment, f.Line, f.Why)
}

// placed is a record with its place in its segment.
type placed struct {
	record
	hash     string
	from, to int64 // with its line feed
}

// stretch is what some bytes of a segment hold.
type stretch struct {
	records []placed
	faults  []Fault
	chain   chain
	end     int64 // just after the last valid record; the next one belongs here
	torn    cut   // bad bytes with no valid record after them
}

// noLimit has scan read all there is.
const noLimit = math.MaxUint64

// cut is a range of bytes, empty when to is 0.
type cut struct{ from, to int64 }

// scan reads the records in data, which begins at offset base of a segment, after the given chain.
// It stops after the record numbered limit.
//
// Bad bytes with no valid record after them are a write that was cut short. Bad bytes or blank
// lines before a valid record, a number left out or a broken chain are damage, and the reading goes
// on after it (RELIABILITY.md, section 4, R2 to R5). So is a bad line that has both its ends: where
// a cut write did not reach, the line feeds still stand that the segment was made of.
func scan(data []byte, base int64, c chain, limit uint64) stretch {
	s := stretch{chain: c, end: base}
	bad, hole := -1, -1 // where a stretch of bad bytes, or of blanks, begins
	why, altered := "", false
	for pos := 0; pos < len(data) && s.chain.seq < limit; {
		if n := blanks(data[pos:]); n > 0 {
			if hole < 0 {
				hole = pos
			}
			pos += n
			continue
		}
		end, next := len(data), len(data)
		if length := bytes.IndexByte(data[pos:], '\n'); length >= 0 {
			end, next = pos+length, pos+length+1
		}
		r, err := decode(data[pos:end])
		if err != nil {
			if bad < 0 {
				bad, why = pos, err.Error()
			}
			if inner := resume(data[pos:end]); inner > 0 {
				pos += inner
				continue
			}
			altered = altered || next > end && shaped(data[pos:end])
			s.torn.to = base + int64(next)
			pos = next
			continue
		}
		p := placed{record: r, hash: lineHash(data[pos:end]), from: base + int64(pos), to: base + int64(next)}
		switch {
		case bad >= 0:
			s.fault(data, base, bad, why)
		case hole >= 0:
			s.fault(data, base, hole, "blank where a record should be")
		case r.Seq != s.chain.seq+1:
			s.fault(data, base, pos, fmt.Sprintf("numbered %d, after %d", r.Seq, s.chain.seq))
		case r.Prev != s.chain.hash:
			s.fault(data, base, pos, fmt.Sprintf("does not build on record %d as it stands here: one of the two was altered", s.chain.seq))
		}
		bad, hole, altered, s.torn = -1, -1, false, cut{}
		s.take(p)
		pos = next
	}
	switch {
	case altered:
		s.fault(data, base, bad, why)
		s.torn = cut{}
	case bad >= 0:
		s.torn.from = base + int64(bad)
	}
	return s
}

// recordStart is how every line of this format begins.
var recordStart = []byte(`{"v":1,"seq":`)

// shaped says whether a line that is no record has the two ends of one.
func shaped(line []byte) bool {
	return bytes.HasPrefix(line, recordStart[:5]) && bytes.HasSuffix(line, []byte(`"}`))
}

// resume finds the record at the end of a bad line, which is there when it was the line feed before
// it that went bad; 0 when there is none.
func resume(line []byte) int {
	if len(line) < 2 {
		return 0
	}
	at := bytes.LastIndex(line[1:], recordStart) + 1
	if at == 0 {
		return 0
	}
	if _, err := decode(line[at:]); err != nil {
		return 0
	}
	return at
}

// take adds a valid record. One whose number was there before is kept out: numbers are what
// readers go by.
func (s *stretch) take(p placed) {
	s.end = p.to
	if p.Seq <= s.chain.seq {
		return
	}
	s.chain = chain{p.Seq, p.hash}
	s.records = append(s.records, p)
}

func (s *stretch) fault(data []byte, base int64, pos int, why string) {
	s.faults = append(s.faults, Fault{
		Line: 1 + bytes.Count(data[:pos], []byte{'\n'}), Offset: base + int64(pos), Seq: s.chain.seq + 1, Why: why,
	})
}

var lineFeeds = bytes.Repeat([]byte{'\n'}, 4096)

// blanks counts the line feeds at the beginning of data: a segment is mostly these.
func blanks(data []byte) int {
	n := 0
	for len(data)-n >= len(lineFeeds) && bytes.Equal(data[n:n+len(lineFeeds)], lineFeeds) {
		n += len(lineFeeds)
	}
	for n < len(data) && data[n] == '\n' {
		n++
	}
	return n
}
