package incident

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 23, 3, 8, 2, 0, time.UTC)

// story writes events down one after another, as a journal would.
type story struct {
	t      testing.TB
	events []Event
	clock  time.Time
	who    string
}

func newStory(t testing.TB) *story { return &story{t: t, clock: start, who: "ana"} }

func (s *story) at(clock string) *story {
	s.t.Helper()
	at, err := time.Parse("15:04:05", clock)
	if err != nil {
		s.t.Fatal(err)
	}
	s.clock = start.Truncate(24 * time.Hour).Add(time.Duration(at.Hour())*time.Hour +
		time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second)
	return s
}

func (s *story) add(typ Type, data any) *story {
	s.t.Helper()
	var raw json.RawMessage
	if data != nil {
		b, err := json.Marshal(data)
		if err != nil {
			s.t.Fatal(err)
		}
		raw = b
	}
	seq := uint64(len(s.events) + 1)
	s.events = append(s.events, Event{
		Seq: seq, ID: fmt.Sprintf("id-%d", seq), At: s.clock, Actor: Actor{Name: s.who}, Type: typ, Data: raw,
	})
	return s
}

func (s *story) fold() Incident {
	s.t.Helper()
	i, err := Fold(s.events)
	if err != nil {
		s.t.Fatal(err)
	}
	return i
}

func declared(t testing.TB) *story {
	return newStory(t).add(Declared, DeclaredData{
		Number: 7, Level: 2, Title: "product search failing", Service: "aurora-concierge", Host: "prod-1",
		Scenario: "scenario-2", Runbook: "3fa2", Onset: start.Add(-6 * time.Minute), Margin: 15,
	})
}

func TestFoldTellsTheIncident(t *testing.T) {
	i := declared(t).
		at("03:08:30").add(Acknowledged, nil).
		at("03:08:31").add(RoleTaken, RoleData{Role: IncidentCommander, Who: "ana"}).
		at("03:09:10").add(Messaged, MessageData{Purpose: "initial", Channels: []string{"#incidents"}, Sent: true}).
		at("03:10:00").add(Messaged, MessageData{Purpose: "update"}).
		at("03:14:30").add(Leads, LeadsData{Scenario: "scenario-3", Was: "scenario-2"}).
		at("03:15:00").add(Answered, AnsweredData{ID: "sev-1-1", Answer: "no"}).
		at("03:19:00").add(Ticked, TickedData{ID: "item-1", State: TickDone}).
		at("03:24:36").add(Suggested, SuggestedData{Level: 1, Was: 2, Text: "error ratio above 50 %"}).
		at("03:28:10").add(Severity, SeverityData{Level: 1, Was: 2}).
		at("03:28:30").add(Escalated, EscalatedData{Level: 2, Contact: "@engineering-lead"}).
		at("03:33:41").add(Mitigated, MilestoneData{}).
		at("04:01:12").add(Resolved, MilestoneData{}).
		fold()

	if i.Number != 7 || i.Title != "product search failing" || i.Level != 1 || i.Margin != 15*time.Second {
		t.Errorf("declaration lost: %+v", i)
	}
	if i.AckedBy != "ana" || i.Roles[IncidentCommander] != "ana" || i.Answers["sev-1-1"] != "no" {
		t.Errorf("acknowledgement, role or answer lost: %+v", i)
	}
	if want := start.Add(68 * time.Second); !i.LastUpdate.Equal(want) {
		t.Errorf("a draft counts as a message that went out: %v, want %v", i.LastUpdate, want)
	}
	if i.Scenario != "scenario-3" || i.Chosen || i.Suggested != 1 || i.EscalatedTo != 2 || len(i.Messages) != 2 {
		t.Errorf("state: %+v", i)
	}
	if i.Ticks["item-1"].State != TickDone || i.TickedAt["item-1"].IsZero() || i.MitigatedAt.IsZero() || !i.Open() {
		t.Errorf("ticks or milestones lost: %+v", i)
	}
	closed := declared(t).add(Resolved, nil).add(Closed, nil).fold()
	if closed.Open() {
		t.Error("closed, and still open")
	}
}

func TestFoldRuns(t *testing.T) {
	s := declared(t).
		add(Confirmed, ConfirmedData{Op: "a", By: "ben", How: "y"}).
		add(Intent, IntentData{Op: "a", Title: "restart", Command: "pm2 restart app", Risk: "changes"}).
		add(Intent, IntentData{Op: "b", Title: "look", Risk: "reads"})
	i := s.fold()
	if r, running := i.Running(); !running || r.Op != "a" || r.By != "ben" || r.Confirmed != "y" || r.Number != 1 {
		t.Fatalf("an intent without an outcome is running: %+v %v", r, running)
	}
	before := i
	s.add(Finished, FinishedData{Op: "a", Outcome: OutcomeUnknown, Exit: -1}).
		add(Finished, FinishedData{Op: "b", Outcome: OutcomeOK}).
		add(Finished, FinishedData{Op: "b", Outcome: OutcomeFailed}).
		add(Finished, FinishedData{Op: "a", Outcome: OutcomeFailed, Exit: 1, Text: "late"}).
		add(Judged, JudgedData{Op: "a", Verdict: "no effect", Text: "58 % → 55 %"})
	i = s.fold()
	if _, running := i.Running(); running {
		t.Error("finished, and still running")
	}
	if a := i.Runs[0]; a.Outcome != OutcomeFailed || a.Text != "late" || a.Verdict != "no effect" || a.Why == "" {
		t.Errorf("an unknown outcome must give way to a known one: %+v", a)
	}
	if b := i.Runs[1]; b.Outcome != OutcomeOK || b.Number != 2 {
		t.Errorf("a known outcome must stay: %+v", b)
	}
	if before.Runs[0].Outcome != "" {
		t.Error("applying events changed an earlier copy")
	}
}

func TestChoiceOfAPersonStays(t *testing.T) {
	s := declared(t).add(Leads, LeadsData{Scenario: "scenario-5", Chosen: true}).add(Leads, LeadsData{Scenario: "scenario-3"})
	if i := s.fold(); i.Scenario != "scenario-5" || !i.Chosen {
		t.Errorf("evidence overruled a person: %q", i.Scenario)
	}
	s.add(Leads, LeadsData{Chosen: true}).add(Leads, LeadsData{Scenario: "scenario-3"})
	if i := s.fold(); i.Scenario != "scenario-3" || i.Chosen {
		t.Errorf("a choice that was given back still holds: %q", i.Scenario)
	}
}

func TestApplyErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		e    Event
		want string
	}{
		{"gap", Event{Seq: 4, Type: Note}, "events 2 to 3 are missing"},
		{"payload", Event{Seq: 2, Type: Severity, Data: json.RawMessage(`{"level":"high"}`)}, "event 2 (severity)"},
		{"no level", Event{Seq: 2, Type: Severity}, "no severity"},
		{"declared twice", Event{Seq: 2, Type: Declared, Data: json.RawMessage(`{"level":1}`)}, "already declared by ana"},
		{"outcome of nothing", Event{Seq: 2, Type: Finished, Data: json.RawMessage(`{"op":"x","outcome":"ok"}`)}, "no intent"},
		{"verdict on nothing", Event{Seq: 2, Type: Judged}, "no intent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := declared(t).fold()
			err := i.Apply(c.e)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q in it", err, c.want)
			}
			if i.Level != 2 || i.Last != c.e.Seq || len(i.Events) != 2 {
				t.Errorf("the event must be kept and the state unharmed: %+v", i)
			}
		})
	}
}

func TestApplyIgnoresRepeats(t *testing.T) {
	s := declared(t).add(Messaged, MessageData{Purpose: "initial", Sent: true})
	i := s.fold()
	again := s.events[1]
	if err := i.Apply(again); err != nil || len(i.Messages) != 1 {
		t.Errorf("the same seq twice: %v, %d messages", err, len(i.Messages))
	}
	again.Seq = 3
	if err := i.Apply(again); err != nil || len(i.Messages) != 1 || i.Last != 3 || len(i.Events) != 2 {
		t.Errorf("the same ID twice: %v, %d messages, last %d", err, len(i.Messages), i.Last)
	}
}

func TestSecondIntentOfAnOpIsRefused(t *testing.T) {
	i := declared(t).add(Intent, IntentData{Op: "a", Title: "first"}).fold()
	err := i.Apply(Event{Seq: 3, Type: Intent, Data: json.RawMessage(`{"op":"a","title":"second"}`)})
	if err == nil || len(i.Runs) != 1 || i.Runs[0].Title != "first" {
		t.Errorf("an action started twice: %v, %+v", err, i.Runs)
	}
}

// anyEvent draws events that fit together often enough to reach every branch, and that are broken
// often enough to reach every error.
func anyEvent(seq uint64) *rapid.Generator[Event] {
	types := []Type{
		Declared, Severity, Suggested, SignalMoved, Leads, Acknowledged, RoleTaken, Note, Answered, Ticked, Messaged,
		Escalated, Proposed, Confirmed, Intent, Finished, Judged, Refused, Mitigated, Resolved, Closed, Reopened,
		Opened, Left, TornTail, Recovered, SegmentFrozen, "of_tomorrow",
	}
	return rapid.Custom(func(t *rapid.T) Event {
		fields := map[string]any{}
		for _, k := range []string{"op", "id", "scenario", "role", "who", "outcome", "verdict", "state", "answer", "text", "hash"} {
			if rapid.Bool().Draw(t, k+"?") {
				fields[k] = rapid.SampledFrom([]any{"a", "b", "ok", "unknown", "", "\x1b[2J\u202e", 3.5, nil}).Draw(t, k)
			}
		}
		for _, k := range []string{"level", "was", "exit", "onset_margin_seconds", "sent", "chosen"} {
			if rapid.Bool().Draw(t, k+"?") {
				fields[k] = rapid.SampledFrom([]any{0, 1, 2, -1, 1e300, true, "x"}).Draw(t, k)
			}
		}
		raw, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 9).Draw(t, "garbage") == 0 {
			raw = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
		}
		return Event{
			Seq: seq, ID: rapid.SampledFrom([]string{"", "x", fmt.Sprint(seq), fmt.Sprint(seq + 1)}).Draw(t, "ID"),
			At: start.Add(time.Duration(seq) * time.Second), Type: rapid.SampledFrom(types).Draw(t, "type"), Data: raw,
		}
	})
}

func anyEvents(t *rapid.T) []Event {
	var events []Event
	seq := uint64(0)
	for range rapid.IntRange(0, 40).Draw(t, "n") {
		seq += uint64(rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2}).Draw(t, "step"))
		events = append(events, anyEvent(seq).Draw(t, "event"))
	}
	return events
}

func TestFoldOfAPrefixGoesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := anyEvents(t)
		whole, _ := Fold(events)
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		part, _ := Fold(events[:cut])
		for _, e := range events[cut:] {
			_ = part.Apply(e)
		}
		if !reflect.DeepEqual(whole, part) {
			t.Fatalf("fold of all %+v\nfold of %d, then the rest %+v", whole, cut, part)
		}
	})
}

func TestAnyEventHasAFoldALineAndAKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, _ := Fold(anyEvents(t))
		for _, e := range i.Events {
			mark, text, who := i.Line(e, nil)
			if text == "" || len([]rune(mark)) != 1 {
				t.Fatalf("%s: mark %q, text %q", e.Type, mark, text)
			}
			if strings.ContainsFunc(text+who, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
				t.Fatalf("%s: control characters in %q", e.Type, text+who)
			}
			if i.Kind(e) == "" {
				t.Fatalf("%s has no kind", e.Type)
			}
		}
	})
}

func FuzzApply(f *testing.F) {
	f.Add("intent", []byte(`{"op":"a"}`))
	f.Add("declared", []byte(`{"onset_margin_seconds":1e308,"onset":"2026-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, typ string, data []byte) {
		i := declared(t).add(Intent, IntentData{Op: "a"}).fold()
		e := Event{Seq: 3, Type: Type(typ), Data: data}
		_ = i.Apply(e)
		if _, text, _ := i.Line(e, nil); text == "" && typ != "" {
			t.Errorf("%q has no words", typ)
		}
	})
}
