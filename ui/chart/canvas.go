// Package chart draws readings with characters: braille plots, sparklines, tapes and bars. It is
// given numbers and times and returns lines; it knows no signal, has no clock, and draws nothing
// where there was no reading.
package chart

import (
	"strings"

	"calm/ui/theme"
)

// canvas is a grid of cells. A cell keeps the index of its style, so that a line is written in
// runs and not cell by cell.
type canvas struct {
	w, h   int
	runes  []rune
	ink    []uint8
	styles []theme.Style
}

func newCanvas(w, h int, styles []theme.Style) *canvas {
	c := &canvas{w: w, h: h, runes: make([]rune, w*h), ink: make([]uint8, w*h), styles: styles}
	for i := range c.runes {
		c.runes[i] = ' '
	}
	return c
}

// put draws a rune; what lies outside is not drawn.
func (c *canvas) put(x, y int, r rune, ink uint8) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	c.runes[y*c.w+x], c.ink[y*c.w+x] = r, ink
}

// text draws a word and says whether there was room: it never covers another one.
func (c *canvas) text(x, y int, word string, ink uint8) bool {
	n := len([]rune(word))
	if x < 0 || y < 0 || y >= c.h || x+n > c.w {
		return false
	}
	for i := max(0, x-1); i < min(c.w, x+n+1); i++ {
		if c.runes[y*c.w+i] != ' ' {
			return false
		}
	}
	for i, r := range []rune(word) {
		c.put(x+i, y, r, ink)
	}
	return true
}

// lines gives the grid as lines, each exactly w columns wide.
func (c *canvas) lines() []string {
	out := make([]string, c.h)
	var b strings.Builder
	for y := range c.h {
		b.Reset()
		row := y * c.w
		for x := 0; x < c.w; {
			end := x + 1
			for end < c.w && c.ink[row+end] == c.ink[row+x] {
				end++
			}
			s := c.styles[c.ink[row+x]]
			b.WriteString(s.Render(s.Clean(string(c.runes[row+x : row+end]))))
			x = end
		}
		out[y] = b.String()
	}
	return out
}
