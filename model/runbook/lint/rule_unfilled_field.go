package lint

import (
	"fmt"
	"slices"
	"strings"

	"calm/model/report"
	"calm/model/runbook"
)

var unfilledField = Rule{
	ID: "unfilled-field", Level: Note,
	Title: "A message has fields that nothing fills",
	Why: "calm fills what the incident knows: severity, times, people, what was done. It keeps open what it knows to be a person's to " +
		"say: the cause, the next steps. A field of which it knows neither stays in brackets, and goes out like that when nobody looks.",
	Mend: "Say in the field, or in the label before it, what is wanted, in the usual words: `**Started**: [Time]`, `**Impact**: [Who is affected]`.",
	Bad:  "## Message templates\n\n### Initial notification\n\n```\nINCIDENT: [Brief description]\n\nFor: [audience]\n```\n",
	Good: "## Message templates\n\n### Initial notification\n\n```\nINCIDENT: [Brief description]\n\nImpact: [Who is affected]\n```\n",
	check: func(p *pass) {
		for _, t := range p.rb.Templates {
			if t.Purpose == runbook.OtherMessage {
				continue // it is a person who writes those
			}
			fields := report.Unclear(t)
			if len(fields) == 0 {
				continue
			}
			line := p.page.span(t.Part).from + 1
			for s := p.page.span(t.Part); s.from <= s.to; s.from++ {
				if strings.Contains(p.page.lines[s.from].text, fields[0]) {
					line = s.from + 1
					break
				}
			}
			names := []string{}
			for _, f := range fields {
				if f = "“" + brief(f) + "”"; !slices.Contains(names, f) && len(names) < 3 {
					names = append(names, f)
				}
			}
			message := fmt.Sprintf("nothing fills %s in this message", strings.Join(names, ", "))
			if len(fields) > len(names) {
				message = fmt.Sprintf("nothing fills %d fields of this message, such as %s", len(fields), strings.Join(names, ", "))
			}
			p.report(line, "", message, "Say in the field, or in a label before it, what belongs there: “Started: [Time]”.")
		}
	},
}
