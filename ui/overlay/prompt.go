package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
)

// prompt asks for a line of text, or for several.
type prompt struct {
	dialog
	title string
	hint  string
	multi bool
	lines []field.Field
	at    int
	done  func(string) pane.Intent
}

// NewPrompt asks for a text. With multi, enter begins a new line and ctrl-d ends; without, enter
// ends. Nothing but blanks is no answer. What done gives is the overlay's intent.
func NewPrompt(title, hint, initial string, multi bool, done func(string) pane.Intent) Overlay {
	p := &prompt{title: title, hint: hint, multi: multi, done: done}
	for _, l := range strings.Split(initial, "\n") {
		p.lines = append(p.lines, field.New(l))
	}
	p.at = len(p.lines) - 1
	return p
}

func (p *prompt) text() string {
	out := make([]string, len(p.lines))
	for i, l := range p.lines {
		out[i] = l.Text()
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// Update types, ends or goes back.
func (p *prompt) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	k := pressed(msg)
	switch {
	case k == "esc":
		return nil, nil, nil
	case k == "ctrl+d" || k == "enter" && !p.multi:
		if p.text() == "" {
			p.wrong = "nothing is written yet"
			return p, nil, nil
		}
		return nil, p.done(p.text()), nil
	case k == "enter":
		p.at++
		p.lines = append(p.lines[:p.at:p.at], append([]field.Field{{}}, p.lines[p.at:]...)...)
	case k == "up" && p.at > 0:
		p.at--
	case k == "down" && p.at < len(p.lines)-1:
		p.at++
	case k == "backspace" && p.lines[p.at].Text() == "" && p.at > 0:
		p.lines = append(p.lines[:p.at], p.lines[p.at+1:]...)
		p.at--
	default:
		p.lines[p.at].Update(msg)
		p.wrong = ""
	}
	return p, nil, nil
}

// View draws the prompt.
func (p *prompt) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: p.title, top: p.top}
	for _, l := range row.Wrap(st.Muted, p.hint, inner(w)) {
		b.body.Put(row.New().Flex(st.Muted, l))
	}
	b.body.Blank()
	column, line := 0, 0
	for i := range p.lines {
		r := row.New()
		c := p.lines[i].Draw(r, st.Text, inner(w)-1)
		if i == p.at {
			column, line = c, len(b.body)
		}
		b.body.Put(r)
	}
	hints := [][2]string{{"enter", "done"}, {"esc", "back"}}
	if p.multi {
		hints = [][2]string{{"ctrl-d", "done"}, {"enter", "new line"}, {"esc", "back"}}
	}
	b.top = max(0, line-10)
	view, shown := p.finish(&b, st, w, h, hints)
	p.place(&b, column, line, shown)
	return view
}
