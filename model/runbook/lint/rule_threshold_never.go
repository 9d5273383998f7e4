package lint

import "fmt"

var thresholdNever = Rule{
	ID: "threshold-never", Level: Warning,
	Title: "A threshold can never decide, because a worse severity takes all its readings",
	Why: "Of two levels that hold, the worse one counts. Where everything that makes a SEV-2 makes a SEV-1 too, there is no SEV-2: " +
		"everybody is woken, and the next time nobody believes it.",
	Mend: "Give the worse level the higher threshold.",
	Bad: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate > 5%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate > 10%
`,
	Good: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate > 10%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate > 5%
`,
	check: func(p *pass) {
		for _, s := range p.scales() {
			for _, b := range s.bands {
				for _, worse := range s.bands {
					if worse.severity.Level < b.severity.Level && b.within(worse) {
						p.report(b.Line, "", fmt.Sprintf("whatever is %s by this is %s already (line %d)", b.severity.Name(), worse.severity.Name(), worse.Line),
							fmt.Sprintf("Give %s the higher threshold.", worse.severity.Name()))
						break
					}
				}
			}
		}
	},
}
