package severity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"calm/model/signal"
)

// ParseSet reads NAME=VALUE of `calm severity --set` into a sample taken at the given time. A value
// is written as calm shows it, with or without its unit: error_ratio=0.31 or 31%, latency_p95=6.4s
// or 180ms, app_memory=412MB, db_pool=10/10, rate_limited=40/min, db_health=error; "unknown" is a
// reading that failed.
func ParseSet(s string, at time.Time) (signal.Sample, error) {
	name, value, ok := strings.Cut(s, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || value == "" {
		return signal.Sample{}, fmt.Errorf("--set %q: write NAME=VALUE, such as error_ratio=31%%", s)
	}
	spec, err := specOf(signal.Name(name))
	if err != nil {
		return signal.Sample{}, err
	}
	x := signal.Sample{Name: spec.Name, At: at, Source: "--set"}
	if value == "unknown" {
		x.Err = "given as unknown"
		return x, nil
	}
	if spec.Unit == signal.State {
		x.Text = value
		return x, nil
	}
	if a, b, found := cutCapacity(value); found {
		if x.Of, err = number(spec, b); err != nil {
			return signal.Sample{}, fmt.Errorf("--set %s: %w", name, err)
		}
		value = a
	}
	if x.Value, err = number(spec, value); err != nil {
		return signal.Sample{}, fmt.Errorf("--set %s: %w", name, err)
	}
	return x, nil
}

// specOf finds the unit of a name; routes and log signatures are known by their shape.
func specOf(n signal.Name) (signal.Spec, error) {
	base, _, _ := n.Split()
	known := signal.Names()
	for _, k := range known {
		if k == base {
			return signal.Default(n), nil
		}
	}
	if strings.HasPrefix(string(n), "log:") && len(n) > len("log:") {
		return signal.Default(n), nil
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	return signal.Spec{}, fmt.Errorf("--set: no signal is called %q; known are %s, each also as NAME@/route, and log:TEXT", n, strings.Join(words, ", "))
}

// cutCapacity splits "10/10" and "10 of 10"; "40/min" is no capacity.
func cutCapacity(v string) (a, b string, ok bool) {
	if a, b, ok = strings.Cut(v, " of "); ok {
		return a, b, true
	}
	a, b, ok = strings.Cut(v, "/")
	if !ok || b == "" || b[0] < '0' || b[0] > '9' {
		return v, "", false
	}
	return a, b, true
}

// suffixes are the units a value may be written in, longest first within one unit.
var suffixes = map[signal.Unit][]struct {
	text string
	by   float64
}{
	signal.Ratio:     {{"%", 0.01}},
	signal.Seconds:   {{"ms", 0.001}, {"min", 60}, {"s", 1}, {"m", 60}, {"h", 3600}},
	signal.Bytes:     {{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}, {"tb", 1 << 40}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"b", 1}},
	signal.PerSecond: {{"/s", 1}, {"/min", 1. / 60}},
	signal.PerMinute: {{"/min", 1}, {"/s", 60}},
}

func number(spec signal.Spec, text string) (float64, error) {
	v, by, bare := strings.ToLower(strings.TrimSpace(text)), 1.0, true
	for _, s := range suffixes[spec.Unit] {
		if cut, ok := strings.CutSuffix(v, s.text); ok {
			v, by, bare = strings.TrimSpace(cut), s.by, false
			break
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(v, ",", ""), 64)
	f *= by
	switch {
	case err != nil || math.IsNaN(f) || math.IsInf(f, 0):
		return 0, fmt.Errorf("%q is not a number of the unit %s", text, spec.Unit)
	case f < 0:
		return 0, fmt.Errorf("%q is below zero", text)
	case spec.Unit == signal.Ratio && f > 1 && bare:
		return 0, fmt.Errorf("a ratio is 0 to 1; write %s%% or %g", text, f/100)
	case spec.Unit == signal.Ratio && f > 1:
		return 0, fmt.Errorf("%q is more than 100 %%", text)
	}
	return f, nil
}
