package report

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", name, got)
	}
}

// aurora is the seed runbook, read by the real parser.
func aurora(t *testing.T) *runbook.Runbook {
	t.Helper()
	src, err := os.ReadFile(filepath.FromSlash("../runbook/testdata/seed.md"))
	if err != nil {
		t.Fatal(err)
	}
	rb, err := runbook.Parse("seed.md", src)
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

func hm(h, m, s int) time.Time { return time.Date(2026, 11, 23, h, m, s, 0, time.UTC) }

// script builds events one after the other.
type script struct {
	t      *testing.T
	events []incident.Event
}

func (s *script) add(at time.Time, who string, typ incident.Type, data any) {
	s.t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		s.t.Fatal(err)
	}
	if data == nil {
		raw = nil
	}
	s.events = append(s.events, incident.Event{Seq: uint64(len(s.events) + 1), ID: "E" + itoa(len(s.events)), At: at, Actor: incident.Actor{Name: who}, Type: typ, Data: raw})
}

// run adds the events of one action, from its intent to its verdict.
func (s *script) run(at time.Time, op, who, title, command, risk, verdict, why string) {
	s.add(at.Add(-4*time.Second), "calm", incident.Proposed, incident.ProposedData{Op: op, Hash: "9f3ca1"})
	s.add(at.Add(-time.Second), who, incident.Confirmed, incident.ConfirmedData{Op: op, Hash: "9f3ca1", By: who, How: "y"})
	s.add(at, who, incident.Intent, incident.IntentData{Op: op, Hash: "9f3ca1", Title: title, Command: command, Risk: risk})
	s.add(at.Add(2400*time.Millisecond), "calm", incident.Finished, incident.FinishedData{Op: op, Outcome: "ok", Seconds: 2.4})
	if verdict != "" {
		s.add(at.Add(44*time.Second), "calm", incident.Judged, incident.JudgedData{Op: op, Verdict: verdict, Text: why})
	}
}

// poolExhausted is the incident of the screens: a held pool, a restart without effect, the flag.
func poolExhausted(t *testing.T, until time.Time) Input {
	t.Helper()
	rb := aurora(t)
	s := &script{t: t}
	s.add(hm(3, 8, 2), "ana", incident.Declared, incident.DeclaredData{Number: 7, Level: 2, Title: "product search failing", Service: "aurora-concierge", Host: "prod-1",
		Scenario: rb.Scenarios[2].ID, Onset: hm(3, 2, 10), Margin: 15})
	s.add(hm(3, 8, 2), "calm", incident.Opened, nil)
	s.add(hm(3, 8, 30), "ana", incident.Acknowledged, nil)
	s.add(hm(3, 8, 30), "ana", incident.RoleTaken, incident.RoleData{Role: incident.IncidentCommander, Who: "ana"})
	s.add(hm(3, 8, 31), "ana", incident.RoleTaken, incident.RoleData{Role: incident.OperationsLead, Who: "ben"})
	s.add(hm(3, 9, 10), "ana", incident.Messaged, incident.MessageData{Purpose: "initial", Channels: []string{"#incidents", "#aurora-concierge-alerts"}, Sent: true})
	s.run(hm(3, 19, 2), "01A", "ben", "Check current connections", `mongosh $MONGODB_URI --eval "db.serverStatus().connections"`, "reads", "", "")
	s.add(hm(3, 24, 36), "calm", incident.SignalMoved, incident.SignalData{Name: "error_ratio", Status: "out", Was: "out", Level: 1, Text: "error ratio 58 %, above 50 %"})
	s.add(hm(3, 28, 10), "ana", incident.Severity, incident.SeverityData{Level: 1, Was: 2, Reason: "error ratio 58 % > 50 %"})
	s.run(hm(3, 29, 38), "01B", "ben", "Restart application to clear pool", "pm2 restart glowglitch-app", "changes", "no effect", "error ratio 58 % → 55 %")
	s.add(hm(3, 31, 0), "ben", incident.Note, incident.NoteData{Text: "pool | full of COLLSCANs\n```\nsee `products` <b>", About: hm(3, 20, 0)})
	s.run(hm(3, 33, 18), "01C", "ben", "Immediate Rollback (Feature Flag)", "export NEXT_PUBLIC_CONCIERGE_ENABLED=false\npm2 restart glowglitch-app --update-env", "changes", "worked", "error ratio 57 % → 1.2 % in 44 s")
	s.add(hm(3, 34, 10), "ana", incident.Mitigated, incident.MilestoneData{})
	s.add(hm(4, 1, 12), "ana", incident.Resolved, incident.MilestoneData{})
	var kept []incident.Event
	for _, e := range s.events {
		if !e.At.After(until) {
			kept = append(kept, e)
		}
	}
	i, err := incident.Fold(kept)
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range i.Runs {
		if item := rb.Scenarios[2].Resolution[0]; strings.Contains(r.Command, item.Steps[0].Text) {
			i.Runs[n].Step = item.Steps[0].ID
		}
	}
	return Input{Incident: i, Runbook: rb, Now: until}
}

func open(fs []Field) string {
	var s []string
	for _, f := range fs {
		s = append(s, f.Label+" "+f.Text)
	}
	return strings.Join(s, "\n")
}

func TestMessages(t *testing.T) {
	tests := []struct {
		purpose  string
		at       time.Time
		channels int
		open     string
	}{
		{runbook.InitialMessage, hm(3, 9, 0), 2, "Impact [Who/what is affected]"},
		{runbook.UpdateMessage, hm(3, 34, 58), 1, "Progress [What we've learned]\nProgress [Current blockers, if any]\nNext Steps [Planned actions]\nETA to Resolution [Time estimate]"},
		{runbook.ResolutionMessage, hm(4, 2, 0), 1, "Root Cause [Brief explanation]\nUser Impact [Estimated % of users affected]"},
	}
	for _, tt := range tests {
		t.Run(tt.purpose, func(t *testing.T) {
			in := poolExhausted(t, tt.at)
			tmpl, _ := in.Runbook.TemplateFor(tt.purpose)
			d := Message(tmpl, in)
			golden(t, "message-"+tt.purpose+".golden", d.Body)
			if got := open(d.Open); got != tt.open {
				t.Errorf("open:\n%s\nwant:\n%s", got, tt.open)
			}
			if d.Purpose != tt.purpose || len(d.Channels) != tt.channels || d.Channels[0] != "#incidents" {
				t.Errorf("%s to %v", d.Purpose, d.Channels)
			}
		})
	}
}

func TestPostMortem(t *testing.T) {
	in := poolExhausted(t, hm(4, 18, 20))
	in.Failed = &Requests{Failed: 18914, Of: 64201, Source: "nginx log"}
	md, filled, left := PostMortem(in.Runbook.PostMortem, in)
	golden(t, "postmortem.golden", md)
	if len(filled) == 0 || len(left) == 0 {
		t.Errorf("%d filled, %d open", len(filled), len(left))
	}
	for _, f := range left {
		if !strings.Contains(md, f.Text) {
			t.Errorf("open field %q is not visible", f.Text)
		}
	}
}

func TestOwnPostMortem(t *testing.T) {
	md, _, _ := PostMortem(nil, poolExhausted(t, hm(4, 18, 20)))
	golden(t, "postmortem-own.golden", md)
}
