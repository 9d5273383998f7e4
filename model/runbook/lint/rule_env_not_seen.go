package lint

import (
	"fmt"
	"slices"
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var envNotSeen = Rule{
	ID: "env-not-seen", Level: Error,
	Title: "A variable is exported, but the restart does not hand it on",
	Why: "pm2 keeps the environment that a process was started with. `pm2 restart` after an `export` exits 0, says online, " +
		"and the app still has the old value. A service of systemd and a container never see a shell's variables at all.",
	Mend: "Add `--update-env` to the restart. For a service or a container, change its own environment: the unit's file, the deployment.",
	Bad: `## Turn the flag off

~~~bash
export CONCIERGE_ENABLED=false
pm2 restart shop
~~~
`,
	Good: `## Turn the flag off

~~~bash
export CONCIERGE_ENABLED=false
pm2 restart shop --update-env
~~~
`,
	check: func(p *pass) {
		u := uses{}
		for _, s := range p.commands().of("pm2", "systemctl", "service", "docker", "kubectl") {
			what, help := keepsEnvironment(s)
			if what == "" || s.step.Kind == runbook.CronStep {
				continue
			}
			if said := u.unseen(s); said != "" {
				p.finding(s, what+" "+said, help)
			}
		}
	},
}

// keepsEnvironment says of a restart what does not take the shell's variables; "" for any other call.
func keepsEnvironment(s site) (what, help string) {
	restarted := "Change the environment where it is kept (the unit's file, the compose file, the deployment), then restart."
	switch {
	case s.Is("pm2", "restart", "reload", "gracefulReload") && !s.Has("--update-env"):
		return "pm2 keeps the old value of", "Write `" + s.written() + " --update-env`."
	case s.Is("systemctl", "restart", "reload", "try-restart", "reload-or-restart"), s.Program == "service" && strings.HasSuffix(s.written(), " restart"):
		return "systemd gives the service its own environment, without", restarted
	case s.Is("docker", "restart"), s.Is("docker", "compose") && strings.Contains(s.written(), " restart"):
		return "a restarted container keeps the old value of", restarted
	case s.Is("kubectl", "rollout") && strings.Contains(s.written(), " restart"):
		return "the new pods take their environment from the deployment, without", restarted
	}
	return "", ""
}

// unseen lists the variables that were exported for nothing but this restart.
func (u uses) unseen(s site) string {
	var names []string
	line := 0
	before := s.before()
	for i := range before {
		b := &before[i]
		switch {
		case b.Program == "pm2" && b.Has("--update-env"):
			names = nil // it has taken them all
		case b.Program == "export" && !b.In(shell.Subshell):
			for n, set := range b.Sets {
				if !ofTheShell(set.Name) && set.Value.Raw != "" && !u.of(b, n) && !slices.Contains(names, set.Name) {
					names, line = append(names, set.Name), b.line()
				}
			}
		}
	}
	for _, set := range s.Sets {
		names, line = append(names, set.Name), s.line()
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%s, set %s", names[0], onLine(line))
	}
	last := names[len(names)-1]
	if n := len(names) - 1; n > 2 {
		return fmt.Sprintf("%s and of %d others, the last set %s", last, n, onLine(line))
	}
	return fmt.Sprintf("%s and %s, the last set %s", strings.Join(names[:len(names)-1], ", "), last, onLine(line))
}

// uses remembers of each variable that is set whether a later command has use for it.
type uses map[*shell.Assignment]bool

func (u uses) of(from *site, i int) bool {
	set := &from.Sets[i]
	is, known := u[set]
	if !known {
		is = used(from, set.Name)
		u[set] = is
	}
	return is
}

// used reports whether a later command has use for a variable.
func used(from *site, name string) bool {
	after := from.after()
	for i := range after {
		if after[i].Mentions(name) {
			return true
		}
	}
	return false
}

// ofTheShell are variables for the commands themselves, not for an app.
func ofTheShell(name string) bool {
	switch name {
	case "PATH", "HOME", "LANG", "LC_ALL", "TZ", "PAGER", "EDITOR", "PM2_HOME", "KUBECONFIG", "NVM_DIR", "DOCKER_HOST", "DEBIAN_FRONTEND":
		return true
	}
	for _, prefix := range []string{"AWS_", "GIT_", "SSH_", "VAULT_", "GOOGLE_", "PG", "KUBE"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
