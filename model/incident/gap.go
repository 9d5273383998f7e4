package incident

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The types of what happened while the journal could not be written.
const (
	GapOpened   Type = "gap_opened"   // GapData: the first event that was kept elsewhere comes after it
	GlassBroken Type = "glass_broken" // GlassData: a person let an action run without the journal
	JournalGap  Type = "journal_gap"  // GapData, whole: all that was kept elsewhere has been written late
)

// Late says that an event was kept elsewhere, in a spool, until the journal could be written again.
// With the event itself it gives the line of the spool back, so that its hash can be checked.
type Late struct {
	Spool  string `json:"spool"`  // ULID
	N      uint64 `json:"n"`      // its number there, from 1
	Prev   string `json:"prev"`   // SHA-256 of the line before it there
	SHA256 string `json:"sha256"` // of its own line there
}

// GapData is a time in which the journal could not be written.
type GapData struct {
	Spool string `json:"spool"` // ULID
	Place string `json:"place"` // folder that the spool was in
	Why   string `json:"why"`   // "disk full"

	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"`       // what follows is known when it is over
	Records uint64    `json:"records,omitempty"` // lines of the spool
	Head    string    `json:"head,omitempty"`    // SHA-256 of the last one
	Damage  string    `json:"damage,omitempty"`  // where the spool was not what was written

	Reason string `json:"reason,omitempty"` // as a person typed it, who broke the glass
	By     string `json:"by,omitempty"`     // who
	Syslog string `json:"syslog,omitempty"` // why its actions are not in the syslog; empty when they are
}

// GlassData says why an action runs although the journal can't be written.
type GlassData struct {
	Reason string `json:"reason"`
	Why    string `json:"why"` // what is wrong with the journal
	Syslog string `json:"syslog,omitempty"`
}

// NotWritable is the cause of an append's error while the journal can't be written.
type NotWritable struct {
	Since   time.Time
	Why     string // "disk full"
	Help    string // what to do about it, with what was measured: "Make room on /var/lib/calm (0 B free)."
	Kept    int    // events that wait in a spool, those of this append among them
	Missing int    // events of this append that are kept nowhere
	Glass   GlassData
	By      string // who broke the glass; empty when nobody did
	Err     error
}

// Error says it in one line.
func (e *NotWritable) Error() string {
	switch {
	case e.Missing > 0 || e.Kept == 0:
		return fmt.Sprintf("the journal can't be written (%s). %s", e.Why, e.Help)
	case e.Kept == 1:
		return fmt.Sprintf("the journal can't be written (%s): 1 event waits in memory. %s", e.Why, e.Help)
	}
	return fmt.Sprintf("the journal can't be written (%s): %d events wait in memory. %s", e.Why, e.Kept, e.Help)
}

// Unwrap gives the cause.
func (e *NotWritable) Unwrap() error { return e.Err }

// Spooled drops the error of an append whose events all wait in a spool: they come into the journal
// later. It is for what goes on without a journal; what must be in it, must not ask.
func Spooled(err error) error {
	var gap *NotWritable
	if errors.As(err, &gap) && gap.Missing == 0 {
		return nil
	}
	return err
}

// Spooling is a journal that keeps what it can't write, and writes it late.
type Spooling interface {
	Journal
	// Merge writes what waits into the journal, that of consoles which ended too. The error says what
	// still can't be written.
	Merge(ctx context.Context) error
	// Pending gives what waits, in order. It has no numbers yet.
	Pending() []Event
}

// With is the incident as it will be when events that wait are in the journal. They get the numbers
// after the last; Durable tells them apart. The incident itself can go on being applied to.
func (i Incident) With(pending []Event) Incident {
	if len(pending) == 0 {
		return i
	}
	i.Events, i.Messages, i.Durable = slices.Clip(i.Events), slices.Clip(i.Messages), cmp.Or(i.Durable, i.Last)
	for _, e := range pending {
		e.Seq = i.Last + 1
		_ = i.Apply(e) // what makes no sense here is said when it is in the journal
	}
	return i
}

// Waits says whether an event is not in the journal yet.
func (i Incident) Waits(e Event) bool { return i.Durable > 0 && e.Seq > i.Durable }

// Unwritten says whether what is known of an item, by its ID, is not in the journal yet.
func (i Incident) Unwritten(id string) bool {
	for _, e := range slices.Backward(i.Events) {
		if !i.Waits(e) {
			return false
		}
		var about struct{ ID string }
		if (e.Type == Ticked || e.Type == Answered) && e.Decode(&about) == nil && about.ID == id {
			return true
		}
	}
	return false
}

func (l liner) gapOpened(d GapData) (mark, text string) {
	return MarkOut, join(": ", "the journal could not be written", d.Why)
}

func (l liner) glass(d GlassData) (mark, text string) {
	return MarkOut, join(": ", "glass broken", d.Reason)
}

func (l liner) gap(d GapData) (mark, text string) { return MarkOut, d.String() }

// String says in one line when the journal could not be written, and what became of what happened then.
func (d GapData) String() string {
	text := fmt.Sprintf("journal gap %s to %s", d.From.UTC().Format("15:04:05"), d.To.UTC().Format("15:04:05"))
	if d.Why != "" {
		text += " (" + d.Why + ")"
	}
	switch n := max(d.Records, 1) - 1; n { // the first says only that it began
	case 1:
		text += ", 1 event written late"
	default:
		text += fmt.Sprintf(", %d events written late", n)
	}
	if d.By != "" {
		text += fmt.Sprintf("; glass broken by %s: %s", d.By, d.Reason)
	}
	return oneLine(join("; ", text, d.Damage))
}
