package action

import (
	"fmt"
	"strings"
	"time"

	"calm/model/signal"
)

// met says whether a known sample lies in the expected range. A Rise is not looked at.
func (e Expectation) met(s signal.Sample) bool {
	if e.Range.Equals != "" {
		return s.Text == e.Range.Equals
	}
	if e.Full && s.Of > 0 {
		return s.Value < s.Of
	}
	return e.Range.Holds(s.Value)
}

// wanted is what is expected, in the fewest words: "+1", "< 20 %", "ok 30 s".
func (e Expectation) wanted(spec signal.Spec) string {
	var parts []string
	p := e.Range
	switch {
	case e.Pattern != "":
		return "/" + e.Pattern + "/"
	case e.Full:
		return "not full"
	case e.Rise > 0:
		return "+" + signal.FormatValue(signal.Count, e.Rise)
	case p.Equals != "":
		parts = append(parts, p.Equals)
		if e.Hold > 0 {
			parts = append(parts, signal.Span(e.Hold))
		}
	default:
		if p.Min != nil {
			parts = append(parts, sign(">", p.MinOpen)+" "+signal.FormatValue(spec.Unit, *p.Min))
		}
		if p.Max != nil {
			parts = append(parts, most(spec, *p.Max, p.MaxOpen))
		}
	}
	if len(parts) == 0 {
		return "—"
	}
	return strings.Join(parts, " ")
}

func most(spec signal.Spec, v float64, open bool) string {
	if v == 0 && !open {
		return signal.FormatValue(spec.Unit, v)
	}
	return sign("<", open) + " " + signal.FormatValue(spec.Unit, v)
}

func sign(s string, open bool) string {
	switch {
	case open:
		return s
	case s == "<":
		return "≤"
	}
	return "≥"
}

// Summary says all expectations in one line: "restarts +1, online 10 s, health ok; by 60 s".
func (p Plan) Summary() string {
	var texts []string
	for _, e := range p.Expect {
		if e.Needed {
			texts = append(texts, e.Text)
		}
	}
	if len(texts) == 0 {
		return ""
	}
	line := strings.Join(texts, ", ")
	if p.Deadline > 0 {
		line += fmt.Sprintf("; by %d s", int(p.Deadline/time.Second))
	}
	return line
}
