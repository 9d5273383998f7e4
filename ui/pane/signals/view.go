package signals

import (
	"strconv"
	"strings"
	"time"

	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// Rows of a chart without its title and the line of names below it.
const (
	chartRows = 7
	tallRows  = 11
)

// span is how much history charts and lines show.
const span = time.Hour

// Band says how many are out, unknown and in bounds.
func (p *Pane) Band(s pane.State) string {
	c := count((&Pane{}).readings(s))
	n := strconv.Itoa
	switch {
	case c.out+c.unknown+c.in == 0:
		return "no source answers yet"
	case c.out+c.unknown == 0:
		return n(c.in) + " in bounds"
	}
	return n(c.out) + " out, " + n(c.unknown) + " unknown, " + n(c.in) + " in bounds"
}

// View draws the pane.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	p.page = max(1, h-2)
	if p.detail != "" {
		return p.one(s, w, h).Render(w, h, 0)
	}
	rs := p.readings(s)
	var b row.Block
	if p.typing || !p.filter.Empty() {
		b.Put(p.filterRow(s, w))
	}
	if len(rs) == 0 {
		b.Put(row.New().Gap(3).Flex(s.Theme.Muted, p.nothing()))
		return b.Render(w, h, 0)
	}
	at := p.fill(&b, s, rs, w, h, focused)
	below(&b, s, w, h)
	return b.Render(w, h, p.scroll.Show(len(b), h, at, at+1))
}

func (p *Pane) nothing() string {
	if p.filter.Empty() {
		return "No source answers yet; calm doctor says why."
	}
	return "No signal has this in its name; esc shows all."
}

func (p *Pane) filterRow(s pane.State, w int) *row.Row {
	r := row.New().Gap(1).Add(s.Theme.Accent, "/").Gap(1)
	p.caret = p.filter.Draw(r, s.Theme.Text, max(1, w-4))
	return r
}

// plan is what there is room for.
type plan struct {
	charts int
	rows   int  // of each chart
	fold   bool // what is in bounds in one line
	head   bool
}

// arrange decides what gives way: charts are worth more than rows about what is well, but only
// beside other panes; where a person looks at this pane alone, the whole table comes first.
func arrange(c counts, h int, beside bool) plan {
	pl := plan{rows: chartRows, head: true}
	if beside && c.charts > 0 {
		if room := h - c.folded(); room >= chartRows+1 {
			pl.charts, pl.fold, pl.head = 1, true, false
			if room >= tallRows+1 {
				pl.rows = tallRows
			}
			if h >= c.full()+chartRows+3 {
				pl.fold, pl.head, pl.rows = false, true, chartRows
			}
			if h >= c.full()+2*(chartRows+3) {
				pl.charts = min(c.charts, 3, (h-c.full())/(chartRows+3))
				pl.rows = min(tallRows, (h-c.full()-1)/pl.charts-3)
			}
			return pl
		}
	}
	if c.full() > h {
		pl.fold, pl.head = true, h > c.folded()
		return pl
	}
	if n := min(c.charts, 3, (h-c.full())/(chartRows+3)); n > 0 {
		pl.charts = n
		pl.rows = min(tallRows, (h-c.full()-1)/n-3)
	}
	return pl
}

// fill puts charts and rows into the block and gives the line of the cursor.
func (p *Pane) fill(b *row.Block, s pane.State, rs []signal.Reading, w, h int, focused bool) (cursor int) {
	c := count(rs)
	pl := arrange(c, h-len(*b), s.Declared() && w < wideRow || h >= 40)
	rest := rs
	if pl.charts > 0 {
		rest = p.charts(b, s, rs, w, pl)
	}
	if pl.head {
		if pl.charts > 0 {
			b.Blank()
		}
		b.Put(head(s, w))
	}
	cursor = len(*b)
	for i, r := range rest {
		full := pl.charts > 0 || len(*b) == h-1
		browsing := focused && p.at != ""
		if pl.fold && r.Status >= signal.In && full && len(rest)-i > 1 && !browsing {
			b.Put(p.inBounds(s, rest[i:]))
			break
		}
		selected := focused && r.Spec.Name == p.at
		if selected {
			cursor = len(*b)
		}
		b.Put(line(s, r, w, selected))
	}
	return cursor
}

// charts draws the first few that can be drawn, and gives the readings that are left for the table.
func (p *Pane) charts(b *row.Block, s pane.State, rs []signal.Reading, w int, pl plan) []signal.Reading {
	var rest []signal.Reading
	n := 0
	for _, r := range rs {
		if n == pl.charts || r.Status != signal.Out || r.Spec.Unit == signal.State || r.Spec.Rise {
			rest = append(rest, r)
			continue
		}
		if pl.head && n > 0 {
			b.Blank()
		}
		n++
		b.Put(chartTitle(s, r))
		for _, l := range plot(s, r, w, pl.rows) {
			b.Put(row.Drawn(l))
		}
	}
	return rest
}

// inBounds is one line for all that is well, and for what this host does not have.
func (p *Pane) inBounds(s pane.State, rs []signal.Reading) *row.Row {
	var parts []string
	n := 0
	for _, r := range rs {
		if r.Status != signal.In {
			continue
		}
		n++
		parts = append(parts, strings.TrimPrefix(r.Spec.Label, "app ")+" "+r.Text())
	}
	r := row.New().Gap(3)
	if n == 0 {
		return r.Flex(s.Theme.Muted, strconv.Itoa(len(rs))+" absent on this host")
	}
	return r.Add(s.Theme.Muted, strconv.Itoa(n)+" in bounds: ").Flex(s.Theme.Muted, strings.Join(parts, ", "))
}

// wideRow is the width from which a row also says since when.
const wideRow = 76

// columns of a row, by its width.
type columns struct{ name, now, limit, since int }

func columnsFor(w int) columns {
	switch {
	case w >= wideRow:
		return columns{18, 9, 15, 9}
	case w >= 50:
		return columns{15, 8, 12, 0}
	}
	return columns{15, 8, 0, 0}
}

func head(s pane.State, w int) *row.Row {
	c, st := columnsFor(w), &s.Theme
	r := row.New().Gap(3+c.name+1).Num(st.Muted, "now", c.now)
	if c.limit == 0 {
		return r
	}
	r.Gap(3).Cell(st.Muted, "limit", c.limit)
	if c.since > 0 {
		r.Gap(1).Num(st.Muted, sinceWord(s), c.since)
	}
	return r.Gap(1).Flex(st.Muted, "last hour")
}

// sinceWord: what is well has an age, what is not well has lasted.
func sinceWord(s pane.State) string {
	for _, r := range s.Snapshot.Readings {
		if r.Status == signal.Out || r.Status == signal.Unknown {
			return "since"
		}
	}
	return "age"
}

// inks are the styles of a row by its status.
type inks struct{ mark, name, now, limit theme.Style }

func inksFor(st *theme.Styles, r signal.Reading) (string, inks) {
	switch r.Status {
	case signal.Out:
		return "▲", inks{st.Level(r.Level()), st.Bold, st.LevelBold(r.Level()), st.Muted}
	case signal.Unknown:
		return "?", inks{st.Unknown, st.Bold, st.Unknown, st.Text}
	case signal.Absent:
		return " ", inks{st.Muted, st.Muted, st.Muted, st.Muted}
	}
	return " ", inks{st.Text, st.Text, st.Text, st.Muted}
}

// line is one row of the table.
func line(s pane.State, r signal.Reading, w int, selected bool) *row.Row {
	c, st := columnsFor(w), &s.Theme
	mark, in := inksFor(st, r)
	out := row.New()
	if selected {
		out.Add(st.Accent, "▸")
		in.name = st.Current
	} else {
		out.Gap(1)
	}
	out.Add(in.mark, mark).Gap(1).Cell(in.name, r.Spec.Label, c.name).Gap(1)
	out.Num(in.now, value(r), c.now)
	if c.limit == 0 {
		return out
	}
	out.Gap(1).Add(in.now, direction(r)).Gap(1)
	out.Cell(in.limit, limit(r), c.limit)
	if c.since > 0 {
		out.Gap(1).Num(st.Muted, lasts(s, r), c.since)
	}
	out.Gap(1)
	return out.Drawn(spark(s, r, max(0, w-out.Len())), max(0, w-out.Len()))
}

func value(r signal.Reading) string {
	if r.Status == signal.Absent {
		return "—"
	}
	return r.Text()
}

func direction(r signal.Reading) string {
	switch {
	case r.Status == signal.Unknown || r.Status == signal.Absent:
		return " "
	case r.Direction > 0:
		return "↑"
	case r.Direction < 0:
		return "↓"
	}
	return "→"
}

// limit is what the row says of its bound; for an unknown one why, and what it last was.
func limit(r signal.Reading) string {
	switch r.Status {
	case signal.Unknown:
		if r.Sample.Err == "" && !r.Good.At.IsZero() {
			return "was " + r.Spec.Format(r.Good)
		}
		return r.Why()
	case signal.Absent:
		return r.Why()
	}
	return r.LimitText()
}

// lasts is since when it is out or unknown; for what is well its age, when all is well.
func lasts(s pane.State, r signal.Reading) string {
	switch {
	case r.Status == signal.Absent:
		return ""
	case len(r.Broken) > 0 && !r.Broken[0].Since.IsZero():
		// The limit beside it is the worst one, so this is how long that one is broken.
		return signal.Span(s.Now.Sub(r.Broken[0].Since))
	case r.Status != signal.In && !r.Since.IsZero():
		return signal.Span(s.Now.Sub(r.Since))
	case r.Status == signal.In && sinceWord(s) == "age":
		return signal.Span(r.Age)
	}
	return ""
}
