package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/ui/pane"
)

// choices is what can come after a verdict, in the runbook's order; the first is the next step.
func (a *App) choices(v pane.Action) []pane.Choice {
	if v.Plan.Check && v.Plan.Ref.Group == "diagnosis" {
		return nil
	}
	switch v.Verdict {
	case action.Worked:
		return a.afterWorked(v)
	case action.Worse:
		out := append(a.again(v), a.afterNoEffect(v)...)
		if undo, ok := undoChoice(v); ok {
			out = append([]pane.Choice{undo}, out...)
		}
		return append(a.leftBehind(v), out...)
	case action.NoEffect:
		// What the text itself left undone can be had at once: the app stays down no longer for it.
		out := slices.Concat(a.again(v), a.leftBehind(v), a.afterNoEffect(v))
		if undo, ok := undoChoice(v); ok {
			out = append(out, undo)
		}
		return out
	}
	return []pane.Choice{{Title: "Measure again", Note: "some of what is needed was unknown", Risk: "reads", Intent: pane.Refresh{}}}
}

// offer brings what can come next up to date: a step that was ticked since is not offered again.
func (a *App) offer() {
	v := &a.act.view
	switch {
	case v.Stage != pane.Judged:
		v.Choices = nil
	case v.Plan.Check && v.Verdict == action.Pending:
		v.Choices = a.afterCheck(*v)
	default:
		v.Choices = a.choices(*v)
	}
}

// afterCheck goes on with the procedure or the remedy that a check stands in. A diagnosis has an
// order of its own, which next knows.
func (a *App) afterCheck(v pane.Action) []pane.Choice {
	if v.Plan.Ref.Group == "diagnosis" {
		return nil
	}
	return a.afterWorked(v)
}

// afterWorked offers what follows. Once a cure has worked, marking it mitigated comes before trying
// anything else: the readings that cover a whole minute may still be out.
func (a *App) afterWorked(v pane.Action) []pane.Choice {
	var out []pane.Choice
	next, more := a.following(v.Plan.Ref)
	// A procedure goes on to its last step, which is mostly a check of its own.
	whole := !more || cures(v.Plan) && v.Plan.Ref.Group != "procedure"
	if whole && a.inc.MitigatedAt.IsZero() {
		out = append(out, a.mitigation(v))
	}
	if more {
		out = append(out, next)
	}
	return append(out, pane.Choice{Title: "Send an update", Note: "filled from the timeline", Risk: "m", Intent: pane.Show{Overlay: "message", Arg: runbook.UpdateMessage}})
}

func (a *App) mitigation(v pane.Action) pane.Choice {
	c := pane.Choice{Title: "Mark mitigated", Note: "starts the stability clock", Intent: pane.Milestone{Type: incident.Mitigated, Text: strings.TrimSuffix(v.Plan.Title+": "+v.Why, ": ")}}
	still := 0
	for _, r := range a.latest.Snapshot.Readings {
		if r.Status == signal.Out {
			still++
		}
	}
	if still > 0 {
		c.Note = fmt.Sprintf("%s; %d readings are still out", c.Note, still)
	}
	return c
}

// cures says whether a plan was to make something right besides the process that it touched.
func cures(p action.Plan) bool {
	for _, e := range p.Expect {
		switch e.Signal {
		case signal.AppRestarts, signal.AppStatus, action.ExitCode, action.Output:
		default:
			if e.Needed {
				return true
			}
		}
	}
	return false
}

// again offers the step as calm would do it, after it ran as it is written.
func (a *App) again(v pane.Action) []pane.Choice {
	if v.Plan.Op != a.asWritten {
		return nil
	}
	return []pane.Choice{{Title: "Try it again, with what calm adds", Note: v.Plan.Title, Risk: v.Plan.Risk, Intent: pane.Propose{Ref: v.Plan.Ref}}}
}

// afterNoEffect offers what the runbook says next. What a person can start from here goes before
// what must be edited or said first.
func (a *App) afterNoEffect(v pane.Action) []pane.Choice {
	var out, later []pane.Choice
	if v.Exit < 0 {
		out = append(out, pane.Choice{Title: "Propose it again", Note: "it did not run to its end", Risk: v.Plan.Risk, Intent: pane.Propose{Ref: v.Plan.Ref}})
	}
	if c, ok := a.instead(v.Plan); ok {
		if _, starts := c.Intent.(pane.Propose); starts {
			out = append(out, c)
		} else {
			later = append(later, c)
		}
	}
	for _, p := range a.session.Runbook.Procedures {
		if p.Kind != runbook.Rollback || p.ID == v.Plan.Ref.Part || len(p.Steps) == 0 || p.Caution != "" {
			continue
		}
		out = append(out, a.choiceOf(p))
	}
	level := a.inc.EscalatedTo + 1
	out = append(out, later...)
	return append(out, pane.Choice{Title: fmt.Sprintf("Escalate to L%d", level), Note: a.contact(level), Risk: "E", Intent: pane.Show{Overlay: "escalate"}})
}

// instead is the next remedy after one that did not help: what was left of that one is not done.
// A check that is not as it should be is no remedy yet, and what follows it may be.
func (a *App) instead(p action.Plan) (pane.Choice, bool) {
	if p.Ref.Group != "resolution" {
		return pane.Choice{}, false
	}
	if p.Check {
		return a.following(p.Ref)
	}
	s, _ := a.session.Runbook.ScenarioByID(p.Ref.Part)
	return a.remedy(s, p.Ref.Index, a.doneSteps())
}

// following is the step after a given one, in its procedure or resolution.
func (a *App) following(ref action.Ref) (pane.Choice, bool) {
	rb := a.session.Runbook
	if p, ok := rb.ProcedureByID(ref.Part); ok && ref.Group == "procedure" {
		done := a.doneSteps()
		for i := ref.Index; i < len(p.Steps); i++ {
			if !done[p.Steps[i].ID] || runs(p.Steps[i]) {
				return stepChoice(p, i, p.Steps[i]), true
			}
		}
		return pane.Choice{}, false
	}
	s, ok := rb.ScenarioByID(ref.Part)
	if !ok || ref.Group != "resolution" {
		return pane.Choice{}, false
	}
	done := a.doneSteps()
	done[ref.Step] = true
	return a.remedy(s, ref.Index-1, done)
}

// remedy is the first open step of a resolution from its i-th item on, counted from 0.
func (a *App) remedy(s runbook.Scenario, i int, done map[string]bool) (pane.Choice, bool) {
	for ; i < len(s.Resolution); i++ {
		if n, ok := a.nextOfItem(s, i, s.Resolution[i], done); ok {
			return pane.Choice{Title: n.Title, Note: n.Detail, Risk: n.Risk, Intent: n.Intent}, true
		}
	}
	return pane.Choice{}, false
}

func stepChoice(p runbook.Procedure, i int, s runbook.Step) pane.Choice {
	c := pane.Choice{Title: fmt.Sprintf("Step %d of %d: %s", i+1, len(p.Steps), titleOf(s)), Note: firstLine(s.Text), Risk: string(s.Risk)}
	if runs(s) {
		c.Intent = pane.Propose{Ref: ProcedureRef(p, i)}
		return c
	}
	// A person does it, and says so.
	c.Note, c.Risk = "yours to do; this ticks it", "words"
	c.Intent = pane.Tick{TickedData: incident.TickedData{ID: s.ID, Text: titleOf(s), State: incident.TickDone}}
	return c
}

// runs says whether a step is something that calm can run.
func runs(s runbook.Step) bool { return s.Kind == runbook.ShellStep || s.Kind == runbook.NginxStep }

// opening is the first step of a procedure that runs; the words before it are in the guide.
func opening(p runbook.Procedure) int {
	for i, s := range p.Steps {
		if runs(s) {
			return i
		}
	}
	return 0
}

func (a *App) choiceOf(p runbook.Procedure) pane.Choice {
	note := ""
	if len(p.Estimate) == 2 {
		note = "up to " + signal.Span(time.Duration(p.Estimate[1]*float64(time.Second)))
	}
	return pane.Choice{Title: p.Title, Note: note, Risk: string(worst(p.Steps)), Intent: pane.Propose{Ref: ProcedureRef(p, opening(p))}}
}

// ProcedureRef is where the i-th step of a procedure stands, counted from 0.
func ProcedureRef(p runbook.Procedure, i int) action.Ref {
	s := p.Steps[i]
	return action.Ref{Part: p.ID, Title: p.Title, Group: "procedure", Step: s.ID, Index: i + 1, Of: len(p.Steps), Line: s.Line}
}

func (a *App) contact(level int) string {
	for _, e := range a.session.Runbook.Escalation {
		if e.Level == level {
			return e.Title + ", " + e.Contact
		}
	}
	return ""
}

// worst is the worst risk among steps. One that only leads to the host that calm is on is none.
func worst(steps []runbook.Step) shell.Risk {
	out := shell.Reads
	for _, s := range steps {
		if s.Remote == "" {
			out = out.Worse(s.Risk)
		}
	}
	return out
}
