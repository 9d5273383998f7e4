package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/situation"
	"calm/ui/command"
)

// ErrLeft is the cause of a context that ends because calm is told to go, by a hang-up or by TERM, and
// not to stop what runs.
var ErrLeft = errors.New("calm was told to end")

// Exit codes of run.
const (
	runNoEffect = 4
	runWorse    = 5
	runRefused  = 6
)

// runDoc is what `calm run --json` prints.
type runDoc struct {
	Incident *int         `json:"incident"` // null for a dry run
	Title    string       `json:"title"`
	Runbook  string       `json:"runbook_sha256"`
	Trusted  bool         `json:"trusted"` // whether a person lets this text run
	DryRun   bool         `json:"dry_run"`
	Steps    []runStepDoc `json:"steps"`
	Exit     int          `json:"exit"`

	Findings []lint.Finding `json:"findings"` // of lint, in the steps of this run
}

type runStepDoc struct {
	Step    string       `json:"step"`
	Title   string       `json:"title"`
	Risk    string       `json:"risk"`
	Plan    *action.Plan `json:"plan"`    // null for what a person does, and for what can't be planned
	Outcome *string      `json:"outcome"` // "ok", "failed", "cancelled", "unknown"; null when nothing ran
	Exit    *int         `json:"exit"`
	Verdict *string      `json:"verdict"` // null when there was nothing to judge
	Text    string       `json:"text"`    // of the verdict, or why there is no plan
	Rows    []action.Row `json:"rows"`
	Output  []string     `json:"output"`
}

// runner walks the steps of one procedure or scenario in plain lines.
type runner struct {
	builder
	session command.Session
	journal incident.Journal
	inc     incident.Incident
	watch   *situation.Watch
	dryRun  bool
	yes     bool
	quiet   bool   // JSON: no lines
	glass   string // why what may run without the journal is to run, where it can't be written
	fill    map[string]string
	in      *bufio.Scanner
	input   chan string // the lines of in; nil before the first is asked for
	unready []string    // steps that have no plan, and why; of a dry run
	unseen  []string    // steps whose effect nothing measures
	judges  []judged    // of the steps that have changed something
	doc     runDoc
}

// judged is a step that was found to have worked, and may turn out to have done harm all the same.
type judged struct {
	plan  action.Plan
	judge *action.Judge
	since time.Time
}

func (b builder) run() *cobra.Command {
	r := &runner{builder: b}
	var sets []string
	cmd := &cobra.Command{
		Use:   "run PROCEDURE|SCENARIO",
		Short: "A guided run in plain lines, with the console's guards",
		Long: `Each step is shown, confirmed, run, and judged by its measured effect. --yes answers
what changes, never what destroys and never an approval: that is waited for, ten
minutes, as a signature on the standard input or by calm approve. Exit 0 effect
verified, 1 a step failed, 4 no effect, 5 worse, 6 refused, 130 interrupted: ctrl+c
stops the command that runs; a hang-up or TERM ends calm alone, and the next calm
finds it.

While the journal can't be written, what changes the host is refused. --break-glass
lets a kill switch and pm2 restart run all the same: the reason and what they do are
kept in memory and in the syslog, and come into the journal when it can be written.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if r.fill, err = pairs(sets); err != nil {
				return Unusable(err)
			}
			code, err := r.all(cmd.Context(), args[0])
			r.doc.Exit = code
			if r.quiet && r.doc.Title != "" {
				if jsonErr := writeJSON(b.parts.Out, r.doc); jsonErr != nil {
					return jsonErr
				}
			}
			if code == exitOK && err == nil {
				return nil
			}
			return exit{code, err}
		},
	}
	f := cmd.Flags()
	f.BoolVar(&r.dryRun, "dry-run", false, "show every plan, run nothing")
	f.BoolVar(&r.yes, "yes", false, "answer yes to what changes")
	f.BoolVar(&r.quiet, "json", false, "one JSON document at the end")
	f.StringVar(&r.glass, "break-glass", "", "run a kill switch or pm2 restart although the journal can't be written, for this `REASON`")
	f.StringArrayVar(&sets, "set", nil, "a placeholder's value, `NAME=VALUE`")
	return cmd
}

func pairs(sets []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range sets {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--set %q: write NAME=VALUE", s)
		}
		out[name] = value
	}
	return out, nil
}

// target is what was asked for: its steps, in order.
type target struct {
	title    string
	scenario string // ID
	level    int
	steps    []runbook.Step
	refs     []action.Ref
}

func (r *runner) all(ctx context.Context, name string) (int, error) {
	flags := *r.flags
	flags.Observe = r.dryRun
	session, done, err := r.parts.Session(ctx, flags)
	if err != nil {
		return exitUsage, err
	}
	defer done()
	t, err := find(session.Runbook, name)
	if err != nil {
		return exitUsage, err
	}
	if err := t.takes(r.fill); err != nil {
		return exitUsage, err
	}
	r.session, r.watch, r.in = session, situation.New(session.Runbook, session.Specs), bufio.NewScanner(r.parts.In)
	r.doc.Title, r.doc.DryRun, r.doc.Steps = t.title, r.dryRun, []runStepDoc{}
	r.doc.Runbook, r.doc.Findings = session.Runbook.SHA256, t.findings(session.Runbook)
	if err := r.trusted(); err != nil {
		return runRefused, err
	}
	r.look(ctx)
	if !r.dryRun {
		if err := r.open(ctx, t); err != nil {
			return runRefused, err
		}
		defer r.journal.Close()
		r.doc.Incident = &r.inc.Number
	}
	for i := range t.steps {
		code, err := r.step(ctx, t, i)
		if errors.Is(err, ErrLeft) {
			return exitInterrupted, err
		}
		if ctx.Err() != nil {
			return exitInterrupted, fmt.Errorf("interrupted; what ran is in the journal")
		}
		if code != exitOK || err != nil {
			return code, err
		}
	}
	if len(r.unready) > 0 {
		return runRefused, fmt.Errorf("%d of %d steps would be refused: %s", len(r.unready), len(t.steps), strings.Join(r.unready, "; "))
	}
	if len(r.unseen) > 0 {
		return runNoEffect, fmt.Errorf("nothing that calm measures shows whether it worked: %s; look yourself", strings.Join(r.unseen, "; "))
	}
	return exitOK, nil
}

// takes says whether every given value has a placeholder to go into. A misspelled one would leave
// the real one open, or filled by nobody.
func (t target) takes(fill map[string]string) error {
	names := map[string]bool{}
	for _, s := range t.steps {
		for _, p := range s.Placeholders {
			names[p.Name], names[p.Text] = true, true
		}
	}
	for name := range fill {
		if !names[name] {
			return fmt.Errorf("--set %s: no step of %q has such a placeholder; --dry-run shows the steps", name, t.title)
		}
	}
	return nil
}

// find looks a procedure or scenario up by its ID, a fence by the name that a note gives it, or one
// of the former by the start of its ID or by words of its title.
func find(rb *runbook.Runbook, name string) (target, error) {
	var found []target
	var all []string
	for _, p := range rb.Procedures {
		all = append(all, p.ID)
		if matches(name, p.ID, p.Title) {
			found = append(found, procedureTarget(p))
		}
		if p.ID == name {
			return procedureTarget(p), nil
		}
	}
	for _, s := range rb.Scenarios {
		all = append(all, s.ID)
		if matches(name, s.ID, s.Title) {
			found = append(found, scenarioTarget(s))
		}
		if s.ID == name {
			return scenarioTarget(s), nil
		}
	}
	if steps := rb.StepsNamed(name); len(steps) > 0 {
		return fenceTarget(rb, steps), nil
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return target{}, fmt.Errorf("the runbook has no %q; it has: %s", name, strings.Join(all, ", "))
	}
	return target{}, fmt.Errorf("%q could be %q or %q; write more of it", name, found[0].title, found[1].title)
}

func matches(name, id, title string) bool {
	return strings.HasPrefix(id, strings.ToLower(name)) || strings.Contains(strings.ToLower(title), strings.ToLower(name))
}

func procedureTarget(p runbook.Procedure) target {
	t := target{title: p.Title}
	for i, s := range p.Steps {
		t.steps = append(t.steps, s)
		t.refs = append(t.refs, action.Ref{Part: p.ID, Title: p.Title, Group: "procedure", Step: s.ID, Index: i + 1, Of: len(p.Steps), Line: s.Line})
	}
	return t
}

// fenceTarget is one fence of a procedure or scenario by itself.
func fenceTarget(rb *runbook.Runbook, steps []runbook.StepRef) target {
	t := target{title: steps[0].Step.Name}
	for _, s := range steps {
		if sc, ok := rb.ScenarioByID(s.Part); ok {
			t.scenario, t.level = sc.ID, sc.Severity.Level
		}
		t.steps = append(t.steps, s.Step)
		t.refs = append(t.refs, action.Ref{
			Part: s.Part, Title: s.Title, Group: s.Group, Item: s.Item, Step: s.Step.ID, Index: s.Index, Of: s.Of, Line: s.Step.Line,
		})
	}
	return t
}

func scenarioTarget(s runbook.Scenario) target {
	t := target{title: s.Title, scenario: s.ID, level: s.Severity.Level}
	for i, step := range s.Diagnosis {
		t.steps = append(t.steps, step)
		t.refs = append(t.refs, action.Ref{Part: s.ID, Title: s.Title, Group: "diagnosis", Step: step.ID, Index: i + 1, Of: len(s.Diagnosis), Line: step.Line})
	}
	for i, item := range s.Resolution {
		for _, step := range item.Steps {
			t.steps = append(t.steps, step)
			t.refs = append(t.refs, action.Ref{Part: s.ID, Title: item.Title, Group: "resolution", Item: item.ID, Step: step.ID, Index: i + 1, Of: len(s.Resolution), Line: step.Line})
		}
	}
	return t
}

// open goes on with the open incident, or opens one: what runs must be written down somewhere.
func (r *runner) open(ctx context.Context, t target) error {
	j, events, ok, err := r.session.Incidents.Resume(ctx)
	if err != nil {
		return err
	}
	if !ok {
		level := t.level
		if level == 0 {
			level = r.assess().Level()
		}
		if level == 0 && len(r.session.Runbook.Severities) > 0 {
			level = r.session.Runbook.Severities[len(r.session.Runbook.Severities)-1].Level
		}
		j, events, err = r.session.Incidents.Declare(ctx, r.session.Actor, incident.DeclaredData{
			Level: level, Title: "calm run: " + t.title, Scenario: t.scenario,
			Service: r.session.Service, Host: r.session.Host, Runbook: r.session.Runbook.SHA256,
		})
		if err != nil {
			return err
		}
	}
	r.journal = j
	r.inc, err = incident.Fold(events)
	if err == nil && ok {
		_, err = r.session.Incidents.Revise(ctx, j, r.inc.Runbook, r.session.Runbook, r.session.Actor)
	}
	if err == nil && !ok {
		r.line("no incident was open: #%d opened, so that this is written down", r.inc.Number)
	}
	return err
}

func (r *runner) line(format string, args ...any) {
	w := r.parts.Out
	if r.quiet {
		w = r.parts.Err
	}
	fmt.Fprintf(w, format+"\n", args...)
}

func (r *runner) look(ctx context.Context) {
	r.watch.Add(command.Observe(ctx, r.session, lookLimit)...)
}

func (r *runner) assess() situation.Assessment {
	return r.watch.Assess(r.parts.Now(), situation.AnswersOf(r.inc))
}

// say asks a question on the terminal; no answer at all is a no, and so is an interrupt: a read of
// the terminal can't be called off, so it is left behind.
func (r *runner) say(ctx context.Context, question string) string {
	fmt.Fprint(r.parts.Err, question)
	select {
	case text, ok := <-r.lines():
		if !ok {
			fmt.Fprintln(r.parts.Err)
		}
		return strings.TrimSpace(text)
	case <-ctx.Done():
		fmt.Fprintln(r.parts.Err)
		return ""
	}
}

// lines are what is typed, by one reader: an answer may come another way while it is waited for here, and
// what is typed then is for the next question.
func (r *runner) lines() <-chan string {
	if r.input == nil {
		r.input = make(chan string)
		go func() {
			for r.in.Scan() {
				r.input <- r.in.Text()
			}
			close(r.input)
		}()
	}
	return r.input
}

// stamp is how times are written in a guided run.
func stamp(t time.Time) string { return t.UTC().Format("15:04:05") }
