package plan

import (
	"fmt"
	"slices"

	"calm/model/action"
	"calm/model/runbook"
)

// mild is the first level at which the service still does its work for most: from there on, taking it
// from all of them is worse than the incident.
const mild = 3

// weigh asks for more than a key where the action is harder on the users than the incident that was
// declared. At the worst levels a key must do: seconds count there.
func (d *draft) weigh() {
	if d.Level < mild || d.plan.Check || d.plan.Target != "" || d.Ref.Group == action.UndoGroup || !d.cutsOff() {
		return
	}
	d.plan.Target = d.target()
	d.note(fmt.Sprintf("it takes the service from all users, and the incident is declared as %s: so its name is asked for", d.levelName()))
}

// cutsOff says whether the step takes the service from everybody.
func (d *draft) cutsOff() bool {
	if d.procedure().Kind == runbook.KillSwitch {
		return true
	}
	return slices.ContainsFunc(d.calls, func(c action.Call) bool {
		return c.Is("pm2", "stop", "delete") && slices.ContainsFunc(c.Operands(), func(name string) bool { return name == d.App || name == "all" })
	})
}

func (d *draft) levelName() string {
	if d.Runbook != nil {
		return d.Runbook.SeverityName(d.Level)
	}
	return "SEV-" + itoa(d.Level)
}
