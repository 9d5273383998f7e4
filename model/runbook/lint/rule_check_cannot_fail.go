package lint

import (
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var checkCannotFail = Rule{
	ID: "check-cannot-fail", Level: Warning,
	Title: "A check that passes whatever happens",
	Why: "The status of a pipe is that of its last command, and `|| true` throws even that away. " +
		"A check that ends in head, wc or true says yes with the service down.",
	Mend: "Let what decides come last and fail: `… | grep -q READY`, `test \"$(… | wc -l)\" -eq 3`, `jq -e`.",
	Bad: `## Rollback

~~~bash
# Verify that the page answers
curl -fsS https://shop.example/ | head -5
~~~
`,
	Good: `## Rollback

~~~bash
# Verify that the page answers
curl -fsS https://shop.example/ | grep -q shop-widget
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if s.step.Kind != runbook.ShellStep || s.step.Risk != shell.Reads || s.Statement != lastStatement(s.step) {
					continue
				}
				if s.In(shell.AfterOr) && (s.Program == "true" || s.Program == ":") && verifies(s.step.Title) {
					p.finding(s, "`|| "+s.Program+"` makes this check pass whatever happens", "Take it out, or let a failure be seen: `|| { echo FAILED >&2; false; }`.")
				}
				if swallows(s) && verifies(s.step.Title) && s.step.Expect == nil {
					p.finding(s, "this check's status is "+s.Program+"'s, which is 0 whatever comes in", "End with what decides: `grep -q`, `jq -e`, `test \"$(…)\" = …`.")
				}
			}
		}
	},
}

func lastStatement(step *runbook.Step) int { return step.Calls[len(step.Calls)-1].Statement }

// swallows reports whether a call ends a pipe from something that can fail, and cannot itself.
func swallows(s site) bool {
	from := s.call(s.From)
	if from == nil || s.Place&(shell.Feeds|shell.Captured|shell.Negated) != 0 {
		return false
	}
	switch s.Program {
	case "head", "tail", "wc", "cat", "tee", "less", "sort", "column":
	default:
		return false
	}
	for from.From >= 0 {
		if from.Program == "grep" {
			return false // a person looks for the lines
		}
		from = s.call(from.From)
	}
	return from.Program == "curl" || from.Program == "mongosh" || from.Program == "psql"
}
