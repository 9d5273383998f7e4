package lint

import "calm/model/runbook/shell"

var curlToShell = Rule{
	ID: "curl-to-shell", Level: Warning,
	Title: "What a URL answers is run, unseen",
	Why: "A script that ends in the middle, because the connection broke or the server sent an error page, runs up to there. " +
		"And nobody has seen what it does today.",
	Mend: "Fetch it to a file with `curl -fsSLo`, look at it or check its sum, then run it.",
	Bad: `## Install the agent

~~~bash
curl -fsSL https://get.example/agent.sh | bash
~~~
`,
	Good: `## Install the agent

~~~bash
curl -fsSLo agent.sh https://get.example/agent.sh
sha256sum -c agent.sh.sha256 && bash agent.sh
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("curl", "wget") {
			r := s.reader()
			for r != nil && (r.Program == "sudo" || r.Program == "env") && r.To < 0 {
				r = startedBy(s, r)
			}
			if r == nil && s.In(shell.Captured) {
				continue
			}
			if r != nil && (r.Program == "bash" || r.Program == "sh") {
				p.finding(s, "whatever the address answers is run, also when it breaks off in the middle", "Fetch it to a file, look at it, then run it.")
			}
		}
	},
}

// startedBy is the call that another one starts.
func startedBy(s site, by *shell.Call) *shell.Call {
	for i := range s.step.Calls {
		if c := &s.step.Calls[i]; s.call(c.By) == by {
			return c
		}
	}
	return nil
}
