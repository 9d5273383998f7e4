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
	settle  time.Duration
	said    map[signal.Name]signal.Status
	pending map[signal.Name]pending
	level   int
	levelAt time.Time
	wanted  int
	lead    string
	leadAt  time.Time
	next    string
}

type pending struct {
	status signal.Status
	since  time.Time
}

// NewDiary starts a diary that continues an incident: what its events already say is not said
// again. A change is said after it has lasted for settle; of two diaries on one incident the more
// patient one says only what the other leaves out.
func NewDiary(inc incident.Incident, settle time.Duration) *Diary {
	d := &Diary{settle: settle, said: map[signal.Name]signal.Status{}, pending: map[signal.Name]pending{}}
	for _, e := range inc.Events {
		d.Hear(e)
	}
	return d
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

// Drafts gives the events that an assessment adds.
func (d *Diary) Drafts(a Assessment) []incident.Draft {
	var out []incident.Draft
	now := a.Snapshot.At
	for _, n := range a.Snapshot.Order {
		r := a.Snapshot.Readings[n]
		if r.Spec.Quiet && r.Status != signal.Out {
			if _, said := d.said[n]; !said {
				continue
			}
		}
		if draft, ok := d.moved(r, now); ok {
			out = append(out, draft)
		}
	}
	if draft, ok := d.suggested(a, now); ok {
		out = append(out, draft)
	}
	if draft, ok := d.leads(a, now); ok {
		out = append(out, draft)
	}
	return out
}

func (d *Diary) moved(r signal.Reading, now time.Time) (incident.Draft, bool) {
	was, known := d.said[r.Spec.Name]
	if !known {
		was = signal.In
	}
	if r.Status == was || r.Status == signal.Absent {
		delete(d.pending, r.Spec.Name)
		return incident.Draft{}, false
	}
	p, ok := d.pending[r.Spec.Name]
	if !ok || p.status != r.Status {
		d.pending[r.Spec.Name] = pending{r.Status, now}
		return incident.Draft{}, false
	}
	if now.Sub(p.since) < d.settle {
		return incident.Draft{}, false
	}
	delete(d.pending, r.Spec.Name)
	d.said[r.Spec.Name] = r.Status
	data := incident.SignalData{
		Name: string(r.Spec.Name), Status: r.Status.String(), Was: was.String(),
		Text: movedText(r, was), Level: r.Level(), Since: r.Since,
	}
	if r.Sample.Known() && r.Spec.Unit != signal.State {
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

func (d *Diary) suggested(a Assessment, now time.Time) (incident.Draft, bool) {
	level := a.Level()
	if level != d.wanted {
		d.wanted, d.levelAt = level, now
	}
	if level == d.level || now.Sub(d.levelAt) < d.settle {
		return incident.Draft{}, false
	}
	was := d.level
	d.level = level
	text := "nothing suggests a severity any more"
	if level > 0 {
		var why []string
		for _, r := range a.Severity.Reasons {
			if r.Level == level && len(why) < 2 {
				text := r.Text
				if r.Note != "" {
					text = r.Note
				}
				why = append(why, text)
			}
		}
		text = strings.Join(why, "; ")
	}
	return incident.Draft{Type: incident.Suggested, Data: incident.SuggestedData{Level: level, Was: was, Text: text}}, true
}

func (d *Diary) leads(a Assessment, now time.Time) (incident.Draft, bool) {
	if a.Lead != d.next {
		d.next, d.leadAt = a.Lead, now
	}
	if a.Lead == d.lead || now.Sub(d.leadAt) < d.settle {
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
