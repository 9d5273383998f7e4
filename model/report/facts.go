package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
)

func itoa(n int) string { return strconv.Itoa(n) }

// facts is what the incident knows, asked for by the meaning of a field.
type facts struct {
	Input
	severity runbook.Severity
	cadence  time.Duration
	document bool // times carry their date: a post-mortem is read much later
}

func factsOf(in Input) facts {
	f := facts{Input: in}
	if in.Runbook != nil {
		f.severity, _ = in.Runbook.SeverityAt(in.Incident.Level)
		f.cadence, _ = incident.Cadence(in.Runbook, in.Incident.Level)
	}
	return f
}

// level is the name of the declared severity.
func (f facts) level(n int) string {
	if n <= 0 {
		return ""
	}
	if f.Runbook != nil {
		return f.Runbook.SeverityName(n)
	}
	return "SEV-" + itoa(n)
}

// when writes a moment, "" for one that has not come.
func (f facts) when(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case f.document || day(t) != day(f.Now):
		return day(t) + " " + clock(t) + " UTC"
	}
	return clock(t) + " UTC"
}

// started is when it began, as far as that is known.
func (f facts) started() string {
	i := f.Incident
	if !i.Onset.IsZero() {
		s := f.when(i.Onset)
		if i.Margin >= time.Second {
			s += " ±" + signal.Span(i.Margin)
		}
		return s
	}
	if s := f.when(i.DeclaredAt); s != "" {
		return "before " + s
	}
	return ""
}

// began is the moment durations count from.
func (f facts) began() time.Time {
	if !f.Incident.Onset.IsZero() {
		return f.Incident.Onset
	}
	return f.Incident.DeclaredAt
}

// ended is when it was over for the people who use the service.
func (f facts) ended() time.Time {
	i := f.Incident
	if !i.ResolvedAt.IsZero() {
		return i.ResolvedAt
	}
	return i.ClosedAt
}

func (f facts) duration() string { return f.lasted(f.ended(), long) }

// downtime runs until the harm ended, which is before the incident is resolved.
func (f facts) downtime(minutes bool) string {
	end, note := f.Incident.MitigatedAt, " (from the onset to the mitigation)"
	if end.IsZero() {
		end, note = f.ended(), " (from the onset to the resolution)"
	}
	write := long
	if minutes {
		write = func(d time.Duration) string { return itoa(int(d/time.Minute)) + " minutes" }
	}
	if s := f.lasted(end, write); s != "" && !end.IsZero() {
		return s + note
	} else if s != "" {
		return s
	}
	return ""
}

func (f facts) lasted(end time.Time, write func(time.Duration) string) string {
	from := f.began()
	if from.IsZero() {
		return ""
	}
	if end.IsZero() {
		return write(f.Now.Sub(from)) + " so far"
	}
	return write(end.Sub(from))
}

// status is where the incident stands, as a word that status lists use.
func (f facts) status() string {
	i := f.Incident
	switch {
	case !i.ResolvedAt.IsZero() || !i.ClosedAt.IsZero():
		return "resolved"
	case !i.MitigatedAt.IsZero():
		return "monitoring"
	case i.Chosen && i.Scenario != "" || slices.ContainsFunc(i.Runs, changes):
		return "identified"
	}
	return "investigating"
}

// changes says whether a run did more than read.
func changes(r incident.Run) bool { return r.Risk != string(shell.Reads) }

// role is who has a role.
func (f facts) role(role string) string { return plain(f.Incident.Roles[role]) }

// participants is everybody who did something, in the order in which they came.
func (f facts) participants() []string {
	var names []string
	add := func(n string) {
		if n = plain(n); n != "" && n != "calm" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, e := range f.Incident.Events {
		add(e.Actor.Name)
		if e.Type == incident.RoleTaken {
			var d incident.RoleData
			if e.Decode(&d) == nil {
				add(d.Who)
			}
		}
	}
	for _, r := range f.Incident.Runs {
		add(r.By)
	}
	return names
}

// done is what was changed, with what came of it; checks where nothing was changed.
func (f facts) done() []string {
	var lines, checks []string
	for _, r := range f.Incident.Runs {
		if changes(r) {
			lines = append(lines, clock(r.StartedAt)+" UTC "+plain(r.Title)+": "+outcome(r))
		} else if r.Outcome != "" {
			checks = append(checks, plain(r.Title))
		}
	}
	if len(lines) == 0 && len(checks) > 0 {
		return []string{"Checked, nothing changed yet: " + strings.Join(slices.Compact(checks), "; ")}
	}
	return lines
}

// fix is what worked, the last first being the one that counts.
func (f facts) fix() []string {
	var lines []string
	for _, r := range f.Incident.Runs {
		if changes(r) && r.Verdict == "worked" {
			lines = append(lines, plain(r.Title)+" at "+clock(r.StartedAt)+" UTC"+because(r.Why))
		}
	}
	return lines
}

// outcome says what came of a run, in one clause.
func outcome(r incident.Run) string {
	switch {
	case r.Verdict != "" && r.Verdict != "unknown":
		return r.Verdict + because(r.Why)
	case r.Verdict == "unknown":
		return "effect unknown" + because(r.Why)
	case r.Outcome == "":
		return "running"
	case r.Outcome == "ok":
		return "ran, effect not measured"
	}
	return plain(r.Outcome) + because(r.Text)
}

func because(why string) string {
	if why = plain(why); why == "" {
		return ""
	}
	return " (" + why + ")"
}

// commands is everything that ran, as it ran, each under a comment that says when, who and how it
// ended.
func (f facts) commands() string {
	var b strings.Builder
	for _, r := range f.Incident.Runs {
		if strings.TrimSpace(r.Command) == "" {
			continue
		}
		end := r.Outcome
		switch {
		case end == "":
			end = "running"
		case end == "ok", end == "failed" && r.Exit > 0:
			end = "exit " + itoa(r.Exit)
		}
		if r.Verdict != "" {
			end += ", " + r.Verdict
		}
		fmt.Fprintf(&b, "# %s UTC %s: %s; %s\n", clock(r.StartedAt), plain(r.By), plain(r.Title), plain(end))
		b.WriteString(strings.TrimRight(visible(r.Command), "\n ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// failed says how many requests failed, "" when nobody counted.
func (f facts) failed() string {
	if f.Failed == nil {
		return ""
	}
	s := signal.FormatValue(signal.Count, float64(f.Failed.Failed))
	if f.Failed.Of > 0 {
		s += " of " + signal.FormatValue(signal.Count, float64(f.Failed.Of))
	}
	return s + " requests"
}

// reading is a signal's value now and where it is from, "" when it is unknown.
func (f facts) reading(n signal.Name) (value, from string) {
	r, ok := f.Readings.Readings[n]
	if !ok || r.Status == signal.Unknown || r.Status == signal.Absent {
		return "", ""
	}
	return r.Text(), r.Sample.Source + ", " + signal.Span(r.Age) + " ago"
}

// scenario is the title of the scenario that is open.
func (f facts) scenario() string {
	if f.Runbook == nil {
		return ""
	}
	s, _ := f.Runbook.ScenarioByID(f.Incident.Scenario)
	return s.Title
}

// planned is what the runbook's scenario has left to do, as a hint.
func (f facts) planned() string {
	if f.Runbook == nil {
		return ""
	}
	s, ok := f.Runbook.ScenarioByID(f.Incident.Scenario)
	if !ok {
		return ""
	}
	var left []string
	for _, item := range s.Resolution {
		if t := f.Incident.Ticks[item.ID]; t.State == incident.TickDone || t.State == incident.TickSkipped || f.ran(item) {
			continue
		}
		left = append(left, plain(item.Title))
	}
	return strings.Join(left, "; ")
}

// ran says whether a step of the item has been run, whatever came of it.
func (f facts) ran(item runbook.Item) bool {
	return slices.ContainsFunc(f.Incident.Runs, func(r incident.Run) bool {
		return slices.ContainsFunc(item.Steps, func(s runbook.Step) bool { return s.ID == r.Step })
	})
}

// sum is the incident in one sentence, as a hint for a summary.
func (f facts) sum() string {
	parts := []string{}
	if s := f.started(); s != "" {
		parts = append(parts, "began "+s)
	}
	if s := f.duration(); s != "" {
		parts = append(parts, "lasted "+s)
	}
	if s := f.level(f.Incident.Level); s != "" {
		parts = append(parts, s)
	}
	if s := f.failed(); s != "" {
		parts = append(parts, s+" failed")
	}
	if fix := f.fix(); len(fix) > 0 {
		parts = append(parts, "cured by "+fix[len(fix)-1])
	}
	return strings.Join(parts, "; ")
}
