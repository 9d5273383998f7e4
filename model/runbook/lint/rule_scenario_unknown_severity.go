package lint

import (
	"fmt"
	"strings"

	"calm/model/pattern"
)

var scenarioUnknownSeverity = Rule{
	ID: "scenario-unknown-severity", Level: Warning,
	Title: "A scenario names a severity that the file does not define",
	Why: "The name leads to no response time, no channel and nobody to page: for whoever looks it up, the scenario has no severity " +
		"at all.",
	Mend: "Write one of the names that the severities have, or define the one that is missing.",
	Bad: `## Severities

### SEV-1

**Response Time**: < 15 minutes

### SEV-2

**Response Time**: < 1 hour

## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Diagnosis**:
1. Ask a colleague to look

**Resolution**:
1. Call the vendor

**Severity**: SEV-4
`,
	Good: `## Severities

### SEV-1

**Response Time**: < 15 minutes

### SEV-2

**Response Time**: < 1 hour

## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Diagnosis**:
1. Ask a colleague to look

**Resolution**:
1. Call the vendor

**Severity**: SEV-2
`,
	check: func(p *pass) {
		if len(p.rb.Severities) == 0 {
			return
		}
		var names []string
		for _, s := range p.rb.Severities {
			names = append(names, s.Name())
		}
		for _, s := range p.rb.Scenarios {
			if s.Severity.Level == 0 && s.Severity.Text != "" {
				p.report(p.page.find(s.Part, severityWord), "", fmt.Sprintf("“%s” names the severity “%s”, which the file does not define", brief(s.Title), brief(s.Severity.Text)),
					"It defines "+strings.Join(names, ", ")+".")
			}
		}
	},
}

var severityWord = pattern.New(`(?i)\bseverity\b|\bpriority\b`)
