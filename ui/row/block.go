package row

import "strings"

// Block is a list of lines of which some may not be on screen.
type Block []*Row

// Blank adds an empty line.
func (b *Block) Blank() { *b = append(*b, New()) }

// Put adds lines.
func (b *Block) Put(rows ...*Row) { *b = append(*b, rows...) }

// Render draws exactly h lines of w columns from line top on; only those are drawn at all.
func (b Block) Render(w, h, top int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	var out strings.Builder
	for i := range h {
		if i > 0 {
			out.WriteByte('\n')
		}
		if at := top + i; at >= 0 && at < len(b) {
			out.WriteString(b[at].Render(w))
		} else {
			out.WriteString(blanks(w))
		}
	}
	return out.String()
}

// Under draws a head that stays over a body that scrolls: h lines together, the head first.
func Under(head, body Block, w, h, top int) string {
	switch n := len(head); {
	case n == 0:
		return body.Render(w, h, top)
	case h <= n:
		return head.Render(w, h, 0)
	default:
		return head.Render(w, n, 0) + "\n" + body.Render(w, h-n, top)
	}
}

// Scroll keeps a place of a long list in view. The zero value is at the top.
type Scroll struct{ Top int }

// Show moves as little as is needed to bring lines from…to (to excluded) into a window of h lines
// over n, and gives the first line to draw.
func (s *Scroll) Show(n, h, from, to int) int {
	if to > s.Top+h {
		s.Top = to - h
	}
	if from < s.Top {
		s.Top = from
	}
	return s.Clamp(n, h)
}

// Clamp keeps the window inside n lines and gives the first line to draw.
func (s *Scroll) Clamp(n, h int) int {
	s.Top = max(0, min(s.Top, n-h))
	return s.Top
}
