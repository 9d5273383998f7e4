package lint

import (
	"fmt"
	"strings"
)

//go:generate go test -run TestManual -update

// Page is the rule's page in the manual, below its heading: why, how to mend it, and its examples.
func (r Rule) Page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n", r.Why, r.Mend)
	fmt.Fprintf(&b, "Bad:\n\n%s\n\nGood:\n\n%s", fenced(r.Bad), fenced(r.Good))
	return b.String()
}

// fenced puts Markdown into a fence that is longer than any inside it.
func fenced(text string) string {
	marks := "```"
	for strings.Contains(text, marks) {
		marks += "`"
	}
	return marks + "markdown\n" + strings.TrimRight(text, "\n") + "\n" + marks
}

// Manual is docs/lint.md.
func Manual() string {
	var b strings.Builder
	b.WriteString(manualHead)
	for _, r := range Rules() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", r.ID, r.ID, r.Level, strings.ReplaceAll(r.Title, "|", `\|`))
	}
	for _, r := range Rules() {
		fmt.Fprintf(&b, "\n## `%s`\n\n%s: **%s**.\n\n%s\n", r.ID, strings.ToUpper(string(r.Level[:1]))+string(r.Level[1:]), strings.TrimSuffix(r.Title, "."), r.Page())
	}
	return b.String()
}

const manualHead = `# What calm runbook lint finds

<!-- Made from the rules: go generate ./model/runbook/lint -->

` + "```" + `
calm runbook lint RUNBOOK.md               what is wrong with it, where, and how to mend it
calm runbook lint docs/runbooks            every .md below a folder
calm runbook lint - <RUNBOOK.md            from an editor
calm runbook lint --format json            one array, for scripts
calm runbook lint --format sarif           SARIF 2.1.0, for code scanning
calm runbook lint --rules                  the list below
` + "```" + `

It exits 0 when there is nothing, or warnings and notes only; 1 when there are errors; 2 when a file can't
be read. It runs nothing and asks no host: whether the things that a runbook names are there is the doctor's.

| level | means |
|---|---|
| error | followed as it stands, the step fails, lies or does damage |
| warning | it can fail, or leaves a person guessing |
| note | it could be better |

## To silence a rule

Where a rule is wrong for once, a comment says so, with the reason for the next reader. It shows neither on
the page nor in the console.

` + "````" + `markdown
1. Ask the vendor <!-- calm-lint-ignore check-without-command: they look, not we -->

<!-- calm-lint-ignore no-estimate: it depends on the vendor -->
## Rollback of the payment provider

` + "```" + `sh
# calm-lint-ignore curl-without-fail: the page answers 503 on purpose
curl -s https://example.org/maintenance
kill -USR2 "$PID"   # calm-lint-ignore signal-kills-node: started with --heapsnapshot-signal=SIGUSR2
` + "```" + `
` + "````" + `

Beside other text it holds for its line. Alone on its line it holds for what begins below: the whole chapter
where that is a heading, the whole block where it is a fence, the command where it stands within one, else the
paragraph, list or table up to the next blank line. Several rules are parted by commas. A comment that
silences nothing is a finding itself.

## The rules

| rule | level | finds |
|---|---|---|
`
