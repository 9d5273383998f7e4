package action

import (
	"errors"
	"io"
	"time"

	"calm/model/incident"
	"calm/model/signal"
	"calm/model/triage"
)

// ErrHere says that a step only leads to the host that calm is on: there is nothing to run, and the
// step is done.
var ErrHere = errors.New("calm is on that host already")

// Request asks for the plan of one step.
type Request struct {
	Ref       Ref
	Fill      map[string]string // placeholder text → value
	AsWritten bool              // without what calm would change in it
	Rehearse  bool              // what would show what the step does, and changes nothing
	Level     int               // the severity that is declared, 1 for the worst; 0 when none is
	Snapshot  signal.Snapshot
	Case      *triage.Case // the scenario whose symptoms must go; nil for none
}

// Progress is how far a started plan has come.
type Progress struct {
	Op      string
	PID     int
	Started time.Time
	Ended   time.Time        // zero while it runs
	Exit    int              // -1 when a signal ended it
	Outcome string           // "" while it runs, else "ok", "failed", "cancelled", "unknown"
	Output  []string         // its newest lines, sanitised
	Raw     string           // what was kept of it, for judging
	Text    string           // one line on the outcome
	Problem string           // what the host says against success although the exit does not
	Found   Found            // what was looked for on the host once it had ended
	Before  signal.Snapshot  // the readings from before the start; of a plan that has ended
	Events  []incident.Event // that following it appended to the journal
}

// Found are readings that no source polls, taken of the host for a judge.
type Found = map[signal.Name]signal.Sample

// AsEnded is how the plan ended, for a Judge.
func (p Progress) AsEnded() Ended {
	return Ended{Exit: p.Exit, Outcome: p.Outcome, Output: p.Raw, Problem: p.Problem, Found: p.Found}
}

// Terminal is a full-screen program that gets the terminal and gives it back.
type Terminal interface {
	Run() error
	SetStdin(io.Reader)
	SetStdout(io.Writer)
	SetStderr(io.Writer)
}
