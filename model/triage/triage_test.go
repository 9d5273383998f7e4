package triage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/severity"
	"calm/model/signal"
)

var now = time.Date(2026, 11, 23, 3, 26, 48, 0, time.UTC)

func num(v float64) *float64 { return &v }

func sign(id, kind, text string, p *runbook.Predicate, logged ...string) runbook.Symptom {
	return runbook.Symptom{ID: id, Kind: kind, Text: text, Predicate: p, Signatures: logged}
}

func check(id, title, text string) runbook.Step {
	return runbook.Step{Part: runbook.Part{ID: id, Title: title}, Kind: runbook.ShellStep, Text: text, Risk: shell.Reads}
}

func scenario(n, level int, title string, symptoms ...runbook.Symptom) runbook.Scenario {
	return runbook.Scenario{Part: runbook.Part{ID: fmt.Sprint("s", n), Title: title}, Number: n, Symptoms: symptoms, Severity: runbook.CaseSeverity{Level: level}}
}

// book has the five scenarios of the seed as the parser understands them.
func book() *runbook.Runbook {
	s1 := scenario(1, 3, "Widget Button Not Appearing",
		sign("1a", runbook.Probed, "Users report widget not visible", &runbook.Predicate{Signal: signal.Widget, Equals: "no"}),
		sign("1b", runbook.Asked, "No errors in console", nil),
		sign("1c", runbook.Probed, "Health checks passing", &runbook.Predicate{Signal: signal.Health, Equals: "ok"}))
	s1.Severity.Unless = []runbook.Unless{{ID: "1u", Text: "affecting all users", Level: 2}}
	s2 := scenario(2, 2, "High Error Rate on /api/support/products",
		sign("2a", runbook.Measured, "Metrics dashboard shows error rate > 20%", &runbook.Predicate{Signal: signal.ErrorRatio, Min: num(0.2), MinOpen: true}),
		sign("2b", runbook.Asked, `Users report "No products found" errors`, nil),
		sign("2c", runbook.Asked, "Alert triggered", nil))
	s2.Diagnosis = []runbook.Step{
		check("2d1", "Check API metrics", "curl https://glowglitch.com/api/metrics?format=summary"),
		check("2d2", "Check MongoDB connection", `mongosh $MONGODB_URI --eval "db.products.countDocuments({ readyToShip: true })"`),
		{Part: runbook.Part{ID: "2d3", Title: "Check application logs"}, Kind: runbook.ShellStep, Text: "pm2 logs glowglitch-app | grep x", Risk: shell.Reads, Endless: true},
	}
	s3 := scenario(3, 1, "Database Connection Pool Exhausted",
		sign("3a", runbook.Measured, "All APIs returning 500 errors", &runbook.Predicate{Signal: signal.FailedRoutes, Min: num(0.75)}),
		sign("3b", runbook.Logged, `Logs show "MongoPoolClearedError" or "Connection timeout"`, nil, "MongoPoolClearedError", "Connection timeout"),
		sign("3c", runbook.Probed, "Health check fails for database", &runbook.Predicate{Signal: signal.DBHealth, Equals: "error"}))
	s3.Diagnosis = []runbook.Step{
		check("3d1", "Check current connections", `mongosh $MONGODB_URI --eval "db.serverStatus().connections"`),
		check("3d2", "Check pool settings in code", `grep -r "maxPoolSize" src/lib/mongodb.ts`),
	}
	s4 := scenario(4, 2, "DeepSeek API Rate Limit Exceeded",
		sign("4a", runbook.Asked, "Widget conversations not responding", nil),
		sign("4b", runbook.Logged, "Logs show 429 errors from DeepSeek", &runbook.Predicate{Signal: signal.RateLimited, Min: num(0), MinOpen: true}, "DeepSeek 429"),
		sign("4c", runbook.Asked, `Users stuck on "thinking..." state`, nil))
	s5 := scenario(5, 2, "Memory Leak Causing OOM Crashes",
		sign("5a", runbook.Measured, "Application restarts every few hours", &runbook.Predicate{Signal: signal.AppRestarts, Trend: "up"}),
		sign("5b", runbook.Logged, `Logs show "JavaScript heap out of memory"`, nil, "JavaScript heap out of memory"),
		sign("5c", runbook.Measured, "Metrics show steadily increasing memory usage", &runbook.Predicate{Signal: signal.AppMemory, Trend: "up"}))
	return &runbook.Runbook{Scenarios: []runbook.Scenario{s1, s2, s3, s4, s5}}
}

// host is a healthy host watched for ten minutes; faults are written over it.
type host struct{ samples map[signal.Name]signal.Sample }

func healthy() host {
	h := host{samples: map[signal.Name]signal.Sample{}}
	for n, v := range map[signal.Name]float64{signal.ErrorRatio: 0.004, signal.RateLimited: 0, signal.AppRestarts: 2, signal.AppMemory: 200 << 20,
		signal.Logged("MongoPoolClearedError"): 0, signal.Logged("Connection timeout"): 0, signal.Logged("DeepSeek 429"): 0, signal.Logged("JavaScript heap out of memory"): 0} {
		h.set(signal.Sample{Name: n, Value: v})
	}
	h.set(signal.Sample{Name: signal.FailedRoutes, Of: 4})
	for n, s := range map[signal.Name]string{signal.Health: "ok", signal.DBHealth: "ok", signal.Widget: "yes"} {
		h.set(signal.Sample{Name: n, Text: s})
	}
	return h
}

func (h host) set(x signal.Sample) host { h.samples[x.Name] = x; return h }

// look watches the host for ten minutes; the last minutes are as set, and memory grows by grow MB
// a second.
func (h host) look(rises int, grow float64) signal.Snapshot {
	b := signal.NewBook(signal.Specs([]signal.Bound{{Signal: signal.ErrorRatio, Level: 2, LevelName: "SEV-2", At: 0.2}}, "DeepSeek"))
	for s := -600; s <= 0; s += 10 {
		for _, x := range h.samples {
			x.At = now.Add(time.Duration(s) * time.Second)
			if x.Name == signal.AppRestarts && s > -100 {
				x.Value += float64(rises)
			}
			if x.Name == signal.AppMemory {
				x.Value += grow * float64(s+600) * (1 << 20)
			}
			b.Add(x)
		}
	}
	return b.Snapshot(now)
}

func order(cases []Case) string {
	var s []string
	for _, c := range cases {
		s = append(s, fmt.Sprint(c.Scenario.Number))
	}
	return strings.Join(s, " ")
}

func leader(cases []Case) int {
	if len(cases) > 0 && cases[0].Leads() {
		return cases[0].Scenario.Number
	}
	return 0
}

func TestNothingLeadsOnAHealthyHost(t *testing.T) {
	cases := Rank(book(), healthy().look(0, 0), nil)
	for _, c := range cases {
		if c.Seen != 0 || c.Leads() {
			t.Errorf("scenario %d: %d seen on a healthy host: %+v", c.Scenario.Number, c.Seen, c.Symptoms)
		}
	}
	if _, ok := BestCheck(cases, nil); ok {
		t.Error("a check is offered where nothing points anywhere")
	}
}

func TestFaultsLead(t *testing.T) {
	tests := []struct {
		name    string
		snap    signal.Snapshot
		answers severity.Answers
		leads   int
		seen    int
		level   int
	}{
		{"flag off", healthy().set(signal.Sample{Name: signal.Widget, Text: "no"}).look(0, 0), nil, 1, 2, 3},
		{"flag off for all", healthy().set(signal.Sample{Name: signal.Widget, Text: "no"}).look(0, 0), severity.Answers{"1u": severity.Yes}, 1, 2, 2},
		{"products failing", healthy().set(signal.Sample{Name: signal.ErrorRatio, Value: 0.31}).look(0, 0), nil, 2, 1, 2},
		{"products failing, seen on its route only", healthy().set(signal.Sample{Name: "error_ratio@/api/support/products", Value: 0.96}).look(0, 0), nil, 2, 1, 2},
		{"pool held", healthy().set(signal.Sample{Name: signal.ErrorRatio, Value: 0.58}).set(signal.Sample{Name: signal.FailedRoutes, Value: 4, Of: 4}).
			set(signal.Sample{Name: signal.DBHealth, Text: "error"}).set(signal.Sample{Name: signal.Health, Text: "error"}).
			set(signal.Sample{Name: signal.Logged("Connection timeout"), Value: 214}).look(0, 0), nil, 3, 3, 1},
		{"upstream refuses, in the log", healthy().set(signal.Sample{Name: signal.Logged("DeepSeek 429"), Value: 12}).look(0, 0), nil, 4, 1, 2},
		{"upstream refuses, counted", healthy().set(signal.Sample{Name: signal.RateLimited, Value: 12}).look(0, 0), nil, 4, 1, 2},
		{"leak", healthy().set(signal.Sample{Name: signal.Logged("JavaScript heap out of memory"), Value: 3}).look(3, 1), nil, 5, 3, 2},
		{"a person's word", healthy().look(0, 0), severity.Answers{"4a": severity.Yes, "4c": severity.Yes}, 4, 2, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cases := Rank(book(), tt.snap, tt.answers)
			c := cases[0]
			if leader(cases) != tt.leads || c.Seen != tt.seen || c.Level != tt.level {
				t.Errorf("order %s, leader %d with %d seen, SEV-%d; want %d with %d, SEV-%d\n%+v", order(cases), leader(cases), c.Seen, c.Level, tt.leads, tt.seen, tt.level, c.Symptoms)
			}
			if n := c.Seen + c.Contradicted + c.Unknown + c.Open; n != len(c.Symptoms) {
				t.Errorf("%d of %d symptoms counted", n, len(c.Symptoms))
			}
		})
	}
}

func TestReadings(t *testing.T) {
	h := healthy().set(signal.Sample{Name: signal.ErrorRatio, Value: 0.58}).set(signal.Sample{Name: signal.FailedRoutes, Value: 4, Of: 4}).
		set(signal.Sample{Name: signal.DBHealth, Text: "error"}).set(signal.Sample{Name: signal.Logged("Connection timeout"), Value: 214}).
		set(signal.Sample{Name: signal.Widget, Err: "GET /: timeout 10 s"})
	cases := Rank(book(), h.look(3, 0), severity.Answers{"2b": severity.Yes, "2c": severity.NotKnown})
	texts := map[string]string{}
	states := map[string]State{}
	for _, c := range cases {
		for _, s := range c.Symptoms {
			texts[s.ID], states[s.ID] = s.Reading, s.State
		}
	}
	for id, want := range map[string]struct {
		text  string
		state State
	}{
		"1a": {"GET /: timeout 10 s", Unknown}, "1b": {"", Open}, "1c": {"health: ok", Seen},
		"2a": {"58 %", Seen}, "2b": {"answered yes", Seen}, "2c": {"answered: not known", Unknown},
		"3a": {"4 of 4 routes, 58 %", Seen}, "3b": {"214 in 5 min", Seen}, "3c": {"db: error", Seen},
		"4b": {"0 in 5 min", Contradicted},
		"5a": {"3 in 10m", Seen}, "5b": {"0 in 5 min", Contradicted}, "5c": {"200 MB, steady", Contradicted},
	} {
		if texts[id] != want.text || states[id] != want.state {
			t.Errorf("%s: %q, state %d; want %q, state %d", id, texts[id], states[id], want.text, want.state)
		}
	}
}

func TestNotMeasuredIsUnknown(t *testing.T) {
	b := signal.NewBook(signal.Specs(nil, ""))
	for _, c := range Rank(book(), b.Snapshot(now), nil) {
		if c.Seen+c.Contradicted != 0 {
			t.Errorf("scenario %d is judged on nothing: %+v", c.Scenario.Number, c.Symptoms)
		}
	}
	b.Add(signal.Sample{Name: signal.AppMemory, Value: 1 << 20, At: now})
	for _, c := range Rank(book(), b.Snapshot(now), nil) {
		for _, s := range c.Symptoms {
			if s.ID == "5c" && s.State != Unknown {
				t.Errorf("one reading is no trend: %+v", s)
			}
		}
	}
}

func TestAnswersBesideReadings(t *testing.T) {
	cases := Rank(book(), healthy().look(0, 0), severity.Answers{"1a": severity.Yes})
	if s := cases[0].Symptoms[0]; leader(cases) != 1 || s.Reading != "on page: yes, answered yes" || !s.Answered {
		t.Errorf("users see what the probe does not: %d leads, %+v", leader(cases), s)
	}
	cases = Rank(book(), healthy().set(signal.Sample{Name: signal.Widget, Text: "no"}).look(0, 0), severity.Answers{"1a": severity.No})
	if leader(cases) != 1 {
		t.Error("a no overruled a reading")
	}
}

func TestRankOrder(t *testing.T) {
	h := healthy().set(signal.Sample{Name: signal.ErrorRatio, Value: 0.31}).set(signal.Sample{Name: signal.FailedRoutes, Value: 3, Of: 4}).
		set(signal.Sample{Name: signal.DBHealth, Err: "timeout 10 s"}).set(signal.Sample{Name: signal.Health, Text: "error"})
	cases := Rank(book(), h.look(0, 0), severity.Answers{"2c": severity.Yes})
	if got := order(cases); got != "2 3 4 1 5" {
		t.Errorf("order %s", got)
	}
	c, ok := BestCheck(cases, nil)
	if !ok || c.Step.ID != "2d2" || c.Tells != "tells 2 from 3" {
		t.Errorf("check = %+v %q", c.Step, c.Tells)
	}
	c, ok = BestCheck(cases, map[string]bool{"2d2": true})
	if !ok || c.Step.ID != "3d1" || c.Tells != "tells 3 from 2" {
		t.Errorf("next check = %+v %q", c.Step, c.Tells)
	}
	all := map[string]bool{"2d1": true, "2d2": true, "3d1": true, "3d2": true}
	if c, ok := BestCheck(cases, all); ok {
		t.Errorf("an endless step was offered: %+v", c.Step)
	}
}

// What nobody could read is worth more than what only tells two titles apart.
func TestBestCheckReadsTheUnread(t *testing.T) {
	rb := book()
	rb.Scenarios[1].Diagnosis = []runbook.Step{check("a", "Look at the page", "curl -s page"), check("b", "Look at the db", "mongosh --eval 1")}
	h := healthy().set(signal.Sample{Name: signal.ErrorRatio, Value: 0.31}).set(signal.Sample{Name: signal.FailedRoutes, Value: 4, Of: 4}).
		set(signal.Sample{Name: signal.DBHealth, Err: "timeout 10 s"})
	rb.Scenarios = rb.Scenarios[1:3]
	rb.Scenarios[1].Title = "Page and Pool Exhausted"
	c, ok := BestCheck(Rank(rb, h.look(0, 0), nil), nil)
	if !ok || c.Step.ID != "b" {
		t.Errorf("check = %q %+v", c.Tells, c.Step)
	}
}

func TestBestCheckOfOne(t *testing.T) {
	cases := Rank(book(), healthy().set(signal.Sample{Name: signal.ErrorRatio, Value: 0.31}).look(0, 0), nil)
	c, ok := BestCheck(cases, nil)
	if !ok || c.Scenario.Number != 2 || c.Tells != "looks into 2" {
		t.Errorf("check = %+v %v", c, ok)
	}
}

func TestNoRunbook(t *testing.T) {
	if cases := Rank(nil, signal.Snapshot{}, nil); len(cases) != 0 {
		t.Errorf("cases = %v", cases)
	}
}
