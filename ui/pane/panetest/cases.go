package panetest

import (
	"calm/model/runbook"
	"calm/model/triage"
)

// caseWith is a scenario of which everything that can be measured has one state.
func caseWith(sc runbook.Scenario, state triage.State) triage.Case {
	c := triage.Case{Scenario: sc, Level: sc.Severity.Level}
	for _, x := range sc.Symptoms {
		st := state
		if x.Kind == runbook.Asked {
			st = triage.Open
		}
		c.Symptoms = append(c.Symptoms, triage.Symptom{Symptom: x, State: st})
		tally(&c, st)
	}
	return c
}
