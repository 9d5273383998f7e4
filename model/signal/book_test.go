package signal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func at(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }

// aurora is the bounds of the seed runbook.
func aurora() []Spec {
	return Specs([]Bound{
		{ErrorRatio, 1, "SEV-1", 0.5, true},
		{ErrorRatio, 2, "SEV-2", 0.2, false},
		{ErrorRatio, 3, "SEV-3", 0.1, false},
		{LatencyP95, 3, "SEV-3", 2, false},
		{LatencyP95, 2, "SEV-2", 5, true},
	}, "DeepSeek")
}

func errs(sec int, v float64) Sample {
	return Sample{Name: ErrorRatio, Value: v, At: at(sec), Source: "nginx log"}
}

func TestSpecsTable(t *testing.T) {
	var rows []string
	for _, s := range aurora() {
		if s.Quiet {
			continue
		}
		rows = append(rows, fmt.Sprintf("%s|%s", s.Label, Reading{Spec: s}.LimitText()))
		if len([]rune(s.Label)) > 15 {
			t.Errorf("label %q is wider than its column", s.Label)
		}
	}
	want := []string{
		"error ratio|SEV-3 ≥ 10 %", "p95 latency|SEV-3 ≥ 2 s", "db health|must be ok", "db pool in use|full",
		"app restarts|a rise", "app memory|heap", "mongod ping|—", "nginx|must be up", "DeepSeek 429|a rise",
		"widget on page|must be yes", "traffic|—", "host cpu|—", "disk /|≥ 95 %",
	}
	if !slices.Equal(rows, want) {
		t.Errorf("rows:\n%q\nwant:\n%q", rows, want)
	}
}

func TestSpecsWorstFirstAndUnlisted(t *testing.T) {
	specs := Specs([]Bound{{"queue_depth", 3, "P2", 100, false}, {ErrorRatio, 2, "P1", 0.3, false}, {ErrorRatio, 1, "P0", 0.6, false}, {ErrorRatio, 2, "P1", 0.2, false}}, "")
	if l := specs[0].Limits; len(l) != 2 || l[0].Text != "P0 ≥ 60 %" || l[1].Text != "P1 ≥ 20 %" {
		t.Errorf("limits = %+v", l)
	}
	last := specs[len(specs)-1]
	if last.Name != "queue_depth" || len(last.Limits) != 1 || !last.Quiet {
		t.Errorf("unlisted = %+v", last)
	}
}

func TestOnset(t *testing.T) {
	b := NewBook(aurora())
	for s := 0; s <= 40; s += 4 {
		b.Add(errs(s, 0.004))
	}
	b.Add(errs(70, 0.15), errs(74, 0.31), errs(78, 0.31))
	r := b.Snapshot(at(80)).Reading(ErrorRatio)
	if r.Status != Out || r.Level() != 2 || r.Limit.Text != "SEV-2 ≥ 20 %" {
		t.Fatalf("reading = %+v", r)
	}
	if !r.Since.Equal(at(55)) || r.Margin != 15*time.Second {
		t.Errorf("onset %v ±%v, want halfway of the gap, %v ±15s", r.Since, r.Margin, at(55))
	}
	if len(r.Broken) != 2 || !r.Broken[0].Since.Equal(at(72)) || !r.Broken[1].Since.Equal(at(55)) {
		t.Errorf("broken = %+v", r.Broken)
	}
	on, margin, ok := b.Snapshot(at(80)).Onset()
	if !ok || !on.Equal(at(55)) || margin != 15*time.Second {
		t.Errorf("Onset = %v %v %v", on, margin, ok)
	}

	t.Run("an unknown gap keeps it", func(t *testing.T) {
		b.Add(Sample{Name: ErrorRatio, At: at(82), Source: "nginx log", Err: "log rotated"})
		u := b.Snapshot(at(83)).Reading(ErrorRatio)
		if u.Status != Unknown || !u.Since.Equal(at(78)) || u.Why() != "log rotated" || u.Text() != "unknown" || u.Limit != nil {
			t.Errorf("in the gap: %+v", u)
		}
		b.Add(errs(86, 0.3))
		if got := b.Snapshot(at(86)).Reading(ErrorRatio).Since; !got.Equal(at(55)) {
			t.Errorf("after the gap since %v, want %v", got, at(55))
		}
	})
	t.Run("one good reading keeps it, two end it", func(t *testing.T) {
		b.Add(errs(90, 0.01))
		if r := b.Snapshot(at(90)).Reading(ErrorRatio); r.Status != In {
			t.Errorf("status = %v", r.Status)
		}
		b.Add(errs(90, 0.01)) // the same reading, said again
		b.Add(errs(94, 0.3))
		if got := b.Snapshot(at(94)).Reading(ErrorRatio).Since; !got.Equal(at(55)) {
			t.Errorf("after one good reading since %v, want %v", got, at(55))
		}
		b.Add(errs(98, 0.01), errs(102, 0.01), errs(106, 0.3))
		if got := b.Snapshot(at(106)).Reading(ErrorRatio).Since; !got.Equal(at(104)) {
			t.Errorf("after two good readings since %v, want %v", got, at(104))
		}
	})
}

func TestFirstReadingOut(t *testing.T) {
	b := NewBook(aurora())
	b.Add(errs(0, 0.6))
	if r := b.Snapshot(at(1)).Reading(ErrorRatio); r.Status != Out || !r.Since.Equal(at(0)) || r.Level() != 1 {
		t.Errorf("reading = %+v", r)
	}
}

func TestStaleIsUnknown(t *testing.T) {
	b := NewBook(aurora())
	b.Add(Sample{Name: DBHealth, Text: "ok", At: at(0), Source: "GET /api/health"})
	if r := b.Snapshot(at(30)).Reading(DBHealth); r.Status != In || r.Age != 30*time.Second {
		t.Errorf("at the limit of age: %+v", r)
	}
	r := b.Snapshot(at(31)).Reading(DBHealth)
	if r.Status != Unknown || !r.Since.Equal(at(0)) || r.Why() != "no reading for 31 s" {
		t.Errorf("beyond it: %v since %v: %s", r.Status, r.Since, r.Why())
	}
}

func TestNeverKnown(t *testing.T) {
	b := NewBook(aurora())
	if r := b.Snapshot(at(0)).Reading(DBPing); r.Status != Unknown || !r.Since.IsZero() || r.Why() != "not measured here" {
		t.Errorf("no sample: %+v", r)
	}
	b.Add(Sample{Name: DBPing, At: at(1), Err: "connection refused", Source: "mongod"}, Sample{Name: DBPing, At: at(5), Err: "connection refused", Source: "mongod"})
	if r := b.Snapshot(at(6)).Reading(DBPing); r.Status != Unknown || !r.Since.Equal(at(1)) || r.Why() != "connection refused" {
		t.Errorf("failing: %+v", r)
	}
	b.Add(Sample{Name: DBPing, Source: "mongod", Value: 0.003}) // without a time
	if r := b.Snapshot(at(6)).Reading(DBPing); r.Status != Unknown {
		t.Errorf("a sample without a time was taken: %+v", r)
	}
}

func TestAbsent(t *testing.T) {
	b := NewBook([]Spec{{Name: Nginx, Unit: State, Absent: "no nginx on this host", Limits: must("up")}})
	if r := b.Snapshot(at(0)).Reading(Nginx); r.Status != Absent || r.Why() != "no nginx on this host" {
		t.Errorf("reading = %+v", r)
	}
	b.Add(Sample{Name: Nginx, Text: "down", At: at(1)})
	if r := b.Snapshot(at(2)).Reading(Nginx); r.Status != Out {
		t.Errorf("what answers is not absent: %+v", r)
	}
}

func TestTwoSources(t *testing.T) {
	b := NewBook(aurora())
	metrics := func(s int, v float64) Sample {
		return Sample{Name: ErrorRatio, Value: v, At: at(s), Source: "GET /api/metrics"}
	}
	b.Add(metrics(0, 0.02), errs(0, 0.30), metrics(4, 0.02), errs(4, 0.32))
	if r := b.Snapshot(at(5)).Reading(ErrorRatio); r.Sample.Source != "nginx log" || r.Sample.Value != 0.32 {
		t.Fatalf("the log is preferred: %+v", r.Sample)
	}
	b.Add(Sample{Name: ErrorRatio, At: at(8), Err: "permission denied", Source: "nginx log"}, metrics(8, 0.29))
	r := b.Snapshot(at(9)).Reading(ErrorRatio)
	if r.Status != Out || r.Sample.Source != "GET /api/metrics" {
		t.Errorf("a failed source with a good alternative is not unknown: %+v", r)
	}
	if !r.Since.Equal(at(0)) {
		t.Errorf("since %v: the onset is the signal's, not the source's", r.Since)
	}
	b.Add(Sample{Name: ErrorRatio, At: at(12), Err: "403", Source: "GET /api/metrics"})
	r = b.Snapshot(at(13)).Reading(ErrorRatio)
	if r.Status != Unknown || r.Sample.Source != "nginx log" || r.Good.Value != 0.29 {
		t.Errorf("both failed: %+v", r)
	}
	var values []float64
	for _, x := range b.Series(ErrorRatio) {
		if !x.Known() {
			x.Value = -1
		}
		values = append(values, x.Value)
	}
	if want := []float64{0.30, 0.32, 0.29, -1}; !slices.Equal(values, want) {
		t.Errorf("history %v, want %v: the log, the metrics, nobody", values, want)
	}
}

func TestRise(t *testing.T) {
	b := NewBook(aurora())
	restarts := func(s int, v float64) Sample {
		return Sample{Name: AppRestarts, Value: v, At: at(s), Source: "pm2"}
	}
	b.Add(restarts(0, 41), restarts(2, 41))
	if r := b.Snapshot(at(3)).Reading(AppRestarts); r.Status != In || r.Rose != 0 || r.Trend == Climbing {
		t.Fatalf("a counter that stands is in bounds: %+v", r)
	}
	b.Add(restarts(4, 0), restarts(6, 0))
	if r := b.Snapshot(at(6)).Reading(AppRestarts); r.Status != In {
		t.Fatalf("a reset is no rise: %+v", r)
	}
	b.Add(restarts(8, 1), restarts(10, 3))
	r := b.Snapshot(at(10)).Reading(AppRestarts)
	if r.Status != Out || r.Rose != 3 || !r.Since.Equal(at(7)) || r.Limit == nil || r.Limit.Text != "a rise" || r.Trend != Climbing {
		t.Fatalf("risen: %+v", r)
	}
	b.Add(restarts(600, 3))
	if r := b.Snapshot(at(609)).Reading(AppRestarts); r.Status != Out || r.Rose != 2 {
		t.Errorf("still within the window: %+v", r)
	}
	if r := b.Snapshot(at(611)).Reading(AppRestarts); r.Status != In {
		t.Errorf("after the window: %+v", r)
	}
}

func TestFullAndStates(t *testing.T) {
	b := NewBook(aurora())
	b.Add(Sample{Name: DBPool, Value: 10, Of: 10, At: at(0)}, Sample{Name: AppMemory, Value: 412 << 20, Of: 600 << 20, At: at(0)},
		Sample{Name: Widget, Text: "no", At: at(0)}, Sample{Name: RateLimited, Value: 12, At: at(0)})
	s := b.Snapshot(at(1))
	for n, want := range map[Name]struct {
		status      Status
		text, limit string
	}{
		DBPool:      {Out, "10 of 10", "full"},
		AppMemory:   {In, "412 MB", "heap 600 MB"},
		Widget:      {Out, "no", "must be yes"},
		RateLimited: {Out, "12 /min", "a rise"},
	} {
		r := s.Reading(n)
		if r.Status != want.status || r.Text() != want.text || r.LimitText() != want.limit {
			t.Errorf("%s: %v %q %q, want %v", n, r.Status, r.Text(), r.LimitText(), want)
		}
	}
}

func TestDirection(t *testing.T) {
	for name, tt := range map[string]struct {
		value func(i int) float64
		want  int
	}{
		"steady":           {func(i int) float64 { return 0.30 + 0.002*float64(i%2) }, 0},
		"rising":           {func(i int) float64 { return 0.05 + 0.01*float64(i) }, 1},
		"falling":          {func(i int) float64 { return 0.50 - 0.01*float64(i) }, -1},
		"noise far inside": {func(i int) float64 { return 0.001 * float64(i%3) }, 0},
	} {
		b := NewBook(aurora())
		for i := range 20 {
			b.Add(errs(i*4, tt.value(i)))
		}
		if got := b.Snapshot(at(80)).Reading(ErrorRatio).Direction; got != tt.want {
			t.Errorf("%s: direction %d, want %d", name, got, tt.want)
		}
	}
}

func TestTrend(t *testing.T) {
	const mb = 1 << 20
	for name, tt := range map[string]struct {
		seconds int
		value   func(s int) float64
		want    Trend
	}{
		"too early":         {20, func(s int) float64 { return float64(100+s) * mb }, TooEarly},
		"leak":              {120, func(s int) float64 { return float64(100+s) * mb }, Climbing},
		"flat":              {300, func(s int) float64 { return float64(100+s%7) * mb }, Steady},
		"warm-up":           {180, func(s int) float64 { return float64(60+min(s, 40)) * mb }, Steady},
		"crash after crash": {120, func(s int) float64 { return float64(60+2*(s%40)) * mb }, Climbing},
		"one crash": {240, func(s int) float64 {
			if s < 60 {
				return float64(60+2*s) * mb
			}
			return 70 * mb
		}, Steady},
		"one restart": {300, func(s int) float64 { return float64(map[bool]int{true: 400, false: 90}[s < 100]) * mb }, Steady},
	} {
		b := NewBook(aurora())
		for s := 0; s <= tt.seconds; s += 2 {
			b.Add(Sample{Name: AppMemory, Value: tt.value(s), At: at(s), Source: "pm2"})
		}
		if got := b.Snapshot(at(tt.seconds)).Reading(AppMemory).Trend; got != tt.want {
			t.Errorf("%s: trend %d, want %d", name, got, tt.want)
		}
	}
}

func TestSeriesIsBoundedAndKeepsExtremes(t *testing.T) {
	b := NewBook(aurora())
	const peak = 700
	for s := range 6000 {
		v := 0.01
		if i := s - (6000 - 3600 + peak); i >= 0 && i < 12*35 && i%35 == 0 { // at every place in a bucket
			v = 0.9
		}
		x := errs(s, v)
		if s == 6000-3600+peak+50 {
			x.Err = "timeout"
		}
		b.Add(x)
	}
	series := b.Series(ErrorRatio)
	if len(series) > 2000 || len(series) < 1000 {
		t.Fatalf("%d points", len(series))
	}
	if first := series[0].At; first.Before(at(5999 - 3600)) {
		t.Errorf("goes back to %v", first)
	}
	var peaks, gaps int
	for i, x := range series {
		if x.Value == 0.9 {
			peaks++
		}
		if !x.Known() {
			gaps++
		}
		if i > 0 && !series[i-1].At.Before(x.At) {
			t.Fatalf("not in order at %d", i)
		}
	}
	if peaks != 12 || gaps != 1 {
		t.Errorf("%d of 12 peaks and %d of 1 gaps survived", peaks, gaps)
	}
	for i := 1; i <= whole; i++ {
		if got, want := series[len(series)-i].At, at(6000-i); !got.Equal(want) {
			t.Fatalf("newest part was thinned: point -%d is %v", i, got)
		}
	}
}

func TestClockSetBack(t *testing.T) {
	b := NewBook(aurora())
	b.Add(errs(1000, 0.3), errs(1004, 0.3), errs(10, 0.3))
	r := b.Snapshot(at(12)).Reading(ErrorRatio)
	if r.Status != Out || r.Since.After(at(10)) || r.Age != 2*time.Second {
		t.Errorf("reading = %+v", r)
	}
	if n := len(b.Series(ErrorRatio)); n != 1 {
		t.Errorf("%d points, want the one that is not in the future", n)
	}
}

func TestBookIsBounded(t *testing.T) {
	b := NewBook(nil)
	for i := range 5000 {
		b.Add(Sample{Name: Route(ErrorRatio, fmt.Sprint("/", i)), Value: 1, At: at(i)}, Sample{Name: "x", At: at(i), Source: fmt.Sprint(i)})
	}
	if n := len(b.Specs()); n > maxNames {
		t.Errorf("%d signals kept", n)
	}
	if n := len(b.tracks["x"].sources); n > maxSources {
		t.Errorf("%d sources kept", n)
	}
	if s := b.Specs()[0]; s.Unit != Ratio || !s.Quiet {
		t.Errorf("a route's spec = %+v", s)
	}
}

func TestSnapshotIsAValue(t *testing.T) {
	b := NewBook(aurora())
	b.Add(errs(0, 0.6))
	s := b.Snapshot(at(1))
	b.Add(errs(2, 0.01), errs(4, 0.01))
	if r := s.Reading(ErrorRatio); r.Status != Out || r.Limit.Level != 1 || r.Sample.Value != 0.6 {
		t.Errorf("the snapshot changed: %+v", r)
	}
}

// Time alone never makes an unknown known, nor anything in bounds that was not.
func TestUnknownNeedsASample(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := NewBook(aurora())
		names := []Name{ErrorRatio, DBHealth, DBPool, Widget, "log:x"}
		now := 0
		for range rapid.IntRange(0, 40).Draw(rt, "samples") {
			now += rapid.IntRange(0, 60).Draw(rt, "gap")
			x := Sample{Name: rapid.SampledFrom(names).Draw(rt, "name"), At: at(now), Value: rapid.Float64Range(0, 1).Draw(rt, "value"),
				Of: 1, Text: rapid.SampledFrom([]string{"ok", "error", "yes"}).Draw(rt, "text"), Source: rapid.SampledFrom([]string{"nginx log", "metrics"}).Draw(rt, "source")}
			if rapid.Bool().Draw(rt, "failed") {
				x.Err = "timeout"
			}
			b.Add(x)
		}
		before := b.Snapshot(at(now))
		later := b.Snapshot(at(now + rapid.IntRange(0, 1000).Draw(rt, "later")))
		for _, n := range names {
			was, is := before.Reading(n), later.Reading(n)
			if was.Status == Unknown && is.Status != Unknown {
				rt.Fatalf("%s went from unknown to %v without a sample", n, is.Status)
			}
			if is.Status == In && (is.Good.At.IsZero() || is.Age > is.Spec.Stale || len(is.Broken) > 0) {
				rt.Fatalf("%s is in bounds on nothing: %+v", n, is)
			}
			if is.Status == Out && (is.Limit == nil || is.Since.IsZero() || is.Since.After(is.Sample.At)) {
				rt.Fatalf("%s is out without a limit or an onset: %+v", n, is)
			}
		}
	})
}
