package journal

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"calm/model/incident"
)

// lateRecords are the records of one spool as they stand in the journal.
type lateRecords struct {
	records []record
	gap     *incident.GapData // nil when the merge has not come to its end
}

// lates gathers what was written late, by spool, in the order of the journal.
func (c contents) lates() (order []string, by map[string]*lateRecords) {
	by = map[string]*lateRecords{}
	of := func(spool string) *lateRecords {
		if by[spool] == nil {
			by[spool] = &lateRecords{}
			order = append(order, spool)
		}
		return by[spool]
	}
	for _, r := range c.special {
		var d incident.GapData
		switch {
		case r.Late != nil:
			l := of(r.Late.Spool)
			l.records = append(l.records, r)
		case r.event().Decode(&d) == nil:
			of(d.Spool).gap = &d
		}
	}
	return order, by
}

// proof says what is wrong with the records of a spool; empty when they are what was kept there.
func (l lateRecords) proof(spool string) string {
	last := chain{hash: noHash}
	slices.SortStableFunc(l.records, func(a, b record) int { return cmp.Compare(a.Late.N, b.Late.N) })
	for _, r := range l.records {
		line, err := r.line()
		whole := l.gap == nil || l.gap.Damage == ""
		switch {
		case err != nil || lineHash(line) != r.Late.SHA256:
			return fmt.Sprintf("record %d was written late, and is not what spool %s had: one of the two was altered", r.Seq, spool)
		case whole && (r.Late.N != last.seq+1 || r.Late.Prev != last.hash):
			return fmt.Sprintf("record %d was written late, and does not follow event %d of spool %s", r.Seq, last.seq, spool)
		}
		last = chain{r.Late.N, r.Late.SHA256}
	}
	if l.gap != nil && (last.seq != l.gap.Records || last.hash != l.gap.Head) {
		return fmt.Sprintf("spool %s had %d events; the journal has the first %d", spool, l.gap.Records, last.seq)
	}
	return ""
}

// prove holds what was written late against what it says of its spools.
func (j *Journal) prove(c contents, r *Report) {
	order, by := c.lates()
	for _, spool := range order {
		l := by[spool]
		why := l.proof(spool)
		if why == "" && l.gap == nil && !j.waits(spool) {
			why = fmt.Sprintf("the merge of spool %s did not come to its end, and the spool is gone: what followed event %d of it is lost", spool, len(l.records))
		}
		if why != "" {
			r.Faults = append(r.Faults, Fault{Segment: segmentName(c.number), Line: 1, Seq: c.chain.seq, Why: why})
		}
		if l.gap != nil {
			r.Gaps = append(r.Gaps, *l.gap)
		}
	}
	r.Waiting = j.kept()
}

// waits says whether a spool is still there to be merged.
func (j *Journal) waits(spool string) bool {
	for _, dir := range j.spoolFolders() {
		if _, err := os.Lstat(filepath.Join(dir, spoolFile)); err == nil && filepath.Base(dir) == spool {
			return true
		}
	}
	return false
}

// line gives a late record's line in its spool back.
func (r record) line() ([]byte, error) {
	was := r
	was.Seq, was.Prev, was.Late = r.Late.N, r.Late.Prev, nil
	return was.encode()
}
