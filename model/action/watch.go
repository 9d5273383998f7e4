package action

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"calm/model/signal"
)

// States of a row.
const (
	holds  = "holds"
	open   = "open"
	unsure = "unknown"
	broken = "broken"
)

// watch follows one expectation.
type watch struct {
	Expectation
	spec   signal.Spec
	before signal.Sample // the newest known one from before; zero when there was none
	now    signal.Sample // the newest evidence from after the command
	state  string
	why    string // of unsure
	remark string // of what was found on the host
	good   bool   // now is as expected, whatever the hold

	since time.Time     // of the first sample of the good spell that lasts; zero when there is none
	last  signal.Sample // the newest good one of the spell
	spell spell         // the longest good spell that has ended
}

// spell is a time for which an expectation was met, and then not any more.
type spell struct {
	length time.Duration
	value  signal.Sample
}

func newWatch(e Expectation, r signal.Reading) *watch {
	w := &watch{Expectation: e, spec: specOf(r), state: unsure, why: "no reading since"}
	if r.Status != signal.Unknown && r.Good.Known() {
		w.before = r.Good
	}
	return w
}

func (w *watch) ofCommand() bool { return w.Signal == ExitCode || w.Signal == Output }

// command judges an expectation about the exit code or the output.
func (w *watch) command(c *Ended) {
	if c == nil || c.Outcome == "unknown" {
		w.state, w.why = unsure, "not known how it ended"
		return
	}
	got := strings.TrimSpace(c.Output)
	if w.Signal == ExitCode {
		got = strconv.Itoa(c.Exit)
	}
	w.now = signal.Sample{Name: w.Signal, Text: got, At: time.Unix(0, 1)}
	w.good = w.says(got)
	w.state = open
	if w.good {
		w.state = holds
	}
}

// says holds what a command gave against what was expected of it. A pattern's ^ and $ are those of a
// line; one that does not compile was not read from a runbook, and matches nothing.
func (w *watch) says(got string) bool {
	if w.Pattern != "" {
		re, err := regexp.Compile("(?m)" + w.Pattern)
		return err == nil && re.MatchString(got)
	}
	return got == w.Range.Equals || w.Signal == Output && said(got, w.Range.Equals)
}

// said says whether an output is, or has in it, what was expected. A number must be the whole of the
// last line: a progress meter may stand above it, and 0 is in every 10. Of a text any occurrence
// that is not part of a longer word counts.
func said(output, want string) bool {
	if _, err := strconv.ParseFloat(want, 64); err == nil {
		lines := strings.FieldsFunc(output, func(r rune) bool { return r == '\n' || r == '\r' })
		return len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == want
	}
	for from := 0; want != ""; {
		i := strings.Index(output[from:], want)
		if i < 0 {
			return false
		}
		start := from + i
		end := start + len(want)
		if !joined(output, start) && !joined(output, end) {
			return true
		}
		from = start + 1
	}
	return false
}

// joined says whether the bytes on both sides of a place belong to one word.
func joined(s string, at int) bool {
	word := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || s[i] == '_')
	}
	return word(at-1) && word(at)
}

// see takes the newest reading in.
func (w *watch) see(snap signal.Snapshot, ended time.Time) {
	r := snap.Reading(w.Signal)
	if r.Spec.Unit != "" {
		w.spec = r.Spec
	}
	s, why := evidence(snap, w.Signal, ended)
	if why == "" && w.Rise > 0 && !w.before.Known() {
		why = "not known before"
	}
	if why != "" {
		w.interrupt()
		w.state, w.why, w.good = unsure, why, false
		w.now = signal.Sample{}
		return
	}
	moved := w.Rise > 0 && w.now.Known() && w.now.Value != s.Value
	w.now, w.good = s, w.meets(s)
	switch {
	case !w.good:
		w.interrupt()
	case w.since.IsZero() || moved:
		// A counter that rises again while it should stand still begins its wait anew.
		w.interrupt()
		w.since = s.At
	}
	w.state = open
	if w.good {
		w.last = s
		if s.At.Sub(w.since) >= w.Hold {
			w.state = holds
		}
	}
}

func (w *watch) meets(s signal.Sample) bool {
	if w.Rise > 0 && s.Value < w.before.Value+w.Rise {
		return false
	}
	return w.met(s)
}

// interrupt ends the good spell that lasts.
func (w *watch) interrupt() {
	if length := w.last.At.Sub(w.since); !w.since.IsZero() && length >= w.spell.length {
		w.spell = spell{length: length, value: w.last}
	}
	w.since, w.last = time.Time{}, signal.Sample{}
}

// evidence is the sample that may be judged, or why there is none.
func evidence(snap signal.Snapshot, n signal.Name, ended time.Time) (s signal.Sample, why string) {
	r := snap.Reading(n)
	s = r.Sample
	switch {
	case r.Status == signal.Absent:
		return s, "not on this host"
	case s.At.IsZero():
		return s, "no reading"
	case !s.At.After(ended):
		return s, "no reading since"
	case s.Err != "":
		return s, s.Err
	case r.Status == signal.Unknown, r.Spec.Stale > 0 && snap.At.Sub(s.At) > r.Spec.Stale:
		return s, "too old"
	case s.At.After(snap.At.Add(time.Second)):
		return s, "its clock is ahead"
	case strings.HasPrefix(s.Note, "too few"):
		return s, s.Note
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
		return s, "no number"
	case quietHost(snap, n):
		return s, "no requests"
	}
	return s, ""
}

// quietHost says whether a signal about requests has none to speak of: no failures among no
// requests is what a site that nobody reaches looks like.
func quietHost(snap signal.Snapshot, n signal.Name) bool {
	base, _, _ := n.Split()
	switch base {
	case signal.ErrorRatio, signal.LatencyP50, signal.LatencyP95, signal.LatencyP99, signal.FailedRoutes:
		t := snap.Reading(signal.Traffic)
		return t.Status != signal.Unknown && t.Status != signal.Absent && t.Sample.Known() && t.Sample.Value == 0
	}
	return false
}
