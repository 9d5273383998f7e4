package conduct

import (
	"cmp"
	"fmt"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// halfBuilt asks for more than a key before an app is started on a build of the same procedure that did
// not come to its end: on half a build the site goes down, and stays down. One that was made beside and
// never put in place harms nobody; it is only said.
func (c *Conductor) halfBuilt(rb *runbook.Runbook, p *action.Plan) error {
	if p.Check || p.Ref.Group == action.UndoGroup || !p.Starts() {
		return nil
	}
	inc, ok, err := c.incident()
	if err != nil || !ok {
		return err
	}
	at := position(rb, p.Ref)
	newest := map[int]incident.Run{}
	for _, r := range inc.Runs {
		done, found := action.Recorded(inc, r.Op)
		same := found && done.Ref.Part == p.Ref.Part && done.Ref.Group == p.Ref.Group && done.Ref.Item == p.Ref.Item
		if n := place(rb, done); same && n > 0 && n < at {
			newest[n] = r
		}
	}
	for n := range at {
		r, ran := newest[n]
		done, _ := action.Recorded(inc, r.Op)
		if !ran || !done.Builds() || !failed(r) || inc.TakenBack(r) {
			continue
		}
		what := fmt.Sprintf("%q ended at %s with: %s", r.Title, r.EndedAt.UTC().Format("15:04:05"), cmp.Or(r.Why, r.Text, r.Outcome))
		if done.Kind == action.Release {
			p.Notes = append(p.Notes, what+"; the app starts on the build from before it")
			continue
		}
		p.Risk, p.Target = string(shell.Destroys), cmp.Or(c.Planner.App, p.Target, "restart")
		p.Lost = "the site, if what it starts on is half built: " + what
	}
	return nil
}

// incident is the open one as it stands; ok is false where there is none.
func (c *Conductor) incident() (inc incident.Incident, ok bool, err error) {
	if c.Journal == nil {
		return inc, false, nil
	}
	j, ok := c.Journal()
	if !ok {
		return inc, false, nil
	}
	events, err := j.Since(0)
	if err != nil {
		return inc, false, err
	}
	inc, err = incident.Fold(events)
	return inc, err == nil, err
}

// failed says whether a run did not come to its end, or not to the one that was wanted.
func failed(r incident.Run) bool {
	return r.Outcome != incident.OutcomeOK || r.Verdict == string(action.NoEffect) || r.Verdict == string(action.Worse)
}
