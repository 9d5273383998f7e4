package lint

import "strings"

var signalKillsNode = Rule{
	ID: "signal-kills-node", Level: Error,
	Title: "SIGUSR2 is sent to a Node process that may have no handler for it",
	Why: "Node writes a heap snapshot on SIGUSR2 only when it was started with --heapsnapshot-signal=SIGUSR2, or when a module handles the signal. " +
		"Any other Node process dies of it: the diagnosis becomes the outage.",
	Mend: "Start the app with `NODE_OPTIONS=--heapsnapshot-signal=SIGUSR2`, and send the signal only where that can be seen in /proc/PID/environ.",
	Bad: `## Write a heap dump

~~~bash
kill -USR2 $(pgrep -f "node.*server.js")
~~~
`,
	Good: `## Write a heap dump

~~~bash
tr '\0' '\n' </proc/$(pm2 pid shop)/environ | grep -q heapsnapshot-signal=SIGUSR2 && kill -USR2 "$(pm2 pid shop)"
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("kill", "pkill", "killall", "pm2") {
			if !sendsUSR2(s) || !toNode(s) || handled(s) {
				continue
			}
			p.finding(s, "SIGUSR2 ends a Node process that was not started with --heapsnapshot-signal=SIGUSR2",
				"Look first: `tr '\\0' '\\n' </proc/PID/environ | grep -q heapsnapshot-signal=SIGUSR2 && "+s.Program+" …`.")
		}
	},
}

func sendsUSR2(s site) bool {
	if s.Program == "pm2" && !s.Is("pm2", "sendSignal") {
		return false
	}
	for _, a := range s.Args() {
		switch strings.TrimPrefix(strings.TrimPrefix(a.Text, "-"), "SIG") {
		case "USR2", "12":
			return true
		}
	}
	return false
}

func toNode(s site) bool {
	if s.Program == "pm2" {
		return true
	}
	text := strings.ToLower(s.step.Text + " " + s.step.Title)
	return containsAny(text, []string{"node", "npm", "pm2", "heap"}) && !containsAny(text, []string{"java", "nginx", "unicorn", "php"})
}

// handled reports whether the runbook makes sure that the process answers the signal.
func handled(s site) bool {
	if strings.Contains(s.step.Text, "heapsnapshot-signal") {
		return true
	}
	for _, b := range s.before() {
		for _, a := range b.Args() {
			if strings.Contains(a.Text, "heapsnapshot-signal") {
				return true
			}
		}
		for _, set := range b.Sets {
			if strings.Contains(set.Value.Text, "heapsnapshot-signal") {
				return true
			}
		}
	}
	return false
}
