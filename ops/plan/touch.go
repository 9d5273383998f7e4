package plan

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/signal"
	"calm/ops/pm2"
)

func itoa(n int) string { return strconv.Itoa(n) }

// look asks pm2 what it runs, when the command is about that.
func (d *draft) look(ctx context.Context) {
	if d.PM2 == nil || !slices.ContainsFunc(d.calls, func(c action.Call) bool { return c.Is("pm2") }) {
		return
	}
	procs, err := d.PM2.Processes(ctx)
	if err != nil {
		d.note("pm2 does not answer: " + err.Error() + "; its command would start a new, empty daemon")
		return
	}
	d.procs = procs
}

// touches says what the command acts upon, from the host where it can be asked.
func (d *draft) touches(ctx context.Context) {
	add := func(text string) {
		if text != "" && !slices.Contains(d.plan.Touches, text) {
			d.plan.Touches = append(d.plan.Touches, text)
		}
	}
	for _, c := range d.calls {
		switch {
		case c.Is("pm2", "restart", "reload", "stop", "start", "delete"):
			add(d.processes(c))
		case c.Is("git", "checkout", "switch", "revert", "reset"):
			for _, line := range d.tree(ctx) {
				add(line)
			}
		}
	}
	for _, t := range d.known.Touches {
		if d.to != nil && t.Name == d.to.Hash {
			continue // where it goes is among them, in words
		}
		named := func(have string) bool { return strings.Contains(have, t.Name) }
		if !slices.ContainsFunc(d.plan.Touches, named) {
			add(t.Kind + " " + t.Name)
		}
	}
}

// processes says which of pm2's processes a call means.
func (d *draft) processes(c action.Call) string {
	names := c.Operands()
	if d.procs == nil || len(names) == 0 {
		return ""
	}
	hit, others, unknown := d.meant(names)
	if unknown != "" {
		d.note(unknown)
		return ""
	}
	if len(hit) == 0 {
		d.note(fmt.Sprintf("pm2 has no process %s%s", strings.Join(names, " "), listed(others)))
		return ""
	}
	var ids []string
	for _, p := range hit {
		ids = append(ids, itoa(p.ID))
	}
	state := hit[0].Status
	if hit[0].Online() && !hit[0].Started.IsZero() {
		state = "up " + signal.Span(time.Since(hit[0].Started))
	}
	text := fmt.Sprintf("pm2 %s: id %s, %s, %s", namesOf(hit), strings.Join(ids, " "), count(len(hit), "process", "processes"), state)
	if len(others) == 0 {
		text += "; no other app"
	}
	return text + d.refused(c, hit)
}

// refused says what users notice.
func (d *draft) refused(c action.Call, hit []pm2.Process) string {
	now := ""
	if r := d.Snapshot.Reading(signal.Traffic); r.Status != signal.Unknown && r.Good.Known() {
		now = ", " + r.Spec.Format(r.Good) + " now"
	}
	switch {
	case !hit[0].Online():
		return ""
	case c.Is("pm2", "stop", "delete"):
		return "; all users lose the site until it is started" + now
	case c.Is("pm2", "restart") || hit[0].ExecMode != "cluster_mode":
		return "; refuses requests for about 2 s" + now
	}
	return ""
}

func listed(names map[string]bool) string {
	if len(names) == 0 {
		return ""
	}
	var all []string
	for n := range names {
		all = append(all, n)
	}
	slices.Sort(all)
	return "; it has " + strings.Join(all, ", ")
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + more
}

// undo is the way back, in words.
func (d *draft) undo(ctx context.Context) string {
	if d.plan.Check {
		return ""
	}
	for _, c := range d.calls {
		target := strings.Join(c.Operands(), " ")
		switch {
		case c.Is("mongorestore"):
			return "none: what the restore replaces is gone; take a mongodump first"
		case c.Is("pm2", "restart", "reload"):
			return d.undoRestart(target)
		case c.Is("pm2", "stop"):
			return "pm2 start " + target
		case c.Is("pm2", "start"):
			return "pm2 stop " + target
		case c.Is("git", "checkout", "switch"):
			return d.undoCheckout(ctx)
		case c.Is("nginx"):
			return "nothing to undo: nginx reads its files again"
		case c.Is("npm", "ci", "install", "run"):
			return "check out the release before and build it again"
		}
	}
	if len(d.calls) == 0 && len(d.known.EnvSets) > 0 {
		return "nothing to undo: it is only kept for the steps after this one"
	}
	return noUndo
}

const noUndo = "none known"

func (d *draft) undoRestart(target string) string {
	var back []string
	for _, v := range d.plan.Carries {
		switch {
		case !v.WasSet:
			back = append(back, v.Name+" unset")
		case v.Was != v.Now:
			back = append(back, v.Name+"="+v.Was)
		}
	}
	if len(back) == 0 {
		return "nothing to undo: a restart leaves nothing behind"
	}
	return fmt.Sprintf("the same with %s, about 10 s (pm2 restart %s --update-env)", strings.Join(back, " "), target)
}
