package runbook

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"calm/model/runbook/shell"
)

// textWidth is how wide the lines of WriteText are at most, in columns.
const textWidth = 100

// WriteText writes what was understood of a runbook for a person: every part with its line in the
// file, at most 100 columns wide. The error is the writer's.
func (r *Runbook) WriteText(w io.Writer) error {
	t := &textWriter{w: w}
	t.head(r)
	t.severities(r.Severities)
	t.escalation(r.Escalation)
	t.scenarios(r)
	t.procedures(r.Procedures)
	t.checklists(r.Checklists)
	t.templates(r)
	t.contacts(r.Contacts)
	t.sections(r.Sections)
	t.warnings(r.Warnings)
	return t.err
}

// longRemark is how wide a remark may be that cuts the text beside it; a longer one gets its own line.
const longRemark = 28

// textWriter writes rows: a line number, an indent, text, and a remark at the right.
type textWriter struct {
	w   io.Writer
	err error
}

func (t *textWriter) write(s string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.w, strings.TrimRight(s, " ")+"\n")
	}
}

// row writes "  123  text … remark"; line 0 leaves the number out.
func (t *textWriter) row(line, indent int, text, remark string) {
	number := "     "
	if line > 0 {
		number = fmt.Sprintf("%5d", line)
	}
	room := textWidth - 7 - indent
	if remark != "" {
		room -= utf8.RuneCountInString(remark) + 2
	}
	text = oneLine(text)
	if long := utf8.RuneCountInString(remark) > longRemark && utf8.RuneCountInString(text) > room; long {
		t.row(line, indent, text, "")
		t.row(0, indent+2, remark, "")
		return
	}
	text = clip(text, room)
	if remark != "" {
		text += strings.Repeat(" ", max(room-utf8.RuneCountInString(text), 0)) + "  " + remark
	}
	t.write(number + "  " + strings.Repeat(" ", indent) + text)
}

// title opens a group of parts.
func (t *textWriter) title(name string, n int) {
	t.write("")
	t.write(fmt.Sprintf("%s (%d)", name, n))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func clip(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	runes := []rune(s)
	return string(runes[:max(width-1, 0)]) + "…"
}

func (t *textWriter) head(r *Runbook) {
	t.write(clip(r.Title, textWidth))
	t.write(clip(fmt.Sprintf("%s  sha256 %.12s", r.Path, r.SHA256), textWidth))
	keys := make([]string, 0, len(r.Metadata))
	for k := range r.Metadata {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.write(clip(strings.ReplaceAll(k, "_", " ")+": "+oneLine(r.Metadata[k]), textWidth))
	}
}

func (t *textWriter) severities(list []Severity) {
	if len(list) == 0 {
		return
	}
	t.title("Severities", len(list))
	for _, s := range list {
		t.row(s.Line, 0, strings.TrimSuffix(strings.Join(s.Names, " · ")+": "+s.Impact, ": "), "level "+fmt.Sprint(s.Level))
		if times := severityTimes(s); times != "" {
			t.row(0, 2, times, "")
		}
		for _, c := range s.Criteria {
			t.row(c.Line, 2, c.Text, kindOf(c.Kind, c.Predicate))
		}
	}
}

func severityTimes(s Severity) string {
	var parts []string
	add := func(label string, v *float64) {
		if v != nil {
			parts = append(parts, label+" "+duration(*v))
		}
	}
	add("respond in", s.Response)
	if s.ResponseNote != "" {
		parts = append(parts, s.ResponseNote)
	}
	add("update every", s.Update)
	add("resolve in", s.Resolution)
	if len(s.Channels) > 0 {
		parts = append(parts, strings.Join(s.Channels, " "))
	}
	return strings.Join(parts, " · ")
}

// duration writes seconds in their largest whole unit.
func duration(seconds float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"w", 604800}, {"d", 86400}, {"h", 3600}, {"min", 60}} {
		if n := seconds / u.size; n >= 1 && n == float64(int64(n)) {
			return fmt.Sprintf("%g %s", n, u.name)
		}
	}
	return fmt.Sprintf("%g s", seconds)
}

// kindOf says how a sentence is decided: "measured error_ratio > 0.5".
func kindOf(kind string, p *Predicate) string {
	if p == nil {
		return kind
	}
	return kind + " " + p.String()
}

// String writes a predicate: "error_ratio > 0.2", "db_health is error", "app_memory up".
func (p *Predicate) String() string {
	s := string(p.Signal)
	if p.Subject != "" {
		s += " of " + p.Subject
	}
	switch {
	case p.Equals != "":
		return s + " is " + p.Equals
	case p.Trend != "":
		return s + " " + p.Trend
	case p.Min != nil && p.Max != nil:
		return fmt.Sprintf("%s %g–%g", s, *p.Min, *p.Max)
	case p.Min != nil && p.MinOpen:
		return fmt.Sprintf("%s > %g", s, *p.Min)
	case p.Min != nil:
		return fmt.Sprintf("%s ≥ %g", s, *p.Min)
	case p.Max != nil && p.MaxOpen:
		return fmt.Sprintf("%s < %g", s, *p.Max)
	case p.Max != nil:
		return fmt.Sprintf("%s ≤ %g", s, *p.Max)
	}
	return s
}

func (t *textWriter) escalation(list []Escalation) {
	if len(list) == 0 {
		return
	}
	t.title("Escalation", len(list))
	for _, e := range list {
		remark := "outside"
		if !e.External {
			remark = "level " + fmt.Sprint(e.Level)
		}
		if e.After != nil {
			remark += ", on after " + duration(*e.After)
		}
		if e.Auto != nil {
			remark += ", by itself after " + duration(*e.Auto)
		}
		t.row(e.Line, 0, strings.TrimSuffix(e.Title+" · "+e.Contact, " · "), remark)
		for _, d := range append([]string{e.Scope, e.EscalateIf}, e.Details...) {
			if d != "" {
				t.row(0, 2, d, "")
			}
		}
	}
}

func (t *textWriter) scenarios(r *Runbook) {
	if len(r.Scenarios) == 0 {
		return
	}
	t.title("Scenarios", len(r.Scenarios))
	for _, s := range r.Scenarios {
		t.row(s.Line, 0, s.Title, s.Severity.Text)
		for _, y := range s.Symptoms {
			remark := kindOf(y.Kind, y.Predicate)
			if len(y.Signatures) > 0 && y.Predicate == nil {
				remark = y.Kind + " " + strings.Join(y.Signatures, ", ")
			}
			t.row(y.Line, 2, y.Text, remark)
		}
		t.group("diagnosis", s.Diagnosis)
		for _, it := range s.Resolution {
			t.item(it)
		}
	}
}

func (t *textWriter) item(it Item) {
	text := it.Title
	if it.Horizon != "" {
		text = it.Horizon + ": " + text
	}
	if it.Number > 0 {
		text = fmt.Sprintf("%d. %s", it.Number, text)
	}
	if len(it.Steps) == 1 && it.Steps[0].Kind == ProseStep {
		t.row(it.Line, 2, text, ProseStep)
		return
	}
	t.row(it.Line, 2, text, "")
	t.steps(4, it.Steps)
}

func (t *textWriter) group(name string, steps []Step) {
	if len(steps) > 0 {
		t.row(0, 2, name, "")
		t.steps(4, steps)
	}
}

func (t *textWriter) steps(indent int, steps []Step) {
	for _, s := range steps {
		t.row(s.Line, indent, stepText(s), stepRemark(s))
		for _, line := range s.lines() {
			t.row(0, indent+2, line, "")
		}
	}
}

func stepText(s Step) string {
	if s.Kind == CodeStep && !strings.Contains(s.Text, "\n") {
		return s.Text
	}
	if s.Kind != ShellStep || s.Title == firstLine(s.Text) {
		return s.Title
	}
	return s.Title + ": " + s.Text
}

// stepRemark is the step's risk, or what it is when it is no command.
func stepRemark(s Step) string {
	if s.Kind != ShellStep {
		return s.Kind
	}
	remark := string(s.Risk)
	if s.Risk == shell.Destroys {
		remark = "DESTROYS"
	}
	if s.Endless {
		remark += ", endless"
	}
	if s.Interactive {
		remark += ", interactive"
	}
	if n := len(s.Placeholders); n > 0 {
		remark += fmt.Sprintf(", asks %d", n)
	}
	return remark
}

func (t *textWriter) procedures(list []Procedure) {
	if len(list) == 0 {
		return
	}
	t.title("Procedures", len(list))
	for _, p := range list {
		remark := p.Kind
		if len(p.Estimate) == 2 {
			remark += ", up to " + duration(p.Estimate[1])
		}
		t.row(p.Line, 0, p.Title, remark)
		if p.Caution != "" {
			t.row(0, 2, "caution: "+p.Caution, "")
		}
		if p.Approval != nil {
			t.row(0, 2, "approval: "+p.Approval.Text, "")
		}
		t.steps(2, p.Steps)
		if p.Undo != "" {
			t.row(0, 2, "undo: "+p.Undo, "")
		}
	}
}

func (t *textWriter) checklists(list []Checklist) {
	if len(list) == 0 {
		return
	}
	t.title("Checklists", len(list))
	for _, c := range list {
		t.row(c.Line, 0, c.Title, c.Phase)
		for _, it := range c.Items {
			mark := "[ ] "
			if it.Done {
				mark = "[✓] "
			}
			t.row(it.Line, 2, mark+it.Text, "")
		}
	}
}

func (t *textWriter) templates(r *Runbook) {
	if len(r.Templates) > 0 {
		t.title("Templates", len(r.Templates))
	}
	for _, m := range r.Templates {
		t.row(m.Line, 0, strings.TrimSuffix(m.Title+" · "+m.Channel, " · "), fmt.Sprintf("%s, %d fields", m.Purpose, len(m.Fields)))
	}
	if pm := r.PostMortem; pm != nil {
		t.title("Post-mortem", 1)
		t.row(pm.Line, 0, pm.Title, fmt.Sprintf("%d headings, %d fields", len(pm.Headings), len(pm.Fields)))
	}
}

func (t *textWriter) contacts(list []Contact) {
	if len(list) == 0 {
		return
	}
	t.title("Contacts", len(list))
	for _, c := range list {
		t.row(c.Line, 0, c.Name+": "+c.How, "")
	}
}

func (t *textWriter) sections(list []Section) {
	if len(list) == 0 {
		return
	}
	t.title("Kept as they are", len(list))
	for _, s := range list {
		lines := 0
		if s.Body != "" {
			lines = strings.Count(s.Body, "\n") + 1
		}
		t.row(s.Line, max(s.Level-1, 0)*2, s.Title, fmt.Sprintf("%d lines", lines))
	}
}

func (t *textWriter) warnings(list []Warning) {
	if len(list) == 0 {
		return
	}
	t.title("Warnings", len(list))
	for _, w := range list {
		t.row(w.Line, 0, w.Text, "")
	}
}
