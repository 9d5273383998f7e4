package runbook

import (
	"strings"

	"calm/model/pattern"
)

var messageLanguages = wordSet(`text txt plain plaintext markdown md slack html email mrkdwn none`)

// isTemplates says whether messages stand under a node: it or its chapter says so, and there is a
// body with something to fill in.
func (p *parse) isTemplates(n *node) bool {
	if !n.isHeading() || n.used {
		return false
	}
	if !n.within(templatesRole) || n.within(checklistRole) {
		return false
	}
	found := false
	eachMessage(n, func(*node, *block) { found = true })
	return found
}

// eachMessage visits the blocks under a node's title and labels that are bodies of messages.
func eachMessage(n *node, visit func(at *node, b *block)) {
	quoted := n.within(templatesRole)
	for _, b := range n.blocks {
		if isMessage(b) {
			visit(n, b)
		}
		if b.kind == listBlock {
			for _, item := range b.kids {
				if quoted {
					quotedItem(n, item, visit)
				}
				for _, k := range item.kids {
					if isMessage(k) {
						visit(n, k)
					}
				}
			}
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && !k.used {
			if quoted {
				if body := quotedMessage(k); body != nil {
					visit(k, body)
				}
			}
			eachMessage(k, visit)
		}
	}
}

// quotedItem visits the message that follows the label of a list item.
func quotedItem(n *node, item *block, visit func(at *node, b *block)) {
	lab, ok := splitLabel(itemLine(item))
	if !ok {
		return
	}
	at := &node{span: itemHead(item), title: lab.name, label: &lab, parent: n}
	if body := quotedMessage(at); body != nil {
		visit(at, body)
	}
}

// quotedMessage is the message that follows a label on its line, in quotes or as code: "Update: `…`".
func quotedMessage(k *node) *block {
	if k.label == nil || len(k.label.rest) < 10 {
		return nil
	}
	rest := strings.TrimSpace(k.label.rest)
	for _, quotes := range [][2]string{{"`", "`"}, {`"`, `"`}, {"“", "”"}} {
		body, opened := strings.CutPrefix(rest, quotes[0])
		body, closed := strings.CutSuffix(body, quotes[1])
		if opened && closed && !strings.Contains(body, quotes[1]) && strings.Contains(body, " ") && len(fieldsOf(body)) > 0 {
			return &block{span: headOf(k), kind: codeBlock, lines: []string{body}}
		}
	}
	return nil
}

// isMessage says whether a block is the body of a message: text in a fence that is no program's
// language, or a quotation with fields.
func isMessage(b *block) bool {
	switch b.kind {
	case codeBlock:
		return b.lang() == "" && !b.looksLikeShell() || messageLanguages[b.lang()]
	case quoteBlock:
		return len(fieldsOf(quoteText(b))) > 0
	}
	return false
}

// templates makes a Template of every body under a node.
func (p *parse) templates(n *node) {
	eachMessage(n, func(at *node, b *block) { p.template(n, at, b) })
}

// looseMessages makes a Template of each fence that begins as a message about an incident does and has
// fields, in a chapter that is about something else.
func (p *parse) looseMessages(n *node) {
	if n.within(templatesRole) || n.within(checklistRole) || n.within(postMortemRole) {
		return
	}
	eachMessage(n, func(at *node, b *block) {
		if b.kind == codeBlock && b.lang() == "" && announces(b) {
			p.template(n, at, b)
		}
	})
}

// announces says whether text begins as a message does and has fields. Lines of a log begin with a bracket.
func announces(b *block) bool {
	return len(b.lines) > 2 && !strings.HasPrefix(b.lines[0], "[") && purpose(b.lines[0]) != OtherMessage && len(fieldsOf(b.text())) >= 2
}

// template makes a Template of a body under a node, or under a label of it.
func (p *parse) template(n, at *node, b *block) {
	body := b.text()
	if b.kind == quoteBlock {
		body = quoteText(b)
	}
	body = mend(strings.TrimRight(body, "\n \t"))
	title, named := n.title, n.title
	if at != n {
		named = at.title
		if purpose(at.title) != OtherMessage || purpose(n.title) == OtherMessage {
			title = at.title
		}
		p.takeHead(at)
		if len(n.blocks) == 0 {
			p.takeHead(n)
		}
	}
	t := Template{Part: p.part(slug(title), title, span{at.start, b.end}), Body: body, Fields: fieldsOf(body)}
	t.Purpose = purpose(named)
	if t.Purpose == OtherMessage {
		if t.Purpose = purpose(n.title); t.Purpose == OtherMessage {
			t.Purpose = purpose(firstLine(body))
		}
	}
	t.Channel = messageChannel(at, n)
	if at == n {
		p.takeHead(n)
	}
	p.take(b.span)
	p.rb.Templates = append(p.rb.Templates, t)
}

var (
	resolvedWords = pattern.New(`(?i)\bresol(?:ved|ution)\b|\brestored\b|\ball[- ]clear\b|\bclos(?:ed|ure|ing)\b|\brecovered\b|\bend of incident\b|\bfixed\b`)
	updateWords   = pattern.New(`(?i)\bupdates?\b|\bprogress\b|\bmonitoring\b|\bidentified\b|\bhourly\b|\bongoing\b`)
	initialWords  = pattern.New(`(?i)\binitial\b|\bfirst\b|\bnotification\b|\bnotify\b|\backnowledg|\bdeclar|\binvestigating\b|\bannounce|\bincident (?:alert|start|opened|detected|report)\b|\balert\b|\bstarted\b|\bopening\b|\bnew incident\b|🚨`)
)

// purpose says what a message is for, by its title or first line.
func purpose(title string) string {
	switch {
	case resolvedWords.MatchString(title) && !strings.Contains(strings.ToLower(title), "eta to"):
		return ResolutionMessage
	case updateWords.MatchString(title):
		return UpdateMessage
	case initialWords.MatchString(title):
		return InitialMessage
	}
	return OtherMessage
}

var mediumPattern = pattern.New(`(?i)\b(slack|e-?mail|status page|sms|teams|discord|pagerduty|twitter|public)\b`)

// messageChannel is the channel that a title, a label or its bracket names.
func messageChannel(at, n *node) string {
	texts := []string{}
	for _, m := range []*node{at, n} {
		if m.label != nil {
			texts = append(texts, m.label.note, plain(m.label.rest))
		}
		texts = append(texts, m.title)
	}
	for _, t := range texts {
		if c := channels(t); len(c) > 0 {
			return c[0]
		}
	}
	for _, t := range texts {
		if m := mediumPattern.FindString(t); m != "" {
			return m
		}
	}
	return ""
}

// quoteText is the text of a quotation with its lines kept.
func quoteText(b *block) string {
	var parts []string
	var visit func([]*block, string)
	visit = func(blocks []*block, indent string) {
		for _, k := range blocks {
			switch k.kind {
			case paragraphBlock, codeBlock, tableBlock, headingBlock:
				for _, l := range k.lines {
					parts = append(parts, indent+strings.TrimRight(l, " \t"))
				}
				if indent == "" {
					parts = append(parts, "")
				}
			case itemBlock:
				from := len(parts)
				visit(k.kids, "  ")
				if from < len(parts) {
					parts[from] = "- " + strings.TrimLeft(parts[from], " ")
				}
			default:
				visit(k.kids, indent)
			}
		}
	}
	visit(b.kids, "")
	return strings.Trim(strings.Join(parts, "\n"), "\n")
}

var fieldPatternAll = pattern.New(`\[[^\[\]\n]{1,200}\]|\{\{[^{}\n]{1,80}\}\}|\{[A-Za-z][^{}\n]{0,80}\}|<[A-Za-z][^<>\n]{0,80}>|\$\{?[A-Z][A-Z0-9_]+\}?|\bYOUR_[A-Z0-9_]+|\bX{2,}(?:[:/-]X{2,})*\b|\b(?:YYYY|HH)(?:[-/:.](?:MM|DD|HH|SS|mm|ss))+|_{4,}`)

// fieldsOf lists the places of a body that are to be filled in, in order, brackets kept. Boxes to
// tick, links and tags are none.
func fieldsOf(body string) []string {
	out := []string{}
	for _, m := range fieldPatternAll.FindAllStringIndex(body, -1) {
		f := body[m[0]:m[1]]
		inner := strings.TrimSpace(strings.Trim(f, "[]"))
		switch f[0] {
		case '[':
			if statusMark[inner] || inner == "" || inner == "x" || inner == "X" && boxBefore(body[:m[0]]) || inner[0] == '!' || m[1] < len(body) && body[m[1]] == '(' {
				continue
			}
		case '<':
			name, _, _ := strings.Cut(strings.Trim(f, "<>/"), " ")
			if htmlTags[strings.ToLower(name)] || strings.HasPrefix(f, "<http") || strings.Contains(f, "@") {
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

// statusMark are words in brackets that mark what a message is.
var statusMark = wordSet(`RESOLVED UPDATE INCIDENT INVESTIGATING IDENTIFIED MONITORING ALERT CRITICAL WARNING OUTAGE MAINTENANCE`)

// boxBefore says whether what stands before "[X]" makes it a box of a list.
func boxBefore(s string) bool {
	line := s[strings.LastIndexByte(s, '\n')+1:]
	line = strings.TrimSpace(line)
	return line == "-" || line == "*" || line == "+"
}
