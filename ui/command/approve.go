package command

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
)

// Approver has somebody else agree to a plan. Whether one did is for Conductor.Begin to say.
type Approver interface {
	// Ask asks for an approval, or gives the one that was asked for already. fill has the values of later
	// steps' placeholders.
	Ask(ctx context.Context, j incident.Journal, plan action.Plan, fill map[string]string, actor incident.Actor) (incident.Approval, []incident.Event, error)
	// Approve takes what was handed in.
	Approve(ctx context.Context, j incident.Journal, hash string, given action.Consent, actor incident.Actor) ([]incident.Event, error)
	// Await waits until an approval is given, refused or expired, and lets other users of this host give it.
	Await(ctx context.Context, j incident.Journal, hash string) ([]incident.Event, error)
	// Means says how an approval can be given here.
	Means(actor incident.Actor) action.Means
}

// AskedMsg says that an approval was asked for.
type AskedMsg struct {
	Journal incident.Journal
	Op      string // of the plan
	Means   action.Means
	Events  []incident.Event
	Err     error
}

// Ask asks for the approval of a plan.
func Ask(c Conductor, j incident.Journal, plan action.Plan, actor incident.Actor) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, events, err := c.Ask(ctx, j, plan, nil, actor)
		return AskedMsg{Journal: j, Op: plan.Op, Means: c.Means(actor), Events: events, Err: err}
	}
}

// ApprovedMsg is what became of something that was handed in for an approval.
type ApprovedMsg struct {
	Journal incident.Journal
	Hash    string
	Events  []incident.Event
	Err     error
}

// Approve hands in a signature, a reason or a name.
func Approve(c Conductor, j incident.Journal, hash string, given action.Consent, actor incident.Actor) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		events, err := c.Approve(ctx, j, hash, given, actor)
		return ApprovedMsg{Journal: j, Hash: hash, Events: events, Err: err}
	}
}

// AwaitedMsg says that an approval waits no more.
type AwaitedMsg struct {
	Journal incident.Journal
	Hash    string
	Events  []incident.Event
	Err     error
}

// Await waits for an approval.
func Await(c Conductor, j incident.Journal, hash string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), action.ApprovalTime+time.Minute)
		defer cancel()
		events, err := c.Await(ctx, j, hash)
		return AwaitedMsg{Journal: j, Hash: hash, Events: events, Err: err}
	}
}
