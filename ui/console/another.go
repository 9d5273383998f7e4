package console

import (
	tea "charm.land/bubbletea/v2"

	"calm/ui/pane"
)

// Another says whether the person left to choose another runbook of the folder.
func (a *App) Another() bool { return a.another }

// noOther says why no other runbook can be chosen. The open incident goes on by the one that is chosen,
// which its timeline says; a step that is under way belongs to this one.
func (a *App) noOther() string {
	switch {
	case a.session.Folder == "":
		return "there is no folder to choose from; calm DIR opens one"
	case a.busy():
		return "a step is still under way; 4 shows it"
	}
	return ""
}

// elsewhere leaves this console for the index.
func (a *App) elsewhere() tea.Cmd {
	a.another = true
	return a.apply(pane.Leave{})
}
