package overlay

import (
	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// closing is what stands in the way of closing an incident: what calm changed and nobody took back,
// and what nobody knows the outcome of. Each is taken back, or stays with a reason.
type closing struct {
	dialog
	runs []incident.Run
	at   int
	why  *field.Field // the reason for the selected one to stay, while it is typed
}

// NewClosing shows the runs that stand.
func NewClosing(runs []incident.Run) Overlay { return &closing{runs: runs} }

// Update chooses, takes back, keeps, or closes the dialog.
func (c *closing) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	k := pressed(msg)
	if c.why != nil {
		return c.reason(msg, k)
	}
	c.wrong = ""
	switch k {
	case "esc", "q":
		return nil, nil, nil
	case "down", "j", "tab":
		c.at = turn(c.at, 1, len(c.runs))
	case "up", "k", "shift+tab":
		c.at = turn(c.at, -1, len(c.runs))
	case "u":
		return nil, pane.Undo{Op: c.runs[c.at].Op}, nil
	case "-":
		f := field.New(usual(c.runs[c.at]))
		c.why = &f
	case "enter":
		c.wrong = "u takes it back, - leaves it"
	}
	return c, nil, nil
}

// usual is the reason that is right more often than not: what cured the incident stays.
func usual(r incident.Run) string {
	if r.Verdict == string(action.Worked) {
		return "it is the cure"
	}
	return ""
}

func (c *closing) reason(msg tea.Msg, k string) (Overlay, pane.Intent, tea.Cmd) {
	switch k {
	case "esc":
		c.why = nil
	case "enter":
		if why := oneLine(c.why.Text()); why != "" {
			r := c.runs[c.at]
			return nil, pane.Keep{KeptData: incident.KeptData{Op: r.Op, Title: r.Title, Why: why}}, nil
		}
		c.wrong = "say why; it goes into the timeline"
	default:
		c.wrong = ""
		c.why.Update(msg)
	}
	return c, nil, nil
}

// View draws what stands; the selected one with its command.
func (c *closing) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Close", right: plural(len(c.runs), "thing") + " in the way", rightStyle: st.Warn, top: c.top}
	b.body.Put(row.New().Flex(st.Muted, "calm changed this, and nobody has taken it back"))
	b.body.Blank()
	line := 0
	for i, r := range c.runs {
		if i == c.at {
			line = len(b.body)
		}
		c.put(&b.body, st, i, r, inner(w))
	}
	hints := [][2]string{{"u", "undo it"}, {"-", "it stays, say why"}, {"↑ ↓", "which"}, {"esc", "back"}}
	column := -1
	if c.why != nil {
		hints = [][2]string{{"enter", "it stays"}, {"esc", "back"}}
		b.feet.Blank()
		r := row.New().Add(st.Bold, "Why does it stay?").Gap(1)
		column = c.why.Draw(r, st.Current, inner(w)-r.Len()-1)
		b.feet.Put(r)
	}
	b.top = max(0, line-8)
	view, shown := c.finish(&b, st, w, h, hints)
	c.cursor = nil
	if column >= 0 && view != "" {
		c.cursor = cursorAt(column, shown+2)
	}
	c.top = b.top
	return view
}

func (c *closing) put(b *row.Block, st *theme.Styles, i int, r incident.Run, width int) {
	style, mark := st.Text, "  "
	if i == c.at {
		style, mark = st.Bold, "▸ "
	}
	b.Put(row.New().Add(st.Accent, mark).Add(st.Muted, r.StartedAt.UTC().Format("15:04:05")).Gap(2).
		Flex(style, r.Title).Tail(st.Muted, outcome(r)))
	if i != c.at {
		return
	}
	for _, l := range row.Wrap(st.Muted, oneLine(r.Command), width-12) {
		b.Put(row.New().Gap(12).Flex(st.Muted, l))
	}
	if !r.Undoable {
		b.Put(row.New().Gap(12).Flex(st.Warn, "calm has no way back for it: look what it did, then -"))
	}
}

// outcome is what is known of a run, in a word.
func outcome(r incident.Run) string {
	switch {
	case r.Outcome == incident.OutcomeUnknown:
		return "outcome unknown"
	case r.Verdict != "":
		return r.Verdict
	}
	return r.Outcome
}
