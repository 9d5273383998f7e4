package lint

import (
	"strings"

	"calm/model/pattern"
	"calm/model/runbook"
)

var locationBeaten = Rule{
	ID: "location-beaten", Level: Warning,
	Title: "A plain prefix location closes a route, and any regex location beats it",
	Why: "nginx takes a matching regex location (`location ~ …`) before a plain prefix, however long. The block is loaded, " +
		"the reload exits 0, and the route stays open. The path without its slash is not covered either.",
	Mend: "Write `location ^~ /api/x/ { … }`, and `location = /api/x { … }` for the path itself.",
	Bad: `## Close the route

~~~nginx
location /api/support/ {
  return 503;
}
~~~
`,
	Good: `## Close the route

~~~nginx
location ^~ /api/support/ {
  return 503;
}
location = /api/support {
  return 503;
}
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, step := range seq.steps {
				if step.Kind == runbook.NginxStep && strings.Contains(step.Text, "location") {
					p.locations(step)
				}
			}
		}
	},
}

var (
	plainLocation = pattern.New(`\blocation[ \t]+(/[^\s{]*)\s*\{([^{}]*)\}`)
	closesRoute   = pattern.New(`\b(?:return[ \t]+[45]\d\d|deny[ \t]+all)\b`)
)

func (p *pass) locations(step *runbook.Step) {
	for _, m := range plainLocation.FindAllStringSubmatchIndex(step.Text, -1) {
		path := step.Text[m[2]:m[3]]
		if path == "/" || !closesRoute.MatchString(step.Text[m[4]:m[5]]) {
			continue
		}
		help := "Write `location ^~ " + path + " {`"
		if bare := strings.TrimSuffix(path, "/"); bare != path && !strings.Contains(step.Text, "= "+bare) {
			help += ", and add `location = " + bare + "` with the same answer"
		}
		p.report(step.LineAt(m[0]), step.ID, "any regex location that matches beats `location "+path+"`, and the route stays open", help+".")
	}
}
