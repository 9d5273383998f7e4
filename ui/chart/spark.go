package chart

import (
	"time"

	"calm/ui/theme"
)

// Spark is a small line of bars: the last hour of a signal in one row.
type Spark struct {
	Points   []Point // oldest first
	From, To time.Time
	Max      float64                   // 0 takes the highest reading
	Level    func(float64) (int, bool) // the severity that a value has reached, and whether it is out at all; nil for never
}

var eighths = []rune("▁▂▃▄▅▆▇█")

// Draw gives the sparkline, w columns wide. A column without a reading is blank, one in which the
// newest attempt failed is ░.
func (k Spark) Draw(w int, s *theme.Styles) string {
	if w <= 0 || !k.To.After(k.From) {
		return ""
	}
	c := newCanvas(w, 1, inks(s))
	top := k.Max
	if top <= 0 {
		top = k.highest()
	}
	for x, b := range k.buckets(w) {
		switch {
		case b.lost:
			c.put(x, 0, '░', inkUnknown)
		case b.seen:
			c.put(x, 0, eighth(b.value, top), k.ink(b.value))
		}
	}
	return c.lines()[0]
}

func (k Spark) highest() float64 {
	top := 0.0
	for _, p := range k.Points {
		if !p.Unknown {
			top = max(top, p.Value)
		}
	}
	return top
}

// bucket is what one column stands for.
type bucket struct {
	value float64
	seen  bool
	lost  bool
}

func (k Spark) buckets(w int) []bucket {
	out := make([]bucket, w)
	span := float64(k.To.Sub(k.From))
	for _, p := range k.Points {
		x := int(float64(p.At.Sub(k.From)) / span * float64(w))
		if x == w && p.At.Equal(k.To) {
			x = w - 1
		}
		if p.At.Before(k.From) || x < 0 || x >= w {
			continue
		}
		b := &out[x]
		if p.Unknown {
			b.lost = true
			continue
		}
		b.lost = false
		if !b.seen || p.Value > b.value {
			b.value = p.Value
		}
		b.seen = true
	}
	return out
}

func eighth(v, top float64) rune {
	if top <= 0 || v <= 0 {
		return eighths[0]
	}
	n := int(v / top * float64(len(eighths)))
	return eighths[max(0, min(len(eighths)-1, n))]
}

func (k Spark) ink(v float64) uint8 {
	if k.Level == nil {
		return inkTrack
	}
	level, out := k.Level(v)
	switch {
	case !out:
		return inkTrack
	case level == 1 || level == 2:
		return inkBad
	}
	return inkWarn
}
