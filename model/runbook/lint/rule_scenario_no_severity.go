package lint

import (
	"fmt"

	"calm/model/pattern"
	"calm/model/runbook"
)

var scenarioNoSeverity = Rule{
	ID: "scenario-no-severity", Level: Warning,
	Title: "A scenario does not say how severe it is",
	Why: "The file has severities, and the one who has just found out what is wrong must still work out whether to wake somebody. Two " +
		"people on call answer that differently.",
	Mend: "Add `**Severity**: SEV-2`, with the exception where there is one: `SEV-3 (unless all users are affected → SEV-2)`.",
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

**Severity**: SEV-1
`,
	check: func(p *pass) {
		if len(p.rb.Severities) == 0 {
			return
		}
		var without []*runbook.Scenario
		spoken := false // of a severity, in words that may be meant for it
		for i := range p.rb.Scenarios {
			s := &p.rb.Scenarios[i]
			switch {
			case s.Severity.Level > 0 || s.Severity.Text != "":
			case p.page.says(s.Part, anySeverity), p.page.chapterSays(s.Part, anySeverity):
				spoken = true
			default:
				without = append(without, s)
			}
		}
		const help = "Add “Severity: …” with one of the names that the file defines."
		all := len(p.rb.Scenarios)
		switch {
		case len(without) == all && all > 2:
			p.report(without[0].Line, "", fmt.Sprintf("none of the %d scenarios says how severe it is", all), help)
		case !spoken:
			for _, s := range without {
				p.report(s.Line, "", fmt.Sprintf("“%s” does not say how severe it is", brief(s.Title)), help)
			}
		}
	},
}

// chapterSays says whether the headings above a part have a word: "Common Sev 1 scenarios".
func (p *page) chapterSays(part runbook.Part, words *pattern.Pattern) bool {
	for n := p.under(part); n >= 0; n = p.headings[n].parent {
		if words.MatchString(p.headings[n].text) {
			return true
		}
	}
	return false
}

// anySeverity is a severity by whatever name it goes.
var anySeverity = pattern.New(`(?i)\bseverity\b|\bpriority\b|\b(?:sev|p|s)[- ]?[0-5]\b`)
