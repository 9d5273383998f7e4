package lint

import (
	"strings"

	"calm/model/runbook"
)

var brokenContinuation = Rule{
	ID: "broken-continuation", Level: Error,
	Title: "A backslash is followed by a space, so the command ends there",
	Why: "Only a backslash that is the last character joins two lines. With a space behind it, which nobody sees, " +
		"the first half runs alone and the second as a command of its own.",
	Mend: "Take the spaces at the end of the line out.",
	Bad:  "## Restart\n\n~~~bash\npm2 restart shop \\ \n  --update-env\n~~~\n",
	Good: "## Restart\n\n~~~bash\npm2 restart shop \\\n  --update-env\n~~~\n",
	check: func(p *pass) {
		for _, f := range p.page.fences {
			if !isShell(f.lang) && f.lang != "" && f.lang != "console" {
				continue
			}
			for i := f.open + 1; i < f.close; i++ {
				text := p.page.lines[i].text
				if bare := strings.TrimRight(text, " \t"); bare != text && strings.HasSuffix(bare, `\`) && p.isCommand(i+1) {
					p.report(i+1, "", "a space follows the backslash, so the command ends here and the next line runs by itself", "Take the space at the end of the line out.")
				}
			}
		}
	},
}

// isCommand reports whether a command stands on a line.
func (p *pass) isCommand(line int) bool {
	c := p.commands()
	if c.lines == nil {
		c.lines = map[int]bool{}
		for _, seq := range c.all {
			for _, s := range seq.steps {
				for n := s.TextLine; s.Kind == runbook.ShellStep && n <= s.LineAt(len(s.Text)); n++ {
					c.lines[n] = true
				}
			}
		}
	}
	return c.lines[line]
}
