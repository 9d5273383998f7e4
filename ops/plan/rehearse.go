package plan

import (
	"calm/model/action"
	"calm/model/runbook/shell"
	"calm/ops"
)

// rehearsed begins the step's ID in the plan of a dry run: what was rehearsed is not done.
const rehearsed = "dry-run:"

// rehearse puts the command that shows what the step would do in its place.
func (d *draft) rehearse() error {
	if !d.Rehearse {
		return nil
	}
	command, ok := action.Rehearsal(d.plan.Command)
	if !ok {
		return ops.Errorf(ops.Invalid, d.plan.Title, "its program knows no dry run; v in the proposal shows all of what would run")
	}
	d.plan.Title = "Dry run: " + d.plan.Title
	d.plan.Command, d.plan.Detail = command, nil
	d.plan.Ref.Step = rehearsed + d.plan.Ref.Step
	d.change("it only shows what the step would do")
	return nil
}

// risk is what the command may do. That a rehearsal only reads is known of its program; its text alone
// does not tell.
func (d *draft) risk() shell.Risk {
	if d.Rehearse {
		return shell.Reads
	}
	return d.settle()
}
