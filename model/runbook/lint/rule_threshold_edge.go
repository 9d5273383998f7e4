package lint

import "fmt"

var thresholdEdge = Rule{
	ID: "threshold-edge", Level: Note,
	Title: "One value belongs to two severities",
	Why: "“10-20%” and “20-50%” both hold at exactly 20 %. Two people who read the same graph then declare two severities, and the " +
		"clocks of the milder one run.",
	Mend: "Leave the edge out of one of them: `at least 20% and below 50%`, or give each level only where it begins: `> 20%`.",
	Bad: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate 20-50%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate 10-20%
`,
	Good: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate at least 20%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate at least 10% and below 20%
`,
	check: func(p *pass) {
		for _, s := range p.scales() {
			for i := 1; i < len(s.bands); i++ {
				a, b := s.bands[i-1], s.bands[i]
				if a.severity.Level == b.severity.Level || meet(a, b) != sharing {
					continue
				}
				p.report(a.Line, "", fmt.Sprintf("exactly %s is both %s and %s (line %d)", s.write(b.low), a.severity.Name(), b.severity.Name(), b.Line),
					fmt.Sprintf("Leave the edge to one of them: “at least … and below %s” here.", s.write(b.low)))
			}
		}
	},
}
