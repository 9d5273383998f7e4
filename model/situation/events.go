package situation

import (
	"fmt"
	"strings"
	"time"

	"calm/model/incident"
	"calm/model/signal"
)

// Settle is how long a change must last before it becomes an event, so that a reading which
// hovers at its limit does not fill the timeline.
const Settle = 6 * time.Second

// Diary turns assessments into events: what crossed, what is suggested, which scenario leads. It
// remembers what it has said, and says each change once, after it has lasted.
type Diary struct {
	settle time.Duration

	said map[signal.Name]signal.Status
	seen map[signal.Name]seen[signal.Status]

	level     int // said
	suggested seen[int]
	lead      string // said
	leading   seen[string]
}

// seen is something that holds since a time.
type seen[T comparable] struct {
	what  T
	since time.Time
}

// see keeps the time at which something began to hold.
func (s *seen[T]) see(what T, now time.Time) {
	if s.what != what || s.since.IsZero() {
		*s = seen[T]{what, now}
	}
}

func (s *seen[T]) lasts(now time.Time, d time.Duration) bool { return now.Sub(s.since) >= d }

// NewDiary starts a diary in which nothing is written yet.
func NewDiary() *Diary {
	d := &Diary{seen: map[signal.Name]seen[signal.Status]{}}
	d.Continue(incident.Incident{}, Settle)
	return d
}

// Continue goes on with an incident: what its events already say is not said again. A change is said
// after it has lasted for settle; of two diaries on one incident the more patient one says only what
// the other leaves out.
func (d *Diary) Continue(inc incident.Incident, settle time.Duration) {
	d.settle, d.said, d.level, d.lead = settle, map[signal.Name]signal.Status{}, 0, ""
	for _, e := range inc.Events {
		d.Hear(e)
	}
}

// Hear takes in an event of the incident: what somebody else has said is not said again.
func (d *Diary) Hear(e incident.Event) {
	switch e.Type {
	case incident.SignalMoved:
		var data incident.SignalData
		if e.Decode(&data) == nil {
			d.said[signal.Name(data.Name)] = signal.ParseStatus(data.Status)
		}
	case incident.Suggested:
		var data incident.SuggestedData
		if e.Decode(&data) == nil {
			d.level = data.Level
		}
	case incident.Leads:
		var data incident.LeadsData
		if e.Decode(&data) == nil && !data.Chosen {
			d.lead = data.Scenario
		}
	}
}

// See takes in how things stand. A reading's own Since is of no use here: it bridges short breaks.
func (d *Diary) See(a Assessment) {
	for _, n := range a.Snapshot.Order {
		x := d.seen[n]
		x.see(a.Snapshot.Readings[n].Status, a.Snapshot.At)
		d.seen[n] = x
	}
	d.suggested.see(a.Level(), a.Snapshot.At)
	d.leading.see(a.Lead, a.Snapshot.At)
}

// Drafts gives the events that an assessment adds.
func (d *Diary) Drafts(a Assessment) []incident.Draft {
	d.See(a)
	var out []incident.Draft
	now := a.Snapshot.At
	for _, n := range a.Snapshot.Order {
		if draft, ok := d.moved(a.Snapshot.Readings[n], now); ok {
			out = append(out, draft)
		}
	}
	if draft, ok := d.suggests(a); ok {
		out = append(out, draft)
	}
	if draft, ok := d.leads(a); ok {
		out = append(out, draft)
	}
	return out
}

func (d *Diary) moved(r signal.Reading, now time.Time) (incident.Draft, bool) {
	was, known := d.said[r.Spec.Name]
	if !known {
		was = signal.In
	}
	s := d.seen[r.Spec.Name]
	switch {
	case r.Status == was || r.Status == signal.Absent || !s.lasts(now, d.settle):
		return incident.Draft{}, false
	case r.Spec.Quiet && r.Status != signal.Out && !known:
		return incident.Draft{}, false
	}
	d.said[r.Spec.Name] = r.Status
	data := incident.SignalData{
		Name: string(r.Spec.Name), Status: r.Status.String(), Was: was.String(),
		Text: movedText(r, was), Level: r.Level(), Since: r.Since,
	}
	if r.Status != signal.Unknown && r.Sample.Known() && r.Spec.Unit != signal.State {
		v := r.Sample.Value
		data.Value = &v
	}
	return incident.Draft{Type: incident.SignalMoved, Data: data}, true
}

func movedText(r signal.Reading, was signal.Status) string {
	switch r.Status {
	case signal.Out:
		text := fmt.Sprintf("%s %s", r.Spec.Label, r.Spec.Format(r.Sample))
		if r.Limit != nil && r.Limit.Text != "" {
			text += ", limit " + r.Limit.Text
		}
		return text
	case signal.Unknown:
		why := r.Sample.Err
		if why == "" {
			why = "no reading for " + signal.Span(r.Age)
		}
		return fmt.Sprintf("%s unknown: %s", r.Spec.Label, why)
	}
	if was == signal.Unknown {
		return fmt.Sprintf("%s read again: %s", r.Spec.Label, r.Spec.Format(r.Sample))
	}
	return fmt.Sprintf("%s back in bounds: %s", r.Spec.Label, r.Spec.Format(r.Sample))
}

func (d *Diary) suggests(a Assessment) (incident.Draft, bool) {
	level := a.Level()
	if level == d.level || !d.suggested.lasts(a.Snapshot.At, d.settle) {
		return incident.Draft{}, false
	}
	was := d.level
	d.level = level
	text := "nothing suggests a severity any more"
	if level > 0 {
		var why []string
		for _, r := range a.Severity.Reasons {
			if r.Level == level && len(why) < 2 {
				why = append(why, r.Text)
			}
		}
		text = strings.Join(why, "; ")
	}
	return incident.Draft{Type: incident.Suggested, Data: incident.SuggestedData{Level: level, Was: was, Text: text}}, true
}

func (d *Diary) leads(a Assessment) (incident.Draft, bool) {
	if a.Lead == d.lead || !d.leading.lasts(a.Snapshot.At, d.settle) {
		return incident.Draft{}, false
	}
	was := d.lead
	d.lead = a.Lead
	text := "no scenario is supported by the readings any more"
	if a.Lead != "" {
		text = a.Cases[0].Scenario.Title + " leads"
	}
	return incident.Draft{Type: incident.Leads, Data: incident.LeadsData{Scenario: a.Lead, Was: was, Text: text}}, true
}
