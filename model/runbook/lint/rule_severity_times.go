package lint

import (
	"fmt"
	"time"

	"calm/model/pattern"
	"calm/model/runbook"
	"calm/model/signal"
)

var severityTimes = Rule{
	ID: "severity-times", Level: Warning,
	Title: "The times of the severities contradict each other",
	Why: "Where a milder severity is to be answered sooner than a worse one, or resolved before anybody has to look, one of the numbers " +
		"is a typing error, and whoever keeps to it is late.",
	Mend: "Order the times as the severities are ordered, and let a severity be resolved later than it is answered.",
	Bad: `## Severities

### SEV-1

**Response Time**: < 1 hour

### SEV-2

**Response Time**: < 30 minutes
`,
	Good: `## Severities

### SEV-1

**Response Time**: < 30 minutes

### SEV-2

**Response Time**: < 1 hour
`,
	check: func(p *pass) {
		for i, s := range p.rb.Severities {
			if s.Response != nil && s.Resolution != nil && *s.Resolution < *s.Response {
				p.report(p.page.find(s.Part, resolutionWords), "", fmt.Sprintf("%s is to be resolved within %s and answered only within %s", s.Name(), spoken(s.Resolution), spoken(s.Response)),
					"Mend the one that is wrong.")
			}
			if i == 0 {
				continue
			}
			worse := p.rb.Severities[i-1]
			for _, c := range []struct {
				what        string
				worse, mild *float64
				words       *pattern.Pattern
			}{
				{"answered within", worse.Response, s.Response, responseWords},
				{"resolved within", worse.Resolution, s.Resolution, resolutionWords},
				{"reported on every", worse.Update, s.Update, communication},
			} {
				if c.worse != nil && c.mild != nil && *c.worse > *c.mild {
					p.report(p.page.find(s.Part, c.words), "", fmt.Sprintf("%s is to be %s %s, the worse %s only %s", s.Name(), c.what, spoken(c.mild), worse.Name(), spoken(c.worse)),
						"Mend the one that is wrong.")
				}
			}
		}
	},
}

var (
	responseWords   = pattern.New(`(?i)\brespon|\backnowledg`)
	resolutionWords = pattern.New(`(?i)\bresol|\brestor|\bfix`)
)

// spoken is a time of the runbook in words.
func spoken(seconds *float64) string {
	d, _ := runbook.Seconds(seconds)
	return signal.Span(d.Round(time.Second))
}
