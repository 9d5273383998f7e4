package console

import (
	"fmt"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/pane"
)

// next says the one thing to do next, and what "." does.
func (a *App) next() pane.Next {
	switch {
	case a.session.Observe:
		return pane.Next{Chip: "next", Title: "Nothing from here", Detail: "this console observes"}
	case a.act != nil && a.act.view.Stage != pane.Judged:
		return a.nextOfAction()
	case !a.inc.Open():
		return a.nextUndeclared()
	case !a.inc.ResolvedAt.IsZero():
		return a.nextResolved()
	}
	if n, ok := a.nextApproval(); ok {
		return n
	}
	if n, ok := a.nextOverdue(); ok {
		return n
	}
	if a.writes.failed {
		return a.nextOfGap()
	}
	if a.act != nil && len(a.act.view.Choices) > 0 {
		c := a.act.view.Choices[0]
		return pane.Next{Chip: "next", Title: c.Title, Detail: c.Note, Risk: c.Risk, Intent: c.Intent}
	}
	if !a.inc.MitigatedAt.IsZero() {
		return a.nextMitigated()
	}
	return a.nextStep()
}

func (a *App) nextOfAction() pane.Next {
	v := a.act.view
	now := a.now()
	switch v.Stage {
	case pane.Running:
		detail := fmt.Sprintf("%s of %s", signal.Clock(now.Sub(v.StartedAt)), signal.Clock(v.Plan.Timeout))
		if v.Plan.Endless {
			detail = "it does not end by itself; x stops it"
		}
		return pane.Next{Chip: "run", Title: v.Plan.Title, Detail: detail, Intent: pane.Focus{Pane: pane.Actions}}
	case pane.Verifying:
		return pane.Next{Chip: "check", Title: v.Plan.Title, Detail: "its effect is measured, " + signal.Clock(v.Deadline.Sub(now)) + " left", Intent: pane.Focus{Pane: pane.Actions}}
	case pane.Lost:
		return pane.Next{Chip: "asks", Title: "What became of: " + v.Plan.Title, Detail: "1 it ran  2 it did not  3 leave it unknown", Intent: pane.Focus{Pane: pane.Actions}}
	}
	return pane.Next{Chip: "run", Title: v.Plan.Title, Detail: "is being started"}
}

func (a *App) nextUndeclared() pane.Next {
	if level := a.latest.Level(); level > 0 {
		name := a.session.Runbook.SeverityName(level)
		return pane.Next{Chip: "next", Title: "Declare " + name, Detail: a.title(), Intent: pane.Show{Overlay: "declare"}}
	}
	for _, n := range a.latest.Snapshot.Order {
		if r := a.latest.Snapshot.Readings[n]; r.Status == signal.Out {
			return pane.Next{Chip: "next", Title: "Look at " + r.Spec.Label, Detail: "out of bounds; no rule suggests a severity. To declare by hand: s", Intent: pane.Focus{Pane: pane.Signals}}
		}
	}
	if a.firsts > 0 {
		return pane.Next{Chip: "next", Title: "Wait", Detail: fmt.Sprintf("%d of %d sources have answered", len(a.session.Polls)-a.firsts, len(a.session.Polls))}
	}
	unknown := 0
	for _, n := range a.latest.Snapshot.Order {
		if r := a.latest.Snapshot.Readings[n]; r.Status == signal.Unknown && !r.Spec.Quiet {
			unknown++
		}
	}
	if unknown > 0 {
		return pane.Next{Chip: "next", Title: fmt.Sprintf("Find out why %d signals are unknown", unknown), Detail: "1, then enter on one says why", Intent: pane.Focus{Pane: pane.Signals}}
	}
	return pane.Next{Chip: "next", Title: "Nothing to do.", Detail: "To declare by hand: s"}
}

// title is what an incident would be called: the leading scenario, else what is out of bounds.
func (a *App) title() string {
	if len(a.latest.Cases) > 0 && a.latest.Lead != "" {
		return plainTitle(a.latest.Cases[0].Scenario.Title)
	}
	for _, n := range a.latest.Snapshot.Order {
		if r := a.latest.Snapshot.Readings[n]; r.Status == signal.Out {
			return r.Spec.Label + " " + r.Spec.Format(r.Sample)
		}
	}
	for _, r := range a.latest.Severity.Reasons {
		return r.Text
	}
	return "unclear"
}

// plainTitle takes a leading "Scenario 3:" off.
func plainTitle(title string) string {
	if head, rest, ok := strings.Cut(title, ":"); ok && strings.HasPrefix(strings.ToLower(head), "scenario") {
		return strings.TrimSpace(rest)
	}
	return title
}

func (a *App) nextOverdue() (pane.Next, bool) {
	for _, c := range incident.Clocks(a.inc, a.session.Runbook, a.now()) {
		if c.Done || !c.Overdue {
			continue
		}
		switch c.ID {
		case "update":
			return pane.Next{Chip: "next", Title: "Send an update", Detail: "overdue " + signal.Clock(-c.Left), Intent: pane.Show{Overlay: "message", Arg: runbook.UpdateMessage}}, true
		case "escalate":
			return pane.Next{Chip: "next", Title: strings.ToUpper(c.Label[:1]) + c.Label[1:], Detail: "overdue " + signal.Clock(-c.Left), Intent: pane.Show{Overlay: "escalate"}}, true
		}
	}
	return pane.Next{}, false
}

// nextStep is the first open step of the scenario that is worked on: diagnosis, then resolution.
func (a *App) nextStep() pane.Next {
	rb := a.session.Runbook
	s, ok := rb.ScenarioByID(a.scenario())
	if !ok {
		return pane.Next{Chip: "next", Title: "Choose a scenario", Detail: "none is supported by the readings alone", Intent: pane.Focus{Pane: pane.Guide}}
	}
	done := a.doneSteps()
	for i, step := range s.Diagnosis {
		// What never ends, takes the terminal or changes something is there for a person to choose.
		if done[step.ID] || step.Kind != runbook.ShellStep || step.Endless || step.Interactive || step.Risk != shell.Reads {
			continue
		}
		ref := action.Ref{Part: s.ID, Title: plainTitle(s.Title), Group: "diagnosis", Step: step.ID, Index: i + 1, Of: len(s.Diagnosis), Line: step.Line}
		return pane.Next{Chip: "next", Title: titleOf(step), Detail: firstLine(step.Text), Risk: string(step.Risk), Intent: pane.Propose{Ref: ref}}
	}
	for i, item := range s.Resolution {
		if n, ok := a.nextOfItem(s, i, item, done); ok {
			return n
		}
	}
	return pane.Next{Chip: "next", Title: "Every step of the scenario is done", Detail: "roll back, or escalate: E", Intent: pane.Focus{Pane: pane.Actions}}
}

// nextOfItem is the first open step of a remedy. The remedy's own title stands for its first step.
func (a *App) nextOfItem(s runbook.Scenario, i int, item runbook.Item, done map[string]bool) (pane.Next, bool) {
	if done[item.ID] {
		return pane.Next{}, false
	}
	for k, step := range item.Steps {
		if done[step.ID] {
			continue
		}
		title := item.Title
		if k > 0 {
			title = titleOf(step)
		}
		n := pane.Next{Chip: "next", Title: fmt.Sprintf("%d %s", i+1, title), Risk: "words", Intent: pane.Focus{Pane: pane.Guide}}
		switch step.Kind {
		case runbook.ShellStep, runbook.NginxStep:
			ref := action.Ref{Part: s.ID, Title: item.Title, Group: "resolution", Item: item.ID, Step: step.ID, Index: i + 1, Of: len(s.Resolution), Line: step.Line}
			n.Detail, n.Risk, n.Intent = firstLine(step.Text), string(step.Risk), pane.Propose{Ref: ref}
		case runbook.CodeStep:
			n.Risk = "code"
		}
		return n, true
	}
	return pane.Next{}, false
}

// stable is how long all must be well after mitigation where the runbook says nothing else.
const stable = 15 * time.Minute

func (a *App) nextMitigated() pane.Next {
	left := stable - a.now().Sub(a.inc.MitigatedAt)
	for _, c := range incident.Clocks(a.inc, a.session.Runbook, a.now()) {
		if c.ID == "stability" {
			left = c.Left
		}
	}
	if left > 0 {
		return pane.Next{Chip: "next", Title: "Watch that it stays well", Detail: signal.Clock(left) + " left of the stability time", Intent: pane.Focus{Pane: pane.Signals}}
	}
	return pane.Next{Chip: "next", Title: "Mark resolved", Detail: "stable since " + a.inc.MitigatedAt.UTC().Format("15:04:05"), Intent: pane.Milestone{Type: incident.Resolved}}
}

func (a *App) nextResolved() pane.Next {
	if !a.messaged(runbook.ResolutionMessage) {
		return pane.Next{Chip: "next", Title: "Post the resolution message", Intent: pane.Show{Overlay: "message", Arg: runbook.ResolutionMessage}}
	}
	if n := len(a.inc.Standing()); n > 0 {
		return pane.Next{Chip: "next", Title: "Undo or keep: " + a.inc.Standing()[0].Title, Detail: atWay(n) + " of closing", Intent: pane.Show{Overlay: "closing"}}
	}
	return pane.Next{Chip: "next", Title: "Close the incident", Detail: "calm postmortem writes what is known", Intent: pane.Milestone{Type: incident.Closed}}
}

func (a *App) messaged(purpose string) bool {
	for _, m := range a.inc.Messages {
		if m.Purpose == purpose {
			return true
		}
	}
	return false
}

// scenario is the one that is worked on: chosen by a person, else the one that leads.
func (a *App) scenario() string {
	if a.inc.Chosen && a.inc.Scenario != "" {
		return a.inc.Scenario
	}
	if a.latest.Lead != "" {
		return a.latest.Lead
	}
	return a.inc.Scenario
}

// doneSteps are the IDs of steps and items that need no more doing: what ran and was judged, whatever
// the verdict, and what a person ticked. What did not run is not done.
func (a *App) doneSteps() map[string]bool {
	done := map[string]bool{}
	for _, r := range a.inc.Runs {
		ran := r.Exit >= 0 && (r.Outcome == incident.OutcomeOK || r.Outcome == incident.OutcomeFailed)
		switch {
		case r.Verdict == string(action.Worked), ran && r.Verdict == string(action.NoEffect), ran && r.Risk == string(shell.Reads):
			done[r.Step] = true
		}
	}
	for id, t := range a.inc.Ticks {
		switch t.State {
		case incident.TickDone, incident.TickSkipped, incident.TickDeferred:
			done[id] = true
		case incident.TickOpen:
			delete(done, id)
		}
	}
	return done
}

func titleOf(s runbook.Step) string {
	if s.Title != "" {
		return s.Title
	}
	return firstLine(s.Text)
}

func firstLine(text string) string {
	line, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if strings.TrimSpace(rest) != "" {
		return line + " …"
	}
	return line
}

// best is the check that would tell the leading scenarios apart.
func (a *App) best() pane.BestCheck {
	check, ok := triage.BestCheck(a.latest.Cases, a.doneSteps())
	if !ok {
		return pane.BestCheck{}
	}
	s := check.Scenario
	for i, step := range s.Diagnosis {
		if step.ID == check.Step.ID {
			ref := action.Ref{Part: s.ID, Title: plainTitle(s.Title), Group: "diagnosis", Step: step.ID, Index: i + 1, Of: len(s.Diagnosis), Line: step.Line}
			return pane.BestCheck{Step: step, Ref: ref, Tells: check.Tells, OK: true}
		}
	}
	return pane.BestCheck{}
}
