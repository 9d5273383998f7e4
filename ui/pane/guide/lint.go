package guide

import (
	"calm/model/action"
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/row"
)

// lintLines is how many lines a finding takes below the open step.
const lintLines = 2

// finding is the worst that lint says of a row: of its step, or of any step of a remedy. A note is no
// reason to stop at.
func (d drawer) finding(it item) (lint.Finding, bool) {
	var worst lint.Finding
	for _, f := range d.s.Findings {
		if f.Step == "" || f.Level == lint.Note || !it.concerns(f.Step) {
			continue
		}
		if worst.Rule == "" || it.badness(f) > it.badness(worst) {
			worst = f
		}
	}
	return worst, worst.Rule != ""
}

// concerns says whether a step is the row's own, or one of a remedy that stands for its steps.
func (it item) concerns(step string) bool {
	switch it.kind {
	case stepRow:
		return it.id == step
	case remedyRow:
		for _, s := range it.remedy.Steps {
			if s.ID == step {
				return true
			}
		}
	}
	return false
}

// badness orders findings: an error before a warning, and what calm mends by itself last.
func (it item) badness(f lint.Finding) int {
	n := 1
	if f.Level == lint.Error {
		n = 2
	}
	if it.mended(f) != "" {
		return n - 2
	}
	return n
}

// mended is the flag that calm adds to the row's command for a finding; empty for one that is left to
// people.
func (it item) mended(f lint.Finding) string {
	if it.step == nil || it.step.ID != f.Step {
		return ""
	}
	return action.Mends(f.Rule, it.step.Text)
}

// marked puts before the risk of a row that its step is not the one that was trusted, and a mark where
// lint speaks against it.
func (d drawer) marked(it item, r *row.Row) {
	if word := d.differs(it); word != "" {
		r.Tail(d.st.Unknown, word).Tail(d.st.Text, "  ")
	}
	if f, ok := d.finding(it); ok && it.mended(f) == "" {
		r.Tail(d.st.Warn, "▲").Tail(d.st.Text, " ")
	}
}

// differs says how the step of a row is not the one that was trusted; empty when it is, or when nobody
// needs to trust it anew. A remedy of several steps leaves it to their rows.
func (d drawer) differs(it item) string {
	if !d.s.Untrusted || it.kind == remedyRow && len(it.remedy.Steps) != 1 {
		return ""
	}
	for _, c := range d.s.Differs.Changes {
		if it.concerns(c.ID) && c.Kind != revision.Removed {
			return c.Kind
		}
	}
	return ""
}

// lint is the worst finding in words, below the open step. What calm mends is said as that.
func (d drawer) lint(it item, indent int) []*row.Row {
	f, ok := d.finding(it)
	if !ok || it.kind == remedyRow && len(it.remedy.Steps) > 1 {
		return nil
	}
	style, text := d.st.Warn, f.Message
	if flag := it.mended(f); flag != "" {
		style, text = d.st.Muted, "calm adds "+flag+" when it runs this"
	}
	lines := row.Wrap(style, text, max(10, d.w-indent-9))
	var out []*row.Row
	label := "lint"
	for i, l := range lines {
		r := row.New().Gap(indent).Cell(d.st.Muted, label, 8)
		if i == lintLines-1 && len(lines) > lintLines {
			return append(out, r.Flex(style, l+" …"))
		}
		out = append(out, r.Flex(style, l))
		label = ""
	}
	return out
}
