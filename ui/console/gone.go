package console

import (
	"cmp"
	"slices"

	"calm/model/incident"
	"calm/model/runbook"
)

// gone are the ticks on what the runbook has no more: they were done, and stay to be seen.
func (a *App) gone() []incident.TickedData {
	if len(a.inc.Ticks) == 0 {
		return nil
	}
	if a.ids.of != a.session.Runbook {
		a.ids = ids{of: a.session.Runbook, known: tickable(a.session.Runbook)}
	}
	var out []incident.TickedData
	for id, t := range a.inc.Ticks {
		if !a.ids.known[id] && t.State != incident.TickOpen {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(x, y incident.TickedData) int {
		return cmp.Or(a.inc.TickedAt[x.ID].Compare(a.inc.TickedAt[y.ID]), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// ids are those of a runbook that can be ticked.
type ids struct {
	of    *runbook.Runbook
	known map[string]bool
}

func tickable(rb *runbook.Runbook) map[string]bool {
	known := map[string]bool{}
	rb.EachStep(func(ref runbook.StepRef) bool { known[ref.Step.ID] = true; return true })
	for _, s := range rb.Scenarios {
		for _, x := range s.Symptoms {
			known[x.ID] = true
		}
		for _, it := range s.Resolution {
			known[it.ID] = true
		}
	}
	for _, l := range rb.Checklists {
		for _, x := range l.Items {
			known[x.ID] = true
		}
	}
	return known
}
