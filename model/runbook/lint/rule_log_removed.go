package lint

import (
	"strings"
)

var logRemoved = Rule{
	ID: "log-removed", Level: Warning,
	Title: "A log is deleted while something may still write to it",
	Why: "The space of a deleted file comes back only when the last process that has it open closes it: the disk stays full, " +
		"the log goes on where nobody can read it, and the evidence is gone.",
	Mend: "Copy what is needed and then empty it, `truncate -s 0 FILE`; or let logrotate or `pm2 flush` do it. Delete only rotated files.",
	Bad: `## The disk is full

~~~bash
rm /var/log/nginx/access.log
~~~
`,
	Good: `## The disk is full

~~~bash
rm /var/log/nginx/access.log.1
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("rm") {
			for _, o := range s.Operands() {
				if strings.HasSuffix(o.Text, ".log") && strings.Contains(o.Text, "/") && !o.Glob || strings.HasSuffix(o.Text, "/*.log") || o.Text == "*.log" {
					p.finding(s, "the space of "+shown(o)+" does not come back while a process has it open", "Write `truncate -s 0 "+shown(o)+"`, after copying what is needed; or rotate it.")
					break
				}
			}
		}
	},
}
