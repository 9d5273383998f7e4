package journal

import (
	"fmt"

	"calm/model/incident"
	"calm/ops"
)

// Report is what a look at a whole journal found.
type Report struct {
	Number   int     `json:"number"`
	Path     string  `json:"path"`
	Records  int     `json:"records"`
	Segments int     `json:"segments"`
	LastSeq  uint64  `json:"last_seq"`
	Head     string  `json:"head"`       // SHA-256 of the last record's line: kept elsewhere, it proves all before it
	Torn     int64   `json:"torn_bytes"` // of a write that was cut short; the next append sets them aside, and nothing is lost
	Faults   []Fault `json:"faults"`     // the first bad record first

	Gaps    []incident.GapData `json:"gaps"`    // in which it could not be written, and what was kept then was written late
	Waiting int                `json:"waiting"` // events that are kept in memory and are to be written late
}

// Whole says whether the journal is what was written.
func (r Report) Whole() bool { return len(r.Faults) == 0 }

// Verify reads the whole journal and checks every record, its checksum, its number and what it
// builds on. A journal that is not whole is an error that names the first bad record.
func (j *Journal) Verify() (Report, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r := Report{Number: j.number, Path: j.dir}
	if j.closed {
		return r, ops.Errorf(ops.Failed, "verify "+j.dir, "the journal is closed")
	}
	var c contents
	var err error
	for range settle {
		if c, err = load(j.folder(), j.sizes, true); err != nil {
			return r, err
		}
		if len(c.faults) == 0 {
			break
		}
	}
	r.Records, r.Segments, r.LastSeq, r.Head = len(c.events), c.segments, c.chain.seq, c.chain.hash
	r.Torn, r.Faults = c.torn.to-c.torn.from, c.faults
	j.prove(c, &r)
	j.faults = c.faults
	if r.Whole() {
		return r, nil
	}
	more := ""
	if n := len(r.Faults) - 1; n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return r, ops.Errorf(ops.Invalid, "verify "+j.dir, "BROKEN at %s%s", r.Faults[0], more)
}
