package panetest

import (
	"time"

	"calm/model/incident"
	"calm/model/severity"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/pane"
	"calm/ui/theme"
)

// base is what all states have.
func base(now time.Time, snap signal.Snapshot, styles theme.Styles) pane.State {
	rb := Runbook()
	s := pane.State{
		Now: now, Service: "aurora-concierge", Host: "prod-1", Me: "ana", Runbook: rb,
		Snapshot: snap, Series: Series(snap), LogRate: -1, Theme: styles,
	}
	for _, sc := range rb.Scenarios {
		s.Cases = append(s.Cases, caseWith(sc, triage.Contradicted))
	}
	return s
}

// Watch is a quiet night.
func Watch(styles theme.Styles) pane.State {
	now := At("03:00:12")
	s := base(now, well(now), styles)
	s.Last = "#6, 11 Nov, SEV-3, 41 min, Scenario 4"
	s.ReadyAt = now.Add(-6 * time.Minute)
	s.Ready = []pane.Fact{
		{State: "ok", Text: "runbook trusted", Note: "3fa2…91, unchanged since 19 Oct"},
		{State: "ok", Text: "41 of 43 things that it names are here"},
		{State: "warn", Text: "/backups/latest is missing", Note: "Database Rollback, step 2"},
		{State: "warn", Text: "GET /api/metrics answers 403", Note: "error ratio comes from nginx"},
		{State: "ok", Text: "newest backup 1 h old, 84 MB; 41 GB free"},
		{State: "ok", Text: "journal writable, 0.2 ms a sync"},
	}
	s.Next = pane.Next{Chip: "next", Title: "Nothing to do.", Detail: "To declare by hand: s"}
	return s
}

// Out is five minutes after the onset, before anybody has declared.
func Out(styles theme.Styles) pane.State {
	now := At("03:07:12")
	snap := well(now)
	breaks(snap, signal.ErrorRatio, signal.Sample{Value: .31}, 1, At("03:04:10"), At("03:03:40"))
	breaks(snap, signal.LatencyP95, signal.Sample{Value: 6.4}, 1, At("03:03:06"), At("03:02:50"))
	breaks(snap, signal.DBPool, signal.Sample{Value: 10, Of: 10}, 0, Onset)
	loses(snap, signal.DBHealth, "timeout 10 s", At("03:05:32"))
	s := base(now, snap, styles)
	s.Severity = suggest(2, now, reason("sev-2-3", "Error rate 20–50 %", 2, signal.ErrorRatio, .31, At("03:04:10")),
		reason("sev-2-2", "API latency > 5 seconds (p95)", 2, signal.LatencyP95, 6.4, At("03:03:06")))
	s.Cases = ranked(s, map[string][]evidence{
		"scenario-2": {{triage.Seen, "31 %", 3}, {triage.Open, "", 0}, {triage.Seen, "03:05:12", 120}},
		"scenario-3": {{triage.Seen, "3 of 4 routes", 3}, {triage.Contradicted, "0 in 5 min", 1}, {triage.Unknown, "no answer", 100}},
	}, "scenario-2", "scenario-3", "scenario-5", "scenario-1", "scenario-4")
	s.Best = pane.BestCheck{OK: true, Tells: "tells 3 from 2", Step: s.Runbook.Scenarios[2].Diagnosis[0]}
	s.Best.Ref.Step = s.Best.Step.ID
	s.Changes = []pane.Change{
		{At: At("02:58:52"), Text: "pm2 restart glowglitch-app", Note: "by ci"},
		{At: At("02:58:40"), Text: "release 4f2c1a9", Note: "3 files, src/lib/catalog.ts +41 −12"},
		{At: At("02:00:00"), Text: "backup 20261123"},
	}
	s.Logs, s.LogRate = logs(), 214
	s.Clocks = incident.Clocks(incident.Incident{Suggested: 2, Onset: Onset}, s.Runbook, now)
	s.Next = pane.Next{Chip: "next", Title: "Declare SEV-2", Detail: "High error rate on /api/support/products", Intent: pane.Show{Overlay: "declare"}}
	return s
}

func logs() []pane.LogLine {
	return []pane.LogLine{
		{At: At("03:07:11"), File: "app", Text: "products: timed out while checking out a connection from connection pool", Count: 1},
		{At: At("03:07:11"), File: "nginx", Text: "504 GET /api/support/products 10.0 s", Count: 52},
		{At: At("03:07:10"), File: "app", Text: "products: timed out …", Count: 38},
		{At: At("03:07:09"), File: "mongod", Text: "slow query products COLLSCAN 4.1 s", Count: 1},
		{At: At("03:07:08"), File: "app", Text: "chat: fetch catalog failed", Count: 6},
	}
}

// evidence is what is known about one symptom; the age is in seconds.
type evidence struct {
	state   triage.State
	reading string
	age     time.Duration
}

// ranked gives the cases in an order, those without evidence contradicted by what is well.
func ranked(s pane.State, seen map[string][]evidence, order ...string) []triage.Case {
	var out []triage.Case
	for _, id := range order {
		sc, _ := s.Runbook.ScenarioByID(id)
		c := caseWith(sc, triage.Contradicted)
		if es, ok := seen[id]; ok {
			c.Seen, c.Contradicted, c.Unknown, c.Open = 0, 0, 0, 0
			for i, e := range es {
				c.Symptoms[i].State, c.Symptoms[i].Reading, c.Symptoms[i].Age = e.state, e.reading, e.age*time.Second
				tally(&c, e.state)
			}
		}
		out = append(out, c)
	}
	return out
}

func tally(c *triage.Case, state triage.State) {
	switch state {
	case triage.Seen:
		c.Seen++
	case triage.Contradicted:
		c.Contradicted++
	case triage.Unknown:
		c.Unknown++
	case triage.Open:
		c.Open++
	}
}

func suggest(level int, now time.Time, reasons ...severity.Reason) severity.Classification {
	return severity.Classification{Level: &level, Names: []string{"SEV-" + string(rune('0'+level))}, Reasons: reasons, At: now}
}

func reason(id, text string, level int, n signal.Name, v float64, since time.Time) severity.Reason {
	return severity.Reason{ID: id, Text: text, Level: level, Signal: n, Value: &v, Since: &since}
}
