package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"calm/model/incident"
	"calm/ops"
)

// keep puts events into the spool, because the journal can't be written. What it gives are the events
// that are kept, without numbers, and the error says that none of them is in the journal.
func (j *Journal) keep(list []pending, t trouble, cause error) ([]incident.Event, error) {
	if len(list) == 0 {
		return nil, j.notWritable(t, cause, 0)
	}
	if err := j.open(t); err != nil {
		return nil, j.notWritable(t, errors.Join(cause, err), len(list))
	}
	from := len(j.spool.events)
	for i, p := range list {
		if err := j.spool.add(p); err != nil {
			return slices.Clone(j.spool.events[from:]), j.notWritable(t, errors.Join(cause, err), len(list)-i)
		}
	}
	return slices.Clone(j.spool.events[from:]), j.notWritable(t, cause, 0)
}

// open makes the spool, where there is none, and writes down why.
func (j *Journal) open(t trouble) error {
	if err := j.room(); err != nil || len(j.spool.events) > 0 {
		return err
	}
	p, err := prepare([]incident.Draft{{Type: incident.GapOpened, Actor: Calm(), Data: incident.GapData{
		Spool: j.spool.id(), Place: filepath.Dir(j.spool.dir), Why: t.why, From: j.now().at, Syslog: j.spool.log.why(),
	}}}, j.hide)
	if err != nil {
		return err
	}
	return j.spool.add(p[0])
}

// room makes the spool's folder where there is none, or where somebody deleted it: then with what was
// in it.
func (j *Journal) room() error {
	if j.spool != nil && !gone(j.spool.file) {
		return nil
	}
	s, err := j.openSpool()
	if err != nil {
		return err
	}
	if j.spool != nil {
		for _, e := range j.spool.events {
			if err := s.add(pending{id: e.ID, actor: e.Actor, typ: e.Type, data: e.Data, was: &e}); err != nil {
				return err
			}
		}
		j.spool.log.close()
		_ = j.spool.file.Close()
	}
	j.spool = s
	return nil
}

// kept counts the events that wait, in spools of consoles that ended too.
func (j *Journal) kept() int {
	n := 0
	for _, e := range j.pending() {
		if e.Type != incident.GapOpened {
			n++
		}
	}
	return n
}

// Pending gives the events that wait for the journal: this console's, and those of consoles that
// ended. They have no numbers yet.
func (j *Journal) Pending() []incident.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pending()
}

func (j *Journal) pending() []incident.Event {
	there := j.ids()
	var out []incident.Event
	for _, dir := range j.spoolFolders() {
		if j.spool != nil && dir == j.spool.dir {
			continue
		}
		if !abandonedSpool(dir) {
			continue
		}
		c, err := readSpool(dir)
		if err != nil {
			continue // Merge says what is wrong with it
		}
		for _, r := range c.records {
			e := r.event()
			e.Seq = 0
			out = append(out, e)
		}
	}
	if j.spool != nil {
		out = append(out, j.spool.events...)
	}
	return slices.DeleteFunc(out, func(e incident.Event) bool { return there[e.ID] })
}

func (j *Journal) ids() map[string]bool {
	there := make(map[string]bool, len(j.events))
	for _, e := range j.events {
		there[e.ID] = true
	}
	return there
}

// Merge writes what waits into the journal, each event with its own time and ID, and then a record of
// the whole gap. It can be ended at any point, and is gone on with by the next one. The error says
// that the journal still can't be written, and is nil only when a write has just worked.
func (j *Journal) Merge(ctx context.Context) error {
	_, err := j.AppendIf(ctx, 0, nil)
	return err
}

// usual is the room that an action's records may need, in bytes.
const usual = 8 << 10

// probe writes what is there already: a line feed where the next record belongs. Where that has no
// room to speak of, it goes on in a new segment.
func (j *Journal) probe() error {
	if j.end+usual > j.segSize {
		return j.probed(j.nextSegment(usual))
	}
	_, err := j.seg.WriteAt([]byte{'\n'}, j.end)
	if err == nil {
		err = j.sync(j.seg)
	}
	if err != nil {
		j.suspect = segmentName(j.segNo)
	}
	return j.probed(err)
}

func (j *Journal) probed(err error) error {
	if err != nil {
		return j.failed(err)
	}
	return nil
}

// mergeAll writes late what this console, and those that ended, could not. The caller holds the lock
// and has caught up.
func (j *Journal) mergeAll() error {
	for _, dir := range j.spoolFolders() {
		if err := j.mergeOne(dir); err != nil {
			return err
		}
		j.takeBack(dir)
	}
	return nil
}

// mergeOne merges a spool that is this console's or nobody's; any other is left to its owner.
func (j *Journal) mergeOne(dir string) error {
	if j.spool == nil || dir != j.spool.dir {
		f, ok := left(dir)
		if !ok {
			return nil
		}
		defer func() { _ = f.Close() }()
		return j.merge(dir)
	}
	if err := j.merge(dir); err != nil {
		return err
	}
	j.spool.log.close()
	_ = j.spool.file.Close()
	j.spool = nil
	return nil
}

// merge writes one spool's records into the journal and takes the spool away. What is there already,
// by its ID, is not written again.
func (j *Journal) merge(dir string) error {
	c, err := readSpool(dir)
	if err != nil {
		return err
	}
	queue := j.lateOf(c)
	if len(c.records) > 0 && !j.told(c.id) {
		queue = append(queue, j.wholeGap(c))
	}
	for _, p := range queue {
		if err := j.write(p); err != nil {
			return err
		}
	}
	return ops.Wrap("merge "+dir, os.Remove(filepath.Join(dir, spoolFile)))
}

// lateOf are the records of a spool that are not in the journal, on their way into it.
func (j *Journal) lateOf(c content) []pending {
	there := j.ids()
	var queue []pending
	for _, r := range c.records {
		if !there[r.ID] {
			late := r.record
			queue = append(queue, pending{id: r.ID, actor: r.Actor, typ: r.Type, data: r.Data, late: &late, lateOf: incident.Late{
				Spool: c.id, N: r.Seq, Prev: r.Prev, SHA256: r.hash,
			}})
		}
	}
	return queue
}

// told says whether the record of a whole gap is in the journal.
func (j *Journal) told(spool string) bool {
	for _, e := range slices.Backward(j.events) {
		var d incident.GapData
		if e.Type == incident.JournalGap && e.Decode(&d) == nil && d.Spool == spool {
			return true
		}
	}
	return false
}

func (j *Journal) wholeGap(c content) pending {
	d := c.opened()
	d.Spool, d.Place = c.id, filepath.Dir(c.dir)
	d.To, d.Records, d.Head, d.Damage = j.now().at, c.head.seq, c.head.hash, c.damage
	if by, glass := c.glass(); by != "" {
		d.By, d.Reason, d.Syslog = by, glass.Reason, glass.Syslog
	}
	if j.spool != nil && j.spool.dir == c.dir {
		d.Syslog = j.spool.log.why()
	}
	list, _ := prepare([]incident.Draft{{Type: incident.JournalGap, Actor: Calm(), Data: d}}, j.hide) // it has no field that JSON refuses
	return list[0]
}

// takeBack moves the actions of a merged spool into the incident's folder, and takes the spool's away
// when none is left. One that still runs stays, and is moved the next time.
func (j *Journal) takeBack(dir string) {
	if _, err := os.Lstat(filepath.Join(dir, spoolFile)); err == nil || j.bring == nil {
		return
	}
	from := filepath.Join(dir, actionsDir)
	entries, err := os.ReadDir(from)
	if err != nil {
		return
	}
	rest := 0
	for _, e := range entries {
		if j.bring(filepath.Join(from, e.Name()), filepath.Join(j.dir, actionsDir)) != nil {
			rest++
		}
	}
	if rest == 0 {
		// Not RemoveAll: what was made there in this moment is to stay.
		_, _, _ = os.Remove(from), os.Remove(dir), os.Remove(filepath.Dir(dir))
	}
}

// Hold keeps this console's spool from being merged until release is called.
func (j *Journal) Hold() (release func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.held++
	done := false
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if !done {
			done = true
			j.held--
		}
	}
}

// Spool gives folders for an action, and its lease, that the state folder has no room for.
func (j *Journal) Spool() (actions, leases string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.room(); err != nil {
		return "", "", err
	}
	leases = filepath.Join(filepath.Dir(filepath.Dir(j.spool.dir)), leasesDir)
	if err := private(leases); err != nil {
		return "", "", err
	}
	return filepath.Join(j.spool.dir, actionsDir), leases, nil
}
