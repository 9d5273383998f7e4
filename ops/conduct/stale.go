package conduct

import (
	"fmt"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook/shell"
	"calm/ops"
)

// seen is the number of the newest event of the incident; 0 where there is none.
func (c *Conductor) seen() (uint64, error) {
	if c.Journal == nil {
		return 0, nil
	}
	j, ok := c.Journal()
	if !ok {
		return 0, nil
	}
	if s, ok := j.(interface{ Seen() uint64 }); ok {
		return s.Seen(), nil
	}
	events, err := j.Since(0)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	return events[len(events)-1].Seq, nil
}

// stale refuses a plan that is older than a change to the host: what it says of the host, and of the
// way back, may be true no more. Two people who look at the same proposal start it once. A plan whose
// age is not known, and one that only reads, is never stale.
func stale(p action.Plan, seen uint64) func([]incident.Event) error {
	if p.Check || seen == 0 {
		return nil
	}
	return func(since []incident.Event) error {
		for _, e := range since {
			var other incident.IntentData
			if e.Type != incident.Intent || e.Decode(&other) != nil || other.Risk == string(shell.Reads) {
				continue
			}
			return ops.Errorf(ops.Conflict, "start "+p.Title, "%s",
				fmt.Sprintf("%s started %q at %s, after this was shown: propose it again", e.Actor.Name, other.Title, e.At.UTC().Format("15:04:05")))
		}
		return nil
	}
}
