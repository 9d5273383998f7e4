package lint

var fixedPID = Rule{
	ID: "fixed-pid", Level: Error,
	Title: "A process is killed by a number that was written down once",
	Why:   "A process has another number after every start. By the time the runbook is read, the one that was written down belongs to nobody, or to something else.",
	Mend:  "Ask for it: `kill \"$(pm2 pid shop)\"`, `kill \"$(cat /run/shop.pid)\"`, `systemctl kill shop`.",
	Bad: `## End it

~~~bash
kill 48213
~~~
`,
	Good: `## End it

~~~bash
kill "$(cat /run/shop.pid)"
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("kill") {
			for _, a := range s.Args() {
				if n := len(a.Text); n > 2 && isNumber(a.Text) {
					p.finding(s, "process "+a.Text+" is another one by the time this is read", "Ask for the number: `$(pgrep -f …)`, `$(pm2 pid NAME)`, `$(cat /run/NAME.pid)`.")
					break
				}
			}
		}
	},
}

func isNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
