package guide

import (
	"fmt"
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/triage"
	"calm/ui/pane"
)

// kind is what a row of the guide is.
type kind int

const (
	blankRow kind = iota
	headingRow
	titleRow
	scenarioRow
	symptomRow
	stepRow
	remedyRow
	checkRow
	failsRow
	bestRow
	bandRow
	changeRow
	factRow
	alsoRow
	emptyRow
	foldedRow // a part that is done, in one line
)

// item is one row of the guide before it is drawn. Rows without an ID can't be selected.
type item struct {
	id      string
	kind    kind
	text    string
	note    string // at the right of a heading
	current bool   // the first open step

	cased   *triage.Case
	symptom *triage.Symptom
	step    *runbook.Step
	remedy  *runbook.Item
	indent  bool // a step inside a remedy, a heading of the list
	spread  bool // a scenario with its symptoms below
	calm    bool // nothing is wrong: no word about what speaks against it
	ref     action.Ref
	line    int // of the runbook, for an item of a checklist
	change  *pane.Change
	fact    *pane.Fact
}

// question says that only a person can answer.
func (it item) question() bool { return it.kind == symptomRow && it.symptom.Kind == runbook.Asked }

// runs says that there is a command to propose.
func (it item) runs() bool {
	return (it.kind == stepRow || it.kind == remedyRow) && it.step != nil && (it.step.Kind == runbook.ShellStep || it.step.Kind == runbook.NginxStep)
}

// ticks says that the row is done or not.
func (it item) ticks() bool {
	return it.kind == stepRow || it.kind == remedyRow || it.kind == checkRow
}

// done says whether nothing is left to do about the row.
func (it item) done(s pane.State) bool {
	if it.kind != remedyRow || len(it.remedy.Steps) == 0 {
		return done(s, it.id)
	}
	if _, ticked := s.Incident.Ticks[it.id]; ticked {
		return done(s, it.id)
	}
	return !slices.ContainsFunc(it.remedy.Steps, func(step runbook.Step) bool { return !done(s, step.ID) })
}

// done says whether a step or an item of a list is done, skipped or deferred.
func done(s pane.State, id string) bool {
	if t, ok := s.Incident.Ticks[id]; ok {
		return t.State == "done" || t.State == "skipped" || t.State == "deferred"
	}
	return slices.Contains(s.Done, id)
}

// copied is what the row puts on the clipboard: the command, else the words.
func (it item) copied() string {
	if it.runs() {
		return it.step.Text
	}
	return it.text
}

// items is the whole guide: a scenario as a checklist, or the list of scenarios.
func (p *Pane) items(s pane.State) []item {
	if s.Runbook == nil || len(s.Runbook.Scenarios)+len(s.Cases) == 0 {
		return append([]item{{kind: emptyRow, text: "The runbook has no scenarios; its procedures are in 4."}}, checklists(s)...)
	}
	if id := p.scenario(s); id != "" {
		if c, ok := caseOf(s, id); ok {
			if p.tight {
				return tighten(s, scenario(s, c))
			}
			return scenario(s, c)
		}
	}
	return p.scenarios(s)
}

// scenario is one as a checklist, with what to do if it fails, and the runbook's own checklists.
func scenario(s pane.State, c triage.Case) []item {
	out := []item{{kind: titleRow, cased: &c, text: Title(c.Scenario)}}
	if len(c.Symptoms) > 0 {
		out = append(out, item{kind: headingRow, text: "symptoms"})
	}
	for i := range c.Symptoms {
		x := &c.Symptoms[i]
		out = append(out, item{id: x.ID, kind: symptomRow, text: x.Text, symptom: x})
	}
	out = append(out, diagnosis(s, c.Scenario)...)
	out = append(out, resolution(s, c.Scenario)...)
	for i := range out {
		if out[i].ticks() && !out[i].done(s) {
			out[i].current = true
			break
		}
	}
	out = append(out, item{kind: blankRow}, item{kind: failsRow})
	return append(out, checklists(s)...)
}

// tighten leaves out headings and blank lines above what is to do, and folds a diagnosis that is done.
func tighten(s pane.State, items []item) []item {
	var out []item
	open := true // still above the checklists, whose headings say what they are
	for i, it := range items {
		open = open && it.kind != failsRow
		switch {
		case open && it.kind == headingRow && it.text == "diagnosis" && !slices.ContainsFunc(items, func(x item) bool {
			return x.ref.Group == "diagnosis" && !x.done(s)
		}):
			out = append(out, item{kind: foldedRow, text: it.text, note: it.note})
		case open && (it.kind == headingRow || it.kind == blankRow && i > 0):
		case open && it.ref.Group == "diagnosis" && out[len(out)-1].kind == foldedRow:
		default:
			out = append(out, it)
		}
	}
	return out
}

func diagnosis(s pane.State, sc runbook.Scenario) []item {
	if len(sc.Diagnosis) == 0 {
		return nil
	}
	finished := 0
	var out []item
	for i := range sc.Diagnosis {
		step := &sc.Diagnosis[i]
		it := item{id: step.ID, kind: stepRow, text: StepTitle(*step), step: step, ref: action.Ref{
			Part: sc.ID, Title: Title(sc), Group: "diagnosis", Step: step.ID, Index: i + 1, Of: len(sc.Diagnosis), Line: step.Line,
		}}
		if it.done(s) {
			finished++
		}
		out = append(out, it)
	}
	return append([]item{{kind: headingRow, text: "diagnosis", note: fmt.Sprintf("%d of %d done", finished, len(out))}}, out...)
}

func resolution(s pane.State, sc runbook.Scenario) []item {
	if len(sc.Resolution) == 0 {
		return nil
	}
	out := []item{{kind: headingRow, text: "resolution"}}
	for i := range sc.Resolution {
		r := &sc.Resolution[i]
		it := item{id: r.ID, kind: remedyRow, text: remedyTitle(*r, i), remedy: r}
		refs := make([]action.Ref, len(r.Steps))
		for j, step := range r.Steps {
			refs[j] = action.Ref{
				Part: sc.ID, Title: r.Title, Group: "resolution", Item: r.ID, Step: step.ID,
				Index: i + 1, Of: len(sc.Resolution), Line: step.Line,
			}
		}
		if j := firstOpen(s, r.Steps); j >= 0 {
			it.step, it.ref = &r.Steps[j], refs[j]
		}
		out = append(out, it)
		if len(r.Steps) < 2 {
			continue
		}
		for j := range r.Steps {
			step := &r.Steps[j]
			out = append(out, item{id: step.ID, kind: stepRow, text: StepTitle(*step), step: step, indent: true, ref: refs[j]})
		}
	}
	return out
}

// firstOpen is the first step that is not done, else the first; -1 when there is none.
func firstOpen(s pane.State, steps []runbook.Step) int {
	for i, step := range steps {
		if !done(s, step.ID) {
			return i
		}
	}
	return min(0, len(steps)-1)
}

// Title is a scenario's title without "Scenario 3:" before it.
func Title(sc runbook.Scenario) string {
	if head, rest, ok := strings.Cut(sc.Title, ":"); ok && strings.HasPrefix(strings.ToLower(head), "scenario") {
		return strings.TrimSpace(rest)
	}
	return sc.Title
}

// StepTitle is a step's title, else the first line of what it says.
func StepTitle(step runbook.Step) string {
	if step.Title != "" {
		return step.Title
	}
	for line := range strings.Lines(step.Text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return strings.TrimSpace(step.Text)
}

func remedyTitle(r runbook.Item, i int) string {
	n := r.Number
	if n == 0 {
		n = i + 1
	}
	title := r.Title
	if r.Horizon != "" && !strings.HasPrefix(strings.ToLower(title), strings.ToLower(r.Horizon)) {
		title = r.Horizon + ": " + title
	}
	return fmt.Sprintf("%d %s", n, title)
}

// checklists are the runbook's own lists for people.
func checklists(s pane.State) []item {
	if s.Runbook == nil || !s.Declared() {
		return nil
	}
	var out []item
	for _, list := range s.Runbook.Checklists {
		head := item{kind: headingRow, text: list.Title}
		finished := 0
		var rows []item
		for _, c := range list.Items {
			it := item{id: c.ID, kind: checkRow, text: c.Text, line: c.Line}
			if it.done(s) {
				finished++
			}
			rows = append(rows, it)
		}
		head.note = fmt.Sprintf("%d of %d", finished, len(rows))
		out = append(append(out, item{kind: blankRow}, head), rows...)
	}
	if len(s.Gone) > 0 {
		out = append(out, item{kind: blankRow}, item{kind: headingRow, text: "ticked, and not in the runbook any more"})
	}
	for _, t := range s.Gone {
		out = append(out, item{id: t.ID, kind: checkRow, text: t.Text})
	}
	return out
}
