package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var installUnderApp = Rule{
	ID: "install-under-app", Level: Warning,
	Title: "Packages are taken from under the running app",
	Why: "`npm ci` begins by deleting node_modules. The app still runs from there: what it loads only now, or forks, fails until the install has ended, " +
		"and when the install fails there is nothing to restart.",
	Mend: "Install into a fresh directory and switch to it, or only where the packages differ: `git diff --quiet @{-1} HEAD -- package-lock.json || npm ci`.",
	Bad: `## Build it again

~~~bash
npm ci
npm run build
pm2 restart shop
~~~
`,
	Good: `## Build it again

~~~bash
git diff --quiet '@{-1}' HEAD -- package-lock.json || npm ci
npm run build
pm2 restart shop
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("npm", "yarn", "rm", "pnpm") {
			if !emptiesModules(s) || s.In(shell.AfterOr) || s.Place&(shell.Branched|shell.Captured) != 0 || s.through("docker", "ssh") {
				continue
			}
			if app := restartedLater(s); app != "" && !stoppedBefore(s) {
				p.finding(s, "`"+s.written()+"` empties node_modules while "+app+" still runs from it", "Install only where it is needed: `git diff --quiet '@{-1}' HEAD -- package-lock.json || npm ci`; or build beside it and switch.")
			}
		}
	},
}

func emptiesModules(s site) bool {
	if s.Program != "rm" {
		return s.Is("npm", "ci")
	}
	for _, o := range s.Operands() {
		if strings.TrimSuffix(o.Text, "/") == "node_modules" {
			return true
		}
	}
	return false
}

// restartedLater is the app that the sequence restarts after a call.
func restartedLater(s site) string {
	for _, n := range s.after() {
		if n.Is("pm2", "restart", "reload", "gracefulReload") || n.Is("systemctl", "restart", "reload") {
			if o := n.Operands(); len(o) > 0 {
				return shown(o[0])
			}
			return "the app"
		}
	}
	return ""
}

func stoppedBefore(s site) bool {
	for _, b := range s.before() {
		if b.Is("pm2", "stop", "delete", "kill") || b.Is("systemctl", "stop") {
			return true
		}
	}
	return false
}
