package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var logEmptied = Rule{
	ID: "log-emptied", Level: Note,
	Title: "A log is emptied, and with it what happened before",
	Why:   "The log of the hour before is what the post-mortem is written from, and the first thing that is missed the next morning.",
	Mend:  "Keep a copy first: `gzip -c FILE >/var/tmp/FILE.$(date -u +%s).gz`.",
	Bad: `## The disk is full

~~~bash
> /var/log/nginx/access.log
~~~
`,
	Good: `## The disk is full

~~~bash
gzip -c /var/log/nginx/access.log >/var/tmp/access.log.gz
> /var/log/nginx/access.log
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if name, ok := emptied(s); ok && !copied(s, name) {
					p.finding(s, shown(name)+" is emptied and no step before keeps it", "Before it: `gzip -c "+shown(name)+" >/var/tmp/NAME.gz`.")
				}
			}
		}
	},
}

// emptied is the log that a call leaves empty.
func emptied(s site) (shell.Word, bool) {
	switch s.Program {
	case "truncate":
		for _, o := range s.Operands() {
			if isLog(o) {
				return o, true
			}
		}
	case "", ":", "true", "echo", "cat":
		if s.Program == "echo" && len(s.Args()) > 0 && s.Args()[0].Text != "" || s.Program == "cat" && (len(s.Args()) != 1 || s.Args()[0].Text != "/dev/null") {
			break
		}
		for _, r := range s.Redirects {
			if r.Op == ">" && isLog(r.Target) {
				return r.Target, true
			}
		}
	}
	return shell.Word{}, false
}

func isLog(w shell.Word) bool {
	return strings.HasSuffix(w.Text, ".log") || strings.HasPrefix(w.Text, "/var/log/")
}

func copied(s site, log shell.Word) bool {
	for _, b := range s.before() {
		for _, a := range b.Args() {
			if a.Text == log.Text && b.Program != "tail" && b.Program != "ls" && b.Program != "du" && b.Program != "grep" {
				return true
			}
		}
	}
	return false
}
