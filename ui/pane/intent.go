package pane

import (
	"calm/model/action"
	"calm/model/incident"
)

// Intent is what a person wants done. The set is sealed: App.apply handles each, and is the only
// writer of the incident.
type Intent interface{ intent() }

type (
	// Declare opens the incident.
	Declare struct {
		Level    int
		Title    string
		Scenario string
	}
	// SetSeverity changes the declared severity.
	SetSeverity struct {
		Level  int
		Reason string
	}
	// Acknowledge records that a person has taken the incident.
	Acknowledge struct{}
	// Propose asks for the plan of a step; one that only reads runs at once.
	Propose struct {
		Ref       action.Ref
		Fill      map[string]string // values of placeholders, by their text
		AsWritten bool              // without what calm would change in it
		Rehearse  bool              // a dry run of it
	}
	// Run confirms a plan that was shown. How is "y", or the target as it was typed.
	Run struct {
		Plan action.Plan
		How  string
	}
	// Approve hands in what somebody gave for an approval that was asked for.
	Approve struct {
		Hash    string
		Consent action.Consent
	}
	// BreakGlass proposes a step that may run although the journal can't be written.
	BreakGlass struct {
		Ref    action.Ref
		Fill   map[string]string
		Reason string
	}
	// Refuse closes a proposal without running it.
	Refuse struct{ Plan action.Plan }
	// Undo asks for the plan that takes a run back.
	Undo struct{ Op string }
	// Stop ends what runs.
	Stop struct{}
	// WaitLonger gives an effect that is being measured a new deadline.
	WaitLonger struct{}
	// Trust lets the steps of the text with this hash run.
	Trust struct{ SHA256 string }
	// Settle says what became of an action whose outcome is unknown: "ran", "did not run", "unknown".
	Settle struct{ Outcome string }
	// Tick changes a checklist item, a step done by hand, or acknowledges a symptom.
	Tick struct{ incident.TickedData }
	// Answer answers a question of the runbook.
	Answer struct{ incident.AnsweredData }
	// Choose opens a scenario in the guide; an empty ID goes back to the list.
	Choose struct{ Scenario string }
	// AddNote writes a note.
	AddNote struct{ Text string }
	// TakeRole gives a role to a person.
	TakeRole struct{ incident.RoleData }
	// Escalate records that the next level was called.
	Escalate struct{ incident.EscalatedData }
	// SendMessage records a message that a person sent.
	SendMessage struct{ incident.MessageData }
	// Keep leaves a change of the host as it is, for good.
	Keep struct{ incident.KeptData }
	// Milestone marks mitigated, resolved or closed.
	Milestone struct {
		Type incident.Type
		Text string
	}
	// Focus moves the focus to a pane.
	Focus struct{ Pane ID }
	// Show opens an overlay by name: "declare", "severity", "note", "help", "palette", "message",
	// "escalate", "roles", "reason", "trust", "closing", "glass".
	Show struct {
		Overlay string
		Arg     any
	}
	// Press does what a key does that works everywhere.
	Press struct{ Key string }
	// Copy puts text on the clipboard, and into a file for terminals that swallow it.
	Copy struct{ Text string }
	// Edit opens the runbook in the editor at a line.
	Edit struct{ Line int }
	// Refresh asks every source for a reading now.
	Refresh struct{}
	// Leave ends this console; the incident stays open.
	Leave struct{}
)

func (Declare) intent()     {}
func (SetSeverity) intent() {}
func (Acknowledge) intent() {}
func (Propose) intent()     {}
func (Run) intent()         {}
func (Approve) intent()     {}
func (Refuse) intent()      {}
func (Undo) intent()        {}
func (BreakGlass) intent()  {}
func (Stop) intent()        {}
func (WaitLonger) intent()  {}
func (Settle) intent()      {}
func (Trust) intent()       {}
func (Tick) intent()        {}
func (Answer) intent()      {}
func (Choose) intent()      {}
func (AddNote) intent()     {}
func (TakeRole) intent()    {}
func (Escalate) intent()    {}
func (SendMessage) intent() {}
func (Keep) intent()        {}
func (Milestone) intent()   {}
func (Focus) intent()       {}
func (Show) intent()        {}
func (Press) intent()       {}
func (Copy) intent()        {}
func (Edit) intent()        {}
func (Refresh) intent()     {}
func (Leave) intent()       {}
