// Package revision is about the texts that one runbook has had: how two of them differ, step by step,
// and which of them a person has trusted. It reads parsed runbooks and nothing else.
package revision

import (
	"fmt"
	"slices"
	"strings"

	"calm/model/runbook"
)

// Kinds of a change.
const (
	Changed = "changed" // the step is there, with another text, risk or expectation
	Added   = "new"
	Removed = "gone"
	Moved   = "moved" // into another part, or the order in its part is another
)

// Change is one step that is not as it was.
type Change struct {
	Kind  string
	ID    string // of the step: in the newer text, in the older one when it is gone
	Title string
	Part  string // title of the procedure or scenario
	Line  int    // in the newer text; 0 when it is gone
	Risk  string
	Was   string // what it ran, as written; empty when it is new
	Now   string
}

// Difference is everything that differs between an older and a newer text.
type Difference struct {
	Changes []Change          // of steps, in the order of the newer text, those that are gone last
	Moves   map[string]string // old ID → new ID, of everything with an ID that has another one now
	Gone    []string          // old IDs that nothing has any more
	Parts   []string          // new IDs of procedures and scenarios that are not what they were: their steps, who must agree
}

// None says that nothing differs that could be run or ticked.
func (d Difference) None() bool {
	return len(d.Changes) == 0 && len(d.Parts) == 0 && len(d.Moves) == 0 && len(d.Gone) == 0
}

// Steps says how many steps are not as they were, in words: "2 steps changed, 1 new".
func (d Difference) Steps() string {
	var parts []string
	for _, kind := range []string{Changed, Added, Removed, Moved} {
		n := 0
		for _, c := range d.Changes {
			if c.Kind == kind {
				n++
			}
		}
		switch {
		case n == 0:
		case len(parts) > 0:
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		case n == 1:
			parts = append(parts, "1 step "+kind)
		default:
			parts = append(parts, fmt.Sprintf("%d steps %s", n, kind))
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ")
	case len(d.Parts) > 0:
		return "who must agree, or a caution, changed"
	}
	return "no step changed"
}

// Step says how a step of the newer text differs, by its ID; empty when it is as it was.
func (d Difference) Step(id string) string {
	for _, c := range d.Changes {
		if c.ID == id && c.Kind != Removed {
			return c.Kind
		}
	}
	return ""
}

// ID is what an old ID is called now.
func (d Difference) ID(old string) string {
	if now, ok := d.Moves[old]; ok {
		return now
	}
	return old
}

// Compare finds what differs between two texts. Steps are paired by ID and text together, then by
// their text, then by ID: an ID is a slug that moves when a step is put in before it, and a tick must
// not land on another command. A nil older text is one without anything in it.
func Compare(was, now *runbook.Runbook) Difference {
	old, new := entries(was), entries(now)
	c := comparison{old: old, new: new, to: fill(len(old)), from: fill(len(new))}
	c.pair(func(e entry) string { return e.kind + "\x00" + e.id + "\x00" + e.text })
	c.pair(func(e entry) string { return e.kind + "\x00" + e.part + "\x00" + e.text })
	c.pair(func(e entry) string { return e.kind + "\x00" + e.text })
	c.pair(func(e entry) string { return e.kind + "\x00" + e.id })
	c.parts()
	return c.difference()
}

func fill(n int) []int { return slices.Repeat([]int{-1}, n) }

// comparison pairs the entries of two texts.
type comparison struct {
	old, new []entry
	to       []int // of each old entry, the new one; -1 while none is found
	from     []int // of each new entry, the old one
}

// pair joins entries that have the same key and are not joined yet, in their order.
func (c *comparison) pair(key func(entry) string) {
	open := map[string][]int{}
	for i, e := range c.old {
		if c.to[i] < 0 && e.pairs() {
			open[key(e)] = append(open[key(e)], i)
		}
	}
	for j, e := range c.new {
		k := key(e)
		if queue := open[k]; c.from[j] < 0 && e.pairs() && len(queue) > 0 {
			c.to[queue[0]], c.from[j] = j, queue[0]
			open[k] = queue[1:]
		}
	}
}

// parts pairs the procedures and scenarios: by ID, else by where the steps of the one are in the
// other, because a heading that is written anew changes the ID.
func (c *comparison) parts() {
	at := map[string]int{}
	for j, e := range c.new {
		if e.kind == partEntry {
			at[e.id] = j
		}
	}
	join := func(i, j int) {
		if c.to[i] < 0 && c.from[j] < 0 {
			c.to[i], c.from[j] = j, i
		}
	}
	for i, e := range c.old {
		if j, ok := at[e.id]; ok && e.kind == partEntry {
			join(i, j)
		}
	}
	for i, e := range c.old {
		if e.kind != partEntry {
			continue
		}
		for k, step := range c.old {
			if step.kind == stepEntry && step.part == e.id && c.to[k] >= 0 {
				join(i, at[c.new[c.to[k]].part])
				break
			}
		}
	}
}

func (c *comparison) difference() Difference {
	d := Difference{Moves: map[string]string{}}
	order := map[string]int{} // part → the newest place in the older text that was passed
	touched := map[string]bool{}
	for j, e := range c.new {
		i := c.from[j]
		if i >= 0 && c.old[i].id != e.id {
			d.Moves[c.old[i].id] = e.id
		}
		if e.kind == partEntry && (i < 0 || c.old[i].text != e.text) {
			touched[e.id] = true
		}
		if e.kind != stepEntry {
			continue
		}
		if kind := c.change(i, e, order); kind != "" {
			touched[e.part] = true
			d.Changes = append(d.Changes, e.change(kind, c.before(i)))
		}
	}
	for i, e := range c.old {
		if c.to[i] >= 0 {
			continue
		}
		d.Gone = append(d.Gone, e.id)
		if e.kind == stepEntry {
			touched[c.partOf(e)] = true
			d.Changes = append(d.Changes, e.change(Removed, e.step.Text))
		}
	}
	for _, e := range c.new {
		if e.kind == partEntry && touched[e.id] {
			d.Parts = append(d.Parts, e.id)
		}
	}
	return d
}

// change says how a step of the newer text differs from its pair i; empty when it does not.
func (c *comparison) change(i int, e entry, order map[string]int) string {
	if i < 0 {
		return Added
	}
	was := c.old[i]
	passed, begun := order[e.part]
	order[e.part] = max(passed, i)
	switch {
	case was.text != e.text:
		return Changed
	case c.partOf(was) != e.part, begun && i < passed:
		return Moved
	}
	return ""
}

func (c *comparison) before(i int) string {
	if i < 0 {
		return ""
	}
	return c.old[i].step.Text
}

// partOf is the new ID of the part that an old step stood in.
func (c *comparison) partOf(e entry) string {
	for i, p := range c.old {
		if p.kind == partEntry && p.id == e.part && c.to[i] >= 0 {
			return c.new[c.to[i]].id
		}
	}
	return e.part
}

// maxLines bounds what is shown of one step's difference.
const maxLines = 12

// Lines is what a step ran and runs, line by line: "- " before what is gone, "+ " before what is new.
// Lines that both have are left out.
func (c Change) Lines() []string {
	was, now := lines(c.Was), lines(c.Now)
	var out []string
	for _, l := range was {
		if !slices.Contains(now, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range now {
		if !slices.Contains(was, l) {
			out = append(out, "+ "+l)
		}
	}
	if len(out) > maxLines {
		out = append(out[:maxLines-1], fmt.Sprintf("… and %d more lines", len(out)-maxLines+1))
	}
	if len(out) == 0 && c.Kind == Changed {
		out = []string{"the command is the same: its risk, what it asks for or what is expected of it changed"}
	}
	return out
}

func lines(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	out := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := range out {
		out[i] = Visible(out[i])
	}
	return out
}
