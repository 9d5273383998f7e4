package console

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"calm/ui/pane"
)

// Another says whether the person left to choose another runbook of the folder.
func (a *App) Another() bool { return a.another }

// noOther says why no other runbook can be chosen. What the open incident has ticked and answered
// belongs to the steps of the one that it was declared on.
func (a *App) noOther() string {
	switch {
	case a.session.Folder == "":
		return "there is no folder to choose from; calm DIR opens one"
	case a.inc.Open():
		return fmt.Sprintf("incident #%d goes by this runbook until it is closed; another calm with --observe shows others", a.inc.Number)
	}
	return ""
}

// elsewhere leaves this console for the index.
func (a *App) elsewhere() tea.Cmd {
	a.another = true
	return a.apply(pane.Leave{})
}
