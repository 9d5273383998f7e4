package console

import (
	"fmt"
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
		case chosen == "" && !a.inc.TakesBack(r) && !a.inc.TakenBack(r):
			return r, true
		}
	}
	return incident.Run{}, false
}

// undo proposes what takes a change back.
func (a *App) undo() tea.Cmd {
	run, _ := a.undoable()
	return a.takeBack(run)
}

// takeBackOf does the same for a run that was chosen by its Op.
func (a *App) takeBackOf(op string) tea.Cmd {
	i := slices.IndexFunc(a.inc.Runs, func(r incident.Run) bool { return r.Op == op })
	if i < 0 {
		return nil
	}
	return a.takeBack(a.inc.Runs[i])
}

// takeBack proposes the inverse of a run. Where calm has none, it says how a person can take it back:
// by the plan, and by the procedure that it is of.
func (a *App) takeBack(run incident.Run) tea.Cmd {
	plan, _ := action.Recorded(a.inc, run.Op)
	if plan.Inverse != nil {
		return a.apply(pane.Propose{Ref: action.UndoRef(plan)})
	}
	p, _ := a.session.Runbook.ProcedureByID(run.Part)
	a.over = overlay.NewUndo(run.Title, plan.Undo, p.Undo)
	return nil
}

// atWay counts what is in the way of closing.
func atWay(n int) string {
	if n == 1 {
		return "1 thing stands in the way"
	}
	return fmt.Sprintf("%d things stand in the way", n)
}

// undoChoice offers to take an action back, where that can be proposed.
func undoChoice(v pane.Action) (pane.Choice, bool) {
	inv := v.Plan.Inverse
	if inv == nil || v.Outcome == "" {
		return pane.Choice{}, false
	}
	risk := shell.Changes
	if inv.Kind == action.Restore {
		risk = shell.Destroys
	}
	return pane.Choice{
		Title: "Undo: " + v.Plan.Title, Note: firstLine(inv.Command), Risk: string(risk),
		Intent: pane.Propose{Ref: action.UndoRef(v.Plan)},
	}, true
}
