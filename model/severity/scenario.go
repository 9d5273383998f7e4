package severity

import (
	"fmt"
	"slices"

	"calm/model/runbook"
)

// Evidence is a scenario and how its symptoms stand, as triage counts them: Seen are signs of
// something wrong.
type Evidence struct {
	ID           string
	Title        string
	Level        int // its severity now; 0 when it names none
	Seen         int
	Contradicted int
	Of           int // symptoms in all
}

// ByScenario adds the severity of the leading scenario to a classification, for the faults that no
// measured criterion names: a flag switched off, an upstream that refuses, a process that restarts.
// The runbook itself says how bad the scenario is. It counts when something wrong is seen and
// nothing speaks against it; with something against it, it still counts when more is seen and
// the criteria alone say nothing, because silence would read as health.
func ByScenario(c Classification, rb *runbook.Runbook, e Evidence) Classification {
	supported := e.Seen >= 1 && e.Contradicted == 0 || c.Level == nil && e.Seen >= 2 && e.Seen > e.Contradicted
	if e.Level <= 0 || !supported {
		return c
	}
	reason := Reason{ID: e.ID, Text: e.Title, Level: e.Level, Note: fmt.Sprintf("scenario, %d of %d signs seen", e.Seen, e.Of)}
	at := len(c.Reasons)
	for i, x := range c.Reasons {
		if x.Level > e.Level {
			at = i
			break
		}
	}
	c.Reasons = slices.Insert(slices.Clone(c.Reasons), at, reason)
	if c.Level == nil || e.Level < *c.Level {
		level := e.Level
		c.Level = &level
		c.Names = []string{rb.SeverityName(level)}
		if s, ok := rb.SeverityAt(level); ok && len(s.Names) > 0 {
			c.Names = slices.Clone(s.Names)
		}
	}
	return c
}
