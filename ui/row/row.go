// Package row builds lines of an exact width out of styled pieces. It owns cutting: what is cut
// ends in …, what gives way is said by the one who builds the line, and numbers, clocks and risk
// words never do. It knows nothing of what the lines are about.
package row

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"calm/ui/theme"
)

// Row is one line in the making: pieces from the left, pieces at the right edge. When they do not
// fit, the flexible pieces of the left are cut first, then the left from its end.
type Row struct {
	left  []piece
	right []piece
	used  int // columns of left
	tail  int // columns of right
	base  theme.Style
	drawn string // a line that was drawn elsewhere, instead of pieces
	ready bool
	room8 [8]piece // where left begins, so that most lines cost one allocation
}

type piece struct {
	text  string
	width int
	style theme.Style
	flex  bool
	drawn bool // it has its own escape sequences
}

// New begins a line.
func New() *Row { return On(theme.Style{}) }

// On begins a line on a ground, which also fills the rest of it.
func On(ground theme.Style) *Row {
	r := &Row{base: ground}
	r.left = r.room8[:0]
	return r
}

// Drawn is a line that is drawn already, such as a line of a chart. It has no control bytes but the
// escape sequences of its styles.
func Drawn(line string) *Row { return &Row{drawn: line, ready: true} }

func made(s theme.Style, text string) piece {
	text = s.Clean(text)
	return piece{text: text, width: theme.Width(text), style: s}
}

// Add puts a piece at the left.
func (r *Row) Add(s theme.Style, text string) *Row {
	p := made(s, text)
	r.left = append(r.left, p)
	r.used += p.width
	return r
}

// Flex adds a piece that is cut when the line is too long.
func (r *Row) Flex(s theme.Style, text string) *Row {
	p := made(s, text)
	p.flex = true
	r.left = append(r.left, p)
	r.used += p.width
	return r
}

// Cell adds a piece of exactly width columns, its text at the left.
func (r *Row) Cell(s theme.Style, text string, width int) *Row {
	p := made(s, text)
	if p.width > width {
		p.text = Cut(p.text, width, s.ASCII())
		p.width = theme.Width(p.text)
	}
	r.left = append(r.left, p)
	r.used += p.width
	return r.Gap(width - p.width)
}

// Num adds a piece of at least width columns, its text at the right; a number is never cut.
func (r *Row) Num(s theme.Style, text string, width int) *Row {
	p := made(s, text)
	r.Gap(width - p.width)
	r.left = append(r.left, p)
	r.used += p.width
	return r
}

// Drawn adds a piece that is drawn already, such as a sparkline, of width columns.
func (r *Row) Drawn(text string, width int) *Row {
	if text == "" || width <= 0 {
		return r
	}
	r.left = append(r.left, piece{text: exactly(text, width), width: width, drawn: true})
	r.used += width
	return r
}

// Replace sets the text of the last flexible piece, for a row whose text goes on below it.
func (r *Row) Replace(s theme.Style, text string) {
	for i := len(r.left) - 1; i >= 0; i-- {
		if r.left[i].flex {
			p := made(s, text)
			p.flex = true
			r.used += p.width - r.left[i].width
			r.left[i] = p
			return
		}
	}
}

// Gap adds n blanks.
func (r *Row) Gap(n int) *Row {
	if n <= 0 {
		return r
	}
	r.left = append(r.left, piece{text: blanks(n), width: n})
	r.used += n
	return r
}

// To adds blanks up to a column; none when the line is already there.
func (r *Row) To(column int) *Row { return r.Gap(column - r.used) }

// Len is the number of columns of the left pieces so far.
func (r *Row) Len() int { return r.used }

// Tail adds a piece at the right edge, after those that are already there.
func (r *Row) Tail(s theme.Style, text string) *Row {
	p := made(s, text)
	r.right = append(r.right, p)
	r.tail += p.width
	return r
}

// TailNum adds a piece at the right edge with at least width columns, its text at the right.
func (r *Row) TailNum(s theme.Style, text string, width int) *Row {
	p := made(s, text)
	if n := width - p.width; n > 0 {
		r.right = append(r.right, piece{text: blanks(n), width: n})
		r.tail += n
	}
	r.right = append(r.right, p)
	r.tail += p.width
	return r
}

// HasTail says whether anything stands at the right edge.
func (r *Row) HasTail() bool { return len(r.right) > 0 }

// Cuts says whether the line would lose text at this width.
func (r *Row) Cuts(w int) bool { return r.used > r.room(w) }

// room is what the left pieces may take: the rest of the line, less one blank before the right.
func (r *Row) room(w int) int {
	if r.tail == 0 {
		return w
	}
	return max(0, w-r.tail-1)
}

// Render draws the line, exactly w columns wide.
func (r *Row) Render(w int) string {
	if w <= 0 {
		return ""
	}
	if r.ready {
		return exactly(r.drawn, w)
	}
	var b strings.Builder
	b.Grow(w + 16*(len(r.left)+len(r.right)))
	left, used := r.left, r.used
	if room := r.room(w); used > room {
		left, used = fit(left, used, room)
	}
	right, tail := r.right, r.tail
	if tail > w {
		right, tail = fit(right, tail, w)
	}
	r.draw(&b, left)
	r.fill(&b, w-used-tail)
	r.draw(&b, right)
	return b.String()
}

// exactly cuts or pads a drawn line.
func exactly(line string, w int) string {
	n := ansi.StringWidth(line)
	if n > w {
		return ansi.Truncate(line, w, "")
	}
	return line + blanks(w-n)
}

// String draws the line as long as it is, for tests and for text that has no width.
func (r *Row) String() string { return r.Render(r.used + r.tail + min(1, r.tail)) }

func (r *Row) draw(b *strings.Builder, pieces []piece) {
	for _, p := range pieces {
		s := p.style.Over(r.base)
		if s.Plain() || p.drawn {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(s.Open())
		b.WriteString(p.text)
		b.WriteString(theme.Reset)
	}
}

func (r *Row) fill(b *strings.Builder, n int) {
	if n > 0 {
		b.WriteString(r.base.Render(blanks(n)))
	}
}

// fit cuts pieces down to room columns: the flexible ones from the last on, then from the end.
func fit(pieces []piece, used, room int) ([]piece, int) {
	out := append([]piece(nil), pieces...)
	for i := len(out) - 1; i >= 0 && used > room; i-- {
		if !out[i].flex {
			continue
		}
		used += cutPiece(&out[i], max(1, out[i].width-(used-room)))
	}
	for i := len(out) - 1; i >= 0 && used > room; i-- {
		used += cutPiece(&out[i], max(0, out[i].width-(used-room)))
	}
	return out, used
}

// cutPiece shortens a piece and gives the change of its width.
func cutPiece(p *piece, width int) int {
	was := p.width
	if p.drawn {
		p.text, p.width = ansi.Truncate(p.text, width, ""), width
		return p.width - was
	}
	p.text = Cut(p.text, width, p.style.ASCII())
	p.width = theme.Width(p.text)
	return p.width - was
}

// Cut shortens a clean text to at most width columns; what is cut ends in ….
func Cut(text string, width int, ascii bool) string {
	switch {
	case width <= 0:
		return ""
	case theme.Width(text) <= width:
		return text
	}
	mark := "…"
	if ascii {
		mark = "~"
	}
	return ansi.Truncate(text, width, mark)
}

// Wrap breaks a text into lines of at most width columns, at blanks where there are any: a command
// must not be broken at its hyphens.
func Wrap(s theme.Style, text string, width int) []string {
	if width <= 0 {
		return nil
	}
	var out []string
	for _, line := range strings.Split(text, "\n") {
		line = s.Clean(line)
		for theme.Width(line) > width {
			head := ansi.Truncate(line, width, "")
			if head == "" {
				break
			}
			rest := line[len(head):]
			if cut := strings.LastIndexByte(head, ' '); rest[0] != ' ' && strings.TrimSpace(head[:max(0, cut)]) != "" {
				head, rest = line[:cut], line[cut:]
			}
			out = append(out, strings.TrimRight(head, " "))
			line = strings.TrimLeft(rest, " ")
		}
		out = append(out, line)
	}
	return out
}

const blank = "                                                                                                                                "

func blanks(n int) string {
	for n > len(blank) {
		return blank + blanks(n-len(blank))
	}
	if n <= 0 {
		return ""
	}
	return blank[:n]
}

// TailLen is the number of columns of the pieces at the right edge.
func (r *Row) TailLen() int { return r.tail }

// CutStyled shortens a text that has escape sequences of our own in it.
func CutStyled(text string, width int, ascii bool) string {
	mark := "…"
	if ascii {
		mark = "~"
	}
	return ansi.Truncate(text, max(0, width), mark)
}

// WidthStyled is the number of columns of a text that may have escape sequences in it.
func WidthStyled(text string) int { return ansi.StringWidth(text) }
