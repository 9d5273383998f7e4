package lint

import (
	"fmt"

	"calm/model/runbook"
)

var noEstimate = Rule{
	ID: "no-estimate", Level: Note,
	Title: "A rollback or kill switch does not say how long it takes",
	Why: "Which way back to take is a question of minutes: whoever decides compares them, and one without a time can't be compared. " +
		"Nobody can tell either whether it hangs.",
	Mend: "Add `**Time to Complete**: 5-10 minutes`, as the others have it.",
	Bad: `## Rollback procedures

### Rollback by flag

1. Ask the vendor to turn it off

**Time to Complete**: < 2 minutes

### Rollback by release

1. Ask the vendor to go back
`,
	Good: `## Rollback procedures

### Rollback by flag

1. Ask the vendor to turn it off

**Time to Complete**: < 2 minutes

### Rollback by release

1. Ask the vendor to go back

**Time to Complete**: 10-20 minutes
`,
	check: func(p *pass) {
		timed := map[int]bool{} // chapters of which a procedure says how long it takes
		for _, pr := range p.rb.Procedures {
			if len(pr.Estimate) > 0 {
				timed[p.page.under(pr.Part)] = true
			}
		}
		for _, pr := range p.rb.Procedures {
			omitted := pr.Kind == runbook.Rollback && timed[p.page.under(pr.Part)] || pr.Kind == runbook.KillSwitch && len(timed) > 0
			if omitted && len(pr.Estimate) == 0 {
				p.report(pr.Line, "", fmt.Sprintf("“%s” does not say how long it takes, and others do", brief(pr.Title)), "Add “Time to Complete: 5-10 minutes”.")
			}
		}
	},
}
