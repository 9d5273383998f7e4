package incident

import (
	"fmt"
	"time"

	"calm/model/runbook"
)

// Phases of an incident, as the titles of the runbook's checklists name them.
const (
	PhaseStart  = "start"
	PhaseDuring = "during"
	PhaseAfter  = "after"
)

// Item is an item of a checklist and what became of it.
type Item struct {
	runbook.ChecklistItem
	State  string // TickOpen, TickDone …
	Reason string
	At     time.Time // of the last change; zero when there was none
}

// Progress is a checklist of the runbook with its ticks.
type Progress struct {
	ID       string
	Title    string
	Phase    string // PhaseStart … or empty where the title names none
	Line     int    // in the runbook
	Items    []Item
	Done     int
	Skipped  int
	Deferred int
	Open     int
}

// Next is the first open item.
func (p Progress) Next() (Item, bool) {
	for _, item := range p.Items {
		if item.State == TickOpen {
			return item, true
		}
	}
	return Item{}, false
}

// Checklists gives the runbook's checklists, in its order, with what was ticked.
func Checklists(i Incident, rb *runbook.Runbook) []Progress {
	if rb == nil {
		return nil
	}
	lists := make([]Progress, 0, len(rb.Checklists))
	for _, list := range rb.Checklists {
		p := Progress{ID: list.ID, Title: list.Title, Phase: list.Phase, Line: list.Line}
		for _, it := range list.Items {
			p.add(i.item(it))
		}
		lists = append(lists, p)
	}
	return lists
}

func (i Incident) item(it runbook.ChecklistItem) Item {
	item := Item{ChecklistItem: it, State: TickOpen}
	if it.Done {
		item.State = TickDone
	}
	if tick, ok := i.Ticks[it.ID]; ok {
		item.State, item.Reason, item.At = tick.State, tick.Reason, i.TickedAt[it.ID]
	}
	return item
}

// add counts a state that this version does not know as open: unknown is never done.
func (p *Progress) add(item Item) {
	switch item.State {
	case TickDone, TickAcknowledged:
		p.Done++
	case TickSkipped:
		p.Skipped++
	case TickDeferred:
		p.Deferred++
	default:
		item.State = TickOpen
		p.Open++
	}
	p.Items = append(p.Items, item)
}

// Phase is where the incident is: before everything of the starting checklist is settled, in the
// middle, or resolved.
func Phase(i Incident, rb *runbook.Runbook) string {
	if !i.ResolvedAt.IsZero() || !i.ClosedAt.IsZero() {
		return PhaseAfter
	}
	for _, p := range Checklists(i, rb) {
		if p.Phase == PhaseStart && p.Open > 0 {
			return PhaseStart
		}
	}
	return PhaseDuring
}

// NextItem is the open item that the incident's phase puts first.
func NextItem(i Incident, rb *runbook.Runbook) (Item, bool) {
	phase := Phase(i, rb)
	for _, p := range Checklists(i, rb) {
		if p.Phase != phase {
			continue
		}
		if item, ok := p.Next(); ok {
			return item, true
		}
	}
	return Item{}, false
}

// Gate is one thing that stands between an incident and its closing.
type Gate struct {
	ID   string // of the checklist item, or the Op of the run; empty for a milestone
	Text string
	Line int  // in the runbook; 0 where calm adds it
	Adds bool // calm adds it
}

// Gates lists what stands in the way of closing: the resolution, the open items of the checklist
// for afterwards (a deferred or skipped one has its reason and does not gate), and what calm adds:
// nothing may be running or have ended in a way that nobody knows.
func Gates(i Incident, rb *runbook.Runbook) []Gate {
	var gates []Gate
	if i.ResolvedAt.IsZero() {
		gates = append(gates, Gate{Text: "not resolved yet", Adds: true})
	}
	for _, p := range Checklists(i, rb) {
		if p.Phase != PhaseAfter {
			continue
		}
		for _, item := range p.Items {
			if item.State == TickOpen {
				gates = append(gates, Gate{ID: item.ID, Text: item.Text, Line: item.Line})
			}
		}
	}
	for _, r := range i.Runs {
		switch {
		case r.Outcome == "":
			gates = append(gates, Gate{ID: r.Op, Text: fmt.Sprintf("run %d is still running: %s", r.Number, r.Title), Adds: true})
		case r.Outcome == OutcomeUnknown && r.Verdict == "":
			gates = append(gates, Gate{ID: r.Op, Text: fmt.Sprintf("run %d ended unknown: %s", r.Number, r.Title), Adds: true})
		}
	}
	return gates
}
