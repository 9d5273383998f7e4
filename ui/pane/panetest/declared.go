package panetest

import (
	"encoding/json"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/pane"
	"calm/ui/theme"
)

// Declared is 24 minutes in: SEV-2 declared, SEV-1 suggested, the diagnosis done.
func Declared(styles theme.Styles) pane.State {
	now := At("03:26:48")
	snap := well(now)
	breaks(snap, signal.ErrorRatio, signal.Sample{Value: .58}, 1, At("03:24:36"), At("03:04:10"), Onset)
	breaks(snap, signal.LatencyP95, signal.Sample{Value: 8.2}, 1, At("03:03:06"), At("03:02:50"))
	breaks(snap, signal.DBHealth, signal.Sample{Text: "error"}, 0, At("03:07:38"))
	breaks(snap, signal.DBPool, signal.Sample{Value: 10, Of: 10}, 0, Onset)
	s := base(now, snap, styles)
	s.Severity = suggest(1, now, reason("sev-1-4", "API error rate > 50 %", 1, signal.ErrorRatio, .58, At("03:24:36")),
		reason("sev-2-2", "API latency > 5 seconds (p95)", 2, signal.LatencyP95, 8.2, At("03:03:06")))
	s.Cases = ranked(s, map[string][]evidence{
		"scenario-3": {{triage.Seen, "4 of 4 routes, 58 %", 3}, {triage.Seen, "214 in 5 min", 1}, {triage.Seen, "db: error", 4}},
		"scenario-2": {{triage.Seen, "58 %", 3}, {triage.Open, "", 0}, {triage.Seen, "03:05:12", 1296}},
	}, "scenario-3", "scenario-2", "scenario-5", "scenario-1", "scenario-4")
	s.Incident = opened(2)
	s.Incident.LeveledAt = At("03:08:02")
	s.Incident.LastUpdate = At("03:09:10")
	s.Incident.Ticks = map[string]incident.TickedData{"s3-2": {ID: "s3-2", State: "acknowledged"}}
	s.Incident.Answers = map[string]string{"sev-1-1": "no", "sev-1-3": "no"}
	s.Incident.Events = events(now)
	s.Clocks = incident.Clocks(s.Incident, s.Runbook, now)
	s.Outputs = results()
	s.Done = []string{"s3-d1", "s3-d2"}
	s.Logs, s.LogRate = logs(), 388
	s.Next = pane.Next{Chip: "next", Title: "1 Restart application to clear pool", Detail: "pm2 restart glowglitch-app", Risk: "changes", Intent: pane.Propose{Ref: restartRef()}}
	return s
}

func opened(level int) incident.Incident {
	return incident.Incident{
		Number: 7, Title: "product search failing", Service: "aurora-concierge", Host: "prod-1", Level: level,
		Scenario: "scenario-3", Onset: Onset, Margin: 15 * time.Second, DeclaredAt: At("03:08:02"), DeclaredBy: "ana",
		AckedAt: At("03:08:30"), AckedBy: "ana", EscalatedTo: 1,
		Roles: map[string]string{incident.IncidentCommander: "ana", incident.OperationsLead: "ben"},
	}
}

func restartRef() action.Ref {
	return action.Ref{Part: "scenario-3", Title: "Restart application to clear pool", Group: "resolution", Item: "s3-r1", Step: "s3-r1-1", Index: 1, Of: 3, Line: 282}
}

func results() []pane.Result {
	return []pane.Result{
		{Title: "Check pool settings in code", Step: "s3-d2", At: At("03:21:40"), By: "ben", Exit: 1, Took: 40 * time.Millisecond, Check: true,
			Adds: []string{"not set, so 10"}, Command: "grep -r maxPoolSize src/lib/mongodb.ts"},
		{Title: "Check current connections", Step: "s3-d1", At: At("03:19:02"), By: "ben", Took: 1100 * time.Millisecond, Check: true,
			Lines: []string{"{", "  current: 14,", "  available: 51186,", "  totalCreated: 9021,", "  active: 11,", "  threaded: 14,", "  exhaustIsMaster: 0", "}"},
			Adds:  []string{"10 of 10 by 1 client", "all of them are COLLSCAN on products, oldest 9.4 s"}, Command: `mongosh $MONGODB_URI --eval "db.serverStatus().connections"`},
	}
}

// events is the story so far, as the journal has it.
func events(now time.Time) []incident.Event {
	person := func(name string) incident.Actor { return incident.Actor{Name: name, UID: 1000, LoginUID: 1000} }
	calm := person("calm")
	v := .58
	drafts := []struct {
		at    string
		typ   incident.Type
		actor incident.Actor
		data  any
	}{
		{"03:07:38", incident.SignalMoved, calm, incident.SignalData{Name: "db_health", Status: "out", Was: "in", Text: "db health fails"}},
		{"03:08:02", incident.Declared, person("ana"), incident.DeclaredData{Number: 7, Level: 2, Title: "product search failing", Service: "aurora-concierge", Onset: Onset}},
		{"03:08:30", incident.Acknowledged, person("ana"), nil},
		{"03:09:10", incident.Messaged, person("ana"), incident.MessageData{Purpose: "initial", Channels: []string{"#incidents", "#aurora-concierge-alerts"}, Sent: true}},
		{"03:14:30", incident.Leads, calm, incident.LeadsData{Scenario: "scenario-3", Was: "scenario-2", Text: "scenario 3 leads (was 2)"}},
		{"03:19:02", incident.Intent, person("ben"), incident.IntentData{Op: "01A", Title: "Check current connections", Command: "mongosh …", Risk: "reads", Step: "s3-d1"}},
		{"03:20:24", incident.SignalMoved, calm, incident.SignalData{Name: "error_ratio", Status: "unknown", Was: "out", Text: "metrics silent for 72 s"}},
		{"03:21:52", incident.Note, person("ben"), incident.NoteData{Text: "catalog query lost its index in 4f2c1a9?"}},
		{"03:24:36", incident.SignalMoved, calm, incident.SignalData{Name: "error_ratio", Status: "out", Was: "out", Text: "error ratio above 50 %", Value: &v, Level: 1}},
		{"03:28:10", incident.Severity, person("ana"), incident.SeverityData{Level: 1, Was: 2, Reason: "error ratio 58 % > 50 %"}},
		{"03:29:35", incident.Confirmed, person("ana"), incident.ConfirmedData{Op: "01B", Hash: "51d03e", By: "ana", How: "y"}},
		{"03:29:36", incident.Intent, person("ana"), incident.IntentData{Op: "01B", Title: "Restart application to clear pool", Command: "pm2 restart glowglitch-app", Risk: "changes", Step: "s3-r1-1"}},
		{"03:29:38", incident.Finished, calm, incident.FinishedData{Op: "01B", Outcome: "ok", Seconds: 2.4}},
		{"03:30:38", incident.Judged, calm, incident.JudgedData{Op: "01B", Verdict: "no effect", Text: "error ratio 58 % → 55 %"}},
	}
	var out []incident.Event
	for i, d := range drafts {
		if At(d.at).After(now) {
			break
		}
		data, err := json.Marshal(d.data)
		if err != nil {
			panic(err) // a literal of a test
		}
		if d.data == nil {
			data = nil
		}
		out = append(out, incident.Event{Seq: uint64(i + 1), At: At(d.at), Actor: d.actor, Type: d.typ, Data: data})
	}
	return out
}
