package incident

import (
	"slices"
	"testing"
	"time"

	"calm/model/runbook"
)

func secs(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

// seed is the part of the team's runbook that has to do with time.
func seed() *runbook.Runbook {
	return &runbook.Runbook{
		Severities: []runbook.Severity{
			{Level: 1, Names: []string{"SEV-1"}, Response: secs(15 * time.Minute), Update: secs(30 * time.Minute), Resolution: secs(time.Hour), Communication: "Post in #incidents every 30 minutes", Channels: []string{"#incidents"}},
			{Level: 2, Names: []string{"SEV-2"}, Response: secs(30 * time.Minute), Resolution: secs(4 * time.Hour), Channels: []string{"#incidents"}},
			{Level: 3, Names: []string{"SEV-3"}, Response: secs(2 * time.Hour), ResponseNote: "business hours", Resolution: secs(24 * time.Hour)},
			{Level: 4, Names: []string{"SEV-4"}},
		},
		Escalation: []runbook.Escalation{
			{Part: runbook.Part{Title: "On-Call Engineer"}, Level: 1, EscalateIf: "Cannot resolve within 30 minutes (SEV-1/2)", After: secs(30 * time.Minute), ForLevels: []int{1, 2}},
			{Part: runbook.Part{Title: "Level 2: Engineering Lead"}, Level: 2, EscalateIf: "Requires code changes"},
			{Part: runbook.Part{Title: "CTO"}, Level: 3, Contact: "Via PagerDuty (auto-escalates after 1 hour for SEV-1)", Auto: secs(time.Hour), ForLevels: []int{1}},
			{Part: runbook.Part{Title: "MongoDB"}, External: true, Auto: secs(time.Minute)},
		},
		Templates: []runbook.Template{{Purpose: runbook.InitialMessage, Body: "Status: x\n\nUpdates will be posted every [15/30/60] minutes.\n"}},
		Checklists: []runbook.Checklist{
			{Phase: PhaseStart, Items: []runbook.ChecklistItem{{ID: "s1", Text: "Acknowledge alert"}, {ID: "s2", Text: "Post initial"}}},
			{Phase: PhaseDuring, Items: []runbook.ChecklistItem{{ID: "d1", Text: "Post updates every [15/30/60] minutes"}}},
			{Phase: PhaseAfter, Items: []runbook.ChecklistItem{
				{ID: "a1", Text: "Post resolution message", Line: 541}, {ID: "a2", Text: "Verify all systems stable for 15 minutes"},
				{ID: "a3", Text: "Schedule post-mortem (within 48 hours)"},
			}},
		},
	}
}

func labels(clocks []Clock) []string {
	var out []string
	for _, c := range clocks {
		text := c.Label
		switch {
		case c.Done:
			text += " done"
		default:
			text += " " + span(c.Left)
		}
		out = append(out, text)
	}
	return out
}

func clock(hms string) time.Time {
	at, err := time.Parse("15:04:05", hms)
	if err != nil {
		panic(err)
	}
	return time.Date(2026, 11, 23, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

// The times are those of SCREENS.md, screens 2, 3, 8 and 14.
func TestClocksAreThoseOfTheScreens(t *testing.T) {
	screen3 := declared(t).at("03:08:30").add(Acknowledged, nil).
		at("03:09:10").add(Messaged, MessageData{Purpose: "initial", Sent: true})
	screen8 := declared(t).at("03:08:30").add(Acknowledged, nil).
		at("03:09:10").add(Messaged, MessageData{Sent: true}).
		at("03:28:10").add(Severity, SeverityData{Level: 1, Was: 2}).
		at("03:28:30").add(Escalated, EscalatedData{Level: 2})
	screen14 := declared(t).at("03:33:41").add(Mitigated, nil).at("04:01:12").add(Resolved, nil)

	for _, c := range []struct {
		name string
		i    Incident
		now  string
		want []string
	}{
		{"2: before declaring", Incident{Suggested: 2, Onset: clock("03:02:10")}, "03:07:12", []string{"response 24m 58s"}},
		{"3: declared", screen3.fold(), "03:26:48", []string{"escalate to L2 11m 14s", "update 12m 22s", "resolve 3h 41m", "acknowledge done"}},
		{"8: SEV-1", screen8.fold(), "03:34:10", []string{"update 5m", "L3 33m 52s", "resolve 33m 52s", "acknowledge done", "L2 done"}},
		{"14: resolved", screen14.fold(), "04:18:20", []string{"post-mortem 1d 23h", "stability done", "resolve done"}},
		{"nothing suggested", Incident{Onset: clock("03:02:10")}, "03:07:12", nil},
		{"just declared", declared(t).fold(), "03:08:02", []string{"acknowledge 24m", "update 30m", "escalate to L2 30m", "resolve 4h"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Clocks(c.i, seed(), clock(c.now))
			if !slices.Equal(labels(got), c.want) {
				t.Errorf("%q\nwant %q", labels(got), c.want)
			}
		})
	}
}

func TestClocksOverdue(t *testing.T) {
	i := declared(t).fold()
	got := Clocks(i, seed(), clock("03:40:04"))
	if first := got[0]; first.ID != ClockAck || !first.Overdue || first.Left != -8*time.Minute-2*time.Second {
		t.Errorf("first clock %+v, want the acknowledgement 8m 02s late", first)
	}
}

func TestClocksSayWhy(t *testing.T) {
	byID := map[string]Clock{}
	for _, c := range Clocks(declared(t).fold(), seed(), clock("03:10:00")) {
		byID[c.ID] = c
	}
	for id, want := range map[string][2]string{
		ClockAck:      {"SEV-2 wants a response in 30m", ""},
		ClockUpdate:   {"calm adds: 30m for SEV-2, which has no time of its own, from “Updates will be posted every [15/30/60] minutes.”", "post the initial message in #incidents"},
		ClockEscalate: {"Cannot resolve within 30 minutes (SEV-1/2)", "call Engineering Lead (L2)"},
		ClockResolve:  {"SEV-2 is to be resolved within 4h", ""},
	} {
		if got := byID[id]; got.Why != want[0] || got.Next != want[1] {
			t.Errorf("%s: why %q, next %q", id, got.Why, got.Next)
		}
	}
}

func TestCadence(t *testing.T) {
	rb := seed()
	for level, want := range map[int]time.Duration{0: 0, 1: 30 * time.Minute, 2: 30 * time.Minute, 3: time.Hour, 4: 0, 9: 0} {
		if got, why := Cadence(rb, level); got != want || (got > 0) != (why != "") {
			t.Errorf("level %d: %v (%s), want %v", level, got, why, want)
		}
	}
	rb.Templates, rb.Checklists = nil, nil
	if got, _ := Cadence(rb, 2); got != 0 {
		t.Errorf("no choice in the runbook, and still a cadence of %v", got)
	}
}

func TestClocksStopWithTheResolution(t *testing.T) {
	s := declared(t).at("03:33:41").add(Mitigated, nil)
	running := Clocks(s.fold(), seed(), clock("03:40:41"))
	at := slices.IndexFunc(running, func(c Clock) bool { return c.ID == ClockStability })
	if at < 0 || running[at].Left != 8*time.Minute {
		t.Fatalf("no stability clock, or a wrong one: %q", labels(running))
	}
	for _, c := range Clocks(s.at("03:50:00").add(Resolved, nil).fold(), seed(), clock("09:00:00")) {
		if c.Overdue {
			t.Errorf("%s runs on after the resolution", c.Label)
		}
	}
	if got := Clocks(s.fold(), nil, start); got != nil {
		t.Errorf("clocks without a runbook: %v", got)
	}
}

func TestSecondMitigationRestartsStability(t *testing.T) {
	s := declared(t).at("03:20:00").add(Mitigated, nil).at("03:50:00").add(Mitigated, nil)
	for _, c := range Clocks(s.fold(), seed(), clock("03:55:00")) {
		if c.ID == ClockStability && (c.Done || c.Left != 10*time.Minute) {
			t.Errorf("stability counts from the first mitigation: %+v", c)
		}
	}
}

func TestChecklists(t *testing.T) {
	rb := seed()
	s := declared(t).
		add(Ticked, TickedData{ID: "s1", State: TickDone}).
		add(Ticked, TickedData{ID: "a1", State: TickSkipped, Reason: "none needed"}).
		add(Ticked, TickedData{ID: "a3", State: "of tomorrow"})
	lists := Checklists(s.fold(), rb)
	if p := lists[0]; p.Done != 1 || p.Open != 1 || p.Items[0].At.IsZero() {
		t.Errorf("start: %+v", p)
	}
	if p := lists[2]; p.Skipped != 1 || p.Open != 2 || p.Items[0].Reason != "none needed" {
		t.Errorf("after: %+v; a state that is not known is open", p)
	}
	if item, ok := NextItem(s.fold(), rb); !ok || item.ID != "s2" {
		t.Errorf("next %+v, want s2", item)
	}
	s.add(Ticked, TickedData{ID: "s2", State: TickDone})
	if item, _ := NextItem(s.fold(), rb); item.ID != "d1" || Phase(s.fold(), rb) != PhaseDuring {
		t.Errorf("next %+v, want d1", item)
	}
	s.add(Resolved, nil)
	if item, _ := NextItem(s.fold(), rb); item.ID != "a2" {
		t.Errorf("next %+v, want a2", item)
	}
}

func TestGates(t *testing.T) {
	rb := seed()
	s := declared(t).add(Intent, IntentData{Op: "x", Title: "restart"})
	var texts []string
	for _, g := range Gates(s.fold(), rb) {
		texts = append(texts, g.Text)
	}
	want := []string{
		"not resolved yet", "Post resolution message", "Verify all systems stable for 15 minutes",
		"Schedule post-mortem (within 48 hours)", "run 1 is still running: restart",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("%q\nwant %q", texts, want)
	}
	s.add(Finished, FinishedData{Op: "x", Outcome: OutcomeUnknown}).add(Resolved, nil)
	for _, id := range []string{"a1", "a2", "a3"} {
		s.add(Ticked, TickedData{ID: id, State: TickDeferred})
	}
	if gates := Gates(s.fold(), rb); len(gates) != 1 || gates[0].ID != "x" {
		t.Errorf("%+v, want only the run whose outcome nobody knows", gates)
	}
	s.add(Judged, JudgedData{Op: "x", Verdict: "worked"})
	if gates := Gates(s.fold(), rb); len(gates) != 0 {
		t.Errorf("%+v, want none", gates)
	}
}
