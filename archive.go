package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
	"calm/ops/journal"
	"calm/ui/cli"
)

// archive is the incidents on disk, as the commands and the console use them.
type archive struct {
	dir     *journal.Dir
	book    *book            // for new incidents, which keep it; nil for reading only
	observe bool             // nothing is written, not even that somebody looks
	current incident.Journal // the open incident of this process; nil when there is none
	seat    *journal.Presence
}

// List gives the incidents, newest first.
func (a *archive) List() ([]cli.Entry, error) {
	all, err := a.dir.List()
	if err != nil {
		return nil, err
	}
	out := make([]cli.Entry, 0, len(all))
	for _, e := range slices.Backward(all) {
		entry := cli.Entry{Number: e.Number, Title: e.Title, DeclaredAt: known(e.Declared), ClosedAt: known(e.Closed), Path: e.Path}
		if e.Level > 0 {
			entry.Level = &e.Level
		}
		if e.Err != nil {
			why := e.Err.Error()
			entry.Error = &why
		}
		out = append(out, entry)
	}
	return out, nil
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// newest is the number of the newest incident, open or not.
func (a *archive) newest() (int, error) {
	all, err := a.dir.List()
	if err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return 0, cli.ErrNoIncident
	}
	return all[len(all)-1].Number, nil
}

// Open opens an incident; number 0 is the newest.
func (a *archive) Open(number int) (incident.Journal, []incident.Event, error) {
	if number == 0 {
		n, err := a.newest()
		if err != nil {
			return nil, nil, err
		}
		number = n
	}
	j, events, err := a.dir.OpenIncident(number)
	if err != nil {
		return nil, nil, err
	}
	return j, events, nil
}

// Verify reads a whole journal and checks every record of it.
func (a *archive) Verify(number int) (cli.Chain, error) {
	j, _, err := a.Open(number)
	if err != nil {
		return cli.Chain{}, err
	}
	defer j.Close()
	own, ok := j.(*journal.Journal)
	if !ok {
		return cli.Chain{}, fmt.Errorf("incident %d has no journal on disk", number)
	}
	r, err := own.Verify()
	if err != nil && r.Whole() {
		return cli.Chain{}, err
	}
	c := cli.Chain{
		Number: r.Number, Whole: r.Whole(), Path: r.Path, Records: r.Records,
		LastSeq: r.LastSeq, Head: r.Head, TornBytes: r.Torn, Faults: []string{},
		Gaps: append([]incident.GapData{}, r.Gaps...), Waiting: r.Waiting,
	}
	for _, f := range r.Faults {
		c.Faults = append(c.Faults, f.String())
	}
	return c, nil
}

// Declare starts a new incident. The runbook goes into its folder as it was read.
func (a *archive) Declare(ctx context.Context, actor incident.Actor, d incident.DeclaredData) (incident.Journal, []incident.Event, error) {
	var source []byte
	if a.book != nil {
		source = a.book.Followed().Source
	}
	j, err := a.dir.Create(0, d.Title, source)
	if err != nil {
		return nil, nil, err
	}
	d.Number = j.Number()
	events, err := j.AppendIf(ctx, 0, nil, incident.Draft{Type: incident.Declared, Actor: actor, Data: d})
	if err != nil {
		return nil, nil, err
	}
	a.join(j, actor)
	return j, events, nil
}

// Resume opens the newest open incident.
func (a *archive) Resume(context.Context) (incident.Journal, []incident.Event, bool, error) {
	number, ok, err := a.dir.Current()
	if err != nil || !ok {
		return nil, nil, false, err
	}
	j, events, err := a.dir.OpenIncident(number)
	if err != nil {
		return nil, nil, false, err
	}
	a.join(j, journal.Self())
	if !a.observe && len(j.Pending()) > 0 {
		// What a console left in memory when it ended. Where it still can't be written, the first event of
		// this one says so.
		if err := j.Merge(context.Background()); err == nil {
			events, err = j.Since(0)
			return j, events, true, err
		}
	}
	return j, events, true, nil
}

// Runbook gives a text of the runbook as an incident has kept it.
func (a *archive) Runbook(j incident.Journal, sha string) (*runbook.Runbook, error) {
	own, ok := j.(*journal.Journal)
	if !ok {
		return nil, fmt.Errorf("the incident in %s is not on disk", j.Path())
	}
	source, err := own.RunbookText(sha)
	if err != nil {
		return nil, err
	}
	return runbook.Parse(filepath.Join(j.Path(), "runbook.md"), source)
}

// Revise writes down that an incident goes by another text of the runbook from here on, and keeps that
// text. One that goes by it already is left as it is.
func (a *archive) Revise(ctx context.Context, j incident.Journal, was string, rb *runbook.Runbook, actor incident.Actor) ([]incident.Event, error) {
	if was == rb.SHA256 {
		return nil, nil
	}
	if own, ok := j.(*journal.Journal); ok {
		if err := own.KeepRunbook(rb.Source); err != nil {
			return nil, err
		}
	}
	data := incident.RunbookData{Was: was, Now: rb.SHA256, Path: rb.Path, Text: "what differs is not known: the older text is not there"}
	if old, err := a.Runbook(j, was); err == nil {
		data.Revise(revision.Compare(old, rb))
		if old.Title != rb.Title {
			data.Text = "now " + rb.Title // another one of a folder, more likely than an edit
		}
	}
	events, err := j.Append(ctx, incident.Draft{Type: incident.Revised, Actor: actor, Data: data})
	return events, incident.Spooled(err)
}

// join marks this process as a console on the incident. The mark is a courtesy to other consoles:
// without it the incident works as well.
func (a *archive) join(j *journal.Journal, actor incident.Actor) {
	a.current = j
	if a.observe {
		return
	}
	a.leave()
	if seat, err := j.Join(actor.Name); err == nil {
		// Kept, because the mark holds for as long as its file is open.
		a.seat = seat
	}
}

// leave takes the mark away. One that stays would tell the next console of a crash.
func (a *archive) leave() {
	if a.seat != nil {
		_ = a.seat.Leave()
		a.seat = nil
	}
}

// Others says who else has the open incident on a console; empty when nobody has.
func (a *archive) Others() string {
	j, ok := a.current.(*journal.Journal)
	if !ok {
		return ""
	}
	others, err := j.Others()
	if err != nil {
		return ""
	}
	var words []string
	for _, c := range others {
		words = append(words, c.String())
	}
	return strings.Join(words, "; ")
}

// LastLine says the last incident in one line.
func (a *archive) LastLine() string {
	all, err := a.dir.List()
	if err != nil || len(all) == 0 {
		return ""
	}
	e := all[len(all)-1]
	if e.Err != nil {
		return fmt.Sprintf("#%d can't be read", e.Number)
	}
	text := fmt.Sprintf("#%d, %s, SEV-%d", e.Number, e.Declared.UTC().Format("2 Jan"), e.Level)
	if !e.Closed.IsZero() {
		text += fmt.Sprintf(", %d min", int(e.Closed.Sub(e.Declared).Minutes()))
	}
	return text + ", " + e.Title
}
