package lint

import (
	"strings"

	"calm/model/runbook"
)

var promptInShell = Rule{
	ID: "prompt-in-shell", Level: Note,
	Title: "A prompt stands before the command in a block that says it is shell",
	Why:   "Pasted whole, every line answers `$: command not found`, and the lines of output below run as commands.",
	Mend:  "Take the prompts and the output out, or tag the block `console`.",
	Bad: `## Is it running?

~~~bash
$ pm2 list
~~~
`,
	Good: `## Is it running?

~~~console
$ pm2 list
~~~
`,
	check: func(p *pass) {
		var first *runbook.Step
		blocks := map[int]bool{}
		for _, seq := range p.commands().all {
			for _, step := range seq.steps {
				f, ok := p.page.fenceAt(step.TextLine - 1)
				if step.Kind == runbook.ShellStep && ok && isShell(f.lang) && p.prompted(step) {
					blocks[f.open] = true
					if first == nil || step.TextLine < first.TextLine {
						first = step
					}
				}
			}
		}
		if first != nil {
			lang, _ := p.fenceOf(first)
			p.report(first.TextLine, first.ID, "this block says "+lang+" and has a prompt: pasted, it answers `$: command not found`"+others(len(blocks)-1), "Tag the block `console`, or take the prompts out.")
		}
	},
}

// prompted reports whether a prompt stands before a step.
func (p *pass) prompted(step *runbook.Step) bool {
	line := strings.TrimLeft(p.page.lines[step.TextLine-1].text, " \t>")
	return strings.HasPrefix(line, "$ ") && !strings.HasPrefix(step.Text, "$")
}

func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (and one block more)"
	}
	return " (and " + decimal(n) + " blocks more)"
}
