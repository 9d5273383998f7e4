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
	"syscall"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/approve"
	"calm/ops/journal"
	"calm/ops/plan"
	"calm/ops/run"
	"calm/ops/secret"
	"calm/ops/trust"
)

// actionsFolder is where an incident keeps its actions, a folder each.
const actionsFolder = "actions"

// settledFile says, when there is something in it, that an action's outcome is in the journal.
const settledFile = "journaled"

// Options are what a Conductor works with.
type Options struct {
	Runbook func() *runbook.Runbook // the text that is followed now; never nil
	OnDisk  func() (string, error)  // SHA-256 of the file as it is now; nil for one that is no file
	Trust   *trust.Store            // nil trusts nothing
	Planner *plan.Planner
	Leases  string                          // folder of the host's leases
	Self    string                          // the program that supervises; empty means this one
	Journal func() (incident.Journal, bool) // the open incident, for what earlier steps carry; nil means none
	Hide    secret.Set                      // what no output, plan and context may show

	Approval approve.Policy         // what counts as somebody else's approval
	Uptime   func() incident.Uptime // nil is the host's own
}

// Conductor runs steps of one runbook, as a person has trusted it. Its methods may be called from
// several goroutines.
type Conductor struct {
	Options
	mu       sync.Mutex
	proposed map[string]proposal // by op
	linted   *runbook.Runbook    // that found is about
	found    []lint.Finding
}

// proposal is what a plan was made from.
type proposal struct {
	before  signal.Snapshot
	carried run.Carried
	seen    uint64 // the last event of the incident that it takes account of; 0 for none

	approval *approve.Evidence // of one that begins; nil where none is needed
}

// maxProposed bounds the proposals that are remembered. One that was forgotten can still be begun:
// it then carries what is there to carry, and is judged by the readings after it alone.
const maxProposed = 32

// New makes a conductor.
func New(o Options) *Conductor {
	return &Conductor{Options: o, proposed: map[string]proposal{}}
}

// Propose gives the plan of one step: what would run, whole. Nothing is started that changes
// anything.
func (c *Conductor) Propose(ctx context.Context, r action.Request) (action.Plan, error) {
	rb := c.Runbook()
	seen, err := c.seen()
	if err != nil {
		return action.Plan{}, err
	}
	p, carried, err := c.plan(ctx, rb, r)
	if errors.Is(err, plan.ErrHere) {
		return action.Plan{}, action.ErrHere
	}
	if err != nil {
		return action.Plan{}, err
	}
	if name, holds := c.holds(p); holds {
		return action.Plan{}, ops.Errorf(ops.Invalid, "propose "+p.Title,
			"it holds the value of %s, which anyone could read in the process list and in the journal; write $%s in the runbook (e)", name, name)
	}
	c.advise(rb, &p)
	if err := c.halfBuilt(rb, &p); err != nil {
		return action.Plan{}, err
	}
	p.Seal()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.proposed) >= maxProposed {
		clear(c.proposed)
	}
	c.proposed[p.Op] = proposal{before: r.Snapshot, carried: carried, seen: seen}
	return p, nil
}

// approvedAlone says whether a step needs an approval of its own, whatever its procedure has.
func approvedAlone(rb *runbook.Runbook, ref action.Ref) bool {
	found, ok := rb.StepByID(ref.Step)
	return ok && found.Step.Approval != nil
}

// plan makes the plan of a step, with what earlier steps carry to it.
func (c *Conductor) plan(ctx context.Context, rb *runbook.Runbook, r action.Request) (action.Plan, run.Carried, error) {
	if r.Ref.Group == action.UndoGroup {
		return c.undo(ctx, rb, r)
	}
	found, ok := rb.StepByID(r.Ref.Step)
	if !ok {
		return action.Plan{}, run.Carried{}, ops.Errorf(ops.Invalid, "propose "+r.Ref.Title, "the runbook has no such step any more; e opens it")
	}
	carried, err := c.carried(rb, r.Ref)
	if err != nil {
		return action.Plan{}, carried, err
	}
	p, err := c.Planner.Plan(ctx, plan.Request{
		Runbook: rb, Ref: r.Ref, Step: found.Step, Fill: r.Fill, Carried: carried, Prompt: c.prompt(rb, r.Ref), AsWritten: r.AsWritten,
		Rehearse: r.Rehearse, Level: r.Level,
		Snapshot: r.Snapshot, Case: r.Case, Last: last(rb, r.Ref),
	})
	return p, carried, err
}

// undo makes the plan of what takes an action back. Only the runbook's own way back, and a restore for
// its address, need what the steps carried.
func (c *Conductor) undo(ctx context.Context, rb *runbook.Runbook, r action.Request) (action.Plan, run.Carried, error) {
	var carried run.Carried
	done, err := c.done(r.Ref)
	if err == nil && done.Inverse != nil && (done.Inverse.Runbook || done.Inverse.Kind == action.Restore) {
		carried, err = c.carried(rb, r.Ref)
	}
	if err != nil {
		return action.Plan{}, carried, err
	}
	p, err := c.Planner.Inverse(ctx, done, plan.Request{Runbook: rb, Fill: r.Fill, Carried: carried, Snapshot: r.Snapshot})
	return p, carried, err
}

// done is the plan of an action that has ended, for what takes it back.
func (c *Conductor) done(ref action.Ref) (action.Plan, error) {
	op := "undo " + ref.Title
	if c.Journal == nil {
		return action.Plan{}, ops.Errorf(ops.Invalid, op, "there is no incident, so nothing was done")
	}
	j, ok := c.Journal()
	if !ok {
		return action.Plan{}, ops.Errorf(ops.Invalid, op, "there is no incident, so nothing was done")
	}
	h, err := run.Attach(folder(j, ref.Step))
	if err != nil {
		return action.Plan{}, err
	}
	p, err := h.Poll()
	if err != nil {
		return action.Plan{}, err
	}
	if p.State == run.Running {
		return action.Plan{}, ops.Errorf(ops.Conflict, op, "it still runs: stop it first (x)")
	}
	return h.Plan, nil
}

// holds says whether a plan holds a secret, in whichever of its fields, and which.
func (c *Conductor) holds(p action.Plan) (name string, ok bool) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", false // Begin finds out: such a plan can't be sealed
	}
	return c.Hide.Redactor().Holds(string(text))
}

// madeFrom is what a plan was made from. What another console did since is not carried to it: what
// was shown is what runs.
func (c *Conductor) madeFrom(p action.Plan) (proposal, error) {
	c.mu.Lock()
	from, ok := c.proposed[p.Op]
	c.mu.Unlock()
	if ok {
		return from, nil
	}
	carried, err := c.carried(c.Runbook(), p.Ref)
	return proposal{carried: carried}, err
}

// forget drops what a plan was made from: it starts once.
func (c *Conductor) forget(p action.Plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.proposed, p.Op)
}

// Begin writes a confirmed plan down and starts it. When it returns without an error the intent is
// durable and the command is under way. A plan that is not as it was sealed does not start, nor one of
// a runbook that nobody trusted, or whose file has changed, which is Denied; one that
// was started before is a Conflict, and goes on as it is. With the code Timeout it may have started:
// Follow it.
func (c *Conductor) Begin(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how string) ([]incident.Event, error) {
	from, err := c.madeFrom(p)
	if err != nil {
		return nil, err
	}
	if err := c.permit(p); err != nil {
		return nil, err // before anything is made for it
	}
	if from.approval, err = c.approved(j, p); err != nil {
		return nil, err
	}
	// Everything that the action needs of the disk is there before anybody reads that it is meant to run.
	defer hold(j)()
	job := run.Job{Plan: p, Approval: from.approval, By: actor.Name, Before: from.before, Hide: c.Hide, Grant: c.grant(p)}
	job.Env, job.There = c.given(p, from.carried)
	prepared, err := c.prepare(j, job)
	if err != nil {
		return nil, err
	}
	events, err := c.intend(ctx, j, p, from, actor, how)
	if ops.CodeOf(err) == ops.Conflict {
		prepared.Discard() // the incident went on, and nothing was written
		return events, err
	}
	if err != nil {
		prepared.Leave()
		return events, err
	}
	c.forget(p)
	_, err = prepared.Start(ctx)
	if err != nil && ops.CodeOf(err) != ops.Timeout {
		return c.refuse(ctx, j, p, events, err)
	}
	return events, err
}

// intend makes the proposal, the consent and the intent durable, in one append.
func (c *Conductor) intend(ctx context.Context, j incident.Journal, p action.Plan, from proposal, actor incident.Actor, how string) ([]incident.Event, error) {
	if !p.Matches(p.Hash) {
		return nil, ops.Errorf(ops.Invalid, "start "+p.Title, "the plan is not the one that was shown; propose it again")
	}
	if err := c.permit(p); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, ops.Wrap("start "+p.Title, err)
	}
	approval, at := under(from.approval, c.uptime())
	after, allowed := c.guard(p, from.seen)
	return put(ctx, j, p, after, allowed,
		incident.Draft{Type: incident.Proposed, Actor: actor, Data: incident.ProposedData{Op: p.Op, Hash: p.Hash, Plan: raw}},
		incident.Draft{Type: incident.Confirmed, Actor: actor, Data: incident.ConfirmedData{Op: p.Op, Hash: p.Hash, By: actor.Name, How: consented(from.approval, how)}},
		incident.Draft{Type: incident.Intent, Actor: actor, Data: incident.IntentData{
			Op: p.Op, Hash: p.Hash, Title: p.Title, Command: p.Command, Risk: p.Risk, Part: p.Ref.Part, Step: p.Ref.Step,
			Undoable: p.Inverse != nil, Approval: approval, At: at,
		}},
	)
}

// refuse closes an intent that led to nothing, so that it is never taken for one that is running, or
// for one whose effect is to be measured.
func (c *Conductor) refuse(ctx context.Context, j incident.Journal, p action.Plan, events []incident.Event, cause error) ([]incident.Event, error) {
	text := "did not start: " + cause.Error()
	more, err := j.Append(ctx,
		incident.Draft{Type: incident.Finished, Actor: journal.Calm(), Data: incident.FinishedData{
			Op: p.Op, Outcome: incident.OutcomeFailed, Exit: -1, Text: text,
		}},
		incident.Draft{Type: incident.Judged, Actor: journal.Calm(), Data: incident.JudgedData{
			Op: p.Op, Verdict: string(action.NoEffect), Text: text,
		}})
	return append(events, more...), errors.Join(cause, incident.Spooled(err))
}

func (c *Conductor) supervisor(j incident.Journal) run.Supervisor {
	return run.Supervisor{Dir: filepath.Join(j.Path(), actionsFolder), Leases: c.Leases, Others: journal.Leases(), Self: c.Self}
}

// Follow looks at a started plan once. The first look after its end writes the outcome down.
func (c *Conductor) Follow(ctx context.Context, j incident.Journal, op string) (action.Progress, error) {
	h, err := run.Attach(folder(j, op))
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
	switch p.State {
	case run.Running:
		out.Outcome = ""
		return out, nil
	case run.NeverBegan:
		out.Problem = out.Text
	case run.Finished:
		out.Problem = c.Planner.Problem(ctx, h.Plan)
	}
	c.count(ctx, h.Plan, &out)
	if out.Ended.IsZero() {
		out.Ended = out.Started
	}
	// Readings that can't be read are as if none were taken: the judge says that it does not know.
	out.Before, _ = h.Before()
	return c.settle(ctx, j, out, p.Exit)
}

// settle journals an outcome once, however many consoles follow it: whoever holds the mark does, and
// writes into it that it is done. A console that dies between the two has it written twice, which the
// fold ignores; it is never lost.
func (c *Conductor) settle(ctx context.Context, j incident.Journal, p action.Progress, e run.Exit) (action.Progress, error) {
	dir := folder(j, p.Op)
	err := os.MkdirAll(dir, 0o700)
	var mark *os.File
	if err == nil {
		mark, err = os.OpenFile(filepath.Join(dir, settledFile), os.O_CREATE|os.O_RDWR, 0o600)
	}
	switch {
	case run.NoRoom(err):
		// Without the mark two consoles may write it down, which does no harm.
		if settled(j, p.Op) {
			return p, nil
		}
	case err != nil:
		return p, ops.Wrap("record "+p.Op, err)
	default:
		defer mark.Close()
		if err := syscall.Flock(int(mark.Fd()), syscall.LOCK_EX); err != nil {
			return p, ops.Wrap("record "+p.Op, err)
		}
		if info, err := mark.Stat(); err == nil && info.Size() > 0 {
			return p, nil
		}
	}
	p.Events, err = j.Append(ctx, incident.Draft{Type: incident.Finished, Actor: journal.Calm(), Data: incident.FinishedData{
		Op: p.Op, Outcome: p.Outcome, Exit: p.Exit, Seconds: e.Seconds, Output: e.SHA256, Text: p.Text,
	}})
	if incident.Spooled(err) != nil {
		return p, err
	}
	if mark != nil {
		// Without the mark it would be written again, which does no harm.
		_, _ = mark.WriteString("journaled\n")
	}
	return p, nil
}

// lost is an intent without an action: its console ended between the two, or its folder was removed.
func (c *Conductor) lost(ctx context.Context, j incident.Journal, op string) (action.Progress, error) {
	out := action.Progress{Op: op, Exit: -1, Outcome: incident.OutcomeFailed, Text: "it never began: calm ended between the intent and the start"}
	state, err := run.Forestall(folder(j, op))
	if err != nil || state == run.Running {
		return action.Progress{Op: op}, err
	}
	events, err := j.Since(0)
	if err != nil {
		return action.Progress{Op: op}, err
	}
	// What can't be folded of the events is no reason to leave the action without an end.
	inc, _ := incident.Fold(events)
	if p, ok := action.Recorded(inc, op); ok && p.Terminal {
		out.Outcome, out.Text = incident.OutcomeUnknown, "calm ended while it had the terminal to itself; what it did is not known"
	} else if state == run.Unknown {
		out.Outcome, out.Text = incident.OutcomeUnknown, "its folder was removed; what it did is not known"
	} else {
		out.Problem = out.Text
	}
	return c.settle(ctx, j, out, run.Exit{})
}

// Cancel ends a started plan with its whole process tree.
func (c *Conductor) Cancel(_ context.Context, j incident.Journal, op string) error {
	h, err := run.Attach(folder(j, op))
	if err != nil {
		return err
	}
	return h.Cancel()
}
