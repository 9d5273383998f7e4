package actions

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/pane/guide"
	"calm/ui/row"
	"calm/ui/theme"
)

// Band says what runs, or how much was done.
func (p *Pane) Band(s pane.State) string {
	a := shown(s)
	if a == nil {
		return summary(s)
	}
	parts := []string{}
	if a.Number > 0 {
		parts = append(parts, "run "+strconv.Itoa(a.Number))
	}
	return s.Theme.Text.Clean(strings.Join(append(parts, where(s, a)), " · "))
}

func summary(s pane.State) string {
	checks, changed := 0, 0
	for _, r := range s.Incident.Runs {
		if r.Risk == "reads" {
			checks++
		} else {
			changed++
		}
	}
	if len(s.Incident.Runs) == 0 {
		for _, r := range s.Outputs {
			if r.Check {
				checks++
			} else {
				changed++
			}
		}
	}
	text := "nothing done"
	switch {
	case checks > 0 && changed > 0:
		text = plural(changed, "action") + ", " + plural(checks, "check") + " done"
	case changed > 0:
		text = plural(changed, "action") + " done"
	case checks > 0:
		text = plural(checks, "check") + " done"
	}
	return text + ", nothing running"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// where says which part of the runbook an action belongs to.
func where(s pane.State, a *pane.Action) string {
	ref := a.Plan.Ref
	if ref.Group == "procedure" {
		return ref.Title + ", step " + strconv.Itoa(ref.Index) + " of " + strconv.Itoa(ref.Of)
	}
	name := ""
	if s.Runbook != nil {
		if sc, ok := s.Runbook.ScenarioByID(ref.Part); ok && sc.Number > 0 {
			name = "Scenario " + strconv.Itoa(sc.Number) + ", "
		}
	}
	if ref.Index > 0 {
		return name + ref.Group + " " + strconv.Itoa(ref.Index)
	}
	return name + ref.Group
}

// drawer draws the pane at one width.
type drawer struct {
	s       pane.State
	st      *theme.Styles
	w       int
	at      string
	focused bool
	b       row.Block
	line    int // of the selected row
	spare   int // lines of a judged action that must be given up
	told    int // lines that tell of the action, up to what comes next
}

// lines is the whole pane, with so many lines of a judged action given up.
func (p *Pane) lines(s pane.State, w, spare int, focused bool) *drawer {
	all := p.entries(s)
	d := &drawer{s: s, st: &s.Theme, w: w, focused: focused, spare: spare}
	if len(all) > 0 {
		d.at = all[p.place(all)].id
	}
	a := shown(s)
	if a != nil {
		d.action(a)
	}
	d.told = len(d.b)
	if a == nil || a.Stage >= pane.Judged {
		d.procedures(p.opened(s), a != nil)
	}
	if a == nil {
		d.results()
	}
	return d
}

// choose marks a row as the one keys act on.
func (d *drawer) choose(id string, indent int) (*row.Row, theme.Style) {
	if id != d.at || !d.focused && !strings.HasPrefix(id, "choice-") {
		return row.New().Gap(indent), d.st.Text
	}
	d.line = len(d.b)
	return row.New().Gap(indent-2).Add(d.st.Accent, "▸ "), d.st.Bold
}

// procedures is the runbook's list: how long each takes and what it does.
func (d *drawer) procedures(opened string, after bool) {
	if d.s.Runbook == nil || len(d.s.Runbook.Procedures) == 0 {
		if len(d.b) == 0 {
			d.b.Put(row.New().Gap(3).Flex(d.st.Muted, "Nothing has been done."))
		}
		return
	}
	if after {
		d.b.Blank()
		d.b.Put(row.New().Gap(3).Flex(d.st.Muted, "every procedure of the runbook"))
	}
	for _, x := range d.s.Runbook.Procedures {
		d.procedure(x)
		if x.ID != opened {
			continue
		}
		for i, step := range x.Steps {
			d.step(i, step)
		}
	}
}

func (d *drawer) procedure(x runbook.Procedure) {
	st := d.st
	r, style := d.choose(x.ID, 3)
	r.Add(style, x.Title)
	switch {
	case x.Approval != nil:
		note := "needs approval"
		if d.w >= 64 && len(x.Approval.By) > 0 {
			note = "needs " + strings.Join(x.Approval.By, " or ")
		}
		r.Gap(1).Flex(st.Muted, note)
	case x.Caution != "":
		r.Gap(1).Flex(st.Muted, lowerFirst(x.Caution))
	}
	risk := guide.Risk(x.Steps...)
	if e := guide.Estimate(x.Estimate); e != "" {
		r.Tail(st.Muted, e).Tail(st.Text, "  ")
	}
	r.TailNum(st.Risk(risk), risk, 8)
	d.b.Put(r)
}

func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[n:]
}

func (d *drawer) step(i int, step runbook.Step) {
	st := d.st
	r, style := d.choose(step.ID, 5)
	mark := "[ ] "
	if done(d.s, step.ID) {
		mark = "[✓] "
	}
	r.Add(style, mark+strconv.Itoa(i+1)+" ").Flex(style, guide.StepTitle(step))
	risk := guide.Risk(step)
	r.TailNum(st.Risk(risk), risk, 8)
	d.b.Put(r)
}

// results is what was done so far, newest first.
func (d *drawer) results() {
	if len(d.s.Outputs) == 0 {
		return
	}
	st := d.st
	d.b.Blank()
	d.b.Put(row.New().Gap(3).Add(st.Muted, "done"))
	for i, r := range d.s.Outputs {
		if i == 8 {
			break
		}
		text := first(r.Command)
		if text == "" {
			text = r.Title
		}
		line := row.New().Gap(3).Add(st.Text, r.At.UTC().Format("15:04:05")).Gap(2).Flex(st.Text, text).Gap(2)
		word, style := outcome(st, r)
		d.b.Put(line.Add(style, word).Tail(st.Muted, r.By))
	}
}

func outcome(st *theme.Styles, r pane.Result) (string, theme.Style) {
	switch r.Verdict {
	case action.Worked:
		return "WORKED", st.OK
	case action.NoEffect:
		if !r.Check {
			return "NO EFFECT", st.Warn
		}
	case action.Worse:
		return "WORSE", st.BadBold
	case action.Unsure:
		return "unknown", st.Unknown
	}
	return "exit " + strconv.Itoa(r.Exit) + ", " + took(r), st.Muted
}

func took(r pane.Result) string {
	return signal.FormatValue(signal.Seconds, r.Took.Seconds())
}

// first is the first line of a command that does something.
func first(command string) string {
	for line := range strings.Lines(command) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}
