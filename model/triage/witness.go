package triage

import (
	"fmt"
	"strings"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
)

// witness answers for the symptoms of one scenario out of a snapshot.
type witness struct {
	snap  signal.Snapshot
	route string // that the scenario is about; may be empty
}

// ask says what is measured of a symptom.
func (w witness) ask(s runbook.Symptom) Symptom {
	e := Symptom{Symptom: s, State: Open}
	switch {
	case s.Kind == runbook.Logged && len(s.Signatures) > 0:
		w.logged(&e)
		w.beside(&e)
	case s.Predicate != nil && s.Signal != "" && s.Kind != runbook.Asked:
		w.measured(&e)
	}
	return e
}

// logged counts the signatures of which any one is a sign.
func (w witness) logged(e *Symptom) {
	var total float64
	known, why := 0, ""
	for _, text := range e.Signatures {
		r := w.snap.Reading(signal.Logged(text))
		if r.Status == signal.Unknown || r.Status == signal.Absent {
			why = r.Why()
			continue
		}
		known++
		total += r.Sample.Value
		e.Age = max(e.Age, r.Age)
	}
	switch {
	case total > 0:
		e.State = Seen
	case known < len(e.Signatures):
		e.State, e.Reading = Unknown, why
		return
	default:
		e.State = Contradicted
	}
	e.Reading = signal.FormatValue(signal.Count, total) + " in 5 min"
}

// beside asks the signal that shows the same as the log does, where there is one: the calls an
// upstream refused are seen whether or not the app writes them down.
func (w witness) beside(e *Symptom) {
	if e.Predicate == nil || e.Signal == "" || e.State == Seen {
		return
	}
	other := Symptom{Symptom: e.Symptom}
	w.measured(&other)
	if other.State == Seen || e.State == Unknown {
		*e = other
	}
}

// measured compares a reading with the symptom's predicate.
func (w witness) measured(e *Symptom) {
	r, on := w.reading(*e.Predicate)
	e.Age = r.Age
	switch r.Status {
	case signal.Absent:
		e.State, e.Reading = Contradicted, r.Why()
		return
	case signal.Unknown:
		e.State, e.Reading = Unknown, r.Why()
		return
	}
	e.Normal = normal(*e.Predicate, r.Spec)
	e.Reading = w.text(*e.Predicate, r, on)
	holds, sure := holds(*e.Predicate, r)
	switch {
	case !sure:
		e.State = Unknown
	case holds:
		e.State = Seen
		if r.Status == signal.Out {
			e.Since = r.Since
		}
	default:
		e.State = Contradicted
	}
}

// reading finds the reading a predicate is about. What a scenario says of "the error rate" is
// meant of the route in its title, when that route is measured.
func (w witness) reading(p runbook.Predicate) (r signal.Reading, on string) {
	for _, route := range []string{p.Subject, w.route} {
		if route == "" {
			continue
		}
		if r := w.snap.Reading(signal.Route(p.Signal, route)); r.Status == signal.In || r.Status == signal.Out {
			return r, route
		}
	}
	return w.snap.Reading(p.Signal), ""
}

// holds asks the predicate; sure is false while there is too little to say.
func holds(p runbook.Predicate, r signal.Reading) (holds, sure bool) {
	x := r.Sample
	switch {
	case p.Equals != "":
		return strings.EqualFold(x.Text, p.Equals), true
	case p.Trend == "up":
		return r.Trend == signal.Climbing, r.Trend != signal.TooEarly
	case r.Spec.Name == signal.FailedRoutes && p.Min != nil:
		// The runbook's range is a share of the routes, the reading a count of them.
		return x.Of > 0 && p.Holds(x.Value/x.Of), x.Of > 0
	case r.Spec.Unit == signal.State:
		return r.Status == signal.Out, true
	case p.Min == nil && p.Max == nil:
		return r.Status == signal.Out || x.Value > 0 && len(r.Spec.Limits) == 0, true
	}
	return p.Holds(x.Value), true
}

// normal says whether the predicate is true of a healthy host: the state that must be, or a value
// that is only not too high.
func normal(p runbook.Predicate, s signal.Spec) bool {
	if p.Equals != "" {
		for _, l := range s.Limits {
			if l.Want != "" {
				return strings.EqualFold(l.Want, p.Equals)
			}
		}
		return false
	}
	return p.Trend == "" && p.Min == nil && p.Max != nil
}

// text is the reading beside a symptom.
func (w witness) text(p runbook.Predicate, r signal.Reading, on string) string {
	v := r.Text()
	switch {
	case r.Spec.Name == signal.FailedRoutes:
		v += " routes"
		if e := w.snap.Reading(signal.ErrorRatio); e.Status == signal.Out {
			v += ", " + e.Text()
		}
	case r.Spec.Rise:
		v = fmt.Sprintf("%s in %s", signal.FormatValue(r.Spec.Unit, r.Rose), window(r.Watched))
	case p.Trend == "up" && r.Trend == signal.Climbing:
		v += ", climbing"
	case p.Trend == "up" && r.Trend == signal.Steady:
		v += ", steady"
	case p.Trend == "up":
		v += ", watched for " + signal.Span(r.Watched)
	case r.Spec.Unit == signal.State:
		v = stateLabel(r.Spec) + ": " + v
	}
	if on != "" {
		v += " on " + on
	}
	return v
}

// window is how long a rise has been looked for: a fresh console has not watched for ten minutes.
func window(watched time.Duration) string {
	if watched >= signal.RiseWindow {
		return signal.Short(signal.RiseWindow)
	}
	return signal.Span(watched)
}

// stateLabel is the short name of a state: "db: error", "on page: no".
func stateLabel(s signal.Spec) string {
	switch s.Name {
	case signal.DBHealth:
		return "db"
	case signal.Widget:
		return "on page"
	}
	return s.Label
}
