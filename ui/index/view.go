package index

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/runbook/library"
	"calm/ui/frame"
	"calm/ui/row"
	"calm/ui/screen"
	"calm/ui/theme"
)

// What is drawn around the list: three lines and the columns' names above it, five below it.
const (
	above  = 4
	below  = 5
	gutter = 8 // where text begins, as in the console's own header
	least  = 10
)

// room is how many rows of the list are in view.
func (a *App) room() int { return max(1, a.h-above-below) }

// Frame is the current picture.
func (a *App) Frame() screen.Frame {
	if a.stale || a.drawn.Content == "" {
		a.drawn = a.draw()
		a.stale = false
	}
	return a.drawn
}

func (a *App) draw() screen.Frame {
	if a.w < 40 || a.h < least {
		return screen.Frame{Content: row.New().Flex(a.st.Text, "calm needs 40 columns and 10 lines here").Render(max(0, a.w))}
	}
	st := &a.st
	lines := make([]string, 0, a.h)
	put := func(r *row.Row) { lines = append(lines, r.Render(a.w)) }
	put(row.New().Cell(st.ChipNext, " BOOKS ", gutter-1).Gap(1).Flex(st.Bold, a.index.Dir).Tail(st.Muted, plural(len(a.index.Entries), "runbook")).Tail(st.Text, " "))
	search, caret := a.searched()
	put(search)
	put(a.remark())
	c := a.columns()
	put(c.head(a))
	for i := range a.room() {
		put(a.entry(c, a.scrolled()+i))
	}
	lines = append(lines, a.detail(), frame.Keys(a.hints(), a.w, st))
	return screen.Frame{Content: strings.Join(lines, "\n"), Cursor: tea.NewCursor(caret, 1)}
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// searched is the line that is typed into, and the column of its cursor.
func (a *App) searched() (r *row.Row, caret int) {
	r = row.New().Num(a.st.Muted, "search", gutter-2).Gap(2)
	caret = a.word.Draw(r, a.st.Text, max(1, a.w-gutter-16))
	switch {
	case a.word.Empty():
		r.Gap(1).Flex(a.st.Track, "an alert's name, a word of a title or a heading")
	case len(a.hits) == 0:
		r.Tail(a.st.Warn, "none has it ")
	default:
		r.Tail(a.st.Muted, fmt.Sprintf("%d of %d ", len(a.hits), len(a.index.Entries)))
	}
	return r, caret
}

// remark is what has to be said first: why nothing opened by itself, or what is left out.
func (a *App) remark() *row.Row {
	text := a.said
	if text == "" && len(a.index.LeftOut) > 0 {
		text = strings.Join(a.index.LeftOut, "; ")
	}
	if text == "" {
		return row.New()
	}
	return row.New().Num(a.st.Warn, "▲", gutter-2).Gap(2).Flex(a.st.Text, text)
}

// scrolled is the first row in view: the one at hand is always among them.
func (a *App) scrolled() int {
	a.top = max(min(a.top, a.at), a.at-a.room()+1)
	a.top = max(0, min(a.top, len(a.hits)-a.room()))
	return a.top
}

// columns are the widths of a line of the list; 0 leaves a column out.
type columns struct{ title, alerts, holds, path int }

func (a *App) columns() columns {
	room := a.w - gutter - 1
	switch {
	case a.w >= 150:
		return columns{title: room * 32 / 100, alerts: room * 24 / 100, holds: room * 22 / 100, path: room - room*32/100 - room*24/100 - room*22/100}
	case a.w >= 100:
		return columns{title: room * 40 / 100, alerts: room * 26 / 100, holds: room - room*40/100 - room*26/100}
	case a.w >= 70:
		return columns{title: room * 46 / 100, alerts: room * 27 / 100, holds: room - room*46/100 - room*27/100}
	}
	return columns{title: room * 60 / 100, alerts: room - room*60/100}
}

// cell is the text of one column.
type cell struct {
	style theme.Style
	text  string
}

func (c columns) line(r *row.Row, cells ...cell) *row.Row {
	for i, w := range []int{c.title, c.alerts, c.holds, c.path} {
		if w > 0 {
			r.Cell(cells[i].style, cells[i].text, w-2).Gap(2)
		}
	}
	return r
}

func (c columns) head(a *App) *row.Row {
	m, alerts := a.st.Muted, "alerts"
	if c.path == 0 {
		alerts = "alerts, or file"
	}
	return c.line(row.On(a.st.Band).Gap(gutter), cell{m, "title"}, cell{m, alerts}, cell{m, "what it has"}, cell{m, "file"})
}

func (a *App) entry(c columns, i int) *row.Row {
	if len(a.hits) == 0 && i == 0 {
		return row.New().Gap(gutter).Flex(a.st.Muted, "no runbook has all of these words; esc clears them")
	}
	if i >= len(a.hits) {
		return row.New()
	}
	e, st := a.index.Entries[a.hits[i]], &a.st
	title, r := st.Text, row.New().Gap(gutter)
	switch {
	case i == a.at:
		title, r = st.Current, row.New().Num(st.Current, "▸", gutter-2).Gap(2)
	case e.Error != nil:
		title = st.Muted
	}
	alerts := cell{st.Text, strings.Join(e.Alerts, " ")}
	if alerts.text == "" && c.path == 0 {
		alerts = cell{st.Muted, e.Path} // many have the same title
	}
	return c.line(r, cell{title, e.Title}, alerts, cell{st.Muted, holds(e)}, cell{st.Muted, e.Path})
}

// holds says what an entry has; nothing while it was not counted.
func holds(e library.Entry) string {
	switch {
	case e.Error != nil:
		return "can't be opened"
	case e.Holds == nil:
		return ""
	}
	return e.Holds.String()
}

// detail says more of the runbook at hand, on the lines below the list.
func (a *App) detail() string {
	b := row.Block{row.On(a.st.Band)}
	if e, ok := a.current(); ok {
		a.describe(&b, e)
	}
	return b.Render(a.w, below-1, 0)
}

func (a *App) describe(b *row.Block, e library.Entry) {
	st := &a.st
	add := func(label string, style theme.Style, text string) *row.Row {
		r := row.New().Num(st.Muted, label, gutter-2).Gap(2).Flex(style, text)
		b.Put(r)
		return r
	}
	add("file", st.Bold, e.Path).Tail(st.Muted, holds(e)+" ")
	if len(e.Alerts) > 0 {
		add("alerts", st.Text, strings.Join(e.Alerts, ", "))
	}
	text, style := e.Summary, st.Text
	if e.Error != nil {
		text, style = *e.Error, st.Warn
	}
	label := "says"
	for _, l := range row.Wrap(style, text, a.w-gutter-1) {
		if l != "" {
			add(label, style, l)
		}
		label = ""
	}
}

func (a *App) hints() []frame.Hint {
	out := "leave"
	if !a.word.Empty() {
		out = "clear"
	}
	return []frame.Hint{{Key: "enter", Does: "open"}, {Key: "↑ ↓", Does: "move"}, {Key: "type", Does: "search"}, {Key: "esc", Does: out}, {Key: "ctrl-c", Does: "leave"}}
}
