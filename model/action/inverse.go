package action

import "encoding/json"

// UndoGroup is the Group of a Ref that stands for no step of the runbook, but for an action that is
// to be taken back: its Step is that action's Op.
const UndoGroup = "undo"

// Inverse is how an action is taken back, made before it is done: what it needs of the host as it
// was before is in it.
type Inverse struct {
	Kind    string          `json:"kind"` // Shell, Nginx or Restore
	Command string          `json:"command"`
	Dir     string          `json:"dir"`
	Detail  json.RawMessage `json:"detail,omitempty"` // as a Plan's
	Notes   []string        `json:"notes,omitempty"`  // what it does not bring back, a sentence each

	// Runbook says that it is the runbook's own way back. It runs with what the steps before carry.
	Runbook bool `json:"runbook,omitempty"`
}

// UndoRef is where the undo of a plan stands: with the procedure of what it takes back.
func UndoRef(p Plan) Ref {
	return Ref{Part: p.Ref.Part, Title: p.Ref.Title, Group: UndoGroup, Step: p.Op, Index: 1, Of: 1, Line: p.Ref.Line}
}
