package console

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/ui/pane"
)

// binding is a global key. when says why it is not available now; empty means that it is.
type binding struct {
	keys []string
	show string // as help writes it
	does string
	when func(*App) string
	do   func(*App) tea.Cmd
}

// bindings is every key that works everywhere. Help, the palette and the keys row are made from
// it, so that none of them can say what is not true.
func bindings() []binding {
	return []binding{
		{keys: []string{"."}, show: ".", does: "do what next says", when: (*App).noNext, do: (*App).doNext},
		{keys: []string{"s"}, show: "s", does: "declare, or change the severity", when: (*App).observing, do: (*App).showSeverity},
		{keys: []string{"n"}, show: "n", does: "write a note", when: (*App).noIncident, do: shows("note", nil)},
		{keys: []string{"m"}, show: "m", does: "message to people", when: (*App).noIncident, do: shows("message", nil)},
		{keys: []string{"E"}, show: "E", does: "escalate", when: (*App).noIncident, do: shows("escalate", nil)},
		{keys: []string{"R"}, show: "R", does: "roles", when: (*App).noIncident, do: shows("roles", nil)},
		{keys: []string{"c"}, show: "c", does: "run the best next check", when: (*App).noCheck, do: (*App).bestCheck},
		{keys: []string{"u"}, show: "u", does: "undo the last change", when: (*App).noUndo, do: (*App).undo},
		{keys: []string{"x"}, show: "x", does: "stop what runs", when: (*App).nothingRuns, do: func(a *App) tea.Cmd { return a.apply(pane.Stop{}) }},
		{keys: []string{"w"}, show: "w", does: "wait longer for the effect", when: (*App).nothingMeasured, do: func(a *App) tea.Cmd { return a.apply(pane.WaitLonger{}) }},
		{keys: []string{"["}, show: "[", does: "scenario before", when: (*App).noIncident, do: func(a *App) tea.Cmd { return a.turnScenario(-1) }},
		{keys: []string{"]"}, show: "]", does: "scenario after", when: (*App).noIncident, do: func(a *App) tea.Cmd { return a.turnScenario(1) }},
		{keys: []string{"tab"}, show: "tab", does: "next pane", do: func(a *App) tea.Cmd { a.turnFocus(1); return nil }},
		{keys: []string{"shift+tab"}, show: "shift-tab", does: "pane before", do: func(a *App) tea.Cmd { a.turnFocus(-1); return nil }},
		{keys: []string{"1", "2", "3", "4", "5", "6", "7"}, show: "1-7", does: "a pane by its number"},
		{keys: []string{"L"}, show: "L", does: "logs", do: func(a *App) tea.Cmd { a.focus = pane.Logs; return nil }},
		{keys: []string{"z"}, show: "z", does: "the focused pane alone, and back", do: func(a *App) tea.Cmd { a.zoom = !a.zoom; return nil }},
		{keys: []string{"r"}, show: "r", does: "read every source now", do: func(a *App) tea.Cmd { return a.refreshAll() }},
		{keys: []string{"e"}, show: "e", does: "the runbook in the editor", do: func(a *App) tea.Cmd { return a.edit(1) }},
		{keys: []string{"Y"}, show: "Y", does: "copy the pane", do: (*App).copyPane},
		{keys: []string{":"}, show: ":", does: "every action, by name", do: shows("palette", nil)},
		{keys: []string{"?", "f1"}, show: "?", does: "help", do: shows("help", nil)},
		{keys: []string{"q"}, show: "q", does: "leave; the incident stays open, what runs goes on", do: func(a *App) tea.Cmd { return a.leave() }},
	}
}

func shows(name string, arg any) func(*App) tea.Cmd {
	return func(a *App) tea.Cmd { return a.apply(pane.Show{Overlay: name, Arg: arg}) }
}

// key routes one key press: what ends things first, then the overlay, a pane that is being typed
// into, the global keys, and the focused pane.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	a.stale = true
	switch msg.String() {
	case "ctrl+c":
		return a.interrupt()
	case "ctrl+z":
		if a.options.Terminal != nil {
			a.options.Terminal.Off()
		}
		return tea.Suspend
	case "ctrl+l":
		if a.options.Terminal != nil {
			a.options.Terminal.Redraw()
		}
		return nil
	}
	if a.over != nil {
		return a.toOverlay(msg)
	}
	if a.panes[a.focus].Cursor() != nil {
		return a.toPane(msg)
	}
	if a.chord == "g" {
		a.chord = ""
		if id, ok := chords[msg.String()]; ok {
			a.focus = id
			return nil
		}
		if msg.String() != "g" {
			return nil
		}
		return a.toPane(tea.KeyPressMsg{Code: tea.KeyHome})
	}
	return a.global(msg)
}

// chords are the panes after a first g.
var chords = map[string]pane.ID{
	"s": pane.Signals, "v": pane.Severity, "g": 0, "a": pane.Actions, "o": pane.Output, "t": pane.Timeline, "l": pane.Logs, "u": pane.Guide,
}

func (a *App) global(msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	if k == "g" {
		a.chord = "g"
		return nil
	}
	if len(k) == 1 && k[0] >= '1' && k[0] <= '7' {
		if a.settling(k) {
			return a.apply(pane.Settle{Outcome: [...]string{"ran", "did not run", "unknown"}[k[0]-'1']})
		}
		a.focus = pane.ID(k[0] - '0')
		return nil
	}
	if a.taken(msg) {
		return a.toPane(msg)
	}
	for _, b := range bindings() {
		for _, bound := range b.keys {
			if bound != k || b.do == nil {
				continue
			}
			if b.when != nil {
				if why := b.when(a); why != "" {
					a.say(why)
					return nil
				}
			}
			return b.do(a)
		}
	}
	return a.toPane(msg)
}

// taken says whether the focused pane has a use of its own for a key that is global elsewhere:
// n and N go through the hits of a search.
func (a *App) taken(msg tea.KeyPressMsg) bool {
	k := msg.String()
	if k != "n" && k != "N" && k != "y" && k != "u" {
		return false
	}
	for _, b := range a.panes[a.focus].ShortHelp() {
		if !b.Enabled() {
			continue
		}
		for _, bound := range b.Keys() {
			if bound == k {
				return true
			}
		}
	}
	return false
}

func (a *App) settling(k string) bool {
	return a.act != nil && a.act.view.Stage == pane.Lost && a.focus == pane.Actions && k <= "3"
}

// interrupt is ctrl-c: it stops what runs, and never leaves by itself.
func (a *App) interrupt() tea.Cmd {
	if a.over != nil {
		a.over = nil
		return nil
	}
	return a.stop()
}

func (a *App) toOverlay(msg tea.Msg) tea.Cmd {
	next, intent, cmd := a.over.Update(msg, a.state)
	a.over = next
	return tea.Batch(cmd, a.apply(intent))
}

func (a *App) toPane(msg tea.Msg) tea.Cmd {
	intent, cmd := a.panes[a.focus].Update(msg, a.state)
	return tea.Batch(cmd, a.apply(intent))
}

// paste is text, never keys: without something to type into it is dropped.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	a.stale = true
	switch {
	case a.over != nil:
		return a.toOverlay(msg)
	case a.panes[a.focus].Cursor() != nil:
		return a.toPane(msg)
	}
	return nil
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

// undoOf is the step of the runbook that takes a run back: the procedure with the opposite effect
// is the runbook's to name, so what calm offers is the plan's own sentence.
func (a *App) lastChange() (incident.Run, bool) {
	for i := len(a.inc.Runs) - 1; i >= 0; i-- {
		if r := a.inc.Runs[i]; r.Risk != string("reads") && r.Outcome != "" {
			return r, true
		}
	}
	return incident.Run{}, false
}

func (a *App) noUndo() string {
	if _, ok := a.lastChange(); !ok {
		return "nothing was changed yet"
	}
	return a.noIncident()
}

func (a *App) undo() tea.Cmd {
	run, _ := a.lastChange()
	plan, ok := action.Recorded(a.inc, run.Op)
	if !ok || plan.Undo == "" {
		a.say("nothing to undo: " + run.Title)
		return nil
	}
	a.say("undo of " + run.Title + ": " + plan.Undo)
	return nil
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

// hot reports whether something changes on the screen by itself more often than once a second.
func (a *App) hot() bool { return a.act != nil && a.act.view.Stage == pane.Running }
