// Package pane is what a pane of the console is: a view over a read-only State that answers keys
// with Intents. A pane owns only how it is looked at (cursor, scroll, filter); it does no I/O and
// changes nothing by itself.
package pane

import (
	"time"

	"charm.land/bubbles/v2/help"
	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/model/severity"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/theme"
)

// ID names a pane; its value is the key that focuses it.
type ID int

// The panes, by their keys.
const (
	Signals  ID = 1
	Severity ID = 2
	Guide    ID = 3
	Actions  ID = 4
	Timeline ID = 5
	Output   ID = 6
	Logs     ID = 7
)

// Title is the pane's name in its band and tab.
func (id ID) Title() string {
	return [...]string{"", "Signals", "Severity", "Guide", "Actions", "Timeline", "Output", "Logs"}[id]
}

// Pane is one pane. View gets the inner size below the title band and returns at most h lines of
// at most w columns; Band is the remark beside the title in the band.
type Pane interface {
	help.KeyMap
	ID() ID
	Update(tea.Msg, State) (Intent, tea.Cmd)
	View(s State, w, h int, focused bool) string
	Band(s State) string
	Cursor() *tea.Cursor // pane-relative; nil when it has none
}

// State is everything that panes and overlays draw, as one read-only value.
type State struct {
	Now     time.Time
	Service string
	Host    string
	Me      string // the person at this console
	Observe bool   // read-only console

	Runbook   *runbook.Runbook
	Untrusted bool                  // nothing of it runs until a person has said so
	Differs   revision.Difference   // of the text to the one that was trusted last, while it is not trusted
	Findings  []lint.Finding        // what lint finds in it, in the order of the file
	Gone      []incident.TickedData // ticks on what the runbook has no more
	Incident  incident.Incident     // zero when none is open
	Last      string                // one line on the last incident, for the watch screen
	Clocks    []incident.Clock

	Snapshot signal.Snapshot
	Series   func(signal.Name) []signal.Sample // oldest first; never nil
	Severity severity.Classification
	Cases    []triage.Case // best first
	Best     BestCheck

	Means   action.Means // how an approval can be given here
	Action  *Action      // the newest action or check of this incident; nil when none
	Outputs []Result     // finished steps of this incident, newest first
	Logs    []LogLine
	LogRate float64  // error lines a minute; negative when not known
	Changes []Change // what changed on the host before the onset, newest first
	Ready   []Fact   // could we act if we had to
	ReadyAt time.Time
	Done    []string // IDs of steps that ran and are done, for the guide
	Next    Next
	Banner  *Banner

	Theme theme.Styles
}

// Revised is the message that another text of the runbook is followed: what a pane knows by an ID may
// have another one.
type Revised struct{ revision.Difference }

// Declared says whether an incident is open and declared.
func (s State) Declared() bool { return s.Incident.Open() }

// BestCheck is the diagnosis step that best tells the two leading scenarios apart.
type BestCheck struct {
	Step  runbook.Step
	Ref   action.Ref
	Tells string // "tells 3 from 2"
	OK    bool
}

// Stage is how far an action has come.
type Stage int

// The stages, in order.
const (
	Proposing Stage = iota
	Confirming
	Running
	Verifying
	Judged
	Lost // found after a crash, outcome unknown
)

// Action is one step on its way from proposal to verdict.
type Action struct {
	Plan        action.Plan
	Stage       Stage
	By          string
	ConfirmedAt time.Time
	StartedAt   time.Time
	EndedAt     time.Time
	Deadline    time.Time // of the command while Running, of the effect while Verifying
	PID         int
	Number      int // of the run in this incident
	Exit        int
	Outcome     string   // "", "ok", "failed", "cancelled", "unknown"
	Output      []string // newest lines, sanitised
	Rows        []action.Row
	Verdict     action.Verdict
	Why         string // the verdict in one sentence
	Choices     []Choice
}

// Choice is one of the things that can come after a verdict; the first is already in Next.
type Choice struct {
	Title  string
	Note   string // estimate or reason
	Risk   string // "changes", "destroys", "reads", "code", "words", or a key
	Intent Intent
}

// Result is a finished step with its output.
type Result struct {
	Title   string
	Step    string // ID
	At      time.Time
	By      string
	Exit    int
	Took    time.Duration
	Check   bool
	Verdict action.Verdict
	Lines   []string // sanitised
	Adds    []string // what calm adds to it, a sentence each
	Command string
}

// LogLine is one notable line, repeats folded.
type LogLine struct {
	At    time.Time
	File  string
	Text  string
	Count int
}

// Change is something that changed on the host: a release, a restart, a backup.
type Change struct {
	At   time.Time
	Text string
	Note string
}

// Fact is one thing that was looked up about the readiness to act.
type Fact struct {
	State string // "ok", "warn", "unknown"
	Text  string
	Note  string
}

// Next is the one thing to do next.
type Next struct {
	Chip   string // "next", "run", "check", "asks"
	Title  string
	Detail string // the command, or why
	Risk   string // word at the right: "changes", "DESTROYS"; empty for none
	Intent Intent // what "." does; nil when there is nothing to do
}

// Banner is a problem of calm's own that stays until it is over.
type Banner struct {
	Text string
	Help string
}
