package signal

import (
	"slices"
	"strings"
	"time"
)

// reading is what a signal means at a moment.
func (t *track) reading(now time.Time) Reading {
	r := Reading{Spec: t.spec, Status: Unknown}
	r.Good = t.newestGood()
	if !r.Good.At.IsZero() {
		r.Age = max(0, now.Sub(r.Good.At))
	}
	if !t.first.IsZero() {
		r.Watched = max(0, now.Sub(t.first))
	}
	f := t.best(now)
	if f == nil {
		if t.spec.Absent != "" {
			r.Status = Absent
		}
		return r
	}
	r.Sample = f.last
	if !t.fresh(f, now) {
		if t.spec.Absent != "" && r.Good.At.IsZero() {
			r.Status = Absent
			return r
		}
		r.Since = r.Good.At
		if r.Since.IsZero() {
			r.Since = t.failing
		}
		return r
	}
	r.Good, r.Age = f.last, max(0, now.Sub(f.last.At))
	if t.spec.Unit != State {
		r.Direction = t.history.direction(now, t.band(f.last))
		r.Trend = t.history.trend(now)
	}
	t.judge(&r, now)
	return r
}

// judge compares a fresh reading with the limits. The limits are asked again here, not the runs:
// a rise is over by time alone, without a new reading.
func (t *track) judge(r *Reading, now time.Time) {
	for i, l := range t.spec.Limits {
		if l.Breaks(r.Sample) {
			since, margin := t.breach[i].since, t.breach[i].margin
			if since.IsZero() {
				// Another source spoke for the signal until now; this reading is the first known.
				since = r.Sample.At
			}
			r.Broken = append(r.Broken, Breach{Limit: l, Since: since, Margin: margin})
		}
	}
	if t.spec.Rise {
		r.Rose = t.rise.rose(now)
		r.Trend = Steady
		if r.Rose > 0 {
			r.Trend = Climbing
			r.Broken = append(r.Broken, Breach{Limit: riseLimit, Since: t.rise.since, Margin: t.rise.margin})
		}
	}
	if len(r.Broken) == 0 {
		r.Status, r.Since, r.Margin = In, t.in.since, t.in.margin
		if t.spec.Rise && !t.rise.last.IsZero() {
			r.Since, r.Margin = t.rise.last.Add(RiseWindow), 0
		}
		return
	}
	r.Status = Out
	worst := r.Broken[0].Limit
	r.Limit = &worst
	r.Since, r.Margin = t.any.since, t.any.margin
	// The whole is never younger than one of its parts.
	for _, b := range r.Broken {
		if r.Since.IsZero() || b.Since.Before(r.Since) {
			r.Since, r.Margin = b.Since, b.Margin
		}
	}
}

func (t *track) newestGood() Sample {
	var g Sample
	rank := 0
	for _, f := range t.sources {
		if f.good.At.IsZero() {
			continue
		}
		if g.At.IsZero() || f.good.At.After(g.At) || f.good.At.Equal(g.At) && f.rank < rank {
			g, rank = f.good, f.rank
		}
	}
	return g
}

// band is the change below which a value counts as steady: 3 % of the largest of the value, its
// capacity, and the limit that it would reach first.
func (t *track) band(x Sample) float64 {
	lot := max(x.Value, -x.Value, x.Of)
	if n := len(t.spec.Limits); n > 0 {
		lot = max(lot, t.spec.Limits[n-1].At)
	}
	return 0.03 * lot
}

// rank is the place of a source in Prefer; sources that no word of it names come after.
func (s Spec) rank(source string) int {
	source = strings.ToLower(source)
	i := slices.IndexFunc(s.Prefer, func(w string) bool { return strings.Contains(source, strings.ToLower(w)) })
	if i < 0 {
		return len(s.Prefer)
	}
	return i
}

// run is how long something has been so. One reading to the contrary interrupts it, two end it.
type run struct {
	since    time.Time // zero when it is not so
	margin   time.Duration
	contrary int
	at       time.Time // of the last reading to the contrary
}

// note moves the run on by a reading at the time at; prev is the time of the known reading before
// it, zero when there was none. A run begins halfway between the two, give or take half the gap.
func (r *run) note(holds bool, prev, at time.Time) {
	if r.since.After(at) {
		r.since, r.margin = at, 0
	}
	switch {
	case holds && r.since.IsZero():
		r.since = at
		if !prev.IsZero() && prev.Before(at) {
			r.margin = at.Sub(prev) / 2
			r.since = at.Add(-r.margin)
		}
		r.contrary = 0
	case holds:
		r.contrary = 0
	case r.since.IsZero() || r.contrary > 0 && r.at.Equal(at): // the same reading, said again
	default:
		r.at = at
		if r.contrary++; r.contrary >= 2 {
			*r = run{}
		}
	}
}

// riser watches a counter. Only a growth is a rise: a counter that starts again from a lower value
// was reset.
type riser struct {
	have   bool
	value  float64
	at     time.Time
	steps  []step // rises within the window, oldest first
	since  time.Time
	margin time.Duration
	last   time.Time // of the last rise
	wanted []wanted
}

// wanted is a rise that somebody is causing on purpose: it is no sign that anything is wrong.
type wanted struct {
	from, until time.Time
	by          float64 // what is left of it
}

// expect takes what is left of the wanted rises off a rise.
func (r *riser) expect(at time.Time, by float64) float64 {
	for i := range r.wanted {
		w := &r.wanted[i]
		if at.Before(w.from) || at.After(w.until) {
			continue
		}
		n := min(w.by, by)
		w.by -= n
		by -= n
	}
	return by
}

type step struct {
	at time.Time
	by float64
}

// note takes in the counter's value and says whether it is out of bounds now.
func (r *riser) note(x Sample) bool {
	if by := r.expect(x.At, x.Value-r.value); r.have && by > 0 {
		if r.last.IsZero() || x.At.Sub(r.last) > RiseWindow {
			r.margin = max(0, x.At.Sub(r.at)/2)
			r.since = x.At.Add(-r.margin)
		}
		r.last = x.At
		r.steps = append(r.steps, step{x.At, by})
	}
	r.have, r.value, r.at = true, x.Value, x.At
	for len(r.steps) > 0 && x.At.Sub(r.steps[0].at) > RiseWindow {
		r.steps = r.steps[1:]
	}
	return len(r.steps) > 0
}

// rose is by how much it grew within the window before now.
func (r *riser) rose(now time.Time) float64 {
	var sum float64
	for _, s := range r.steps {
		if now.Sub(s.at) <= RiseWindow {
			sum += s.by
		}
	}
	return sum
}
