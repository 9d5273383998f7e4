package signal

import (
	"slices"
	"sort"
	"time"
)

const (
	span     = time.Hour        // how far back history goes
	maxPoint = 2000             // of one signal
	whole    = 1200             // newest points that are never thinned
	bucket   = 15 * time.Second // of older points, which become at most three

	directionWindow = 2 * time.Minute
	trendWindow     = 10 * time.Minute
)

// point is a sample without what is the same in all of them; a book holds many.
type point struct {
	at    time.Time
	value float64
	of    float64
	text  string
	err   string
}

// history is one signal's points, oldest first.
type history struct{ points []point }

func (h *history) add(x Sample) {
	p := point{at: x.At, value: x.Value, of: x.Of, text: x.Text, err: x.Err}
	if n := len(h.points); n > 0 {
		// A source repeats its words; one copy of them is enough.
		if last := h.points[n-1]; last.err == p.err {
			p.err = last.err
		}
		// Time runs backward only when the host's clock is set: what lies ahead never happened.
		if !h.points[n-1].at.Before(x.At) {
			h.points = h.points[:h.from(x.At)]
		}
	}
	h.points = append(h.points, p)
	if old := h.from(x.At.Add(-span)); old > maxPoint/4 {
		h.points = append(h.points[:0], h.points[old:]...)
	}
	if len(h.points) > maxPoint {
		h.thin()
	}
}

// from is the index of the first point at or after a time.
func (h *history) from(at time.Time) int {
	return sort.Search(len(h.points), func(i int) bool { return !h.points[i].at.Before(at) })
}

// before is the time of the last known point before a time, zero when there is none.
func (h *history) before(at time.Time) time.Time {
	for i := h.from(at) - 1; i >= 0; i-- {
		if h.points[i].err == "" {
			return h.points[i].at
		}
	}
	return time.Time{}
}

// thin keeps of each few seconds of old points the lowest, the highest and the first failure, in
// their order: peaks and gaps are what a chart is looked at for. Thinning again changes nothing.
func (h *history) thin() {
	old := len(h.points) - whole
	kept := h.points[:0]
	for i := h.from(h.points[len(h.points)-1].at.Add(-span)); i < old; {
		n := i + 1
		for n < old && h.points[n].at.Truncate(bucket).Equal(h.points[i].at.Truncate(bucket)) {
			n++
		}
		kept = append(kept, extremes(h.points[i:n])...)
		i = n
	}
	h.points = append(kept, h.points[old:]...)
}

// extremes picks from a few points; the result never has more points than it was given.
func extremes(ps []point) []point {
	lo, hi, failed := -1, -1, -1
	for i, p := range ps {
		switch {
		case p.err != "":
			if failed < 0 {
				failed = i
			}
		case lo < 0:
			lo, hi = i, i
		case p.text != ps[lo].text && hi == lo:
			hi = i // of a state, that it changed
		case p.value < ps[lo].value:
			lo = i
		case p.value > ps[hi].value:
			hi = i
		}
	}
	picked := make([]point, 0, 3)
	for i := range ps {
		if i == lo || i == hi || i == failed {
			picked = append(picked, ps[i])
		}
	}
	return picked
}

func (h *history) samples(n Name) []Sample {
	if len(h.points) == 0 {
		return nil
	}
	ps := h.points[h.from(h.points[len(h.points)-1].at.Add(-span)):]
	out := make([]Sample, len(ps))
	for i, p := range ps {
		out[i] = Sample{Name: n, Value: p.value, Of: p.of, Text: p.text, At: p.at, Err: p.err}
	}
	return out
}

// known is the points that said something in the window before now. It is the history itself where
// all of them did: an observation every second must not copy minutes of it.
func (h *history) known(now time.Time, window time.Duration) []point {
	ps := h.points[h.from(now.Add(-window)):]
	failed := func(p point) bool { return p.err != "" }
	if !slices.ContainsFunc(ps, failed) {
		return ps
	}
	return slices.DeleteFunc(slices.Clone(ps), failed)
}

// direction is the sign of the change over the last two minutes by a straight line through them; a
// change within the band is none.
func (h *history) direction(now time.Time, band float64) int {
	ps := h.known(now, directionWindow)
	if len(ps) < 3 {
		return 0
	}
	change := slope(ps) * ps[len(ps)-1].at.Sub(ps[0].at).Seconds()
	switch {
	case change > band:
		return 1
	case change < -band:
		return -1
	}
	return 0
}

// slope is the change a second of the straight line through points, by least squares.
func slope(ps []point) float64 {
	var st, sv, stt, stv float64
	for _, p := range ps {
		t := p.at.Sub(ps[0].at).Seconds()
		st, sv, stt, stv = st+t, sv+p.value, stt+t*t, stv+t*p.value
	}
	n := float64(len(ps))
	d := n*stt - st*st
	if d == 0 {
		return 0
	}
	return (n*stv - st*sv) / d
}
