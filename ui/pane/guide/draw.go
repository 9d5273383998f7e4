package guide

import (
	"strconv"
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// ages is the width of the column of ages: four, more when one needs more.
func ages(items []item) int {
	w := 4
	for _, it := range items {
		if it.kind == symptomRow {
			w = max(w, theme.Width(age(*it.symptom)))
		}
	}
	return w
}

func age(x triage.Symptom) string {
	if x.Kind == runbook.Asked || x.Reading == "" {
		return ""
	}
	return signal.Span(x.Age)
}

func (d drawer) levelName(level int) string {
	if d.s.Runbook == nil {
		return ""
	}
	return d.s.Runbook.SeverityName(level)
}

// Name is a scenario's number and title.
func Name(sc runbook.Scenario) string {
	if sc.Number > 0 {
		return strconv.Itoa(sc.Number) + " " + Title(sc)
	}
	return Title(sc)
}

func (d drawer) title(it item) *row.Row {
	c := *it.cased
	return row.New().Gap(3).Flex(d.st.Bold, Name(c.Scenario)).
		Tail(d.st.Bold, evidence(c, d.w < 60, false)).Tail(d.st.Text, "  "+d.levelName(c.Level))
}

// scenario is one line of the list.
func (d drawer) scenario(it item) *row.Row {
	c, st := *it.cased, d.st
	r := row.New()
	titleStyle, seen := st.Text, st.Muted
	if c.Seen > 0 {
		seen = st.Text
	}
	if it.spread && c.Leads() {
		titleStyle, seen = st.Bold, st.Bold
	}
	if it.id == d.at && d.focused {
		r.Add(st.Accent, "▸ ")
	} else {
		r.Gap(2)
	}
	return r.Flex(titleStyle, Name(c.Scenario)).Tail(seen, evidence(c, d.w < 60, it.calm)).Tail(st.Text, "  "+pad(d.levelName(c.Level), 5))
}

func pad(s string, n int) string {
	if len(s) < n {
		return s + strings.Repeat(" ", n-len(s))
	}
	return s
}

// lead draws what stands before every checklist row: the cursor and the bracket.
func (d drawer) lead(it item, bracket string, style theme.Style) *row.Row {
	r := row.New().Gap(1)
	if it.indent {
		r.Gap(1)
	}
	if it.id == d.at && (d.focused || it.current) {
		r.Add(d.st.Accent, "▸").Gap(1)
	} else {
		r.Gap(2)
	}
	if it.indent && it.kind == stepRow {
		r.Gap(3)
	}
	return r.Add(style, bracket).Gap(1)
}

func (d drawer) symptom(it item) []*row.Row {
	st, x := d.st, *it.symptom
	bracket, style := symptomBracket(d, it)
	r := d.lead(it, bracket, style)
	text := st.Text
	if it.id == d.at && d.focused {
		text = st.Current
	}
	indent := r.Len()
	r.Flex(text, it.text)
	switch {
	case d.asking == it.id:
		r.Tail(st.Accent, "y").Tail(st.Text, " yes  ").Tail(st.Accent, "n").Tail(st.Text, " no  ").Tail(st.Accent, "u").Tail(st.Text, " not known")
	case it.question() && d.s.Incident.Answers[it.id] == "":
		r.Tail(st.Accent, "a").Tail(st.Muted, " answer")
	case it.question():
		r.Tail(st.Muted, d.s.Incident.Answers[it.id])
	case x.Reading != "":
		read := st.Text
		if x.State == triage.Unknown {
			read = st.Unknown
		}
		r.Tail(read, x.Reading).Tail(st.Text, "  ").TailNum(st.Muted, age(x), d.age)
	}
	return d.whole(it, r, indent, text)
}

// symptomBracket: round for what is sensed, square for what a person said.
func symptomBracket(d drawer, it item) (string, theme.Style) {
	st := d.st
	if it.question() {
		switch d.s.Incident.Answers[it.id] {
		case "yes":
			return "[y]", st.Bad
		case "no":
			return "[n]", st.Text
		case "unknown":
			return "[?]", st.Unknown
		}
		return "[ ]", st.Text
	}
	switch it.symptom.State {
	case triage.Seen:
		if d.s.Incident.Ticks[it.id].State == "acknowledged" {
			return "(✓)", st.Bad
		}
		return "(●)", st.Bad
	case triage.Contradicted:
		return "( )", st.Text
	}
	return "(?)", st.Unknown
}

// whole wraps the selected row, so that nothing of it is hidden.
func (d drawer) whole(it item, r *row.Row, indent int, style theme.Style) []*row.Row {
	if it.id != d.at || !d.focused || !r.Cuts(d.w) {
		return []*row.Row{r}
	}
	room := d.w - r.TailLen() - 1 - indent
	if r.TailLen() == 0 {
		room = d.w - indent
	}
	lines := row.Wrap(style, it.text, max(10, room))
	r.Replace(style, lines[0])
	out := []*row.Row{r}
	for _, l := range lines[1:] {
		out = append(out, row.New().Gap(indent).Flex(style, l))
	}
	return out
}

// fails is what the runbook has for when the remedy does not help.
func (d drawer) fails() []*row.Row {
	if d.s.Runbook == nil {
		return nil
	}
	var parts []string
	for _, p := range d.s.Runbook.Procedures {
		if p.Kind == runbook.Rollback && p.Caution == "" && len(p.Steps) > 0 {
			title, _, _ := strings.Cut(p.Title, " (")
			parts = append(parts, strings.TrimSpace(title+" "+Estimate(p.Estimate)))
		}
	}
	// What does not fit is left out whole: half an estimate is a wrong one.
	const label = "if it fails  "
	text := "escalate"
	for n := 1; n <= len(parts); n++ {
		longer := strings.Join(append(parts[:n:n], "escalate"), " · ")
		if theme.Width(label+longer)+3 > d.w {
			break
		}
		text = longer
	}
	return []*row.Row{row.New().Gap(3).Add(d.st.Muted, label).Flex(d.st.Text, text)}
}

// Estimate writes how long a procedure takes: "< 2 min", "5–10 min"; empty when the runbook does
// not say. The pair is in seconds.
func Estimate(e []float64) string {
	if len(e) != 2 || e[1] <= 0 {
		return ""
	}
	unit, word := 60.0, " min"
	switch {
	case e[1] < 60:
		unit, word = 1, " s"
	case e[1] >= 3*3600:
		unit, word = 3600, " h"
	}
	high := strconv.FormatFloat(e[1]/unit, 'f', -1, 64) + word
	switch {
	case e[0] <= 0:
		return "< " + high
	case e[0] == e[1]:
		return high
	}
	return strconv.FormatFloat(e[0]/unit, 'f', -1, 64) + "–" + high
}

func (d drawer) best(it item) []*row.Row {
	st := d.st
	text := st.Text
	r := row.New()
	if it.id == d.at && d.focused {
		r.Gap(2).Add(st.Accent, "▸ ")
		text = st.Current
	}
	r.To(4).Flex(text, command(*it.step)).Tail(st.Text, string(it.step.Risk)).Tail(st.Text, "   ").Tail(st.Accent, "c")
	return []*row.Row{r}
}

func (d drawer) change(it item) *row.Row {
	st, c := d.st, *it.change
	at := c.At.UTC().Format("15:04:05")
	if d.s.Now.Sub(c.At).Hours() > 20 {
		at = c.At.UTC().Format("2 Jan 15:04")
	}
	r := row.New().Gap(4).Add(st.Text, at).Gap(2).Flex(st.Text, c.Text)
	if c.Note != "" {
		r.Gap(2).Flex(st.Muted, c.Note)
	}
	if text, close := before(d.s, c); text != "" {
		style := st.Muted
		if close {
			style = st.Warn
		}
		r.Tail(style, text)
	}
	return r
}

func (d drawer) fact(it item) *row.Row {
	st, f := d.st, *it.fact
	mark, style := "✓", st.Text
	switch f.State {
	case "warn":
		mark, style = "▲", st.Warn
	case "unknown":
		mark, style = "?", st.Unknown
	}
	r := row.New().Gap(2).Add(style, mark).Gap(2).Flex(st.Text, f.Text)
	if f.Note != "" {
		r.Gap(1).Flex(st.Muted, f.Note)
	}
	return r
}

// command is the first line of what a step runs, comments left out.
func command(step runbook.Step) string {
	if step.Kind != runbook.ShellStep && step.Kind != runbook.NginxStep {
		return StepTitle(step)
	}
	for line := range strings.Lines(step.Text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return strings.TrimPrefix(line, "$ ")
		}
	}
	return step.Title
}

// Risk is the word for what a step does: its risk, or that it is code or words for a person.
func Risk(steps ...runbook.Step) string {
	word, worst := "words", -1
	for _, step := range steps {
		if step.Remote != "" {
			continue // it only leads to the host that calm is on
		}
		switch step.Kind {
		case runbook.ShellStep, runbook.NginxStep:
			if n := order(step.Risk); n > worst {
				word, worst = string(step.Risk), n
			}
		case runbook.ProseStep, "":
		default:
			if worst < 0 {
				word, worst = "code", 0
			}
		}
	}
	return word
}

func order(r shell.Risk) int {
	switch r {
	case shell.Reads:
		return 1
	case shell.Changes:
		return 2
	case shell.Unknown:
		return 3
	}
	return 4
}

// resultOf is the newest output of a step.
func resultOf(s pane.State, step string) (pane.Result, bool) {
	for _, r := range s.Outputs {
		if r.Step == step {
			return r, true
		}
	}
	return pane.Result{}, false
}
