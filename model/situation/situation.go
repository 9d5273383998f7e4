// Package situation is what calm makes of the readings: it keeps their history, and from each new
// one derives the severity that the rules suggest, the scenario that leads, and the events that a
// timeline should have. It is pure; samples and times come in.
package situation

import (
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
	"calm/model/triage"
)

// Assessment is everything derived at one moment. It is a value.
type Assessment struct {
	Snapshot signal.Snapshot
	Severity severity.Classification
	Cases    []triage.Case
	Lead     string // ID of the scenario that leads; empty when none does
}

// Level is the suggested level, 0 when there is none.
func (a Assessment) Level() int {
	if a.Severity.Level == nil {
		return 0
	}
	return *a.Severity.Level
}

// Watch holds the history and the rules. It is not safe for use by several goroutines.
type Watch struct {
	runbook *runbook.Runbook
	book    *signal.Book
}

// New starts a watch over the given signals by a runbook's rules.
func New(rb *runbook.Runbook, specs []signal.Spec) *Watch {
	return &Watch{runbook: rb, book: signal.NewBook(specs)}
}

// Follow goes over to another text of the runbook, with the bounds that it gives the signals. What was
// measured stays.
func (w *Watch) Follow(rb *runbook.Runbook, specs []signal.Spec) {
	w.runbook = rb
	w.book.Respec(specs)
}

// Add takes readings in.
func (w *Watch) Add(samples ...signal.Sample) { w.book.Add(samples...) }

// Expect says that a counter will rise by so much because of an action: that is no crash.
func (w *Watch) Expect(n signal.Name, by float64, from, until time.Time) {
	w.book.Expect(n, by, from, until)
}

// Series is the recent history of a signal, oldest first.
func (w *Watch) Series(n signal.Name) []signal.Sample { return w.book.Series(n) }

// Assess derives the situation at a moment, with what people have answered.
func (w *Watch) Assess(now time.Time, answers severity.Answers) Assessment {
	a := Assessment{Snapshot: w.book.Snapshot(now)}
	a.Severity, a.Cases = triage.Assess(w.runbook, a.Snapshot, answers)
	if len(a.Cases) > 0 && a.Cases[0].Leads() {
		a.Lead = a.Cases[0].Scenario.ID
	}
	return a
}

// AnswersOf turns an incident's answers into what the rules take.
func AnswersOf(inc incident.Incident) severity.Answers {
	out := make(severity.Answers, len(inc.Answers))
	for id, a := range inc.Answers {
		out[id] = severity.Answer(a)
	}
	return out
}
