// Package incident is what happened, in order, and what follows from it: the journal's events and
// the state they fold into. It writes nothing and has no clock; times come in the events.
package incident

import (
	"encoding/json"
	"fmt"
	"time"
)

// Type names an event. The names are part of the journal's format.
type Type string

// The types, each with the payload that its Data holds.
const (
	Declared     Type = "declared"       // DeclaredData
	Severity     Type = "severity"       // SeverityData: a person changed it
	Suggested    Type = "suggested"      // SuggestedData: the rules say otherwise than before
	SignalMoved  Type = "signal"         // SignalData: a reading changed its status
	Leads        Type = "leads"          // LeadsData: another scenario leads
	Acknowledged Type = "acknowledged"   // nil
	RoleTaken    Type = "role"           // RoleData
	Note         Type = "note"           // NoteData
	Answered     Type = "answered"       // AnsweredData
	Ticked       Type = "ticked"         // TickedData
	Messaged     Type = "message"        // MessageData
	Escalated    Type = "escalated"      // EscalatedData
	Proposed     Type = "proposed"       // ProposedData: a plan was shown
	Confirmed    Type = "confirmed"      // ConfirmedData: by whom, and how
	Intent       Type = "intent"         // IntentData: on disk before anything starts
	Finished     Type = "finished"       // FinishedData: the command ended
	Judged       Type = "judged"         // JudgedData: the effect was measured
	Refused      Type = "refused"        // RefusedData: calm or a guard said no
	Kept         Type = "kept"           // KeptData: a change stays, as a person decided
	Mitigated    Type = "mitigated"      // MilestoneData
	Resolved     Type = "resolved"       // MilestoneData
	Closed       Type = "closed"         // MilestoneData
	Reopened     Type = "reopened"       // nil: a console found it open and goes on
	Opened       Type = "console_opened" // nil
	Left         Type = "console_left"   // nil
	Revised      Type = "runbook"        // RunbookData: another text of the runbook is followed from here on
	Trusted      Type = "trusted"        // TrustedData: a person said that a text may run
	TornTail     Type = "torn_recovered" // the journal's own: bytes of a cut write were set aside
	Recovered    Type = "recovered"      // the journal's own: first record after a restart

	SegmentFrozen    Type = "segment_frozen"    // JournalData: a damaged segment was set aside, for good
	SegmentAbandoned Type = "segment_abandoned" // JournalData: a write failed, the journal went on elsewhere
	SegmentRestored  Type = "segment_restored"  // JournalData: a segment was deleted while in use, and put back
	ClockStepped     Type = "clock_step"        // JournalData: the wall clock jumped
)

// Event is one thing that happened. Seq is gapless within an incident and is the order; At is for
// display only, because clocks step.
type Event struct {
	Seq   uint64          `json:"seq"`
	ID    string          `json:"id"` // ULID
	At    time.Time       `json:"t"`
	Actor Actor           `json:"actor"`
	Type  Type            `json:"type"`
	Data  json.RawMessage `json:"data,omitempty"`
	Late  *Late           `json:"late,omitempty"` // nil for one that was written at once
}

// Actor is who did it. Calm itself is Name "calm".
type Actor struct {
	Name     string `json:"name"`
	UID      int    `json:"uid"`
	LoginUID int    `json:"loginuid"` // -1 when not set
	SudoUser string `json:"sudo_user,omitempty"`
}

// Draft is an event before the journal has given it its place.
type Draft struct {
	Type  Type
	Actor Actor
	Data  any // one of the payloads below, or nil
}

// DeclaredData opens an incident.
type DeclaredData struct {
	Number   int       `json:"number"`
	Level    int       `json:"level"`
	Title    string    `json:"title"`
	Service  string    `json:"service"`
	Host     string    `json:"host"`
	Scenario string    `json:"scenario,omitempty"` // ID
	Runbook  string    `json:"runbook"`            // SHA-256
	Onset    time.Time `json:"onset,omitzero"`
	Margin   float64   `json:"onset_margin_seconds,omitempty"`
	Drill    bool      `json:"drill,omitempty"`
}

// SeverityData changes the declared severity.
type SeverityData struct {
	Level  int    `json:"level"`
	Was    int    `json:"was"`
	Reason string `json:"reason,omitempty"`
}

// SuggestedData records a change of what the rules suggest. Level 0 is none.
type SuggestedData struct {
	Level int    `json:"level"`
	Was   int    `json:"was"`
	Text  string `json:"text"`
}

// SignalData records that a reading went out of bounds, came back, or was lost.
type SignalData struct {
	Name   string    `json:"name"`
	Status string    `json:"status"` // "out", "in", "unknown"
	Was    string    `json:"was"`
	Text   string    `json:"text"` // "error ratio 31 %, above 20 %"
	Value  *float64  `json:"value"`
	Level  int       `json:"level,omitempty"`
	Since  time.Time `json:"since,omitzero"`
}

// LeadsData records which scenario the evidence favours. IDs; empty when none.
type LeadsData struct {
	Scenario string `json:"scenario"`
	Was      string `json:"was,omitempty"`
	Text     string `json:"text"`
	Chosen   bool   `json:"chosen,omitempty"` // a person opened it, against or before the evidence
}

// RoleData gives a role to a person; an empty Who lays it down.
type RoleData struct {
	Role string `json:"role"`
	Who  string `json:"who"`
}

// The roles.
const (
	IncidentCommander  = "incident_commander"
	OperationsLead     = "operations_lead"
	CommunicationsLead = "communications_lead"
	Scribe             = "scribe"
	Observer           = "observer"
)

// NoteData is a person's remark. About is a time in the past that it belongs to.
type NoteData struct {
	Text  string    `json:"text"`
	About time.Time `json:"about,omitzero"`
}

// AnsweredData answers a question of the runbook, by the ID of its criterion or symptom.
type AnsweredData struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Answer string `json:"answer"` // "yes", "no", "unknown"
}

// TickedData changes a checklist item, a step, or a symptom that a person acknowledges.
type TickedData struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	State  string `json:"state"` // "open", "done", "skipped", "deferred", "acknowledged"
	Reason string `json:"reason,omitempty"`
}

// MessageData is a message to people. Sent is false for one that was copied or written to a file
// by a person, who then says that it went out.
type MessageData struct {
	Purpose  string   `json:"purpose"`
	Body     string   `json:"body"`
	Channels []string `json:"channels"`
	Sent     bool     `json:"sent"`
}

// EscalatedData records that the next people were called.
type EscalatedData struct {
	Level   int    `json:"level"`
	Contact string `json:"contact"`
	Reason  string `json:"reason,omitempty"`
}

// ProposedData is the plan as it was shown. Plan is an action.Plan.
type ProposedData struct {
	Op   string          `json:"op"`
	Hash string          `json:"hash"`
	Plan json.RawMessage `json:"plan"`
}

// ConfirmedData says who agreed to a plan, and by what: "y", the typed target, a signature.
type ConfirmedData struct {
	Op   string `json:"op"`
	Hash string `json:"hash"`
	By   string `json:"by"`
	How  string `json:"how"`
}

// IntentData is durable before the command starts.
type IntentData struct {
	Op      string `json:"op"`
	Hash    string `json:"hash"`
	Title   string `json:"title"`
	Command string `json:"command"`
	Risk    string `json:"risk"`
	Part    string `json:"part"` // ID of the procedure or scenario
	Step    string `json:"step"` // ID of the step; the Op of the run that it takes back

	// Undoable says that the plan holds what takes it back.
	Undoable bool `json:"undoable,omitempty"`

	Approval string `json:"approval,omitempty"` // hash of the approval that it starts under
	At       Uptime `json:"at,omitzero"`        // of a start under an approval
}

// The outcomes of a command.
const (
	OutcomeOK        = "ok"
	OutcomeFailed    = "failed"
	OutcomeCancelled = "cancelled"
	OutcomeUnknown   = "unknown"
)

// The states of a ticked item.
const (
	TickOpen         = "open"
	TickDone         = "done"
	TickSkipped      = "skipped"
	TickDeferred     = "deferred"
	TickAcknowledged = "acknowledged"
)

// FinishedData is how the command ended. Exit is -1 when a signal ended it; Outcome is "ok",
// "failed", "cancelled" or "unknown".
type FinishedData struct {
	Op      string  `json:"op"`
	Outcome string  `json:"outcome"`
	Exit    int     `json:"exit"`
	Seconds float64 `json:"seconds"`
	Output  string  `json:"output"` // SHA-256 of the kept output
	Text    string  `json:"text"`   // one line
}

// JudgedData is the effect, measured.
type JudgedData struct {
	Op      string          `json:"op"`
	Verdict string          `json:"verdict"` // "worked", "no effect", "worse", "unknown"
	Text    string          `json:"text"`    // "error ratio 57 % → 1.2 % in 44 s"
	Rows    json.RawMessage `json:"rows"`    // []action.Row, before and after
	Seconds float64         `json:"seconds"`
}

// RefusedData says why something did not run.
type RefusedData struct {
	Op   string `json:"op,omitempty"`
	What string `json:"what"`
	Why  string `json:"why"`
}

// KeptData says that a change of the host is not to be taken back, and why.
type KeptData struct {
	Op    string `json:"op"`
	Title string `json:"title"`
	Why   string `json:"why"`
}

// MilestoneData marks a point in the incident's life.
type MilestoneData struct {
	Text string `json:"text,omitempty"`
}

// RunbookData says that another text of the runbook is followed. What was ticked, answered and run
// stays with the same steps, whatever their IDs are in the new text.
type RunbookData struct {
	Was   string   `json:"was"` // SHA-256
	Now   string   `json:"now"` // SHA-256; the incident's folder has both texts
	Path  string   `json:"path"`
	Text  string   `json:"text"`            // what differs, in words
	Moves []Move   `json:"moves,omitempty"` // IDs that the same things have now
	Parts []string `json:"parts,omitempty"` // IDs, as they are now, of procedures and scenarios that are not what they were
}

// Move is one ID that is another one now.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// TrustedData says that a person let the steps of a text run.
type TrustedData struct {
	SHA256 string `json:"sha256"`
	Path   string `json:"path"`
}

// JournalData is what the journal says about itself. Text is a sentence for people; the other
// fields belong to single types and are the journal's own.
type JournalData struct {
	Text    string `json:"text"`
	Segment string `json:"segment,omitempty"` // file name of the segment it is about

	Offset int64  `json:"offset,omitempty"` // of the first bad byte in that segment
	Length int64  `json:"length,omitempty"` // of the bytes set aside
	SHA256 string `json:"sha256,omitempty"` // of those bytes, or of the whole frozen segment
	File   string `json:"file,omitempty"`   // where they were put, beside the segment
	Bytes  []byte `json:"bytes,omitempty"`  // themselves, where no file could be written

	LastSeq  uint64  `json:"last_seq,omitempty"`  // last good record that the record builds on
	LastHash string  `json:"last_hash,omitempty"` // SHA-256 of that record's line
	Seconds  float64 `json:"seconds,omitempty"`   // of a clock step; positive is forward
}

// Decode reads the event's payload into v, a pointer to the type that belongs to e.Type.
func (e Event) Decode(v any) error {
	if len(e.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(e.Data, v); err != nil {
		return fmt.Errorf("event %d (%s): %w", e.Seq, e.Type, err)
	}
	return nil
}
