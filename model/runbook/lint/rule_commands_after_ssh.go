package lint

import (
	"path"

	"calm/model/runbook/shell"
)

var commandsAfterSSH = Rule{
	ID: "commands-after-ssh", Level: Warning,
	Title: "A shell is opened elsewhere, and the commands below are meant for it",
	Why: "`ssh host` in a block opens a session and waits. Run as a script, or by a hand that pastes line by line after the session has ended, " +
		"the commands below it run on the machine that one sits at.",
	Mend: "Say in words where to be, in a block of its own; or give ssh the commands: `ssh host 'pm2 restart shop'`.",
	Bad: `## Restart

~~~bash
ssh shop.example
pm2 restart shop
~~~
`,
	Good: `## Restart

~~~bash
ssh shop.example 'pm2 restart shop'
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if !opensShell(s) || s.In(shell.Captured) {
					continue
				}
				if next := p.nextInFence(s); next != 0 {
					p.finding(s, "what follows, from line "+decimal(next)+", is meant for the shell that `"+s.written()+"` opens, and can run here",
						"Put it in a block of its own with a word on where the rest is to be run, or give it the commands: `"+s.Program+" … '…'`.")
				}
			}
		}
	},
}

// opensShell reports whether a call opens a shell for a person, here or elsewhere.
func opensShell(s site) bool {
	if !s.Interactive {
		return false
	}
	switch s.Program {
	case "ssh", "su", "sudo", "mosh", "bash", "sh", "chroot":
		return true
	case "docker", "podman", "kubectl", "oc":
		o := s.Operands()
		return len(o) > 0 && isShell(path.Base(o[len(o)-1].Text))
	}
	return false
}
