package lint

import (
	"fmt"

	"calm/model/pattern"
)

var scenarioNoResolution = Rule{
	ID: "scenario-no-resolution", Level: Warning,
	Title: "A scenario does not say what to do",
	Why: "It leads a person through symptoms and checks to the certainty of what is wrong, and leaves them there. What they then think " +
		"up at three in the morning is what the runbook was to save them from.",
	Mend: "Add `**Resolution**:` with what helps at once, and say whom to call where that is all there is to do.",
	Bad: `## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Diagnosis**:
1. Ask a colleague to look
`,
	Good: `## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Diagnosis**:
1. Ask a colleague to look

**Resolution**:
1. Call the vendor
`,
	check: func(p *pass) {
		for _, s := range p.rb.Scenarios {
			if len(s.Resolution) == 0 && !p.page.says(s.Part, remedy) {
				p.report(s.Line, "", fmt.Sprintf("“%s” does not say what to do", brief(s.Title)), "Add a resolution, if only whom to call.")
			}
		}
	},
}

var remedy = pattern.New(`(?i)\b(?:resol\w*|mitigat\w*|fix\w*|remed\w*|respon\w*|recover\w*|roll(?:ing|ed)?[- ]?back|actions?|solutions?|workarounds?|restor\w*|restart\w*|trigger|repair|apply|increase|delete|remove|scale|escalate|customi[sz]e|replace|upgrade|change|what to do)\b`)
