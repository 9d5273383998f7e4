package command

import (
	tea "charm.land/bubbletea/v2"

	"calm/model/runbook/library"
)

// HoldsMsg says what one runbook of a folder has.
type HoldsMsg struct {
	Path  string // as the entry has it
	Holds *library.Holds
	Err   error
}

// Count parses one runbook of a folder, to say what it has.
func Count(count func(library.Entry) HoldsMsg, e library.Entry) tea.Cmd {
	return func() tea.Msg { return count(e) }
}
