package lint

import (
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var sleepAsCheck = Rule{
	ID: "sleep-as-check", Level: Note,
	Title: "The procedure ends by waiting, and looks at nothing",
	Why:   "After five minutes of sleep nothing is known that was not known before, and the time is gone from the response time.",
	Mend:  "Wait for what is awaited, with a bound: `timeout 300 sh -c 'until curl -fsS URL; do sleep 5; done'`.",
	Bad: `## Let it settle

~~~bash
pm2 restart shop
sleep 300
~~~
`,
	Good: `## Let it settle

~~~bash
pm2 restart shop
timeout 300 sh -c 'until curl -fsS https://shop.example/api/health; do sleep 5; done'
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("sleep") {
			if len(s.after()) > 0 || s.step.Kind != runbook.ShellStep || s.Place&(shell.Looped|shell.Captured|shell.Branched) != 0 || s.in+1 < len(s.seq.steps) {
				continue
			}
			p.finding(s, "the steps end by waiting, and look at nothing", "Wait for what is awaited: `timeout 300 sh -c 'until curl -fsS URL; do sleep 5; done'`.")
		}
	},
}
