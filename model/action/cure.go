package action

import (
	"slices"

	"calm/model/runbook"
	"calm/model/signal"
	"calm/model/triage"
)

// opposite is what a bad state must become. A state that is not here is good, or calm can't tell.
var opposite = map[string]string{
	"error": "ok", "fail": "ok", "failing": "ok", "down": "up", "no": "yes",
	"errored": "online", "stopped": "online", "unhealthy": "ok",
}

// maxOthers bounds the rows that only inform.
const maxOthers = 4

// cures adds that the scenario's symptoms must stop being seen, and that the severity's own
// measurements must leave the levels that they broke.
func (x *expecter) cures() {
	x.broken(signal.ErrorRatio)
	var logged []Expectation
	if x.Case != nil {
		for _, s := range x.Case.Symptoms {
			switch {
			case s.State != triage.Seen:
			case s.Kind == runbook.Logged && s.Predicate != nil && s.Min != nil:
				logged = append(logged, x.number(s.Signal, below(s.Signal, *s.Min, !s.MinOpen)))
			case s.Kind == runbook.Logged:
				logged = append(logged, x.silence(s)...)
			case s.Predicate != nil:
				x.symptom(*s.Predicate)
			}
		}
	}
	if !slices.ContainsFunc(x.list, x.bad) {
		x.broken(signal.LatencyP95)
	}
	// What logs say is counted over minutes and may go on while users are served: it only decides
	// where nothing else does. Crashes that end decide: what a crash wrote stays in the count for
	// minutes after the last one.
	needed := !slices.ContainsFunc(x.list, x.bad) && (!x.deed.restarts || !x.crashes())
	for _, e := range logged {
		e.Needed = needed
		x.add(e)
		switch {
		case !needed:
		case e.Signal == signal.RateLimited:
			x.within(deadlineRates)
		default:
			x.within(deadlineLogs)
		}
	}
}

// bad says whether a needed expectation is one that does not hold now.
func (x *expecter) bad(e Expectation) bool {
	s := x.Before.Reading(e.Signal).Sample
	return e.Needed && e.Rise == 0 && s.Known() && !e.met(s)
}

// symptom adds that a measured or probed symptom must go. One that says something good ("health
// checks passing") tells scenarios apart and is nothing to be cured.
func (x *expecter) symptom(p runbook.Predicate) {
	n := x.named(p)
	r := x.Before.Reading(n)
	switch {
	case p.Equals != "":
		want, ok := x.goodState(r, p.Equals)
		if ok {
			x.add(x.state(n, want, x.Hold))
			x.within(deadlineRestart)
		}
		return
	case n == signal.AppRestarts:
		// A restart by hand is counted too; restart() wants it and then wants stillness.
		return
	case n == signal.FailedRoutes:
		zero := 0.0
		x.add(x.number(n, runbook.Predicate{Signal: n, Max: &zero}))
	case p.Min != nil:
		e := x.number(n, below(n, *p.Min, !p.MinOpen))
		// A page without the feature asks for its routes no more.
		_, _, narrowed := n.Split()
		e.Needed = !narrowed || !x.off()
		x.add(e)
	case p.Trend == "up" && r.Limit != nil:
		x.broken(n)
	}
	if n == signal.RateLimited {
		x.within(deadlineRates)
	}
}

func (x *expecter) number(n signal.Name, p runbook.Predicate) Expectation {
	x.within(deadlineRestart)
	return Expectation{Signal: n, Range: p, Hold: x.Hold, Needed: true}
}

// broken adds that a signal beyond a limit must come back: below every level from the broken one
// down to SEV-2, so that a cure of SEV-1 that leaves SEV-2 is none.
func (x *expecter) broken(n signal.Name) {
	r := x.Before.Reading(n)
	if r.Status != signal.Out || r.Limit == nil {
		return
	}
	if p, ok := inBounds(r); ok {
		e := x.number(n, p)
		e.Full = r.Limit.Full
		x.add(e)
	}
}

func inBounds(r signal.Reading) (runbook.Predicate, bool) {
	l := *r.Limit
	n := r.Spec.Name
	switch {
	case l.Want != "":
		return runbook.Predicate{Signal: n, Equals: l.Want}, true
	case l.Full:
		return below(n, r.Sample.Of, true), r.Sample.Of > 0
	}
	for _, o := range r.Spec.Limits {
		if o.Want == "" && !o.Full && o.Level > 0 && o.Level <= max(l.Level, 2) && o.At < l.At {
			l = o
		}
	}
	return below(n, l.At, !l.Open), true
}

func below(n signal.Name, at float64, open bool) runbook.Predicate {
	return runbook.Predicate{Signal: n, Max: &at, MaxOpen: open}
}

// silence wants a log signature to be written no more.
func (x *expecter) silence(s triage.Symptom) []Expectation {
	var out []Expectation
	for _, text := range s.Signatures {
		n := signal.Logged(text)
		if r := x.Before.Reading(n); !r.Sample.Known() || r.Sample.Value == 0 {
			continue
		}
		zero := 0.0
		out = append(out, Expectation{Signal: n, Range: runbook.Predicate{Signal: n, Max: &zero}})
	}
	return out
}

// others adds what else is out of bounds, for information: it may have another cause.
func (x *expecter) others() {
	n := 0
	for _, name := range x.Before.Order {
		r := x.Before.Readings[name]
		if r.Status != signal.Out || r.Limit == nil || n == maxOthers {
			continue
		}
		if p, ok := inBounds(r); ok {
			before := len(x.list)
			x.add(Expectation{Signal: name, Range: p, Full: r.Limit.Full})
			n += len(x.list) - before
		}
	}
}

// named is the signal that a predicate is about: of its route where that is measured by itself.
func (x *expecter) named(p runbook.Predicate) signal.Name {
	if p.Subject != "" {
		if n := signal.Route(p.Signal, p.Subject); x.measured(n) {
			return n
		}
	}
	return p.Signal
}

// goodState is what a state must become, by the signal's own limit where it has one.
func (x *expecter) goodState(r signal.Reading, bad string) (string, bool) {
	for _, l := range r.Spec.Limits {
		if l.Want != "" {
			return l.Want, l.Want != bad
		}
	}
	good, ok := opposite[bad]
	return good, ok
}
