// Package guide is pane 3: which scenario fits, and that scenario as a checklist whose steps are
// proposed from here. It ranks nothing and runs nothing.
package guide

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/triage"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the guide.
type Pane struct {
	at     string // ID of the selected row; empty follows what is at hand
	chose  string // the scenario opened here, before there is an incident that remembers it
	list   bool   // a person went back to the list
	asking string // ID of the question that y, n or u will answer
	seen   string // the incident's scenario when last looked at
	scroll row.Scroll
	page   int
	tight  bool // there was too little height for headings when it was drawn last
}

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Guide }

// Cursor is nil: nothing is typed here.
func (p *Pane) Cursor() *tea.Cursor { return nil }

func bind(k, does string) key.Binding {
	return key.NewBinding(key.WithKeys(k), key.WithHelp(k, does))
}

var (
	enter   = bind("enter", "open, propose")
	space   = bind("space", "tick, acknowledge")
	answer  = bind("a", "answer, then y, n or u")
	skip    = bind("-", "skip, with a reason")
	later   = bind(">", "defer")
	copyRow = bind("y", "copy the row")
	list    = bind("esc", "all scenarios")
	yes     = bind("y", "yes")
	no      = bind("n", "no")
	unsure  = bind("u", "not known")
	leave   = bind("esc", "no answer")
)

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding {
	if p.asking != "" {
		return []key.Binding{yes, no, unsure, leave}
	}
	return []key.Binding{enter, space, answer, skip, later, copyRow, list}
}

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// Update moves the selection and turns keys into intents about the selected row.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if d, ok := msg.(pane.Revised); ok {
		p.at, p.chose, p.seen, p.asking = d.ID(p.at), d.ID(p.chose), d.ID(p.seen), ""
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	items := p.items(s)
	at := p.selected(items)
	k := press.String()
	if p.asking != "" {
		return p.answered(k, items), nil
	}
	if to, ok := row.Move(k, place(items, at), count(items), p.page); ok {
		p.at = nth(items, to)
		return nil, nil
	}
	if k == "esc" {
		p.back(s)
		return nil, nil
	}
	for _, it := range items {
		if it.id != "" && it.id == at {
			return p.on(k, it, s, items), nil
		}
	}
	return nil, nil
}

// back goes from a scenario to the list.
func (p *Pane) back(s pane.State) {
	if p.scenario(s) == "" {
		p.at = ""
		return
	}
	p.at, p.chose, p.list = p.scenario(s), "", true
}

// Line is the line of the runbook that the selected row comes from, 1 when it comes from none.
func (p *Pane) Line(s pane.State) int {
	items := p.items(s)
	at := p.selected(items)
	for _, it := range items {
		if it.id != at || at == "" {
			continue
		}
		switch {
		case it.symptom != nil && it.symptom.Line > 0:
			return it.symptom.Line
		case it.step != nil && it.step.Line > 0:
			return it.step.Line
		case it.remedy != nil && it.remedy.Line > 0:
			return it.remedy.Line
		case it.cased != nil && it.cased.Scenario.Line > 0:
			return it.cased.Scenario.Line
		case it.line > 0:
			return it.line
		}
	}
	return 1
}

// on is a key on a row.
func (p *Pane) on(k string, it item, s pane.State, items []item) pane.Intent {
	switch k {
	case "enter":
		return p.open(it, s)
	case "space":
		return p.tick(it, s)
	case "-":
		return p.reason(it, "skipped")
	case ">":
		return p.reason(it, "deferred")
	case "a":
		p.ask(it, items, s)
	case "y":
		return pane.Copy{Text: it.copied()}
	}
	return nil
}

// open is enter: a scenario opens, a step is proposed, a question is asked.
func (p *Pane) open(it item, s pane.State) pane.Intent {
	switch {
	case it.kind == scenarioRow:
		p.at, p.list, p.chose = "", false, it.id
		if s.Declared() {
			return pane.Choose{Scenario: it.id}
		}
	case it.kind == bestRow:
		return pane.Propose{Ref: it.ref}
	case it.question():
		p.asking = it.id
	case it.runs():
		return pane.Propose{Ref: it.ref}
	case it.ticks():
		return p.tick(it, s)
	}
	return nil
}

// tick is space: done or open again, seen and acknowledged.
func (p *Pane) tick(it item, s pane.State) pane.Intent {
	was := s.Incident.Ticks[it.id].State
	switch {
	case it.question():
		p.asking = it.id
		return nil
	case it.kind == scenarioRow:
		return p.open(it, s)
	case it.kind == symptomRow && was == "acknowledged":
		return tickTo(it, "open")
	case it.kind == symptomRow && it.symptom.State == triage.Seen:
		return tickTo(it, "acknowledged")
	case !it.ticks():
		return nil
	case was == "done" || was == "skipped" || was == "deferred" || was == "" && it.done(s):
		return tickTo(it, "open")
	}
	return tickTo(it, "done")
}

func tickTo(it item, state string) pane.Intent {
	return pane.Tick{TickedData: incident.TickedData{ID: it.id, Text: it.text, State: state}}
}

// reason asks why something is not done; the answer comes back as a Tick.
func (p *Pane) reason(it item, state string) pane.Intent {
	if !it.ticks() {
		return nil
	}
	return pane.Show{Overlay: "reason", Arg: tickTo(it, state)}
}

// ask begins to answer the question of a row, or the first open one.
func (p *Pane) ask(it item, items []item, s pane.State) {
	if it.question() {
		p.asking = it.id
		return
	}
	for _, q := range items {
		if q.question() && s.Incident.Answers[q.id] == "" {
			p.asking, p.at = q.id, q.id
			return
		}
	}
}

// answered takes y, n or u for the question that was asked; any other key takes the question back.
func (p *Pane) answered(k string, items []item) pane.Intent {
	id := p.asking
	p.asking = ""
	said, ok := map[string]string{"y": "yes", "n": "no", "u": "unknown", "?": "unknown"}[k]
	if !ok {
		return nil
	}
	for _, it := range items {
		if it.id == id {
			return pane.Answer{AnsweredData: incident.AnsweredData{ID: id, Text: it.text, Answer: said}}
		}
	}
	return nil
}

// scenario is the ID of the scenario that is open, empty for the list.
func (p *Pane) scenario(s pane.State) string {
	if s.Declared() && s.Incident.Scenario != p.seen {
		p.seen, p.chose, p.list = s.Incident.Scenario, "", false
	}
	switch {
	case p.list:
		return ""
	case p.chose != "":
		return p.chose
	case !s.Declared():
		return ""
	}
	return s.Incident.Scenario
}

// caseOf finds a scenario with its evidence; without any, the runbook's own text.
func caseOf(s pane.State, id string) (triage.Case, bool) {
	for _, c := range s.Cases {
		if c.Scenario.ID == id {
			return c, true
		}
	}
	if s.Runbook == nil {
		return triage.Case{}, false
	}
	sc, ok := s.Runbook.ScenarioByID(id)
	if !ok {
		return triage.Case{}, false
	}
	c := triage.Case{Scenario: sc, Level: sc.Severity.Level}
	for _, x := range sc.Symptoms {
		state := triage.Unknown
		if x.Kind == runbook.Asked {
			state = triage.Open
		}
		c.Symptoms = append(c.Symptoms, triage.Symptom{Symptom: x, State: state})
	}
	return c, true
}

// selected is the ID of the row that keys act on: the one a person went to while it is there, else
// what is at hand.
func (p *Pane) selected(items []item) string {
	first := ""
	for _, it := range items {
		if it.id == "" {
			continue
		}
		if it.id == p.at {
			return p.at
		}
		if first == "" {
			first = it.id
		}
	}
	for _, it := range items {
		if it.current {
			return it.id
		}
	}
	return first
}

func count(items []item) (n int) {
	for _, it := range items {
		if it.id != "" {
			n++
		}
	}
	return n
}

func place(items []item, id string) int {
	n := 0
	for _, it := range items {
		if it.id == "" {
			continue
		}
		if it.id == id {
			return n
		}
		n++
	}
	return 0
}

func nth(items []item, at int) string {
	for _, it := range items {
		if it.id == "" {
			continue
		}
		if at == 0 {
			return it.id
		}
		at--
	}
	return ""
}
