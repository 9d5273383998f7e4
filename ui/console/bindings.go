package console

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"calm/model/runbook"
	"calm/ui/pane"
)

// binding is a key that works everywhere.
type binding struct {
	key  string
	show string // as help writes it; empty means as key
	does string
	when func(*App) string // says why it is not available now; nil or empty means that it is
	do   func(*App) tea.Cmd
}

func (b binding) name() string {
	if b.show != "" {
		return b.show
	}
	return b.key
}

func (b binding) unavailable(a *App) string {
	if b.when == nil {
		return ""
	}
	return b.when(a)
}

// bound finds what a key does everywhere.
func bound(k string) (binding, bool) {
	for _, b := range bindings() {
		if b.key == k {
			return b, true
		}
	}
	return binding{}, false
}

// bindings is every key that works everywhere. Help, the palette and the keys row are made from
// it, so that none of them can say what is not true.
func bindings() []binding {
	return []binding{
		{key: ".", does: "do what next says", when: (*App).noNext, do: (*App).doNext},
		{key: "s", does: "declare, or change the severity", when: (*App).observing, do: (*App).showSeverity},
		{key: "n", does: "write a note", when: (*App).noIncident, do: shows("note")},
		{key: "m", does: "message to people", when: (*App).noIncident, do: shows("message")},
		{key: "E", does: "escalate", when: (*App).noIncident, do: shows("escalate")},
		{key: "R", does: "roles", when: (*App).noIncident, do: shows("roles")},
		{key: "c", does: "run the best next check", when: (*App).noCheck, do: (*App).bestCheck},
		{key: "u", does: "undo the last change", when: (*App).noUndo, do: (*App).undo},
		{key: "x", does: "stop what runs", when: (*App).nothingRuns, do: does(pane.Stop{})},
		{key: "w", does: "wait longer for the effect", when: (*App).nothingMeasured, do: does(pane.WaitLonger{})},
		{key: "[", does: "scenario before", when: (*App).noIncident, do: func(a *App) tea.Cmd { return a.turnScenario(-1) }},
		{key: "]", does: "scenario after", when: (*App).noIncident, do: func(a *App) tea.Cmd { return a.turnScenario(1) }},
		{key: "tab", does: "next pane", do: func(a *App) tea.Cmd { a.turnFocus(1); return nil }},
		{key: "shift+tab", show: "shift-tab", does: "pane before", do: func(a *App) tea.Cmd { a.turnFocus(-1); return nil }},
		{key: "L", does: "logs", do: does(pane.Focus{Pane: pane.Logs})},
		{key: "z", does: "the focused pane alone, and back", do: func(a *App) tea.Cmd { a.zoom = !a.zoom; return nil }},
		{key: "r", does: "read every source now", do: does(pane.Refresh{})},
		{key: "e", does: "the runbook in the editor", do: (*App).editHere},
		{key: "B", does: "another runbook of the folder", when: (*App).noOther, do: (*App).elsewhere},
		{key: "T", does: "read and trust the runbook", when: (*App).noTrust, do: shows("trust")},
		{key: "Y", does: "copy the pane", do: (*App).copyPane},
		{key: ":", does: "every action, by name", do: shows("palette")},
		{key: "?", does: "help", do: shows("help")},
		{key: "q", does: "leave; the incident stays open, what runs goes on", do: does(pane.Leave{})},
	}
}

func shows(name string) func(*App) tea.Cmd {
	return func(a *App) tea.Cmd { return a.apply(pane.Show{Overlay: name}) }
}

func does(in pane.Intent) func(*App) tea.Cmd {
	return func(a *App) tea.Cmd { return a.apply(in) }
}

func (a *App) observing() string {
	if a.session.Observe {
		return "this console only observes"
	}
	return ""
}

func (a *App) noIncident() string {
	if why := a.observing(); why != "" {
		return why
	}
	if !a.inc.Open() {
		return "no incident is declared; s declares one"
	}
	return ""
}

func (a *App) noNext() string {
	if a.state.Next.Intent == nil {
		return "nothing to do next"
	}
	return ""
}

func (a *App) noCheck() string {
	if !a.state.Best.OK {
		return "no check would tell the scenarios apart"
	}
	return a.noIncident()
}

func (a *App) nothingRuns() string {
	if a.act == nil || a.act.view.Stage != pane.Running {
		return "nothing runs; q leaves"
	}
	return ""
}

func (a *App) nothingMeasured() string {
	if a.act == nil || a.act.view.Stage != pane.Verifying {
		return "no effect is being measured"
	}
	return ""
}

func (a *App) doNext() tea.Cmd { return a.apply(a.state.Next.Intent) }

func (a *App) showSeverity() tea.Cmd {
	if a.inc.Open() {
		return a.apply(pane.Show{Overlay: "severity"})
	}
	return a.apply(pane.Show{Overlay: "declare"})
}

func (a *App) bestCheck() tea.Cmd { return a.apply(pane.Propose{Ref: a.state.Best.Ref}) }

func (a *App) noUndo() string {
	if _, ok := a.undoable(); !ok {
		return "nothing was changed yet that is not taken back"
	}
	return a.noIncident()
}

// editHere opens the runbook where the selected row is from.
func (a *App) editHere() tea.Cmd {
	in := pane.Edit{Line: 1}
	if p, ok := a.panes[a.focus].(interface{ Line(pane.State) int }); ok {
		in.Line = p.Line(a.state)
	}
	return a.apply(in)
}

func (a *App) turnFocus(by int) {
	ids := a.visible()
	at := 0
	for i, id := range ids {
		if id == a.focus {
			at = i
		}
	}
	a.focus = ids[(at+by+len(ids))%len(ids)]
}

func (a *App) turnScenario(by int) tea.Cmd {
	all := a.latest.Cases
	if len(all) == 0 {
		return nil
	}
	at := -1
	for i, c := range all {
		if c.Scenario.ID == a.scenario() {
			at = i
		}
	}
	next := all[(at+by+len(all))%len(all)]
	return a.apply(pane.Choose{Scenario: next.Scenario.ID})
}

// message opens the message that is due, filled.
func (a *App) message(purpose string) tea.Cmd {
	if purpose == "" {
		purpose = runbook.UpdateMessage
		if !a.messaged(runbook.InitialMessage) {
			purpose = runbook.InitialMessage
		}
		if !a.inc.ResolvedAt.IsZero() {
			purpose = runbook.ResolutionMessage
		}
	}
	if _, ok := a.session.Runbook.TemplateFor(purpose); !ok {
		a.say(fmt.Sprintf("the runbook has no template for the %s message", purpose))
		return nil
	}
	a.openMessage(purpose)
	return nil
}
