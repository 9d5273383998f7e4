package console

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"calm/ui/layout"
	"calm/ui/theme"
)

// canvas puts blocks of lines side by side. Blocks come from left to right in each row, as layout
// gives them, and never overlap.
type canvas struct {
	top  int
	rows []piece
}

// piece is a row so far, and how wide it is.
type piece struct {
	text  string
	width int
}

func newCanvas(body layout.Rect) canvas {
	return canvas{top: body.Y, rows: make([]piece, max(0, body.H))}
}

// put writes one line at a place of the screen.
func (c canvas) put(x, y int, line string) {
	i := y - c.top
	if i < 0 || i >= len(c.rows) {
		return
	}
	r := &c.rows[i]
	if x > r.width {
		r.text += strings.Repeat(" ", x-r.width)
		r.width = x
	}
	r.text += line
	r.width += ansi.StringWidth(line)
}

func (c canvas) lines() []string {
	out := make([]string, len(c.rows))
	for i, r := range c.rows {
		out[i] = r.text
	}
	return out
}

// dim gives the rows without their own colours, in one quiet style: what is behind an overlay.
func (c canvas) dim(s theme.Style) []string {
	out := make([]string, len(c.rows))
	for i, r := range c.rows {
		out[i] = s.Render(ansi.Strip(r.text))
	}
	return out
}
