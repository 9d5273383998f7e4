package incident

import (
	"fmt"
	"strings"
)

// Kinds of events, by which the timeline is filtered.
const (
	KindActions  = "actions"
	KindChecks   = "checks"
	KindSignals  = "signals"
	KindNotes    = "notes"
	KindMessages = "messages"
	KindChanges  = "changes" // of the incident itself: severity, roles, milestones, consoles
)

// Kinds lists the kinds in the order of the timeline's filter.
func Kinds() []string {
	return []string{KindActions, KindChecks, KindSignals, KindNotes, KindMessages, KindChanges}
}

// Marks of a timeline's line. Each is one column, and none is the only carrier of its meaning.
const (
	MarkGood     = "✓"
	MarkDone     = "●"
	MarkOut      = "▲"
	MarkUnknown  = "?"
	MarkNote     = "n"
	MarkMessage  = "m"
	MarkSkipped  = "-"
	MarkDeferred = ">"
	MarkOther    = "·"
)

// reads is the risk of a run that is a check.
const reads = "reads"

var kinds = map[Type]string{
	Suggested: KindSignals, SignalMoved: KindSignals, Leads: KindSignals,
	Note:     KindNotes,
	Answered: KindChecks, Ticked: KindChecks,
	Messaged: KindMessages, Escalated: KindMessages,
	Proposed: KindActions, Confirmed: KindActions, Intent: KindActions,
	Finished: KindActions, Judged: KindActions, Refused: KindActions, Kept: KindActions,
	Asked: KindActions, Granted: KindActions, Declined: KindActions, Expired: KindActions,
}

// Kind is the kind of an event by its type alone; a type it does not know is a change.
func Kind(e Event) string {
	if k, ok := kinds[e.Type]; ok {
		return k
	}
	return KindChanges
}

// Kind is the kind of an event, knowing which runs only read: those are checks.
func (i Incident) Kind(e Event) string {
	kind := Kind(e)
	if kind != KindActions {
		return kind
	}
	var about struct{ Op, Risk string }
	if e.Decode(&about) != nil {
		return kind
	}
	if r, _, found := i.run(about.Op); found {
		about.Risk = r.Risk
	}
	if about.Risk == reads {
		return KindChecks
	}
	return kind
}

// Line says an event in one line, by its own data alone; Incident.Line knows more.
func Line(e Event, name func(level int) string) (mark, text, who string) {
	return Incident{}.Line(e, name)
}

// Line says an event in one line: a mark of one column, the words, and who did it. What an event
// about a run leaves out (title, command) comes from the incident. Name gives a severity level its
// name and may be nil. The words hold no control characters.
func (i Incident) Line(e Event, name func(level int) string) (mark, text, who string) {
	l := liner{Incident: i, Event: e, name: name}
	mark, text = MarkOther, ""
	if say, known := sayings[e.Type]; known {
		mark, text = say(l)
	}
	if text == "" {
		text = strings.ReplaceAll(string(e.Type), "_", " ")
	}
	who = e.Actor.Name
	if by := l.confirmedBy(); by != "" {
		who = by
	}
	return mark, oneLine(text), oneLine(who)
}

// liner is one event on its way to a line.
type liner struct {
	Incident
	Event
	name func(level int) string
}

var sayings = map[Type]func(liner) (mark, text string){
	Declared:         say(liner.declared),
	Severity:         say(liner.severity),
	Suggested:        say(liner.suggested),
	SignalMoved:      say(liner.signal),
	Leads:            say(liner.leads),
	Acknowledged:     always("acknowledged"),
	RoleTaken:        say(liner.role),
	Note:             say(liner.note),
	Answered:         say(liner.answered),
	Ticked:           say(liner.ticked),
	Messaged:         say(liner.message),
	Escalated:        say(liner.escalated),
	Proposed:         say(liner.proposed),
	Confirmed:        say(liner.confirmed),
	Intent:           say(liner.intent),
	Finished:         say(liner.finished),
	Judged:           say(liner.judged),
	Refused:          say(liner.refused),
	Kept:             say(liner.kept),
	Asked:            say(liner.asked),
	Granted:          say(liner.granted),
	Declined:         say(liner.declined),
	Expired:          say(liner.lapsed),
	Mitigated:        say(milestone(MarkGood, "mitigated")),
	Resolved:         say(milestone(MarkGood, "resolved")),
	Closed:           say(milestone(MarkDone, "closed")),
	Reopened:         always("a console went on with it"),
	Revised:          say(liner.revised),
	Trusted:          say(liner.trusted),
	Opened:           always("console opened"),
	Left:             always("console left"),
	TornTail:         say(journal(MarkUnknown, "journal: the bytes of a cut write were set aside")),
	Recovered:        say(journal(MarkUnknown, "journal: gone on with after a restart")),
	SegmentFrozen:    say(journal(MarkOut, "journal BROKEN")),
	SegmentAbandoned: say(journal(MarkUnknown, "journal: a write failed, gone on in a new file")),
	SegmentRestored:  say(journal(MarkOut, "journal: a deleted file was put back")),
	ClockStepped:     say(journal(MarkUnknown, "the clock was set")),
	GapOpened:        say(liner.gapOpened),
	GlassBroken:      say(liner.glass),
	JournalGap:       say(liner.gap),
}

// say decodes the payload that the words need; a payload that makes no sense has no words, so that
// the line falls back on the type's name.
func say[T any](words func(liner, T) (mark, text string)) func(liner) (string, string) {
	return func(l liner) (string, string) {
		var data T
		if l.Decode(&data) != nil {
			return MarkUnknown, ""
		}
		return words(l, data)
	}
}

func always(text string) func(liner) (string, string) {
	return func(liner) (string, string) { return MarkDone, text }
}

func milestone(mark, word string) func(liner, MilestoneData) (string, string) {
	return func(_ liner, d MilestoneData) (string, string) { return mark, join(": ", word, d.Text) }
}

func journal(mark, words string) func(liner, JournalData) (string, string) {
	return func(_ liner, d JournalData) (string, string) {
		if d.Text != "" {
			return mark, d.Text
		}
		return mark, words
	}
}

// level gives a severity its name; level 0 is none.
func (l liner) level(n int) string {
	if n <= 0 {
		return "no severity"
	}
	if l.name != nil {
		if s := l.name(n); s != "" {
			return s
		}
	}
	return fmt.Sprintf("SEV-%d", n)
}

// confirmedBy is the person an event about a run belongs to, where the event itself names one.
func (l liner) confirmedBy() string {
	var d ConfirmedData
	if l.Type != Confirmed || l.Decode(&d) != nil {
		return ""
	}
	return d.By
}

// join puts the parts that say something together.
func join(sep string, parts ...string) string {
	var said []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, sep)
}
