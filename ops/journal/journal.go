package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"
	"syscall"

	"calm/model/incident"
	"calm/ops"
	"calm/ops/secret"
)

// Journal is one incident on disk, open. It may be used by several goroutines, and by several
// processes at once.
type Journal struct {
	dir    string // the incident's folder
	number int
	sizes  []int64
	now    func() moment
	sync   func(*os.File) error
	hide   *secret.Redactor

	mu       sync.Mutex
	lock     *lockFile // without a file when the journal can only be read
	readOnly error     // why, then
	closed   bool

	seg     *os.File // the last segment
	segNo   int
	segSize int64
	last    placed // the last record; its place says where it is in seg, if lastHere
	here    bool   // last is in seg
	end     int64  // where the next record goes in seg
	chain   chain

	events  []incident.Event
	faults  []Fault
	ready   bool   // the journal was looked over, and set right, before the first append
	fresh   bool   // made by this process: there is nothing to recover from
	suspect string // the segment in which a write failed; empty when none did

	gap    *gap   // since when nothing can be written; nil when something can
	spool  *spool // what waits for it; nil for nothing
	held   int    // actions that are being started: the spool waits for them
	places []string
	syslog string
	bring  func(from, to string) error
	seat   string // file name of this console's mark
}

// Number is the incident's.
func (j *Journal) Number() int { return j.number }

// Path is the incident's folder.
func (j *Journal) Path() string { return j.dir }

// ReadOnly says why nothing can be appended; nil when it can.
func (j *Journal) ReadOnly() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.readOnly
}

// Faults lists where the journal was found damaged when it was last read through; none when it is
// whole as far as is known. Verify reads it through again.
func (j *Journal) Faults() []Fault {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.faults)
}

func (j *Journal) folder() string { return filepath.Join(j.dir, journalDir) }

// Since gives the events after the one numbered seq, those of other processes included. With
// nothing new it costs one read of a few kilobytes and one look at a file's name.
func (j *Journal) Since(seq uint64) ([]incident.Event, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, ops.Errorf(ops.Failed, "read "+j.dir, "the journal is closed")
	}
	if !j.advance(false) {
		if err := j.reread(); err != nil {
			return nil, err
		}
	}
	return slices.Clone(j.events[j.place(seq):]), nil
}

// place is where the events after the one numbered seq begin.
func (j *Journal) place(seq uint64) int {
	return sort.Search(len(j.events), func(i int) bool { return j.events[i].Seq > seq })
}

// advance reads what others appended to the segment since the last look. It is false when that is
// not all there is to do: the segment has a successor, or is not what it was. A reader without the
// lock may see half of a write, and leaves that for the next time.
func (j *Journal) advance(locked bool) bool {
	from := j.end
	if j.here {
		from = j.last.from
	}
	data, err := readWritten(j.seg, from)
	if err != nil {
		return false
	}
	if j.here {
		length := int(j.last.to - j.last.from)
		if len(data) < length || lineHash(data[:length]) != j.last.hash {
			return false
		}
		data, from = data[length:], j.last.to
	}
	s := scan(data, from, j.chain, noLimit)
	if len(s.faults) > 0 || locked && s.torn.to > 0 {
		return false
	}
	for _, p := range s.records {
		j.take(p)
	}
	if locked && gone(j.seg) {
		return false
	}
	_, err = os.Lstat(filepath.Join(j.folder(), segmentName(j.segNo+1)))
	return errors.Is(err, fs.ErrNotExist)
}

// take accepts a record that is in the segment.
func (j *Journal) take(p placed) {
	j.last, j.here, j.end = p, true, p.to
	j.chain = chain{p.Seq, p.hash}
	j.events = append(j.events, p.event())
}

// settle is how often a journal is read again that looks damaged to a reader without the lock,
// before it is believed: a writer may be in the middle of its write.
const settle = 3

// reread reads the journal through, without the lock and without changing anything.
func (j *Journal) reread() error {
	var c contents
	var err error
	for range settle {
		if c, err = load(j.folder(), j.sizes, true); err != nil {
			return err
		}
		if len(c.faults) == 0 {
			break
		}
	}
	return j.adopt(c)
}

// adopt makes what was read the journal's state, and opens its last segment.
func (j *Journal) adopt(c contents) error {
	f, err := openSegment(filepath.Join(j.folder(), segmentName(c.number)), j.readOnly == nil)
	if err != nil {
		return err
	}
	if j.seg != nil {
		_ = j.seg.Close()
	}
	j.seg, j.segNo, j.segSize = f, c.number, c.size
	j.last, j.here, j.end, j.chain = c.last, c.inLast, c.end, c.chain
	j.events, j.faults = c.events, c.faults
	return nil
}

// write appends one record, after one that says so if the clock was set since the last.
func (j *Journal) write(p pending) error {
	now := j.now()
	if step := j.stepped(now); step != 0 && p.typ != incident.ClockStepped {
		if err := j.write(own(incident.ClockStepped, stepData(step))); err != nil {
			return err
		}
	}
	if j.suspect == "" {
		err := j.put(p, now)
		if err == nil || j.suspect == "" {
			return err
		}
	}
	if err := j.leave(); err != nil {
		return err
	}
	return j.put(p, now)
}

// put writes one record into the segment, or into a new one when it is full. When the disk fails,
// the segment is suspect from then on.
func (j *Journal) put(p pending, now moment) error {
	r := record{
		V: version, Seq: j.chain.seq + 1, ID: p.id, T: now.at, Boot: now.boot, BT: int64(now.bt),
		Host: hostName(), Actor: p.actor, Type: p.typ, Data: p.data, Prev: j.chain.hash,
	}
	if p.was != nil {
		r.T, r.BT, r.Late = p.was.At, 0, p.was.Late // the two clocks do not belong together any more
	}
	if p.late != nil {
		r.T, r.Boot, r.BT, r.Host, r.Late = p.late.T, p.late.Boot, p.late.BT, p.late.Host, &p.lateOf
	}
	line, err := r.encode()
	if err != nil {
		return ops.Errorf(ops.Invalid, "record "+string(p.typ), "%w", err)
	}
	back, err := decode(line[:len(line)-1])
	if err != nil {
		return ops.Errorf(ops.Invalid, "record "+string(p.typ), "it could not be read back: %w", err)
	}
	if j.end+int64(len(line)) > j.segSize {
		if err := j.nextSegment(int64(len(line))); err != nil {
			return j.failed(err)
		}
	}
	if _, err = j.seg.WriteAt(line, j.end); err == nil {
		err = j.sync(j.seg)
	}
	if err != nil {
		j.suspect = segmentName(j.segNo)
		return j.failed(err)
	}
	j.take(placed{record: back, hash: lineHash(line), from: j.end, to: j.end + int64(len(line))})
	return nil
}

// nextSegment goes on in a new segment. The old one stays as it is.
func (j *Journal) nextSegment(need int64) error {
	f, size, err := createSegment(j.folder(), j.segNo+1, j.sizes, need)
	if err != nil {
		return err
	}
	_ = j.seg.Close()
	j.seg, j.segSize, j.segNo = f, size, j.segNo+1
	j.here, j.end = false, 0
	return nil
}

// failed says that an event is not on disk, and what to do about it.
func (j *Journal) failed(err error) error {
	what := "the journal can't be written: " + bare(err).Error()
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		what = "the disk is full: free some space, then try again"
	case errors.Is(err, syscall.EROFS):
		what = "the disk is read-only: mount it for writing, or use --state DIR elsewhere"
	}
	return &ops.Error{Code: ops.Classify(err), Op: "append to " + j.folder(), Detail: what + fmt.Sprintf(" (last kept: event %d)", j.chain.seq), Err: err}
}

// Close gives the journal's files back. What was appended is on disk already.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	if j.spool != nil {
		// What is in it stays for the next one that can write.
		j.spool.log.close()
		_ = j.spool.file.Close()
	}
	return errors.Join(j.seg.Close(), j.lock.close())
}
