package runbook

import "strings"

// node is a heading or a label with everything that stands under it, until the next of its rank.
type node struct {
	span               // heading or label with all below it
	title     string   // plain
	level     int      // 0 for the file, 1-6 a heading, above that a label
	label     *label   // nil for a heading
	blocks    []*block // its own content, until the first kid
	kids      []*node  // in order
	parent    *node
	used      bool // a part was made of it
	led       bool // its escalation levels were read
	counted   bool // headings and cases are
	headings  int  // among kids
	cases     int  // of headings, those that are scenarios
	asked     questions
	plainKey  string // see key
	inCase    role   // see part
	announced role   // see role
}

// questions are those about a node's title that have been answered: each is asked many times.
type questions struct{ key, part, role bool }

// Ranks of labels, below every heading: a bold title such as "**P0 - Critical**" holds the labels
// of its parts, and those hold the rest.
const (
	titleRank = 7
	partRank  = 8
	otherRank = 9
)

// isHeading says whether the node is a heading of the Markdown.
func (n *node) isHeading() bool { return n.label == nil && n.level > 0 }

// headingKids are the kids that are headings.
func (n *node) headingKids() []*node {
	var out []*node
	for _, k := range n.kids {
		if k.isHeading() {
			out = append(out, k)
		}
	}
	return out
}

// walk visits the node and all below it, until visit returns false for a branch.
func (n *node) walk(visit func(*node) bool) {
	if !visit(n) {
		return
	}
	for _, k := range n.kids {
		k.walk(visit)
	}
}

// role is what the node's title announces as a section of the file.
func (n *node) role() role {
	if n == nil || n.level == 0 {
		return noRole
	}
	if !n.asked.role {
		n.asked.role, n.announced = true, sectionOf(n.key())
	}
	return n.announced
}

// key is the node's title made comparable.
func (n *node) key() string {
	if !n.asked.key {
		n.asked.key, n.plainKey = true, key(n.title)
	}
	return n.plainKey
}

// part is what the node's title announces within a scenario.
func (n *node) part() role {
	if !n.asked.part {
		n.asked.part, n.inCase = true, partOf(n.key())
	}
	return n.inCase
}

// within says whether the node or one above it has the role.
func (n *node) within(r role) bool {
	for m := n; m != nil; m = m.parent {
		if m.role() == r && (m.level > 1 || m == n || r == rollbackRole) {
			return true
		}
	}
	return false
}

// outline builds the tree of headings and labels over a document's blocks.
func outline(d *document, blocks []*block) *node {
	root := &node{span: span{0, len(d.src)}}
	o := outliner{doc: d, stack: []*node{root}}
	for _, b := range blocks {
		switch b.kind {
		case headingBlock:
			o.open(&node{span: b.span, title: plain(strings.TrimRight(strings.TrimSpace(b.text()), "# ")), level: b.level})
		case paragraphBlock:
			o.paragraph(b)
		default:
			o.top().blocks = append(o.top().blocks, b)
		}
	}
	o.closeTo(0, len(d.src))
	root.end = len(d.src)
	return root
}

type outliner struct {
	doc   *document
	stack []*node
}

func (o *outliner) top() *node { return o.stack[len(o.stack)-1] }

// open starts a node below the nearest one of higher rank.
func (o *outliner) open(n *node) {
	o.closeTo(n.level, n.start)
	n.parent = o.top()
	n.parent.kids = append(n.parent.kids, n)
	o.stack = append(o.stack, n)
}

// closeTo ends every open node of this rank or below it.
func (o *outliner) closeTo(level, at int) {
	for len(o.stack) > 1 && o.top().level >= level {
		o.top().end = at
		o.stack = o.stack[:len(o.stack)-1]
	}
}

// paragraph splits a paragraph at the lines that begin with a label: "**Contact**: …" and
// "**Scope**: …" are one paragraph to Markdown and two fields to a reader.
func (o *outliner) paragraph(b *block) {
	from := 0
	flush := func(to int) {
		if to > from {
			o.top().blocks = append(o.top().blocks, o.part(b, from, to))
		}
		from = to
	}
	for i, l := range b.lines {
		lab, ok := splitLabel(l)
		if !ok || i > 0 && !lab.bold && !startsLabel(b.lines[0]) {
			continue
		}
		rank, ok := labelRank(lab)
		if !ok {
			continue
		}
		flush(i)
		piece := o.part(b, i, i+1)
		title := lab.name
		if rank == titleRank && lab.rest != "" {
			title = plain(l)
		}
		o.open(&node{span: piece.span, title: title, level: rank, label: &lab})
		from = i + 1
		if lab.rest != "" && from < len(b.lines) && !startsLabel(b.lines[from]) {
			from = o.continued(b, from, &lab)
		}
	}
	flush(len(b.lines))
}

// continued takes the following lines of the same paragraph into a label's text.
func (o *outliner) continued(b *block, i int, lab *label) int {
	for i < len(b.lines) && !startsLabel(b.lines[i]) {
		lab.rest += " " + strings.TrimSpace(b.lines[i])
		i++
	}
	return i
}

func startsLabel(line string) bool {
	_, ok := splitLabel(line)
	return ok
}

// part is some lines of a paragraph as a block of its own.
func (o *outliner) part(b *block, from, to int) *block {
	p := &block{kind: paragraphBlock, lines: b.lines[from:to], at: b.at[from:to]}
	p.start, p.end = b.start, b.end
	if from > 0 {
		p.start = o.doc.lineStart(b.at[from])
	}
	if to < len(b.lines) {
		p.end = o.doc.lineStart(b.at[to])
	}
	return p
}

// labelRank says how far a label reaches, and whether it is a label at all: a bold opening joined
// by a dash is one only when it names a part.
func labelRank(l label) (int, bool) {
	k := key(l.name)
	switch {
	case titleLike(l, k):
		return titleRank, true
	case l.dash, l.rest == "" && len(strings.Fields(l.name)) > 12:
		return 0, false
	case partOf(k) != noRole || fieldOf(severityFields, k) != noField || fieldOf(escalationFields, k) != noField:
		return partRank, true
	case l.bold && len(l.name) <= 100 && !strings.HasSuffix(l.name, ".") && !strings.HasSuffix(l.name, "!"):
		return otherRank, true
	}
	return 0, false
}

// titleLike says whether a label titles a part of its own: a severity, a scenario, a level.
func titleLike(l label, k string) bool {
	if !l.bold {
		return false
	}
	if _, ok := severityTitle(l.name); ok {
		return true
	}
	return scenarioTitle.MatchString(k) || levelTitle.MatchString(l.name)
}
