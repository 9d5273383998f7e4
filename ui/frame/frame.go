// Package frame draws what stands around the panes: the header, the tabs, title bands, the next
// row and the keys row. Every function is pure, from State to lines of exactly the width asked for.
// It decides nothing: what is next, or which keys are in force, comes in.
package frame

import (
	"strings"

	"calm/model/signal"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// gutter is where the text of the header's rows and of next begins: one place for the eye.
const gutter = 8

// Widths from which the header has room for more words.
const (
	narrow = 76  // below it only what can't be missed
	wide   = 110 // from it on, everything
)

// Hint is a key and what it does now.
type Hint struct {
	Key  string
	Does string
}

// Keys draws the keys row. Hints that do not fit are left out from the end, but ? and q, where
// they are among them, stay.
func Keys(hints []Hint, w int, st *theme.Styles) string {
	r := row.New().Gap(gutter)
	room := w - gutter
	for i, h := range fitting(hints, room) {
		if i > 0 {
			r.Gap(3)
		}
		r.Add(st.Accent, h.Key)
		if h.Does != "" {
			r.Gap(1).Add(st.Muted, h.Does)
		}
	}
	return r.Render(w)
}

// Remark is a sentence in the place of the keys.
func Remark(text string, w int, st *theme.Styles) string {
	return row.New().Gap(gutter).Flex(st.Text, text).Render(w)
}

// bannerMost is how many lines a banner may take.
const bannerMost = 3

// Banner is a problem of calm's own, over the next row. Its help begins beside the text and goes on
// below.
func Banner(s pane.State, w int) string {
	if s.Banner == nil {
		return row.New().Render(w)
	}
	st := &s.Theme
	var out []string
	for i, line := range bannerHelp(s, w) {
		r := row.New().Gap(3)
		if i == 0 {
			r = row.New().Add(st.Critical, bannerText(s)).Gap(2)
		}
		out = append(out, r.Flex(st.Text, line).Render(w))
	}
	return strings.Join(out, "\n")
}

// BannerLines is how many lines the banner takes.
func BannerLines(s pane.State, w int) int {
	if s.Banner == nil {
		return 0
	}
	return len(bannerHelp(s, w))
}

func bannerText(s pane.State) string { return " ▲ " + s.Banner.Text + " " }

// bannerHelp breaks the help into lines: what fits beside the text, and the rest. What goes beyond the
// last one is cut there.
func bannerHelp(s pane.State, w int) []string {
	help := strings.Fields(s.Banner.Help)
	lines, used := []string{""}, theme.Width(bannerText(s))+2
	for _, word := range help {
		last := len(lines) - 1
		if used+theme.Width(word) > w-1 && len(lines) < bannerMost {
			lines, used, last = append(lines, ""), 3, last+1
		}
		if lines[last] != "" {
			lines[last] += " "
		}
		lines[last] += word
		used += theme.Width(word) + 1
	}
	return lines
}

func (h Hint) width() int { return theme.Width(h.Key) + 1 + theme.Width(h.Does) }

// kept says that a hint must not fall: without help and a way out a person is stuck.
func (h Hint) kept() bool { return h.Key == "?" || h.Key == "q" || h.Key == "esc" }

func fitting(hints []Hint, room int) []Hint {
	used := -3
	for _, h := range hints {
		used += h.width() + 3
	}
	out := append([]Hint(nil), hints...)
	for i := len(out) - 1; i >= 0 && used > room; i-- {
		if !out[i].kept() {
			used -= out[i].width() + 3
			out = append(out[:i], out[i+1:]...)
		}
	}
	for len(out) > 0 && used > room {
		used -= out[len(out)-1].width() + 3
		out = out[:len(out)-1]
	}
	return out
}

// Next draws the one thing to do next.
func Next(s pane.State, w int) string {
	st := &s.Theme
	n := s.Next
	r := row.On(st.Band)
	chip := n.Chip
	if chip == "" {
		chip = "next"
	}
	r.Add(st.ChipNext, " "+pad(chip, 6)).Gap(gutter - 7)
	title := st.Title
	if n.Intent == nil {
		title = st.Text
	}
	r.Flex(title, n.Title)
	if n.Detail != "" {
		gap := 3
		switch {
		case strings.HasSuffix(n.Title, "."):
			gap = 1
		case w < wide:
			gap = 2
		}
		r.Gap(gap).Flex(st.Muted, n.Detail)
	}
	return risk(r, n.Risk, st).Render(w)
}

// risk puts a risk word at the right end, one column further in than other texts so that the
// filled block of DESTROYS has an edge.
func risk(r *row.Row, word string, st *theme.Styles) *row.Row {
	switch strings.ToLower(word) {
	case "":
	case "destroys":
		r.Tail(st.Critical, " DESTROYS ").Tail(st.Text, " ")
	default:
		r.Tail(st.Risk(word), word).Tail(st.Text, "  ")
	}
	return r
}

// Tabs draws the tabs of the one-column layout.
func Tabs(s pane.State, focused pane.ID, ids []pane.ID, w int) string {
	st := &s.Theme
	r := row.On(st.Band)
	for i, id := range ids {
		if i > 0 && w >= narrow {
			r.Gap(1)
		}
		on := id == focused
		label := number(id)
		if on || w >= narrow {
			label += " " + id.Title()
		}
		switch {
		case on:
			r.Add(st.Current, "▸"+label)
		default:
			r.Add(st.Muted, " "+label)
		}
		r.Gap(1)
	}
	return r.Render(w)
}

// Band draws the title band over a pane. The remark may carry styles of its own.
func Band(title, remark string, focused bool, w int, st *theme.Styles) string {
	r := row.On(st.Band)
	if focused {
		r.Add(st.Current, "▸"+title)
	} else {
		r.Gap(1).Add(st.Title, title)
	}
	r.Gap(2)
	if !strings.Contains(remark, "\x1b") {
		return r.Flex(st.Muted, remark).Render(w)
	}
	open := st.Band.Open()
	rest := max(0, w-r.Len())
	remark = row.CutStyled(remark, rest, st.ASCII)
	fill := rest - row.WidthStyled(remark)
	return r.Render(r.Len()) + open + strings.ReplaceAll(remark, theme.Reset, theme.Reset+open) +
		strings.Repeat(" ", max(0, fill)) + closing(open)
}

func closing(open string) string {
	if open == "" {
		return ""
	}
	return theme.Reset
}

// TitleOf is a pane's title as it stands in its band: "3 GUIDE".
func TitleOf(id pane.ID) string { return number(id) + " " + strings.ToUpper(id.Title()) }

// TooSmall says in two lines what matters and how much room is missing.
func TooSmall(s pane.State, w, h int) string {
	first := row.New().Add(s.Theme.Text, "calm")
	if name := chipText(s); name != "" {
		first.Gap(2).Add(s.Theme.Bold, name)
	}
	for _, r := range outReadings(s) {
		first.Gap(2).Add(s.Theme.Text, r.Spec.Label+" "+r.Text())
		break
	}
	if c, ok := firstClock(s); ok {
		first.Gap(2).Add(s.Theme.Text, clockText(c, true))
	}
	second := row.New().Add(s.Theme.Text, "needs "+size(layout.MinWidth, layout.MinHeight)+", has "+size(w, h)+"; nothing stopped")
	if h < 2 {
		return first.Render(w)
	}
	return first.Render(w) + "\n" + second.Render(w)
}

func size(w, h int) string {
	return signal.FormatValue(signal.Count, float64(w)) + "×" + signal.FormatValue(signal.Count, float64(h))
}

func pad(s string, n int) string {
	if len(s) >= n {
		return s
	}
	return s + strings.Repeat(" ", n-len(s))
}

// number is the key of a pane.
func number(id pane.ID) string { return string(rune('0' + int(id))) }
