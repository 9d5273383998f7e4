package lint

import (
	"fmt"

	"calm/model/runbook/shell"
)

var endlessPipe = Rule{
	ID: "endless-pipe", Level: Error,
	Title: "A command that never ends feeds a pipe",
	Why: "`pm2 logs` prints the last lines and then follows the log for ever; so does anything with -f. What reads from it never comes to its end: " +
		"grep hangs, and wc, sort or tail never print a thing.",
	Mend: "Ask for what is there: `pm2 logs APP --nostream --lines 200`, `kubectl logs --tail=200`, `journalctl -n 200`; or bound it with `timeout 30`.",
	Bad: `## Look at the log

~~~bash
pm2 logs shop | grep -i widget
~~~
`,
	Good: `## Look at the log

~~~bash
pm2 logs shop --nostream --lines 200 2>&1 | grep -i widget
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if !s.Endless || !s.In(shell.Feeds) || s.bounded() || enough(s) {
					continue
				}
				log := s.Is("pm2", "logs", "log")
				if r := s.waits(); r != nil && !log {
					p.finding(s, fmt.Sprintf("%s never ends, so %s never prints anything", spelled(s.Call), r.Program), "Take the -f out, or bound it: `timeout 30 "+s.written()+"`.")
				} else if log {
					p.finding(s, "pm2 logs never ends, and neither does what reads from it", "Write `"+s.written()+" --nostream"+someLines(s)+" 2>&1`: what is there, and then the end.")
				}
			}
		}
	},
}

func someLines(s site) string {
	if s.Has("--lines") {
		return ""
	}
	return " --lines 200"
}

// enough reports whether a reader of the pipe ends it by having read enough.
func enough(s site) bool {
	for r := s.reader(); r != nil; r = s.call(r.To) {
		switch {
		case r.Program == "head", r.Program == "timeout", r.Has("-m --max-count -q --quiet"):
			return true
		}
	}
	return false
}

// waits is the reader in the pipe that prints nothing before its input ends.
func (s site) waits() *shell.Call {
	for r := s.reader(); r != nil; r = s.call(r.To) {
		switch r.Program {
		case "sort", "wc", "tail", "tac", "column", "uniq":
			return r
		case "grep", "egrep":
			if r.Has("-c --count") {
				return r
			}
		}
	}
	return nil
}
