// Package actions is pane 4: the runbook's procedures, and the one action that is on its way, from
// its plan to its verdict and what comes next. It runs nothing; it proposes.
package actions

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the actions.
type Pane struct {
	at     string // ID of the selected row; empty for the first
	op     string // the action that was shown last: with a new one the selection starts anew
	scroll row.Scroll
	page   int
}

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Actions }

// Cursor is nil: nothing is typed here.
func (p *Pane) Cursor() *tea.Cursor { return nil }

func bind(k, does string) key.Binding {
	return key.NewBinding(key.WithKeys(k), key.WithHelp(k, does))
}

var (
	enter  = bind("enter", "choose")
	output = bind("o", "output")
	back   = bind("esc", "guide")
)

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding { return []key.Binding{enter, output, back} }

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// entry is a row that can be chosen.
type entry struct {
	id     string
	intent pane.Intent
}

// Update moves the selection and chooses.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if d, ok := msg.(pane.Revised); ok {
		p.at = d.ID(p.at)
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	all := p.entries(s)
	at := p.place(all)
	switch k := press.String(); k {
	case "esc":
		return pane.Focus{Pane: pane.Guide}, nil
	case "o":
		return pane.Focus{Pane: pane.Output}, nil
	case "enter":
		if len(all) > 0 {
			return all[at].intent, nil
		}
	default:
		if to, ok := row.Move(k, at, len(all), p.page); ok && len(all) > 0 {
			p.at = all[to].id
		}
	}
	return nil, nil
}

func (p *Pane) place(all []entry) int {
	return max(0, slices.IndexFunc(all, func(e entry) bool { return e.id == p.at }))
}

// shown is the action that the pane tells of: checks have their output elsewhere.
func shown(s pane.State) *pane.Action {
	if s.Action == nil || s.Action.Plan.Check && s.Action.Stage == pane.Judged {
		return nil
	}
	return s.Action
}

// entries are the rows that can be chosen: what can come after a verdict, then the procedures, the
// selected one with its steps.
func (p *Pane) entries(s pane.State) []entry {
	var out []entry
	if a := shown(s); a != nil {
		if a.Plan.Op != p.op {
			p.op, p.at = a.Plan.Op, ""
		}
		for i, c := range choices(a) {
			out = append(out, entry{"choice-" + string(rune('a'+i)), c.Intent})
		}
		if a.Stage < pane.Judged {
			return out
		}
	}
	if s.Runbook == nil {
		return out
	}
	for _, x := range s.Runbook.Procedures {
		out = append(out, entry{x.ID, proposal(s, x)})
		if x.ID != p.opened(s) {
			continue
		}
		for i, step := range x.Steps {
			out = append(out, entry{step.ID, stepIntent(x, i)})
		}
	}
	return out
}

// opened is the procedure whose steps are shown: the selected one, or the one of a selected step.
func (p *Pane) opened(s pane.State) string {
	if s.Runbook == nil || p.at == "" {
		return ""
	}
	for _, x := range s.Runbook.Procedures {
		if x.ID == p.at || slices.ContainsFunc(x.Steps, func(st runbook.Step) bool { return st.ID == p.at }) {
			return x.ID
		}
	}
	return ""
}

// choices are what a person can do now: what comes after a verdict, or how a lost action ended.
func choices(a *pane.Action) []pane.Choice {
	if a.Stage == pane.Lost {
		return []pane.Choice{
			{Title: "It ran: judge it by the readings", Risk: "1", Intent: pane.Settle{Outcome: "ran"}},
			{Title: "It did not run: back to the step", Risk: "2", Intent: pane.Settle{Outcome: "did not run"}},
			{Title: "Leave it unknown", Risk: "3", Intent: pane.Settle{Outcome: "unknown"}},
		}
	}
	if a.Stage != pane.Judged {
		return nil
	}
	return a.Choices
}

// proposal is the first step of a procedure that is not done.
func proposal(s pane.State, x runbook.Procedure) pane.Intent {
	for i, step := range x.Steps {
		if !done(s, step.ID) {
			return stepIntent(x, i)
		}
	}
	if len(x.Steps) == 0 {
		return pane.Edit{Line: x.Line}
	}
	return stepIntent(x, 0)
}

// stepIntent proposes a step; one that only a person can do opens the runbook where it stands.
func stepIntent(x runbook.Procedure, i int) pane.Intent {
	step := x.Steps[i]
	if step.Kind != runbook.ShellStep && step.Kind != runbook.NginxStep {
		return pane.Tick{TickedData: incident.TickedData{ID: step.ID, Text: step.Title, State: "done"}}
	}
	return pane.Propose{Ref: action.Ref{
		Part: x.ID, Title: x.Title, Group: "procedure", Step: step.ID, Index: i + 1, Of: len(x.Steps), Line: step.Line,
	}}
}

func done(s pane.State, id string) bool {
	if t, ok := s.Incident.Ticks[id]; ok {
		return t.State == "done" || t.State == "skipped" || t.State == "deferred"
	}
	return slices.Contains(s.Done, id)
}

// Want is how many lines the pane could use.
func (p *Pane) Want(s pane.State, w int) layout.Want {
	d := p.lines(s, w, 0, false)
	if shown(s) != nil {
		return layout.Want{Sizes: []int{min(len(d.b), 6), d.told, len(d.b)}, Scrolls: true}
	}
	n := 1
	if s.Runbook != nil {
		n = max(1, len(s.Runbook.Procedures))
	}
	return layout.Want{Sizes: []int{1, n, len(d.b)}, Scrolls: true}
}

// View draws the pane. Where a verdict, its readings and what comes next do not all fit, readings
// that are as they should be give way.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	p.page = max(1, h-2)
	d := p.lines(s, w, 0, focused)
	if d.told > h {
		d = p.lines(s, w, d.told-h, focused)
	}
	at := d.line
	if !focused && p.at == "" {
		at = 0
	}
	return d.b.Render(w, h, p.scroll.Show(len(d.b), h, at, min(len(d.b), at+1)))
}
