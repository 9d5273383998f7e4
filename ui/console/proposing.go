package console

import (
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/runbook/shell"
	"calm/ui/command"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// proposing is a plan that is being made, or that waits to be shown. There is one at a time: a newer
// proposal takes the place of an older one.
type proposing struct {
	ref     action.Ref
	fill    map[string]string
	dry     bool // only what would show what it does
	written bool // without what calm would change in it
	renewed bool // calm asked for it, because the runbook changed: it runs nothing by itself
	under   bool // its plan has not come yet
	at      time.Time
	plan    *action.Plan // made, and waits until nothing else has the keys
}

const oneAtATime = "one step at a time: 4 shows what runs, x stops it"

// propose asks for a plan, after the placeholders that the step has are filled.
func (a *App) propose(in pane.Propose) tea.Cmd {
	found, ok := a.session.Runbook.StepByID(in.Ref.Step)
	switch {
	case !ok && in.Ref.Group != action.UndoGroup:
		a.say("the runbook has no such step any more; e opens it")
		return nil
	case !a.trusted() && in.Ref.Group != action.UndoGroup:
		a.askTrust()
		return nil
	case a.journal == nil:
		a.say("declare first (s): what runs must be written down")
		return nil
	case a.busy():
		a.say(oneAtATime)
		return nil
	}
	if cmd, ok := a.reopen(in); ok {
		return cmd
	}
	switch {
	case (in.AsWritten || in.Rehearse) && in.Fill == nil && a.proposing.ref == in.Ref && a.proposing.fill != nil:
		// The same step in another form: what was filled in stays.
		in.Fill = a.proposing.fill
		return a.propose(in)
	case len(found.Step.Placeholders) > len(in.Fill):
		return command.Fillings(a.session.Conductor, in.Ref)
	case a.proposing.under && a.proposing.ref == in.Ref && a.proposing.written == in.AsWritten && a.proposing.dry == in.Rehearse:
		a.say("its plan is being made")
		return nil
	}
	return a.request(proposing{ref: in.Ref, fill: in.Fill, written: in.AsWritten, dry: in.Rehearse})
}

// request asks for a plan. It takes the place of any that was asked for before.
func (a *App) request(p proposing) tea.Cmd {
	p.under, p.at = true, a.now()
	a.proposing = p
	return command.Propose(a.session.Conductor, action.Request{
		Ref: p.ref, Fill: p.fill, AsWritten: p.written, Rehearse: p.dry, Level: a.inc.Level,
		Snapshot: a.latest.Snapshot, Case: a.caseOf(a.scenario()),
	})
}

func (a *App) busy() bool {
	return a.begun || a.act != nil && (a.act.view.Stage == pane.Running || a.act.view.Stage == pane.Verifying)
}

// fillings opens the dialog that asks for a step's placeholders.
func (a *App) fillings(msg command.FillingsMsg) tea.Cmd {
	found, ok := a.session.Runbook.StepByID(msg.Ref.Step)
	if !ok {
		return nil
	}
	if a.over != nil || a.typing() {
		a.say("not asked for its values while you type: propose it again")
		return nil
	}
	a.over = overlay.NewFill(msg.Ref, found.Step.Placeholders, msg.Suggestions, func(values map[string]string) pane.Intent {
		if a.glass.ref == msg.Ref {
			return pane.BreakGlass{Ref: msg.Ref, Reason: a.glass.reason, Fill: values}
		}
		return pane.Propose{Ref: msg.Ref, Fill: values}
	})
	return nil
}

// planned shows a plan for confirmation. One that only reads runs at once.
func (a *App) planned(msg command.PlanMsg) tea.Cmd {
	if !a.proposing.under || msg.Request.Ref != a.proposing.ref || msg.Request.AsWritten != a.proposing.written || msg.Request.Rehearse != a.proposing.dry {
		return nil // a newer proposal has taken its place
	}
	a.proposing.under = false
	plan := msg.Plan
	switch {
	case errors.Is(msg.Err, action.ErrHere) && !a.proposing.renewed:
		return a.here(msg.Request.Ref)
	case msg.Err != nil:
		a.withdraw()
		a.say(msg.Err.Error())
		return nil
	case plan.Ref.Group != action.UndoGroup && plan.Runbook != "" && plan.Runbook != a.session.Runbook.SHA256:
		a.withdraw()
		a.say("the runbook changed; propose the step again")
		return nil
	case a.journal == nil:
		a.say("declare first (s): what runs must be written down")
		return nil
	case a.trouble != "" && !plan.Check && !a.mayBreak(plan):
		a.withdraw()
		a.say("the journal can't be written: changing the host is refused")
		return nil
	case a.proposing.renewed && overlay.Replace(a.over, plan, a.now()):
		return nil
	case plan.Check && plan.Approval == nil && !a.proposing.renewed:
		return a.run(pane.Run{Plan: plan, How: string(shell.Reads)})
	}
	if msg.Request.AsWritten {
		a.asWritten = plan.Op
	}
	a.proposing.plan = &plan
	a.surface()
	if a.proposing.plan != nil {
		a.say("the plan waits until you are done here")
	}
	return a.askApproval(plan)
}

// withdraw closes a plan that is shown and is good no more.
func (a *App) withdraw() {
	if _, open := overlay.Planned(a.over); open && a.proposing.renewed {
		a.over = nil
	}
}

// typing says whether keys go into a text of the focused pane.
func (a *App) typing() bool { return a.panes[a.focus].Cursor() != nil }

// surface shows a plan that is ready, as soon as nothing else has the keys. Keys that were pressed
// since it was asked for were meant for something else: it takes none until they have stopped.
func (a *App) surface() {
	p := a.proposing.plan
	if p == nil || a.over != nil || a.typing() {
		return
	}
	a.proposing.plan = nil
	a.over = overlay.NewConfirm(*p, a.pressed, a.pressed.After(a.proposing.at))
	if a.mayBreak(*p) {
		overlay.WithoutJournal(a.over, a.glass.reason)
	}
}
