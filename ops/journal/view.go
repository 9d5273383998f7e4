package journal

import (
	"context"
	"errors"
	"slices"
	"sort"

	"calm/model/incident"
	"calm/ops"
)

// BreakGlass gives a view of the journal that takes an action's intent into the spool, after a record
// of who wanted it and why. Only one that can't be written has it. Until release is called nothing is
// merged: an intent must not come into the journal before its action can be found.
func (j *Journal) BreakGlass(ctx context.Context, actor incident.Actor, reason string) (view incident.Journal, release func(), err error) {
	op := "break the glass"
	err = j.Merge(ctx)
	var gap *incident.NotWritable
	switch {
	case err == nil:
		return nil, nil, ops.Errorf(ops.Conflict, op, "the journal can be written again: start it in the usual way")
	case !errors.As(err, &gap):
		return nil, nil, err
	}
	list, err := prepare([]incident.Draft{{Type: incident.GlassBroken, Actor: actor, Data: incident.GlassData{Reason: reason, Why: gap.Why}}}, j.hide)
	if err != nil {
		return nil, nil, err
	}
	release = j.Hold()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.gap == nil {
		err = ops.Errorf(ops.Conflict, op, "the journal was written in this moment: start it in the usual way")
	} else if _, err = j.keep(list, j.gap.trouble, j.gap.cause); incident.Spooled(err) == nil {
		return glass{j}, release, nil
	}
	j.held--
	return nil, nil, ops.Wrap(op, err)
}

// glass is the journal while a person lets an action run without it.
type glass struct{ *Journal }

// AppendIf keeps the events in the spool if allowed has nothing against what can be read: the journal,
// and the spools of all consoles.
func (g glass) AppendIf(_ context.Context, after uint64, allowed func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	list, err := prepare(drafts, g.hide)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if allowed != nil {
		if err := allowed(later(g.all(), after)); err != nil {
			return nil, err
		}
	}
	if g.gap == nil {
		return nil, ops.Errorf(ops.Conflict, "keep in memory", "the journal can be written again: start it in the usual way")
	}
	events, err := g.keep(list, g.gap.trouble, g.gap.cause)
	return events, incident.Spooled(err)
}

// Since gives what waits too: an approval that was given while nothing could be written counts.
func (g glass) Since(seq uint64) ([]incident.Event, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return later(g.all(), seq), nil
}

// Keeping gives a view of the journal for what may wait and yet has to be asked about: its AppendIf
// keeps the events too while the journal can't be written, after it has asked about all that waits.
func (j *Journal) Keeping() incident.Journal { return keeping{glass{j}} }

type keeping struct{ glass }

// Append takes the events into the journal, or keeps them.
func (k keeping) Append(ctx context.Context, drafts ...incident.Draft) ([]incident.Event, error) {
	events, err := k.Journal.Append(ctx, drafts...)
	return events, incident.Spooled(err)
}

// AppendIf takes the events into the journal, or keeps them.
func (k keeping) AppendIf(ctx context.Context, after uint64, allowed func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	events, err := k.Journal.AppendIf(ctx, after, allowed, drafts...)
	var gap *incident.NotWritable
	if len(events) > 0 || !errors.As(err, &gap) {
		return events, err
	}
	return k.glass.AppendIf(ctx, after, allowed, drafts...)
}

// later is what comes after the event with a number.
func later(events []incident.Event, seq uint64) []incident.Event {
	return events[sort.Search(len(events), func(i int) bool { return events[i].Seq > seq }):]
}

// all gives the journal and what is in the spools of all consoles, of those that live too, with the
// numbers that it may come to have.
func (j *Journal) all() []incident.Event {
	out, there, last := slices.Clone(j.events), j.ids(), uint64(0)
	if len(out) > 0 {
		last = out[len(out)-1].Seq
	}
	var wait []incident.Event
	for _, dir := range j.spoolFolders() {
		c, err := readSpool(dir)
		if err != nil {
			continue
		}
		for _, r := range c.records {
			if !there[r.ID] {
				wait = append(wait, r.event())
			}
		}
	}
	slices.SortStableFunc(wait, func(a, b incident.Event) int { return a.At.Compare(b.At) })
	for _, e := range wait {
		last++
		e.Seq = last
		out = append(out, e)
	}
	return out
}

// Unwritable says whether the last try to write failed because nothing can be written.
func (j *Journal) Unwritable() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.gap != nil && !j.gap.lock
}

// Seen is the number of the newest event, those that wait counted: what somebody looks at now takes
// account of them.
func (j *Journal) Seen() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := j.all()
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}
