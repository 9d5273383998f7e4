package conduct

import (
	"context"
	"strings"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops/nginx"
)

// count takes what was found on the server about a restore that is over. What its own exit tells is told
// better there; only where it was done in part, or nobody knows how far it came, the server is believed.
func (c *Conductor) count(ctx context.Context, p action.Plan, out *action.Progress) {
	if out.Outcome == incident.OutcomeUnknown {
		out.Text = strings.TrimSuffix(out.Text+"; looked at now: "+nginx.Sense(ctx, p), "; looked at now: ")
	}
	if p.Kind != action.Restore || out.Outcome == "" {
		return
	}
	from, err := c.madeFrom(p)
	if err != nil {
		return // what it carried can't be read: nothing is counted, and the judge says so
	}
	s := c.Planner.Found(ctx, p, from.carried.Apply(c.Planner.EnvOf(p)))
	out.Found = s.Samples
	switch {
	case out.Outcome == incident.OutcomeUnknown:
		out.Problem = s.Problem
		out.Text = strings.TrimSuffix(out.Text+"; looked at now: "+s.Problem, "; looked at now: ")
	case out.Outcome == incident.OutcomeOK || s.Half:
		out.Problem = s.Problem
	}
}
