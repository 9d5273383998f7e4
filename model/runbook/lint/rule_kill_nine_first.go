package lint

import "strings"

var killNine = Rule{
	ID: "kill-nine-first", Level: Warning,
	Title: "kill -9 is the first thing tried",
	Why: "SIGKILL lets a process finish nothing: requests are cut off, locks and half-written files stay, a database has to recover. " +
		"A plain kill asks first, and is enough nearly always.",
	Mend: "Send TERM, wait, and only then KILL: `kill PID; sleep 10; kill -0 PID && kill -9 PID`.",
	Bad: `## End it

~~~bash
pkill -9 -f report-worker
~~~
`,
	Good: `## End it

~~~bash
pkill -f report-worker
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("kill", "pkill", "killall", "fuser") {
			if killsAtOnce(s) && !askedBefore(s) {
				p.finding(s, "nothing asked this process to end before it is killed", "Before it: `"+strings.Replace(s.written(), nineIn(s)+" ", "", 1)+"`, and ten seconds.")
			}
		}
	},
}

func nineIn(s site) string {
	for _, a := range s.Args() {
		switch a.Text {
		case "-9", "-KILL", "-SIGKILL", "--signal=KILL", "-s9":
			return a.Text
		}
	}
	return ""
}

func killsAtOnce(s site) bool { return s.Program != "fuser" && nineIn(s) != "" }

func askedBefore(s site) bool {
	for _, b := range s.before() {
		switch b.Program {
		case "kill", "pkill", "killall":
			if !killsAtOnce(b) {
				return true
			}
		case "systemctl", "pm2", "service", "docker":
			if strings.Contains(b.written(), " stop") {
				return true
			}
		}
	}
	return false
}
