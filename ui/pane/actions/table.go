package actions

import (
	"strings"

	"calm/model/action"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// columns of the table of readings, by width.
type columns struct{ name, before, now, wanted int }

func columnsFor(w int) columns {
	if w >= wide {
		return columns{15, 9, 10, 14}
	}
	return columns{12, 8, 8, 12}
}

// table compares before, now and wanted; guards stand below while the effect is measured.
func (d *drawer) table(a *pane.Action) {
	if len(a.Rows) == 0 {
		return
	}
	st, c := d.st, columnsFor(d.w)
	head := row.New().Gap(7+c.name).Num(st.Muted, "before", c.before)
	d.b.Put(head.Gap(3).Num(st.Muted, "now", c.now).Gap(3).Add(st.Muted, "wanted"))
	judged := a.Stage == pane.Judged
	guards := 0
	shown, hidden := d.kept(a.Rows, judged)
	for _, x := range shown {
		if x.Guard && !judged {
			guards++
			continue
		}
		d.b.Put(d.compare(x, c, judged))
	}
	if hidden > 0 {
		d.b.Put(row.New().Gap(7).Flex(st.Muted, "and "+plural(hidden, "more reading")))
	}
	if guards > 0 {
		d.b.Blank()
		d.b.Put(row.New().Gap(3).Add(st.Muted, "guard, must not get worse"))
		for _, x := range a.Rows {
			if x.Guard {
				d.b.Put(d.compare(x, c, false))
			}
		}
	}
	d.b.Blank()
}

// kept is the rows for which there is room: what is as it should be goes first, from the end, then
// what is not.
func (d *drawer) kept(rows []action.Row, judged bool) (shown []action.Row, hidden int) {
	hidden = min(d.spare+1, len(rows))
	if !judged || d.spare <= 0 {
		return rows, 0
	}
	gone := make([]bool, len(rows))
	left := hidden
	for _, holding := range []bool{true, false} {
		for i := len(rows) - 1; i >= 0 && left > 0; i-- {
			if !gone[i] && (rows[i].State == "holds") == holding {
				gone[i] = true
				left--
			}
		}
	}
	for i, x := range rows {
		if !gone[i] {
			shown = append(shown, x)
		}
	}
	return shown, hidden
}

// compare is one line of the table.
func (d *drawer) compare(x action.Row, c columns, judged bool) *row.Row {
	st := d.st
	mark, style := "( )", st.Warn
	if judged {
		style = st.Bad
	}
	note := style
	switch x.State {
	case "holds":
		mark, style, note = "(✓)", st.OK, st.OK
	case "unknown":
		mark, style, note = "(?)", st.Unknown, st.Muted
	case "broken":
		style, note = st.Bad, st.BadBold
	}
	if x.Guard && x.State == "holds" {
		note = st.Muted
		if !judged {
			mark, style = "   ", st.Text
		}
	}
	r := row.New().Gap(3).Add(style, mark).Gap(1).Cell(st.Text, x.Label, c.name)
	r.Num(st.Muted, x.Before, c.before).Add(st.Muted, " → ").Num(nowStyle(st, x), x.Now, c.now)
	return r.Gap(3).Cell(st.Muted, x.Wanted, c.wanted).Flex(note, d.note(x.Note))
}

// note is a remark; where there is little room its first clause, so that no number is cut in two.
func (d *drawer) note(text string) string {
	if d.w < wide {
		text, _, _ = strings.Cut(text, ",")
	}
	return text
}

func nowStyle(st *theme.Styles, x action.Row) theme.Style {
	if x.State == "unknown" {
		return st.Unknown
	}
	return st.Bold
}
