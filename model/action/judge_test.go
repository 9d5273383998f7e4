package action

import (
	"math"
	"strings"
	"testing"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
)

var (
	ended = time.Date(2026, 11, 23, 3, 29, 38, 0, time.UTC)
	specs = []signal.Spec{
		{Name: signal.ErrorRatio, Label: "error ratio", Unit: signal.Ratio, Stale: 30 * time.Second,
			Limits: []signal.Limit{{Level: 1, At: .5, Open: true}, {Level: 2, At: .2}, {Level: 3, At: .1}}},
		{Name: signal.LatencyP95, Label: "p95 latency", Unit: signal.Seconds, Stale: 30 * time.Second,
			Limits: []signal.Limit{{Level: 2, At: 5, Open: true}, {Level: 3, At: 2}}},
		{Name: signal.DBHealth, Label: "db health", Unit: signal.State, Stale: 15 * time.Second, Limits: []signal.Limit{{Want: "ok"}}},
		{Name: signal.Health, Label: "health", Unit: signal.State, Stale: 15 * time.Second, Limits: []signal.Limit{{Want: "ok"}}},
		{Name: signal.AppStatus, Label: "app status", Unit: signal.State, Stale: 15 * time.Second, Limits: []signal.Limit{{Want: "online"}}},
		{Name: signal.AppRestarts, Label: "app restarts", Unit: signal.Count, Stale: 15 * time.Second, Rise: true},
		{Name: signal.AppMemory, Label: "app memory", Unit: signal.Bytes, Stale: 15 * time.Second, Limits: []signal.Limit{{At: 600 << 20}}},
		{Name: signal.Widget, Label: "widget on page", Unit: signal.State, Stale: 90 * time.Second, Limits: []signal.Limit{{Want: "yes"}}},
		{Name: signal.Traffic, Label: "traffic", Unit: signal.PerSecond, Stale: 30 * time.Second},
		{Name: signal.RateLimited, Label: "DeepSeek 429", Unit: signal.PerMinute, Stale: 30 * time.Second, Limits: []signal.Limit{{Open: true}}},
		{Name: signal.Logged("heap out of memory"), Label: "heap out of memory", Unit: signal.Count},
	}
)

// world is what every signal reads at one moment: a number, a text, or an error.
type world map[signal.Name]any

// failing is what the host looks like before the remedy.
func failing() world {
	return world{
		signal.ErrorRatio: .58, signal.LatencyP95: 8.2, signal.DBHealth: "error", signal.Health: "ok",
		signal.AppStatus: "online", signal.AppRestarts: 3.0, signal.AppMemory: float64(431 << 20),
		signal.Widget: "yes", signal.Traffic: 21.0, signal.RateLimited: 0.0,
	}
}

// cured is what it looks like when the remedy works.
func cured() world {
	w := failing()
	w[signal.ErrorRatio], w[signal.LatencyP95], w[signal.DBHealth] = .012, .2, "ok"
	w[signal.AppRestarts], w[signal.AppMemory] = 4.0, float64(212<<20)
	return w
}

func (w world) with(changes world) world {
	out := world{}
	for k, v := range w {
		out[k] = v
	}
	for k, v := range changes {
		out[k] = v
	}
	return out
}

type failed string   // a sample with an error
type stale float64   // a value that is older than its spec allows
type remark struct { // a value with a note
	value float64
	note  string
}

// snapshot reads the world at a moment, by the same rules as a signal book.
func (w world) snapshot(at time.Time) signal.Snapshot {
	snap := signal.Snapshot{At: at, Readings: map[signal.Name]signal.Reading{}}
	for _, spec := range specs {
		v, ok := w[spec.Name]
		if !ok {
			continue
		}
		s := signal.Sample{Name: spec.Name, At: at, Source: "test"}
		r := signal.Reading{Spec: spec, Status: signal.In}
		switch v := v.(type) {
		case float64:
			s.Value = v
		case string:
			s.Text = v
		case failed:
			s.Err, r.Status = string(v), signal.Unknown
		case stale:
			s.Value, s.At, r.Status = float64(v), at.Add(-spec.Stale-time.Second), signal.Unknown
		case remark:
			s.Value, s.Note = v.value, v.note
		case signal.Sample:
			s = v
		}
		r.Sample = s
		if r.Status == signal.In {
			r.Good = s
			for i, l := range spec.Limits {
				if l.Breaks(s) {
					r.Status, r.Limit = signal.Out, &spec.Limits[i]
					break
				}
			}
		}
		snap.Order = append(snap.Order, spec.Name)
		snap.Readings[spec.Name] = r
	}
	return snap
}

func restartPlan(t *testing.T, before world) Plan {
	t.Helper()
	p := Plan{Kind: Shell, Command: "pm2 restart glowglitch-app"}
	return expecting(p, Input{App: "glowglitch-app", Last: true, Before: before.snapshot(ended.Add(-5 * time.Second))})
}

func expecting(p Plan, in Input) Plan {
	in.Plan = p
	p.Expect, p.Guards, p.Deadline = Expectations(in)
	return p
}

// judge runs a judge over what the world is at each second after the command's end, a snapshot
// every two seconds, until it has a verdict.
func judge(p Plan, before world, c *Ended, at func(sec int) world) (verdict Verdict, text string, sec int, rows []Row) {
	j := NewJudge(p, before.snapshot(ended.Add(-5*time.Second)), ended)
	if c != nil {
		j.Command(*c)
	}
	for sec = 1; sec < 900; sec += 2 {
		if rows, verdict, text = j.Observe(at(sec).snapshot(ended.Add(time.Duration(sec) * time.Second))); verdict != Pending {
			return verdict, text, sec, rows
		}
	}
	return verdict, text, sec, rows
}

func always(w world) func(int) world { return func(int) world { return w } }

// from changes the world at a second.
func from(sec int, before, after world) func(int) world {
	return func(now int) world {
		if now < sec {
			return before
		}
		return after
	}
}

func TestJudgeRestart(t *testing.T) {
	half := failing().with(world{signal.AppRestarts: 4.0})
	old := func(n signal.Name, v float64, text string) signal.Sample {
		return signal.Sample{Name: n, Value: v, Text: text, At: ended.Add(-time.Second)}
	}
	tests := []struct {
		name string
		at   func(int) world
		want Verdict
		text string // part of the sentence
	}{
		{"cured", always(cured()), Worked, "error ratio 58 % → 1.2 % in 1 s"},
		{"cured after a while", from(20, half, cured()), Worked, "error ratio 58 % → 1.2 % in 21 s"},
		{"cured just before the deadline, held after it", from(55, half, cured()), Worked, "in 55 s"},
		{"better, and still in a worse level than SEV-2", always(cured().with(world{signal.ErrorRatio: .19})), Worked, "19 %"},

		{"nothing changes, exit 0", always(half), NoEffect, "error ratio 58 % → 58 %"},
		{"pm2 said ok and did not restart", always(cured().with(world{signal.AppRestarts: 3.0})), NoEffect, "restarts 3 → 3"},
		{"only the ratio is cured", always(cured().with(world{signal.DBHealth: "error"})), NoEffect, "db health error → error"},
		{"only the database is cured", always(cured().with(world{signal.ErrorRatio: .55})), NoEffect, "error ratio 58 % → 55 %"},
		{"out of SEV-1 and still in SEV-2", always(cured().with(world{signal.ErrorRatio: .3})), NoEffect, "30 %"},
		{"exactly at the bound", always(cured().with(world{signal.ErrorRatio: .2})), NoEffect, "20 %"},
		{"health fails", always(cured().with(world{signal.Health: "error"})), NoEffect, "health ok → error"},
		{"process is stopped", always(cured().with(world{signal.AppStatus: "stopped"})), NoEffect, "pm2 status online → stopped"},
		{"stays in launching", always(cured().with(world{signal.AppStatus: "launching"})), NoEffect, "launching"},

		{"well for 25 s and back", func(sec int) world {
			if sec > 5 && sec < 32 {
				return cured().with(world{signal.ErrorRatio: .09})
			}
			return half
		}, NoEffect, "error ratio 58 % → 58 %; it fell to 9 % for 24 s and came back"},
		{"flapping every 10 s", func(sec int) world {
			if sec/10%2 == 0 {
				return cured()
			}
			return half
		}, NoEffect, "came back"},
		{"good at the deadline and bad before it held", func(sec int) world {
			if sec >= 55 && sec < 70 {
				return cured()
			}
			return half
		}, NoEffect, "error ratio 58 % → 58 %"},
		{"db health flaps while the ratio is well", func(sec int) world {
			if sec%14 < 7 {
				return cured().with(world{signal.DBHealth: "error"})
			}
			return cured()
		}, NoEffect, "db health"},

		{"metrics zeroed by the restart: too few requests", always(cured().with(world{signal.ErrorRatio: remark{0, "too few requests"}})), Unsure, "error ratio: too few requests"},
		{"no traffic at all", always(cured().with(world{signal.ErrorRatio: 0.0, signal.Traffic: 0.0})), Unsure, "error ratio: no requests"},
		{"ratio unknown", always(cured().with(world{signal.ErrorRatio: failed("metrics: connection refused")})), Unsure, "metrics: connection refused"},
		{"ratio is NaN", always(cured().with(world{signal.ErrorRatio: math.NaN()})), Unsure, "no number"},
		{"ratio is infinite", always(cured().with(world{signal.ErrorRatio: math.Inf(-1)})), Unsure, "no number"},
		{"ratio stale", always(cured().with(world{signal.ErrorRatio: stale(.01)})), Unsure, "error ratio: too old"},
		{"ratio read before the end of the command", always(cured().with(world{signal.ErrorRatio: old(signal.ErrorRatio, .01, "")})), Unsure, "error ratio: no reading since"},
		{"ratio read at the very end of the command", always(cured().with(world{signal.ErrorRatio: signal.Sample{Value: .01, At: ended}})), Unsure, "no reading since"},
		{"ratio from the future", always(cured().with(world{signal.ErrorRatio: signal.Sample{Value: .01, At: ended.Add(time.Hour)}})), Unsure, "clock is ahead"},
		{"db health read before", always(cured().with(world{signal.DBHealth: old(signal.DBHealth, 0, "ok")})), Unsure, "db health"},
		{"health probe times out", always(cured().with(world{signal.Health: failed("timeout 2 s")})), Unsure, "health: timeout 2 s"},
		{"pm2 is silent", always(cured().with(world{signal.AppRestarts: failed("no daemon"), signal.AppStatus: failed("no daemon")})), Unsure, "restarts: no daemon"},
		{"one sample for ever", func(sec int) world {
			return cured().with(world{signal.ErrorRatio: signal.Sample{Value: .01, At: ended.Add(time.Second)}})
		}, Unsure, "error ratio: too old"},
		{"every other reading of the ratio fails", func(sec int) world {
			if sec%4 == 1 {
				return cured().with(world{signal.ErrorRatio: failed("reset")})
			}
			return cured()
		}, Unsure, ""},
		{"unknown ends a spell that is nearly whole", func(sec int) world {
			if sec == 29 || sec == 59 {
				return cured().with(world{signal.DBHealth: failed("timeout")})
			}
			return cured()
		}, NoEffect, ""},
		{"goes silent while holding", from(25, cured(), world{}), Unsure, ""},
		{"known bad beats unknown", always(half.with(world{signal.DBHealth: failed("timeout")})), NoEffect, "error ratio 58 % → 58 %"},

		{"crash loop, status online at every look", func(sec int) world {
			return cured().with(world{signal.AppRestarts: 4 + float64(sec/4)})
		}, Worse, "app restarts every"},
		{"one crash, then well", from(7, cured().with(world{signal.AppRestarts: 4.0}), cured().with(world{signal.AppRestarts: 5.0})), Worked, ""},
		{"errored", from(5, half, cured().with(world{signal.AppStatus: "errored"})), Worse, "app status online → errored"},
		{"ratio clearly worse", from(15, half, half.with(world{signal.ErrorRatio: .98})), Worse, "error ratio 58 % → 98 %"},
		{"ratio worse only while it restarts", from(8, half.with(world{signal.ErrorRatio: .98}), cured()), Worked, ""},
		{"memory over its limit", from(9, half, half.with(world{signal.AppMemory: float64(900 << 20)})), Worse, "app memory 431 MB → 900 MB"},
		{"counter fell to nothing", always(cured().with(world{signal.AppRestarts: 0.0})), NoEffect, "restarts 3 → 0"},
		{"nobody answers at all", always(world{}), Unsure, "no reading"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := restartPlan(t, failing())
			got, text, sec, rows := judge(p, failing(), &Ended{Outcome: "ok"}, tt.at)
			if got != tt.want || !strings.Contains(text, tt.text) {
				t.Errorf("%s, %q at %d s; want %s with %q\n%+v", got, text, sec, tt.want, tt.text, rows)
			}
			if got != Pending && text == "" {
				t.Error("a verdict without a sentence")
			}
		})
	}
}

// Before the action nothing was known: what it cured can't be told.
func TestJudgeUnknownBefore(t *testing.T) {
	before := failing().with(world{signal.AppRestarts: failed("no daemon")})
	p := restartPlan(t, failing())
	got, text, _, _ := judge(p, before, &Ended{Outcome: "ok"}, always(cured()))
	if got != Unsure || !strings.Contains(text, "restarts: not known before") {
		t.Errorf("%s, %q", got, text)
	}
}

func TestJudgeCommand(t *testing.T) {
	export := expecting(Plan{Kind: Shell, Command: "export A=b"}, Input{})
	restore := expecting(Plan{Kind: Shell, Command: "mongorestore --dir=/backups/1 --drop"}, Input{})
	grep := expecting(Plan{Kind: Shell, Command: "curl -s http://x | grep -c w", Check: true}, Input{Expect: &ExpectedOutput{Text: "should return 0", Output: "0"}})
	odd := expecting(Plan{Kind: Shell, Command: "systemctl restart thing"}, Input{})
	restart := restartPlan(t, failing())
	none := "2026-11-23T03:29:30.000+0000\t0 document(s) restored successfully. 0 document(s) failed to restore.\n"
	tests := []struct {
		name string
		plan Plan
		end  *Ended
		want Verdict
		text string
	}{
		{"export ends well", export, &Ended{Outcome: "ok"}, Worked, "exit 0"},
		{"export of which nothing is known", export, nil, Unsure, "not known how it ended"},
		{"export with unknown outcome", export, &Ended{Outcome: "unknown"}, Unsure, "exit"},
		{"export fails", export, &Ended{Outcome: "failed", Exit: 2, Output: "a\nbad name\n"}, NoEffect, "exit 2: bad name"},
		{"killed", export, &Ended{Outcome: "failed", Exit: -1}, NoEffect, "ended by a signal"},
		{"cancelled", restart, &Ended{Outcome: "cancelled", Exit: -1}, Unsure, "stopped before its end"},
		{"somebody saw that it did nothing", export, &Ended{Outcome: "ok", Problem: "HEAD is still 4f2c1a9"}, NoEffect, "HEAD is still 4f2c1a9"},
		{"exit 0 having restored nothing", restore, &Ended{Outcome: "ok", Output: none}, NoEffect, "restored 0 documents"},
		{"exit 0 and not a word", restore, &Ended{Outcome: "ok"}, NoEffect, "did not say"},
		{"some failed", restore, &Ended{Outcome: "ok", Output: "12 document(s) restored successfully. 3 document(s) failed to restore."}, NoEffect, "3 documents failed"},
		{"restored", restore, &Ended{Outcome: "ok", Output: "12 document(s) restored successfully. 0 document(s) failed to restore."}, Worked, "exit 0"},
		{"grep -c exits 1 on the wanted 0", grep, &Ended{Outcome: "failed", Exit: 1, Output: "0\n"}, Worked, "should return 0"},
		{"grep -c finds it", grep, &Ended{Outcome: "ok", Output: "1\n"}, NoEffect, "output is 1, wanted 0"},
		{"grep -c without an answer", grep, &Ended{Outcome: "failed", Exit: 7, Output: "curl: refused"}, NoEffect, "exit 7: curl: refused"},
		{"nothing measures it", odd, &Ended{Outcome: "ok"}, Unsure, "nothing that calm measures"},
		{"pm2 knows no such app", restart, &Ended{Outcome: "failed", Exit: 1, Output: "[PM2][ERROR] Process or Namespace glowglitch-app not found"}, NoEffect, "Process or Namespace glowglitch-app not found"},
		{"pm2 complains and exits 0", restart, &Ended{Outcome: "ok", Output: "[PM2][ERROR] nope"}, NoEffect, "pm2: nope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, text, _, _ := judge(tt.plan, failing(), tt.end, always(cured()))
			if got != tt.want || !strings.Contains(text, tt.text) {
				t.Errorf("%s, %q; want %s with %q", got, text, tt.want, tt.text)
			}
		})
	}
}

func TestSaid(t *testing.T) {
	for _, tt := range []struct {
		output, want string
		ok           bool
	}{
		{"0\n", "0", true},
		{"  % Total\r100  123\r100  123\n0\n", "0", true},
		{"10\n", "0", false},
		{"0\n1\n", "0", false},
		{"", "0", false},
		{`{"status":"ok","database":"ok"}`, `"database":"ok"`, true},
		{`{"database":"error"}`, `"database":"ok"`, false},
		{"nginx is not ok", "ok", true},
		{"broken token", "ok", false},
		{"tokens ok", "ok", true},
		{"", "ok", false},
	} {
		if got := said(strings.TrimSpace(tt.output), tt.want); got != tt.ok {
			t.Errorf("%q has %q: %v", tt.output, tt.want, got)
		}
	}
}

func TestJudgeFlag(t *testing.T) {
	carry := func(now string) []Variable {
		return []Variable{{Name: "NEXT_PUBLIC_CONCIERGE_ENABLED", Was: "true", Now: now, WasSet: true}}
	}
	off := func(before world) Plan {
		return expecting(Plan{Kind: Shell, Command: "pm2 restart glowglitch-app --update-env", Carries: carry("false")},
			Input{App: "glowglitch-app", Cuts: true, Before: before.snapshot(ended)})
	}
	tests := []struct {
		name string
		at   world
		want Verdict
		text string
	}{
		{"the widget is gone", cured().with(world{signal.Widget: "no"}), Worked, "widget on page yes → no"},
		{"the page still has it", cured(), NoEffect, "widget on page yes → yes"},
		{"the page does not answer", cured().with(world{signal.Widget: failed("502")}), Unsure, "widget on page: 502"},
		{"a kill switch cures no error ratio", failing().with(world{signal.Widget: "no", signal.AppRestarts: 4.0, signal.ErrorRatio: .99}), Worked, "yes → no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, text, _, _ := judge(off(failing()), failing(), &Ended{Outcome: "ok"}, always(tt.at))
			if got != tt.want || !strings.Contains(text, tt.text) {
				t.Errorf("%s, %q; want %s with %q", got, text, tt.want, tt.text)
			}
		})
	}
}

func TestRowsNote(t *testing.T) {
	p := restartPlan(t, failing())
	j := NewJudge(p, failing().snapshot(ended.Add(-time.Second)), ended)
	var rows []Row
	for sec := 1; sec <= 18; sec++ {
		rows, _, _ = j.Observe(cured().snapshot(ended.Add(time.Duration(sec) * time.Second)))
	}
	want := map[string]Row{
		"restarts":    {Before: "3", Now: "4", Wanted: "+1", State: "holds"},
		"pm2 status":  {Before: "online", Now: "online", Wanted: "online 10 s", State: "holds", Note: "17 s"},
		"error ratio": {Before: "58 %", Now: "1.2 %", Wanted: "< 20 %", State: "open", Note: "17 s, 13 to go"},
		"db health":   {Before: "error", Now: "ok", Wanted: "ok 30 s", State: "open", Note: "17 s, 13 to go"},
		"p95 latency": {Before: "8.2 s", Now: "0.2 s", Wanted: "≤ 5 s", State: "holds"},
		"crash loops": {Before: "0", Now: "0", Wanted: "0", State: "holds", Guard: true},
		"app memory":  {Before: "431 MB", Now: "212 MB", Wanted: "no worse", State: "holds", Guard: true},
	}
	found := 0
	for _, r := range rows {
		w, ok := want[r.Label]
		if !ok {
			continue
		}
		found++
		if r.Before != w.Before || r.Now != w.Now || r.Wanted != w.Wanted || r.State != w.State || r.Guard != w.Guard || w.Note != "" && r.Note != w.Note {
			t.Errorf("%s: %+v", r.Label, r)
		}
	}
	if found != len(want) {
		t.Errorf("%d of %d rows in %+v", found, len(want), rows)
	}
}

func TestSeal(t *testing.T) {
	p := restartPlan(t, failing())
	p.Approval = &runbook.Approval{By: []string{"CTO"}}
	p.Seal()
	if !p.Matches(p.Hash) || len(p.Hash) != 64 {
		t.Fatalf("a sealed plan does not match its own hash %q", p.Hash)
	}
	changed := p
	changed.Command += " --update-env"
	if changed.Matches(p.Hash) {
		t.Error("a changed command matches")
	}
	if p.Matches("") || (Plan{}).Matches("") {
		t.Error("an empty hash matches")
	}
	nan := math.NaN()
	odd := Plan{Expect: []Expectation{{Range: runbook.Predicate{Min: &nan}}}}
	odd.Seal()
	if odd.Matches(odd.Hash) {
		t.Error("a plan that can't be written matches")
	}
}
