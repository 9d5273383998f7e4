package lint

import (
	"fmt"

	"calm/model/runbook"
)

var severityNoResponse = Rule{
	ID: "severity-no-response", Level: Warning,
	Title: "A severity does not say how soon somebody must answer",
	Why: "Without a response time nobody can tell at three in the morning whether this may wait until nine, no clock runs, and " +
		"afterwards nobody knows whether the answer was late.",
	Mend: "Add `**Response Time**: < 30 minutes`, or `next business day` where it may wait.",
	Bad: `## Severities

### SEV-1: Critical

**Impact**: Everything is down
**Response Time**: < 15 minutes

### SEV-2: High

**Impact**: Most of it is slow
`,
	Good: `## Severities

### SEV-1: Critical

**Impact**: Everything is down
**Response Time**: < 15 minutes

### SEV-2: High

**Impact**: Most of it is slow
**Response Time**: < 1 hour
`,
	check: func(p *pass) {
		var without []*runbook.Severity
		spoken := false // of a time, in words that may be meant for it
		for i := range p.rb.Severities {
			s := &p.rb.Severities[i]
			switch {
			case s.Response != nil || s.ResponseNote != "":
			case p.page.says(s.Part, anyTime):
				spoken = true
			default:
				without = append(without, s)
			}
		}
		all := len(p.rb.Severities)
		switch {
		case len(without) == all && all > 1:
			p.report(without[0].Line, "", fmt.Sprintf("none of the %d severities says how soon somebody must answer", all), "Give each a response time: “Response Time: < 15 minutes”.")
		case !spoken:
			for _, s := range without {
				p.report(s.Line, "", s.Name()+" does not say how soon somebody must answer", "Add a response time, or “next business day” where it may wait.")
			}
		}
	},
}
