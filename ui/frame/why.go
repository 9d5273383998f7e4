package frame

import (
	"strings"

	"calm/model/severity"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
)

// why says how bad it is and by what: the suggestion where it differs from what was declared.
func why(s pane.State, w int) *row.Row {
	r := label(s, "why")
	switch level := suggested(s); {
	case !s.Incident.ResolvedAt.IsZero() && s.Declared():
		return r.Flex(s.Theme.Text, "resolved "+clockTime(s, s.Incident.ResolvedAt)+"; declared "+ago(s, s.Incident.DeclaredAt))
	case !s.Declared() && level > 0:
		return whySuggested(s, r, w)
	case !s.Declared():
		return whyNothing(s, r)
	case level > 0 && level < s.Incident.Level:
		return whyWorse(s, r, w)
	case level == 0 && len(outReadings(s)) == 0 || level > s.Incident.Level:
		return whyBetter(s, r, w)
	}
	return whySame(s, r, w)
}

// whySuggested is before the declaration: the rules suggest a severity.
func whySuggested(s pane.State, r *row.Row, w int) *row.Row {
	st := &s.Theme
	level := suggested(s)
	r.Add(st.Level(level), "▲ "+levelName(s, level)).Add(st.Text, " suggested")
	if text := reasons(s, w >= wide, level); text != "" {
		r.Add(st.Text, ": ").Flex(st.Text, text)
	}
	return r
}

func whyNothing(s pane.State, r *row.Row) *row.Row {
	switch {
	case len(outReadings(s)) > 0:
		return r.Flex(s.Theme.Text, "out of bounds, but no rule of the runbook suggests a severity")
	case allUnknown(s):
		return r.Add(s.Theme.Unknown, "?").Flex(s.Theme.Text, " nothing is known yet; no severity can be suggested")
	case len(unknownReadings(s)) > 0:
		return r.Flex(s.Theme.Text, "nothing known is out of bounds; what is unknown may be")
	}
	return r.Flex(s.Theme.Text, "nothing out of bounds; no severity suggested")
}

// whyWorse is the one that must not be missed: the readings say worse than was declared.
func whyWorse(s pane.State, r *row.Row, w int) *row.Row {
	st := &s.Theme
	level := suggested(s)
	name := levelName(s, level)
	if w < narrow {
		r.Add(st.Critical, " ▲ "+name+" ").Gap(1).Flex(st.Text, reasons(s, false, level))
		return r.Tail(st.Accent, "s")
	}
	r.Add(st.Critical, " ▲ "+name+" suggested ").Gap(2).Flex(st.Text, reasons(s, true, level))
	if w >= wide {
		r.Flex(st.Text, " · declared "+levelName(s, s.Incident.Level)+" "+ago(s, s.Incident.DeclaredAt)+by(s.Incident.DeclaredBy))
	}
	return r.Tail(st.Accent, "s").Tail(st.Muted, " decide")
}

// whyBetter says that the readings are better than the declaration; lowering it is a person's.
func whyBetter(s pane.State, r *row.Row, w int) *row.Row {
	st := &s.Theme
	level := suggested(s)
	mark, style := "✓", st.OK
	text := " readings say " + levelName(s, level)
	switch {
	case level == 0 && len(unknownReadings(s)) > 0:
		mark, style, text = "?", st.Unknown, " nothing known is out, some is unknown"
	case level == 0:
		text = " nothing is out of bounds"
	}
	r.Add(style, mark).Flex(st.Text, text)
	r.Flex(st.Text, "; lowering it is yours")
	if w < narrow {
		return r.Tail(st.Accent, "s")
	}
	return r.Tail(st.Accent, "s").Tail(st.Muted, " decide")
}

func whySame(s pane.State, r *row.Row, w int) *row.Row {
	st := &s.Theme
	if w < narrow {
		return r.Add(st.Muted, levelName(s, s.Incident.Level)+": ").Flex(st.Text, reasons(s, false, suggested(s)))
	}
	r.Add(st.Muted, levelName(s, s.Incident.Level)+" declared "+clockTime(s, s.Incident.LeveledAt)+" by "+s.Incident.LeveledBy)
	if text := reasons(s, false, suggested(s)); text != "" {
		return r.Add(st.Muted, ": ").Flex(st.Text, text)
	}
	return r.Flex(st.Text, "; no rule suggests a severity now")
}

// reasons joins what speaks for a level: the first in full, a second in short, more where there is
// room.
func reasons(s pane.State, wide bool, level int) string {
	var out []string
	for _, r := range s.Severity.Reasons {
		if r.Level != level {
			continue
		}
		switch {
		case len(out) == 0:
			out = append(out, Reason(s, r, true, s.Declared() && !wide))
		case wide:
			out = append(out, Reason(s, r, true, false))
		default:
			out = append(out, short(s, r))
		}
		if s.Declared() || len(out) == 3 || len(out) == 2 && !wide {
			break
		}
	}
	return strings.Join(out, ", ")
}

// short says a rule without its value: "p95 > 5 s".
func short(s pane.State, r severity.Reason) string {
	reading := s.Snapshot.Reading(r.Signal)
	if limit := limitAt(s, reading, r.Level); r.Signal != "" && limit != "" {
		return shortLabel(reading) + " " + limit
	}
	return r.Text
}

// Reason says a rule that holds by its reading: "error ratio 58 % > 50 % for 2m 12s". A rule
// without a reading is said in the runbook's own words. Undeclared, minutes are enough; bare leaves
// out how long.
func Reason(s pane.State, r severity.Reason, since, bare bool) string {
	text := r.Text
	if reading := s.Snapshot.Reading(r.Signal); r.Signal != "" && reading.Status == signal.Out {
		text = shortLabel(reading) + " " + reading.Text()
		if limit := limitAt(s, reading, r.Level); limit != "" {
			text += " " + limit
		}
	}
	if since && !bare && r.Since != nil && !r.Since.IsZero() {
		lasts := s.Now.Sub(*r.Since)
		if s.Declared() {
			return text + " for " + signal.Span(lasts)
		}
		return text + " for " + minutesOrSpan(lasts)
	}
	return text
}

// limitAt is the limit of a level without the level's name: "> 50 %".
func limitAt(s pane.State, r signal.Reading, level int) string {
	for _, l := range r.Spec.Limits {
		if l.Level == level {
			return strings.TrimSpace(strings.TrimPrefix(l.Text, levelName(s, level)))
		}
	}
	return ""
}
