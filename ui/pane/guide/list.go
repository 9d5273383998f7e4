package guide

import (
	"strconv"
	"strings"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/pane"
)

// spread is how many of the best scenarios show their symptoms by themselves.
const spread = 2

// scenarios is the list, best first, and below it what helps to choose.
func (p *Pane) scenarios(s pane.State) []item {
	calm := s.Severity.Level == nil && !supported(s)
	var out []item
	if calm {
		out = append(out, item{kind: blankRow})
	}
	all := cases(s)
	for i := range all {
		c := &all[i]
		wide := i < spread && c.Seen > 0 || c.Scenario.ID == p.at && !calm
		if wide && i > 0 && out[len(out)-1].kind != blankRow {
			out = append(out, item{kind: blankRow})
		}
		out = append(out, item{id: c.Scenario.ID, kind: scenarioRow, text: Title(c.Scenario), cased: c, spread: wide, calm: calm, current: i == 0})
		if wide {
			for j := range c.Symptoms {
				x := &c.Symptoms[j]
				out = append(out, item{id: x.ID, kind: symptomRow, text: x.Text, symptom: x, indent: true})
			}
			out = append(out, item{kind: blankRow})
		}
	}
	if s.Best.OK {
		out = append(blankBefore(out), item{kind: headingRow, indent: true, text: "best next check, " + s.Best.Tells + ":"},
			item{id: "best", kind: bestRow, text: StepTitle(s.Best.Step), step: &s.Best.Step, ref: s.Best.Ref})
	}
	if calm {
		if also := also(s.Runbook); also != "" {
			out = append(blankBefore(out), item{kind: alsoRow, text: also})
		}
	}
	out = append(out, around(s, calm)...)
	return append(out, checklists(s)...)
}

func blankBefore(items []item) []item {
	if n := len(items); n == 0 || items[n-1].kind == blankRow {
		return items
	}
	return append(items, item{kind: blankRow})
}

// cases are the scenarios with their evidence; before the first readings, without.
func cases(s pane.State) []triage.Case {
	if len(s.Cases) > 0 || s.Runbook == nil {
		return s.Cases
	}
	var out []triage.Case
	for _, sc := range s.Runbook.Scenarios {
		if c, ok := caseOf(s, sc.ID); ok {
			out = append(out, c)
		}
	}
	return out
}

func supported(s pane.State) bool { return len(s.Cases) > 0 && s.Cases[0].Seen > 0 }

// around is what changed before the onset, or, while all is well, whether one could act.
func around(s pane.State, calm bool) []item {
	var out []item
	switch {
	case s.Declared():
	case calm && len(s.Ready) > 0:
		out = append(out, item{kind: blankRow}, item{kind: bandRow, text: "READY", note: "calm doctor, " + ago(s.Now.Sub(s.ReadyAt))})
		for i := range s.Ready {
			out = append(out, item{kind: factRow, fact: &s.Ready[i]})
		}
	case !calm && len(s.Changes) > 0:
		note := "newest first"
		if at, _, ok := s.Snapshot.Onset(); ok {
			note = "before " + at.UTC().Format("15:04:05") + ", newest first"
		}
		out = append(out, item{kind: blankRow}, item{kind: bandRow, text: "WHAT CHANGED", note: note})
		for i := range s.Changes {
			out = append(out, item{kind: changeRow, change: &s.Changes[i]})
		}
	}
	return out
}

func ago(d time.Duration) string {
	if d < time.Minute {
		return "just now"
	}
	return signal.Rough(d) + " ago"
}

// also says what else the runbook has.
func also(rb *runbook.Runbook) string {
	if rb == nil {
		return ""
	}
	rollbacks, kills := 0, 0
	for _, p := range rb.Procedures {
		switch p.Kind {
		case runbook.Rollback:
			rollbacks++
		case runbook.KillSwitch:
			kills++
		}
	}
	var parts []string
	if rollbacks > 0 {
		parts = append(parts, plural(rollbacks, "rollback"))
	}
	if kills > 0 {
		parts = append(parts, "kill switch")
	}
	if n := len(rb.Checklists); n > 0 {
		parts = append(parts, plural(n, "command checklist"))
	}
	return strings.Join(parts, " · ")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// Evidence says how much of a scenario is seen: "2 of 3 seen".
func Evidence(c triage.Case) string { return evidence(c, false, false) }

// evidence says how much of a scenario is seen: "2 of 3 seen", "0 of 3, 1 contradicted".
func evidence(c triage.Case, short, calm bool) string {
	of := strconv.Itoa(c.Seen) + " of " + strconv.Itoa(len(c.Symptoms))
	switch {
	case short:
		return of
	case c.Contradicted > 0 && c.Seen == 0 && !calm:
		return of + ", " + strconv.Itoa(c.Contradicted) + " contradicted"
	}
	return of + " seen"
}

// before says how long before the onset something changed.
func before(s pane.State, c pane.Change) (text string, close bool) {
	at, _, ok := s.Snapshot.Onset()
	if !ok {
		return "", false
	}
	d := at.Sub(c.At)
	if d < 0 {
		return "+" + signal.Span(-d), false
	}
	return "-" + signal.Span(d), d.Minutes() < 10
}
