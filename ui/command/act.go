package command

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
)

// ResumedMsg is the incident that was found open, if any.
type ResumedMsg struct {
	Journal incident.Journal
	Events  []incident.Event
	Found   bool
	Others  string // who else has it open on a console; empty when nobody has
	Last    string // one line on the last incident
	Pending []incident.Event
	Err     error
}

// Resume looks for an open incident.
func Resume(i Incidents) tea.Cmd {
	return func() tea.Msg {
		last := i.LastLine()
		j, events, ok, err := i.Resume(context.Background())
		msg := ResumedMsg{Journal: j, Events: events, Found: ok, Last: last, Pending: pending(j), Err: err}
		if ok {
			msg.Others = i.Others()
		}
		return msg
	}
}

// ClosedMsg says that a closed incident's files are given back.
type ClosedMsg struct{ Last string }

// Close gives a closed incident's files back.
func Close(i Incidents, j incident.Journal) tea.Cmd {
	return func() tea.Msg {
		// What was appended is on disk already; there is nothing to do about a file that won't close.
		_ = j.Close()
		return ClosedMsg{Last: i.LastLine()}
	}
}

// DeclaredMsg is a new incident.
type DeclaredMsg struct {
	Journal incident.Journal
	Events  []incident.Event
	Err     error
}

// Declare starts an incident.
func Declare(i Incidents, actor incident.Actor, d incident.DeclaredData) tea.Cmd {
	return func() tea.Msg {
		j, events, err := i.Declare(context.Background(), actor, d)
		return DeclaredMsg{Journal: j, Events: events, Err: err}
	}
}

// AppendedMsg says that events are durable. Nothing of them is shown before. With an error Events
// are the first ones, which are durable all the same, or wait without a number. Pending is all that
// waits for the journal.
type AppendedMsg struct {
	Journal incident.Journal
	Events  []incident.Event
	Pending []incident.Event
	Err     error
}

// Append writes events.
func Append(j incident.Journal, drafts ...incident.Draft) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		events, err := j.Append(ctx, drafts...)
		return AppendedMsg{Journal: j, Events: events, Pending: pending(j), Err: err}
	}
}

// PlanMsg is a plan, ready to be shown.
type PlanMsg struct {
	Request action.Request
	Plan    action.Plan
	Err     error
}

// Propose asks for the plan of a step.
func Propose(c Conductor, r action.Request) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		plan, err := c.Propose(ctx, r)
		return PlanMsg{Request: r, Plan: plan, Err: err}
	}
}

// FillingsMsg is what could fill a step's placeholders.
type FillingsMsg struct {
	Ref         action.Ref
	Suggestions map[string][]string
}

// Fillings looks up suggestions for placeholders.
func Fillings(c Conductor, ref action.Ref) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		// Without suggestions a person types the value: the error would tell nothing more.
		found, _ := c.Fillings(ctx, ref)
		return FillingsMsg{Ref: ref, Suggestions: found}
	}
}

// BegunMsg says that a plan's intent is durable and that it has started, or why not.
type BegunMsg struct {
	Plan    action.Plan
	Events  []incident.Event
	Pending []incident.Event // all that waits for the journal
	Err     error
}

// Begin starts a confirmed plan.
func Begin(c Conductor, j incident.Journal, plan action.Plan, actor incident.Actor, how string) tea.Cmd {
	return func() tea.Msg {
		events, err := c.Begin(context.Background(), j, plan, actor, how)
		return BegunMsg{Plan: plan, Events: events, Pending: pending(j), Err: err}
	}
}

// ProgressMsg is how far a running plan has come.
type ProgressMsg struct {
	action.Progress
	Pending []incident.Event // all that waits for the journal
	Err     error
}

// Follow looks at a running plan after a short wait.
func Follow(c Conductor, j incident.Journal, op string, wait time.Duration) tea.Cmd {
	return tea.Tick(wait, func(time.Time) tea.Msg {
		p, err := c.Follow(context.Background(), j, op)
		p.Op = op
		return ProgressMsg{Progress: p, Pending: pending(j), Err: err}
	})
}

// CancelledMsg is the answer to a cancel.
type CancelledMsg struct{ Err error }

// Cancel ends a running plan with its whole process tree.
func Cancel(c Conductor, j incident.Journal, op string) tea.Cmd {
	return func() tea.Msg { return CancelledMsg{Err: c.Cancel(context.Background(), j, op)} }
}

// CopiedMsg says where a copy was written besides the clipboard.
type CopiedMsg struct {
	Path string
	Err  error
}

// Copy puts text into a file; the clipboard is the program's.
func Copy(write func(string) (string, error), text string) tea.Cmd {
	return func() tea.Msg {
		path, err := write(text)
		return CopiedMsg{Path: path, Err: err}
	}
}

// TerminalMsg says that a full-screen program has given the terminal back.
type TerminalMsg struct {
	Op  string // empty for the editor
	Err error
}

// Give hands the terminal to a program until it ends.
func Give(p action.Terminal, op string) tea.Cmd {
	return tea.Exec(p, func(err error) tea.Msg { return TerminalMsg{Op: op, Err: err} })
}

// Full hands the terminal to a plan that needs it for itself. The intent is durable before.
func Full(c Conductor, j incident.Journal, plan action.Plan, actor incident.Actor) tea.Cmd {
	return func() tea.Msg {
		program, events, err := c.Terminal(context.Background(), j, plan, actor)
		return ReadyMsg{Program: program, Plan: plan, Events: events, Err: err}
	}
}

// ReadyMsg is a full-screen program whose intent is durable.
type ReadyMsg struct {
	Program action.Terminal
	Plan    action.Plan
	Events  []incident.Event
	Err     error
}
