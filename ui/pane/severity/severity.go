// Package severity is pane 2: every level's criteria with what is measured or answered, and what a
// level asks of the team. It suggests nothing by itself; a person declares.
package severity

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the severity.
type Pane struct {
	at     string // ID of the selected criterion; empty for the first open question
	asking string
	scroll row.Scroll
	page   int
}

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Severity }

// Cursor is nil: nothing is typed here.
func (p *Pane) Cursor() *tea.Cursor { return nil }

func bind(k, does string) key.Binding {
	return key.NewBinding(key.WithKeys(k), key.WithHelp(k, does))
}

var (
	answer = bind("a", "answer, then y, n or u")
	yes    = bind("y", "yes")
	no     = bind("n", "no")
	unsure = bind("u", "not known")
	leave  = bind("esc", "no answer")
)

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding {
	if p.asking != "" {
		return []key.Binding{yes, no, unsure, leave}
	}
	return []key.Binding{answer}
}

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// Update moves the selection and answers questions.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if d, ok := msg.(pane.Revised); ok {
		p.at, p.asking = d.ID(p.at), ""
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok || s.Runbook == nil {
		return nil, nil
	}
	all := criteria(s)
	k := press.String()
	if p.asking != "" {
		return p.answered(k, all), nil
	}
	if to, ok := row.Move(k, p.place(all), len(all), p.page); ok && len(all) > 0 {
		p.at = all[to].ID
		return nil, nil
	}
	if k == "a" || k == "enter" || k == "space" {
		p.ask(s, all)
	}
	return nil, nil
}

// criteria are all criteria in the order of the levels.
func criteria(s pane.State) []runbook.Criterion {
	if s.Runbook == nil {
		return nil
	}
	var out []runbook.Criterion
	for _, sev := range s.Runbook.Severities {
		out = append(out, sev.Criteria...)
	}
	return out
}

func (p *Pane) place(all []runbook.Criterion) int {
	for i, c := range all {
		if c.ID == p.at {
			return i
		}
	}
	return -1
}

// ask begins with the selected question, else with the first that nobody has answered.
func (p *Pane) ask(s pane.State, all []runbook.Criterion) {
	if i := p.place(all); i >= 0 && all[i].Kind == runbook.Asked {
		p.asking = all[i].ID
		return
	}
	for _, c := range all {
		if c.Kind == runbook.Asked && s.Incident.Answers[c.ID] == "" {
			p.asking, p.at = c.ID, c.ID
			return
		}
	}
}

func (p *Pane) answered(k string, all []runbook.Criterion) pane.Intent {
	id := p.asking
	p.asking = ""
	said, ok := map[string]string{"y": "yes", "n": "no", "u": "unknown", "?": "unknown"}[k]
	if !ok {
		return nil
	}
	for _, c := range all {
		if c.ID == id {
			return pane.Answer{AnsweredData: incident.AnsweredData{ID: id, Text: c.Text, Answer: said}}
		}
	}
	return nil
}

// Want is how many lines the pane could use: its title, what matters, that and the clocks.
func (p *Pane) Want(s pane.State, w int) layout.Want {
	if s.Runbook == nil || len(s.Runbook.Severities) == 0 {
		return layout.Want{Sizes: []int{0, 1}}
	}
	d := newDrawer(p, s, w, false)
	d.counting = true
	if w >= wide {
		full := len(d.full(false))
		return layout.Want{Sizes: []int{0, min(full, 12), full, len(d.full(true))}, Scrolls: true}
	}
	brief, tall := len(d.brief(false)), len(d.brief(true))
	return layout.Want{Sizes: []int{0, brief, tall, tall + len(d.around())}}
}

// Band says what is declared and what is suggested.
func (p *Pane) Band(s pane.State) string {
	if s.Runbook == nil {
		return "no runbook"
	}
	st := &s.Theme
	level := 0
	if s.Severity.Level != nil {
		level = *s.Severity.Level
	}
	suggests := "none suggested"
	if level > 0 {
		suggests = s.Runbook.SeverityName(level) + " suggested"
	}
	switch {
	case !s.Declared() && level == 0:
		return suggests
	case !s.Declared():
		return st.LevelBold(level).Render(suggests)
	case level == s.Incident.Level:
		return "declared " + s.Runbook.SeverityName(s.Incident.Level)
	case level > 0 && level < s.Incident.Level:
		return st.Text.Render("declared "+s.Runbook.SeverityName(s.Incident.Level)+", ") + st.LevelBold(level).Render(suggests)
	}
	return "declared " + s.Runbook.SeverityName(s.Incident.Level) + ", " + suggests
}

// View draws the pane: every level where it has the width, what matters where it stands beside
// others.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	p.page = max(1, h-2)
	d := newDrawer(p, s, w, focused)
	if s.Runbook == nil || len(s.Runbook.Severities) == 0 {
		b := row.Block{row.New().Gap(3).Flex(s.Theme.Muted, "The runbook has no severities; you declare by your own measure (s).")}
		return b.Render(w, h, 0)
	}
	if w < wide && !focused {
		b := d.brief(h >= len(d.brief(true)))
		if extra := d.around(); h >= len(b)+len(extra) {
			b = append(b, extra...)
		}
		return b.Render(w, h, 0)
	}
	b := d.full(false)
	if tall := d.full(true); len(tall) <= h {
		b = tall
	}
	return b.Render(w, h, p.scroll.Show(len(b), h, d.line, d.line+1))
}
