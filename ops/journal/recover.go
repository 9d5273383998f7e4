package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"calm/model/incident"
	"calm/ops"

	"github.com/oklog/ulid/v2"
)

// own makes a record of the journal's own. JournalData has no field that JSON refuses.
func own(typ incident.Type, data incident.JournalData) pending {
	raw, _ := json.Marshal(data)
	return pending{id: ulid.Make().String(), actor: Calm(), typ: typ, data: raw}
}

// catchUp brings the journal to what is on disk, and sets right what has to be before anything is
// appended. The caller holds the lock.
func (j *Journal) catchUp() error {
	if j.ready && j.suspect == "" && j.advance(true) {
		return nil
	}
	return j.setRight()
}

// setRight reads the whole journal and follows RELIABILITY.md, section 4: bytes of a cut write are
// saved and blanked (R4); damage is never repaired, the segment is left as it is for good (R5); a
// segment in which a write failed is left too (R6); a restart is recorded first of all (R8).
func (j *Journal) setRight() error {
	before := j.events
	restored, err := j.putBack()
	if err != nil {
		return err
	}
	c, err := load(j.folder(), j.sizes, true)
	if err != nil {
		return err
	}
	if err := j.adopt(c); err != nil {
		return err
	}
	queue := restored
	switch {
	case j.suspect == segmentName(c.number):
		if err := j.leave(); err != nil {
			return err
		}
	case c.damaged():
		if err := j.nextSegment(0); err != nil {
			return j.failed(err)
		}
	case c.torn.to > 0:
		p, err := j.setAside(c.torn)
		if err != nil {
			return err
		}
		queue = append(queue, p)
	}
	j.suspect = ""
	for _, f := range c.unnoted() {
		queue = append(queue, frozen(f, c))
	}
	if !j.ready {
		queue = append(queue, j.restarted()...)
	}
	queue = append(queue, lost(before, c.events)...)
	for _, p := range queue {
		if err := j.write(p); err != nil {
			return err
		}
	}
	j.ready = true
	return nil
}

// putBack gives a segment that was deleted while it was open its name again, from the open file.
func (j *Journal) putBack() ([]pending, error) {
	if !gone(j.seg) {
		return nil, nil
	}
	name := segmentName(j.segNo)
	path := filepath.Join(j.folder(), name)
	if _, err := os.Lstat(path); err == nil {
		return nil, nil // another console was faster
	}
	data, err := readSegment(j.seg, true)
	if err != nil {
		return nil, j.failed(err)
	}
	f, err := fillFile(path, data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ops.Errorf(ops.Unreachable, "append to "+j.dir, "the incident's folder was deleted; put it back from a backup, or declare the incident again")
	}
	if err != nil {
		return nil, j.failed(err)
	}
	_ = f.Close()
	return []pending{own(incident.SegmentRestored, incident.JournalData{
		Segment: name, Text: fmt.Sprintf("the journal's file %s was deleted while in use; calm put it back", name),
	})}, nil
}

// leave goes on in a new segment because a write to this one failed. It is never synced again: the
// kernel may already have forgotten what it could not write.
func (j *Journal) leave() error {
	about := incident.JournalData{
		Segment: j.suspect, LastSeq: j.chain.seq, LastHash: j.chain.hash,
		Text: fmt.Sprintf("a write to the journal's file %s failed; gone on in a new one", j.suspect),
	}
	if err := j.nextSegment(0); err != nil {
		return j.failed(err)
	}
	j.suspect = ""
	return j.put(own(incident.SegmentAbandoned, about), j.now())
}

// mostInline bounds the torn bytes that are kept in a record where no file can be made for them.
const mostInline = 64 << 10

// setAside saves the bytes of a write that was cut short, and blanks them.
func (j *Journal) setAside(torn cut) (pending, error) {
	data := make([]byte, torn.to-torn.from)
	if _, err := j.seg.ReadAt(data, torn.from); err != nil {
		return pending{}, j.failed(err)
	}
	sum := sha256.Sum256(data)
	about := incident.JournalData{
		Segment: segmentName(j.segNo), Offset: torn.from, Length: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
	}
	file, err := saveTorn(j.folder(), fmt.Sprintf("torn-%06d-%d", j.segNo, torn.from), data)
	if err == nil {
		about.File = file
	} else {
		about.Bytes = data[:min(len(data), mostInline)]
	}
	about.Text = fmt.Sprintf("the last write to the journal was cut short: %d bytes were set aside", len(data))
	if _, err := j.seg.WriteAt(bytes.Repeat([]byte{'\n'}, len(data)), torn.from); err != nil {
		return pending{}, j.failed(err)
	}
	if err := j.sync(j.seg); err != nil {
		j.suspect = segmentName(j.segNo)
		return pending{}, j.failed(err)
	}
	return own(incident.TornTail, about), nil
}

// saveTorn writes the bytes beside the segment, under a name that says where they come from. A file
// with that name and these bytes is one that an earlier recovery made before it was ended itself.
func saveTorn(dir, stem string, data []byte) (string, error) {
	name := stem + ".bin"
	for n := 2; ; n++ {
		f, err := fillFile(filepath.Join(dir, name), data)
		if err == nil {
			return name, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		if there, err := os.ReadFile(filepath.Join(dir, name)); err == nil && bytes.Equal(there, data) {
			return name, nil
		}
		name = fmt.Sprintf("%s-%d.bin", stem, n)
	}
}

// frozen says for good that a segment is damaged.
func frozen(f Fault, c contents) pending {
	return own(incident.SegmentFrozen, incident.JournalData{
		Segment: f.Segment, Offset: f.Offset, SHA256: c.sums[f.Segment], LastSeq: c.chain.seq, LastHash: c.chain.hash,
		Text: "journal BROKEN at " + f.String(),
	})
}

// lost finds the newest events that were on disk and are there no more: a write that the disk
// confirmed and never made. They are written again, after a record that says so.
func lost(before, now []incident.Event) []pending {
	there := make(map[string]bool, len(now))
	for _, e := range now {
		there[e.ID] = true
	}
	from := len(before)
	for from > 0 && !there[before[from-1].ID] {
		from--
	}
	if from == len(before) {
		return nil
	}
	queue := []pending{own(incident.SegmentFrozen, incident.JournalData{
		LastSeq: before[len(before)-1].Seq,
		Text:    fmt.Sprintf("journal BROKEN: event %d and what followed were on disk and are there no more; written again", before[from].Seq),
	})}
	for _, e := range before[from:] {
		queue = append(queue, pending{id: e.ID, actor: e.Actor, typ: e.Type, data: e.Data, was: &e})
	}
	return queue
}

// restarted is the record that comes first when the host was restarted since the last one, or a
// console ended without leaving: whatever it ran may have an outcome that nobody knows.
func (j *Journal) restarted() []pending {
	if j.fresh || j.chain.seq == 0 {
		return nil
	}
	var why []string
	if now := j.now(); j.last.Boot != now.boot && j.last.Boot != "" && now.boot != "" {
		why = append(why, "the host was restarted")
	}
	for _, c := range j.bury() {
		why = append(why, fmt.Sprintf("the console of %s (pid %d) ended without leaving", c.User, c.PID))
	}
	if len(why) == 0 {
		return nil
	}
	return []pending{own(incident.Recovered, incident.JournalData{
		LastSeq: j.chain.seq, LastHash: j.chain.hash, Text: "gone on after " + strings.Join(why, "; "),
	})}
}

// clockStep is how far the two clocks may drift apart between two records before the one on the
// wall counts as set.
const clockStep = 500 * time.Millisecond

// stepped says by how much the wall clock was set since the last record; 0 when it was not, or when
// nothing can be said.
func (j *Journal) stepped(now moment) time.Duration {
	if j.chain.seq == 0 || j.last.BT == 0 || now.bt == 0 || j.last.Boot != now.boot {
		return 0
	}
	step := now.at.Sub(j.last.T) - (now.bt - time.Duration(j.last.BT))
	if step.Abs() <= clockStep {
		return 0
	}
	return step
}

func stepData(step time.Duration) incident.JournalData {
	way := "forward"
	if step < 0 {
		way = "back"
	}
	return incident.JournalData{
		Seconds: step.Seconds(),
		Text:    fmt.Sprintf("the clock of this host was set %s by %s", way, step.Abs().Round(time.Millisecond)),
	}
}
