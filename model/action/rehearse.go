package action

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// rehearsal is how a program shows what it would do.
type rehearsal struct {
	program string
	verbs   []string // any of them; nil means whatever the first operand is
	flag    string   // what makes it a rehearsal, added at the end
	done    []string // other spellings of flag
}

// rehearsals are the programs whose own documentation says that they change nothing with that flag.
// What only promises to try (make -n, certbot --dry-run, ansible --check) is not here.
var rehearsals = []rehearsal{
	{"mongorestore", nil, "--dryRun", nil},
	{"npm", []string{"ci", "install", "i", "update", "uninstall"}, "--dry-run", nil},
	{"rsync", nil, "--dry-run", []string{"-n"}},
	{"git", []string{"clean", "push", "rm"}, "--dry-run", []string{"-n"}},
	{"apt-get", []string{"install", "upgrade", "remove", "purge", "autoremove", "dist-upgrade"}, "--simulate", []string{"-s", "--dry-run"}},
	{"apt", []string{"install", "upgrade", "remove", "purge", "autoremove"}, "--simulate", []string{"-s", "--dry-run"}},
	{"kubectl", []string{"apply", "create", "delete", "patch", "scale", "label", "annotate", "drain"}, "--dry-run=server", []string{"--dry-run"}},
	{"helm", []string{"install", "upgrade", "rollback", "uninstall"}, "--dry-run", nil},
}

// Rehearsal is a command that shows what another one would do, and changes nothing. ok is false where
// the other is more than one simple command, or its program has no such thing.
func Rehearsal(command string) (text string, ok bool) {
	calls, _ := Calls(command)
	if len(calls) != 1 || calls[0].Piped || strings.TrimSpace(command[calls[0].End:]) != "" {
		return "", false
	}
	c := calls[0]
	switch {
	case c.Is("git", "checkout", "switch"):
		return difference(command, c)
	case c.Is("nginx") && slices.Equal(c.Words[1:], []string{"-s", "reload"}):
		return instead(command, c, "nginx -t")
	case c.Is("terraform", "apply") && len(c.Words) == 2:
		return instead(command, c, "terraform plan")
	}
	for _, r := range rehearsals {
		if !c.Is(r.program, r.verbs...) {
			continue
		}
		if c.Has(r.flag) || slices.ContainsFunc(r.done, c.Has) {
			return "", false // it is one already
		}
		return strings.TrimRight(command[:c.End], " ") + " " + r.flag, true
	}
	return "", false
}

// difference is what a checkout would change in the files.
func difference(command string, c Call) (string, bool) {
	to := c.Operands()
	if len(to) != 1 || to[0] == "" || c.Has("-b") || c.Has("-c") || c.Has("--") || c.Has("-B") || c.Has("--orphan") {
		return "", false
	}
	quoted, err := syntax.Quote(to[0], syntax.LangBash)
	if err != nil {
		return "", false
	}
	return instead(command, c, "git diff --stat HEAD "+quoted)
}

// instead puts another command in the place of the one call, behind the sudo that it may have.
func instead(command string, c Call, other string) (string, bool) {
	head, _, _ := strings.Cut(strings.TrimSpace(command), c.Words[0])
	switch strings.TrimSpace(head) {
	case "", "sudo", "sudo -n":
		return head + other, true
	}
	return "", false
}
