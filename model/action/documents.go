package action

import (
	"fmt"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
)

// Counted is what a restore must leave of one collection: as many documents as the dump has, or more
// where the app writes meanwhile. was is what it holds now; negative for no such collection.
func Counted(namespace string, documents, was int64) Expectation {
	n := signal.Documents(namespace)
	want := float64(documents)
	e := Expectation{
		Label: signal.Default(n).Label, Signal: n, Range: runbook.Predicate{Signal: n, Min: &want}, Needed: true,
	}
	e.Text = fmt.Sprintf("%s %s documents, as in the dump", e.Label, signal.FormatValue(signal.Count, want))
	if was >= 0 {
		before := float64(was)
		e.Was = &before
	}
	return e
}

// ofHost says whether somebody must look at the host for it: no source polls it.
func (w *watch) ofHost() bool {
	base, _, _ := w.Signal.Split()
	return base == signal.DocumentsOf
}

// found judges an expectation by what was found on the host.
func (w *watch) found(c *Ended) {
	if w.Was != nil {
		w.before = signal.Sample{Name: w.Signal, Value: *w.Was, At: time.Unix(0, 1)}
	}
	w.state, w.good, w.now = unsure, false, signal.Sample{}
	var s signal.Sample
	if c != nil {
		s = c.Found[w.Signal]
	}
	switch {
	case s.Err != "":
		w.why = s.Err
		return
	case !s.Known():
		w.why = "not counted"
		return
	}
	w.now, w.remark = s, s.Note
	w.good = s.Text == "" && w.met(s)
	switch {
	case w.good:
		w.state = holds
	case s.Text == "":
		// What is in place is the dump's, and something deletes of it.
		w.state, w.why = unsure, s.Note
	default:
		w.state = open
	}
}

// halfway is the sentence of a change that was done to some of what it is about, and not to the rest.
func (j *Judge) halfway() string {
	if j.problem == "" {
		return ""
	}
	some, not := false, false
	for _, w := range j.watches {
		if w.ofHost() {
			some, not = some || w.state == holds, not || w.state == open
		}
	}
	if some && not {
		return j.problem
	}
	return ""
}
