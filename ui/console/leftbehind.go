package console

import (
	"slices"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/ui/pane"
)

// leftBehind offers first what must not stay as it is once a procedure has stopped: a commit that was
// checked out and could not be built, an app that was stopped for it.
func (a *App) leftBehind(v pane.Action) []pane.Choice {
	if v.Plan.Check || v.Plan.Ref.Group == action.UndoGroup {
		return nil
	}
	var commit, app []pane.Choice
	for _, r := range slices.Backward(a.inc.Runs) {
		done, ok := action.Recorded(a.inc, r.Op)
		if !ok || r.Op == v.Plan.Op || done.Ref.Part != v.Plan.Ref.Part || done.Inverse == nil || r.Outcome != incident.OutcomeOK || a.inc.TakenBack(r) {
			continue
		}
		switch {
		case len(commit) == 0 && done.ChecksOut() && v.Plan.Builds():
			commit = append(commit, backTo(done, "Undo: "+done.Title, "its build failed; the files are those of the other commit"))
		case len(app) == 0 && done.Stops() && !a.online():
			app = append(app, backTo(done, "Start the app again", "it was stopped by: "+done.Title))
		}
	}
	return append(commit, app...)
}

func backTo(done action.Plan, title, note string) pane.Choice {
	return pane.Choice{Title: title, Note: note, Risk: string(shell.Changes), Intent: pane.Propose{Ref: action.UndoRef(done)}}
}

// online says whether pm2 is known to run the app.
func (a *App) online() bool {
	r := a.latest.Snapshot.Reading(signal.AppStatus)
	return r.Status != signal.Unknown && r.Sample.Known() && r.Sample.Text == "online"
}
