package lint

import "fmt"

var thresholdOverlap = Rule{
	ID: "threshold-overlap", Level: Warning,
	Title: "The same reading is two severities",
	Why: "Where the ranges of two levels overlap, the same graph is SEV-2 to one person and SEV-3 to another, and the argument costs " +
		"the minutes in which the first of them should have been paged.",
	Mend: "Let one level begin where the other ends.",
	Bad: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate > 20%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate 10-30%
`,
	Good: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate > 30%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate 10-30%
`,
	check: func(p *pass) {
		for _, s := range p.scales() {
			for i := 1; i < len(s.bands); i++ {
				a, b := s.bands[i-1], s.bands[i]
				if a.severity.Level <= b.severity.Level || meet(a, b) != overlapping || !a.bounded() || a.within(b) {
					continue
				}
				p.report(a.Line, "", fmt.Sprintf("from %s to %s it is both %s and %s (line %d)", s.write(b.low), s.write(min(a.high, b.high)), a.severity.Name(), b.severity.Name(), b.Line),
					fmt.Sprintf("Let %s end at %s, where %s begins, or move the other.", a.severity.Name(), s.write(b.low), b.severity.Name()))
			}
		}
	},
}
