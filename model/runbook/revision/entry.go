package revision

import (
	"encoding/json"
	"strings"

	"calm/model/runbook"
)

// Kinds of an entry. Entries of different kinds are never the same thing.
const (
	partEntry  = "part"
	stepEntry  = "step"
	itemEntry  = "item"
	checkEntry = "check"
	askedEntry = "asked" // criteria, conditions and symptoms
)

// entry is one thing of a runbook that has an ID and can be ticked, answered, run or agreed to.
type entry struct {
	kind  string
	id    string
	text  string // all that makes it what it is
	part  string // ID of the procedure or scenario that a step stands in
	under string // title of that part
	step  runbook.Step
}

// pairs says whether entries are paired by their own text; parts are paired by what is in them.
func (e entry) pairs() bool { return e.kind != partEntry }

func (e entry) change(kind, was string) Change {
	c := Change{Kind: kind, ID: e.id, Title: e.step.Title, Part: e.under, Line: e.step.Line, Risk: string(e.step.Risk), Was: was, Now: e.step.Text}
	if c.Title == "" {
		c.Title, _, _ = strings.Cut(strings.TrimSpace(e.step.Text), "\n")
	}
	if kind == Removed {
		c.Line, c.Now = 0, ""
	}
	return c
}

// entries lists what a runbook has, in the order of its parts.
func entries(rb *runbook.Runbook) []entry {
	if rb == nil {
		return nil
	}
	var out []entry
	add := func(kind, id, text, part string) {
		out = append(out, entry{kind: kind, id: id, text: text, part: part})
	}
	for _, s := range rb.Severities {
		for _, x := range s.Criteria {
			add(askedEntry, x.ID, x.Text, s.ID)
		}
	}
	for _, s := range rb.Scenarios {
		add(partEntry, s.ID, fingerprint(s.Severity), "")
		for _, x := range s.Symptoms {
			add(askedEntry, x.ID, x.Text, s.ID)
		}
		for _, x := range s.Severity.Unless {
			add(askedEntry, x.ID, x.Text, s.ID)
		}
		out = append(out, steps(s.Diagnosis, s.ID, s.Title)...)
		for _, it := range s.Resolution {
			add(itemEntry, it.ID, it.Title, s.ID)
			out = append(out, steps(it.Steps, s.ID, s.Title)...)
		}
	}
	for _, p := range rb.Procedures {
		add(partEntry, p.ID, fingerprint([]any{p.Approval, p.Caution}), "")
		out = append(out, steps(p.Steps, p.ID, p.Title)...)
	}
	for _, l := range rb.Checklists {
		for _, x := range l.Items {
			add(checkEntry, x.ID, x.Text, l.ID)
		}
	}
	return out
}

func steps(all []runbook.Step, part, title string) []entry {
	out := make([]entry, 0, len(all))
	for _, s := range all {
		plain := s
		plain.Part = runbook.Part{} // where it stands and what it is called is not what it does
		out = append(out, entry{kind: stepEntry, id: s.ID, text: fingerprint(plain), part: part, under: title, step: s})
	}
	return out
}

// fingerprint is a value as text, the same for the same value.
func fingerprint(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
