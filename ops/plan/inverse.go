package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
	"mvdan.cc/sh/v3/syntax"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/ops"
	"calm/ops/nginx"
	"calm/ops/pm2"
)

// invert records how the command is taken back, from what the host is before it. Only a command that
// makes one change has an inverse that can be trusted.
func (d *draft) invert(ctx context.Context) {
	if d.plan.Kind == action.Release {
		d.invertBuild()
		return
	}
	call, ok := d.onlyChange()
	if !ok {
		return
	}
	inv := &action.Inverse{Kind: action.Shell, Dir: d.plan.Dir}
	switch {
	case call.Is("pm2", "restart", "reload", "start") && d.stores(call):
		d.invertVariables(ctx, inv, call)
	case call.Is("pm2", "stop"):
		d.invertStop(inv, call)
	case call.Is("pm2", "start"):
		d.invertStart(inv, call)
	case call.Is("pm2", "scale"):
		d.invertScale(inv, call)
	case call.Is("git", "checkout", "switch") && len(d.plan.Detail) > 0:
		d.invertCheckout(ctx, inv)
	case call.Is("touch"):
		d.invertTouch(inv, call)
	case call.Is("mongosh"):
		d.invertIndex(inv)
	}
	if inv.Command == "" {
		return
	}
	d.plan.Inverse = inv
	if d.plan.Undo == noUndo {
		d.plan.Undo = strings.ReplaceAll(inv.Command, "\n", "; ")
	}
	d.plan.Undo = strings.Join(append([]string{d.plan.Undo}, inv.Notes...), "; ")
}

// onlyChange is the one call of the command that changes something.
func (d *draft) onlyChange() (action.Call, bool) {
	if d.plan.Check {
		return action.Call{}, false
	}
	var all []action.Call
	for _, c := range d.calls {
		if !slices.Contains([]string{"cd", "echo", "printf", "true", "set", "date"}, c.Words[0]) {
			all = append(all, c)
		}
	}
	if len(all) != 1 {
		return action.Call{}, false
	}
	return all[0], true
}

// stores says whether a pm2 call gives the app variables to keep.
func (d *draft) stores(c action.Call) bool {
	return c.Has("--update-env") && len(d.plan.Carries)+len(d.known.EnvSets) > 0
}

// pointedAt are the processes that a pm2 call names; nil when one of them is not known, or pm2 was not
// asked.
func (d *draft) pointedAt(c action.Call) []pm2.Process {
	var all []pm2.Process
	for _, name := range c.Operands() {
		i := slices.IndexFunc(d.procs, func(p pm2.Process) bool { return p.Name == name || itoa(p.ID) == name })
		if i < 0 {
			return nil
		}
		all = append(all, d.procs[i])
	}
	return all
}

// invertVariables sets the variables to what the app has now. pm2 can take none away.
func (d *draft) invertVariables(ctx context.Context, inv *action.Inverse, c action.Call) {
	names := slices.Clone(d.known.EnvSets)
	for _, v := range d.plan.Carries {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	was, err := d.running(ctx, slices.Compact(names))
	if err != nil || len(d.pointedAt(c)) == 0 {
		return
	}
	var lines []string
	for _, name := range slices.Compact(names) {
		value, set := was[name]
		switch {
		case set && hidden(name, value):
			d.note(name + " is a secret: calm does not keep what it is now, so it can't bring it back")
			return
		case !set:
			inv.Notes = append(inv.Notes, name+" is empty then: it is not set now, and pm2 can take no variable away")
		}
		quoted, err := syntax.Quote(value, syntax.LangBash)
		if err != nil {
			return
		}
		lines = append(lines, "export "+name+"="+quoted)
	}
	verb := cmp.Or(map[string]string{"reload": "reload"}[c.Words[1]], "restart")
	inv.Command = strings.Join(append(lines, "pm2 "+verb+" "+words(c.Operands())+" --update-env"), "\n")
}

func (d *draft) invertStop(inv *action.Inverse, c action.Call) {
	hit := d.pointedAt(c)
	if len(hit) > 0 && !slices.ContainsFunc(hit, func(p pm2.Process) bool { return !p.Online() }) {
		inv.Command = "pm2 start " + words(c.Operands())
	}
}

func (d *draft) invertStart(inv *action.Inverse, c action.Call) {
	hit := d.pointedAt(c)
	if len(hit) > 0 && !slices.ContainsFunc(hit, pm2.Process.Online) {
		inv.Command = "pm2 stop " + words(c.Operands())
	}
}

func (d *draft) invertScale(inv *action.Inverse, c action.Call) {
	if len(c.Operands()) != 2 {
		return
	}
	name, n := c.Operands()[0], 0
	for _, p := range d.procs {
		if p.Name == name {
			n++
		}
	}
	if n > 0 {
		inv.Command = "pm2 scale " + words([]string{name}) + " " + itoa(n)
	}
}

// invertTouch takes a flag file away that was not there.
func (d *draft) invertTouch(inv *action.Inverse, c action.Call) {
	if len(c.Words) != 2 || c.Words[1] == "" || strings.HasPrefix(c.Words[1], "-") {
		return
	}
	path := c.Words[1]
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.plan.Dir, path)
	}
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		inv.Command = "rm " + words([]string{path})
	}
}

// newIndex is a command's one call of createIndex, with the keys of the index.
var newIndex = regexp.MustCompile(`\.createIndex\(\s*(\{[^{}]*\})\s*(?:,\s*\{[^{}]*\}\s*)?\)`)

// invertIndex drops the index that the command makes. The keys name it.
func (d *draft) invertIndex(inv *action.Inverse) {
	found := newIndex.FindAllStringSubmatch(d.plan.Command, -1)
	if len(found) != 1 || strings.Count(d.plan.Command, "createIndex") != 1 {
		return
	}
	inv.Command = newIndex.ReplaceAllString(d.plan.Command, ".dropIndex($1)")
	inv.Notes = append(inv.Notes, "an index that was there before is dropped too")
}

// words are operands as bash takes them.
func words(list []string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		q, err := syntax.Quote(w, syntax.LangBash)
		if err != nil {
			q = "''"
		}
		quoted[i] = q
	}
	return strings.Join(quoted, " ")
}

// Inverse gives the plan that takes a done one back, sealed. The error has the code Invalid where
// there is none: its Undo says what a person can do.
func (p *Planner) Inverse(ctx context.Context, done action.Plan, r Request) (action.Plan, error) {
	title := "Undo: " + done.Title
	inv := done.Inverse
	if inv == nil {
		return action.Plan{}, ops.Errorf(ops.Invalid, title, "calm can't take it back by itself: %s", cmp.Or(done.Undo, "no way back is known"))
	}
	inv = p.withBuilds(ctx, done, p.stillThere(ctx, inv))
	known := shell.Analyze(inv.Command)
	r.Ref, r.AsWritten = action.UndoRef(done), !inv.Runbook
	r.Step = runbook.Step{Kind: runbook.ShellStep, Text: inv.Command, Risk: known.Risk, EnvReads: known.EnvReads, EnvSets: known.EnvSets}
	r.Step.Title = title
	d := &draft{Planner: p, Request: r}
	d.plan = action.Plan{Op: ulid.Make().String(), Kind: inv.Kind, Ref: r.Ref, Written: inv.Command, User: userName(), Dir: inv.Dir, Title: title}
	d.plan.Host, d.plan.Connect, d.plan.Trusted = done.Host, done.Connect, done.Trusted
	d.plan.Runbook = done.Runbook // the text that it was recorded under, whatever the file says now
	if err := d.takeBack(ctx, inv); err != nil {
		return action.Plan{}, err
	}
	d.plan.Notes = append(d.plan.Notes, inv.Notes...)
	d.approval()
	d.expect()
	d.identify()
	d.plan.Seal()
	return d.plan, nil
}

func (d *draft) takeBack(ctx context.Context, inv *action.Inverse) error {
	switch inv.Kind {
	case action.Restore:
		return d.backTo(ctx, inv)
	case action.Release:
		return d.putsBack(ctx, inv)
	case action.Nginx:
	default:
		err := d.shell(ctx)
		if len(d.plan.Detail) == 0 {
			d.plan.Detail = inv.Detail
		}
		return err
	}
	var c nginx.Change
	if err := json.Unmarshal(inv.Detail, &c); err != nil || c.Path == "" {
		return ops.Errorf(ops.Invalid, d.plan.Title, "what was recorded to take it back can't be read; take it back by hand: %s", inv.Command)
	}
	d.Step.Risk = shell.Changes
	d.describe(c)
	d.plan.Detail, d.plan.Undo = inv.Detail, "the step itself, again"
	d.restores(ctx, c)
	switch {
	case c.Text == "" && c.Flag:
		d.plan.Command = "rm " + c.Path
	case c.Text == "":
		d.plan.Command = fmt.Sprintf("take %s away", c.Path)
	}
	if len(c.Command) == 0 {
		return nil // nginx itself is told nothing
	}
	d.plan.Programs = []action.Program{{Name: "nginx", Path: c.Command[0]}}
	return nil
}
