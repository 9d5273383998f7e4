package runbook

import (
	"slices"
	"strings"

	"calm/model/pattern"
)

// severityChapter says whether a node is where severities are told.
func severityChapter(n *node) bool {
	return n.within(severitiesRole)
}

// headingGroup looks at a node's kids: headings or bold titles that go through the levels.
func (p *parse) headingGroup(n *node) []sevGroup {
	byRank := map[int][]*sevDraft{}
	for _, k := range n.kids {
		names, ok := severityTitle(k.title)
		if !ok || k.label != nil && !k.label.bold {
			continue
		}
		d := &sevDraft{names: names, node: k}
		byRank[k.level] = append(byRank[k.level], d)
	}
	var groups []sevGroup
	for _, drafts := range byRank {
		if !distinct(drafts) {
			continue
		}
		g := sevGroup{drafts: drafts, score: len(drafts)}
		switch {
		case severityChapter(n):
			g.score += 6
		case drafts[0].names[0].scheme >= wordScheme:
			continue // "High" and "Low" are severities only where the chapter says so
		case n.role() == escalationRole, n.role() == checklistRole, n.role() == templatesRole:
			g.score -= 2
		}
		for _, d := range drafts {
			p.readSeverity(d)
			if d.sev.Response != nil || len(d.labels) > 0 {
				g.score++
			}
		}
		groups = append(groups, g)
	}
	return groups
}

// readSeverity reads what stands under a heading or bold title of one severity.
func (p *parse) readSeverity(d *sevDraft) {
	n := d.node
	d.sev.Part = Part{Title: n.title, Line: p.doc.line(n.start), Start: n.start, End: n.end}
	if t := parseTime(n.title); t.known && strings.Contains(strings.ToLower(n.title), "respon") || t.known && strings.Contains(strings.ToLower(n.title), "sla") {
		d.sev.Response = t.upper()
	}
	d.own = append(d.own, headOf(n))
	if n.label != nil && n.label.rest != "" {
		d.sev.Impact = plain(n.label.rest)
	}
	d.readBlocks(p, n.blocks, noField)
	for _, k := range n.kids {
		d.readKid(p, k)
	}
}

// readKid reads a labelled part, or a heading below the severity's own.
func (d *sevDraft) readKid(p *parse, k *node) {
	f := fieldOf(severityFields, k.key())
	if f == noField && k.label != nil && k.label.bold && k.label.rest == "" && d.sev.Impact == "" && k.part() == noRole {
		// A bold line of its own under the title says what the severity is.
		d.set(impactField, k.title, k.start)
		f = criteriaField
	}
	if f == noField {
		return
	}
	if k.label == nil || k.label.rest == "" || d.set(f, plain(k.label.rest), k.start) {
		d.own = append(d.own, headOf(k))
	}
	d.readBlocks(p, k.blocks, f)
	for _, kk := range k.kids {
		d.readKid(p, kk)
	}
}

// readBlocks reads paragraphs and lists under a field; f is noField directly under the title.
func (d *sevDraft) readBlocks(p *parse, blocks []*block, f sevField) {
	for _, b := range blocks {
		switch b.kind {
		case paragraphBlock:
			if f == noField && d.sev.Impact == "" {
				f = impactField
			}
			if d.set(f, plain(strings.Join(b.lines, " ")), b.at[0]) {
				d.own = append(d.own, b.span)
			}
		case listBlock:
			for _, item := range b.kids {
				d.readItem(p, item, f)
			}
		}
	}
}

// readItem reads a list item: "- **Response Time**: < 15 minutes", or one example.
func (d *sevDraft) readItem(p *parse, item *block, f sevField) {
	text := itemText(item)
	if lab, ok := fieldLabel(itemLine(item)); ok {
		if lf := severityField(lab.name); lf != noField {
			if lab.rest == "" || d.set(lf, plain(lab.rest), item.start) {
				d.own = append(d.own, itemHead(item))
			}
			for _, k := range item.kids[1:] {
				d.readBlocks(p, []*block{k}, lf)
			}
			return
		}
	}
	if f == noField || f == criteriaField || f == impactField && d.sev.Impact != "" {
		f = criteriaField
	}
	if d.set(f, text, item.start) {
		d.own = append(d.own, itemHead(item))
	}
}

// fieldLabel reads a label of a list where any word before a colon is one.
func fieldLabel(line string) (label, bool) {
	if lab, ok := splitLabel(line); ok {
		return lab, !lab.dash
	}
	name, rest, ok := strings.Cut(line, ":")
	if !ok || len(name) > 40 || rest != "" && rest[0] != ' ' {
		return label{}, false
	}
	return label{name: plain(name), rest: strings.TrimSpace(rest)}, true
}

// itemHead is the range of an item without what is nested in it.
func itemHead(item *block) span {
	if len(item.kids) > 1 {
		return span{item.start, item.kids[1].start}
	}
	return item.span
}

// headOf is the range of a heading's or label's own line, with the blank lines below it.
func headOf(n *node) span {
	switch {
	case len(n.blocks) > 0:
		return span{n.start, n.blocks[0].start}
	case len(n.kids) > 0:
		return span{n.start, n.kids[0].start}
	}
	return n.span
}

// responseClause is the piece of "5 min to acknowledge, 15 min to respond" that is about the response,
// empty where no piece says so.
func responseClause(value string) string {
	if !strings.Contains(value, ",") && !strings.Contains(value, ";") && !strings.Contains(value, " / ") {
		return ""
	}
	pieces := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == '/' })
	for _, piece := range pieces {
		if strings.Contains(strings.ToLower(piece), "respon") && parseTime(piece).known {
			return piece
		}
	}
	return ""
}

// set keeps a value of a field and says whether all of it was kept. The first value of a time
// counts; texts are added up.
func (d *sevDraft) set(f sevField, value string, at int) bool {
	if value == "" {
		return false
	}
	s := &d.sev
	t := parseTime(value)
	switch f {
	case impactField:
		addText(&s.Impact, value)
	case criteriaField:
		d.labels = append(d.labels, criterionText{value, at})
	case responseField:
		if s.Response != nil || s.ResponseNote != "" {
			return false
		}
		if clause := responseClause(value); clause != "" {
			t = parseTime(clause)
		}
		s.Response, s.ResponseNote = t.upper(), t.note
		return s.Response != nil || s.ResponseNote != ""
	case updateField:
		if s.Update != nil {
			return false
		}
		if s.Update = parseCadence(value); s.Update == nil {
			s.Update = t.upper()
		}
		return s.Update != nil
	case resolutionField:
		fill(&s.Resolution, t.upper())
		return t.known
	case escalateField:
		addText(&s.Escalation, value)
	case communicateField:
		addText(&s.Communication, value)
	default:
		return false
	}
	return true
}

func addText(to *string, more string) {
	if *to != "" {
		*to += "; "
	}
	*to += more
}

// tableGroups reads the tables of a node whose rows go through the levels.
func (p *parse) tableGroups(n *node) []sevGroup {
	var groups []sevGroup
	for _, b := range n.blocks {
		g, ok := b.htmlGrid(p.doc)
		if b.kind == tableBlock {
			g, ok = b.grid(p.doc), true
		}
		if !ok {
			continue
		}
		if group, ok := p.tableGroup(n, g); ok {
			groups = append(groups, group)
		}
	}
	return groups
}

var severityColumn = pattern.New(`^(?:severity|sev|priority|prio|level|tier|class|classification|rating|p-?level|incident (?:level|severity|priority|class)|(?:severity|alert) (?:severity|level))s?\b`)

// tableGroup reads one table: the first column of names, then each column by its title.
func (p *parse) tableGroup(n *node, g grid) (sevGroup, bool) {
	col := -1
	for i := range g.header.cells {
		if i < 2 && severityColumn.MatchString(key(g.header.cell(i))) {
			col = i
			break
		}
	}
	if col < 0 && (severityChapter(n) || firstNamesLevels(g)) {
		col = 0
	}
	if col < 0 {
		return sevGroup{}, false
	}
	group := sevGroup{table: true}
	for _, r := range g.rows {
		d := &sevDraft{names: orderNames(severityNames(numbered(g.header.cell(col), r.cell(col))))}
		if len(d.names) == 0 {
			continue
		}
		d.sev.Part = Part{Title: r.cell(col), Line: r.line, Start: r.start, End: r.end}
		p.readRow(d, g, r, col)
		group.drafts = append(group.drafts, d)
	}
	group.drafts = oneScheme(group.drafts)
	if !distinct(group.drafts) || len(group.drafts)*2 < len(g.rows) {
		return sevGroup{}, false
	}
	group.score = len(group.drafts)
	if severityChapter(n) {
		group.score += 5
	}
	if d := group.drafts[0]; d.sev.Impact != "" {
		group.score += 2
	}
	return group, true
}

// oneScheme leaves out rows that merely hold a word such as "major" where the others are numbered.
func oneScheme(drafts []*sevDraft) []*sevDraft {
	numbered := slices.ContainsFunc(drafts, func(d *sevDraft) bool { return d.names[0].scheme < wordScheme })
	if !numbered {
		return drafts
	}
	return slices.DeleteFunc(drafts, func(d *sevDraft) bool { return d.names[0].scheme >= wordScheme })
}

// readRow reads the cells of a severity's row.
func (p *parse) readRow(d *sevDraft, g grid, r row, col int) {
	for i := range g.header.cells {
		if i == col || r.cell(i) == "" {
			continue
		}
		head, value := g.header.cell(i), r.cell(i)
		if key(head) == "name" || key(head) == "label" || key(head) == "severity" || key(head) == "priority" || key(head) == "alias" {
			for _, m := range severityNames(value) {
				d.names = orderNames(append(d.names, m))
			}
			continue
		}
		f := severityField(head)
		if f == escalateField && onlyTime.MatchString(value) {
			f = responseField // how soon those are there
		}
		if f == criteriaField {
			for _, c := range splitCell(r.cells[i]) {
				d.set(f, c, r.start)
			}
			continue
		}
		lead, items := splitLead(r.cells[i])
		if len(items) > 0 && f == impactField {
			value = plain(lead)
			for _, item := range items {
				d.set(criteriaField, item, r.start)
			}
		}
		d.set(f, value, r.start)
	}
	if len(d.labels) == 0 && d.sev.Impact != "" {
		d.labels = append(d.labels, criterionText{d.sev.Impact, r.start})
	}
	if d.sev.Impact == "" {
		for i := range g.header.cells {
			if severityField(g.header.cell(i)) == criteriaField {
				d.sev.Impact = r.cell(i)
			}
		}
	}
}

var cellJoint = pattern.New(`(?i)<br\s*/?>|;|•`)

// splitCell cuts a cell of examples into its examples; commas inside brackets join.
func splitCell(cell string) []string {
	pieces := cellJoint.Split(cell, -1)
	if len(pieces) == 1 {
		pieces = splitTopLevel(cell, ',')
	}
	var out []string
	for _, piece := range pieces {
		if t := plain(piece); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// splitTopLevel splits at a byte that is not inside brackets or quotes.
func splitTopLevel(s string, at byte) []string {
	var out []string
	depth, from, quoted := 0, 0, false
	for i := range len(s) {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '"':
			quoted = !quoted
		case at:
			if depth <= 0 && !quoted && i+1 < len(s) && s[i+1] == ' ' {
				out = append(out, s[from:i])
				from = i + 1
			}
		}
	}
	return append(out, s[from:])
}

// itemLine is the first line of an item, with its marks.
func itemLine(item *block) string {
	if len(item.kids) == 0 || len(item.kids[0].lines) == 0 || item.kids[0].kind != paragraphBlock {
		return ""
	}
	return item.kids[0].lines[0]
}

// itemText is the text of an item without what is nested in it.
func itemText(item *block) string {
	if len(item.kids) == 0 || item.kids[0].kind != paragraphBlock {
		return ""
	}
	return plain(strings.Join(item.kids[0].lines, " "))
}
