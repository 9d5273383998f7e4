package lint

import (
	"fmt"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook"
)

var checkWithoutCommand = Rule{
	ID: "check-without-command", Level: Note,
	Title: "A remedy only says to check something, and not how",
	Why: "“Verify that the database is responding” is ten seconds for its writer and twenty minutes for somebody new: which host, " +
		"which user, and what “responding” looks like.",
	Mend: "Add the command, and what it should show: `curl -fsS https://…/api/health?check=db`, expected: `\"database\":\"ok\"`.",
	Bad: `## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Diagnosis**:
1. Ask a colleague to look

**Resolution**:
1. Verify that the database is responding
2. Call the vendor
`,
	Good: `## Scenarios

### Scenario 1: The page is blank

**Symptoms**:
- Visitors see nothing

**Diagnosis**:
1. Ask a colleague to look

**Resolution**:
1. Call the vendor
`,
	check: func(p *pass) {
		for _, s := range p.rb.Scenarios {
			for _, it := range s.Resolution {
				if len(it.Steps) == 1 && it.Steps[0].Kind == runbook.ProseStep && onlySaysCheck(it.Text) && !hasCodeOrLink(p.page.lines[it.Line-1].text) {
					p.report(it.Line, it.Steps[0].ID, fmt.Sprintf("“%s” does not say how", brief(it.Text)), "Add the command, and what it should show.")
				}
			}
		}
	},
}

var (
	checkWords = pattern.New(`(?i)^(?:(?:immediate|short[- ]term|long[- ]term|step \d+)\s*[:.—–-]\s*)?(?:check|verify|confirm|validate)\b`)
	// byEye is what a person looks at, or whom they ask: no command would do it.
	byEye = pattern.New(`(?i)\b(?:browser|dashboards?|grafana|datadog|sentry|console|devtools|portal|status page|ui|pages?|screen|slack|e-?mails?|inbox|calendar|team|vendor|provider|customers?|users?|with|by|using|via|whether|ask|contact|see|runbook|ticket)\b|https?:|→`)
)

func hasCodeOrLink(text string) bool {
	return strings.Contains(text, "`") || strings.Contains(text, "](")
}

// onlySaysCheck says whether a remedy names a check that some command could make.
func onlySaysCheck(text string) bool {
	return checkWords.MatchString(text) && !byEye.MatchString(text) && len(text) < 120
}
