package incident

import (
	"cmp"
	"maps"
	"slices"

	"calm/model/runbook/revision"
)

// Revise takes in what differs between the two texts.
func (d *RunbookData) Revise(by revision.Difference) {
	d.Text, d.Parts, d.Moves = by.Steps(), by.Parts, nil
	for from, to := range by.Moves {
		d.Moves = append(d.Moves, Move{from, to})
	}
	slices.SortFunc(d.Moves, func(a, b Move) int { return cmp.Compare(a.From, b.From) })
}

// revised goes over to another text of the runbook: everything that is known by an ID of the older one
// is known by its ID in the newer one. Two consoles may both say it; it counts once.
func (i *Incident) revised(_ Event, d RunbookData) error {
	if d.Was != i.Runbook || d.Now == i.Runbook {
		return nil
	}
	i.Runbook = d.Now
	to := make(map[string]string, len(d.Moves))
	for _, m := range d.Moves {
		to[m.From] = m.To
	}
	id := func(old string) string {
		if now, ok := to[old]; ok {
			return now
		}
		return old
	}
	i.Answers, i.TickedAt, i.Ticks = rekeyed(i.Answers, to), rekeyed(i.TickedAt, to), rekeyed(i.Ticks, to)
	for key, t := range i.Ticks {
		t.ID = key
		i.Ticks[key] = t
	}
	i.Scenario = id(i.Scenario)
	i.Runs = slices.Clone(i.Runs)
	for at := range i.Runs {
		r := &i.Runs[at]
		r.Part, r.Step = id(r.Part), id(r.Step)
		r.Outdated = r.Outdated || slices.Contains(d.Parts, r.Part)
	}
	return nil
}

// rekeyed is a copy of the map by the new keys. What was moved wins over what has kept a key that
// something else has now.
func rekeyed[V any](m map[string]V, to map[string]string) map[string]V {
	if m == nil {
		return nil
	}
	out := maps.Clone(m)
	for from := range to {
		delete(out, from)
	}
	for from, now := range to {
		if v, ok := m[from]; ok {
			out[now] = v
		}
	}
	return out
}
