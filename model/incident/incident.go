package incident

import "time"

// Incident is the state that the events add up to.
type Incident struct {
	Number   int
	Title    string
	Service  string
	Host     string
	Runbook  string // SHA-256 of the text of the runbook that it goes by: as declared, or as revised since
	Level    int    // declared; 0 before the declaration
	Scenario string // ID of the one a person chose, else of the one that leads; empty when none
	Chosen   bool   // a person chose it
	Drill    bool

	Onset       time.Time
	Margin      time.Duration
	DeclaredAt  time.Time
	DeclaredBy  string
	LeveledAt   time.Time // of the last change of severity
	LeveledBy   string
	AckedAt     time.Time
	AckedBy     string
	MitigatedAt time.Time
	ResolvedAt  time.Time
	ClosedAt    time.Time
	LastUpdate  time.Time // last message of any purpose that went out
	EscalatedTo int       // level; 1 from the start, because somebody is here
	EscalatedAt time.Time

	Roles         map[string]string
	Answers       map[string]string     // by ID
	Ticks         map[string]TickedData // by item ID
	TickedAt      map[string]time.Time
	Runs          []Run      // in order of intent
	Approvals     []Approval // in the order in which they were asked for
	Messages      []Message
	Suggested     int
	SuggestedText string
	Events        []Event // all, in order
	Last          uint64  // seq of the last event
	Durable       uint64  // seq of the last one in the journal while others wait for it; 0 when none do
	Broken        string  // how the journal is damaged; empty when no event says that it is

	confirmed map[string]ConfirmedData // by Op, until the intent makes a Run of it
}

// Run is one action, from proposal to verdict.
type Run struct {
	Op        string
	Title     string
	Command   string
	Risk      string
	Part      string
	Step      string
	Hash      string
	By        string
	Confirmed string // how
	StartedAt time.Time
	EndedAt   time.Time
	JudgedAt  time.Time
	Outcome   string // "" while it runs, else as FinishedData.Outcome
	Exit      int
	Text      string
	Verdict   string // "" until judged
	Why       string // JudgedData.Text
	Number    int    // 1, 2, 3 in order; marks the run in charts
	Undoable  bool   // its plan holds what takes it back
	Kept      string // why the change is not to be taken back; empty while nobody has said so
	Outdated  bool   // the text of its procedure has changed since: what was agreed to was another one
}

// Message is one that went out or was drafted.
type Message struct {
	At time.Time
	By string
	MessageData
}

// Open says whether the incident was declared and not closed.
func (i Incident) Open() bool { return !i.DeclaredAt.IsZero() && i.ClosedAt.IsZero() }

// Running is the run without an outcome, and whether there is one.
func (i Incident) Running() (Run, bool) {
	for _, r := range i.Runs {
		if r.Outcome == "" {
			return r, true
		}
	}
	return Run{}, false
}
