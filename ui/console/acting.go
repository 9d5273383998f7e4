package console

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/command"
	"calm/ui/pane"
)

// followEvery is how often a running command is looked at.
const followEvery = 250 * time.Millisecond

// acting is the step that is on its way from proposal to verdict. There is one at a time.
type acting struct {
	view   pane.Action
	before signal.Snapshot
	judge  *action.Judge
	known  action.Ended // of one that is lost: what was found on the host all the same
	shared bool         // another console follows it too, and writes its verdict down
}

// run starts a confirmed plan.
func (a *App) run(in pane.Run) tea.Cmd {
	if a.journal == nil {
		a.say("not run: " + in.Plan.Title + "; no incident is open")
		return nil
	}
	if a.busy() {
		a.say("not run: " + in.Plan.Title + "; " + oneAtATime)
		return nil
	}
	if !a.trusted() && in.Plan.Ref.Group != action.UndoGroup {
		a.askTrust()
		return nil
	}
	a.begun = true
	if in.Plan.Terminal {
		return command.Full(a.session.Conductor, a.journal, in.Plan, a.session.Actor)
	}
	if !in.Plan.Check {
		a.focus = pane.Actions
	}
	now := a.now()
	a.act = &acting{before: a.latest.Snapshot, view: pane.Action{
		Plan: in.Plan, Stage: pane.Confirming, By: a.session.Actor.Name, ConfirmedAt: now,
	}}
	return a.starts(in)
}

// begin follows a plan that runs, or says why it does not.
func (a *App) begin(msg command.BegunMsg) tea.Cmd {
	a.begun, a.writes.waiting = false, msg.Pending
	taken := a.take(msg.Events)
	if msg.Err != nil {
		a.say(msg.Err.Error())
	}
	if msg.Err != nil && !a.mayRun(msg.Plan.Op) {
		a.act = nil
		return tea.Batch(a.look(), taken, a.by(incident.Refused, incident.RefusedData{Op: msg.Plan.Op, What: msg.Plan.Title, Why: msg.Err.Error()}))
	}
	if a.act == nil {
		return taken
	}
	now := a.now()
	a.act.view.Stage, a.act.view.StartedAt = pane.Running, now
	a.act.view.Deadline = now.Add(msg.Plan.Timeout)
	a.expect(msg.Plan, now)
	a.act.view.Number = a.number(msg.Plan.Op)
	return tea.Batch(taken, command.Follow(a.session.Conductor, a.journal, msg.Plan.Op, followEvery))
}

// mayRun says whether a plan's intent is durable and nothing says how it ended: it may have started
// all the same, and must be followed.
func (a *App) mayRun(op string) bool {
	run, ok := a.inc.Running()
	return ok && run.Op == op
}

// rising is how long after a command's end a counter may show what it caused.
const rising = 15 * time.Second

// expect tells the watch which rises are this action's own doing.
func (a *App) expect(p action.Plan, from time.Time) {
	for _, e := range p.Expect {
		if e.Rise > 0 {
			a.watch.Expect(e.Signal, e.Rise, from.Add(-time.Second), from.Add(p.Timeout+rising))
		}
	}
}

// progress takes in how far the running plan is.
func (a *App) progress(msg command.ProgressMsg) tea.Cmd {
	a.writes.waiting = msg.Pending
	taken := a.take(msg.Events)
	if a.act == nil || a.act.view.Plan.Op != msg.Op || a.act.view.Stage != pane.Running {
		return taken
	}
	v := &a.act.view
	if msg.Err != nil {
		a.say(msg.Err.Error())
		return tea.Batch(taken, command.Follow(a.session.Conductor, a.journal, msg.Op, 4*followEvery))
	}
	v.PID, v.Output = msg.PID, msg.Output
	if msg.Outcome == "" {
		return tea.Batch(taken, command.Follow(a.session.Conductor, a.journal, msg.Op, followEvery))
	}
	v.Outcome, v.Exit, v.EndedAt = msg.Outcome, msg.Exit, msg.Ended
	if v.EndedAt.IsZero() {
		v.EndedAt = a.now()
	}
	return tea.Batch(taken, a.ended(msg.Progress))
}

// ended goes from running to measuring. What a check found is judged at once, by the runbook's own
// words about its output.
func (a *App) ended(p action.Progress) tea.Cmd {
	v := &a.act.view
	if !p.Before.At.IsZero() {
		a.act.before = p.Before
	}
	if p.Outcome == incident.OutcomeUnknown {
		v.Stage, v.Why, a.act.known = pane.Lost, p.Text, p.AsEnded()
		return nil
	}
	a.act.judge = action.NewJudge(v.Plan, a.act.before, v.EndedAt)
	a.act.judge.Command(p.AsEnded())
	if v.Plan.Check {
		return a.checked()
	}
	v.Stage, v.Deadline = pane.Verifying, v.EndedAt.Add(v.Plan.Deadline)
	if late := a.now().Sub(v.EndedAt); late > 2*followEvery {
		// It ended while nobody watched: its effect has the time that is left from now.
		v.Deadline = a.act.judge.Extend(late)
	}
	return tea.Batch(a.refreshAll(), a.judge())
}

// checked shows what a check found. Without a word of the runbook on what it should show there is
// nothing to judge.
func (a *App) checked() tea.Cmd {
	v := &a.act.view
	v.Stage = pane.Judged
	a.focus = a.besideCheck()
	if len(v.Plan.Expect) == 0 {
		a.keep()
		return nil
	}
	rows, verdict, text := a.act.judge.Observe(a.latest.Snapshot)
	v.Rows = rows
	if verdict == action.Pending {
		verdict, text = action.NoEffect, "not as the runbook says"
	}
	return a.conclude(verdict, text)
}

// besideCheck shows the output where there is room for it beside the guide, and keeps the focus
// where it is otherwise.
func (a *App) besideCheck() pane.ID {
	if a.w < 110 {
		return pane.Output
	}
	return a.focus
}

// judge measures an effect that is waited for.
func (a *App) judge() tea.Cmd {
	if a.act == nil || a.act.view.Stage != pane.Verifying {
		return nil
	}
	rows, verdict, text := a.act.judge.Observe(a.latest.Snapshot)
	a.act.view.Rows = rows
	if verdict == action.Pending {
		return nil
	}
	return a.conclude(verdict, text)
}

// conclude writes the verdict down and offers what comes next.
func (a *App) conclude(verdict action.Verdict, text string) tea.Cmd {
	v := &a.act.view
	v.Stage, v.Verdict, v.Why = pane.Judged, verdict, text
	a.keep()
	if a.act.shared {
		return nil
	}
	return a.write(incident.Draft{Type: incident.Judged, Actor: a.calm(), Data: incident.JudgedData{
		Op: v.Plan.Op, Verdict: string(verdict), Text: text, Rows: action.EncodeRows(v.Rows),
		Seconds: a.now().Sub(v.StartedAt).Seconds(),
	}})
}

// keep puts a finished step among the results.
func (a *App) keep(adds ...string) {
	v := a.act.view
	var notes []string
	for _, s := range adds {
		if s != "" {
			notes = append(notes, s)
		}
	}
	r := pane.Result{
		Title: v.Plan.Title, Step: v.Plan.Ref.Step, At: v.StartedAt, By: v.By, Exit: v.Exit,
		Took: v.EndedAt.Sub(v.StartedAt), Check: v.Plan.Check, Verdict: v.Verdict,
		Lines: v.Output, Adds: notes, Command: v.Plan.Command,
	}
	a.results = append([]pane.Result{r}, a.results...)
	if len(a.results) > maxResults {
		a.results = a.results[:maxResults]
	}
}

// maxResults bounds the outputs that are kept in memory; all of them are in the incident's folder.
const maxResults = 50

// waitLonger gives an effect that is being measured as long again.
func (a *App) waitLonger() {
	if a.act == nil || a.act.view.Stage != pane.Verifying {
		return
	}
	v := &a.act.view
	v.Deadline = a.act.judge.Extend(v.Plan.Deadline)
}

// adopt goes on with an action that was running, or was not judged yet, when its console went away.
// What another console still follows is only shown.
func (a *App) adopt(shared bool) tea.Cmd {
	run, ok := a.orphan(shared)
	if !ok {
		return nil
	}
	plan, found := action.Recorded(a.inc, run.Op)
	if !found {
		plan = action.Plan{Op: run.Op, Title: run.Title, Command: run.Command, Risk: run.Risk}
	}
	if plan.Terminal && shared {
		return nil // it has the other console's terminal, and nothing of it can be seen from here
	}
	a.act = &acting{shared: shared, before: a.latest.Snapshot, view: pane.Action{
		Plan: plan, Stage: pane.Running, By: run.By, StartedAt: run.StartedAt, ConfirmedAt: run.StartedAt,
		Deadline: run.StartedAt.Add(plan.Timeout), Number: run.Number,
	}}
	return command.Follow(a.session.Conductor, a.journal, run.Op, 0)
}

// orphan is the newest action without an outcome or, where no other console is there to judge it,
// without a verdict.
func (a *App) orphan(shared bool) (incident.Run, bool) {
	if run, ok := a.inc.Running(); ok {
		return run, true
	}
	if n := len(a.inc.Runs); n > 0 && !shared {
		run := a.inc.Runs[n-1]
		return run, run.Verdict == "" && run.Risk != string(shell.Reads)
	}
	return incident.Run{}, false
}

// settle records what a person says became of an action whose outcome is unknown.
func (a *App) settle(in pane.Settle) tea.Cmd {
	if a.act == nil || a.act.view.Stage != pane.Lost {
		return nil
	}
	v := &a.act.view
	switch in.Outcome {
	case "ran":
		a.act.judge = action.NewJudge(v.Plan, a.act.before, a.now())
		a.act.judge.Command(a.act.known)
		v.Stage, v.Deadline = pane.Verifying, a.now().Add(v.Plan.Deadline)
		return tea.Batch(a.by(incident.Note, incident.NoteData{Text: v.Plan.Title + ": it ran; judged by the readings"}), a.refreshAll())
	case "did not run":
		return a.conclude(action.NoEffect, "it did not run, says "+a.session.Actor.Name)
	}
	return a.conclude(action.Unsure, "left unknown by "+a.session.Actor.Name)
}

func (a *App) number(op string) int {
	for _, r := range a.inc.Runs {
		if r.Op == op {
			return r.Number
		}
	}
	return 0
}

// here goes past a step that only leads to the host that calm is on.
func (a *App) here(ref action.Ref) tea.Cmd {
	text := ref.Title
	if found, ok := a.session.Runbook.StepByID(ref.Step); ok {
		text = titleOf(found.Step)
	}
	tick := a.by(incident.Ticked, incident.TickedData{ID: ref.Step, Text: text, State: "done", Reason: "calm is on that host"})
	next, ok := a.following(ref)
	if !ok {
		a.say("calm is on that host already: the step is done")
		return tick
	}
	return tea.Batch(tick, a.apply(next.Intent))
}

// caseOf is the evidence for a scenario now, nil when there is none.
func (a *App) caseOf(id string) *triage.Case {
	for i := range a.latest.Cases {
		if a.latest.Cases[i].Scenario.ID == id {
			c := a.latest.Cases[i]
			return &c
		}
	}
	return nil
}
