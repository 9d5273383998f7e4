package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/restore"
	"calm/ops/run"
)

// putBack plans a mongorestore as a restore that calm does itself: beside what is in use, counted, and
// then swapped. ok is false for a command that is none, and for one that calm can't do like that: it then
// runs as written, and a note says why.
func (d *draft) putBack(ctx context.Context) (ok bool, err error) {
	if d.AsWritten || !slices.ContainsFunc(d.calls, func(c action.Call) bool { return c.Is("mongorestore") && c.Has("--drop") && !c.Has("--dryRun") }) {
		return false, nil
	}
	as := func(why string) (bool, error) {
		d.note("calm can't restore it beside: " + why + ". It runs as written, and drops before it restores")
		return false, nil
	}
	w, why := understand(d.plan.Command, d.env)
	if why != "" {
		return as(why)
	}
	c := restore.Change{Folder: filepath.Join(d.Dumps, d.plan.Op), Address: w.address, Flags: w.flags}
	if d.Dumps == "" {
		return as("there is no folder for the fresh dump")
	}
	if why := d.tools(&c); why != "" {
		return as(why)
	}
	if c.Address.File != "" && !filepath.IsAbs(c.Address.File) {
		c.Address.File = filepath.Join(d.plan.Dir, c.Address.File)
	}
	uri, err := c.Address.Resolve(d.getenv)
	if err != nil {
		return as(err.Error())
	}
	if c.Databases, err = d.source(w, uri); err != nil {
		return false, err
	}
	if why, err := d.chosen(&c, w); why != "" || err != nil {
		return firstOf(as, why, err)
	}
	d.change("calm restores beside, counts and swaps: mongorestore --drop drops first")
	d.plan.EnvNames = needed(&d.plan, d.Step.EnvReads)
	return true, d.restoring(ctx, c, uri)
}

func firstOf(as func(string) (bool, error), why string, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	return as(why)
}

func (d *draft) getenv(name string) string {
	v, _ := lookup(d.env, name)
	return v
}

// tools finds the two programs that it takes.
func (d *draft) tools(c *restore.Change) (why string) {
	path, _ := lookup(d.env, "PATH")
	for _, t := range []struct {
		name string
		to   *string
	}{{"mongodump", &c.Dump}, {"mongorestore", &c.Restore}} {
		found, err := run.LookPath(t.name, path)
		if err != nil {
			return t.name + " was not found in PATH"
		}
		*t.to = found
		d.plan.Programs = append(d.plan.Programs, action.Program{Name: t.name, Path: found})
	}
	return ""
}

// source reads the dump that the command means. An address that names a database makes mongorestore
// take the folder for that database's own, and restore nothing where it is not.
func (d *draft) source(w written, uri string) ([]restore.Database, error) {
	dir := cmp.Or(w.dir, "dump")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(d.plan.Dir, dir)
	}
	if found := latest(dir); found != dir {
		d.change(dir + " does not exist; newest is " + found)
		dir = found
	}
	own := restore.DatabaseOf(uri)
	if own != "" && w.db != "" && own != w.db {
		return nil, ops.Errorf(ops.Invalid, d.plan.Title, "its address names the database %s, and --db %s: mongorestore takes one of the two", own, w.db)
	}
	db := cmp.Or(own, w.db)
	list, err := restore.Read(dir, db)
	if err != nil || db == "" {
		return list, err
	}
	at := slices.IndexFunc(list, func(x restore.Database) bool { return x.Name == db })
	if at < 0 {
		return nil, ops.Errorf(ops.Invalid, d.plan.Title, "the dump in %s has nothing of the database %s", dir, db)
	}
	if list[at].Folder != dir {
		d.change(fmt.Sprintf("only its %s: of the whole dump mongorestore restores 0 documents", db))
	}
	return list[at : at+1], nil
}

// movable are names for whichever folder is the newest.
var movable = []string{"latest", "newest", "current", "last"}

// latest is a folder or, where one that is called the latest is not there, the same below the newest
// beside it.
func latest(dir string) string {
	for at, rest := dir, ""; at != filepath.Dir(at); at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest) {
		if _, err := os.Stat(filepath.Dir(at)); err != nil {
			continue
		}
		if _, err := os.Stat(at); err == nil || !slices.Contains(movable, strings.ToLower(filepath.Base(at))) {
			return dir
		}
		if newest := restore.Newest(filepath.Dir(at)); newest != "" {
			return filepath.Join(newest, rest)
		}
		return dir
	}
	return dir
}

// chosen leaves only what is to be restored, and says what of it can't be.
func (d *draft) chosen(c *restore.Change, w written) (why string, err error) {
	var out []string
	c.Databases = slices.DeleteFunc(c.Databases, func(x restore.Database) bool {
		own := len(c.Databases) > 1 && slices.Contains([]string{"admin", "config", "local"}, x.Name)
		if own {
			out = append(out, x.Name+" (users, roles and settings)")
		}
		return own
	})
	for i := range c.Databases {
		x := &c.Databases[i]
		x.Collections = slices.DeleteFunc(x.Collections, func(k restore.Collection) bool {
			switch {
			case !w.takes(x.Name, k.Name) || strings.HasPrefix(k.Name, "system.buckets.") || k.Name == "system.views":
				return true // the parts of a time series, and the list of the views, come with those
			case k.Type == "timeseries":
				out = append(out, x.Name+"."+k.Name+" (a time series)")
				return true
			case strings.HasPrefix(k.Name, "system."):
				out = append(out, x.Name+"."+k.Name)
				return true
			}
			return false
		})
	}
	c.Databases = slices.DeleteFunc(c.Databases, func(x restore.Database) bool { return len(x.Collections) == 0 })
	switch {
	case len(c.Databases) == 0 && len(out) > 0:
		return "MongoDB can't swap " + strings.Join(out, ", "), nil
	case len(c.Databases) == 0:
		return "", ops.Errorf(ops.Invalid, d.plan.Title, "it would restore 0 documents: nothing in the dump is what it asks for")
	case len(out) > 0:
		d.change("left as it is, because MongoDB can't swap it: " + strings.Join(out, ", ") + "; the command as written restores that too")
	}
	if why := c.Unfit(d.plan.Op); why != "" {
		return why, nil
	}
	if c.Gzip, err = c.Zipped(); err == nil && c.Gzip && !w.gzip {
		d.change("--gzip is added: the dump is compressed")
	}
	return "", err
}

// restoring makes the plan out of what is to be restored, and of what the server has now.
func (d *draft) restoring(ctx context.Context, c restore.Change, uri string) error {
	seen, err := c.Look(ctx, uri)
	if err == nil {
		err = c.Fits(seen)
	}
	if err != nil {
		return err
	}
	p := &d.plan
	if p.Detail, err = json.Marshal(c); err != nil {
		return ops.Wrap(p.Title, err)
	}
	p.Kind, p.Risk, p.Lease = action.Restore, string(shell.Destroys), "mongo"
	p.Target = strings.Join(c.Names(), ",")
	what, at := subject(c), c.Written().UTC()
	p.Command = fmt.Sprintf("Put %s back to the dump of %s UTC", what, day(at))
	p.Touches = append(p.Touches, "mongod: "+what)
	d.note("the dump is " + signal.Rough(time.Since(at)) + " old")
	d.lost(c, at)
	p.Kept = "every other collection · a fresh dump below " + d.Dumps + ", " + bytes(seen.Free) + " free"
	d.inverted(c)
	d.phases(c, seen, what)
	d.cautions(ctx, c, seen)
	return nil
}

// phases are what calm does, in order.
func (d *draft) phases(c restore.Change, seen restore.Sight, what string) {
	var then int64
	for _, x := range c.Databases {
		for _, k := range x.Collections {
			then += max(0, k.Documents)
		}
	}
	d.plan.Phases = []action.Phase{
		{Text: "fresh dump of " + strings.Join(c.Names(), ", "), Note: number(seen.Size.Documents) + " documents, up to " + bytes(seen.Size.Data)},
		{Text: "dry run of the restore", Note: number(then) + " documents"},
		{Text: "restore beside, and count", Note: "can be stopped up to here"},
		{Text: "swap " + what, Risk: string(shell.Destroys)},
	}
}

// day is a time with its date, where that is not today's.
func day(at time.Time) string {
	if now := time.Now().UTC(); at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04:05")
	}
	return at.Format("2006-01-02 15:04:05")
}

func bytes(n int64) string { return signal.FormatValue(signal.Bytes, float64(n)) }

// fewNames is how many collections are named one by one.
const fewNames = 3

// subject is what is restored: "stylistTickets of aurora", "12 collections of aurora and billing".
func subject(c restore.Change) string {
	var names []string
	for _, x := range c.Databases {
		for _, k := range x.Collections {
			names = append(names, k.Name)
		}
	}
	what := strings.Join(names, ", ")
	if len(names) > fewNames {
		what = itoa(len(names)) + " collections"
	}
	return what + " of " + strings.Join(c.Names(), " and ")
}

// lost counts what the restore takes away.
func (d *draft) lost(c restore.Change, at time.Time) {
	var more, changed []string
	for _, x := range c.Databases {
		for _, k := range x.Collections {
			if k.Type != "collection" || k.Before < 0 {
				continue
			}
			both := " (" + number(k.Before) + " now, " + number(k.Documents) + " then)"
			switch {
			case k.Documents < 0:
				changed = append(changed, k.Name+" ("+number(k.Before)+" now, too large to be counted then)")
			case k.Before > k.Documents:
				more = append(more, number(k.Before-k.Documents)+" "+k.Name+both)
			case k.Before < k.Documents:
				changed = append(changed, k.Name+both)
			default:
				changed = append(changed, k.Name)
			}
		}
	}
	if len(more)+len(changed) == 0 {
		d.plan.Lost = "nothing: none of it is there now"
		return
	}
	if len(changed) > 0 {
		changed[0] = "every change of " + changed[0]
	}
	parts := slices.Concat(more, changed)
	if rest := len(parts) - 2*fewNames; rest > 0 {
		parts = append(parts[:2*fewNames], "and of "+count(rest, "more collection", "more collections"))
	}
	d.plan.Lost = "since " + day(at) + " UTC: " + strings.Join(parts, ", ")
}
