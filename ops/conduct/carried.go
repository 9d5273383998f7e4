package conduct

import (
	"fmt"
	"strings"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/run"
)

// carried is what the earlier steps of a procedure, or of a resolution item, left to this one. It
// is read off the actions on disk, so that another console goes on where the first one was.
func (c *Conductor) carried(rb *runbook.Runbook, ref action.Ref) (run.Carried, error) {
	var out run.Carried
	if c.Journal == nil {
		return out, nil
	}
	j, ok := c.Journal()
	if !ok {
		return out, nil
	}
	found, err := everywhere(j)
	if err != nil {
		return out, err
	}
	earlier := chain(rb, ref, found)
	session := c.prompt(rb, ref).Session
	if n := len(earlier); n > 0 && ref.Group == action.UndoGroup {
		session = c.session(rb, earlier[n-1].Plan) // that of what is taken back
	}
	for _, f := range earlier {
		if c.session(rb, f.Plan) != session {
			continue // what it left is at another prompt
		}
		h, err := run.Attach(f.Dir)
		if err != nil {
			return out, err
		}
		p, err := h.Poll()
		if err != nil {
			return out, err
		}
		if p.Exit.Lost != "" {
			return out, ops.Errorf(ops.Invalid, "propose "+ref.Title, "what %q left to the next step could not be kept (%s): make room, and run it again", f.Plan.Title, p.Exit.Lost)
		}
		if p.State == run.Finished {
			own, err := p.Carried.Opened(c.Hide.Key)
			if err != nil {
				return out, err
			}
			if elsewhere(rb, f.Plan) && own.Dir == f.Plan.Dir {
				own.Dir = "" // it ran in a folder of its own, and did not lead on from there
			}
			out = out.Then(own, fmt.Sprintf("step %d", place(rb, f.Plan)))
		}
	}
	return out, nil
}

// prompt is where a person would stand who types the steps of a procedure, or of an item.
func (c *Conductor) prompt(rb *runbook.Runbook, ref action.Ref) action.Prompt {
	return action.PromptAt(siblings(rb, ref), ref.Step, c.Planner.Here)
}

// session is the prompt of an earlier plan's step.
func (c *Conductor) session(rb *runbook.Runbook, p action.Plan) int {
	n := place(rb, p)
	if n == 0 {
		return 0
	}
	all := siblings(rb, p.Ref)
	return action.PromptAt(all, all[n-1].ID, c.Planner.Here).Session
}

// elsewhere says whether the runbook gives a step a folder of its own.
func elsewhere(rb *runbook.Runbook, p action.Plan) bool {
	n := place(rb, p)
	return n > 0 && siblings(rb, p.Ref)[n-1].Cwd != ""
}

// chain is the newest run of each step before this one, in the order of the steps. A step that was
// run again later than its successors counts by its newest run.
func chain(rb *runbook.Runbook, ref action.Ref, found []run.Found) []run.Found {
	if ref.Group == action.UndoGroup {
		return through(rb, ref, found)
	}
	return before(rb, ref, position(rb, ref), found)
}

// before is the newest run of each step that shares a context with ref and stands before a place.
func before(rb *runbook.Runbook, ref action.Ref, at int, found []run.Found) []run.Found {
	newest := map[int]run.Found{}
	for _, f := range found {
		r := f.Plan.Ref
		if r.Part != ref.Part || r.Group != ref.Group || r.Item != ref.Item {
			continue
		}
		if n := place(rb, f.Plan); n > 0 && n < at {
			newest[n] = f
		}
	}
	var out []run.Found
	for n := range at {
		if f, ok := newest[n]; ok {
			out = append(out, f)
		}
	}
	return out
}

// through is the chain up to an action that is to be taken back, that one included.
func through(rb *runbook.Runbook, undo action.Ref, found []run.Found) []run.Found {
	for _, f := range found {
		if f.Op == undo.Step {
			return append(before(rb, f.Plan.Ref, place(rb, f.Plan), found), f)
		}
	}
	return nil
}

// place is where the step of an earlier plan stands among its siblings, counted from 1; 0 when it is
// not there any more. In another text of the runbook than the plan's its ID may be another step's: there
// it is known by what it ran.
func place(rb *runbook.Runbook, p action.Plan) int {
	if p.Runbook == "" || p.Runbook == rb.SHA256 {
		return position(rb, p.Ref)
	}
	for i, s := range siblings(rb, p.Ref) {
		if s.Text == p.Written {
			return i + 1
		}
	}
	return 0
}

// siblings are the steps that share a context: those of a procedure, of a diagnosis, or of one item
// of a resolution.
func siblings(rb *runbook.Runbook, ref action.Ref) []runbook.Step {
	if p, ok := rb.ProcedureByID(ref.Part); ok {
		return p.Steps
	}
	s, ok := rb.ScenarioByID(ref.Part)
	if !ok {
		return nil
	}
	if ref.Group == "diagnosis" {
		return s.Diagnosis
	}
	for _, item := range s.Resolution {
		if item.ID == ref.Item {
			return item.Steps
		}
	}
	return nil
}

// position is a step's place among its siblings, counted from 1.
func position(rb *runbook.Runbook, ref action.Ref) int {
	for i, s := range siblings(rb, ref) {
		if s.ID == ref.Step {
			return i + 1
		}
	}
	return 0
}

// last says whether no step after this one changes anything: only then the symptoms must go.
func last(rb *runbook.Runbook, ref action.Ref) bool {
	at := position(rb, ref)
	for i, s := range siblings(rb, ref) {
		runs := s.Kind == runbook.ShellStep || s.Kind == runbook.NginxStep
		if i+1 > at && runs && s.Risk != "reads" {
			return false
		}
	}
	return true
}

// lines splits output for the screen; the sanitising is the supervisor's.
func lines(raw []byte) []string {
	text := strings.TrimRight(string(raw), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
