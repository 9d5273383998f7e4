package report

import (
	"slices"
	"strings"
	"time"

	"calm/model/incident"
	"calm/model/pattern"
	"calm/model/signal"
)

// entry is one row of the timeline.
type entry struct {
	at   time.Time
	text string
	who  string
}

// told are the events that a reader of the post-mortem wants. What is left out says how calm was
// used, not what happened.
var told = map[incident.Type]bool{
	incident.Declared: true, incident.Severity: true, incident.SignalMoved: true, incident.Suggested: true, incident.Leads: true,
	incident.Acknowledged: true, incident.RoleTaken: true, incident.Note: true, incident.Messaged: true, incident.Escalated: true,
	incident.Finished: true, incident.Judged: true, incident.Refused: true,
	incident.Mitigated: true, incident.Resolved: true, incident.Closed: true,
}

// entries is the journal as the timeline tells it, in order of time. A note about the past stands
// where it belongs.
func (f facts) entries() []entry {
	i := f.Incident
	var out []entry
	if !i.Onset.IsZero() {
		text := "Incident began: the first reading went out of bounds"
		if i.Margin >= time.Second {
			text += ", ±" + signal.Span(i.Margin)
		}
		out = append(out, entry{at: i.Onset, text: text})
	}
	ended := map[string]bool{}
	for _, e := range i.Events {
		var d incident.FinishedData
		if e.Type == incident.Finished && e.Decode(&d) == nil {
			ended[d.Op] = true
		}
	}
	for _, e := range i.Events {
		started := e.Type == incident.Intent && !ended[opOf(e)]
		if !told[e.Type] && !started {
			continue
		}
		out = append(out, f.entry(e))
	}
	slices.SortStableFunc(out, func(a, b entry) int { return a.at.Compare(b.at) })
	return out
}

func opOf(e incident.Event) string {
	var d incident.IntentData
	if e.Decode(&d) != nil {
		return ""
	}
	return d.Op
}

func (f facts) entry(e incident.Event) entry {
	_, text, who := f.Incident.Line(e, f.level)
	x := entry{at: e.At, text: text, who: who}
	switch e.Type {
	case incident.Note:
		var d incident.NoteData
		if e.Decode(&d) == nil {
			x.text = plain(d.Text)
			if !d.About.IsZero() {
				x.at = d.About
			}
		}
	case incident.Intent:
		x.text += "; how it ended is not known"
	case incident.Finished, incident.Judged:
		// The supervisor reports the end; a person started it.
		for _, r := range f.Incident.Runs {
			if r.Op != opOf(e) {
				continue
			}
			if r.By != "" {
				x.who = r.By
			}
			x.text = strings.Replace(x.text, plain(r.Command), commandLine(r.Command), 1)
		}
	}
	if x.who == "calm" {
		x.who = ""
	}
	return x
}

// commandLine puts a command of several lines on one, so that it can still be read as commands.
func commandLine(command string) string {
	var lines []string
	for l := range strings.SplitSeq(command, "\n") {
		if l = plain(l); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "; ")
}

var (
	timelineWords = pattern.New(`(?i)\btimeline\b|chronolog|sequence of events|\bevent log\b`)
	separator     = pattern.New(`^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$`)
	timeColumn    = pattern.New(`(?i)\b(time|when|timestamp|date)\b`)
	eventColumn   = pattern.New(`(?i)\b(event|what|description|action|detail|activity|notes?)\b`)
	whoColumn     = pattern.New(`(?i)\b(who|actor|by|person|responder|owner|author)\b`)
	timedItem     = pattern.New(`(?i)^\s*[-*+]\s+\W*(\d{1,2}:\d{2}|hh:mm|xx:xx|time\b|t\+|yyyy)`)
)

// isTimeline says whether the template's timeline begins at a line: a table or a list of times
// under a heading that says so, or a table of times and events anywhere.
func (w *paper) isTimeline(n int) bool {
	under := timelineWords.MatchString(w.heading) || timelineWords.MatchString(w.above)
	if w.table(n) {
		head := w.lines[n]
		return timeColumn.MatchString(head) && (under || eventColumn.MatchString(head) && !strings.Contains(strings.ToLower(head), "due"))
	}
	return under && timedItem.MatchString(w.lines[n])
}

// table says whether a table's head is at a line.
func (w *paper) table(n int) bool {
	return strings.Contains(w.lines[n], "|") && n+1 < len(w.lines) && strings.Contains(w.lines[n+1], "-") && separator.MatchString(w.lines[n+1])
}

// rows puts the journal's rows in place of the template's, and gives the line after them.
func (w *paper) rows(n int) int {
	w.timeline = true
	utc := strings.Contains(strings.ToLower(w.heading+w.above+w.lines[n]), "utc")
	if w.table(n) {
		w.out = append(w.out, tableRows(w.lines[n], w.lines[n+1], w.entries(), utc)...)
		for n += 2; n < len(w.lines) && strings.Contains(w.lines[n], "|"); n++ {
		}
		return n
	}
	for _, e := range w.entries() {
		w.out = append(w.out, "- "+moment(e.at, w.entries(), utc)+" "+escaped(said(e)))
	}
	for n++; n < len(w.lines) && (timedItem.MatchString(w.lines[n]) || strings.HasPrefix(w.lines[n], "  ")); n++ {
	}
	return n
}

// tableRows writes entries under a table's head, each value in the column that is meant for it.
func tableRows(head, line string, entries []entry, utc bool) []string {
	columns := cells(head)
	when := columnOf(columns, timeColumn, -1, -1)
	what := columnOf(columns, eventColumn, when, -1)
	who := columnOf(columns, whoColumn, when, what)
	if when < 0 {
		when = 0
	}
	if what < 0 {
		what = min(when+1, len(columns)-1)
	}
	out := []string{head, line}
	for _, e := range entries {
		row := make([]string, len(columns))
		text := e.text
		if who >= 0 {
			row[who] = cell(e.who)
		} else {
			text = said(e)
		}
		row[what] = cell(text)
		if when != what {
			row[when] = moment(e.at, entries, utc)
		} else {
			row[what] = moment(e.at, entries, utc) + " " + row[what]
		}
		out = append(out, "| "+strings.Join(row, " | ")+" |")
	}
	return out
}

// columnOf finds the column whose head matches, leaving out two that are taken.
func columnOf(columns []string, words *pattern.Pattern, not, nor int) int {
	for i, c := range columns {
		if i != not && i != nor && words.MatchString(c) {
			return i
		}
	}
	return -1
}

// said is what happened, with who did it where a person did.
func said(e entry) string {
	if e.who == "" {
		return e.text
	}
	return e.text + " (" + e.who + ")"
}

// moment writes a time in UTC, with its date where the timeline crosses midnight.
func moment(t time.Time, all []entry, utc bool) string {
	s := clock(t)
	if len(all) > 0 && day(all[0].at) != day(all[len(all)-1].at) {
		s = day(t) + " " + s
	}
	if !utc {
		s += " UTC"
	}
	return s
}
