package guide

import (
	"strconv"
	"strings"

	"calm/model/runbook"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// tickable draws a step, a remedy or a checklist item; the one at hand is open.
func (d drawer) tickable(it item) []*row.Row {
	st := d.st
	bracket, style := d.bracket(it)
	r := d.lead(it, bracket, style)
	indent := r.Len()
	r.Flex(style, it.text)
	d.outcome(it, r)
	out := d.whole(it, r, indent, style)
	chosen := it.id == d.at && d.focused
	if it.kind == checkRow || it.done(d.s) && !chosen || !it.current && !chosen {
		return out
	}
	for _, line := range d.details(it) {
		out = append(out, row.New().Gap(indent).Cell(st.Muted, line[0], labelOf(line[0])).Flex(st.Text, line[1]))
	}
	return append(out, d.lint(it, indent)...)
}

func labelOf(label string) int {
	if label == "" {
		return 0
	}
	return 8
}

// bracket shows what became of a row; the style is for its text too.
func (d drawer) bracket(it item) (string, theme.Style) {
	st := d.st
	style := st.Text
	if it.id == d.at && d.focused || it.current {
		style = st.Current
	}
	if d.s.Incident.Unwritten(it.id) {
		return "[…]", style // said, and not in the journal yet
	}
	switch d.s.Incident.Ticks[it.id].State {
	case "skipped":
		return "[-]", style
	case "deferred":
		return "[>]", style
	}
	if it.done(d.s) {
		return "[✓]", style
	}
	return "[ ]", style
}

// outcome puts at the right what is known: what it found and when, that it runs, or its risk.
func (d drawer) outcome(it item, r *row.Row) {
	st := d.st
	tick, ticked := d.s.Incident.Ticks[it.id]
	at := d.s.Incident.TickedAt[it.id]
	var step runbook.Step
	if it.step != nil {
		step = *it.step
	}
	switch res, ran := resultOf(d.s, step.ID); {
	case d.s.Incident.Unwritten(it.id):
		r.Tail(st.Warn, "pending")
	case inWork(d.s, it):
		r.Tail(st.Current, inWorkWord(d.s))
	case ticked && tick.Reason != "":
		r.Tail(st.Muted, row.Cut(st.Muted.Clean(tick.Reason), max(12, d.w/3), st.ASCII))
	case ticked && tick.State == "done" && !ran && !at.IsZero():
		r.Tail(st.Muted, at.UTC().Format("15:04"))
	case ran && it.kind != checkRow && step.ID != "" && (it.kind == stepRow || len(it.remedy.Steps) < 2):
		d.found(res, r)
	case it.kind == stepRow:
		d.marked(it, r)
		d.risk(Risk(step), r)
	case it.kind == remedyRow:
		d.marked(it, r)
		d.risk(Risk(it.remedy.Steps...), r)
	}
}

func (d drawer) risk(word string, r *row.Row) {
	if word == "words" || word == "code" || word == "reads" {
		r.Tail(d.st.Muted, word)
		return
	}
	r.Tail(d.st.Risk(word), word)
}

// found is what a step said, cut to leave room for its name.
func (d drawer) found(res pane.Result, r *row.Row) {
	st := d.st
	text, style := "exit "+strconv.Itoa(res.Exit), st.Text
	switch {
	case res.Verdict != "":
		text = string(res.Verdict)
		switch text {
		case "worked":
			style = st.OK
		case "no effect":
			style = st.Warn
		case "worse":
			style = st.BadBold
		default:
			style = st.Unknown
		}
	case res.Exit != 0:
		style = st.Warn
	}
	if len(res.Adds) > 0 && res.Check {
		text = row.Cut(style.Clean(res.Adds[0]), max(12, d.w/2-8), st.ASCII)
	}
	r.Tail(style, text).Tail(st.Muted, "  "+res.At.UTC().Format("15:04"))
}

// inWork says whether an action on this very step is on its way.
func inWork(s pane.State, it item) bool {
	a := s.Action
	if a == nil || a.Stage == pane.Judged || it.kind == checkRow {
		return false
	}
	ref := a.Plan.Ref
	return ref.Step == it.id && ref.Step != "" || it.kind == remedyRow && ref.Item == it.id && ref.Item != ""
}

func inWorkWord(s pane.State) string {
	switch s.Action.Stage {
	case pane.Running:
		return "runs"
	case pane.Verifying:
		return "measured"
	case pane.Lost:
		return "unknown"
	}
	return "proposed"
}

// details are the lines below the open step: what it runs, what should be seen, what it leaves.
func (d drawer) details(it item) [][2]string {
	var out [][2]string
	if it.step == nil || it.kind == remedyRow && len(it.remedy.Steps) > 1 {
		return nil
	}
	step := *it.step
	if it.runs() {
		for _, line := range commands(step, 3) {
			if line != it.text {
				out = append(out, [2]string{"", line})
			}
		}
	} else if text := strings.TrimSpace(step.Text); text != "" && !strings.Contains(it.text, text) {
		for i, line := range strings.Split(text, "\n") {
			if i == 6 {
				break
			}
			out = append(out, [2]string{"", line})
		}
	}
	if e := expected(d.s, step); e != "" {
		out = append(out, [2]string{"expect", e})
	}
	if len(step.Placeholders) > 0 {
		var names []string
		for _, p := range step.Placeholders {
			names = append(names, p.Text)
		}
		out = append(out, [2]string{"asks", strings.Join(names, ", ")})
	}
	if k := keeps(d.s, it); k != "" {
		out = append(out, [2]string{"keeps", k})
	}
	return out
}

// commands are the first lines of what runs.
func commands(step runbook.Step, most int) []string {
	var all []string
	for line := range strings.Lines(step.Text) {
		if t := strings.TrimSpace(line); t != "" && !strings.HasPrefix(t, "#") {
			all = append(all, strings.TrimRight(line, " \t\r\n"))
		}
	}
	if len(all) > most {
		rest := len(all) - most + 1
		all = append(all[:most-1], "… "+strconv.Itoa(rest)+" more lines, all shown before anything runs")
	}
	return all
}

// expected is what must be true afterwards: as planned when it was planned, else the runbook's own
// words.
func expected(s pane.State, step runbook.Step) string {
	if s.Action != nil && s.Action.Plan.Ref.Step == step.ID && step.ID != "" {
		var parts []string
		for _, e := range s.Action.Plan.Expect {
			parts = append(parts, e.Text)
		}
		if len(parts) > 0 {
			return strings.Join(parts, ", ")
		}
	}
	if step.Expect != nil {
		return step.Expect.Text
	}
	return ""
}

// keeps says what a remedy for now leaves in place, when the runbook has others for later.
func keeps(s pane.State, it item) string {
	if it.kind != remedyRow || !strings.HasPrefix(strings.ToLower(it.remedy.Horizon), "immediate") || s.Runbook == nil {
		return ""
	}
	sc, ok := s.Runbook.ScenarioByID(it.ref.Part)
	if !ok {
		return ""
	}
	for _, r := range sc.Resolution {
		if strings.HasPrefix(strings.ToLower(r.Horizon), "long") || strings.HasPrefix(strings.ToLower(r.Horizon), "short") {
			return "the cause: it may come back"
		}
	}
	return ""
}
