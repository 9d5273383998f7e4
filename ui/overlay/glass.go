package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
)

// glass asks for the reason to run a step although the journal can't be written.
type glass struct {
	dialog
	step string
	gap  incident.NotWritable
	word field.Field
	done func(reason string) pane.Intent
}

// NewGlass asks why a step has to run now. What done gives is the overlay's intent; the plan is shown
// and confirmed after it like any other.
func NewGlass(step string, gap incident.NotWritable, done func(reason string) pane.Intent) Overlay {
	return &glass{step: step, gap: gap, done: done}
}

// Update types the reason, ends or goes back.
func (g *glass) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	switch pressed(msg) {
	case "esc":
		return nil, nil, nil
	case "enter":
		reason := strings.TrimSpace(g.word.Text())
		if reason == "" {
			g.wrong = "say why it can't wait"
			return g, nil, nil
		}
		return nil, g.done(reason), nil
	}
	if g.word.Update(msg) {
		g.wrong = ""
	}
	return g, nil, nil
}

// View draws what is wrong, what will be kept where, and the reason.
func (g *glass) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Bad, title: "Break the glass", right: "no journal", rightStyle: st.Bad, foot: "next: the plan, to be confirmed as ever", top: g.top}
	labelled(&b.body, st, "step", st.Bold, inner(w), g.step)
	labelled(&b.body, st, "journal", st.Text, inner(w), strings.TrimSpace("not writable: "+g.gap.Why+". "+g.gap.Help))
	syslog := "memory and syslog keep"
	if g.gap.Glass.Syslog != "" {
		syslog = g.gap.Glass.Syslog + ": memory alone keeps"
	}
	labelled(&b.body, st, "instead", st.Text, inner(w), syslog+" the reason, the plan, the consent, the outcome and the verdict; the journal gets them late, with a record of the gap. A restart of this host before that loses what only memory has.")
	b.body.Blank()
	b.body.Put(row.New().Flex(st.Text, "Why does it have to run now? It goes into the journal."))
	r := row.New().Add(st.Muted, "> ")
	column := g.word.Draw(r, st.Text, inner(w)-3)
	line := len(b.body)
	b.body.Put(r)
	view, shown := g.finish(&b, st, w, h, [][2]string{{"enter", "show the plan"}, {"esc", "back"}})
	g.place(&b, column, line, shown)
	return view
}

// WithoutJournal has a plan that is shown say that it runs without the journal, and why.
func WithoutJournal(o Overlay, reason string) {
	if c, ok := o.(*confirm); ok {
		c.glass = reason
	}
}
