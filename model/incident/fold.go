package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Fold applies the events in order to an empty incident. What one event lacks does not stop the
// others: the incident is always as complete as its events allow, and the error joins everything
// that could not be applied.
func Fold(events []Event) (Incident, error) {
	var i Incident
	var errs []error
	for _, e := range events {
		if err := i.Apply(e); err != nil {
			errs = append(errs, err)
		}
	}
	return i, errors.Join(errs...)
}

// recent is how far back a repeated ID is looked for. The journal repeats an event only while it
// moves off a segment that failed, which is within a few records.
const recent = 256

// Apply takes one more event into the incident. An event that was applied before, by Seq or ID, is
// ignored. An unknown type is kept in Events and changes nothing else. The error says that a
// payload made no sense here or that events are missing before this one; the event is kept all the
// same, and the incident stays usable.
//
// Maps and runs are copied before they change, so that a copy of the incident taken earlier may be
// read at the same time. Only one of several copies may go on being applied to.
func (i *Incident) Apply(e Event) error {
	if e.Seq <= i.Last {
		return nil
	}
	var gap error
	if e.Seq != i.Last+1 {
		gap = fmt.Errorf("event %d (%s): events %d to %d are missing before it", e.Seq, e.Type, i.Last+1, e.Seq-1)
	}
	i.Last = e.Seq
	if i.repeated(e.ID) {
		return gap
	}
	i.Events = append(i.Events, e)
	apply, known := appliers[e.Type]
	if !known {
		return gap
	}
	return errors.Join(gap, apply(i, e))
}

func (i *Incident) repeated(id string) bool {
	if id == "" {
		return false
	}
	for _, e := range slices.Backward(i.Events[max(0, len(i.Events)-recent):]) {
		if e.ID == id {
			return true
		}
	}
	return false
}

// appliers holds what each type does to the state. Types that are not here are only history.
var appliers = map[Type]func(*Incident, Event) error{
	Declared:      with((*Incident).declared),
	Severity:      with((*Incident).leveled),
	Suggested:     with((*Incident).suggested),
	Leads:         with((*Incident).leads),
	Acknowledged:  (*Incident).acknowledged,
	RoleTaken:     with((*Incident).roleTaken),
	Answered:      with((*Incident).answered),
	Ticked:        with((*Incident).ticked),
	Messaged:      with((*Incident).messaged),
	Escalated:     with((*Incident).escalated),
	Confirmed:     with((*Incident).confirm),
	Intent:        with((*Incident).intent),
	Asked:         with((*Incident).asked),
	Granted:       with((*Incident).granted),
	Declined:      with((*Incident).declined),
	Expired:       with((*Incident).expired),
	Finished:      with((*Incident).finished),
	Judged:        with((*Incident).judged),
	Kept:          with((*Incident).kept),
	Revised:       with((*Incident).revised),
	Mitigated:     func(i *Incident, e Event) error { i.MitigatedAt = e.At; return nil },
	Resolved:      func(i *Incident, e Event) error { i.ResolvedAt = e.At; return nil },
	Closed:        func(i *Incident, e Event) error { i.ClosedAt = e.At; return nil },
	SegmentFrozen: with((*Incident).frozen),
}

// with decodes the payload that an applier wants.
func with[T any](apply func(*Incident, Event, T) error) func(*Incident, Event) error {
	return func(i *Incident, e Event) error {
		var data T
		if err := e.Decode(&data); err != nil {
			return err
		}
		return apply(i, e, data)
	}
}

func (e Event) odd(format string, args ...any) error {
	return fmt.Errorf("event %d (%s): %s", e.Seq, e.Type, fmt.Sprintf(format, args...))
}

func (i *Incident) declared(e Event, d DeclaredData) error {
	if !i.DeclaredAt.IsZero() {
		return e.odd("already declared by %s", i.DeclaredBy)
	}
	i.Number, i.Title, i.Service, i.Host = d.Number, d.Title, d.Service, d.Host
	i.Runbook, i.Level, i.Drill = d.Runbook, d.Level, d.Drill
	i.Onset, i.Margin = d.Onset, seconds(d.Margin)
	i.DeclaredAt, i.DeclaredBy, i.LeveledAt = e.At, e.Actor.Name, e.At
	i.LeveledBy = e.Actor.Name
	i.EscalatedTo = max(i.EscalatedTo, 1)
	if d.Scenario != "" && !i.Chosen {
		i.Scenario = d.Scenario
	}
	return nil
}

func (i *Incident) leveled(e Event, d SeverityData) error {
	if d.Level <= 0 {
		return e.odd("level %d is no severity", d.Level)
	}
	i.Level, i.LeveledAt, i.LeveledBy = d.Level, e.At, e.Actor.Name
	return nil
}

func (i *Incident) suggested(_ Event, d SuggestedData) error {
	i.Suggested, i.SuggestedText = d.Level, d.Text
	return nil
}

// leads lets the evidence choose only until a person has chosen; a person who chooses nothing
// gives the choice back.
func (i *Incident) leads(_ Event, d LeadsData) error {
	if i.Chosen && !d.Chosen {
		return nil
	}
	i.Scenario, i.Chosen = d.Scenario, d.Chosen && d.Scenario != ""
	return nil
}

func (i *Incident) acknowledged(e Event) error {
	if i.AckedAt.IsZero() {
		i.AckedAt, i.AckedBy = e.At, e.Actor.Name
	}
	return nil
}

func (i *Incident) roleTaken(e Event, d RoleData) error {
	if d.Role == "" {
		return e.odd("no role named")
	}
	i.Roles = put(i.Roles, d.Role, d.Who)
	if d.Who == "" {
		delete(i.Roles, d.Role)
	}
	return nil
}

func (i *Incident) answered(e Event, d AnsweredData) error {
	if d.ID == "" {
		return e.odd("no question named")
	}
	i.Answers = put(i.Answers, d.ID, d.Answer)
	return nil
}

func (i *Incident) ticked(e Event, d TickedData) error {
	if d.ID == "" {
		return e.odd("no item named")
	}
	i.Ticks = put(i.Ticks, d.ID, d)
	i.TickedAt = put(i.TickedAt, d.ID, e.At)
	return nil
}

func (i *Incident) messaged(e Event, d MessageData) error {
	i.Messages = append(i.Messages, Message{At: e.At, By: e.Actor.Name, MessageData: d})
	if d.Sent {
		i.LastUpdate = e.At
	}
	return nil
}

func (i *Incident) escalated(e Event, d EscalatedData) error {
	if d.Level > i.EscalatedTo {
		i.EscalatedTo = d.Level
	}
	i.EscalatedAt = e.At
	return nil
}

func (i *Incident) frozen(_ Event, d JournalData) error {
	if i.Broken == "" {
		i.Broken = d.Text
	}
	return nil
}

func (i *Incident) confirm(e Event, d ConfirmedData) error {
	if d.Op == "" {
		return e.odd("no action named")
	}
	if d.By == "" {
		d.By = e.Actor.Name
	}
	i.confirmed = put(i.confirmed, d.Op, d)
	return nil
}

func (i *Incident) intent(e Event, d IntentData) error {
	if d.Op == "" {
		return e.odd("no action named")
	}
	if _, _, found := i.run(d.Op); found {
		return e.odd("action %s has an intent already; one starts at most once", d.Op)
	}
	r := Run{
		Op: d.Op, Title: d.Title, Command: d.Command, Risk: d.Risk, Part: d.Part, Step: d.Step,
		Hash: d.Hash, By: e.Actor.Name, StartedAt: e.At, Number: len(i.Runs) + 1, Undoable: d.Undoable,
	}
	if c, ok := i.confirmed[d.Op]; ok {
		r.By, r.Confirmed = c.By, c.How
		i.confirmed = maps.Clone(i.confirmed)
		delete(i.confirmed, d.Op)
	}
	i.Runs = append(slices.Clip(i.Runs), r)
	return i.used(e, d)
}

// finished keeps the first outcome, except that one which was unknown gives way to a better one
// found later.
func (i *Incident) finished(e Event, d FinishedData) error {
	r, at, found := i.run(d.Op)
	switch {
	case !found:
		return e.odd("action %q has no intent", d.Op)
	case d.Outcome == "":
		return e.odd("no outcome")
	case r.Outcome != "" && r.Outcome != OutcomeUnknown:
		return nil
	}
	r.EndedAt, r.Outcome, r.Exit, r.Text = e.At, d.Outcome, d.Exit, d.Text
	i.setRun(at, r)
	return nil
}

func (i *Incident) judged(e Event, d JudgedData) error {
	r, at, found := i.run(d.Op)
	if !found {
		return e.odd("action %q has no intent", d.Op)
	}
	r.JudgedAt, r.Verdict, r.Why = e.At, d.Verdict, d.Text
	i.setRun(at, r)
	return nil
}

func (i *Incident) kept(e Event, d KeptData) error {
	r, at, found := i.run(d.Op)
	if !found {
		return e.odd("action %q has no intent", d.Op)
	}
	r.Kept = d.Why
	i.setRun(at, r)
	return nil
}

// run finds a run by its Op, the newest first because that is the one events are about.
func (i *Incident) run(op string) (r Run, at int, found bool) {
	for at, r := range slices.Backward(i.Runs) {
		if r.Op == op {
			return r, at, true
		}
	}
	return Run{}, 0, false
}

func (i *Incident) setRun(at int, r Run) {
	i.Runs = slices.Clone(i.Runs)
	i.Runs[at] = r
}

// put writes into a copy of the map.
func put[V any](m map[string]V, key string, v V) map[string]V {
	m = maps.Clone(m)
	if m == nil {
		m = make(map[string]V)
	}
	m[key] = v
	return m
}
