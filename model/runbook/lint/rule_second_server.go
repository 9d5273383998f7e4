package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var secondServer = Rule{
	ID: "second-server", Level: Warning,
	Title: "The step starts the app a second time, in the foreground",
	Why: "Beside the one that pm2 or systemd looks after, a second copy fails on the port that is taken, or answers in its place until the terminal closes; " +
		"and the step never ends.",
	Mend: "Change the one that runs: `pm2 restart shop`, with `--update-env` for a changed variable.",
	Bad: `## More memory

~~~bash
pm2 list
~~~

Then:

~~~bash
npm start
~~~
`,
	Good: `## More memory

~~~bash
pm2 list
~~~

Then:

~~~bash
export NODE_OPTIONS=--max-old-space-size=4096
pm2 restart shop --update-env
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if secondServerAt(p, s) && npmAsScript(s) == "" {
					p.finding(s, "`"+s.written()+"` starts a second copy of the app and never ends", "Restart the one that runs: `pm2 restart NAME --update-env`, `systemctl restart NAME`.")
				}
			}
		}
	},
}

// secondServerAt reports whether a call serves in the foreground what something looks after already.
func secondServerAt(p *pass, s site) bool {
	switch s.Program {
	case "npm", "yarn", "pnpm", "node", "next", "gunicorn", "uvicorn":
	default:
		return false
	}
	if s.Program != "gunicorn" && s.Program != "uvicorn" && !s.Endless || s.bounded() || s.through("nohup", "setsid", "docker", "kubectl", "ssh") || developing(s) {
		return false
	}
	for _, pm := range p.commands().byProgram["pm2"] {
		if !pm.Is("pm2", "start") {
			return true
		}
	}
	return false
}

func developing(s site) bool {
	for _, a := range s.Args() {
		if a.Text == "dev" || a.Text == "watch" || strings.HasPrefix(a.Text, "start:dev") {
			return true
		}
	}
	return s.In(shell.Captured)
}
