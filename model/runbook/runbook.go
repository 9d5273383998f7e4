// Package runbook turns a team's Markdown into a Runbook: severities, escalation, scenarios,
// procedures, checklists, templates and contacts, each with its line in the file.
//
// It owns what a runbook says. It does no I/O, runs nothing, and never rewrites the Markdown: what
// it does not understand it keeps, in its place, as a Section.
package runbook

import (
	"strings"
	"time"

	"calm/model/runbook/shell"
	"calm/model/signal"
)

// Part is what every part of a runbook has. It is embedded, so its fields stand beside the others
// in JSON.
type Part struct {
	ID    string `json:"id"`    // a slug of the title, unique in the file and stable while the title is
	Title string `json:"title"` // as written, Markdown marks taken off, mojibake mended
	Line  int    `json:"line"`  // 1-based line of the file where the part begins
	Start int    `json:"-"`     // byte offset in the source where the part begins
	End   int    `json:"-"`     // byte offset just after it
}

// Runbook is one parsed Markdown file.
type Runbook struct {
	Title      string            `json:"title"`
	Path       string            `json:"path"`
	SHA256     string            `json:"sha256"` // of the file's bytes, lower-case hex
	Metadata   map[string]string `json:"metadata"`
	Severities []Severity        `json:"severities"` // worst first
	Escalation []Escalation      `json:"escalation"`
	Scenarios  []Scenario        `json:"scenarios"`
	Procedures []Procedure       `json:"procedures"`
	Checklists []Checklist       `json:"checklists"`
	Templates  []Template        `json:"templates"`
	PostMortem *PostMortem       `json:"postmortem"`
	Contacts   []Contact         `json:"contacts"`
	Sections   []Section         `json:"sections"` // everything else, so that nothing is dropped
	Warnings   []Warning         `json:"warnings"`

	Source []byte `json:"-"` // the file as read
}

// Severity is one row of the team's severity scheme.
type Severity struct {
	Part
	Level         int         `json:"level"` // 1 is worst
	Names         []string    `json:"names"` // "SEV-1", "P0", "Critical": the first is the one to show
	Impact        string      `json:"impact"`
	Response      *float64    `json:"response_seconds"`
	ResponseNote  string      `json:"response_note"` // "business hours", "next business day"
	Update        *float64    `json:"update_seconds"`
	Resolution    *float64    `json:"resolution_seconds"`
	Escalation    string      `json:"escalation"`
	Communication string      `json:"communication"`
	Channels      []string    `json:"channels"`
	Criteria      []Criterion `json:"criteria"`
}

// Name is the severity's first name, such as "SEV-2".
func (s Severity) Name() string {
	if len(s.Names) > 0 {
		return s.Names[0]
	}
	return s.Title
}

// Kinds of a criterion or symptom.
const (
	Measured = "measured" // a predicate on a signal
	Logged   = "logged"   // a signature to be counted in logs
	Probed   = "probed"   // a state that a probe can see: health, the page, a process
	Asked    = "asked"    // only a person can say
)

// Criterion is one sentence that puts an incident into a severity.
type Criterion struct {
	ID   string `json:"id"` // for --answer and the journal: "sev-1-1"
	Text string `json:"text"`
	Line int    `json:"line"`
	Kind string `json:"kind"` // Measured or Asked
	*Predicate
}

// Predicate is a range of a signal. An absent bound is open. Values are in the signal's own unit:
// ratios 0–1, seconds, bytes.
type Predicate struct {
	Signal   signal.Name `json:"signal,omitempty"`
	Quantile float64     `json:"quantile,omitempty"` // 0.95 for p95; 0 when the text names none
	Min      *float64    `json:"min,omitempty"`
	Max      *float64    `json:"max,omitempty"`
	MinOpen  bool        `json:"min_open,omitempty"` // min itself is outside: "> 50 %"
	MaxOpen  bool        `json:"max_open,omitempty"`
	Equals   string      `json:"equals,omitempty"`  // for a state signal: "error", "no"
	Trend    string      `json:"trend,omitempty"`   // "up": rising is what is meant, whatever the value
	Subject  string      `json:"subject,omitempty"` // what it was narrowed to: a route
}

// Holds says whether a value lies in the range. Equals and Trend are not looked at.
func (p Predicate) Holds(v float64) bool {
	if p.Min != nil && (v < *p.Min || p.MinOpen && v == *p.Min) {
		return false
	}
	if p.Max != nil && (v > *p.Max || p.MaxOpen && v == *p.Max) {
		return false
	}
	return true
}

// Escalation is a level of people to go to, inside or outside the team.
type Escalation struct {
	Part
	Level      int      `json:"level"` // 0 for an outside party
	Contact    string   `json:"contact"`
	Scope      string   `json:"scope"`
	EscalateIf string   `json:"escalate_if"`
	After      *float64 `json:"after_seconds,omitempty"` // time without resolution after which this level hands over to the next
	Auto       *float64 `json:"auto_seconds,omitempty"`  // time after which this level is reached by itself
	ForLevels  []int    `json:"for_levels"`              // severities that the times are for; empty is all
	External   bool     `json:"external,omitempty"`
	Details    []string `json:"details,omitempty"` // lines that are none of the above: addresses, telephone numbers
}

// Scenario is a known way of failing.
type Scenario struct {
	Part
	Number     int          `json:"number,omitempty"` // as the title has it; 0 when it has none
	Symptoms   []Symptom    `json:"symptoms"`
	Diagnosis  []Step       `json:"diagnosis"`
	Resolution []Item       `json:"resolution"`
	Severity   CaseSeverity `json:"severity"`
}

// CaseSeverity is "SEV-3 (unless affecting all users → SEV-2)".
type CaseSeverity struct {
	Level  int      `json:"level"` // 0 when the scenario names none
	Text   string   `json:"text,omitempty"`
	Unless []Unless `json:"unless"`
}

// Unless is a condition under which a scenario has another severity.
type Unless struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Level int    `json:"level"`
}

// Symptom is one sign of a scenario.
type Symptom struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Line int    `json:"line"`
	Kind string `json:"kind"`
	*Predicate
	Signatures []string `json:"signatures,omitempty"` // Logged: strings of which any one counts, as MatchSignature says
}

// Item is one numbered remedy of a scenario's resolution.
type Item struct {
	Part
	Number  int    `json:"number,omitempty"`
	Horizon string `json:"horizon,omitempty"` // "Immediate", "Short-term", "Long-term", as written
	Text    string `json:"text"`
	Steps   []Step `json:"steps"`
}

// Kinds of a procedure.
const (
	Rollback   = "rollback"
	KillSwitch = "kill-switch"
	Resolution = "resolution"
	OtherKind  = "other"
)

// Procedure is an ordered list of steps that changes something.
type Procedure struct {
	Part
	Kind         string    `json:"kind"`
	Summary      string    `json:"summary,omitempty"` // the sentence before the steps
	Caution      string    `json:"caution"`
	Estimate     []float64 `json:"estimate_seconds"` // [low, high]; low 0 for "< 2 minutes"; null when not said
	EstimateNote string    `json:"estimate_note,omitempty"`
	Approval     *Approval `json:"approval"`
	Undo         string    `json:"undo,omitempty"`         // how it is taken back, as written
	UndoCommand  string    `json:"undo_command,omitempty"` // the command in it, when there is one
	Steps        []Step    `json:"steps"`
}

// Approval is who must agree before a procedure runs.
type Approval struct {
	By     []string `json:"by"`
	Except string   `json:"except"` // when none is needed: "security incidents"
	Text   string   `json:"text"`
}

// Kinds of a step. Only ShellStep is ever handed to a shell.
const (
	ShellStep = "shell"
	NginxStep = "nginx"
	CronStep  = "cron"
	JSStep    = "javascript"
	CodeStep  = "code"
	ProseStep = "prose"
)

// Step is one thing to do.
type Step struct {
	Part
	Kind         string              `json:"kind"`
	Text         string              `json:"text"` // as written
	Risk         shell.Risk          `json:"risk"`
	Programs     []string            `json:"programs"`
	Placeholders []shell.Placeholder `json:"placeholders"`
	EnvReads     []string            `json:"env_reads"`
	EnvSets      []string            `json:"env_sets"`
	Endless      bool                `json:"endless"`
	Interactive  bool                `json:"interactive"`
	Expect       *shell.Expect       `json:"expect"`
	Touches      []shell.Touch       `json:"touches"`
	Remote       string              `json:"remote,omitempty"`   // the host that `ssh HOST` as a step of its own leads to
	Note         string              `json:"note,omitempty"`     // what else the comments around the command say
	Output       string              `json:"output,omitempty"`   // what the runbook shows as the command's output
	Language     string              `json:"language,omitempty"` // of the fence: "typescript"
	File         string              `json:"file,omitempty"`     // CodeStep: the file that the text says it belongs into
	Calls        []shell.Call        `json:"-"`                  // every command in Text, in the order they would start
	TextLine     int                 `json:"-"`                  // 1-based line of the file where Text begins
	Noted
}

// Checklist is a list of things to tick.
type Checklist struct {
	Part
	Phase string          `json:"phase,omitempty"` // "start", "during", "after" where the title says so
	Items []ChecklistItem `json:"items"`
}

// ChecklistItem is one thing to tick.
type ChecklistItem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Line int    `json:"line"`
	Done bool   `json:"done,omitempty"` // ticked in the file itself
}

// Purposes of a template.
const (
	InitialMessage    = "initial"
	UpdateMessage     = "update"
	ResolutionMessage = "resolution"
	OtherMessage      = "other"
)

// Template is a message body with fields to fill.
type Template struct {
	Part
	Purpose string   `json:"purpose"`
	Channel string   `json:"channel,omitempty"`
	Body    string   `json:"body"`   // as written, mojibake mended
	Fields  []string `json:"fields"` // in order of appearance, brackets kept
}

// PostMortem is the team's template for looking back. Body keeps its Markdown, headings, tables
// and order, from below its own heading to the next part.
type PostMortem struct {
	Part
	Body     string    `json:"body"`
	Headings []Heading `json:"headings"`
	Fields   []string  `json:"fields"`
}

// Heading is one heading inside a part.
type Heading struct {
	Level int    `json:"level"`
	Title string `json:"title"`
	Line  int    `json:"line"`
}

// Contact is one row of a table of contacts and resources.
type Contact struct {
	Name string `json:"name"`
	How  string `json:"how"`
	Line int    `json:"line"`
}

// Section is a part of the file that is shown as it is.
type Section struct {
	Part
	Level int    `json:"level"` // of its heading; 0 for text before the first
	Body  string `json:"body"`
}

// Warning is something the reader of the file should know.
type Warning struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// LineAt is the 1-based line of the file that an offset in the step's text stands on.
func (s *Step) LineAt(offset int) int {
	return s.TextLine + strings.Count(s.Text[:min(max(offset, 0), len(s.Text))], "\n")
}

// SeverityAt gives the severity of a level.
func (r *Runbook) SeverityAt(level int) (Severity, bool) {
	for _, s := range r.Severities {
		if s.Level == level {
			return s, true
		}
	}
	return Severity{}, false
}

// SeverityName gives the name to show for a level, "SEV-2", also where the runbook has none.
func (r *Runbook) SeverityName(level int) string {
	if s, ok := r.SeverityAt(level); ok {
		return s.Name()
	}
	if level <= 0 {
		return ""
	}
	return "SEV-" + string(rune('0'+level%10))
}

// ScenarioByID finds a scenario by its ID.
func (r *Runbook) ScenarioByID(id string) (Scenario, bool) {
	for _, s := range r.Scenarios {
		if s.ID == id {
			return s, true
		}
	}
	return Scenario{}, false
}

// ProcedureByID finds a procedure by its ID.
func (r *Runbook) ProcedureByID(id string) (Procedure, bool) {
	for _, p := range r.Procedures {
		if p.ID == id {
			return p, true
		}
	}
	return Procedure{}, false
}

// TemplateFor finds the first template of a purpose.
func (r *Runbook) TemplateFor(purpose string) (Template, bool) {
	for _, t := range r.Templates {
		if t.Purpose == purpose {
			return t, true
		}
	}
	return Template{}, false
}

// Seconds turns an optional number of seconds into a duration; ok is false when there is none.
func Seconds(s *float64) (d time.Duration, ok bool) {
	if s == nil {
		return 0, false
	}
	return time.Duration(*s * float64(time.Second)), true
}
