package triage

import (
	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
)

// Assess is the whole judgement of a moment: the scenarios in the order of evidence, and the
// severity that the runbook's criteria suggest together with the scenario that leads.
func Assess(rb *runbook.Runbook, snap signal.Snapshot, answers severity.Answers) (severity.Classification, []Case) {
	cases := Rank(rb, snap, answers)
	c := severity.RulesOf(rb).Classify(snap, answers)
	if len(cases) > 0 && cases[0].Leads() {
		c = severity.ByScenario(c, rb, cases[0].Evidence())
	}
	return c, cases
}
