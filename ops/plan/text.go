package plan

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/pm2"
)

// ErrHere says that a step only leads to the host that calm is on: it is done already.
var ErrHere = errors.New("this is that host")

// inert is a value that no shell does anything with, wherever in a command it stands.
var inert = regexp.MustCompile(`^[A-Za-z0-9._/:@%+,=][A-Za-z0-9._/:@%+,=-]*$`)

// text makes the command out of the runbook's words: bound to this host, placeholders filled.
func (d *draft) text() error {
	command, did := d.Step.Text, []config.Substitution(nil)
	if d.plan.Host == "" {
		// What is bound is bound to this host.
		command, did = d.Bind(command)
	}
	for _, s := range did {
		d.change(fmt.Sprintf("%s is %s here", s.From, s.To))
	}
	values, open := Filled(d.Step, d.Fill)
	if open != "" {
		return ops.Errorf(ops.Invalid, d.plan.Title, "%s is not filled in", open)
	}
	d.plan.Fill = values
	for _, ph := range d.Step.Placeholders {
		value := values[ph.Text]
		if !inert.MatchString(value) {
			return ops.Errorf(ops.Invalid, d.plan.Title, "%s can't be %q: only letters, digits and ._/:@%%+,=- are taken, and no - at the beginning", ph.Text, value)
		}
		command = strings.ReplaceAll(command, ph.Text, value)
		d.change(fmt.Sprintf("%s is %s", ph.Text, value))
	}
	d.plan.Command, d.asked = command, command
	d.calls, _ = action.Calls(command)
	d.env = d.Carried.Apply(d.Env(d.Step.EnvReads...))
	return nil
}

// Filled are the values of a step's placeholders, by the placeholder as written, from what was given for
// that or for its name; open is one that has none. A suggestion of Fillings is taken up to its first two
// blanks; the rest of it is for people.
func Filled(s runbook.Step, fill map[string]string) (values map[string]string, open string) {
	for _, ph := range s.Placeholders {
		value, _, _ := strings.Cut(cmp.Or(fill[ph.Text], fill[ph.Name]), "  ")
		if value = strings.TrimSpace(value); value == "" {
			return nil, ph.Text
		}
		if values == nil {
			values = map[string]string{}
		}
		values[ph.Text] = value
	}
	return values, ""
}

// amend adds what the command needs to do what it says, and says so.
func (d *draft) amend() {
	type insertion struct {
		at   int
		text string
	}
	var ins []insertion
	d.calls, _ = action.Calls(d.plan.Command)
	for _, c := range d.calls {
		switch {
		case d.again(c) && d.differs() && !c.Has("--update-env"):
			ins = append(ins, insertion{c.End, " --update-env"})
			d.change("--update-env is added: without it pm2 keeps the old value")
		case c.Is("pm2", "logs") && c.Piped && !c.Has("--nostream"):
			ins = append(ins, insertion{c.End, " --nostream"})
			d.change("--nostream is added: pm2 logs in a pipe never ends")
		}
	}
	slices.SortFunc(ins, func(a, b insertion) int { return b.at - a.at })
	for _, i := range ins {
		d.plan.Command = d.plan.Command[:i.at] + i.text + d.plan.Command[i.at:]
	}
	d.plan.Changes = slices.Compact(d.plan.Changes)
}

// again says whether a call starts an app that pm2 has an environment of already.
func (d *draft) again(c action.Call) bool {
	known := slices.ContainsFunc(d.procs, func(p pm2.Process) bool { return slices.Contains(c.Operands(), p.Name) })
	return c.Is("pm2", "restart", "reload") || c.Is("pm2", "start") && known
}

// differs says whether something is carried that the app does not have yet, as far as is known.
func (d *draft) differs() bool {
	for _, v := range d.plan.Carries {
		if !v.WasSet || v.Was != v.Now || hidden(v.Name, v.Now) {
			return true
		}
	}
	return false
}
