package lint

import (
	"cmp"
	"fmt"
	"slices"

	"calm/model/pattern"
	"calm/model/runbook"
)

var escalationNoTime = Rule{
	ID: "escalation-no-time", Level: Warning,
	Title: "A level of escalation names no time after which the next one is called",
	Why: "Whoever works on a fault believes for hours that they nearly have it. Only a time takes the decision off them; “if it is " +
		"complex” does not, and the people of the next level hear of it when the customers do.",
	Mend: "Add the time: `**Escalate if**: Cannot resolve within 30 minutes`.",
	Bad: `## Escalation

### Level 1: On-call engineer

**Contact**: PagerDuty
**Escalate if**: It is complex

### Level 2: Engineering lead

**Contact**: PagerDuty
`,
	Good: `## Escalation

### Level 1: On-call engineer

**Contact**: PagerDuty
**Escalate if**: Cannot resolve within 30 minutes

### Level 2: Engineering lead

**Contact**: PagerDuty
`,
	check: func(p *pass) {
		levels := p.levels()
		for i, e := range levels {
			if i+1 == len(levels) || e.After != nil || levelName.MatchString(e.Title) {
				continue
			}
			next := levels[i+1]
			if next.Auto != nil && len(next.ForLevels) == 0 || p.page.says(e.Part, anyTime) {
				continue
			}
			message := fmt.Sprintf("“%s” names no time after which the next level is called", brief(e.Title))
			if next.Auto != nil {
				message += "; it is called by itself for " + p.severityNames(next.ForLevels) + " only"
			}
			p.report(p.page.find(e.Part, escalateWords), "", message, "Add the time: “Escalate if: Cannot resolve within 30 minutes”.")
		}
	},
}

var (
	escalateWords = pattern.New(`(?i)\bescalate (?:if|when|to)\b`)
	levelName     = pattern.New(`(?i)^(?:sev(?:erity)?|p)[- ]?\d\b`) // a row for each severity is no row of people
	// anyTime is a time, in whatever words.
	anyTime = pattern.New(`(?i)\d\s*\+?\s*(?:m|min|mins|minutes?|h|hrs?|hours?|d|days?)\b|\bimmediate|\bat once\b|\bhour\b`)
)

// levels are the levels inside the team, lowest first; none where they are not one row of people after
// another.
func (p *pass) levels() []runbook.Escalation {
	var out []runbook.Escalation
	seen := map[int]bool{}
	for _, e := range p.rb.Escalation {
		if e.External {
			continue
		}
		if seen[e.Level] {
			return nil
		}
		seen[e.Level] = true
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b runbook.Escalation) int { return cmp.Compare(a.Level, b.Level) })
	return out
}

func (p *pass) severityNames(levels []int) string {
	s := ""
	for i, l := range levels {
		if i > 0 {
			s += ", "
		}
		s += p.rb.SeverityName(l)
	}
	return s
}
