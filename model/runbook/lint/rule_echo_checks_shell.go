package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var echoChecksShell = Rule{
	ID: "echo-checks-shell", Level: Warning,
	Title: "echo of a variable is taken for what the app has",
	Why: "`echo $FLAG` prints what this shell has, which is what the last export or the login put there; " +
		"the running app has what it was started with. The two differ exactly when it matters.",
	Mend: "Read it from the process: `tr '\\0' '\\n' </proc/$(pm2 pid APP)/environ | grep ^FLAG=`, `pm2 env ID`, `systemctl show -p Environment`, `kubectl exec POD -- env`.",
	Bad: `## Is the flag on?

~~~bash
# Check the feature flag
echo $SHOP_WIDGET_ENABLED
~~~
`,
	Good: `## Is the flag on?

~~~bash
# Check the feature flag
tr '\0' '\n' <"/proc/$(pm2 pid shop)/environ" | grep ^SHOP_WIDGET_ENABLED=
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("echo", "printenv") {
			if s.Place&(shell.Captured|shell.Feeds|shell.AfterOr|shell.AfterAnd|shell.Looped|shell.Branched) != 0 || len(s.Redirects) > 0 || s.By >= 0 {
				continue
			}
			name := soleVariable(s)
			if name == "" || setBefore(s, name) || !asksForSetting(s) {
				continue
			}
			p.finding(s, "this prints the "+name+" of this shell, not the one that the running app was started with",
				"Ask the process: `tr '\\0' '\\n' </proc/PID/environ | grep ^"+name+"=`.")
		}
	},
}

// soleVariable is the variable that a call prints and nothing else.
func soleVariable(s site) string {
	args := s.Args()
	if len(args) != 1 {
		return ""
	}
	name := args[0].Text
	if s.Program == "echo" {
		names := args[0].Variables()
		if len(names) != 1 || args[0].Text != "\x02" {
			return ""
		}
		name = names[0]
	}
	if ofTheShell(name) || strings.ToUpper(name) != name || len(name) < 4 {
		return ""
	}
	return name
}

func setBefore(s site, name string) bool {
	for _, b := range s.before() {
		for _, set := range b.Sets {
			if set.Name == name {
				return true
			}
		}
	}
	return false
}

func asksForSetting(s site) bool {
	title := strings.ToLower(s.step.Title)
	return verifies(title) || s.seq.group == "diagnosis" || containsAny(title, []string{"flag", "config", "setting", "environment", "variable"})
}
