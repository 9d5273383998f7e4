package lint

import (
	"strings"

	"calm/model/runbook"
)

var cronPath = Rule{
	ID: "cron-path", Level: Warning,
	Title: "cron will not find the program",
	Why: "cron starts commands with a PATH of /usr/bin:/bin. What was installed by npm, nvm or an installer lies elsewhere: " +
		"the line fails every time, into a mail that nobody reads.",
	Mend: "Give it a PATH, or the program's whole path: `0 */12 * * * PATH=/usr/local/bin:/usr/bin:/bin pm2 restart shop`.",
	Bad: `## Restart it twice a day

~~~cron
0 */12 * * * pm2 restart shop
~~~
`,
	Good: `## Restart it twice a day

~~~cron
0 */12 * * * PATH=/usr/local/bin:/usr/bin:/bin pm2 restart shop
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, step := range seq.steps {
				if step.Kind != runbook.CronStep || strings.Contains(step.Text, "PATH=") {
					continue
				}
				for line := range strings.Lines(step.Text) {
					if program := cronProgram(line); program != "" {
						p.report(step.TextLine, step.ID, "cron's PATH is /usr/bin:/bin, where "+program+" rarely is", "Write `PATH=/usr/local/bin:/usr/bin:/bin "+program+" …`, or its whole path.")
						break
					}
				}
			}
		}
	},
}

// cronProgram is the program of a crontab's line, where it is one that packages put elsewhere.
func cronProgram(line string) string {
	for i, f := range strings.Fields(line) {
		switch f {
		case "pm2", "node", "npm", "npx", "yarn", "mongosh", "mongodump", "mongorestore", "aws", "kubectl", "docker-compose", "helm":
			if i == 5 || i == 1 || i == 6 {
				return f
			}
		}
	}
	return ""
}
