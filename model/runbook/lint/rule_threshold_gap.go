package lint

import "fmt"

var thresholdGap = Rule{
	ID: "threshold-gap", Level: Warning,
	Title: "Readings between two severities are none",
	Why: "A reading in the hole between two ranges is out of bounds by both, and has no level: nobody is paged for it, and no clock " +
		"starts.",
	Mend: "Let the ranges touch. Below the lowest there need be none: that is what is in bounds.",
	Bad: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate > 50%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate 10-40%
`,
	Good: `## Severities

### SEV-1

**Response Time**: 15 minutes

**Examples**:
- Error rate > 40%

### SEV-2

**Response Time**: 1 hour

**Examples**:
- Error rate 10-40%
`,
	check: func(p *pass) {
		for _, s := range p.scales() {
			if len(s.bands) == 0 {
				continue
			}
			top := s.bands[0]
			for _, b := range s.bands[1:] {
				if top.severity.Level != b.severity.Level && meet(top, b) == apart {
					where := fmt.Sprintf("between %s and %s", s.write(top.high), s.write(b.low))
					if top.high == b.low {
						where = "at exactly " + s.write(b.low)
					}
					p.report(top.Line, "", fmt.Sprintf("%s it is neither %s nor %s (line %d)", where, top.severity.Name(), b.severity.Name(), b.Line),
						fmt.Sprintf("Let %s reach up to where %s begins.", top.severity.Name(), b.severity.Name()))
				}
				if b.high > top.high || b.high == top.high && top.highOut {
					top = b
				}
			}
		}
	},
}
