package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/ui/row"
	"calm/ui/theme"
)

// boxHeight is the most lines a box takes, unless a person asked for all of it.
const boxHeight = 17

// box is a frame with a title, lines that may be scrolled, and lines at the foot that always stay.
type box struct {
	edge       theme.Style
	title      string
	right      string
	rightStyle theme.Style
	foot       string
	body       row.Block
	feet       row.Block
	top        int  // first line of body that is shown
	tall       bool // it may take the whole height
}

// inner is the width of the lines in a box of a width.
func inner(width int) int { return max(0, width-4) }

// render draws the box, at most width×h, and gives the line at which the feet begin.
func (b *box) render(st *theme.Styles, width, h int) (view string, feet int) {
	if width < 6 || h < 3 {
		return "", 0
	}
	if !b.tall {
		h = min(h, boxHeight)
	}
	room := max(0, h-2-len(b.feet))
	shown := min(len(b.body), room)
	b.top = max(0, min(b.top, len(b.body)-shown))
	lines := make([]string, 0, h)
	lines = append(lines, b.head(st, width))
	for i := range shown {
		lines = append(lines, b.side(b.body[b.top+i], width))
	}
	feet = len(lines)
	for _, r := range b.feet {
		if len(lines) < h-1 {
			lines = append(lines, b.side(r, width))
		}
	}
	return strings.Join(append(lines, b.bottom(st, width, len(b.body)-b.top-shown)), "\n"), feet
}

func (b *box) side(r *row.Row, width int) string {
	edge := b.edge.Render(b.edge.Clean("│"))
	return edge + " " + r.Render(width-4) + " " + edge
}

func (b *box) head(st *theme.Styles, width int) string {
	r := row.New().Add(b.edge, "┌─ ").Flex(b.edge.Over(st.Title), b.title).Add(b.edge, " ")
	tail := 2
	if b.right != "" {
		tail = theme.Width(b.right) + 4
	}
	rule(r, b.edge, width-r.Len()-tail)
	if b.right != "" {
		r.Gap(1).Add(b.rightStyle, b.right).Gap(1)
	}
	return r.Add(b.edge, "─┐").Render(width)
}

func (b *box) bottom(st *theme.Styles, width, below int) string {
	r := row.New().Add(b.edge, "└─ ")
	foot := b.foot
	if below > 0 {
		foot = strings.TrimSpace("↓ more below · " + foot)
	}
	if foot == "" {
		r = row.New().Add(b.edge, "└──")
	} else {
		r.Flex(st.Muted, foot).Gap(1)
	}
	rule(r, b.edge, width-r.Len()-1)
	return r.Add(b.edge, "┘").Render(width)
}

// rule draws a line of n columns, never less than none.
func rule(r *row.Row, edge theme.Style, n int) {
	if n > 0 {
		r.Add(edge, strings.Repeat("─", n))
	}
}

// cursorAt is a cursor inside a box: column x of a line's text, line y of the box.
func cursorAt(x, y int) *tea.Cursor { return tea.NewCursor(x+2, y) }

// labelled adds lines of text after a label of nine columns, wrapped; the label stands once.
func labelled(b *row.Block, st *theme.Styles, label string, style theme.Style, width int, texts ...string) {
	for _, text := range texts {
		if strings.TrimSpace(text) == "" {
			continue
		}
		for _, line := range row.Wrap(style, text, max(8, width-9)) {
			b.Put(row.New().Cell(st.Muted, label, 9).Flex(style, line))
			label = ""
		}
	}
}
