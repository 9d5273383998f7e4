package conduct

import (
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/lint"
)

// advise puts what lint finds in the step among the plan's notes, before a person is asked. What calm
// has mended in the command is among its changes already.
func (c *Conductor) advise(rb *runbook.Runbook, p *action.Plan) {
	for _, f := range c.findings(rb) {
		if f.Step != p.Ref.Step || f.Level == lint.Note || mended(f, *p) {
			continue
		}
		if note := f.Message + " (" + f.Rule + ")"; !slices.Contains(p.Notes, note) {
			p.Notes = append(p.Notes, note)
		}
	}
}

// argvRule finds passwords in arguments; those of MongoDB's tools go into a file where calm runs them.
const argvRule = "password-in-argv"

// installRule finds packages that are taken from under the app; calm installs them beside it where it can.
const installRule = "install-under-app"

// restoreRules find in a restore what calm's own way of doing it has mended: no password is an argument,
// the dump's right folder is read and its age told, what is there is dumped first, and that is the way back.
var restoreRules = []string{argvRule, "restore-nothing", "latest-as-rollback", "drop-without-dump", "destroy-without-backup", "no-undo"}

// mended says whether the plan's command has what the finding misses in the written one.
func mended(f lint.Finding, p action.Plan) bool {
	if p.Kind == action.Restore && slices.Contains(restoreRules, f.Rule) {
		return true
	}
	if p.Kind == action.Release && f.Rule == installRule {
		return true
	}
	if p.Host != "" && f.Rule == "commands-after-ssh" {
		return true // they run there
	}
	if f.Rule == argvRule {
		return len(p.Addresses) > 0
	}
	flag := action.Mends(f.Rule, p.Written)
	return flag != "" && strings.Contains(p.Command, flag)
}

// findings are those of a text, looked for once.
func (c *Conductor) findings(rb *runbook.Runbook) []lint.Finding {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.linted != rb {
		c.linted, c.found = rb, lint.Check(rb)
	}
	return c.found
}
