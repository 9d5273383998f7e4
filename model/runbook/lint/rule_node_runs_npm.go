package lint

import "strings"

var nodeRunsNpm = Rule{
	ID: "node-runs-npm", Level: Error,
	Title: "node is given npm as its script",
	Why: "`node --max-old-space-size=4096 npm start` does not run npm with a larger heap: node looks for a file called npm in the current directory, " +
		"and ends with MODULE_NOT_FOUND.",
	Mend: "Hand node's flags on by the environment: `NODE_OPTIONS=--max-old-space-size=4096 npm start`; under pm2, export it and restart with `--update-env`.",
	Bad: `## More memory

~~~bash
node --max-old-space-size=4096 npm start
~~~
`,
	Good: `## More memory

~~~bash
NODE_OPTIONS=--max-old-space-size=4096 npm start
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("node", "nodejs") {
			if flags := npmAsScript(s); flags != "" {
				p.finding(s, "node runs a file called "+npmName(s)+" here, and there is none", "Write `NODE_OPTIONS=\""+strings.TrimSpace(flags)+"\" "+rest(s)+"`; for an app under pm2, export NODE_OPTIONS and `pm2 restart NAME --update-env`.")
			}
		}
	},
}

// npmAsScript returns the flags before npm where node is given it as a script, "" elsewhere.
func npmAsScript(s site) string {
	if s.Program != "node" && s.Program != "nodejs" {
		return ""
	}
	flags := " "
	for _, a := range s.Args() {
		switch {
		case strings.HasPrefix(a.Text, "-"):
			flags += a.Raw + " "
		case a.Text == "npm", a.Text == "yarn", a.Text == "pnpm", a.Text == "npx":
			return flags
		default:
			return ""
		}
	}
	return ""
}

// rest is the call from npm on.
func rest(s site) string {
	name := npmName(s)
	_, after, _ := strings.Cut(s.written(), " "+name)
	return name + after
}

func npmName(s site) string {
	for _, a := range s.Args() {
		if !strings.HasPrefix(a.Text, "-") {
			return a.Text
		}
	}
	return ""
}
