package action

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"calm/model/incident"
)

func approvable() Plan {
	p := Plan{
		Op: "01J", Kind: Shell, Runbook: "text", Ref: Ref{Part: "ks", Title: "Kill Switch", Step: "ks-1"}, Title: "Off",
		Written: "pm2 stop <app>", Command: "pm2 stop web", Fill: map[string]string{"<app>": "web"}, Risk: "changes", Dir: "/srv",
	}
	p.Seal()
	return p
}

func askFor(p Plan) Ask {
	a := Ask{
		Title: "Kill Switch", Runbook: p.Runbook, Part: p.Ref.Part, First: p.Ref.Step, Plan: p.Hash, Deed: p.Deed(), Host: "prod-1", Incident: 7,
		By: incident.Actor{Name: "ana"}, Until: time.Date(2026, 11, 24, 3, 41, 0, 0, time.UTC),
		Steps: []AskedStep{{ID: "ks-1", Text: p.Written, Fill: p.Fill}, {ID: "ks-2", Text: "nginx -s reload"}},
	}
	a.Seal()
	return a
}

// TestDeedSurvivesTheDisk: the supervisor reads a plan back, and must find that it does the same.
func TestDeedSurvivesTheDisk(t *testing.T) {
	p := approvable()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if back.Deed() != p.Deed() || !back.Matches(p.Hash) {
		t.Error("it is another plan")
	}
}

func TestLineOfAnApproval(t *testing.T) {
	a := askFor(approvable())
	want := `calm approve: "Kill Switch" on prod-1, incident 7, asked by ana, until 03:41:00Z, plan ` + a.Hash
	if got := a.Line(); got != want || len(a.Hash) != 64 {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	a.Title, a.Host, a.By.Name = "'; rm -rf / #`id`$(id)\"\x1b[2J\n\u202e"+strings.Repeat("x", 200), "a\\b", "an!a"
	line := a.Line()
	if strings.ContainsAny(strings.ReplaceAll(line, `"`, ""), "'\\`$!\n\x1b\u202e") || strings.Count(line, `"`) != 2 || len([]rune(line)) > 300 {
		t.Errorf("%q", line)
	}
	if a.Sealed() {
		t.Error("what was changed is sealed all the same")
	}
}

func TestCovers(t *testing.T) {
	p := approvable()
	a := askFor(p)
	second := p
	second.Ref.Step, second.Written, second.Command, second.Fill = "ks-2", "nginx -s reload", "nginx -s reload", nil
	older := p
	older.Op, older.Touches = "01K", []string{"web, up 3 min"}
	destroys := p
	destroys.Risk, destroys.Touches = "destroys", []string{"243 documents"}
	undo := p
	undo.Ref.Group = UndoGroup
	part := p
	part.Ref.Part = "other"
	text := p
	text.Runbook = "another"
	fill := p
	fill.Fill = map[string]string{"<app>": "db"}
	for name, x := range map[string]struct {
		p   Plan
		why string
	}{
		"the plan": {p, ""}, "the next step": {second, ""}, "the same a minute later": {older, ""},
		"one that destroys more": {destroys, "not the one"}, "its undo": {undo, "not among"}, "another procedure": {part, "not among"},
		"another text": {text, "another text"}, "another value": {fill, "its values"},
	} {
		x.p.Seal()
		if err := a.Covers(x.p); (err == nil) != (x.why == "") || err != nil && !strings.Contains(err.Error(), x.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
