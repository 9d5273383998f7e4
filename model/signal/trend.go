package signal

import "time"

// A climb is told from a warm-up and from the saw of a garbage collector by its shape: it goes on.
const (
	climbSpan  = time.Minute      // a climb that still goes on is at least this long
	climbShare = 0.10             // and at least this much of where it began
	sawSpan    = 10 * time.Second // of a climb that a crash cut off
	sawShare   = 0.25
	dropShare  = 0.30 // a fall from one reading to the next that only a new start makes
	minClimb   = 5    // readings
)

// trend says whether the last ten minutes climb steadily. A leak that ends in crashes is a climb
// too: it is cut off and begins again.
func (h *history) trend(now time.Time) Trend {
	ps := h.known(now, trendWindow)
	if len(ps) == 0 {
		return TooEarly
	}
	saws := 0
	segs := segments(ps)
	for i, s := range segs {
		last := i == len(segs)-1
		switch {
		case last && steady(s):
			return Climbing
		case s.climbs(sawSpan, sawShare):
			saws++
		}
	}
	if saws >= 2 && len(segs) >= 2 {
		return Climbing
	}
	if tail := segs[len(segs)-1]; tail.span() < climbSpan || len(tail) < minClimb {
		return TooEarly
	}
	return Steady
}

// segment is the readings between two sudden falls.
type segment []point

func segments(ps []point) []segment {
	var segs []segment
	from := 0
	for i := 1; i < len(ps); i++ {
		if ps[i].value < ps[i-1].value*(1-dropShare) {
			segs = append(segs, ps[from:i])
			from = i
		}
	}
	return append(segs, ps[from:])
}

func (s segment) span() time.Duration { return s[len(s)-1].at.Sub(s[0].at) }

// climbs says whether the straight line through it rises by the share of where it begins.
func (s segment) climbs(span time.Duration, share float64) bool {
	if len(s) < minClimb || s.span() < span {
		return false
	}
	rise := slope(s) * s.span().Seconds()
	mean := 0.0
	for _, p := range s {
		mean += p.value / float64(len(s))
	}
	start := mean - rise/2
	return rise > 0 && rise >= share*max(start, 0)
}

// steady says whether it climbs and the second half has its part in that: a warm-up flattens out.
func steady(s segment) bool {
	if !s.climbs(climbSpan, climbShare) {
		return false
	}
	half := s[len(s)/2:]
	whole := slope(s) * s.span().Seconds()
	return len(half) >= 3 && half.span() > 0 && slope(half)*half.span().Seconds() >= whole/4
}
