package command

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
)

// mergeLimit bounds one try to write what waits.
const mergeLimit = 10 * time.Second

// MergedMsg says whether the journal can be written again, and has all that waited for it.
type MergedMsg struct {
	Journal incident.Journal
	Events  []incident.Event // after the number that was asked for
	Pending []incident.Event // all that still waits
	Err     error
}

// Merge tries to write what waits for the journal, and reads what came into it after seq.
func Merge(j incident.Spooling, seq uint64) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), mergeLimit)
		defer cancel()
		msg := MergedMsg{Journal: j, Err: j.Merge(ctx)}
		if msg.Err == nil {
			msg.Events, msg.Err = j.Since(seq)
		}
		msg.Pending = j.Pending()
		return msg
	}
}

// BreakGlass starts a confirmed plan although the journal can't be written.
func BreakGlass(c Conductor, j incident.Journal, plan action.Plan, actor incident.Actor, how, reason string) tea.Cmd {
	return func() tea.Msg {
		events, err := c.BreakGlass(context.Background(), j, plan, actor, how, reason)
		return BegunMsg{Plan: plan, Events: events, Pending: pending(j), Err: err}
	}
}

// pending is what waits for a journal; nothing for one that keeps nothing.
func pending(j incident.Journal) []incident.Event {
	if s, ok := j.(incident.Spooling); ok && s != nil {
		return s.Pending()
	}
	return nil
}
