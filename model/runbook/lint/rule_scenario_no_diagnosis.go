package lint

import (
	"fmt"

	"calm/model/pattern"
)

var scenarioNoDiagnosis = Rule{
	ID: "scenario-no-diagnosis", Level: Note,
	Title: "A scenario does not say how to find out that it is this one",
	Why: "Many faults look alike from outside. Without a step that tells this one from the others, its remedy is applied to whatever " +
		"happens to look like it, and a restart wipes out the traces.",
	Mend: "Add `**Diagnosis**:` with a command that only reads, and what it shows when it is this fault.",
	Bad: `## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Resolution**:
1. Call the vendor
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
			if len(s.Diagnosis) == 0 && len(s.Symptoms) > 0 && len(s.Resolution) > 0 && !p.page.says(s.Part, looking) {
				p.report(s.Line, "", fmt.Sprintf("“%s” does not say how to find out that it is this", brief(s.Title)),
					"Add a diagnosis: what to run, and what it shows when it is this.")
			}
		}
	},
}

var looking = pattern.New(`(?i)\b(?:diagnos\w*|investigat\w*|triage|detect\w*|check\w*|verify|inspect|identify|look|determine|confirm|analy[sz]e|review)\b`)
