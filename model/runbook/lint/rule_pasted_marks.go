package lint

import (
	"strings"

	"calm/model/runbook"
)

var pastedMarks = Rule{
	ID: "pasted-marks", Level: Error,
	Title: "A word processor has changed the marks of a command",
	Why: "A chat or a wiki makes — of -- and “…” of quotes, and puts spaces that are none. They look right, and the shell takes them for letters: " +
		"`—drop` is a file name, and a space that is none makes one word of two.",
	Mend: "Type the command anew with plain marks: --, \", ' and spaces.",
	Bad: `## Restart

~~~bash
pm2 restart shop —update-env
~~~
`,
	Good: `## Restart

~~~bash
pm2 restart shop --update-env
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, step := range seq.steps {
				if step.Kind == runbook.ShellStep && strings.ContainsAny(step.Text, pasted) {
					p.pasted(step)
				}
			}
		}
	},
}

const pasted = "“”‘’–—\u00a0"

// pasted reports the first mark of a step that the shell takes for a letter.
func (p *pass) pasted(step *runbook.Step) {
	if i := strings.Index(step.Text, "\u00a0"); i >= 0 && !quotedAt(step.Text, i) {
		p.report(step.LineAt(i), step.ID, "a space that is none (U+00A0) stands in this command: the shell makes one word of two", "Type the space anew.")
		return
	}
	for n := range step.Calls {
		for _, a := range step.Calls[n].Args() {
			for _, mark := range []string{"“", "”", "‘", "’", "–", "—"} {
				dash := mark == "–" || mark == "—"
				if dash && !strings.HasPrefix(a.Raw, mark) || dash && a.Raw == mark || !dash && !strings.HasPrefix(a.Raw, mark) && !strings.Contains(a.Raw, "="+mark) {
					continue
				}
				p.report(step.LineAt(step.Calls[n].Offset), step.ID, "the shell takes "+mark+" for a letter", "Type it anew with a plain mark: --, \" or '.")
				return
			}
		}
	}
}
