package lint

import (
	"fmt"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var blocksTheRest = Rule{
	ID: "blocks-the-rest", Level: Warning,
	Title: "A command that does not end by itself stands before others",
	Why: "Commands are pasted a block at a time. What follows a log that is followed, a full screen or an editor is not run, or is typed into it; " +
		"and nobody notices that half the block never happened.",
	Mend: "Put it last, or in a block of its own, or ask for what is there: `--nostream`, `--tail=200`, `top -b -n1`.",
	Bad: `## Look at the service

~~~bash
journalctl -u shop -f
systemctl status shop
~~~
`,
	Good: `## Look at the service

~~~bash
journalctl -u shop -n 200
systemctl status shop
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if !s.holds() || s.bounded() || s.step.Background || s.In(shell.Captured) || opensShell(s) || secondServerAt(p, s) {
					continue
				}
				log := s.Is("pm2", "logs", "log")
				switch next := p.nextInFence(s); {
				case log && s.In(shell.Feeds):
				case next != 0:
					p.finding(s, spelled(s.Call)+" "+stays(s, next), "Put it last or in a block of its own"+ends(s)+".")
				case log:
					p.finding(s, "pm2 logs follows the log and never ends", "Write `"+s.written()+" --nostream`, or say how to leave it.")
				}
			}
		}
	},
}

// holds reports whether the call keeps the terminal until a person ends it.
func (s site) holds() bool {
	switch s.Program {
	case "docker", "podman", "kubectl", "oc", "gitlab-redis-cli", "gitlab-psql", "info", "man", "read":
		return s.Endless || s.Is(s.Program, "edit")
	case "top":
		return s.Endless && !s.Has("-n -b")
	}
	return s.Endless || s.Interactive
}

// stays says what becomes of the line that follows such a call.
func stays(s site, next int) string {
	if s.Endless {
		return fmt.Sprintf("does not end by itself, so line %d is not reached", next)
	}
	return fmt.Sprintf("waits for a person: pasted with it, line %d is typed into it", next)
}

// nextInFence is the line of the next command in the same block of code; 0 for none.
func (p *pass) nextInFence(s site) int {
	if p.prompted(s.step) {
		return 0 // a session written down: its lines are copied one by one
	}
	for _, n := range s.after() {
		switch {
		case n.in == s.in && n.Statement > s.Statement:
			return n.line()
		case n.in == s.in:
		case !p.sameFence(s.step, n.step):
			return 0
		case n.in > s.in+1 && s.seq.steps[s.in+1].Kind != runbook.ProseStep:
			return 0 // what stands between is typed into it
		default:
			return n.line()
		}
	}
	return 0
}

// ends says how to have the same without waiting, where there is a way.
func ends(s site) string {
	switch {
	case s.Is("pm2", "logs", "log"):
		return ", or let it end: `" + s.written() + " --nostream`"
	case s.Is("pm2"):
		return ", or ask once: `pm2 list` shows memory and CPU"
	case s.Is("kubectl", "port-forward"):
		return ", or in the background, with & behind it"
	case s.Is("kubectl", "logs"), s.Is("docker", "logs"), s.Is("podman", "logs"):
		return ", or let it end: `--tail=200`, without -f"
	case s.Is("kubectl", "get"):
		return ", or leave -w out"
	case s.Is("docker", "stats"), s.Is("podman", "stats"):
		return ", or ask once: `--no-stream`"
	case s.Is("journalctl"):
		return ", or let it end: `-n 200` in place of -f"
	case s.Is("tail"):
		return ", or let it end: `-n 200` in place of -f"
	case s.Is("top"), s.Is("htop"):
		return ", or ask once: `top -b -n1`"
	case s.Is("terraform", "apply", "destroy"):
		return ", behind a look at `terraform plan`"
	}
	return ""
}
