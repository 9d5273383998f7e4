package runbook

import (
	"strconv"

	"calm/model/pattern"
)

var (
	prePhase    = pattern.New(`(?i)\bpre[- ]|\bbefore\b`)
	afterPhase  = pattern.New(`(?i)\bafter|\bpost\b|\bpost-|\bresol|\bclos(?:e|ing|ure)\b|\bfollow[- ]?up|\brecovery\b`)
	duringPhase = pattern.New(`(?i)\bduring\b|\bongoing|\bwhile\b|\bmitigat|\binvestigat|\bin progress`)
	startPhase  = pattern.New(`(?i)\bstart|\bbegin|\binitial|\bimmediate|\bfirst\b|\bdetect|\bdeclar|\backnowledg|\bopening\b|\bon page\b|\bwhen paged`)
)

// phase says which part of an incident a checklist is for, where its title says so.
func phase(title string) string {
	switch {
	case prePhase.MatchString(title):
		return ""
	case afterPhase.MatchString(title):
		return "after"
	case duringPhase.MatchString(title):
		return "during"
	case startPhase.MatchString(title):
		return "start"
	}
	return ""
}

// checklists makes a checklist of the boxes under a heading, and one of those under each label.
func (p *parse) checklists(n *node) {
	title := n.title
	if n.label != nil && n.parent != nil && parseTime(title).known {
		title = n.parent.title // "Time: 5-15 minutes" names nothing
	}
	p.checklist(n, title)
	for _, k := range n.kids {
		if !k.isHeading() && !k.used {
			p.checklists(k)
		}
	}
}

func (p *parse) checklist(n *node, title string) {
	all := n.role() == checklistRole && !anyTask(n.blocks) // items without boxes count
	c := Checklist{Items: []ChecklistItem{}}
	type found struct {
		item *block
	}
	var items []found
	var visit func([]*block)
	visit = func(blocks []*block) {
		for _, b := range blocks {
			if b.kind == itemBlock && (b.task || all) && itemText(b) != "" {
				items = append(items, found{b})
			}
			visit(b.kids)
		}
	}
	visit(n.blocks)
	if len(items) == 0 {
		return
	}
	at := span{items[0].item.start, items[len(items)-1].item.end}
	if n.isHeading() {
		at.start = n.start
		p.takeHead(n)
	} else if n.label != nil {
		at.start = n.start
		if title != n.title {
			at.start = n.parent.start
		}
		p.takeHead(n)
	}
	c.Part = p.part(slug(title), title, at)
	c.Phase = phase(title)
	for i, f := range items {
		c.Items = append(c.Items, ChecklistItem{
			ID:   p.ids.unique(c.ID + "." + slug(firstWords(itemText(f.item), 6))),
			Text: itemText(f.item), Line: p.doc.line(f.item.start), Done: f.item.done,
		})
		if c.Items[i].ID == "" {
			c.Items[i].ID = c.ID + "." + strconv.Itoa(i+1)
		}
		p.take(itemHead(f.item))
	}
	p.rb.Checklists = append(p.rb.Checklists, c)
	if n.label != nil {
		n.used = true
	}
}

func anyTask(blocks []*block) bool {
	for _, b := range blocks {
		if b.task || anyTask(b.kids) {
			return true
		}
	}
	return false
}
