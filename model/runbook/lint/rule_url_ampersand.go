package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var urlAmpersand = Rule{
	ID: "url-ampersand", Level: Error,
	Title: "An & in a URL without quotes ends the command",
	Why: "The shell starts what stands before the & in the background, with half the URL, and takes the rest for an assignment. " +
		"The answer is that of another question.",
	Mend: "Put the URL in quotes, double ones where it holds a variable.",
	Bad: `## How many errors?

~~~bash
curl -fsS https://shop.example/api/metrics?format=summary&route=search
~~~
`,
	Good: `## How many errors?

~~~bash
curl -fsS "https://shop.example/api/metrics?format=summary&route=search"
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("curl", "wget") {
			args := s.Args()
			if !s.In(shell.Behind) || len(args) == 0 {
				continue
			}
			url := args[len(args)-1]
			if strings.Contains(url.Text, "://") && strings.Contains(url.Text, "?") && !url.Quoted {
				p.finding(s, "the & ends the command: only "+shown(url)+" is asked for", "Quote the URL.")
			}
		}
	},
}
