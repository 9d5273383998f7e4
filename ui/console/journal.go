package console

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/situation"
	"calm/ui/command"
	"calm/ui/pane"
)

// writes is the queue to the journal: one append is under way at a time, so that the order in
// which things were done is the order in which they are written.
type writes struct {
	queue   []queued
	sent    int // how many of the queue's first are under way
	failed  bool
	gap     incident.NotWritable // since when, and why, while failed
	waiting []incident.Event     // what the journal itself keeps until it can be written
	merging bool                 // a try to write that is under way
}

// queued is an event that has not been taken by the journal.
type queued struct {
	incident.Draft
	at time.Time
}

// What the banner begins with while there is trouble with the journal.
const (
	notWritable = "JOURNAL NOT WRITABLE  "
	notReadable = "JOURNAL NOT READABLE  "
)

// write queues events of an incident. They are shown when the journal says that they are durable,
// not before.
func (a *App) write(drafts ...incident.Draft) tea.Cmd {
	if len(drafts) == 0 || a.journal == nil {
		return nil
	}
	for _, d := range drafts {
		a.writes.queue = append(a.writes.queue, queued{d, a.now()})
	}
	return a.flush()
}

// by queues one event of the person at this console.
func (a *App) by(t incident.Type, data any) tea.Cmd {
	return a.write(incident.Draft{Type: t, Actor: a.session.Actor, Data: data})
}

// calm is the actor of what nobody decided.
func (a *App) calm() incident.Actor {
	return incident.Actor{Name: "calm", UID: a.session.Actor.UID, LoginUID: a.session.Actor.LoginUID}
}

func (a *App) flush() tea.Cmd {
	if a.journal == nil || a.writes.sent > 0 || len(a.writes.queue) == 0 {
		return nil
	}
	a.writes.sent = len(a.writes.queue)
	drafts := make([]incident.Draft, a.writes.sent)
	for i, q := range a.writes.queue {
		drafts[i] = q.Draft
	}
	return command.Append(a.journal, drafts...)
}

// appended takes in what is durable. What could not be written stays queued and is tried again
// with the clock; until then the banner says so.
func (a *App) appended(msg command.AppendedMsg) tea.Cmd {
	if msg.Journal != a.journal {
		return nil
	}
	durable := a.writes.sent
	a.writes.sent = 0
	if msg.Err != nil {
		// The first of them may be on disk all the same.
		durable = min(len(msg.Events), len(a.writes.queue))
	}
	a.writes.queue = slices.Delete(a.writes.queue, 0, durable)
	a.writes.waiting = msg.Pending
	if msg.Err != nil {
		a.fails(msg.Err)
		a.stay()
		return a.take(msg.Events)
	}
	a.writes.failed, a.trouble = false, ""
	cmd := a.take(msg.Events)
	if a.leaving && len(a.writes.queue) == 0 {
		return tea.Quit
	}
	return tea.Batch(cmd, a.flush())
}

// synced takes in what other consoles wrote. A journal that can be read again may still not be
// writable.
func (a *App) synced(msg command.SyncedMsg) tea.Cmd {
	switch {
	case msg.Journal != a.journal:
		return nil
	case msg.Err != nil:
		a.trouble = notReadable + msg.Err.Error()
		return nil
	case !a.writes.failed:
		a.trouble = ""
	}
	a.writes.waiting = msg.Pending
	return a.takeAll(msg.Events)
}

// take folds events in. They may come twice, and in any order, because appends and looks at the
// journal overlap; the incident takes each once and in its place. Where one is missing, it is asked
// for.
func (a *App) take(events []incident.Event) tea.Cmd { return a.fold(events, a.base.Last) }

// takeAll folds in what the journal gave as all that there is. What is missing in it is lost, and is
// not waited for.
func (a *App) takeAll(events []incident.Event) tea.Cmd {
	last := uint64(0)
	for _, e := range events {
		last = max(last, e.Seq)
	}
	return a.fold(events, last)
}

// fold applies events in order: up to a number all that are there, after it up to the first gap.
func (a *App) fold(events []incident.Event, all uint64) tea.Cmd {
	a.ahead = append(a.ahead, events...)
	slices.SortStableFunc(a.ahead, func(x, y incident.Event) int { return cmp.Compare(x.Seq, y.Seq) })
	for len(a.ahead) > 0 && a.ahead[0].Seq <= max(a.base.Last+1, all) {
		e := a.ahead[0]
		a.ahead = a.ahead[1:]
		if e.Seq <= a.base.Last {
			continue
		}
		if err := a.base.Apply(e); err != nil {
			a.say(err.Error())
		}
		a.diary.Hear(e)
		switch e.Type {
		case incident.Mitigated:
			a.act = nil
		case incident.Closed:
			a.compose()
			return a.close()
		}
	}
	a.compose()
	a.assess()
	listen := a.listen()
	if len(a.ahead) > 0 && a.journal != nil {
		return tea.Batch(listen, command.Sync(a.journal, a.base.Last))
	}
	return listen
}

// resumed goes on with an incident that was left open.
func (a *App) resumed(msg command.ResumedMsg) tea.Cmd {
	a.last = msg.Last
	if msg.Err != nil {
		a.trouble = notReadable + msg.Err.Error()
		return nil
	}
	if !msg.Found || a.journal != nil {
		return nil
	}
	wait := situation.Settle
	if msg.Others != "" {
		a.say(msg.Others + "; both write the same incident")
		// The other console says what the readings do; this one when the other does not.
		wait = situation.Settle + others
	}
	cmd := a.enter(msg.Journal, msg.Events, msg.Pending, wait)
	if a.session.Observe || a.journal == nil {
		return cmd
	}
	if was := a.inc.Runbook; was != "" && was != a.session.Runbook.SHA256 {
		cmd = tea.Batch(cmd, a.revise(was))
	}
	return tea.Batch(cmd, a.adopt(msg.Others != ""), a.by(incident.Reopened, nil))
}

// others is how much longer than the first console another one waits before it writes down what the
// readings do: several times syncEvery.
const others = 6 * time.Second

// declared goes on with the incident that was just declared.
func (a *App) declared(msg command.DeclaredMsg) tea.Cmd {
	a.declaring = false
	if msg.Err != nil {
		a.trouble = notWritable + msg.Err.Error()
		a.say("not declared: " + msg.Err.Error())
		return nil
	}
	cmds := []tea.Cmd{
		a.enter(msg.Journal, msg.Events, nil, situation.Settle),
		a.by(incident.Acknowledged, nil),
		a.by(incident.RoleTaken, incident.RoleData{Role: incident.IncidentCommander, Who: a.session.Actor.Name}),
	}
	for _, answer := range a.early {
		cmds = append(cmds, a.by(incident.Answered, answer))
	}
	a.early = nil
	return tea.Batch(cmds...)
}

func (a *App) enter(j incident.Journal, events, waiting []incident.Event, wait time.Duration) tea.Cmd {
	a.forget()
	a.journal, a.focus = j, pane.Guide
	a.writes.waiting = waiting
	cmd := a.takeAll(events)
	a.diary.Continue(a.inc, wait)
	return cmd
}

// close goes back to watching: the incident is over.
func (a *App) close() tea.Cmd {
	done := a.journal
	a.say(fmt.Sprintf("incident #%d is closed; calm postmortem %d writes what is known", a.inc.Number, a.inc.Number))
	a.forget()
	a.focus = pane.Signals
	a.assess()
	return command.Close(a.session.Incidents, done)
}

// forget drops everything that belongs to one incident.
func (a *App) forget() {
	a.journal, a.base, a.writes, a.ahead, a.trouble = nil, incident.Incident{}, writes{}, nil, ""
	a.inc, a.glass, a.awaited = a.base, glass{}, nil
	a.proposing, a.act, a.results, a.asWritten, a.begun = proposing{}, nil, nil, "", false
	a.diary.Continue(a.inc, situation.Settle)
}

// leave ends this console. The incident stays open, and what runs goes on. What was done is written
// down first; where it can't be, a second q leaves without.
func (a *App) leave() tea.Cmd {
	switch {
	case a.journal == nil || a.session.Observe || a.leaving:
		return tea.Quit
	case a.writes.failed && a.now().Before(a.losing):
		return tea.Quit
	case a.writes.failed:
		a.stay()
		a.warn()
		return nil
	}
	a.leaving = true
	return a.by(incident.Left, nil)
}

// stay takes back that the person leaves, because it could not be written down.
func (a *App) stay() {
	a.another = false
	if !a.leaving {
		return
	}
	a.leaving = false
	a.writes.queue = slices.DeleteFunc(a.writes.queue, func(q queued) bool { return q.Type == incident.Left })
	a.warn()
}

func (a *App) warn() {
	a.losing = a.now().Add(remarkFor)
	what := "the journal can't be written"
	switch n, kept := len(a.writes.queue), a.writes.gap.Kept; {
	case n == 1:
		what = "1 event is in memory only"
	case n > 1:
		what = counted(n) + " are in memory only"
	case kept > 0:
		what = counted(kept) + " in memory, for the next calm to write"
	}
	a.say(what + "; q again leaves all the same")
}
