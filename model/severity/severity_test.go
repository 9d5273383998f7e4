package severity

import (
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"calm/model/runbook"
	"calm/model/signal"
)

var now = time.Date(2026, 11, 23, 3, 7, 12, 0, time.UTC)

func num(v float64) *float64 { return &v }

// band is a criterion over a range; a negative bound is none.
func band(id string, line int, n signal.Name, lo, hi float64, loOpen, hiOpen bool) runbook.Criterion {
	p := runbook.Predicate{Signal: n, MinOpen: loOpen, MaxOpen: hiOpen}
	if lo >= 0 {
		p.Min = num(lo)
	}
	if hi >= 0 {
		p.Max = num(hi)
	}
	return runbook.Criterion{ID: id, Text: "criterion " + id, Line: line, Kind: runbook.Measured, Predicate: &p}
}

func asked(id string, line int, text string) runbook.Criterion {
	return runbook.Criterion{ID: id, Text: text, Line: line, Kind: runbook.Asked}
}

func level(n int, names []string, cs ...runbook.Criterion) runbook.Severity {
	return runbook.Severity{Level: n, Names: names, Criteria: cs}
}

// scheme has the measured criteria of the seed and a few of its questions.
func scheme() *runbook.Runbook {
	return &runbook.Runbook{Severities: []runbook.Severity{
		level(1, []string{"SEV-1", "P0", "Critical"}, asked("1-1", 33, "Widget completely unavailable for all users"), band("1-4", 36, signal.ErrorRatio, 0.5, -1, true, false)),
		level(2, []string{"SEV-2", "P1", "High"}, band("2-2", 50, signal.LatencyP95, 5, -1, true, false), band("2-3", 51, signal.ErrorRatio, 0.2, 0.5, false, false)),
		level(3, []string{"SEV-3", "P2", "Medium"}, band("3-2", 66, signal.LatencyP95, 2, 5, false, false), band("3-3", 67, signal.ErrorRatio, 0.1, 0.2, false, false)),
		level(4, []string{"SEV-4", "P3", "Low"}, asked("4-2", 81, "Typos in copy"), band("4-4", 83, signal.ErrorRatio, -1, 0.1, false, true)),
	}}
}

// look is a snapshot of samples all taken now.
func look(rb *runbook.Runbook, xs ...signal.Sample) signal.Snapshot {
	b := signal.NewBook(signal.Specs(Bounds(rb), ""))
	for _, x := range xs {
		x.At = now
		b.Add(x)
	}
	return b.Snapshot(now)
}

func value(n signal.Name, v float64) signal.Sample { return signal.Sample{Name: n, Value: v} }
func state(n signal.Name, s string) signal.Sample  { return signal.Sample{Name: n, Text: s} }

func ids(c Classification) string {
	var s []string
	for _, r := range c.Reasons {
		s = append(s, r.ID)
	}
	return strings.Join(s, " ")
}

func got(c Classification) int {
	if c.Level == nil {
		return 0
	}
	return *c.Level
}

func TestClassify(t *testing.T) {
	tests := []struct {
		name    string
		samples []signal.Sample
		answers Answers
		level   int
		reasons string
	}{
		{"healthy", []signal.Sample{value(signal.ErrorRatio, 0.004), value(signal.LatencyP95, 0.18), state(signal.DBHealth, "ok")}, nil, 0, ""},
		{"below the first threshold", []signal.Sample{value(signal.ErrorRatio, 0.0999)}, nil, 0, ""},
		{"at a threshold", []signal.Sample{value(signal.ErrorRatio, 0.1)}, nil, 3, "3-3"},
		{"within a range", []signal.Sample{value(signal.ErrorRatio, 0.31)}, nil, 2, "2-3"},
		{"where ranges meet the worse counts", []signal.Sample{value(signal.ErrorRatio, 0.2)}, nil, 2, "2-3 3-3"},
		{"an open bound does not hold at itself", []signal.Sample{value(signal.ErrorRatio, 0.5)}, nil, 2, "2-3"},
		{"above it", []signal.Sample{value(signal.ErrorRatio, 0.51)}, nil, 1, "1-4"},
		{"the worst of two signals", []signal.Sample{value(signal.ErrorRatio, 0.12), value(signal.LatencyP95, 6.4)}, nil, 2, "2-2 3-3"},
		{"an answer", nil, Answers{"1-1": Yes}, 1, "1-1"},
		{"a no", []signal.Sample{value(signal.ErrorRatio, 0.004)}, Answers{"1-1": No}, 0, ""},
		{"a no never overrules a reading", []signal.Sample{value(signal.ErrorRatio, 0.6)}, Answers{"1-4": No}, 1, "1-4"},
		{"a yes decides what is not measured", nil, Answers{"2-3": Yes}, 2, "2-3"},
		{"a floor beside an answer of its level", []signal.Sample{value(signal.ErrorRatio, 0.004)}, Answers{"4-2": Yes}, 4, "4-2 4-4"},
		{"a floor under a state that is wrong", []signal.Sample{value(signal.ErrorRatio, 0.02), state(signal.Widget, "no")}, nil, 4, "4-4"},
		{"a floor is silent over a rise alone", []signal.Sample{value(signal.ErrorRatio, 0.02), value(signal.RateLimited, 3)}, nil, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rb := scheme()
			c := RulesOf(rb).Classify(look(rb, tt.samples...), tt.answers)
			if got(c) != tt.level || ids(c) != tt.reasons {
				t.Errorf("level %d by %q, want %d by %q", got(c), ids(c), tt.level, tt.reasons)
			}
			if c.Level != nil && c.Names[0] != rb.SeverityName(*c.Level) {
				t.Errorf("names %v", c.Names)
			}
		})
	}
}

func TestGapsFallToTheWorse(t *testing.T) {
	rb := &runbook.Runbook{Severities: []runbook.Severity{
		level(1, []string{"P0"}, band("a", 1, signal.ErrorRatio, 0.5, -1, true, false)),
		level(2, []string{"P1"}, band("b", 2, signal.ErrorRatio, 0.2, 0.45, false, false), band("l", 3, signal.LatencyP95, 5, 10, false, false)),
	}}
	c := RulesOf(rb).Classify(look(rb, value(signal.ErrorRatio, 0.48)), nil)
	if got(c) != 1 || ids(c) != "a" || !strings.Contains(c.Reasons[0].Note, "48 % lies between") {
		t.Errorf("in the gap: level %d by %+v", got(c), c.Reasons)
	}
	c = RulesOf(rb).Classify(look(rb, value(signal.LatencyP95, 30)), nil)
	if got(c) != 2 || ids(c) != "l" || c.Reasons[0].Note == "" {
		t.Errorf("above the top: level %d by %+v", got(c), c.Reasons)
	}
	c = RulesOf(rb).Classify(look(rb, value(signal.ErrorRatio, 0.19)), nil)
	if got(c) != 0 {
		t.Errorf("below all: level %d by %+v", got(c), c.Reasons)
	}
}

func TestLowIsWorse(t *testing.T) {
	rb := &runbook.Runbook{Severities: []runbook.Severity{level(1, []string{"P0"}, band("t", 1, signal.Traffic, -1, 2, false, true))}}
	if c := RulesOf(rb).Classify(look(rb, value(signal.Traffic, 0.5)), nil); got(c) != 1 {
		t.Errorf("no traffic: %+v", c)
	}
	if c := RulesOf(rb).Classify(look(rb, value(signal.Traffic, 21)), nil); got(c) != 0 {
		t.Errorf("traffic: %+v", c)
	}
	if bs := Bounds(rb); len(bs) != 0 {
		t.Errorf("bounds = %+v", bs)
	}
}

func TestUnknownIsSaid(t *testing.T) {
	rb := scheme()
	c := RulesOf(rb).Classify(look(rb, signal.Sample{Name: signal.ErrorRatio, Err: "access log: permission denied"}), Answers{"4-2": NotKnown})
	if c.Level != nil || len(c.Reasons) != 0 {
		t.Fatalf("nothing is known, yet %+v", c)
	}
	why := map[string]string{}
	for _, m := range c.Unknown {
		why[m.ID] = m.Why
	}
	want := map[string]string{
		"1-1": "not answered", "4-2": "answered: not known",
		"1-4": "access log: permission denied", "2-3": "access log: permission denied", "3-3": "access log: permission denied", "4-4": "access log: permission denied",
		"2-2": "not measured here", "3-2": "not measured here",
	}
	if !reflect.DeepEqual(why, want) {
		t.Errorf("unknown = %v\nwant %v", why, want)
	}
}

func TestLastKnownStands(t *testing.T) {
	rb := scheme()
	b := signal.NewBook(signal.Specs(Bounds(rb), ""))
	b.Add(signal.Sample{Name: signal.ErrorRatio, Value: 0.58, At: now}, signal.Sample{Name: signal.ErrorRatio, Err: "log gone", At: now.Add(4 * time.Second)})
	c := RulesOf(rb).Classify(b.Snapshot(now.Add(90*time.Second)), nil)
	if got(c) != 1 || !c.Reasons[0].LastKnown || c.Reasons[0].Since != nil || *c.Reasons[0].Value != 0.58 {
		t.Errorf("it was never read lower: %+v", c.Reasons)
	}
	b.Add(signal.Sample{Name: signal.ErrorRatio, Value: 0.01, At: now.Add(2 * time.Minute)})
	if c := RulesOf(rb).Classify(b.Snapshot(now.Add(2*time.Minute)), nil); c.Level != nil {
		t.Errorf("now it is: %+v", c.Reasons)
	}
}

func TestSinceIsOfTheCriterion(t *testing.T) {
	rb := scheme()
	b := signal.NewBook(signal.Specs(Bounds(rb), ""))
	for i, v := range []float64{0.01, 0.15, 0.15, 0.6, 0.6} {
		b.Add(signal.Sample{Name: signal.ErrorRatio, Value: v, At: now.Add(time.Duration(i) * time.Minute)})
	}
	c := RulesOf(rb).Classify(b.Snapshot(now.Add(4*time.Minute)), nil)
	if want := now.Add(150 * time.Second); len(c.Reasons) != 1 || !c.Reasons[0].Since.Equal(want) {
		t.Errorf("since %v, want when 50 %% was crossed, %v", c.Reasons[0].Since, want)
	}
}

func TestStatesAndTrends(t *testing.T) {
	rb := &runbook.Runbook{Severities: []runbook.Severity{
		level(1, []string{"P0"}, runbook.Criterion{ID: "db", Kind: runbook.Measured, Predicate: &runbook.Predicate{Signal: signal.DBHealth, Equals: "error"}}),
		level(2, []string{"P1"}, runbook.Criterion{ID: "up", Kind: runbook.Measured, Predicate: &runbook.Predicate{Signal: signal.AppRestarts, Trend: "up"}}),
	}}
	if c := RulesOf(rb).Classify(look(rb, state(signal.DBHealth, "error")), nil); got(c) != 1 || c.Reasons[0].Value != nil {
		t.Errorf("state: %+v", c)
	}
	b := signal.NewBook(signal.Specs(nil, ""))
	b.Add(signal.Sample{Name: signal.AppRestarts, Value: 1, At: now}, signal.Sample{Name: signal.AppRestarts, Value: 4, At: now.Add(time.Second)})
	if c := RulesOf(rb).Classify(b.Snapshot(now.Add(2*time.Second)), nil); got(c) != 2 {
		t.Errorf("trend: %+v", c)
	}
}

func TestBoundsAndQuestions(t *testing.T) {
	var at []float64
	for _, b := range Bounds(scheme()) {
		at = append(at, b.At)
	}
	if want := []float64{0.5, 5, 0.2, 2, 0.1}; !slices.Equal(at, want) {
		t.Errorf("bounds at %v, want %v", at, want)
	}
	qs := Questions(scheme())
	if len(qs) != 2 || qs[0].ID != "1-1" || qs[1].Level != 4 {
		t.Errorf("questions = %+v", qs)
	}
	if Questions(nil) != nil || Bounds(nil) != nil {
		t.Error("no runbook asks and bounds nothing")
	}
}

func TestByScenario(t *testing.T) {
	rb := scheme()
	healthy := RulesOf(rb).Classify(look(rb, value(signal.ErrorRatio, 0.004)), nil)
	bad := RulesOf(rb).Classify(look(rb, value(signal.ErrorRatio, 0.31)), nil)
	tests := []struct {
		name  string
		c     Classification
		e     Evidence
		level int
	}{
		{"seen and not contradicted", healthy, Evidence{ID: "s1", Level: 3, Seen: 1, Of: 3}, 3},
		{"nothing seen", healthy, Evidence{ID: "s1", Level: 3, Of: 3}, 0},
		{"one for, one against", healthy, Evidence{ID: "s1", Level: 3, Seen: 1, Contradicted: 1, Of: 3}, 0},
		{"two for, one against, criteria silent", healthy, Evidence{ID: "s5", Level: 2, Seen: 2, Contradicted: 1, Of: 3}, 2},
		{"two for, one against, criteria speak", bad, Evidence{ID: "s3", Level: 1, Seen: 2, Contradicted: 1, Of: 3}, 2},
		{"worse than the criteria", bad, Evidence{ID: "s3", Level: 1, Seen: 3, Of: 3}, 1},
		{"milder than the criteria", bad, Evidence{ID: "s1", Level: 3, Seen: 2, Of: 3}, 2},
		{"names no severity", healthy, Evidence{ID: "s1", Seen: 3, Of: 3}, 0},
	}
	for _, tt := range tests {
		c := ByScenario(tt.c, rb, tt.e)
		if got(c) != tt.level {
			t.Errorf("%s: level %d, want %d", tt.name, got(c), tt.level)
		}
		if !slices.IsSortedFunc(c.Reasons, func(a, b Reason) int { return a.Level - b.Level }) {
			t.Errorf("%s: reasons not worst first: %+v", tt.name, c.Reasons)
		}
		if c.Level != nil && c.Names[0] != rb.SeverityName(tt.level) {
			t.Errorf("%s: names %v", tt.name, c.Names)
		}
	}
	if len(bad.Reasons) != 1 {
		t.Errorf("the classification given was changed: %+v", bad.Reasons)
	}
}

func TestParseSet(t *testing.T) {
	tests := []struct {
		in   string
		want signal.Sample
		err  string
	}{
		{in: "error_ratio=0.31", want: value(signal.ErrorRatio, 0.31)},
		{in: "error_ratio=31%", want: value(signal.ErrorRatio, 0.31)},
		{in: " error_ratio = 31 % ", want: value(signal.ErrorRatio, 0.31)},
		{in: "latency_p95=6.4s", want: value(signal.LatencyP95, 6.4)},
		{in: "latency_p95=180ms", want: value(signal.LatencyP95, 0.18)},
		{in: "latency_p95=6.4", want: value(signal.LatencyP95, 6.4)},
		{in: "app_memory=412MB", want: value(signal.AppMemory, 412<<20)},
		{in: "rate_limited=40/min", want: value(signal.RateLimited, 40)},
		{in: "db_pool=10/10", want: signal.Sample{Name: signal.DBPool, Value: 10, Of: 10}},
		{in: "db_pool=3 of 10", want: signal.Sample{Name: signal.DBPool, Value: 3, Of: 10}},
		{in: "db_health=error", want: state(signal.DBHealth, "error")},
		{in: "error_ratio@/api/x=5%", want: value("error_ratio@/api/x", 0.05)},
		{in: "log:MongoPoolClearedError=214", want: value("log:MongoPoolClearedError", 214)},
		{in: "db_ping=unknown", want: signal.Sample{Name: signal.DBPing, Err: "given as unknown"}},
		{in: "error_ratio", err: "NAME=VALUE"},
		{in: "=3", err: "NAME=VALUE"},
		{in: "errors=3", err: "known are error_ratio, latency_p95"},
		{in: "error_ratio=31", err: "write 31% or 0.31"},
		{in: "error_ratio=131%", err: "more than 100 %"},
		{in: "latency_p95=fast", err: "not a number of the unit seconds"},
		{in: "latency_p95=NaN", err: "not a number"},
		{in: "latency_p95=-1s", err: "below zero"},
	}
	for _, tt := range tests {
		x, err := ParseSet(tt.in, now)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want one with %q", tt.in, err, tt.err)
			}
			continue
		}
		tt.want.At, tt.want.Source = now, "--set"
		near := x.Value - tt.want.Value
		if err != nil || near > 1e-9 || near < -1e-9 {
			t.Errorf("%q = %+v, %v", tt.in, x, err)
		}
		if x.Value = tt.want.Value; x != tt.want {
			t.Errorf("%q = %+v, want %+v", tt.in, x, tt.want)
		}
	}
}

// A suggestion is never milder than a criterion that holds, and the order of the file, of the
// samples and of the levels does not matter.
func TestNeverMilderAndOrderFree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rb := scheme()
		samples := []signal.Sample{
			value(signal.ErrorRatio, rapid.Float64Range(0, 1).Draw(rt, "errors")),
			value(signal.LatencyP95, rapid.Float64Range(0, 12).Draw(rt, "p95")),
			state(signal.DBHealth, rapid.SampledFrom([]string{"ok", "error"}).Draw(rt, "db")),
		}
		answers := Answers{}
		for _, q := range Questions(rb) {
			if a := rapid.SampledFrom([]Answer{"", Yes, No, NotKnown}).Draw(rt, q.ID); a != "" {
				answers[q.ID] = a
			}
		}
		c := RulesOf(rb).Classify(look(rb, samples...), answers)
		for _, s := range rb.Severities {
			for _, k := range s.Criteria {
				floor := k.Predicate != nil && k.Min == nil
				holds := answers[k.ID] == Yes
				for _, x := range samples {
					holds = holds || k.Predicate != nil && k.Signal == x.Name && k.Holds(x.Value)
				}
				if holds && !floor && (c.Level == nil || *c.Level > s.Level) {
					rt.Fatalf("%s holds, level %v is milder than %d", k.ID, c.Level, s.Level)
				}
			}
		}
		if c.Level != nil && c.Reasons[0].Level != *c.Level {
			rt.Fatalf("level %d without its reason: %+v", *c.Level, c.Reasons)
		}
		rng := rand.New(rand.NewSource(rapid.Int64().Draw(rt, "seed")))
		rng.Shuffle(len(samples), func(i, j int) { samples[i], samples[j] = samples[j], samples[i] })
		rng.Shuffle(len(rb.Severities), func(i, j int) {
			rb.Severities[i], rb.Severities[j] = rb.Severities[j], rb.Severities[i]
		})
		if again := RulesOf(rb).Classify(look(rb, samples...), answers); !reflect.DeepEqual(c, again) {
			rt.Fatalf("order matters: %+v\nand %+v", c, again)
		}
	})
}
