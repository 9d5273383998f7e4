package chart

import (
	"math"
	"time"

	"calm/ui/theme"
)

// Point is a reading, or the absence of one.
type Point struct {
	At      time.Time
	Value   float64
	Unknown bool
}

// Limit is a line across a plot. Level is the severity that begins there, 0 for none.
type Limit struct {
	At    float64
	Label string // at most 6 columns
	Level int
}

// Mark is a line down a plot: the onset, the declaration, an action.
type Mark struct {
	At    time.Time
	Label string
	Kind  Kind
}

// Kind says what a mark stands for, and so its colour.
type Kind int

// The kinds of marks.
const (
	Action Kind = iota
	Onset
	Declared
)

// Plot is a chart of one signal over time.
type Plot struct {
	Points   []Point // oldest first
	From, To time.Time
	Max      float64 // top of the axis; 0 chooses one from points and limits
	Limits   []Limit
	Marks    []Mark
	Axis     func(float64) string // the label of a value, at most 4 columns
	Rows     int                  // of the plot itself, without the line of names below
}

// The columns beside the plot: axis label 4 and a blank, limit label 6 with one before it.
const (
	axisWidth  = 5
	labelWidth = 7
)

// Indices of the canvas' styles. Ink 0 is plain, so that empty cells need no sequence.
const (
	inkText uint8 = iota
	inkMuted
	inkTrack
	inkWarn
	inkBad
	inkBadBold
	inkAccent
	inkUnknown
)

func inks(s *theme.Styles) []theme.Style {
	return []theme.Style{s.Text, s.Muted, s.Track, s.Warn, s.Bad, s.BadBold, s.Accent, s.Unknown}
}

// Draw gives the plot as Rows+1 lines of w columns; the last one names the marks.
func (p Plot) Draw(w int, s *theme.Styles) []string {
	width := w - axisWidth - labelWidth
	if width < 4 || p.Rows < 2 || !p.To.After(p.From) {
		return nil
	}
	d := drawing{Plot: p, x0: axisWidth, width: width, ascii: s.ASCII}
	d.canvas = newCanvas(w, p.Rows+1, inks(s))
	d.top = p.Max
	if d.top <= 0 {
		d.top = p.ceiling()
	}
	d.limits()
	d.marks()
	d.unknown()
	d.values()
	d.axis()
	return d.canvas.lines()
}

// ceiling is a round number above everything that must be seen.
func (p Plot) ceiling() float64 {
	top := 0.0
	for _, v := range p.Points {
		if !v.Unknown {
			top = math.Max(top, v.Value)
		}
	}
	for _, l := range p.Limits {
		top = math.Max(top, l.At)
	}
	return Round(top * 1.1)
}

// Round gives the next round number that is not smaller: 1, 2, 3, 4, 5, 6, 7, 8 or 10 times a power of ten.
func Round(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8} {
		if v <= n*unit*(1+1e-9) {
			return n * unit
		}
	}
	return 10 * unit
}

// drawing is a plot on its canvas.
type drawing struct {
	Plot
	canvas *canvas
	x0     int
	width  int
	top    float64
	ascii  bool
}

// row is the line of the plot in which a value lies.
func (d *drawing) row(v float64) int { return d.dot(v) / 4 }

// dot is the place of a value in quarter lines from the top.
func (d *drawing) dot(v float64) int {
	n := 4*d.Rows - 1
	at := n - int(math.Round(v/d.top*float64(n)))
	return max(0, min(n, at))
}

// column is where a time lies, in half columns from the left of the plot; negative before it.
func (d *drawing) column(at time.Time) int {
	if at.Before(d.From) {
		return -1
	}
	return int(float64(at.Sub(d.From)) / float64(d.To.Sub(d.From)) * float64(2*d.width-1))
}

func (d *drawing) limits() {
	for i := len(d.Limits) - 1; i >= 0; i-- {
		l := d.Limits[i]
		y := d.row(l.At)
		for x := range d.width {
			d.canvas.put(d.x0+x, y, '┄', inkTrack)
		}
		ink := inkMuted
		switch l.Level {
		case 1:
			ink = inkBadBold
		case 2:
			ink = inkBad
		case 0, 3:
			ink = inkWarn
		}
		d.canvas.text(d.x0+d.width+1, y, l.Label, ink)
	}
}

func (d *drawing) marks() {
	for _, m := range d.Marks {
		at := d.column(m.At)
		if at < 0 || at >= 2*d.width {
			continue
		}
		ink := inkText
		switch m.Kind {
		case Onset:
			ink = inkWarn
		case Declared:
			ink = inkAccent
		}
		x := d.x0 + at/2
		for y := range d.Rows {
			d.canvas.put(x, y, '┆', ink)
		}
		n := len([]rune(m.Label))
		for _, start := range []int{x - n/2, x, x - n + 1} {
			if d.canvas.text(start, d.Rows, m.Label, ink) {
				break
			}
		}
	}
}

// unknown shades the columns in which there was no reading.
func (d *drawing) unknown() {
	for i, p := range d.Points {
		if !p.Unknown {
			continue
		}
		from := d.column(p.At)
		to := from
		if i+1 < len(d.Points) {
			to = max(from, d.column(d.Points[i+1].At)-1)
		}
		for at := max(0, from); at <= to && at < 2*d.width; at++ {
			for y := range d.Rows {
				d.canvas.put(d.x0+at/2, y, '░', inkUnknown)
			}
		}
	}
}

func (d *drawing) axis() {
	if d.Axis == nil {
		return
	}
	for y, v := range map[int]float64{0: d.top, d.Rows - 1: 0} {
		label := []rune(d.Axis(v))
		if len(label) > axisWidth-1 {
			label = label[:axisWidth-1]
		}
		d.canvas.text(axisWidth-1-len(label), y, string(label), inkMuted)
	}
	d.canvas.text(d.x0, d.Rows, d.From.UTC().Format("15:04"), inkMuted)
}
