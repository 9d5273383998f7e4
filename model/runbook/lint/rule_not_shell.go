package lint

import (
	"strings"

	"calm/model/runbook"
)

var notShell = Rule{
	ID: "not-shell", Level: Error,
	Title: "A block that says it is shell holds something else",
	Why: "Whoever pastes the block hands nginx's configuration, a crontab's line or JavaScript to bash. At best that is an error; " +
		"`0 */12 * * * …` runs the first file of the directory, and the commands after it run as if nothing had happened.",
	Mend: "Give it a block of its own, tagged for what it is: `nginx`, `cron`, `javascript`, `sql`; and say where it goes.",
	Bad: `## Restart it twice a day

~~~bash
0 */12 * * * /usr/local/bin/restart-shop
~~~
`,
	Good: `## Restart it twice a day

~~~cron
0 */12 * * * /usr/local/bin/restart-shop
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for i, step := range seq.steps {
				lang, ok := p.fenceOf(step)
				if !ok || !isShell(lang) {
					continue
				}
				if what, tag := p.foreign(seq, i); what != "" {
					p.report(step.TextLine, step.ID, "this is "+what+" in a block that says "+lang, "Move it to a block of its own, tagged `"+tag+"`, and say in words where it goes.")
				}
			}
		}
	},
}

func isShell(lang string) bool {
	switch lang {
	case "bash", "sh", "shell", "zsh", "ksh":
		return true
	}
	return false
}

// foreign says what a step in a shell block is instead of shell, and how its own block is tagged.
func (p *pass) foreign(seq *sequence, at int) (what, tag string) {
	step := seq.steps[at]
	switch step.Kind {
	case runbook.NginxStep:
		return "nginx configuration", "nginx"
	case runbook.CronStep:
		return "a line for a crontab", "cron"
	case runbook.JSStep:
		if p.typed(seq, at) {
			return "", ""
		}
		return "JavaScript", "javascript"
	case runbook.CodeStep:
		first, _, _ := strings.Cut(step.Text, "\n")
		switch {
		case p.typed(seq, at):
		case sqlWords(first):
			return "SQL", "sql"
		case startsWithAny(first, "import ", "export const ", "export default ", "export function ", "interface ", "const ", "async function "):
			return "source code", "typescript"
		}
	}
	return "", ""
}

// typed reports whether a step is typed into the client that a step before it in the block has
// opened.
func (p *pass) typed(seq *sequence, at int) bool {
	for i := at - 1; i >= max(0, at-window) && p.sameFence(seq.steps[i], seq.steps[at]); i-- {
		if seq.steps[i].Kind == runbook.ShellStep && seq.steps[i].Interactive {
			return true
		}
	}
	return false
}

func sqlWords(line string) bool {
	return startsWithAny(line, "SELECT ", "UPDATE ", "DELETE FROM ", "INSERT INTO ", "ALTER ", "DROP ", "TRUNCATE ", "CREATE TABLE ", "CREATE INDEX ", "VACUUM")
}

func startsWithAny(text string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}
