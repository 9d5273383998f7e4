package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/ui/row"
	"calm/ui/theme"
)

// dialog is what all dialogs that ask something have: where the cursor is, what is wrong.
type dialog struct {
	wrong  string
	cursor *tea.Cursor
	top    int
}

// Cursor is where text is typed.
func (d *dialog) Cursor() *tea.Cursor { return d.cursor }

// Keys is empty: the box says its keys itself.
func (d *dialog) Keys() string { return "keys go to the dialog; the clocks run on" }

// place puts the cursor at a column of a line of the body, when that line is shown.
func (d *dialog) place(b *box, column, line, shown int) {
	d.cursor = nil
	if column >= 0 && line >= b.top && line < b.top+shown {
		d.cursor = cursorAt(column, line-b.top+1)
	}
}

// finish draws a box whose keys stand in its last line.
func (d *dialog) finish(b *box, st *theme.Styles, w, h int, hints [][2]string) (view string, shown int) {
	b.feet.Blank()
	b.feet.Put(hintRow(st, d.wrong, inner(w), hints))
	view, feet := b.render(st, w, h)
	return view, feet - 1
}

// hintRow is the keys of a dialog, or what is wrong with what was typed.
func hintRow(st *theme.Styles, wrong string, width int, hints [][2]string) *row.Row {
	r := row.New()
	if wrong != "" {
		r.Tail(st.Warn, wrong)
	}
	for i, h := range hints {
		if i > 0 {
			if r.Len()+3+theme.Width(h[0])+1+theme.Width(h[1])+r.TailLen() > width {
				continue
			}
			r.Gap(3)
		}
		style := st.Accent
		if i == 0 {
			style = st.Current
		}
		r.Add(style, h[0]).Gap(1).Add(st.Text, h[1])
	}
	return r
}

// turn moves an index through n places, around the ends.
func turn(at, by, n int) int {
	if n <= 0 {
		return 0
	}
	return ((at+by)%n + n) % n
}

// label begins a line of a form; the one with the focus is marked.
func label(st *theme.Styles, text string, focused bool) *row.Row {
	if focused {
		return row.New().Add(st.Accent, "▸ ").Cell(st.Current, text, 10)
	}
	return row.New().Gap(2).Cell(st.Muted, text, 10)
}

// pressed is the key of a message, empty for anything else.
func pressed(msg tea.Msg) string {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		return k.String()
	}
	return ""
}

// oneLine is a text of the runbook as one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
