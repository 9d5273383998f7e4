package chart

import (
	"math"
	"strings"

	"calm/ui/theme"
)

// Bar gives a bar of w columns of which a part, 0 to 1, is filled.
func Bar(w int, part float64, full, rest theme.Style) string {
	if w <= 0 {
		return ""
	}
	n := max(0, min(w, int(math.Round(part*float64(w)))))
	return full.Render(full.Clean(strings.Repeat("█", n))) + rest.Render(rest.Clean(strings.Repeat("░", w-n)))
}

// Edge is where a severity level begins on a tape.
type Edge struct {
	At    float64
	Level int
}

// Tape is a number line from 0 to Max: digits where levels begin, ○ ten minutes ago, ● now.
type Tape struct {
	Max    float64
	Edges  []Edge
	Before *float64
	Now    *float64
}

// Draw gives the tape, w columns wide. now is the style of ●.
func (t Tape) Draw(w int, s *theme.Styles, now theme.Style) string {
	if w <= 0 || t.Max <= 0 {
		return ""
	}
	c := newCanvas(w, 1, []theme.Style{s.Track, s.Muted, now})
	for x := range w {
		c.put(x, 0, '┄', 0)
	}
	place := func(v float64) int { return max(0, min(w-1, int(v/t.Max*float64(w)))) }
	for _, e := range t.Edges {
		if e.Level > 0 && e.Level < 10 {
			c.put(place(e.At), 0, rune('0'+e.Level), 1)
		}
	}
	if t.Before != nil {
		c.put(place(*t.Before), 0, '○', 1)
	}
	if t.Now != nil {
		c.put(place(*t.Now), 0, '●', 2)
	}
	return c.lines()[0]
}
