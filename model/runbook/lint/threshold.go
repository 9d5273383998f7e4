package lint

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook"
	"calm/model/signal"
)

// scale is the thresholds that the severities set on one thing, lowest first.
type scale struct {
	signal signal.Name
	bands  []band
}

// band is a range of values that is one severity.
type band struct {
	runbook.Criterion
	severity         *runbook.Severity
	low, high        float64
	lowOpen, highOut bool // the edge itself is outside
}

// maxBands bounds a scale, whose bands are compared each with each: more is no scheme of severities.
const maxBands = 100

// scales gathers the thresholds that can be compared: of the same signal, and with no other words
// that would make two of them speak of different things.
func (p *pass) scales() []scale {
	byName := map[string]int{}
	var out []scale
	for i := range p.rb.Severities {
		s := &p.rb.Severities[i]
		for _, c := range s.Criteria {
			if c.Predicate == nil || c.Kind != runbook.Measured || c.Min == nil && c.Max == nil || lowIsWorse(c.Signal) {
				continue
			}
			b := band{Criterion: c, severity: s, high: math.Inf(1), low: math.Inf(-1)}
			if c.Min != nil {
				b.low, b.lowOpen = *c.Min, c.MinOpen
			}
			if c.Max != nil {
				b.high, b.highOut = *c.Max, c.MaxOpen
			}
			key := string(c.Signal) + "@" + c.Subject + "@" + narrowed(c.Text)
			if _, ok := byName[key]; !ok {
				byName[key] = len(out)
				out = append(out, scale{signal: c.Signal})
			}
			if of := &out[byName[key]]; len(of.bands) < maxBands {
				of.bands = append(of.bands, b)
			}
		}
	}
	for _, s := range out {
		slices.SortStableFunc(s.bands, func(a, b band) int {
			return cmp.Or(cmp.Compare(a.low, b.low), cmp.Compare(a.high, b.high), cmp.Compare(a.severity.Level, b.severity.Level))
		})
	}
	return out
}

var (
	plainWords = pattern.New(`(?i)\b(?:api|http|https|server|service|overall|error|errors|rate|ratio|latency|latencies|response|times?|p(?:50|95|99)|percent|seconds?|secs?|s|ms|milliseconds?|mb|gb|than|more|greater|higher|less|lower|fewer|above|below|over|under|between|exceeds?|exceeding|at least|at most|up to|and|to|is|of|the|cpu|memory|disk|usage|utili[sz]ation|5xx|x)\b`)
	valueMarks = pattern.New(`[\d.,%<>=≥≤()+:;~–—-]+`)
)

// narrowed is what a criterion says besides the measurement: "for 10 minutes", "on checkout". Two
// thresholds of which one is so narrowed may well overlap.
func narrowed(text string) string {
	text = plainWords.ReplaceAllString(valueMarks.ReplaceAllString(strings.ToLower(text), " "), " ")
	return strings.Join(strings.Fields(text), " ")
}

func lowIsWorse(n signal.Name) bool {
	base, _, _ := n.Split()
	return base == signal.Traffic || base == signal.AppUptime
}

// write is a value of the scale in its own unit.
func (s scale) write(v float64) string {
	base, _, _ := s.signal.Split()
	return signal.FormatValue(signal.Default(base).Unit, v)
}

// bounded says whether a band has an end on the bad side: "20-50 %" and not "> 20 %", of which the
// worst that holds counts.
func (b band) bounded() bool { return !math.IsInf(b.high, 1) }

// within says whether every value of the band lies in another.
func (b band) within(o band) bool {
	low := o.low < b.low || o.low == b.low && (!o.lowOpen || b.lowOpen)
	high := o.high > b.high || o.high == b.high && (!o.highOut || b.highOut)
	return low && high
}

// meet says how a band and the next higher one lie: overlapping, sharing one value, end to end, or
// with a gap.
func meet(a, b band) joint {
	switch {
	case b.low < a.high:
		return overlapping
	case b.low > a.high, a.highOut && b.lowOpen:
		return apart
	case !a.highOut && !b.lowOpen:
		return sharing
	}
	return endToEnd
}

type joint int

const (
	endToEnd joint = iota
	sharing
	overlapping
	apart
)
