// Package conduct is the one way to change the host: propose, confirm, write the intent down, run,
// record. It puts ops/plan, ops/run and an incident's journal together so that none of the three
// can be had without the others. It decides nothing about what is on screen, and it judges no
// effect: the readings are not here.
package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/plan"
	"calm/ops/run"
)

// actionsFolder is where an incident keeps its actions, a folder each.
const actionsFolder = "actions"

// settledFile marks an action whose outcome is in the journal.
const settledFile = "journaled"

// Options are what a Conductor works with.
type Options struct {
	Runbook *runbook.Runbook
	Planner *plan.Planner
	Leases  string                          // folder of the host's leases
	Self    string                          // the program that supervises; empty means this one
	Journal func() (incident.Journal, bool) // the open incident, for what earlier steps carry; nil means none
}

// Conductor runs steps of one runbook. Its methods may be called from several goroutines.
type Conductor struct {
	Options
	mu     sync.Mutex
	before map[string]signal.Snapshot // readings at the proposal, by op
}

// New makes a conductor.
func New(o Options) *Conductor {
	return &Conductor{Options: o, before: map[string]signal.Snapshot{}}
}

// Propose gives the plan of one step: what would run, whole. Nothing is started that changes
// anything.
func (c *Conductor) Propose(ctx context.Context, r action.Request) (action.Plan, error) {
	found, ok := c.Runbook.StepByID(r.Ref.Step)
	if !ok {
		return action.Plan{}, ops.Errorf(ops.Invalid, "propose "+r.Ref.Title, "the runbook has no such step any more; e opens it")
	}
	carried, err := c.carried(r.Ref)
	if err != nil {
		return action.Plan{}, err
	}
	p, err := c.Planner.Plan(ctx, plan.Request{
		Runbook: c.Runbook, Ref: r.Ref, Step: found.Step, Fill: r.Fill, Carried: carried, AsWritten: r.AsWritten,
		Snapshot: r.Snapshot, Case: r.Case, Last: c.last(r.Ref),
	})
	if errors.Is(err, plan.ErrHere) {
		return action.Plan{}, action.ErrHere
	}
	if err != nil {
		return action.Plan{}, err
	}
	if p.Approval != nil && r.Approved != "" {
		p.Approval, p.Notes = nil, append(p.Notes, "the procedure is "+r.Approved)
		p.Seal()
	}
	c.mu.Lock()
	c.before[p.Op] = r.Snapshot
	c.mu.Unlock()
	return p, nil
}

// Begin writes a confirmed plan down and starts it. When it returns without an error the intent is
// durable and the command is under way. A plan that is not as it was sealed does not start.
func (c *Conductor) Begin(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how string) ([]incident.Event, error) {
	events, err := c.intend(ctx, j, p, actor, how)
	if err != nil {
		return events, err
	}
	c.mu.Lock()
	before := c.before[p.Op]
	delete(c.before, p.Op)
	c.mu.Unlock()
	carried, err := c.carried(p.Ref)
	if err != nil {
		return c.refuse(ctx, j, p, events, err)
	}
	_, err = c.supervisor(j).Start(ctx, run.Job{Plan: p, Env: carried.Apply(c.Planner.EnvOf(p)), By: actor.Name, Before: before})
	if err != nil && ops.CodeOf(err) != ops.Timeout {
		return c.refuse(ctx, j, p, events, err)
	}
	return events, err
}

// intend makes the proposal, the consent and the intent durable, in one append.
func (c *Conductor) intend(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how string) ([]incident.Event, error) {
	if !p.Matches(p.Hash) {
		return nil, ops.Errorf(ops.Invalid, "start "+p.Title, "the plan is not the one that was shown; propose it again")
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, ops.Wrap("start "+p.Title, err)
	}
	return j.Append(ctx,
		incident.Draft{Type: incident.Proposed, Actor: actor, Data: incident.ProposedData{Op: p.Op, Hash: p.Hash, Plan: raw}},
		incident.Draft{Type: incident.Confirmed, Actor: actor, Data: incident.ConfirmedData{Op: p.Op, Hash: p.Hash, By: actor.Name, How: how}},
		incident.Draft{Type: incident.Intent, Actor: actor, Data: incident.IntentData{
			Op: p.Op, Hash: p.Hash, Title: p.Title, Command: p.Command, Risk: p.Risk, Part: p.Ref.Part, Step: p.Ref.Step,
		}},
	)
}

// refuse closes an intent that led to nothing, so that it is never taken for one that is running.
func (c *Conductor) refuse(ctx context.Context, j incident.Journal, p action.Plan, events []incident.Event, cause error) ([]incident.Event, error) {
	more, err := j.Append(ctx, incident.Draft{Type: incident.Finished, Actor: incident.Actor{Name: "calm"}, Data: incident.FinishedData{
		Op: p.Op, Outcome: "failed", Exit: -1, Text: "did not start: " + cause.Error(),
	}})
	return append(events, more...), errors.Join(cause, err)
}

func (c *Conductor) supervisor(j incident.Journal) run.Supervisor {
	return run.Supervisor{Dir: filepath.Join(j.Path(), actionsFolder), Leases: c.Leases, Self: c.Self}
}

// Follow looks at a started plan once. The first look after its end writes the outcome down.
func (c *Conductor) Follow(ctx context.Context, j incident.Journal, op string) (action.Progress, error) {
	dir := filepath.Join(j.Path(), actionsFolder, op)
	h, err := run.Attach(dir)
	if ops.CodeOf(err) == ops.Unreachable {
		return c.lost(ctx, j, op)
	}
	if err != nil {
		return action.Progress{Op: op}, err
	}
	p, err := h.Poll()
	if err != nil {
		return action.Progress{Op: op}, err
	}
	out := action.Progress{
		Op: op, PID: p.PID, Started: p.Started, Ended: p.Ended, Exit: p.Exit.Code, Outcome: p.Exit.Outcome,
		Output: lines(p.Output), Raw: string(p.Output), Text: p.Exit.Text,
	}
	if p.State == run.Running {
		out.Outcome = ""
		return out, nil
	}
	if out.Ended.IsZero() {
		out.Ended = out.Started
	}
	// Readings that can't be read are as if none were taken: the judge says that it does not know.
	out.Before, _ = h.Before()
	out.Problem = c.Planner.Problem(ctx, h.Plan)
	out.Events, err = c.settle(ctx, j, dir, incident.FinishedData{
		Op: op, Outcome: out.Outcome, Exit: out.Exit, Seconds: out.Ended.Sub(out.Started).Seconds(),
		Output: p.Exit.SHA256, Text: out.Text,
	})
	return out, err
}

// settle journals an outcome once. A console that dies between the append and the mark has it
// written twice, which the fold ignores; it is never lost.
func (c *Conductor) settle(ctx context.Context, j incident.Journal, dir string, data incident.FinishedData) ([]incident.Event, error) {
	mark := filepath.Join(dir, settledFile)
	if _, err := os.Stat(mark); err == nil {
		return nil, nil
	}
	events, err := j.Append(ctx, incident.Draft{Type: incident.Finished, Actor: incident.Actor{Name: "calm"}, Data: data})
	if err != nil {
		return nil, err
	}
	if f, err := os.OpenFile(mark, os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		return events, f.Close()
	}
	return events, nil
}

// lost is an intent without a folder: its console died between the two, and nothing was started.
func (c *Conductor) lost(ctx context.Context, j incident.Journal, op string) (action.Progress, error) {
	data := incident.FinishedData{Op: op, Outcome: "failed", Exit: -1, Text: "it never began: calm ended between the intent and the start"}
	events, err := j.Append(ctx, incident.Draft{Type: incident.Finished, Actor: incident.Actor{Name: "calm"}, Data: data})
	return action.Progress{Op: op, Exit: -1, Outcome: data.Outcome, Text: data.Text, Events: events}, err
}

// Cancel ends a started plan with its whole process tree.
func (c *Conductor) Cancel(_ context.Context, j incident.Journal, op string) error {
	h, err := run.Attach(filepath.Join(j.Path(), actionsFolder, op))
	if err != nil {
		return err
	}
	return h.Cancel()
}
