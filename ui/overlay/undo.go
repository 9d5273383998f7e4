package overlay

import (
	tea "charm.land/bubbletea/v2"

	"calm/ui/pane"
	"calm/ui/row"
)

// undo tells how a change is taken back.
type undo struct {
	dialog
	change, plan, runbook string
}

// NewUndo tells how a change is taken back: by its plan and, where the runbook says something, by
// the runbook. It runs nothing.
func NewUndo(change, plan, runbook string) Overlay {
	return &undo{change: change, plan: plan, runbook: runbook}
}

// Update copies, or closes.
func (u *undo) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	switch pressed(msg) {
	case "esc", "enter", "q", "n":
		return nil, nil, nil
	case "y", "c":
		return nil, pane.Copy{Text: u.plan}, nil
	case "down", "j":
		u.top++
	case "up", "k":
		u.top = max(0, u.top-1)
	}
	return u, nil, nil
}

// View draws the sentences whole.
func (u *undo) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Undo", foot: "nothing is run from here", top: u.top}
	b.body.Put(row.New().Flex(st.Bold, u.change))
	b.body.Blank()
	labelled(&b.body, st, "undo", st.Text, inner(w), orElse(u.plan, "none that the runbook or calm knows"))
	labelled(&b.body, st, "runbook", st.Text, inner(w), u.runbook)
	view, _ := u.finish(&b, st, w, h, [][2]string{{"esc", "back"}, {"y", "copy it"}})
	u.top = b.top
	return view
}
