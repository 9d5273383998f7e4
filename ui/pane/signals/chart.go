package signals

import (
	"strconv"
	"strings"

	"calm/model/signal"
	"calm/ui/chart"
	"calm/ui/pane"
	"calm/ui/row"
)

// points turns a signal's history into what charts draw. A state is 1 when it is out of bounds.
func points(s pane.State, r signal.Reading) []chart.Point {
	if s.Series == nil {
		return nil
	}
	samples := s.Series(r.Spec.Name)
	out := make([]chart.Point, 0, len(samples))
	for _, x := range samples {
		p := chart.Point{At: x.At, Value: x.Value, Unknown: !x.Known()}
		if r.Spec.Unit == signal.State {
			p.Value = 0
			if _, broken := reached(r.Spec, x); broken {
				p.Value = 1
			}
		}
		out = append(out, p)
	}
	return out
}

// reached is the worst limit that a sample breaks.
func reached(spec signal.Spec, x signal.Sample) (level int, broken bool) {
	for _, l := range spec.Limits {
		if l.Breaks(x) {
			return l.Level, true
		}
	}
	return 0, false
}

// spark is the last hour in one line. What is in bounds has one only if it moved.
func spark(s pane.State, r signal.Reading, w int) string {
	if w <= 0 || r.Status == signal.Absent {
		return ""
	}
	if r.Status == signal.In && !moved(s, r) {
		return ""
	}
	k := chart.Spark{Points: points(s, r), From: s.Now.Add(-span), To: s.Now, Max: ceiling(r)}
	k.Level = func(v float64) (int, bool) {
		if r.Spec.Unit == signal.State {
			return r.Level(), v > 0.5
		}
		return reached(r.Spec, signal.Sample{Value: v, Of: r.Good.Of})
	}
	return k.Draw(w, &s.Theme)
}

// ceiling is the top of a signal's line: its capacity, or what its limits reach.
func ceiling(r signal.Reading) float64 {
	switch {
	case r.Spec.Unit == signal.State:
		return 1
	case r.Good.Of > 0:
		return r.Good.Of
	case len(r.Spec.Limits) > 0 && r.Spec.Limits[0].At > 0:
		return max(r.Spec.Limits[0].At, r.Good.Value)
	}
	return 0
}

// moved says whether a signal in bounds changed by more than a tenth of its limit in the hour.
func moved(s pane.State, r signal.Reading) bool {
	if r.Spec.Unit == signal.State || len(r.Spec.Limits) == 0 || s.Series == nil {
		return false
	}
	scale := r.Spec.Limits[len(r.Spec.Limits)-1].At
	if r.Good.Of > 0 {
		scale = r.Good.Of
	}
	if scale <= 0 {
		return false
	}
	first := true
	var low, high float64
	for _, x := range s.Series(r.Spec.Name) {
		if !x.Known() {
			continue
		}
		if first {
			low, high, first = x.Value, x.Value, false
		}
		low, high = min(low, x.Value), max(high, x.Value)
	}
	return high-low > scale/10
}

// chartTitle is the line over a chart: the value, and how long it is beyond what.
func chartTitle(s pane.State, r signal.Reading) *row.Row {
	st := &s.Theme
	mark, in := inksFor(st, r)
	out := row.New().Gap(3).Add(in.mark, mark).Gap(1)
	out.Add(st.Bold, r.Spec.Label).Gap(1).Add(in.now, strings.TrimSpace(r.Text()+" "+direction(r)))
	return out.Tail(st.Muted, beyond(s, r))
}

// beyond says how long the worst limit is broken: "2m 12s above 50 %".
func beyond(s pane.State, r signal.Reading) string {
	if r.Status != signal.Out || len(r.Broken) == 0 {
		return ""
	}
	b := r.Broken[0]
	lasts := signal.Span(s.Now.Sub(b.Since))
	switch {
	case b.Since.IsZero():
		return ""
	case b.Limit.Full:
		return "full for " + lasts
	case b.Limit.Want != "":
		return "for " + lasts
	}
	return lasts + " above " + signal.FormatValue(r.Spec.Unit, b.Limit.At)
}

// plot draws the last hour of a signal.
func plot(s pane.State, r signal.Reading, w, rows int) []string {
	p := chart.Plot{Points: points(s, r), From: s.Now.Add(-span), To: s.Now, Rows: rows, Marks: marks(s), Axis: axis(r)}
	for _, l := range r.Spec.Limits {
		switch {
		case l.Full && r.Good.Of > 0:
			p.Limits = append(p.Limits, chart.Limit{At: r.Good.Of, Label: "full", Level: l.Level})
			p.Max = r.Good.Of
		case l.Want == "" && !l.Full && l.At > 0:
			p.Limits = append(p.Limits, chart.Limit{At: l.At, Label: levelLabel(l), Level: l.Level})
		}
	}
	return p.Draw(w, &s.Theme)
}

func levelLabel(l signal.Limit) string {
	name, _, _ := strings.Cut(l.Text, " ")
	if l.Level == 0 {
		return "limit"
	}
	return name
}

// axis writes values short enough for the edge of a chart: "70%", "8s", "10".
func axis(r signal.Reading) func(float64) string {
	return func(v float64) string {
		switch r.Spec.Unit {
		case signal.Ratio:
			return strconv.FormatFloat(v*100, 'g', 3, 64) + "%"
		case signal.Seconds:
			if v >= 1 || v == 0 {
				return strconv.FormatFloat(v, 'g', 3, 64) + "s"
			}
			return strconv.FormatFloat(v*1000, 'f', 0, 64) + "ms"
		case signal.Bytes:
			return strings.ReplaceAll(signal.FormatValue(signal.Bytes, v), " ", "")
		}
		return signal.FormatValue(signal.Count, v)
	}
}

// marks are the moments that run through every chart.
func marks(s pane.State) []chart.Mark {
	var out []chart.Mark
	onset, _, ok := s.Snapshot.Onset()
	if !s.Incident.Onset.IsZero() {
		onset, ok = s.Incident.Onset, true
	}
	if ok {
		out = append(out, chart.Mark{At: onset, Label: "onset", Kind: chart.Onset})
	}
	if s.Declared() {
		out = append(out, chart.Mark{At: s.Incident.DeclaredAt, Label: "declared", Kind: chart.Declared})
	}
	for _, r := range s.Incident.Runs {
		if r.Risk != "reads" && !r.StartedAt.IsZero() {
			out = append(out, chart.Mark{At: r.StartedAt, Label: strconv.Itoa(r.Number)})
		}
	}
	return out
}
