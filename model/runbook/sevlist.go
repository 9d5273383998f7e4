package runbook

import "strings"

// listGroups reads lists whose items go through the levels: "- **P0 (Critical)**: outage".
func (p *parse) listGroups(n *node) []sevGroup {
	var groups []sevGroup
	var visit func(blocks []*block)
	visit = func(blocks []*block) {
		for _, b := range blocks {
			if b.kind == listBlock {
				if g, ok := p.listGroup(n, b); ok {
					groups = append(groups, g)
				}
			}
			visit(b.kids)
		}
	}
	visit(n.blocks)
	return groups
}

func (p *parse) listGroup(n *node, list *block) (sevGroup, bool) {
	var g sevGroup
	for _, item := range list.kids {
		head, rest := itemLine(item), ""
		if lab, ok := splitLabel(head); ok {
			head, rest = lab.name, lab.rest
			if lab.note != "" {
				head += " (" + lab.note + ")"
			}
		} else if i := strings.IndexAny(head, ":—–"); i > 0 && i < 40 {
			head, rest = head[:i], strings.TrimLeft(head[i:], ":—– ")
		}
		names, ok := severityTitle(head)
		if !ok {
			continue
		}
		d := &sevDraft{names: names}
		d.sev.Part = Part{Title: plain(itemLine(item)), Line: p.doc.line(item.start), Start: item.start, End: item.end}
		d.set(listField(n, rest), plain(rest), item.start)
		for _, k := range item.kids[1:] {
			d.readBlocks(p, []*block{k}, noField)
		}
		if len(d.labels) == 0 && d.sev.Impact != "" {
			d.labels = append(d.labels, criterionText{d.sev.Impact, item.start})
		}
		g.drafts = append(g.drafts, d)
	}
	if !distinct(g.drafts) || len(g.drafts)*2 < len(list.kids) {
		return sevGroup{}, false
	}
	g.score = len(g.drafts) - 1
	if severityChapter(n) || sectionOf(n.key()) == severitiesRole {
		g.score += 4
	} else if g.drafts[0].names[0].scheme >= wordScheme {
		return sevGroup{}, false
	}
	return g, true
}

// listField says what a list of the levels tells about them: its title does, and a value that is
// only a time is a response time.
func listField(n *node, value string) sevField {
	if f := fieldOf(severityFields, n.key()); f != noField && f != impactField && f != criteriaField {
		return f
	}
	if t := parseTime(value); t.known && len(value) < 40 {
		return responseField
	}
	return impactField
}
