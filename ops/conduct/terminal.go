package conduct

import (
	"context"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
	"calm/ops/run"
)

// Fillings suggests values for a step's placeholders, by their text, best first.
func (c *Conductor) Fillings(ctx context.Context, ref action.Ref) (map[string][]string, error) {
	found, ok := c.Runbook().StepByID(ref.Step)
	if !ok {
		return nil, ops.Errorf(ops.Invalid, "fill "+ref.Title, "the runbook has no such step any more; e opens it")
	}
	return c.Planner.Fillings(ctx, found.Step)
}

// Terminal gives the program of a plan that needs the terminal for itself. Its intent is durable
// when it is given out; its end is for the caller to record.
func (c *Conductor) Terminal(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor) (action.Terminal, []incident.Event, error) {
	from, err := c.madeFrom(p)
	if err != nil {
		return nil, nil, err
	}
	if from.approval, err = c.approved(j, p); err != nil {
		return nil, nil, err
	}
	events, err := c.intend(ctx, j, p, from, actor, "terminal")
	if err != nil {
		return nil, events, err
	}
	c.forget(p)
	if p.Host != "" {
		return run.Interactive(run.TerminalArgv(p), c.Planner.Env("TERM", "COLORTERM", "SSH_AUTH_SOCK"), ""), events, nil
	}
	env := from.carried.Apply(c.Planner.Env("TERM", "COLORTERM", "EDITOR", "VISUAL", "SSH_AUTH_SOCK"))
	return run.Interactive(run.TerminalArgv(p), env, p.Dir), events, nil
}

// given is the environment that a plan starts with here, and what its command is given on another host.
func (c *Conductor) given(p action.Plan, carried run.Carried) (env []string, there run.Carried) {
	if env = c.Planner.EnvOf(p); p.Host != "" {
		return env, carried
	}
	return carried.Apply(env), run.Carried{}
}
