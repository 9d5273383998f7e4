package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"calm/model/action"
	"calm/ops"
	"calm/ops/restore"
)

// inverted records how a restore is taken back: the fresh dump, restored in the same way. What was not
// there before has nothing to go back to.
func (d *draft) inverted(c restore.Change) {
	back := c
	back.Databases = nil
	var fresh []string
	for _, x := range c.Databases {
		y := restore.Database{Name: x.Name, Folder: filepath.Join(c.Fresh(), x.Name)}
		for _, k := range x.Collections {
			switch {
			case k.Type == "collection" && k.Before < 0:
				fresh = append(fresh, k.Name)
			case k.Type == "collection":
				y.Collections = append(y.Collections, restore.Collection{Name: k.Name})
			}
		}
		if len(y.Collections) > 0 {
			back.Databases = append(back.Databases, y)
		}
	}
	if len(back.Databases) == 0 {
		d.plan.Undo = "none: nothing of it is there now; drop it by hand"
		return
	}
	raw, err := json.Marshal(back)
	if err != nil {
		return // a Change holds strings and numbers only
	}
	d.plan.Undo = "restore the fresh dump in the same way, about as long as this"
	d.plan.Inverse = &action.Inverse{Kind: action.Restore, Dir: d.plan.Dir, Detail: raw,
		Command: fmt.Sprintf("Put %s back to the fresh dump in %s", subject(back), c.Fresh())}
	if len(fresh) > 0 {
		d.plan.Inverse.Notes = append(d.plan.Inverse.Notes, "not there before, and left in place by the undo: "+strings.Join(fresh, ", "))
	}
}

// cautions says what a person should know of before.
func (d *draft) cautions(ctx context.Context, c restore.Change, seen restore.Sight) {
	if len(seen.Left) > 0 {
		d.note("left beside by a restore that was cut off: " + strings.Join(seen.Left, ", ") + "; drop it when nobody needs it")
	}
	for _, x := range c.Databases {
		for _, k := range x.Collections {
			if k.Bare {
				d.note(fmt.Sprintf("%s has no metadata in the dump: its indexes and options would be gone", k.Name))
			}
		}
	}
	if d.PM2 == nil {
		return
	}
	procs, err := d.PM2.Processes(ctx)
	if err != nil {
		return
	}
	for _, p := range procs {
		if p.Name == d.App && p.Online() {
			d.note(d.App + " is running: what it writes between the fresh dump and the swap is in neither; stop it first")
			return
		}
	}
}

// backTo plans the restore of a fresh dump, which must be there and whole.
func (d *draft) backTo(ctx context.Context, inv *action.Inverse) error {
	var c restore.Change
	if err := json.Unmarshal(inv.Detail, &c); err != nil || len(c.Databases) == 0 {
		return ops.Errorf(ops.Invalid, d.plan.Title, "what was recorded to take it back can't be read")
	}
	if !c.Kept() {
		return ops.Errorf(ops.Invalid, d.plan.Title, "there is no whole fresh dump in %s, so nothing was swapped; look at the database", c.Fresh())
	}
	for i := range c.Databases {
		x := &c.Databases[i]
		found, err := restore.Read(x.Folder, x.Name)
		if err != nil {
			return err
		}
		wanted := x.Collections
		x.Collections = slices.DeleteFunc(found[0].Collections, func(k restore.Collection) bool {
			return !slices.ContainsFunc(wanted, func(w restore.Collection) bool { return w.Name == k.Name })
		})
	}
	d.env = d.Carried.Apply(d.Env(c.Address.Variable))
	if c.Address.Variable != "" {
		d.plan.EnvNames = []string{c.Address.Variable}
	}
	uri, err := c.Address.Resolve(d.getenv)
	if err != nil {
		return err
	}
	c.Folder, c.Gzip = filepath.Join(d.Dumps, d.plan.Op), false
	for _, t := range []string{c.Dump, c.Restore} {
		d.plan.Programs = append(d.plan.Programs, action.Program{Name: filepath.Base(t), Path: t})
	}
	if err := d.restoring(ctx, c, uri); err != nil {
		return err
	}
	d.plan.Command = strings.Replace(d.plan.Command, "the dump of", "the fresh dump of", 1)
	d.plan.Written = d.plan.Command
	return nil
}

// Found is what is counted of a restore once it has ended, or when nobody knows whether it has: env is
// what it ran with. Anything else has nothing to count.
func (p *Planner) Found(ctx context.Context, done action.Plan, env []string) restore.Sensed {
	var c restore.Change
	if done.Kind != action.Restore || json.Unmarshal(done.Detail, &c) != nil {
		return restore.Sensed{}
	}
	return c.Sense(ctx, func(name string) string { v, _ := lookup(env, name); return v })
}

// counted is what must be true of every collection that is swapped.
func counted(p action.Plan) []action.Expectation {
	var c restore.Change
	if p.Kind != action.Restore || json.Unmarshal(p.Detail, &c) != nil {
		return nil
	}
	var out []action.Expectation
	for _, x := range c.Databases {
		for _, k := range x.Collections {
			if k.Type != "collection" {
				continue
			}
			want := k.Documents
			if k.Fades || want < 0 {
				want = 0 // the server deletes of it by itself, or it is counted only as it is restored
			}
			out = append(out, action.Counted(x.Name+"."+k.Name, want, k.Before))
		}
	}
	return out
}
