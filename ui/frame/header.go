package frame

import (
	"strings"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
)

// Header draws the four rows that are always there: what it is and how bad, why, what is out, and
// the clocks.
func Header(s pane.State, w int) string {
	if w <= 0 {
		return ""
	}
	return strings.Join([]string{
		what(s, w).Render(w - 1), why(s, w).Render(w - 1), out(s, w).Render(w - 1), clock(s, w).Render(w - 1),
	}, " \n") + " "
}

// suggested is the level that the rules suggest, 0 for none.
func suggested(s pane.State) int {
	if s.Severity.Level == nil {
		return 0
	}
	return *s.Severity.Level
}

func levelName(s pane.State, level int) string {
	if s.Runbook != nil {
		return s.Runbook.SeverityName(level)
	}
	if level <= 0 {
		return ""
	}
	return "SEV-" + string(rune('0'+level%10))
}

// chipText is the word in the top left corner.
func chipText(s pane.State) string {
	switch {
	case s.Declared():
		return levelName(s, s.Incident.Level)
	case suggested(s) > 0:
		return levelName(s, suggested(s)) + "?"
	}
	return "WATCH"
}

// chip fills the corner only with what a person has declared; a suggestion stays hollow.
func chip(s pane.State) *row.Row {
	st := &s.Theme
	text := pad(" "+chipText(s), gutter-1)
	r := row.New()
	switch {
	case s.Declared():
		return r.Cell(st.Chip(s.Incident.Level), text, gutter-1).Gap(1)
	case suggested(s) > 0:
		return r.Cell(st.LevelBold(suggested(s)), text, gutter-1).Gap(1)
	case len(outReadings(s)) > 0 || len(unknownReadings(s)) > 0:
		return r.Cell(st.Bold, text, gutter-1).Gap(1)
	}
	return r.Cell(st.ChipWatch, text, gutter-1).Gap(1)
}

func what(s pane.State, w int) *row.Row {
	st := &s.Theme
	r := chip(s)
	switch {
	case !s.Declared():
		r.Flex(st.Bold, s.Service+" on "+s.Host)
	case w < narrow:
		r.Flex(st.Bold, s.Incident.Title)
	default:
		r.Flex(st.Bold, s.Service+" · "+s.Incident.Title)
	}
	people(s, w, r)
	if s.Untrusted && w >= narrow {
		r.Tail(st.Text, "  ").Tail(st.Unknown, "untrusted")
	}
	if s.Observe {
		r.Tail(st.Text, "  ").Tail(st.ChipNext, " OBSERVER ")
	}
	if w < narrow {
		return r.Tail(st.Text, "  "+s.Now.UTC().Format("15:04:05"))
	}
	return r.Tail(st.Text, "  "+s.Now.UTC().Format("15:04:05")+" UTC")
}

// people says which incident it is and who leads it.
func people(s pane.State, w int, r *row.Row) {
	st := &s.Theme
	if !s.Declared() {
		word := "not declared"
		if suggested(s) == 0 {
			word = "no incident"
		}
		if w >= narrow {
			r.Tail(st.Muted, word)
		}
		if w >= wide && s.Me != "" {
			r.Tail(st.Muted, " · ").Tail(st.Text, s.Me)
		}
		return
	}
	if w < narrow {
		return
	}
	name := "#" + signal.FormatValue(signal.Count, float64(s.Incident.Number))
	if s.Incident.Drill {
		name = "drill " + name
	}
	commander, ops := s.Incident.Roles[incident.IncidentCommander], s.Incident.Roles[incident.OperationsLead]
	if w < wide {
		if commander == "" {
			commander = s.Me
		}
		r.Tail(st.Text, strings.TrimSpace(name+" "+commander))
		return
	}
	parts := []string{name}
	if commander != "" {
		parts = append(parts, "IC "+commander)
	}
	if ops != "" && ops != commander {
		parts = append(parts, "ops "+ops)
	}
	r.Tail(st.Text, strings.Join(parts, " · "))
}

// label begins one of the three rows below the first.
func label(s pane.State, word string) *row.Row {
	return row.New().Num(s.Theme.Muted, word, gutter-2).Gap(2)
}
