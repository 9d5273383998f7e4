package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/runbook"
	"calm/model/signal"
	"calm/ui/field"
	"calm/ui/frame"
	"calm/ui/pane"
	"calm/ui/pane/guide"
	"calm/ui/row"
	"calm/ui/theme"
)

// Fields of the declaration, in the order of tab.
const (
	levelField = iota
	titleField
	scenarioField
	fieldCount
)

// declare opens the incident: what calm suggests is filled in, and one enter takes it.
type declare struct {
	dialog
	levels   []runbook.Severity
	level    int // index into levels
	suggests int // level, 0 for none
	title    field.Field
	named    bool // a person wrote the title
	cases    []string
	scenario int // index into cases; the first is none
	at       int
}

// NewDeclare opens the dialog that declares an incident.
func NewDeclare(s pane.State) Overlay {
	d := &declare{levels: levels(s), cases: []string{""}}
	if s.Severity.Level != nil {
		d.suggests = *s.Severity.Level
	}
	d.level = place(d.levels, firstLevel(s))
	for i, c := range s.Cases {
		d.cases = append(d.cases, c.Scenario.ID)
		if i == 0 && c.Leads() {
			d.scenario = 1
		}
	}
	d.title.Set(d.titled(s))
	return d
}

// levels are the severities a person can choose from; without a runbook's, the usual four.
func levels(s pane.State) []runbook.Severity {
	if s.Runbook != nil && len(s.Runbook.Severities) > 0 {
		return s.Runbook.Severities
	}
	var out []runbook.Severity
	for i, word := range []string{"Critical", "High", "Medium", "Low"} {
		out = append(out, runbook.Severity{Level: i + 1, Names: []string{"SEV-" + string(rune('1'+i)), word}})
	}
	return out
}

// firstLevel is what is suggested, else what the leading scenario has, else the middle.
func firstLevel(s pane.State) int {
	switch {
	case s.Severity.Level != nil:
		return *s.Severity.Level
	case len(s.Cases) > 0 && s.Cases[0].Leads() && s.Cases[0].Level > 0:
		return s.Cases[0].Level
	}
	return 3
}

func place(levels []runbook.Severity, level int) int {
	for i, l := range levels {
		if l.Level >= level {
			return i
		}
	}
	return max(0, len(levels)-1)
}

// titled is a title from the scenario, else from what is out of bounds.
func (d *declare) titled(s pane.State) string {
	if id := d.cases[d.scenario]; id != "" {
		for _, c := range s.Cases {
			if c.Scenario.ID == id {
				return guide.Title(c.Scenario)
			}
		}
	}
	for _, n := range s.Snapshot.Order {
		if r := s.Snapshot.Readings[n]; r.Status == signal.Out {
			return r.Spec.Label + " " + r.Text()
		}
	}
	// Nothing is measured: what a person answered is what it is about.
	for _, r := range s.Severity.Reasons {
		return r.Text
	}
	return ""
}

// Update changes a field, declares, or goes back.
func (d *declare) Update(msg tea.Msg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	d.wrong = ""
	switch k := pressed(msg); {
	case k == "esc":
		return nil, nil, nil
	case k == "enter":
		if d.title.Empty() {
			d.at, d.wrong = titleField, "give it a title"
			return d, nil, nil
		}
		return nil, pane.Declare{Level: d.levels[d.level].Level, Title: strings.TrimSpace(d.title.Text()), Scenario: d.cases[d.scenario]}, nil
	case k == "tab" || k == "down":
		d.at = turn(d.at, 1, fieldCount)
	case k == "shift+tab" || k == "up":
		d.at = turn(d.at, -1, fieldCount)
	case d.at == titleField:
		d.named = d.title.Update(msg) || d.named
	default:
		d.choose(k, s)
	}
	return d, nil, nil
}

// choose is a key on the severity or the scenario.
func (d *declare) choose(k string, s pane.State) {
	by := map[string]int{"left": -1, "h": -1, "right": 1, "l": 1, "space": 1}[k]
	if d.at == levelField {
		if len(k) == 1 && k[0] >= '1' && k[0] <= '9' {
			d.level = place(d.levels, int(k[0]-'0'))
			return
		}
		d.level = max(0, min(len(d.levels)-1, d.level+by))
		return
	}
	d.scenario = turn(d.scenario, by, len(d.cases))
	if !d.named {
		d.title.Set(d.titled(s))
	}
}

// View draws the dialog.
func (d *declare) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Declare an incident", foot: "it is written to disk before it is shown", top: d.top}
	b.body.Put(d.levelRow(st))
	if text := d.why(s); text != "" {
		b.body.Put(row.New().Gap(12).Flex(st.Muted, text))
	}
	b.body.Blank()
	r := label(st, "title", d.at == titleField)
	column, line := d.title.Draw(r, st.Bold, inner(w)-13), len(b.body)
	b.body.Put(r, d.scenarioRow(s))
	if at, margin, ok := s.Snapshot.Onset(); ok {
		text := at.UTC().Format("15:04:05") + " UTC"
		if margin > 0 {
			text += " ±" + signal.Span(margin)
		}
		b.body.Put(row.New().Gap(2).Cell(st.Muted, "onset", 10).Flex(st.Text, text+", "+signal.Span(s.Now.Sub(at))+" ago"))
	}
	b.body.Put(row.New().Gap(2).Cell(st.Muted, "commander", 10).Flex(st.Text, s.Me+", until somebody takes it (R)"))
	b.body.Blank()
	for i, text := range asks(d.levels[d.level]) {
		head := ""
		if i == 0 {
			head = "asks for"
		}
		b.body.Put(row.New().Gap(2).Cell(st.Muted, head, 10).Flex(st.Text, text))
	}
	view, shown := d.finish(&b, st, w, h, [][2]string{{"enter", "declare"}, {"tab", "next field"}, {"← →", "change"}, {"esc", "back"}})
	if d.at != titleField {
		column = -1
	}
	d.place(&b, column, line, shown)
	return view
}

func (d *declare) levelRow(st *theme.Styles) *row.Row {
	r := label(st, "severity", d.at == levelField)
	for i, l := range d.levels {
		if i > 0 {
			r.Gap(1)
		}
		if i == d.level {
			r.Add(st.Chip(l.Level), " "+l.Name()+" ")
			continue
		}
		r.Add(st.Muted, " "+l.Name()+" ")
	}
	return r
}

// why says what speaks for the level, or that a person goes beyond the readings.
func (d *declare) why(s pane.State) string {
	level := d.levels[d.level].Level
	if d.suggests == 0 {
		return "no severity is suggested by the readings"
	}
	for _, r := range s.Severity.Reasons {
		if r.Level == d.suggests {
			text := "suggested: " + frame.Reason(s, r, true, false)
			if level != d.suggests {
				text = d.levels[place(d.levels, d.suggests)].Name() + " is " + text
			}
			return text
		}
	}
	return ""
}

func (d *declare) scenarioRow(s pane.State) *row.Row {
	st := &s.Theme
	r := label(st, "scenario", d.at == scenarioField)
	id := d.cases[d.scenario]
	for _, c := range s.Cases {
		if c.Scenario.ID == id {
			return r.Flex(st.Text, c.Scenario.Title).Tail(st.Muted, guide.Evidence(c))
		}
	}
	return r.Add(st.Muted, "none yet")
}

// asks are a level's duties, a line each.
func asks(sev runbook.Severity) []string {
	var out []string
	var times []string
	for _, x := range []struct {
		word    string
		seconds *float64
	}{{"response", sev.Response}, {"updates every", sev.Update}, {"resolution", sev.Resolution}} {
		if d, ok := runbook.Seconds(x.seconds); ok {
			times = append(times, x.word+" "+signal.Short(d))
		}
	}
	if len(times) > 0 {
		out = append(out, strings.Join(times, " · "))
	}
	if sev.Escalation != "" {
		out = append(out, oneLine(sev.Escalation))
	}
	if len(sev.Channels) > 0 {
		out = append(out, strings.Join(sev.Channels, "  "))
	}
	return out
}
