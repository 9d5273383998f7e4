package runbook

import (
	"strings"
)

// isPostMortem says whether a node is the team's template for looking back: it is called one, and
// there is a form under it, either headings and fields or a fence that holds them.
func (p *parse) isPostMortem(n *node) bool {
	if !n.isHeading() || p.rb.PostMortem != nil {
		return false
	}
	if n.role() != postMortemRole {
		return n.role() == noRole && titledForm(n)
	}
	for _, k := range n.headingKids() {
		if k.role() == postMortemRole && strings.Contains(k.key(), "template") {
			return false // the form is the chapter below
		}
	}
	if fence := formFence(n); fence != nil {
		return true
	}
	body := string(p.doc.src[headOf(n).end:n.end])
	fields := len(fieldsOf(body))
	if n.level == 1 {
		return fields > 0 || len(n.headingKids()) >= 3
	}
	if strings.Contains(n.key(), "template") && (countItems(n) >= 3 || len(n.kids) >= 3) {
		return true
	}
	return fields >= 2 && (strings.Contains(n.key(), "template") || len(n.kids) >= 3)
}

// titledForm says whether the first block of a chapter, whatever that is called, is a fence that holds
// a form with a title of its own: "## Post-mortem: <title>".
func titledForm(n *node) bool {
	for _, b := range n.blocks {
		if b.kind != codeBlock {
			continue
		}
		if len(b.lines) < 3 {
			return false
		}
		level, title := headingLine(b.lines[0])
		return level > 0 && sectionRole(title) == postMortemRole && len(fieldsOf(b.text())) >= 2
	}
	return false
}

// wholePostMortem recognises a file that is nothing but the form.
func (p *parse) wholePostMortem() bool {
	base := p.rb.Path[strings.LastIndexAny(p.rb.Path, `/\`)+1:]
	if len(p.rb.Severities) > 0 || !strings.Contains(strings.ToLower(p.rb.Title+base), "template") ||
		sectionRole(p.rb.Title) != postMortemRole && sectionRole(strings.NewReplacer("_", " ", "-", " ").Replace(base)) != postMortemRole {
		return false
	}
	whole := *p.root
	if len(p.root.kids) > 0 && len(p.root.kids[0].blocks)+len(p.root.kids[0].kids) == 0 && p.root.kids[0].level == 1 {
		whole.start = p.root.kids[0].end
	}
	if len(p.root.blocks) > 0 {
		whole.start = p.root.blocks[0].start
	}
	whole.title, whole.asked = p.rb.Title, questions{}
	p.formOf(&whole)
	return true
}

// countItems is the number of list items directly under a node.
func countItems(n *node) int {
	count := 0
	for _, b := range n.blocks {
		if b.kind == listBlock {
			count += len(b.kids)
		}
	}
	return count
}

// formFence is a fence with a form in it.
func formFence(n *node) *block {
	var best *block
	eachMessage(n, func(_ *node, b *block) {
		if b.kind == codeBlock && (best == nil || len(b.lines) > len(best.lines)) && (len(b.lines) >= 5 || titledForm(n)) {
			best = b
		}
	})
	return best
}

// postMortem keeps the form: its text, headings and fields.
func (p *parse) postMortem(n *node) {
	n.used = true
	if fence := formFence(n); fence != nil {
		pm := &PostMortem{Part: p.part(slug(n.title), n.title, n.span), Headings: []Heading{}}
		pm.Body = mend(fence.text())
		for i, l := range fence.lines {
			if level, title := headingLine(l); level > 0 {
				pm.Headings = append(pm.Headings, Heading{level, title, p.doc.line(fence.at[i])})
			}
		}
		p.takeHead(n)
		p.take(fence.span)
		for _, k := range n.kids {
			p.section(k)
		}
		pm.Fields = fieldsOf(pm.Body)
		p.rb.PostMortem = pm
		return
	}
	p.formOf(n)
}

// formOf keeps everything below a node's own line as the form.
func (p *parse) formOf(n *node) {
	pm := &PostMortem{Part: p.part(slug(n.title), n.title, n.span), Headings: []Heading{}}
	from := n.start
	if n.isHeading() {
		from = headOf(n).end
	}
	pm.Body = mend(trimRules(string(p.doc.src[from:n.end])))
	n.walk(func(m *node) bool {
		if m != n && m.isHeading() {
			pm.Headings = append(pm.Headings, Heading{m.level, m.title, p.doc.line(m.start)})
		}
		m.used = true
		return true
	})
	p.take(n.span)
	pm.Fields = fieldsOf(pm.Body)
	p.rb.PostMortem = pm
}

// headingLine reads "## Title" inside a form.
func headingLine(l string) (level int, title string) {
	t := strings.TrimSpace(l)
	level = len(t) - len(strings.TrimLeft(t, "#"))
	if level == 0 || level > 6 || level >= len(t) || t[level] != ' ' {
		return 0, ""
	}
	return level, plain(t[level:])
}

// trimRules takes blank lines and rules off both ends.
func trimRules(s string) string {
	for {
		s = strings.Trim(s, "\r\n \t")
		t := strings.TrimSuffix(s, "---")
		if t == s || !strings.HasSuffix(t, "\n") {
			return s
		}
		s = t
	}
}
