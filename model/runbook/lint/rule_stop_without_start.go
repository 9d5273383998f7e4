package lint

import (
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var stopWithoutStart = Rule{
	ID: "stop-without-start", Level: Warning,
	Title: "The app is stopped, and stays so when a step before the start fails",
	Why: "Stop, restore, start: when the restore fails, people look into the restore. The app is down all the while, " +
		"and nothing in the procedure says to start it again.",
	Mend: "Say under the steps what to do when one fails (\"start the app again first\"), or start it from a trap.",
	Bad: `## Import the prices

~~~bash
pm2 stop shop
node scripts/import-prices.js
pm2 start shop
~~~
`,
	Good: `## Import the prices

~~~bash
pm2 stop shop
node scripts/import-prices.js
pm2 start shop
~~~

If the import fails, start the shop first, then ask for help.
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("pm2", "systemctl", "docker") {
			name, start := stops(s)
			if name == "" {
				continue
			}
			if fails := failsBetween(s, start); fails != nil && !s.seq.saysFailure() {
				p.finding(s, "if line "+decimal(fails.line())+" fails, nothing starts "+name+" again", "Add a sentence: if a step fails, first `"+s.Program+" start "+name+"`.")
			}
		}
	},
}

// stops gives what a call stops, and the index of the call that starts it again.
func stops(s site) (name string, start int) {
	if !s.Is(s.Program, "stop") || len(s.Operands()) == 0 {
		return "", 0
	}
	name = shown(s.Operands()[0])
	for _, n := range s.after() {
		if n.Is(s.Program, "start", "restart") && len(n.Operands()) > 0 && shown(n.Operands()[0]) == name {
			return name, n.at
		}
	}
	return "", 0
}

// failsBetween is the first command between stop and start that changes something, and whose failure
// nobody answers.
func failsBetween(s site, start int) *site {
	for _, b := range s.before() {
		if b.Program == "trap" {
			return nil
		}
	}
	for i := s.at + 1; i < start; i++ { // start lies within the window
		n := s.seq.sites[i]
		if n.Program == "trap" {
			return nil
		}
		if n.step.Risk != shell.Reads && n.Program != "" && !builtin(n.Program) && !n.In(shell.BeforeOr) && n.Program != "sleep" && n.Program != "cd" && n.Program != "mkdir" && !n.Is(s.Program, "stop") && n.By < 0 {
			return &n
		}
	}
	return nil
}

// saysFailure reports whether the words around the steps say what to do when one fails.
func (s *sequence) saysFailure() bool {
	found := false
	s.spoken(0, func(step int, text string) bool {
		low := strings.ToLower(text)
		found = s.steps[step].Kind == runbook.ProseStep && strings.Contains(low, "fail")
		return !found
	})
	return found
}
