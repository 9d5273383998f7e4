package panetest

import (
	"math"
	"time"

	"calm/model/signal"
)

// Day is the night of the incident, UTC.
var Day = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// At is a time of that night, "03:26:48".
func At(clock string) time.Time {
	t, err := time.Parse("15:04:05", clock)
	if err != nil {
		panic(err) // a literal of a test
	}
	return Day.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)
}

// Onset is when the trouble begins.
var Onset = At("03:02:10")

// specs is the table of signals with the runbook's limits.
func specs() []signal.Spec {
	lim := func(level int, text string, at float64, open bool) signal.Limit {
		return signal.Limit{Level: level, Text: text, At: at, Open: open}
	}
	must := func(w string) []signal.Limit { return []signal.Limit{{Text: "must be " + w, Want: w, Level: 0}} }
	return []signal.Spec{
		{Name: signal.ErrorRatio, Label: "error ratio", Unit: signal.Ratio, Limits: []signal.Limit{
			lim(1, "SEV-1 > 50 %", .5, true), lim(2, "SEV-2 ≥ 20 %", .2, false), lim(3, "SEV-3 ≥ 10 %", .1, false)}},
		{Name: signal.LatencyP95, Label: "p95 latency", Unit: signal.Seconds, Limits: []signal.Limit{
			lim(2, "SEV-2 > 5 s", 5, true), lim(3, "SEV-3 ≥ 2 s", 2, false)}},
		{Name: signal.DBHealth, Label: "db health", Unit: signal.State, Limits: must("ok")},
		{Name: signal.DBPool, Label: "db pool in use", Unit: signal.Count, Limits: []signal.Limit{{Text: "full", Full: true}}},
		{Name: signal.AppRestarts, Label: "app restarts", Unit: signal.Count, Rise: true},
		{Name: signal.AppMemory, Label: "app memory", Unit: signal.Bytes, Limits: []signal.Limit{{Text: "heap", Full: true}}},
		{Name: signal.DBPing, Label: "mongod ping", Unit: signal.Seconds},
		{Name: signal.Nginx, Label: "nginx", Unit: signal.State, Limits: must("up")},
		{Name: signal.RateLimited, Label: "DeepSeek 429", Unit: signal.PerMinute, Limits: []signal.Limit{{Text: "a rise", Open: true}}},
		{Name: signal.Widget, Label: "widget on page", Unit: signal.State, Limits: must("yes")},
		{Name: signal.Traffic, Label: "traffic", Unit: signal.PerSecond},
		{Name: signal.HostCPU, Label: "host cpu", Unit: signal.Ratio},
		{Name: signal.DiskRoot, Label: "disk /", Unit: signal.Ratio},
	}
}

const mb = 1 << 20

// well is every signal in bounds.
func well(now time.Time) signal.Snapshot {
	snap := signal.Snapshot{At: now, Readings: map[signal.Name]signal.Reading{}}
	values := map[signal.Name]signal.Sample{
		signal.ErrorRatio: {Value: .004}, signal.LatencyP95: {Value: .18}, signal.DBHealth: {Text: "ok"},
		signal.DBPool: {Value: 3, Of: 10}, signal.AppRestarts: {}, signal.AppMemory: {Value: 398 * mb, Of: 600 * mb},
		signal.DBPing: {Value: .003}, signal.Nginx: {Text: "up"}, signal.RateLimited: {}, signal.Widget: {Text: "yes"},
		signal.Traffic: {Value: 21}, signal.HostCPU: {Value: .14}, signal.DiskRoot: {Value: .61},
	}
	ages := map[signal.Name]time.Duration{
		signal.ErrorRatio: 4, signal.LatencyP95: 4, signal.DBHealth: 3, signal.Nginx: 4, signal.RateLimited: 4,
		signal.Widget: 18, signal.Traffic: 4, signal.DiskRoot: 9,
	}
	for _, spec := range specs() {
		x := values[spec.Name]
		age := ages[spec.Name] * time.Second
		if age == 0 {
			age = 2 * time.Second
		}
		x.Name, x.At, x.Source = spec.Name, now.Add(-age), "fixture"
		snap.Order = append(snap.Order, spec.Name)
		snap.Readings[spec.Name] = signal.Reading{Spec: spec, Sample: x, Good: x, Status: signal.In, Age: age}
	}
	r := snap.Readings[signal.AppMemory]
	r.Direction = 1
	snap.Readings[signal.AppMemory] = r
	return snap
}

// breaks puts a signal out of bounds, since a time, rising or steady.
func breaks(snap signal.Snapshot, n signal.Name, x signal.Sample, direction int, since ...time.Time) {
	r := snap.Readings[n]
	x.Name, x.At, x.Source = n, snap.At.Add(-3*time.Second), r.Sample.Source
	r.Sample, r.Good, r.Status, r.Direction, r.Broken, r.Limit = x, x, signal.Out, direction, nil, nil
	for i, l := range r.Spec.Limits {
		if l.Breaks(x) {
			r.Broken = append(r.Broken, signal.Breach{Limit: l, Since: since[min(len(r.Broken), len(since)-1)]})
			if r.Limit == nil {
				r.Limit = &r.Spec.Limits[i]
			}
		}
	}
	r.Since, r.Margin = since[len(since)-1], 15*time.Second
	snap.Readings[n] = r
}

// loses makes a signal unknown.
func loses(snap signal.Snapshot, n signal.Name, why string, since time.Time) {
	r := snap.Readings[n]
	r.Sample = signal.Sample{Name: n, At: snap.At.Add(-2 * time.Second), Source: r.Sample.Source, Err: why}
	r.Status, r.Since, r.Direction, r.Age = signal.Unknown, since, 0, snap.At.Sub(since)
	snap.Readings[n] = r
}

// Series is the last hour before now: well until the onset, then rising to what the snapshot says.
func Series(snap signal.Snapshot) func(signal.Name) []signal.Sample {
	healthy := well(snap.At)
	all := map[signal.Name][]signal.Sample{}
	for n, r := range snap.Readings {
		for at := snap.At.Add(-time.Hour); !at.After(snap.At); at = at.Add(15 * time.Second) {
			x := healthy.Readings[n].Good
			x.At = at
			switch {
			case r.Status == signal.Unknown && at.After(r.Since):
				x = signal.Sample{Name: n, At: at, Err: "no answer"}
			case r.Status == signal.Out && !at.Before(r.Since):
				x = grown(x, r, at, snap.At)
			}
			all[n] = append(all[n], x)
		}
	}
	return func(n signal.Name) []signal.Sample { return all[n] }
}

// grown is a value on its way from healthy to what it is now.
func grown(healthy signal.Sample, r signal.Reading, at, now time.Time) signal.Sample {
	x := r.Sample
	x.At = at
	if r.Spec.Unit == signal.State || x.Of > 0 {
		return x
	}
	part := float64(at.Sub(r.Since)) / float64(now.Sub(r.Since))
	x.Value = healthy.Value + (r.Sample.Value-healthy.Value)*math.Sqrt(part)
	x.Value *= 1 + .03*math.Sin(float64(at.Unix()))*(1-part)
	return x
}
