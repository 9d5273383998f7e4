package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sys/unix"

	"calm/model/incident"
	"calm/ops"
)

// spool keeps what this process could not write into the journal: records like the journal's, in a
// chain of their own, synced one by one. Its file is locked for as long as the process lives, so that
// a spool without a lock is one whose process ended.
type spool struct {
	dir    string
	file   *os.File
	chain  chain
	size   int64
	events []incident.Event // in order, without numbers
	log    *sysLog
	now    func() moment
}

func (s *spool) id() string { return filepath.Base(s.dir) }

// openSpool makes a spool for the journal in the first place that takes it.
func (j *Journal) openSpool() (*spool, error) {
	if len(j.events) == 0 {
		return nil, ops.Errorf(ops.Invalid, "keep events in memory", "the incident has none yet")
	}
	var errs []error
	for _, place := range j.places {
		s, err := makeSpool(place, j.dir, j.events[0].ID)
		if err == nil {
			s.log, s.now = openSysLog(j.syslog), j.now
			return s, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", place, bare(err)))
	}
	return nil, ops.Errorf(ops.Failed, "keep events in memory", "no folder takes them: %w", errors.Join(errs...))
}

func makeSpool(place, trouble, first string) (*spool, error) {
	if place != os.Getenv("CALM_SPOOL") && sameDisk(filepath.Dir(place), trouble) {
		return nil, errors.New("it is on the disk that is in trouble")
	}
	dir := spoolsOf(place, first)
	for _, d := range []string{place, dir} {
		if err := private(d); err != nil {
			return nil, err
		}
	}
	// Its file is locked before the folder has the name that others look for, or they would think it
	// left behind.
	id := ulid.Make().String()
	temp := filepath.Join(dir, "."+id)
	if err := os.Mkdir(temp, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(temp, spoolFile), os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err == nil {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(temp, actionsDir), 0o700)
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(dir, id))
	}
	if err != nil {
		if f != nil {
			_ = f.Close()
		}
		_ = os.RemoveAll(temp)
		return nil, err
	}
	return &spool{dir: filepath.Join(dir, id), file: f, chain: chain{hash: noHash}}, nil
}

// lateRoom is what a record grows by when it is written late, in bytes.
const lateRoom = 1 << 10

// add writes one record and returns when it is synced.
func (s *spool) add(p pending) error {
	now := s.now()
	r := record{
		V: version, Seq: s.chain.seq + 1, ID: p.id, T: now.at, Boot: now.boot, BT: int64(now.bt),
		Host: hostName(), Actor: p.actor, Type: p.typ, Data: p.data, Prev: s.chain.hash,
	}
	if p.was != nil {
		r.T, r.BT = p.was.At, 0
	}
	line, err := r.encode()
	if err != nil || len(line) > maxRecord-lateRoom {
		return ops.Errorf(ops.Invalid, "keep "+string(p.typ), "it is too large: %d bytes", len(line))
	}
	if _, err = s.file.WriteAt(line, s.size); err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		// What is there of it is no record, and must not come before the next one.
		return ops.Wrap("keep "+string(p.typ), errors.Join(bare(err), s.file.Truncate(s.size)))
	}
	s.chain, s.size = chain{r.Seq, lineHash(line)}, s.size+int64(len(line))
	e := r.event()
	e.Seq = 0
	s.events = append(s.events, e)
	s.log.say(s.id(), r, s.chain.hash)
	return nil
}

// content is what a spool holds.
type content struct {
	id      string
	dir     string
	records []placed
	head    chain
	damage  string
}

// readSpool reads the spool in a folder. Bytes of a write that was cut short were never acknowledged.
func readSpool(dir string) (content, error) {
	c := content{id: filepath.Base(dir), dir: dir}
	data, err := readOne(filepath.Join(dir, spoolFile), true)
	if err != nil {
		return c, err
	}
	s := scan(data, 0, chain{hash: noHash}, noLimit)
	c.records, c.head = s.records, s.chain
	if len(s.faults) > 0 {
		f := s.faults[0]
		f.Segment = spoolFile
		c.damage = "the spool is not what was written: " + f.String()
	}
	return c, nil
}

// left locks the spool in a folder if its process has ended. The lock is held until the file is closed.
func left(dir string) (*os.File, bool) {
	f, err := openSegment(filepath.Join(dir, spoolFile), true)
	if err != nil {
		return nil, false
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil || gone(f) {
		_ = f.Close()
		return nil, false
	}
	return f, true
}

// abandonedSpool says whether the process of the spool in a folder has ended. The lock is shared, so
// that consoles that look at the same time don't take each other for its process.
func abandonedSpool(dir string) bool {
	f, err := openSegment(filepath.Join(dir, spoolFile), false)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil
}

// glass is who broke the glass first, and why.
func (c content) glass() (by string, d incident.GlassData) {
	for _, r := range c.records {
		if r.Type == incident.GlassBroken && json.Unmarshal(r.Data, &d) == nil {
			return r.Actor.Name, d
		}
	}
	return "", d
}

// opened is what the spool's first record says.
func (c content) opened() incident.GapData {
	var d incident.GapData
	if len(c.records) > 0 && c.records[0].Type == incident.GapOpened {
		_ = json.Unmarshal(c.records[0].Data, &d) // one that makes no sense says nothing
		d.From = c.records[0].T
	}
	return d
}

// sortByName sorts paths by their last part, which is a ULID: by time.
func sortByName(paths []string) {
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(strings.Compare(filepath.Base(a), filepath.Base(b)), strings.Compare(a, b))
	})
}
