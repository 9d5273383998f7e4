package console

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"calm/ui/pane"
)

// key routes one key press: what ends things first, then the overlay, a pane that is being typed
// into, the global keys, and the focused pane.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	a.stale, a.pressed = true, a.now()
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
	if a.typing() {
		return a.toPane(msg)
	}
	if a.chord {
		return a.chorded(msg)
	}
	return a.global(msg)
}

// chords are the panes after a first g.
var chords = map[string]pane.ID{
	"s": pane.Signals, "v": pane.Severity, "u": pane.Guide, "a": pane.Actions, "t": pane.Timeline, "o": pane.Output, "l": pane.Logs,
}

// chorded is the key after a g: a pane, or g again for the pane's first row.
func (a *App) chorded(msg tea.KeyPressMsg) tea.Cmd {
	a.chord = false
	if msg.String() == "g" {
		return a.toPane(tea.KeyPressMsg{Code: tea.KeyHome})
	}
	if id, ok := chords[msg.String()]; ok {
		a.focus = id
	}
	return nil
}

// settled are the answers to what became of a lost action, by their keys.
var settled = map[string]string{"1": "ran", "2": "did not run", "3": "unknown"}

// global is a key that no overlay and no text field has taken.
func (a *App) global(msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	if k == "f1" {
		k = "?"
	}
	switch {
	case k == "g":
		a.chord = true
		return nil
	case a.settling() && settled[k] != "":
		return a.apply(pane.Settle{Outcome: settled[k]})
	case len(k) == 1 && k >= "1" && k <= "7":
		a.focus = pane.ID(k[0] - '0')
		return nil
	case a.taken(k):
		return a.toPane(msg)
	}
	if b, ok := bound(k); ok {
		return a.do(b)
	}
	return a.toPane(msg)
}

// do does what a global key does, or says why it does not now.
func (a *App) do(b binding) tea.Cmd {
	if why := b.unavailable(a); why != "" {
		a.say(why)
		return nil
	}
	return b.do(a)
}

// taken says whether the focused pane has a use of its own for a key that is global elsewhere:
// n and N go through the hits of a search, u answers a question.
func (a *App) taken(k string) bool {
	if k != "n" && k != "N" && k != "y" && k != "u" {
		return false
	}
	for _, b := range a.panes[a.focus].ShortHelp() {
		if b.Enabled() && slices.Contains(b.Keys(), k) {
			return true
		}
	}
	return false
}

// settling says whether 1, 2 and 3 are answers here and not panes.
func (a *App) settling() bool {
	return a.act != nil && a.act.view.Stage == pane.Lost && a.focus == pane.Actions
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
	case a.typing():
		return a.toPane(msg)
	}
	return nil
}
