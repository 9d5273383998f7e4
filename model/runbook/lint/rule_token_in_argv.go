package lint

import (
	"strings"

	"calm/model/runbook/shell"
)

var tokenInArgv = Rule{
	ID: "token-in-argv", Level: Note,
	Title: "An access token stands in a command's arguments",
	Why: "`-H \"Authorization: Bearer $TOKEN\"` writes the token into curl's arguments, where everybody on the host can read it " +
		"for as long as the request takes.",
	Mend: "Give the header on stdin: `printf 'Authorization: Bearer %s' \"$TOKEN\" | curl -H @- …`.",
	Bad: `## How much is left?

~~~bash
curl -fsS -H "Authorization: Bearer $API_KEY" https://api.example/v1/limits
~~~
`,
	Good: `## How much is left?

~~~bash
printf 'Authorization: Bearer %s' "$API_KEY" | curl -fsS -H @- https://api.example/v1/limits
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("curl", "wget", "http") {
			for _, a := range s.Args() {
				if names := a.Variables(); len(names) > 0 && bearer(a) {
					p.finding(s, "$"+names[len(names)-1]+" can be read in "+s.Program+"'s arguments while it runs",
						"Write `printf 'Authorization: Bearer %s' \"$"+names[len(names)-1]+"\" | curl -H @- …`.")
					break
				}
			}
		}
	},
}

func bearer(w shell.Word) bool {
	low := strings.ToLower(w.Text)
	return strings.Contains(low, ": ") && containsAny(low, []string{"authorization", "api-key", "apikey", "token"})
}
