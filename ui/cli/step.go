package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/situation"
	"calm/model/triage"
)

// step takes one step from proposal to verdict. The exit code is that of the whole run so far.
func (r *runner) step(ctx context.Context, t target, i int) (int, error) {
	step, ref := t.steps[i], t.refs[i]
	doc := runStepDoc{Step: step.ID, Title: step.Title, Risk: string(step.Risk), Rows: []action.Row{}, Output: []string{}}
	defer func() { r.doc.Steps = append(r.doc.Steps, doc) }()
	if step.Kind != runbook.ShellStep && step.Kind != runbook.NginxStep {
		r.line("\n%d of %d  %s\n   for a person: %s", i+1, len(t.steps), headline(step), strings.ReplaceAll(strings.TrimSpace(step.Text), "\n", "\n   "))
		return exitOK, nil
	}
	if step.Risk != shell.Reads {
		if code, err := r.harm(ctx); code != exitOK || err != nil {
			return code, err
		}
	}
	a := r.assess()
	plan, err := r.session.Conductor.Propose(ctx, action.Request{
		Ref: ref, Fill: r.filled(step), Level: r.inc.Level, Snapshot: a.Snapshot, Case: leading(a, t.scenario),
	})
	if errors.Is(err, action.ErrHere) {
		r.line("\n%d of %d  %s\n   done: calm is on that host already", i+1, len(t.steps), headline(step))
		return exitOK, nil
	}
	if err != nil {
		return r.unplanned(t, i, err, &doc)
	}
	doc.Plan, doc.Title = &plan, plan.Title
	r.line("\n%d of %d  %s", i+1, len(t.steps), planText(plan))
	if r.dryRun {
		r.means(plan)
		return exitOK, nil
	}
	if plan.Endless || plan.Terminal {
		r.line("   left out here: it does not end by itself, or needs the terminal")
		return exitOK, nil
	}
	err = r.approval(ctx, plan)
	how := ""
	if err == nil {
		how, err = r.confirm(ctx, plan)
	}
	if err != nil && ctx.Err() == nil {
		// An interrupt is no decision; this was one.
		err = errors.Join(err, r.refused(ctx, plan, err.Error()))
	}
	if err != nil {
		return runRefused, err
	}
	code, err := r.perform(ctx, plan, how, &doc)
	if code == runNoEffect && plan.Check && ref.Group == "diagnosis" {
		// It found what is wrong: that is what a diagnosis is for.
		code = exitOK
	}
	return code, err
}

// refused writes down that a step was not let through.
func (r *runner) refused(ctx context.Context, plan action.Plan, why string) error {
	_, err := r.journal.Append(ctx, incident.Draft{Type: incident.Refused, Actor: r.session.Actor, Data: incident.RefusedData{
		Op: plan.Op, What: plan.Title, Why: why,
	}})
	return incident.Spooled(err)
}

// unplanned says why a step can't run. A dry run shows the others all the same.
func (r *runner) unplanned(t target, i int, err error, doc *runStepDoc) (int, error) {
	step := t.steps[i]
	why := oneLine(err.Error())
	for _, p := range step.Placeholders {
		if filled := r.filled(step); filled[p.Text] == "" {
			why += fmt.Sprintf("; --set %s=VALUE fills it", p.Name)
		}
	}
	if !r.dryRun {
		r.line("\n%d of %d  %s", i+1, len(t.steps), headline(step))
		return runRefused, errors.New(why)
	}
	if at, name := t.sets(step, i); at > 0 {
		// Nothing ran that could have set it, and nobody can say to what.
		why = fmt.Sprintf("can't be shown yet: it needs %s, which step %d sets", name, at)
	} else {
		r.unready = append(r.unready, why)
	}
	doc.Text = why
	r.line("\n%d of %d  %s\n%s", i+1, len(t.steps), headline(step), planRow("open", why))
	return exitOK, nil
}

// sets finds the step, counted from 1, before the given one that sets a variable which that reads;
// 0 when there is none.
func (t target) sets(reader runbook.Step, before int) (at int, name string) {
	for i, s := range t.steps[:before] {
		for _, set := range s.EnvSets {
			if slices.Contains(reader.EnvReads, set) {
				return i + 1, set
			}
		}
	}
	return 0, ""
}

// filled takes the values of a step's placeholders from --set, by name or as written.
func (r *runner) filled(step runbook.Step) map[string]string {
	out := map[string]string{}
	for _, p := range step.Placeholders {
		for _, key := range []string{p.Name, p.Text} {
			if v, ok := r.fill[key]; ok {
				out[p.Text] = v
			}
		}
	}
	return out
}

func headline(s runbook.Step) string {
	if s.Title != "" {
		return s.Title
	}
	line, _, _ := strings.Cut(strings.TrimSpace(s.Text), "\n")
	return line
}

func planRow(name, text string) string {
	return fmt.Sprintf("   %-9s %s", name, strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n             "))
}

func planText(p action.Plan) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s  (%s)\n", p.Title, p.Risk)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintln(&out, planRow(name, text))
		}
	}
	row("runs", p.Command)
	for _, c := range p.Changes {
		row("", "calm: "+c)
	}
	for _, c := range p.Carries {
		row("carries", fmt.Sprintf("%s %s → %s", c.Name, c.Was, c.Now))
	}
	if p.Host == "" {
		row("as", p.User+", in "+p.Dir)
	}
	row("on", p.Where())
	for i, x := range p.Phases {
		row("phase "+strconv.Itoa(i+1), strings.TrimSpace(x.Text+"  "+x.Note+strings.ToUpper(x.Risk)))
	}
	row("touches", strings.Join(p.Touches, "; "))
	row("lost", p.Lost)
	row("kept", p.Kept)
	if !p.Check {
		row("undo", p.Undo)
	}
	for _, e := range p.Expect {
		row("expect", e.Text)
	}
	if p.Approval != nil {
		row("approval", "of "+action.Approvers(*p.Approval))
	}
	for _, n := range p.Notes {
		row("note", n)
	}
	return strings.TrimRight(out.String(), "\n")
}

// confirm asks what the plan's risk demands. --yes answers changes and nothing else.
func (r *runner) confirm(ctx context.Context, p action.Plan) (string, error) {
	switch {
	case p.Check:
		return "reads", nil
	case p.Risk == "changes":
		if r.yes {
			return "--yes", nil
		}
		if p.Target != "" {
			return r.typed(ctx, p, "This takes the service from all users.")
		}
		if answer := r.say(ctx, "Run it? (y or n) "); answer != "y" && answer != "yes" {
			return "", errors.New("not confirmed; nothing was run")
		}
		return "y", nil
	}
	what := "This destroys."
	if p.Risk != "destroys" {
		what = "Nobody can tell from its text what this does."
	}
	return r.typed(ctx, p, what)
}

// typed asks for the target's name.
func (r *runner) typed(ctx context.Context, p action.Plan, what string) (string, error) {
	if answer := r.say(ctx, fmt.Sprintf("%s Type %s to go on: ", what, p.Target)); answer != p.Target || p.Target == "" {
		return "", fmt.Errorf("%s was not confirmed by typing %q; nothing was run", p.Title, p.Target)
	}
	return "typed " + p.Target, nil
}

const (
	followEvery = 200 * time.Millisecond
	lookEvery   = 2 * time.Second
)

func (r *runner) perform(ctx context.Context, plan action.Plan, how string, doc *runStepDoc) (int, error) {
	before := r.assess().Snapshot
	if err := r.begin(ctx, plan, how); err != nil {
		if !r.mayRun(plan.Op) {
			return runRefused, err
		}
		r.line("   %s", oneLine(err.Error()))
	}
	p, err := r.follow(ctx, plan.Op)
	if err != nil {
		return exitFailed, err
	}
	doc.Outcome, doc.Exit, doc.Output = given(p.Outcome), &p.Exit, append([]string{}, p.Output...)
	for _, line := range p.Output {
		r.line("   | %s", line)
	}
	if p.Outcome == "unknown" {
		return exitFailed, fmt.Errorf("what became of %s is unknown: %s", plan.Title, p.Text)
	}
	if plan.Check && len(plan.Expect) == 0 {
		return exitOK, nil
	}
	judge := action.NewJudge(plan, before, p.Ended)
	judge.Command(p.AsEnded())
	rows, verdict, text, err := r.verify(ctx, judge, plan)
	if err != nil {
		return exitInterrupted, err
	}
	doc.Rows, doc.Verdict, doc.Text = append([]action.Row{}, rows...), given(string(verdict)), text
	if !plan.Check {
		r.judges = append(r.judges, judged{plan, judge, p.Started})
	}
	err = r.tell(ctx, plan, verdict, text, rows, p.Started)
	return r.codeOf(plan, p, verdict), incident.Spooled(err)
}

// mayRun says whether a plan's intent is durable and nothing says how it ended: it may have started
// all the same, and must be followed.
func (r *runner) mayRun(op string) bool {
	events, err := r.journal.Since(0)
	if err != nil {
		return false
	}
	inc, _ := incident.Fold(events) // what can't be folded is no reason to leave it alone
	if s, ok := r.journal.(incident.Spooling); ok {
		inc = inc.With(s.Pending())
	}
	run, ok := inc.Running()
	return ok && run.Op == op
}

// tell says a verdict and writes it down.
func (r *runner) tell(ctx context.Context, plan action.Plan, verdict action.Verdict, text string, rows []action.Row, since time.Time) error {
	r.line("%s %s: %s", stamp(r.parts.Now()), strings.ToUpper(string(verdict)), text)
	_, err := r.journal.Append(ctx, incident.Draft{Type: incident.Judged, Actor: incident.Actor{Name: "calm"}, Data: incident.JudgedData{
		Op: plan.Op, Verdict: string(verdict), Text: text, Rows: action.EncodeRows(rows), Seconds: r.parts.Now().Sub(since).Seconds(),
	}})
	return err
}

// harm looks, before the next change, at what the ones before it have done since they were judged.
func (r *runner) harm(ctx context.Context) (int, error) {
	if r.dryRun || len(r.judges) == 0 {
		return exitOK, nil
	}
	r.look(ctx)
	now := r.assess().Snapshot
	for _, j := range r.judges {
		if text := j.judge.Harm(now); text != "" {
			err := r.tell(ctx, j.plan, action.Worse, text, nil, j.since)
			return runWorse, errors.Join(fmt.Errorf("%s has made it worse (%s); the next step was not begun", j.plan.Title, text), err)
		}
	}
	return exitOK, nil
}

func (r *runner) codeOf(plan action.Plan, p action.Progress, v action.Verdict) int {
	switch {
	case v == action.Worked:
		return exitOK
	case v == action.Worse:
		return runWorse
	case p.Outcome == "failed" && !plan.Check:
		return exitFailed
	case v == action.Unsure && !plan.Measurable():
		// The steps after it may go on; the run as a whole has verified less than it should.
		r.unseen = append(r.unseen, plan.Title)
		return exitOK
	}
	return runNoEffect
}

// follow waits for the command's end. An interrupt cancels it, and its end is waited for; when calm is
// only told to go, it goes on.
func (r *runner) follow(ctx context.Context, op string) (action.Progress, error) {
	cancelled := false
	for {
		p, err := r.session.Conductor.Follow(context.WithoutCancel(ctx), r.journal, op)
		if err != nil || p.Outcome != "" {
			return p, err
		}
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); errors.Is(cause, ErrLeft) {
				return p, fmt.Errorf("%w; the command goes on, and the next calm finds it", cause)
			}
			if !cancelled {
				cancelled = true
				if err := r.session.Conductor.Cancel(context.WithoutCancel(ctx), r.journal, op); err != nil {
					return p, err
				}
			}
			time.Sleep(followEvery)
		case <-time.After(followEvery):
		}
	}
}

func (r *runner) verify(ctx context.Context, judge *action.Judge, plan action.Plan) ([]action.Row, action.Verdict, string, error) {
	for {
		r.look(ctx)
		rows, verdict, text := judge.Observe(r.assess().Snapshot)
		if plan.Check && verdict == action.Pending {
			return rows, action.NoEffect, "not as the runbook says", nil
		}
		if verdict != action.Pending {
			return rows, verdict, text, nil
		}
		select {
		case <-ctx.Done():
			return rows, action.Unsure, "interrupted", ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

// leading is the evidence for the scenario that is run; a procedure is judged by the one that leads.
func leading(a situation.Assessment, id string) *triage.Case {
	if id == "" {
		id = a.Lead
	}
	for i := range a.Cases {
		if a.Cases[i].Scenario.ID == id {
			return &a.Cases[i]
		}
	}
	return nil
}
