package lint

import "fmt"

var escalationToNobody = Rule{
	ID: "escalation-to-nobody", Level: Warning,
	Title: "A level of escalation names nobody to call",
	Why: "Escalating is already the step that people put off. With nobody named, it ends in a search through chat at three in the " +
		"morning.",
	Mend: "Add `**Contact**:` with the rotation, the channel or the number, rather than a person who may have left.",
	Bad: `## Escalation

### Level 1: On-call engineer

**Contact**: PagerDuty
**Escalate if**: Cannot resolve within 30 minutes

### Level 2

**Scope**: Architectural decisions
`,
	Good: `## Escalation

### Level 1: On-call engineer

**Contact**: PagerDuty
**Escalate if**: Cannot resolve within 30 minutes

### Level 2

**Contact**: PagerDuty, rotation "leads"
**Scope**: Architectural decisions
`,
	check: func(p *pass) {
		for _, e := range p.rb.Escalation {
			if e.Contact == "" && len(e.Details) == 0 {
				p.report(e.Line, "", fmt.Sprintf("“%s” names nobody to call", brief(e.Title)), "Add “Contact: …”: a rotation, a channel or a number.")
			}
		}
	},
}
