package incident

import (
	"encoding/json"
	"testing"
	"time"
)

// journalOf makes events of payloads, in their order.
func journalOf(t *testing.T, drafts ...Draft) []Event {
	t.Helper()
	var out []Event
	for i, d := range drafts {
		raw, err := json.Marshal(d.Data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Event{Seq: uint64(i + 1), ID: string(rune('a' + i)), At: time.Unix(int64(i), 0), Type: d.Type, Data: raw})
	}
	return out
}

// TestRevised: what was ticked, answered and run is found by the new IDs, an approval of a changed part
// is outdated, and what was said twice counts once.
func TestRevised(t *testing.T) {
	revised := Draft{Type: Revised, Data: RunbookData{
		Was: "a", Now: "b", Parts: []string{"code-2"},
		Moves: []Move{{"restart", "restart-2"}, {"restart-2", "restart"}, {"code", "code-2"}, {"sev-1-1", "sev-1-2"}, {"one", "uno"}},
	}}
	events := journalOf(t,
		Draft{Type: Declared, Data: DeclaredData{Level: 1, Runbook: "a", Scenario: "one"}},
		Draft{Type: Ticked, Data: TickedData{ID: "restart", State: TickDone}},
		Draft{Type: Ticked, Data: TickedData{ID: "other", State: TickSkipped}},
		Draft{Type: Answered, Data: AnsweredData{ID: "sev-1-1", Answer: "yes"}},
		Draft{Type: Intent, Data: IntentData{Op: "1", Part: "code", Step: "restart-2"}},
		Draft{Type: Intent, Data: IntentData{Op: "2", Part: "flag", Step: "flag.off"}},
		revised, revised,
		Draft{Type: Revised, Data: RunbookData{Was: "a", Now: "c", Moves: []Move{{"restart-2", "nowhere"}}}},
	)
	before, err := Fold(events[:6])
	if err != nil {
		t.Fatal(err)
	}
	i, err := Fold(events)
	if err != nil {
		t.Fatal(err)
	}
	if i.Runbook != "b" || i.Scenario != "uno" {
		t.Errorf("it goes by %q, scenario %q", i.Runbook, i.Scenario)
	}
	if tick := i.Ticks["restart-2"]; tick.State != TickDone || tick.ID != "restart-2" || i.TickedAt["restart-2"].IsZero() {
		t.Errorf("the tick is %+v", i.Ticks)
	}
	if _, ok := i.Ticks["restart"]; ok || i.Ticks["other"].State != TickSkipped || len(i.Ticks) != 2 {
		t.Errorf("the ticks are %+v", i.Ticks)
	}
	if i.Answers["sev-1-2"] != "yes" || len(i.Answers) != 1 {
		t.Errorf("the answers are %v", i.Answers)
	}
	if r := i.Runs[0]; r.Part != "code-2" || r.Step != "restart" || !r.Outdated {
		t.Errorf("the first run is %+v", r)
	}
	if r := i.Runs[1]; r.Part != "flag" || r.Outdated {
		t.Errorf("the second run is %+v", r)
	}
	if before.Runbook != "a" || before.Ticks["restart"].State != TickDone || before.Runs[0].Outdated {
		t.Errorf("a copy from before changed with it: %+v", before)
	}
	mark, text, _ := Line(events[6], nil)
	if mark != MarkOut || text != "runbook changed a → b" {
		t.Errorf("the timeline says %s %q", mark, text)
	}
}
