package console

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/ui/command"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// askApproval asks for the approval that a plan needs, where none was asked for yet.
func (a *App) askApproval(p action.Plan) tea.Cmd {
	if p.Approval == nil || a.journal == nil {
		return nil
	}
	return command.Ask(a.session.Conductor, a.journal, p, a.session.Actor)
}

// askedFor takes in that an approval was asked for.
func (a *App) askedFor(msg command.AskedMsg) tea.Cmd {
	if msg.Journal != a.journal {
		return nil
	}
	a.state.Means = msg.Means
	if msg.Err != nil {
		a.say(msg.Err.Error())
		overlay.Declined(a.over, msg.Err.Error())
	}
	return a.take(msg.Events)
}

// handIn gives in what somebody gave for an approval.
func (a *App) handIn(in pane.Approve) tea.Cmd {
	if a.journal == nil {
		return nil
	}
	return command.Approve(a.session.Conductor, a.journal, in.Hash, in.Consent, a.session.Actor)
}

// handedIn says what became of it.
func (a *App) handedIn(msg command.ApprovedMsg) tea.Cmd {
	if msg.Journal != a.journal {
		return nil
	}
	if msg.Err != nil {
		a.say(msg.Err.Error())
		overlay.Declined(a.over, msg.Err.Error())
	}
	return a.take(msg.Events)
}

// listen waits for every approval that was asked for, so that other users of this host can give it.
func (a *App) listen() tea.Cmd {
	if a.session.Observe || a.journal == nil {
		return nil
	}
	var cmds []tea.Cmd
	for _, p := range a.inc.Approvals {
		if p.Waits() && !slices.Contains(a.awaited, p.Hash) {
			a.awaited = append(a.awaited, p.Hash)
			cmds = append(cmds, command.Await(a.session.Conductor, a.journal, p.Hash))
		}
	}
	return tea.Batch(cmds...)
}

// heard takes in that an approval waits no more.
func (a *App) heard(msg command.AwaitedMsg) tea.Cmd {
	if msg.Journal != a.journal {
		return nil
	}
	if msg.Err != nil {
		a.say(msg.Err.Error())
	}
	cmd := a.take(msg.Events)
	if p, ok := a.inc.ApprovalOf(msg.Hash); ok {
		switch {
		case p.Granted != nil:
			a.say(p.Title + ": " + p.Granted.Words())
		case p.Ended != "":
			a.say(p.Title + ": no approval, " + p.Ended)
		}
	}
	return cmd
}

// pending is the newest approval that can still be given, or was given and not used yet.
func (a *App) pending() (incident.Approval, bool) {
	for _, p := range slices.Backward(a.inc.Approvals) {
		left := p.Until.Sub(a.now()) > 0
		if left && (p.Waits() || p.Granted != nil && len(p.Used) == 0) {
			return p, true
		}
	}
	return incident.Approval{}, false
}

// nextApproval is the wait for an approval, or the plan that may go on by one.
func (a *App) nextApproval() (pane.Next, bool) {
	p, ok := a.pending()
	plan, whole := action.ApprovedPlan(p)
	// What an action since then led to is newer, and a cure makes a kill switch needless.
	newer := a.act != nil && len(a.act.view.Choices) > 0 && a.act.view.StartedAt.After(p.AskedAt)
	if !ok || !whole || newer || !a.inc.MitigatedAt.IsZero() {
		return pane.Next{}, false
	}
	n := pane.Next{
		Chip: "next", Risk: plan.Risk, Intent: pane.Propose{Ref: plan.Ref, Fill: plan.Fill},
		Title: "Waiting for approval " + signal.Clock(p.Until.Sub(a.now())) + ": " + p.Title,
	}
	if p.Granted != nil {
		n.Title, n.Detail = "Approved: "+p.Title, "to begin within "+signal.Clock(p.Until.Sub(a.now()))
	}
	return n, true
}

// reopen shows the very plan that was put to the approver, as long as nothing on the host was changed
// since: another one of the same step would have to be approved anew.
func (a *App) reopen(in pane.Propose) (tea.Cmd, bool) {
	p, ok := a.pending()
	plan, whole := action.ApprovedPlan(p)
	if !ok || !whole || plan.Ref != in.Ref || in.AsWritten || in.Rehearse || plan.Runbook != "" && plan.Runbook != a.session.Runbook.SHA256 {
		return nil, false
	}
	for _, e := range a.inc.Events {
		var other incident.IntentData
		if e.Seq > p.Seq && e.Type == incident.Intent && e.Decode(&other) == nil && other.Risk != string(shell.Reads) {
			return nil, false
		}
	}
	a.proposing = proposing{ref: in.Ref, fill: in.Fill, plan: &plan, at: a.now()}
	a.surface()
	return a.askApproval(plan), true
}

// noApproval says why there is no plan to approve.
func (a *App) noApproval() string {
	if p, ok := a.pending(); ok && p.Waits() {
		return ""
	}
	if why := a.noIncident(); why != "" {
		return why
	}
	return "no plan waits for approval"
}

// approvalEntry is the palette's way to a plan that waits.
func (a *App) approvalEntry() overlay.Entry {
	e := overlay.Entry{Name: "Approve a plan", From: "approval", Why: a.noApproval()}
	p, _ := a.pending()
	if plan, ok := action.ApprovedPlan(p); ok && e.Why == "" {
		e.From, e.Risk, e.Intent = p.Title, plan.Risk, pane.Propose{Ref: plan.Ref, Fill: plan.Fill}
	}
	return e
}
