package console

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook/shell"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// undoable is the change that u takes back: the selected one in a pane that shows them, else the
// newest that nobody has taken back yet.
func (a *App) undoable() (incident.Run, bool) {
	chosen := ""
	if p, ok := a.panes[a.focus].(interface{ Action(pane.State) string }); ok {
		chosen = p.Action(a.state)
	}
	for _, r := range slices.Backward(a.inc.Runs) {
		switch {
		case r.Risk == string(shell.Reads) || r.Outcome == "":
		case r.Op == chosen:
			return r, true
		case chosen == "" && !a.isUndo(r) && !a.takenBack(r):
			return r, true
		}
	}
	return incident.Run{}, false
}

// isUndo says whether a run took another one back: its step is that one.
func (a *App) isUndo(r incident.Run) bool {
	return slices.ContainsFunc(a.inc.Runs, func(o incident.Run) bool { return o.Op == r.Step })
}

// takenBack says whether a later run has taken this one back.
func (a *App) takenBack(r incident.Run) bool {
	return slices.ContainsFunc(a.inc.Runs, func(o incident.Run) bool { return o.Step == r.Op && o.Outcome == incident.OutcomeOK })
}

// undo proposes what takes a change back. Where calm can't do it, it says how a person can: by the
// plan, and by the procedure that it is of.
func (a *App) undo() tea.Cmd {
	run, _ := a.undoable()
	plan, _ := action.Recorded(a.inc, run.Op)
	if plan.Inverse != nil {
		return a.apply(pane.Propose{Ref: action.UndoRef(plan)})
	}
	p, _ := a.session.Runbook.ProcedureByID(run.Part)
	a.over = overlay.NewUndo(run.Title, plan.Undo, p.Undo)
	return nil
}

// undoChoice offers to take an action back, where that can be proposed.
func undoChoice(v pane.Action) (pane.Choice, bool) {
	inv := v.Plan.Inverse
	if inv == nil || v.Outcome == "" {
		return pane.Choice{}, false
	}
	return pane.Choice{
		Title: "Undo: " + v.Plan.Title, Note: firstLine(inv.Command), Risk: string(shell.Changes),
		Intent: pane.Propose{Ref: action.UndoRef(v.Plan)},
	}, true
}
