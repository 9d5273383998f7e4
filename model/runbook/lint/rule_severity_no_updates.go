package lint

import "calm/model/pattern"

var severityNoUpdates = Rule{
	ID: "severity-no-updates", Level: Warning,
	Title: "A grave severity says where to report and not how often",
	Why: "While people work on an incident they forget the others, who then ask, one by one, and stop the work. A cadence for one " +
		"severity and none for the next leaves whoever writes the updates to guess.",
	Mend: "Say how often, as the other severities do: `Post in #incidents every 30 minutes`.",
	Bad: `## Severities

### SEV-1

**Response Time**: < 15 minutes
**Communication**: Post in #incidents every 30 minutes

### SEV-2

**Response Time**: < 30 minutes
**Communication**: Post in #incidents
`,
	Good: `## Severities

### SEV-1

**Response Time**: < 15 minutes
**Communication**: Post in #incidents every 30 minutes

### SEV-2

**Response Time**: < 30 minutes
**Communication**: Post in #incidents every hour
`,
	check: func(p *pass) {
		some := false
		for _, s := range p.rb.Severities {
			some = some || s.Update != nil
		}
		for _, s := range p.rb.Severities {
			// Below the second level a message now and then is what everybody does.
			if some && s.Level <= 2 && s.Update == nil {
				p.report(p.page.find(s.Part, communication), "", s.Name()+" does not say how often to post an update, and others do",
					"Add the cadence: “Post in #incidents every 30 minutes”.")
			}
		}
	},
}

var communication = pattern.New(`(?i)\bcommunicat|\bupdates?\b|\bpost in\b|\bchannels?\b`)
