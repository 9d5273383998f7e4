// Package layout says where everything on the screen goes: a pure function of the size, of what
// is going on, and of how many lines each pane could use. It draws nothing.
package layout

import "calm/ui/pane"

// The smallest size that is drawn, and the widths at which columns begin.
const (
	MinWidth  = 60
	MinHeight = 18
	TwoWide   = 110
	ThreeWide = 176
	lowest    = 30 // below this height a column holds one pane
	gutter    = 3
	header    = 4
)

// Rect is a place on the screen, in cells from the top left.
type Rect struct{ X, Y, W, H int }

// Box is the place of a pane. When Band is set its first line is the title band.
type Box struct {
	ID pane.ID
	Rect
	Band bool
}

// Inner is the size that is left for the pane's View.
func (b Box) Inner() (w, h int) {
	if b.Band {
		return b.W, max(0, b.H-1)
	}
	return b.W, b.H
}

// Stage is what is going on, because columns hold other panes then.
type Stage int

// The stages.
const (
	Watch    Stage = iota // nothing declared
	Declared              // an incident is open
	Running               // an action is on its way
)

// Want is how many lines a pane could use, without its band: the least that makes sense, then more
// and more. Scrolls says that any number between them is as good.
type Want struct {
	Sizes   []int
	Scrolls bool
}

// Mode is everything but the size that the places depend on.
type Mode struct {
	Stage  Stage
	Focus  pane.ID
	Zoom   bool
	Banner int                          // lines of the banner, 0 to 3
	Want   func(id pane.ID, w int) Want // nil gives every pane an equal share
}

// Frame is the whole screen. A Rect with no height is not there.
type Frame struct {
	W, H     int
	TooSmall bool // only two lines fit; everything else is empty
	Columns  int
	Header   Rect
	Tabs     Rect
	Body     Rect
	Panes    []Box // in the order in which tab goes through them
	Banner   Rect
	Next     Rect
	Keys     Rect
}

// Compute places everything.
func Compute(w, h int, m Mode) Frame {
	f := Frame{W: w, H: h}
	if w < MinWidth || h < MinHeight {
		f.TooSmall = true
		return f
	}
	banner := max(0, min(3, m.Banner))
	f.Header = Rect{0, 0, w, header}
	f.Keys = Rect{0, h - 1, w, 1}
	f.Next = Rect{0, h - 2, w, 1}
	f.Banner = Rect{0, h - 2 - banner, w, banner}
	f.Body = Rect{0, header + 1, w, h - header - 3 - banner}
	f.Columns = columns(w)
	if f.Columns == 1 {
		f.Tabs = Rect{0, header, w, 1}
		f.Panes = []Box{{ID: focused(m.Focus), Rect: Rect{0, f.Body.Y, w - 1, f.Body.H}}}
		return f
	}
	if m.Zoom {
		f.Panes = []Box{{ID: focused(m.Focus), Rect: Rect{0, f.Body.Y, w - 1, f.Body.H}, Band: true}}
		return f
	}
	// A blank line stays between the body and what is below it, as it does above.
	height := f.Body.H - 1
	for i, ids := range sets(f.Columns, m) {
		x, width := place(f.Columns, i, w)
		f.Panes = append(f.Panes, column(ids, Rect{x, f.Body.Y, width, height}, h, m)...)
	}
	return f
}

// Overlay is where what floats goes: its width is the box's own, its height the most there is.
func (f Frame) Overlay() Rect {
	if f.TooSmall {
		return Rect{}
	}
	r := Rect{X: 2, Y: f.Body.Y, W: min(76, f.W-4)}
	if f.W >= TwoWide {
		r.W = 84
		r.X = (f.W - r.W) / 2
		r.Y += max(0, (f.Body.H-17)/3)
	}
	r.H = f.Body.Y + f.Body.H - r.Y
	return r
}

func columns(w int) int {
	switch {
	case w >= ThreeWide:
		return 3
	case w >= TwoWide:
		return 2
	}
	return 1
}

func focused(id pane.ID) pane.ID {
	if id < pane.Signals || id > pane.Logs {
		return pane.Signals
	}
	return id
}

// place is where the i-th column begins and how wide it is; one column stays free at the right.
func place(columns, i, w int) (x, width int) {
	if columns == 2 {
		if i == 0 {
			return 0, 53
		}
		return 53 + gutter, w - 53 - gutter - 1
	}
	left, right := w*31/100, w*305/1000
	switch i {
	case 0:
		return 0, left
	case 1:
		return left + gutter, w - left - right - 2*gutter - 1
	}
	return w - 1 - right, right
}

// sets are the panes of each column, from the top.
func sets(columns int, m Mode) [][]pane.ID {
	if columns == 3 {
		middle := []pane.ID{pane.Guide, pane.Actions, pane.Output}
		if m.Stage == Running {
			middle = []pane.ID{pane.Actions, pane.Output, pane.Guide}
		}
		return [][]pane.ID{{pane.Signals}, middle, {pane.Severity, pane.Timeline, pane.Logs}}
	}
	right := []pane.ID{pane.Guide, pane.Logs}
	switch m.Stage {
	case Declared:
		right = []pane.ID{pane.Guide, pane.Actions, pane.Output}
	case Running:
		right = []pane.ID{pane.Actions, pane.Output, pane.Guide}
	}
	return [][]pane.ID{{pane.Signals, pane.Severity, pane.Timeline}, with(right, m.Focus)}
}

// with makes room for the focused pane where it would not be shown: the last one gives way.
func with(ids []pane.ID, focus pane.ID) []pane.ID {
	if focus != pane.Guide && focus != pane.Actions && focus != pane.Output && focus != pane.Logs {
		return ids
	}
	for _, id := range ids {
		if id == focus {
			return ids
		}
	}
	ids[len(ids)-1] = focus
	return ids
}
