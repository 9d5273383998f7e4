package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
)

// effect is what a command does on the host of the tests.
type effect struct {
	takes   time.Duration
	never   bool // it runs until it is stopped
	exit    int
	output  string
	problem string
	unknown bool // nobody can tell how it ended
	then    func()
}

// conductor stands for the way to change the host. It refuses what was not proposed, what was
// started before, and what nobody confirmed by a key while that very plan was on the screen.
type conductor struct {
	mu       sync.Mutex
	wrong    func(string)      // a rule was broken
	agreed   func(string) bool // whether a person has confirmed the plan of this hash
	does     func(action.Plan) effect
	refuses  error // what Propose answers
	fails    error // what Begin answers after the intent
	proposed map[string]string
	before   map[string]signal.Snapshot
	runs     map[string]*running
	order    []*running
	fills    map[string][]string
	ref      action.Request  // of the newest proposal
	asked    int             // plans that were asked for
	wait     time.Duration   // how long a plan takes to make
	unsure   error           // what Begin answers although it has started
	dies     bool            // Begin ends after the intent, and answers never
	inverse  *action.Inverse // of every plan that changes something
	terminal *screenful
	means    action.Means                    // how an approval can be given
	closed   atomic.Bool                     // the test is over
	book     atomic.Pointer[runbook.Runbook] // nil follows the built-in one
	onDisk   func() string                   // hash of the runbook's file; nil for one that never changes
}

// running is one started plan.
type running struct {
	plan     action.Plan
	effect   effect
	started  time.Time
	ended    time.Time
	outcome  string
	recorded bool
}

func (c *conductor) follows() *runbook.Runbook {
	if rb := c.book.Load(); rb != nil {
		return rb
	}
	return builtin()
}

func newConductor(wrong func(string)) *conductor {
	return &conductor{
		wrong: wrong, agreed: func(string) bool { return false },
		does:     func(action.Plan) effect { return effect{takes: time.Second} },
		proposed: map[string]string{}, before: map[string]signal.Snapshot{}, runs: map[string]*running{},
	}
}

// BreakGlass starts what may run without a journal, and leaves the reason in the archive when it can.
func (c *conductor) BreakGlass(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how, reason string) ([]incident.Event, error) {
	a, ok := j.(*keeping)
	if !ok || reason == "" || !action.BreaksGlass(c.follows(), p.Ref, p.Command) {
		c.wrong("the glass was broken for " + p.Command)
		return nil, errors.New("refused")
	}
	a.breakGlass(actor, reason)
	return c.Begin(ctx, glassed{a}, p, actor, how)
}

func (c *conductor) Propose(_ context.Context, r action.Request) (action.Plan, error) {
	c.mu.Lock()
	c.asked++
	wait := c.wait
	c.mu.Unlock()
	time.Sleep(wait)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ref = r
	if c.refuses != nil {
		return action.Plan{}, c.refuses
	}
	found, ok := c.follows().StepByID(r.Ref.Step)
	if done := c.runs[r.Ref.Step]; r.Ref.Group == action.UndoGroup && done != nil {
		found.Step, ok = runbook.Step{Part: runbook.Part{Title: "Undo: " + done.plan.Title}, Text: done.plan.Inverse.Command, Risk: shell.Changes}, true
	}
	if !ok {
		return action.Plan{}, errors.New("the runbook has no such step")
	}
	if found.Step.Remote != "" {
		return action.Plan{}, action.ErrHere
	}
	p := c.planOf(found.Step, r)
	if !p.Check {
		p.Inverse = c.inverse
	}
	p.Op = fmt.Sprintf("01J%05d", len(c.proposed)+1)
	p.Seal()
	c.proposed[p.Op], c.before[p.Op] = p.Hash, r.Snapshot
	return p, nil
}

// planOf is a plan as the planner makes it, without a host to look at.
func (c *conductor) planOf(s runbook.Step, r action.Request) action.Plan {
	text := s.Text
	for placeholder, value := range r.Fill {
		text = strings.ReplaceAll(text, placeholder, value)
	}
	p := action.Plan{
		Kind: action.Shell, Ref: r.Ref, Title: s.Title, Written: s.Text, Command: text, Dir: "/srv/glowglitch", User: "deploy",
		Risk: string(s.Risk), Check: s.Risk == shell.Reads, Endless: s.Endless, Terminal: s.Interactive,
		Timeout: time.Minute, Undo: "the same again",
	}
	if rb := c.book.Load(); rb != nil {
		p.Runbook = rb.SHA256
	}
	if s.Endless || s.Interactive {
		p.Timeout = 0
	}
	if s.Kind == runbook.NginxStep {
		p.Kind = action.Nginx
	}
	if s.Risk == shell.Destroys {
		p.Target, p.Lost = "glowglitch", "243 documents"
	}
	if proc, ok := c.follows().ProcedureByID(r.Ref.Part); ok && !p.Check {
		p.Approval = proc.Approval
	}
	in := action.Input{Plan: p, App: "glowglitch-app", Case: r.Case, Before: r.Snapshot, Last: strings.Contains(text, "restart")}
	if e := s.Expect; e != nil {
		in.Expect = &action.ExpectedOutput{Text: e.Text, Output: e.Output, Exit: e.Exit}
	}
	p.Expect, p.Guards, p.Deadline = action.Expectations(in)
	return p
}

// check says what speaks against starting a plan.
func (c *conductor) check(p action.Plan) error {
	switch hash, ok := c.proposed[p.Op]; {
	case !ok:
		c.wrong("a plan was begun that was never proposed: " + p.Command)
		return errors.New("never proposed")
	case hash != p.Hash || !p.Matches(p.Hash):
		c.wrong("a plan was begun that is not the one that was proposed: " + p.Command)
		return errors.New("not as proposed")
	case c.runs[p.Op] != nil:
		c.wrong("a plan was begun twice: " + p.Command)
		return errors.New("begun before")
	case c.onDisk != nil && c.onDisk() != c.follows().SHA256:
		return errors.New("the runbook changed on disk")
	case (!p.Check || p.Approval != nil) && !c.agreed(p.Hash):
		c.wrong("nobody confirmed: " + p.Command)
		return errors.New("not confirmed")
	}
	for _, r := range c.order {
		if r.outcome == "" {
			c.wrong("two plans at a time: " + r.plan.Command + " and " + p.Command)
		}
	}
	return nil
}

func (c *conductor) intend(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how string) ([]incident.Event, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	events, err := j.Append(ctx,
		incident.Draft{Type: incident.Proposed, Actor: actor, Data: incident.ProposedData{Op: p.Op, Hash: p.Hash, Plan: raw}},
		incident.Draft{Type: incident.Confirmed, Actor: actor, Data: incident.ConfirmedData{Op: p.Op, Hash: p.Hash, By: actor.Name, How: how}},
		incident.Draft{Type: incident.Intent, Actor: actor, Data: incident.IntentData{
			Op: p.Op, Hash: p.Hash, Title: p.Title, Command: p.Command, Risk: p.Risk, Part: p.Ref.Part, Step: p.Ref.Step,
			Undoable: p.Inverse != nil,
		}})
	if p.Check {
		err = incident.Spooled(err)
	}
	return events, err
}

func (c *conductor) Begin(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how string) ([]incident.Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.check(p); err != nil {
		return nil, err
	}
	if p.Approval != nil {
		a, ok := approved(j, p)
		if !ok {
			c.wrong("a plan was begun that nobody approved: " + p.Command)
			return nil, errors.New("not approved")
		}
		how = a.Granted.Words() + "; " + how
	}
	events, err := c.intend(ctx, j, p, actor, how)
	if err != nil {
		return events, err
	}
	if c.dies {
		return nil, errors.New("calm has ended")
	}
	if c.fails != nil {
		more, err := j.Append(ctx,
			incident.Draft{Type: incident.Finished, Data: incident.FinishedData{Op: p.Op, Outcome: incident.OutcomeFailed, Exit: -1}},
			incident.Draft{Type: incident.Judged, Data: incident.JudgedData{Op: p.Op, Verdict: "no effect", Text: "did not start"}})
		return append(events, more...), errors.Join(c.fails, err)
	}
	c.start(p)
	return events, c.unsure
}

func (c *conductor) start(p action.Plan) *running {
	r := &running{plan: p, effect: c.does(p), started: time.Now()}
	c.runs[p.Op] = r
	c.order = append(c.order, r)
	if !r.effect.never {
		time.AfterFunc(r.effect.takes, func() { c.end(r, outcomeOf(p, r.effect)) })
	}
	return r
}

func outcomeOf(p action.Plan, e effect) string {
	if e.unknown {
		return incident.OutcomeUnknown
	}
	return p.Outcome(e.exit, e.output)
}

// end is the command's end, whoever brings it about.
func (c *conductor) end(r *running, outcome string) {
	c.mu.Lock()
	ended := r.outcome != ""
	if !ended {
		r.ended, r.outcome = time.Now(), outcome
	}
	c.mu.Unlock()
	if !ended && outcome != incident.OutcomeCancelled && r.effect.then != nil {
		r.effect.then()
	}
}

func (c *conductor) Follow(ctx context.Context, j incident.Journal, op string) (action.Progress, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.runs[op]
	if r == nil {
		text := "it never began: calm ended between the intent and the start"
		p := action.Progress{Op: op, Outcome: incident.OutcomeFailed, Exit: -1, Text: text, Problem: text}
		var err error
		p.Events, err = j.Append(ctx, incident.Draft{Type: incident.Finished, Data: incident.FinishedData{Op: op, Outcome: p.Outcome, Exit: -1, Text: text}})
		return p, err
	}
	p := action.Progress{Op: op, PID: 21874, Started: r.started, Output: strings.Split(r.effect.output, "\n"), Raw: r.effect.output}
	if r.outcome == "" {
		return p, nil
	}
	p.Before = c.before[op]
	p.Ended, p.Exit, p.Outcome, p.Problem = r.ended, r.effect.exit, r.outcome, r.effect.problem
	if r.outcome == incident.OutcomeUnknown {
		p.Text = "calm ended while this ran"
	}
	if r.recorded {
		return p, nil
	}
	events, err := j.Append(ctx, incident.Draft{Type: incident.Finished, Actor: incident.Actor{Name: "calm"}, Data: incident.FinishedData{
		Op: op, Outcome: r.outcome, Exit: p.Exit, Seconds: r.ended.Sub(r.started).Seconds(), Text: p.Text,
	}})
	r.recorded = incident.Spooled(err) == nil
	p.Events = events
	return p, incident.Spooled(err)
}

func (c *conductor) Cancel(_ context.Context, _ incident.Journal, op string) error {
	c.mu.Lock()
	r := c.runs[op]
	c.mu.Unlock()
	if r == nil {
		return errors.New("no action " + op)
	}
	r.effect.exit = -1
	c.end(r, incident.OutcomeCancelled)
	return nil
}

func (c *conductor) Fillings(context.Context, action.Ref) (map[string][]string, error) {
	return c.fills, nil
}

func (c *conductor) Terminal(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor) (action.Terminal, []incident.Event, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.check(p); err != nil {
		return nil, nil, err
	}
	events, err := c.intend(ctx, j, p, actor, "terminal")
	if err != nil {
		return nil, events, err
	}
	c.runs[p.Op] = &running{plan: p, outcome: "ok"}
	return c.terminal, events, nil
}

// began is the commands that were started, in order.
func (c *conductor) began() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for _, r := range c.order {
		out = append(out, r.plan.Command)
	}
	return out
}

// screenful is a program that takes the terminal.
type screenful struct {
	ran int
	do  func()
	err error
}

func (s *screenful) Run() error {
	s.ran++
	if s.do != nil {
		s.do()
	}
	return s.err
}
func (s *screenful) SetStdin(io.Reader)  {}
func (s *screenful) SetStdout(io.Writer) {}
func (s *screenful) SetStderr(io.Writer) {}
