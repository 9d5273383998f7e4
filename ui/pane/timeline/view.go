package timeline

import (
	"strconv"
	"time"

	"calm/model/incident"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// line is an event in words. Events never change, so each is put into words once.
type line struct{ mark, text, who, kind string }

type cache struct {
	number int
	lines  map[uint64]line
}

// most is how many lines are kept; more than any screen, less than a long incident.
const most = 4096

func (c *cache) line(s pane.State, e incident.Event) line {
	if c.lines == nil || c.number != s.Incident.Number || len(c.lines) > most {
		c.lines, c.number = map[uint64]line{}, s.Incident.Number
	}
	waits := s.Incident.Waits(e)
	if l, ok := c.lines[e.Seq]; ok && !waits {
		return l
	}
	name := func(level int) string {
		if s.Runbook == nil {
			return ""
		}
		return s.Runbook.SeverityName(level)
	}
	var l line
	l.mark, l.text, l.who = s.Incident.Line(e, name)
	l.kind = s.Incident.Kind(e)
	if !waits { // its number may become another's
		c.lines[e.Seq] = l
	}
	return l
}

// wide is the width from which marks stand beside the words.
const wide = 76

// View draws the timeline.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	if len(s.Incident.Events) == 0 {
		return p.before(s, w, h)
	}
	sel := p.selection(s)
	var head row.Block
	if w >= wide && h > 6 || p.typing || p.filtered() {
		head.Put(p.filterRow(s, sel.n(), w))
	}
	p.page = max(1, h-len(head))
	return row.Under(head, p.body(s, sel, w, focused), w, h, 0)
}

// body draws only the lines that are in view: a timeline may be very long.
func (p *Pane) body(s pane.State, sel selection, w int, focused bool) row.Block {
	at := sel.place(p.at)
	top := p.scroll.Show(sel.n(), p.page, max(0, at), max(0, at)+1)
	var b row.Block
	if sel.n() == 0 {
		b.Put(row.New().Gap(3).Flex(s.Theme.Muted, "Nothing of this kind; esc shows all."))
	}
	for i := top; i < sel.n() && len(b) < p.page; i++ {
		rows := p.event(s, sel.event(i), w, focused && i == at)
		if over := len(b) + len(rows) - p.page; i == at && over > 0 {
			b = b[min(len(b), over):]
		}
		b.Put(rows...)
	}
	return b
}

// filterRow shows the kinds, the word, and how many events pass.
func (p *Pane) filterRow(s pane.State, n, w int) *row.Row {
	st := &s.Theme
	r := row.New().Gap(1).Add(st.Accent, "/").Gap(1)
	count := strconv.Itoa(n) + " of " + strconv.Itoa(len(s.Incident.Events))
	if p.typing || !p.word.Empty() {
		p.caret = p.word.Draw(r, st.Text, max(1, w-20))
		return r.Tail(st.Muted, count)
	}
	for i, k := range kinds {
		if i > 0 {
			r.Add(st.Muted, " · ")
		}
		style := st.Muted
		if i == p.kind {
			style = st.Current
			if p.kind == 0 {
				style = st.Text
			}
		}
		r.Flex(style, k)
	}
	return r.Tail(st.Text, count)
}

// event is one entry; the selected one is shown whole.
func (p *Pane) event(s pane.State, e incident.Event, w int, selected bool) []*row.Row {
	st := &s.Theme
	l := p.said.line(s, e)
	ink := inkOf(st, e, l)
	r := row.New()
	if selected {
		r.Add(st.Accent, "▸")
	}
	clock := stamp(s, e.At)
	if w >= wide {
		r.To(2).Add(st.Muted, clock).Gap(1).Add(ink, l.mark).Gap(1)
	} else {
		time := st.Muted
		if !ink.Plain() {
			time = ink
		}
		r.To(3).Add(time, clock).Gap(1)
	}
	indent := r.Len()
	r.Flex(st.Text, l.text)
	// A narrow line is for what people did; that calm noticed the rest goes without saying.
	if s.Incident.Waits(e) {
		r.Tail(st.Warn, "pending").Tail(st.Text, "  ")
	}
	if l.who != "" && (w >= wide || l.who != "calm") {
		r.Tail(st.Muted, l.who)
	}
	if !selected || !r.Cuts(w) {
		return []*row.Row{r}
	}
	lines := row.Wrap(st.Text, l.text, max(10, w-indent-r.TailLen()-1))
	r.Replace(st.Text, lines[0])
	out := []*row.Row{r}
	for _, x := range lines[1:] {
		out = append(out, row.New().Gap(indent).Flex(st.Text, x))
	}
	return out
}

// inkOf is the colour of what an event says.
func inkOf(st *theme.Styles, e incident.Event, l line) theme.Style {
	switch {
	case l.mark == incident.MarkOut && l.kind == incident.KindActions:
		return st.Bad
	case l.mark == incident.MarkOut:
		return outInk(st, e)
	case l.mark == incident.MarkUnknown:
		return st.Unknown
	case e.Type == incident.Declared:
		return st.Accent
	case e.Type == incident.Judged && l.mark == incident.MarkGood:
		return st.OK
	case e.Type == incident.Judged:
		return st.Warn
	}
	return st.Muted
}

// outInk goes by the level that a reading or a decision has reached.
func outInk(st *theme.Styles, e incident.Event) theme.Style {
	var d struct{ Level int }
	if e.Decode(&d) != nil || d.Level == 0 && e.Type != incident.SignalMoved {
		return st.Bad
	}
	return st.Level(d.Level)
}

// stamp is a time of day, with the date when it was not today.
func stamp(s pane.State, at time.Time) string {
	if s.Now.Sub(at) > 20*time.Hour {
		return at.UTC().Format("2 Jan 15:04")
	}
	return at.UTC().Format("15:04:05")
}

// before is what the pane shows while there is no incident: what changed on the host.
func (p *Pane) before(s pane.State, w, h int) string {
	st := &s.Theme
	var b row.Block
	for _, c := range s.Changes {
		r := row.New().Gap(3).Add(st.Muted, stamp(s, c.At)).Gap(1).Flex(st.Text, c.Text)
		if c.Note != "" {
			r.Add(st.Muted, ", ").Flex(st.Muted, c.Note)
		}
		b.Put(r)
	}
	if len(b) == 0 {
		b.Put(row.New().Gap(3).Flex(st.Muted, "Nothing yet; n writes a note."))
	}
	return b.Render(w, h, p.scroll.Clamp(len(b), h))
}
