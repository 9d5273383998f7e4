package journal

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/oklog/ulid/v2"

	"calm/model/incident"
	"calm/ops"
	"calm/ops/secret"
)

// pending is an event on its way into the journal.
type pending struct {
	id    string
	actor incident.Actor
	typ   incident.Type
	data  json.RawMessage
	was   *incident.Event // it was there before, and is written once more

	late   *record // it was kept in a spool
	lateOf incident.Late
}

func prepare(drafts []incident.Draft, hide *secret.Redactor) ([]pending, error) {
	list := make([]pending, len(drafts))
	for at, d := range drafts {
		p := pending{id: ulid.Make().String(), actor: d.Actor, typ: d.Type}
		if d.Data != nil {
			raw, err := json.Marshal(d.Data)
			if err != nil {
				return nil, ops.Errorf(ops.Invalid, "record "+string(d.Type), "%w", err)
			}
			p.data = hide.Known(raw)
		}
		list[at] = p
	}
	return list, nil
}

// Append writes the events after all others and returns them with their places. They are on disk
// when it returns: each one is synced before the next is written, so that a power cut can cost only
// the one in flight. It waits at most two seconds for other processes.
//
// With an error come the events that are on disk all the same. Whether the one after them will be
// found there later is not known, and nothing was acknowledged. Events of other consoles may lie in
// between: fold what Since gives, not what Append returns.
func (j *Journal) Append(ctx context.Context, drafts ...incident.Draft) ([]incident.Event, error) {
	return j.enter(ctx, 0, nil, true, drafts)
}

// AppendIf is Append where allowed has nothing against the events after the one numbered after. It
// runs while no other process can write: what it saw is all that there is.
//
// While the journal can't be written, Append keeps the events in memory, where they survive this
// process, and says so with an error: incident.NotWritable. They are written late, in order, by the
// first append that works. AppendIf keeps nothing: what asks for it must be in the journal.
func (j *Journal) AppendIf(ctx context.Context, after uint64, allowed func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	return j.enter(ctx, after, allowed, false, drafts)
}

// enter appends events, or keeps them where keep says so.
func (j *Journal) enter(ctx context.Context, after uint64, allowed func([]incident.Event) error, keep bool, drafts []incident.Draft) ([]incident.Event, error) {
	list, err := prepare(drafts, j.hide)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, ops.Errorf(ops.Failed, "append to "+j.dir, "the journal is closed")
	}
	if keep && j.held > 0 && j.gap != nil {
		return j.keep(list, j.gap.trouble, j.gap.cause)
	}
	events, err := j.append(ctx, after, allowed, list)
	var refused refusedError
	switch {
	case err == nil:
		j.gap = nil
		return events, nil
	case errors.As(err, &refused):
		return nil, refused.error
	}
	t, ok := j.troubleOf(err)
	switch {
	case !ok:
		return events, err
	case !keep:
		return events, j.notWritable(t, err, len(list)-len(events))
	}
	kept, err := j.keep(list[len(events):], t, err)
	return append(events, kept...), err
}

// refusedError is what allowed had against the events.
type refusedError struct{ error }

func (j *Journal) append(ctx context.Context, after uint64, allowed func([]incident.Event) error, list []pending) ([]incident.Event, error) {
	if err := j.reopen(); err != nil {
		return nil, err
	}
	if err := j.lock.acquire(ctx, lockLimit); err != nil {
		return nil, err
	}
	defer j.lock.release()
	if err := j.catchUp(); err != nil {
		return nil, err
	}
	if j.held == 0 {
		if err := j.mergeAll(); err != nil {
			return nil, err
		}
	}
	from := len(j.events)
	if allowed != nil {
		if err := allowed(j.events[j.place(after):]); err != nil {
			return nil, refusedError{err}
		}
	}
	if len(list) == 0 {
		return nil, j.probe()
	}
	for _, p := range list {
		if err := j.write(p); err != nil {
			return j.written(from, list), err
		}
	}
	return j.written(from, list), nil
}

// reopen opens to write what could only be read before: the disk may be well again.
func (j *Journal) reopen() error {
	if j.readOnly == nil {
		return nil
	}
	if !j.mine() {
		return j.readOnly
	}
	if j.lock.file == nil {
		if err := j.lock.reopen(); err != nil {
			return err
		}
	}
	f, err := openSegment(filepath.Join(j.folder(), segmentName(j.segNo)), true)
	if err != nil {
		return err
	}
	_ = j.seg.Close()
	j.seg, j.readOnly = f, nil
	return nil
}

// written picks what was asked for out of what was appended: the journal adds records of its own.
func (j *Journal) written(from int, list []pending) []incident.Event {
	ids := make(map[string]bool, len(list))
	for _, p := range list {
		ids[p.id] = true
	}
	var events []incident.Event
	for _, e := range j.events[from:] {
		if ids[e.ID] {
			events = append(events, e)
		}
	}
	return events
}
