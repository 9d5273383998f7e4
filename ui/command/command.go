// Package command holds every tea.Cmd of the console and the message that each one ends in, and
// the small interfaces of the outside world that they need. ops fulfils the interfaces; main hands
// them in. A closure here captures its arguments, never the model.
package command

import (
	"context"
	"time"

	"calm/model/action"
	"calm/model/doctor"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
	"calm/model/signal"
	"calm/ui/pane"
)

// Gen numbers a round of asking. A result of an older generation than the newest is dropped.
type Gen uint64

// Source gives readings of one outside thing.
type Source interface {
	Name() string
	Collect(ctx context.Context) ([]signal.Sample, error)
}

// Poll is a source and how often to ask it.
type Poll struct {
	Source
	Every   time.Duration
	Timeout time.Duration
	Gives   []signal.Name // what it answers when all is well; each is unknown when it is silent
}

// Incidents finds, opens and starts incidents.
type Incidents interface {
	// Resume opens the newest open incident; ok is false when there is none.
	Resume(ctx context.Context) (j incident.Journal, events []incident.Event, ok bool, err error)
	// Declare starts a new incident with its first event durable.
	Declare(ctx context.Context, actor incident.Actor, d incident.DeclaredData) (incident.Journal, []incident.Event, error)
	// Others says who else has the open incident on a console; empty when nobody has.
	Others() string
	// Revise writes down that an incident goes by another text of the runbook than the one with the
	// hash was, and keeps that text. Two consoles may both say it; it counts once.
	Revise(ctx context.Context, j incident.Journal, was string, rb *runbook.Runbook, actor incident.Actor) ([]incident.Event, error)
	// LastLine says the last incident in one line; empty when there was none.
	LastLine() string
}

// Conductor is the one way to change the host. Begin makes the intent durable before it starts
// anything, and refuses a plan that is not what was proposed.
type Conductor interface {
	Approver
	Propose(ctx context.Context, r action.Request) (action.Plan, error)
	Begin(ctx context.Context, j incident.Journal, plan action.Plan, actor incident.Actor, how string) ([]incident.Event, error)
	// BreakGlass is Begin while the journal can't be written, for the few plans that may run then.
	BreakGlass(ctx context.Context, j incident.Journal, plan action.Plan, actor incident.Actor, how, reason string) ([]incident.Event, error)
	Follow(ctx context.Context, j incident.Journal, op string) (action.Progress, error)
	Cancel(ctx context.Context, j incident.Journal, op string) error
	// Fillings suggests values for placeholders, by their text.
	Fillings(ctx context.Context, ref action.Ref) (map[string][]string, error)
	// Terminal is the program of a plan that needs the terminal for itself. Its intent is durable
	// before it is given out.
	Terminal(ctx context.Context, j incident.Journal, plan action.Plan, actor incident.Actor) (action.Terminal, []incident.Event, error)
}

// Trust says which texts of the runbook a person lets run on this host.
type Trust interface {
	// Standing says whether a text may run and, where it may not, why and what has changed.
	Standing(rb *runbook.Runbook) revision.Standing
	// Give lets it run: durable when it returns.
	Give(rb *runbook.Runbook, by incident.Actor) (revision.Grant, error)
}

// Surroundings looks up what is on the host besides the signals.
type Surroundings interface {
	Changes(ctx context.Context) []pane.Change
}

// Doctor holds the runbook against the host, and changes nothing there.
type Doctor interface {
	Examine(ctx context.Context) doctor.Report
}

// LogTail gives the notable lines that the log source keeps, newest first, and their rate.
type LogTail interface {
	Recent() []pane.LogLine
	Rate() float64
}

// Session is everything the console and the headless commands work with.
type Session struct {
	Service      string
	Host         string
	Actor        incident.Actor
	Runbook      *runbook.Runbook
	Specs        []signal.Spec
	Polls        []Poll
	Incidents    Incidents
	Conductor    Conductor
	Surroundings Surroundings
	Doctor       Doctor
	Logs         LogTail
	Observe      bool
	Folder       string // of the runbooks to choose another one from; empty for none
	Drill        bool
	Warnings     []string      // said once at the start: what could not be set up, and what to do
	Blocked      func() string // why no incident could be written; empty where nothing is known against it
	Copy         func(text string) (path string, err error)
	Editor       func(line int) (action.Terminal, error)
	Trust        Trust                                       // nil where nobody can say; the Conductor decides all the same
	Reload       func(have string) (*runbook.Runbook, error) // the text on disk; nil where it is still the one with the hash have
	Follow       func(*runbook.Runbook) []signal.Spec        // takes another text, for all who go by the runbook; gives its signals
}
