// Package report writes what people outside the console read: messages from the runbook's
// templates and the post-mortem. It fills in what the incident knows and leaves the rest visibly
// open; it invents nothing and sends nothing.
package report

import (
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
)

// Input is everything a report may say. Only Incident and Now are needed; what is missing stays
// open in the report.
type Input struct {
	Incident incident.Incident
	Runbook  *runbook.Runbook // may be nil
	Readings signal.Snapshot  // of now; may be empty
	Now      time.Time
	Failed   *Requests // nil when nobody counted
}

// Requests is how many requests failed while the incident was open.
type Requests struct {
	Failed int
	Of     int    // all of them; 0 when not known
	Source string // who counted: "nginx log"
}

// Draft is a filled template.
type Draft struct {
	Purpose  string
	Channels []string
	Body     string
	Filled   []Field
	Open     []Field // what a person must still say, in order
}

// Field is one placeholder of a template.
type Field struct {
	Text  string // as the template has it: "[Time estimate]"
	Label string // what it stands under, as shown to a person: "ETA to Resolution"
	Value string // what it was filled with; empty when open
	From  string // where the value came from: "timeline", "nginx log, 3 s ago"
	Hint  string // of an open field: what is known that may help to say it
}

// Message fills a template for people outside the console. The text is plain: a channel's own
// escaping is left to whoever sends it. A template without a body is calm's own for its purpose.
func Message(t runbook.Template, in Input) Draft {
	if t.Body == "" {
		t = ownTemplate(t)
	}
	d := Draft{Purpose: t.Purpose, Channels: channels(t, in)}
	w := writer{facts: factsOf(in), fields: t.Fields}
	d.Body = w.page(t.Body)
	d.Filled, d.Open = w.filled, w.open
	return d
}

// channels is where the severity's row says a message goes, else where the template says.
func channels(t runbook.Template, in Input) []string {
	if in.Runbook != nil {
		if s, ok := in.Runbook.SeverityAt(in.Incident.Level); ok && len(s.Channels) > 0 {
			return append([]string(nil), s.Channels...)
		}
	}
	if t.Channel != "" {
		return []string{t.Channel}
	}
	return nil
}
