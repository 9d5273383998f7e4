package incident

import "slices"

// Standing are the runs that an incident can't be closed over, in the order in which they began: what
// changed the host and could be taken back, and neither was nor is meant to stay; and what nobody knows
// the outcome of. What still runs is not among them.
func (i Incident) Standing() []Run {
	var out []Run
	for _, r := range i.Runs {
		if i.stands(r) {
			out = append(out, r)
		}
	}
	return out
}

func (i Incident) stands(r Run) bool {
	switch {
	case r.Risk == reads, r.Outcome == "", r.Kept != "", i.TakesBack(r), i.TakenBack(r):
		return false
	case r.Outcome == OutcomeUnknown:
		// Somebody who looked has said that it ran or not by the verdict.
		return r.Verdict == "" || r.Verdict == OutcomeUnknown || r.Undoable
	}
	return r.Undoable
}

// TakesBack says whether a run took another one back: its step is that one.
func (i Incident) TakesBack(r Run) bool {
	return slices.ContainsFunc(i.Runs, func(o Run) bool { return o.Op == r.Step })
}

// TakenBack says whether a later run has taken this one back.
func (i Incident) TakenBack(r Run) bool {
	return slices.ContainsFunc(i.Runs, func(o Run) bool { return o.Step == r.Op && o.Outcome == OutcomeOK })
}
