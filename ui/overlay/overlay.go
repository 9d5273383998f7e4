// Package overlay holds what floats over the panes: the confirmation of a plan, dialogs, prompts,
// help and the palette. An overlay takes every key while it is open, answers with an Intent, and
// changes nothing by itself.
package overlay

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/ui/pane"
)

// Overlay is one floating box. Update returns the overlay to go on with, nil when it is done.
type Overlay interface {
	Update(tea.Msg, pane.State) (Overlay, pane.Intent, tea.Cmd)
	View(s pane.State, w, h int) string // the whole box with its frame, at most w×h
	Cursor() *tea.Cursor                // relative to the box; nil when it has none
	Keys() string                       // for the keys row while it is open; empty when the box says them
}

// Quiet is how long typing must have stopped before an overlay that opened by itself takes keys.
const Quiet = 800 * time.Millisecond

// Names says whether an overlay names steps of the runbook by their IDs, which another text of it may
// give to other steps.
func Names(o Overlay) bool {
	switch o.(type) {
	case *palette, *fill:
		return true
	}
	return false
}
