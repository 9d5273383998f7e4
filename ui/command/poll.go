package command

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/doctor"
	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/pane"
)

// SamplesMsg is the answer of one source. At is when it came.
type SamplesMsg struct {
	Source  int // index into the session's polls
	Gen     Gen
	Samples []signal.Sample
	Err     error
	At      time.Time
}

// Collect asks one source, within its timeout.
func Collect(p Poll, index int, gen Gen) tea.Cmd {
	return func() (msg tea.Msg) {
		ctx, cancel := context.WithTimeout(context.Background(), p.Timeout)
		defer cancel()
		// A source that panics is a source that does not answer; the console goes on.
		defer func() {
			if r := recover(); r != nil {
				msg = SamplesMsg{Source: index, Gen: gen, Err: fmt.Errorf("%s: %v", p.Name(), r), At: time.Now()}
			}
		}()
		samples, err := p.Collect(ctx)
		return SamplesMsg{Source: index, Gen: gen, Samples: samples, Err: err, At: time.Now()}
	}
}

// TurnMsg says that it is time to ask a source again.
type TurnMsg struct {
	Source int
	Gen    Gen
}

// Turn waits until a source's next turn. Turns fall on multiples of the interval, so that the
// sources of one interval are asked, and drawn, together.
func Turn(p Poll, index int, gen Gen, now time.Time) tea.Cmd {
	wait := p.Every - time.Duration(now.UnixNano())%p.Every
	return tea.Tick(wait, func(time.Time) tea.Msg { return TurnMsg{Source: index, Gen: gen} })
}

// TickMsg is the clock, once a second.
type TickMsg time.Time

// Tick waits for the next full second.
func Tick(now time.Time) tea.Cmd {
	return tea.Tick(time.Second-time.Duration(now.Nanosecond()), func(t time.Time) tea.Msg { return TickMsg(t) })
}

// SurroundingsMsg is what was found on the host besides the signals.
type SurroundingsMsg struct {
	Changes []pane.Change
}

// LookAround looks up what changed.
func LookAround(s Surroundings) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		return SurroundingsMsg{Changes: s.Changes(ctx)}
	}
}

// ExaminedMsg is the runbook, held against the host. At is when that was done.
type ExaminedMsg struct {
	Report doctor.Report
	At     time.Time
}

// Examine holds the runbook against the host. The doctor bounds its looks itself; this is for one
// that hangs all the same.
func Examine(d Doctor) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		r := d.Examine(ctx)
		return ExaminedMsg{Report: r, At: time.Now()}
	}
}

// SyncedMsg brings events that other consoles appended.
type SyncedMsg struct {
	Journal incident.Journal
	Events  []incident.Event
	Pending []incident.Event // all that waits for the journal
	Err     error
}

// Sync reads what was appended to a journal after seq.
func Sync(j incident.Journal, seq uint64) tea.Cmd {
	return func() tea.Msg {
		events, err := j.Since(seq)
		return SyncedMsg{Journal: j, Events: events, Pending: pending(j), Err: err}
	}
}
