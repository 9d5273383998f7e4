package incident

import (
	"fmt"
	"testing"
	"time"
)

func TestLines(t *testing.T) {
	name := func(level int) string { return fmt.Sprintf("SEV-%d", level) }
	value := 0.58
	for _, c := range []struct {
		typ  Type
		data any
		want string // mark and text
		kind string
	}{
		{Declared, DeclaredData{Level: 2}, "● declared SEV-2", KindChanges},
		{Declared, DeclaredData{Level: 2, Drill: true}, "● declared SEV-2, a drill", KindChanges},
		{Severity, SeverityData{Level: 1, Was: 2, Reason: "error ratio 58 % > 50 %"}, "▲ SEV-2 → SEV-1: error ratio 58 % > 50 %", KindChanges},
		{Severity, SeverityData{Level: 3, Was: 2}, "● SEV-2 → SEV-3", KindChanges},
		{Suggested, SuggestedData{Level: 1, Was: 2, Text: "error ratio above 50 %"}, "▲ error ratio above 50 %, SEV-1 suggested", KindSignals},
		{Suggested, SuggestedData{Was: 2}, "✓ no severity suggested", KindSignals},
		{SignalMoved, SignalData{Name: "error_ratio", Status: "out", Text: "error ratio 58 %, above 50 %", Value: &value}, "▲ error ratio 58 %, above 50 %", KindSignals},
		{SignalMoved, SignalData{Name: "db_health", Status: "unknown", Text: "metrics silent for 72 s"}, "? metrics silent for 72 s", KindSignals},
		{SignalMoved, SignalData{Name: "db_health", Status: "in"}, "✓ db health in bounds", KindSignals},
		{SignalMoved, SignalData{Name: "db_health"}, "? db health unknown", KindSignals},
		{Leads, LeadsData{Scenario: "s3", Text: "scenario 3 leads (was 2)"}, "● scenario 3 leads (was 2)", KindSignals},
		{Leads, LeadsData{}, "● no scenario leads", KindSignals},
		{Acknowledged, nil, "● acknowledged", KindChanges},
		{RoleTaken, RoleData{Role: IncidentCommander, Who: "ana"}, "● commander ana", KindChanges},
		{RoleTaken, RoleData{Role: Scribe}, "● scribe is open", KindChanges},
		{Note, NoteData{Text: "lost its\nindex?"}, `n "lost its index?"`, KindNotes},
		{Note, NoteData{Text: "slow", About: start}, `n at 03:08:02 "slow"`, KindNotes},
		{Answered, AnsweredData{Text: "Dashboard unavailable", Answer: "no"}, "● no: Dashboard unavailable", KindChecks},
		{Ticked, TickedData{Text: "Post update", State: TickDone}, "✓ done: Post update", KindChecks},
		{Ticked, TickedData{Text: "Thank", State: TickDeferred, Reason: "in the morning"}, "> deferred: Thank (in the morning)", KindChecks},
		{Ticked, TickedData{Text: "Thank", State: TickSkipped}, "- skipped: Thank", KindChecks},
		{Ticked, TickedData{Text: "Thank", State: TickOpen}, "● open again: Thank", KindChecks},
		{Messaged, MessageData{Purpose: "initial", Channels: []string{"a", "b"}, Sent: true}, "m initial message to 2 channels", KindMessages},
		{Messaged, MessageData{Purpose: "update", Channels: []string{"#incidents"}, Sent: true}, "m update message to #incidents", KindMessages},
		{Messaged, MessageData{Purpose: "update", Channels: []string{"#incidents"}}, "m update message drafted", KindMessages},
		{Escalated, EscalatedData{Level: 2, Contact: "@engineering-lead"}, "m escalated to L2 @engineering-lead", KindMessages},
		{Proposed, ProposedData{Hash: "9f3ca1d0", Plan: []byte(`{"title":"Restart"}`)}, "● proposed Restart, plan 9f3c·a1", KindActions},
		{Confirmed, ConfirmedData{Hash: "9f3ca1d0"}, "● confirmed, plan 9f3c·a1", KindActions},
		{Kept, KeptData{Op: "op-1", Title: "widget off", Why: "until the fix is out"}, "● stays: widget off: until the fix is out", KindActions},
		{Refused, RefusedData{What: "pm2 restart", Why: "the runbook changed on disk"}, "▲ refused: pm2 restart: the runbook changed on disk", KindActions},
		{Mitigated, MilestoneData{}, "✓ mitigated", KindChanges},
		{Closed, MilestoneData{Text: "all done"}, "● closed: all done", KindChanges},
		{TornTail, JournalData{}, "? journal: the bytes of a cut write were set aside", KindChanges},
		{SegmentFrozen, JournalData{Text: "journal BROKEN at record 5"}, "▲ journal BROKEN at record 5", KindChanges},
		{"of_tomorrow", map[string]int{"x": 1}, "· of tomorrow", KindChanges},
	} {
		e := newStory(t).add(c.typ, c.data).events[0]
		mark, text, who := Line(e, name)
		if got := mark + " " + text; got != c.want || who != "ana" {
			t.Errorf("%s: %q by %q, want %q", c.typ, got, who, c.want)
		}
		if kind := Kind(e); kind != c.kind {
			t.Errorf("%s: kind %q, want %q", c.typ, kind, c.kind)
		}
	}
}

func TestLinesOfARun(t *testing.T) {
	s := newStory(t).
		add(Confirmed, ConfirmedData{Op: "a", Hash: "9f3ca1", By: "ben"}).
		add(Intent, IntentData{Op: "a", Title: "flag rollback", Command: "pm2 restart\n  app --update-env", Risk: "changes"}).
		add(Finished, FinishedData{Op: "a", Outcome: OutcomeOK, Seconds: 2.44}).
		add(Judged, JudgedData{Op: "a", Verdict: "worked", Text: "error ratio 57 % → 1.2 %, 44 s"}).
		add(Judged, JudgedData{Op: "a", Verdict: "no effect", Text: "58 % → 55 %"}).
		add(Judged, JudgedData{Op: "a", Verdict: "worse"}).
		add(Intent, IntentData{Op: "b", Title: "current connections", Command: "mongosh", Risk: "reads"}).
		add(Finished, FinishedData{Op: "b", Outcome: OutcomeOK, Text: "10 of 10"}).
		add(Intent, IntentData{Op: "c", Title: "build", Command: "npm run build", Risk: "changes"}).
		add(Finished, FinishedData{Op: "c", Outcome: OutcomeFailed, Exit: 1, Text: "no space left"}).
		add(Intent, IntentData{Op: "d", Title: "stop", Command: "pm2 stop app", Risk: "changes"}).
		add(Finished, FinishedData{Op: "d", Outcome: OutcomeUnknown, Exit: -1, Text: "calm ended while it ran"})
	want := []struct{ line, kind string }{
		{"● confirmed, plan 9f3c·a1", KindActions},
		{"● runs pm2 restart app --update-env", KindActions},
		{"● ran pm2 restart app --update-env, exit 0, 2.4 s", KindActions},
		{"✓ flag rollback WORKED: error ratio 57 % → 1.2 %, 44 s", KindActions},
		{"● flag rollback had NO EFFECT: 58 % → 55 %", KindActions},
		{"▲ flag rollback made it WORSE", KindActions},
		{"● check starts: current connections", KindChecks},
		{"✓ check: current connections, 10 of 10", KindChecks},
		{"● runs npm run build", KindActions},
		{"▲ ran npm run build, exit 1, no space left", KindActions},
		{"● runs pm2 stop app", KindActions},
		{"? ran pm2 stop app, outcome unknown, calm ended while it ran", KindActions},
	}
	i := s.fold()
	for at, e := range i.Events {
		mark, text, who := i.Line(e, nil)
		if got := mark + " " + text; got != want[at].line {
			t.Errorf("event %d: %q, want %q", at+1, got, want[at].line)
		}
		if kind := i.Kind(e); kind != want[at].kind {
			t.Errorf("event %d: kind %q, want %q", at+1, kind, want[at].kind)
		}
		if at == 0 && who != "ben" {
			t.Errorf("confirmed by %q, want the person who confirmed", who)
		}
	}
}

func TestSpan(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"45s": 45 * time.Second, "30m": 30 * time.Minute, "5m 02s": 5*time.Minute + 2*time.Second,
		"1h 30m": 90 * time.Minute, "4h": 4 * time.Hour, "7d": 7 * 24 * time.Hour, "-2m": -2 * time.Minute, "0s": 0,
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
