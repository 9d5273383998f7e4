package lint

import (
	"strings"

	"calm/model/runbook"
)

var latestAsRollback = Rule{
	ID: "latest-as-rollback", Level: Warning,
	Title: "A rollback takes what is called latest",
	Why: "`:latest` is what was pushed last, which is the release that one wants to be rid of; and a folder called latest is as old as the last backup " +
		"that worked, which nobody has looked at.",
	Mend: "Name the version to go back to; look at the backup's age before it is restored: `ls -ld --time-style=full-iso /backups/latest/`.",
	Bad: `## Rollback

~~~bash
kubectl set image deploy/shop shop=registry.example/shop:latest
kubectl rollout status deploy/shop
~~~
`,
	Good: `## Rollback

~~~bash
kubectl set image deploy/shop shop=registry.example/shop:1.4.1
kubectl rollout status deploy/shop
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			if seq.procedure == nil || seq.procedure.Kind != runbook.Rollback {
				continue
			}
			for _, s := range seq.sites {
				p.latest(s)
			}
		}
	},
}

func (p *pass) latest(s site) {
	for _, a := range s.Args() {
		switch {
		case strings.HasSuffix(a.Text, ":latest") && (s.Is("kubectl", "set") || s.Is(s.Program, "pull", "run") || s.Program == "helm"):
			p.finding(s, shown(a)+" is what was pushed last, not what ran before", "Name the version to go back to.")
			return
		case strings.Contains(a.Text, "/latest") && restores(s) && !looked(s, "latest"):
			p.finding(s, "how old "+shown(bare(a))+" is has not been looked at", "Before it: `ls -ld --time-style=full-iso` on it; a backup that failed for a week is called latest as well.")
			return
		}
	}
}

// looked reports whether a step before the call has looked at a path.
func looked(s site, part string) bool {
	for _, b := range s.before() {
		switch b.Program {
		case "ls", "stat", "find", "readlink", "realpath", "du":
			for _, a := range b.Args() {
				if strings.Contains(a.Text, part) {
					return true
				}
			}
		}
	}
	return false
}
