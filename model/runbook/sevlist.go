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
	for _, k := range n.kids {
		if k.label != nil && k.label.rest != "" && k.role() == severitiesRole {
			groups = append(groups, p.lineGroup(k.label.rest, headOf(k))...)
		}
	}
	for _, b := range n.blocks {
		if b.kind != paragraphBlock {
			continue
		}
		for i, l := range b.lines {
			name, rest, ok := strings.Cut(l, ":")
			if ok && len(name) < 40 && strings.Contains(rest, "/") && sectionRole(name) == severitiesRole {
				groups = append(groups, p.lineGroup(rest, b.lineSpan(i))...)
			}
		}
	}
	return groups
}

// lineGroup reads a label that names all levels in one line: "Severity levels: P1 (critical) / P2".
func (p *parse) lineGroup(line string, at span) []sevGroup {
	var g sevGroup
	for _, piece := range splitLevels(plain(line)) {
		names, ok := severityTitle(piece)
		if !ok || names[0].scheme > prioScheme {
			return nil
		}
		d := &sevDraft{names: names}
		d.sev.Part = Part{Title: piece, Line: p.doc.line(at.start), Start: at.start, End: at.end}
		g.drafts = append(g.drafts, d)
	}
	if !distinct(g.drafts) {
		return nil
	}
	g.score = len(g.drafts)
	return []sevGroup{g}
}

// splitLevels cuts a line of levels at the marks that stand between them.
func splitLevels(line string) []string {
	pieces := strings.FieldsFunc(line, func(r rune) bool { return r == '/' || r == '|' || r == ',' || r == ';' || r == '·' })
	for i := range pieces {
		pieces[i] = strings.TrimSpace(pieces[i])
	}
	return pieces
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

// firstNamesLevels says whether the first column of a table holds one level after the other, by
// number and by nothing else, so that it needs no title to be one of severities.
func firstNamesLevels(g grid) bool {
	last := -1
	for _, r := range g.rows {
		c := r.cell(0)
		if len(c) > 40 || !maySeverity(trimLead(c)) {
			return false
		}
		names, ok := severityTitle(c)
		if !ok || names[0].scheme > prioScheme || names[0].rank <= last {
			return false
		}
		last = names[0].rank
	}
	return len(g.rows) > 1
}

// numbered completes a bare number below a title that says what it counts: "Severity" and "1".
func numbered(head, cell string) string {
	if len(cell) != 1 || cell[0] < '0' || cell[0] > '5' {
		return cell
	}
	switch k := key(head); {
	case strings.HasPrefix(k, "sev"):
		return "Severity " + cell
	case strings.HasPrefix(k, "prio"):
		return "Priority " + cell
	}
	return cell
}
