package action

import (
	"time"

	"calm/model/signal"
)

// Bounds of the guards: what is clearly worse than before, and no noise.
const (
	worseRatio = 0.20             // error ratio: this much above the reading before,
	worsePart  = 1.25             // and this many times as high
	settle     = 10 * time.Second // a restart refuses requests for a moment; that is its price, not harm
	lag        = 60 * time.Second // a ratio over a window that was rising rises on by itself until the window has passed
	loops      = 2                // restarts beyond the one that was asked for
)

// guard follows one signal that must not get worse.
type guard struct {
	name   signal.Name
	spec   signal.Spec
	before signal.Reading
	base   *float64 // what comparisons start from; for the restarts the first reading after, if none before
	rise   float64  // restarts that were asked for
	now    signal.Sample
	why    string
	broken bool
	took   time.Duration // from the command's end until it broke
}

func newGuard(n signal.Name, r signal.Reading, rise float64) *guard {
	g := &guard{name: n, spec: specOf(r), before: r, rise: rise, why: "no reading since"}
	if r.Status != signal.Unknown && r.Good.Known() {
		v := r.Good.Value
		g.base = &v
	}
	return g
}

func (g *guard) see(snap signal.Snapshot, ended time.Time) {
	s, why := evidence(snap, g.name, ended)
	g.why = why
	if why != "" {
		g.now = signal.Sample{}
		return
	}
	g.now = s
	if g.base == nil {
		v := s.Value
		g.base, g.rise = &v, 0
	}
	g.took = s.At.Sub(ended)
	g.broken = g.worse(snap.Reading(g.name))
}

func (g *guard) worse(r signal.Reading) bool {
	s := r.Sample
	switch g.name {
	case signal.AppRestarts:
		return s.Value >= *g.base+g.rise+loops
	case signal.AppStatus:
		return s.Text == "errored" && g.before.Good.Text != "errored"
	case signal.ErrorRatio:
		return g.before.Good.Known() && g.took > g.patience() && s.Value >= *g.base+worseRatio && s.Value >= *g.base*worsePart
	}
	return r.Status == signal.Out && g.before.Status == signal.In && s.Value > *g.base
}

// patience is how long after the command's end a reading says nothing yet against it.
func (g *guard) patience() time.Duration {
	if g.before.Direction > 0 {
		return lag
	}
	return settle
}

// loopCount is how many times the app restarted beyond what was asked for.
func (g *guard) loopCount() float64 {
	if g.base == nil || !g.now.Known() {
		return 0
	}
	return max(0, g.now.Value-*g.base-g.rise)
}
