package runbook

import (
	"strings"

	"calm/model/pattern"
)

var (
	whoColumn = pattern.New(`^(?:role|name|resource|contact|person|team|service|vendor|who|tool|system|provider|rotation|function|position|department|item|primary|domain)s?\b`)
	howColumn = pattern.New(`\b(?:contacts?|link|e-?mail|phone|slack|pagerduty|how|url|channel|address|number|access|where|reach|portal|details|handle|location|mobile|availability)\b`)
)

// contacts reads the tables and labelled lists of a chapter about people and places. The chapter
// itself stays a Section: a contact is found faster where it stands.
func (p *parse) contacts(n *node) {
	named := n.role() == contactsRole || n.parent != nil && n.parent.level > 1 && n.parent.role() == contactsRole
	p.contactBlocks(n.blocks, named)
	for _, k := range n.kids {
		if k.isHeading() || k.used {
			continue
		}
		if named && k.label.rest != "" && reachable(plain(k.label.rest)) {
			p.addContact(k.title, plain(k.label.rest), k.start)
		}
		p.contactBlocks(k.blocks, named)
	}
}

var wayToReach = pattern.New(`(?i)[@#]\w|https?:|\d{3}|\bslack\b|\bpagerduty\b|\be?-?mail\b|\bcall\b|\bphone\b|\bpage[rs]?\b`)

// reachable says whether a text tells how to reach somebody, rather than being a sentence.
func reachable(how string) bool {
	return len(how) <= 60 && !strings.Contains(how, ". ") || wayToReach.MatchString(how) && len(how) < 200
}

func (p *parse) contactBlocks(blocks []*block, named bool) {
	for _, b := range blocks {
		switch {
		case b.kind == tableBlock:
			g := b.grid(p.doc)
			if named || contactTable(g) {
				p.contactRows(g)
			}
		case b.kind == listBlock && named:
			for _, item := range b.kids {
				name, how := "", ""
				if lab, ok := splitLabel(itemLine(item)); ok && lab.rest != "" {
					name, how = lab.name, plain(lab.rest)
				} else if i := strings.Index(itemText(item), ": "); i > 0 && i < 50 {
					name, how = itemText(item)[:i], itemText(item)[i+2:]
				}
				if name != "" {
					p.addContact(name, how, item.start)
				}
			}
		}
	}
}

// contactTable says whether a table's columns are those of a list of people and places.
func contactTable(g grid) bool {
	if len(g.header.cells) < 2 || !whoColumn.MatchString(key(g.header.cell(0))) {
		return false
	}
	for i := 1; i < len(g.header.cells); i++ {
		if howColumn.MatchString(strings.ToLower(g.header.cell(i))) {
			return true
		}
	}
	return false
}

func (p *parse) contactRows(g grid) {
	for _, r := range g.rows {
		var how []string
		for i := 1; i < len(g.header.cells); i++ {
			c := r.cell(i)
			if c == "" || c == "-" {
				continue
			}
			if len(g.header.cells) > 2 && g.header.cell(i) != "" {
				c = g.header.cell(i) + ": " + c
			}
			how = append(how, c)
		}
		p.addContact(r.cell(0), strings.Join(how, ", "), r.start)
	}
}

func (p *parse) addContact(name, how string, at int) {
	if name == "" || how == "" {
		return
	}
	if names, ok := severityTitle(name); ok && names[0].scheme <= prioScheme {
		return // a row about a severity, in a chapter about whom it wakes
	}
	p.rb.Contacts = append(p.rb.Contacts, Contact{Name: name, How: how, Line: p.doc.line(at)})
}
