package conduct

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
	"calm/ops/journal"
	"calm/ops/run"
)

// spooling is a journal that has a place for what its disk does not take.
type spooling interface {
	incident.Spooling
	BreakGlass(ctx context.Context, actor incident.Actor, reason string) (view incident.Journal, release func(), err error)
	Unwritable() bool
	Keeping() incident.Journal
	Hold() (release func())
	Spool() (actions, leases string, err error)
	Elsewhere() []string
}

// spoolCap bounds the output of an action that is kept in memory, in bytes.
const spoolCap = 4 << 20

// BreakGlass is Begin while the journal can't be written, for a kill switch and a restart alone. The
// reason, the intent and what comes of it go to memory and to the syslog, and into the journal as soon
// as that can be written. It weakens nothing else: trust, approvals and leases are asked for as ever.
func (c *Conductor) BreakGlass(ctx context.Context, j incident.Journal, p action.Plan, actor incident.Actor, how, reason string) ([]incident.Event, error) {
	op := "break the glass for " + p.Title
	s, ok := j.(spooling)
	switch {
	case strings.TrimSpace(reason) == "":
		return nil, ops.Errorf(ops.Invalid, op, "say why it has to run now")
	case !ok:
		return nil, ops.Errorf(ops.Denied, op, "there is nowhere to write it down")
	case !action.BreaksGlass(c.Runbook(), p.Ref, p.Command):
		return nil, ops.Errorf(ops.Denied, op, "only a kill switch and pm2 restart may run without the journal; make the journal writable first")
	}
	if err := c.permit(p); err != nil {
		return nil, err // before anybody reads that the glass was broken
	}
	if _, err := c.approved(s.Keeping(), p); err != nil {
		return nil, err
	}
	view, release, err := s.BreakGlass(ctx, actor, strings.Join(strings.Fields(reason), " "))
	if err != nil {
		return nil, err
	}
	defer release()
	return c.Begin(ctx, view, p, actor, how)
}

// keeping is a journal for approvals: they run nothing, and must be had while nothing can be written.
func keeping(j incident.Journal) incident.Journal {
	if s, ok := j.(spooling); ok {
		return s.Keeping()
	}
	return j
}

// hold keeps what waits for the journal where it is, while an action is being started there.
func hold(j incident.Journal) (release func()) {
	if s, ok := j.(spooling); ok {
		return s.Hold()
	}
	return func() {}
}

// put makes the consent to a plan durable. What only reads goes on without the journal; anything else
// must be in it.
func put(ctx context.Context, j incident.Journal, p action.Plan, after uint64, allowed func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	if !p.Check {
		return j.AppendIf(ctx, after, allowed, drafts...)
	}
	events, err := j.Append(ctx, drafts...)
	return events, incident.Spooled(err)
}

// prepare writes a job down: in the incident's folder or, where its disk takes nothing, in memory.
func (c *Conductor) prepare(j incident.Journal, job run.Job) (*run.Prepared, error) {
	if dir := folder(j, job.Plan.Op); run.Known(dir) {
		return nil, ops.Errorf(ops.Conflict, "start "+job.Plan.Title, "this plan was started before; propose the step again to repeat it")
	}
	s, ok := j.(spooling)
	var err error
	if !ok || !s.Unwritable() {
		var prepared *run.Prepared
		if prepared, err = c.supervisor(j).Prepare(job); !ok || !run.NoRoom(err) {
			return prepared, err
		}
	}
	actions, leases, nowhere := s.Spool()
	if nowhere != nil {
		return nil, ops.Wrap("start "+job.Plan.Title, errors.Join(err, nowhere))
	}
	others := append([]string{c.Leases}, journal.Leases()...)
	return run.Supervisor{Dir: actions, Leases: leases, Others: others, Self: c.Self, Cap: spoolCap}.Prepare(job)
}

// folder is where an action's files are.
func folder(j incident.Journal, op string) string {
	own := filepath.Join(j.Path(), actionsFolder, op)
	s, ok := j.(spooling)
	if !ok || run.Known(own) {
		return own
	}
	for _, dir := range s.Elsewhere() {
		if there := filepath.Join(dir, op); run.Known(there) {
			return there
		}
	}
	return own
}

// everywhere finds the actions of an incident, oldest first.
func everywhere(j incident.Journal) ([]run.Found, error) {
	dirs := []string{filepath.Join(j.Path(), actionsFolder)}
	if s, ok := j.(spooling); ok {
		dirs = append(dirs, s.Elsewhere()...)
	}
	var all []run.Found
	for _, dir := range dirs {
		found, err := run.Find(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b run.Found) int { return strings.Compare(a.Op, b.Op) })
	// One that is being moved is at both places for a moment.
	return slices.CompactFunc(all, func(a, b run.Found) bool { return a.Op == b.Op }), nil
}

// settled says whether the outcome of an action is written down, or waits for it.
func settled(j incident.Journal, op string) bool {
	events, err := j.Since(0)
	if err != nil {
		return false
	}
	if s, ok := j.(spooling); ok {
		events = append(events, s.Pending()...)
	}
	for _, e := range slices.Backward(events) {
		var d incident.FinishedData
		if e.Type == incident.Finished && e.Decode(&d) == nil && d.Op == op {
			return true
		}
	}
	return false
}

// Bring moves an action that was kept in memory, and whose outcome is written down, among an
// incident's actions.
func Bring(from, actions string) error {
	if info, err := os.Stat(filepath.Join(from, settledFile)); err != nil || info.Size() == 0 {
		return ops.Errorf(ops.Conflict, "move "+from, "its outcome is not written down yet")
	}
	return run.Bring(from, filepath.Join(actions, filepath.Base(from)))
}
