package cli

import (
	"fmt"
	"slices"

	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
)

// trusted refuses a run by a text that nobody lets run. A dry run shows the plans all the same, and
// says so.
func (r *runner) trusted() error {
	rb := r.session.Runbook
	if r.session.Trust == nil {
		return nil // the Conductor has the last word
	}
	st := r.session.Trust.Standing(rb)
	r.doc.Trusted = st.Trusted
	if st.Trusted {
		return nil
	}
	why := st.Why
	if st.Before != nil {
		why = st.Since.Steps() + " since " + st.Before.At.UTC().Format("2 Jan 2006")
	}
	text := fmt.Sprintf("%s is not trusted (%s: %s); read it, then calm runbook trust %s", rb.Path, revision.Short(rb.SHA256), why, rb.Path)
	if r.dryRun {
		r.line("note: %s; nothing of it runs before", text)
		return nil
	}
	return fmt.Errorf("%s; nothing was run", text)
}

// findings are what lint finds in the steps of a run.
func (t target) findings(rb *runbook.Runbook) []lint.Finding {
	out := []lint.Finding{}
	for _, f := range lint.Check(rb) {
		if slices.ContainsFunc(t.steps, func(s runbook.Step) bool { return s.ID == f.Step }) {
			out = append(out, f)
		}
	}
	return out
}
