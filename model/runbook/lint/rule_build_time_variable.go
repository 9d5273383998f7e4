package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var buildTimeVariable = Rule{
	ID: "build-time-variable", Level: Error,
	Title: "A variable that is read at build time is changed, and nothing is built after it",
	Why: "NEXT_PUBLIC_, VITE_ and REACT_APP_ variables are written into the bundle when it is built. " +
		"Changing one for the running app, and restarting it, leaves every page as it was.",
	Mend: "Build after the change, then restart; or say in the step why no build is needed.",
	Bad: `## Turn the flag off

~~~bash
export NEXT_PUBLIC_WIDGET=false
pm2 restart shop --update-env
~~~
`,
	Good: `## Turn the flag off

~~~bash
export NEXT_PUBLIC_WIDGET=false
npm run build
pm2 restart shop --update-env
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				name := inBundle(s.Call)
				if name == "" || built(s) || seq.says(s.in, "build", "redeploy") {
					continue
				}
				p.finding(s, name+" is read when the app is built, and nothing is built after this",
					"Add `npm run build` (or what builds the app) before the restart.")
			}
		}
	},
}

// inBundle is the variable of a bundle that a call sets, for good or in a file.
func inBundle(c *shell.Call) string {
	if c.Program == "export" || c.Program == "" {
		for _, set := range c.Sets {
			if bundled(set.Name) {
				return set.Name
			}
		}
		return ""
	}
	if c.Program != "sed" && (c.Program != "echo" || len(c.Redirects) == 0) {
		return ""
	}
	for _, a := range c.Args() {
		for i, prefix := 0, ""; i < len(bundlePrefixes); i++ {
			prefix = bundlePrefixes[i]
			if at := strings.Index(a.Text, prefix); at >= 0 && (c.Program == "echo" || c.Has("-i --in-place")) {
				end := at
				for end < len(a.Text) && (a.Text[end] == '_' || a.Text[end] >= 'A' && a.Text[end] <= 'Z' || a.Text[end] >= '0' && a.Text[end] <= '9') {
					end++
				}
				return a.Text[at:end]
			}
		}
	}
	return ""
}

var bundlePrefixes = []string{"NEXT_PUBLIC_", "REACT_APP_", "VITE_", "GATSBY_", "VUE_APP_", "EXPO_PUBLIC_"}

func bundled(name string) bool {
	for _, prefix := range bundlePrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// built reports whether something is built, or deployed anew, after a call.
func built(from site) bool {
	for _, s := range from.after() {
		if strings.Contains(s.Program, "build") || strings.Contains(s.Program, "deploy") {
			return true
		}
		for _, a := range s.Args() {
			if strings.Contains(a.Text, "build") || strings.Contains(a.Text, "deploy") || a.Text == "--prod" {
				return true
			}
		}
	}
	return false
}
