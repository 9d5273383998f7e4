package console

import (
	"sort"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/situation"
	"calm/ui/command"
	"calm/ui/pane"
)

// writes is the queue to the journal: one append is under way at a time, so that the order in
// which things were done is the order in which they are written.
type writes struct {
	queue  []incident.Draft
	sent   int // how many of the queue's first are under way
	failed bool
}

// write queues events. They are shown when the journal says that they are durable, not before.
func (a *App) write(drafts ...incident.Draft) tea.Cmd {
	if len(drafts) == 0 {
		return nil
	}
	a.writes.queue = append(a.writes.queue, drafts...)
	return a.flush()
}

// by queues one event of the person at this console.
func (a *App) by(t incident.Type, data any) tea.Cmd {
	return a.write(incident.Draft{Type: t, Actor: a.session.Actor, Data: data})
}

func (a *App) flush() tea.Cmd {
	if a.journal == nil || a.writes.sent > 0 || len(a.writes.queue) == 0 {
		return nil
	}
	a.writes.sent = len(a.writes.queue)
	return command.Append(a.journal, a.writes.queue[:a.writes.sent:a.writes.sent]...)
}

// appended takes in what is durable. What could not be written stays queued and is tried again
// with the clock; until then the banner says so.
func (a *App) appended(msg command.AppendedMsg) tea.Cmd {
	sent := a.writes.sent
	a.writes.sent = 0
	if msg.Err != nil {
		a.writes.failed = true
		a.trouble = msg.Err.Error()
		return nil
	}
	a.writes.failed, a.trouble = false, ""
	a.writes.queue = a.writes.queue[sent:]
	a.take(msg.Events)
	return a.flush()
}

func (a *App) synced(msg command.SyncedMsg) tea.Cmd {
	if msg.Err != nil {
		a.trouble = msg.Err.Error()
		return nil
	}
	a.take(msg.Events)
	return nil
}

// take folds events in. They may come twice, and in any order, because appends and looks at the
// journal overlap; the incident takes each once and in its place.
func (a *App) take(events []incident.Event) {
	a.ahead = append(a.ahead, events...)
	sort.SliceStable(a.ahead, func(i, j int) bool { return a.ahead[i].Seq < a.ahead[j].Seq })
	kept := a.ahead[:0]
	for _, e := range a.ahead {
		switch {
		case e.Seq <= a.inc.Last:
		case e.Seq == a.inc.Last+1:
			if err := a.inc.Apply(e); err != nil {
				a.say(err.Error())
			}
		default:
			kept = append(kept, e)
		}
	}
	a.ahead = kept
	a.assess()
}

// resumed goes on with an incident that was left open.
func (a *App) resumed(msg command.ResumedMsg) tea.Cmd {
	if msg.Err != nil {
		a.trouble = msg.Err.Error()
		return nil
	}
	if !msg.Found {
		return nil
	}
	a.enter(msg.Journal, msg.Events)
	if others := a.session.Incidents.Others(); others != "" {
		a.say(others + "; both write the same incident")
	}
	if a.session.Observe {
		return nil
	}
	return tea.Batch(a.adopt(), a.by(incident.Reopened, nil))
}

// declared goes on with the incident that was just declared.
func (a *App) declared(msg command.DeclaredMsg) tea.Cmd {
	if msg.Err != nil {
		a.trouble = msg.Err.Error()
		a.say("not declared: " + msg.Err.Error())
		return nil
	}
	a.enter(msg.Journal, msg.Events)
	cmds := []tea.Cmd{
		a.by(incident.Acknowledged, nil),
		a.by(incident.RoleTaken, incident.RoleData{Role: incident.IncidentCommander, Who: a.session.Actor.Name}),
	}
	for _, answer := range a.early {
		cmds = append(cmds, a.by(incident.Answered, answer))
	}
	a.early = nil
	return tea.Batch(cmds...)
}

func (a *App) enter(j incident.Journal, events []incident.Event) {
	a.journal, a.inc, a.trouble = j, incident.Incident{}, ""
	a.take(events)
	a.diary = situation.NewDiary(a.inc)
	a.focus = pane.Guide
}
