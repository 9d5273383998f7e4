package runbook

import (
	"strconv"
	"strings"

	"calm/model/pattern"
)

// levelTitle is the title of an escalation level, by its number or, as in "2nd level", its place.
var levelTitle = pattern.New(`(?i)^[^\p{L}\d]*(?:(?:(?:escalation )?(?:level|tier|step|stage|niveau|nivel|nível|stufe|livello|taso|уровень|レベル)\s*|[LN])#?([0-9])\b|([1-9])(?:st|nd|rd|th|er|e|è|º|°|\.)?[\s-](?:level|line|nivel|niveau|livello)\b)\s*(?:[:.)(/—–-]|$)`)

// levelNumber is the number of an escalation level's title, -1 for any other title.
func levelNumber(title string) int {
	m := levelTitle.FindStringSubmatch(title)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1] + m[2])
	return n
}

// escalationFields are the names of the fields of an escalation level.
var escalationFields = []fieldPattern{
	{afterField, pattern.New(`\bescalate (?:if|when|after)\b|^escalat\w* (?:criteria|condition|trigger)|^when(?: to escalate)?$|^triggers?$|^conditions?$|^criteria$|^after$|^(?:response )?time(?:frame|line)?$|^timeout$|^wait`)},
	{contactField, pattern.New(`\bcontacts?\b|^who\b|^role$|^person$|^reach|^how to reach|^page$|^channel$|^phone$|^method$|^name$|^team$|^responder|^escalate to$|^primary`)},
	{scopeField, pattern.New(`^scope\b|\bresponsib|^handles?$|^for$|^purpose$|^authority$|^issues?$|^area`)},
}

// escalationField is the field that a label or a column announces.
func escalationField(title string) sevField { return fieldOf(escalationFields, key(title)) }

var externalTitle = pattern.New(`(?i)\b(?:external|vendors?|third[- ]party|providers?|suppliers?)\b`)

// howTo are chapters that tell how or when to escalate, not to whom.
var howTo = pattern.New(`(?i)\bde-?escalat|\bhow to\b|\bprocedures?\b|\bprocess\b|\bwhen\b|\btriggers?\b|\bcriteria\b|\bmetrics\b|\bdon'?ts\b|\bguidelines\b|\brules\b`)

// escalation reads the levels of a chapter about escalation; false when it has none.
func (p *parse) escalation(n *node) bool {
	if n.led {
		return false
	}
	n.led = true
	if levelTitle.MatchString(n.title) {
		p.escalationLevel(n)
		return true
	}
	before := len(p.rb.Escalation)
	for _, k := range n.kids {
		switch {
		case levelTitle.MatchString(k.title):
			p.escalationLevel(k)
		case externalTitle.MatchString(k.title) && !p.isTemplates(k):
			p.external(k)
		case k.isHeading() && k.role() == escalationRole && !p.isTemplates(k):
			p.escalation(k)
		case k.isHeading() && k.role() == noRole && !howTo.MatchString(k.title):
			p.escalationBlocks(k)
		}
	}
	if externalTitle.MatchString(n.title) {
		p.external(n)
		return true
	}
	if len(p.rb.Escalation) == before {
		p.ladders(n.blocks)
	}
	if len(p.rb.Escalation) == before && !howTo.MatchString(n.title) {
		p.escalationBlocks(n)
	}
	if len(p.rb.Escalation) == before {
		p.policies(n)
	}
	return len(p.rb.Escalation) > before
}

// escalationLevel reads "### Level 2: Engineering Lead" with its labels.
func (p *parse) escalationLevel(k *node) {
	e := Escalation{Part: p.part(slug(k.title), k.title, k.span), Level: levelNumber(k.title), ForLevels: []int{}}
	p.takeHead(k)
	k.used = true
	if k.label != nil && k.label.rest != "" {
		e.Contact = plain(k.label.rest)
	}
	p.escalationFieldsOf(&e, k)
	if e.Contact == "" {
		_, after, _ := strings.Cut(k.title, ":")
		e.Contact = strings.TrimSpace(after)
	}
	p.timers(&e)
	p.rb.Escalation = append(p.rb.Escalation, e)
}

// escalationFieldsOf reads labels, labelled items and loose lines.
func (p *parse) escalationFieldsOf(e *Escalation, k *node) {
	for _, kk := range k.kids {
		f := fieldOf(escalationFields, kk.key())
		value := ""
		if kk.label != nil {
			value = plain(kk.label.rest)
		}
		if value == "" {
			value = blocksText(kk.blocks)
			p.take(kk.span)
		}
		p.takeHead(kk)
		kk.used = true
		e.set(f, kk.title, value)
	}
	for _, b := range k.blocks {
		switch b.kind {
		case paragraphBlock:
			e.Details = append(e.Details, plainLines(b.lines))
			p.take(b.span)
		case listBlock:
			for _, item := range b.kids {
				p.take(itemHead(item))
				if lab, ok := splitLabel(itemLine(item)); ok && lab.rest != "" {
					e.set(escalationField(lab.name), lab.name, plain(lab.rest))
				} else {
					e.Details = append(e.Details, itemText(item))
				}
				e.nested(p, item)
			}
		}
	}
}

// nested keeps what stands under an item; code in it stays a Section.
func (e *Escalation) nested(p *parse, item *block) {
	for i, k := range item.kids {
		if text := blocksText([]*block{k}); i > 0 && text != "" && !hasCode([]*block{k}) {
			e.Details = append(e.Details, text)
			p.take(k.span)
		}
	}
}

func (e *Escalation) set(f sevField, title, value string) {
	switch {
	case value == "":
		e.Details = append(e.Details, title)
	case f == contactField && e.Contact == "":
		e.Contact = value
	case f == scopeField && e.Scope == "":
		e.Scope = value
	case f == afterField && e.EscalateIf == "":
		e.EscalateIf = value
	default:
		e.Details = append(e.Details, title+": "+value)
	}
}

var (
	autoPattern = pattern.New(`(?i)\bauto(?:matic(?:ally)?)?[- ]?escalat`)
	afterWords  = pattern.New(`(?i)\b(?:within|after|in|for|no (?:response|ack\w*)|>|more than|exceeds?|unresolved|not resolved|cannot|can't|longer than)\b|\d`)
)

// timers reads the times that a level's texts name: after how long it hands over, and after how
// long it is reached by itself.
func (p *parse) timers(e *Escalation) {
	for _, text := range append([]string{e.Contact, e.Scope}, e.Details...) {
		if loc := autoPattern.FindStringIndex(text); loc != nil && e.Auto == nil {
			e.Auto = parseTime(text[loc[1]:]).upper()
			e.ForLevels = p.levelsIn(text)
		}
	}
	if e.EscalateIf != "" && afterWords.MatchString(e.EscalateIf) {
		e.After = parseTime(e.EscalateIf).upper()
		if e.After != nil {
			e.ForLevels = p.levelsIn(e.EscalateIf)
		}
	}
}

// external reads the parties outside the team: one for each label, item or row.
func (p *parse) external(n *node) {
	n.used = true
	add := func(title string, at span, details []string) *Escalation {
		e := Escalation{Part: p.part(slug(title), title, at), External: true, ForLevels: []int{}, Details: details}
		p.rb.Escalation = append(p.rb.Escalation, e)
		return &p.rb.Escalation[len(p.rb.Escalation)-1]
	}
	for _, k := range n.kids {
		if k.used || k.label != nil && k.label.rest != "" && !reachable(plain(k.label.rest)) {
			continue
		}
		e := add(k.title, k.span, nil)
		k.used = true
		p.takeHead(k)
		if k.label != nil && k.label.rest != "" {
			e.Contact = plain(k.label.rest)
		}
		p.escalationFieldsOf(e, k)
	}
	for _, b := range n.blocks {
		switch b.kind {
		case listBlock:
			for _, item := range b.kids {
				p.take(itemHead(item))
				lab, ok := splitLabel(itemLine(item))
				if !ok {
					lab.name = sentence(itemText(item))
					lab.rest = itemText(item)
				}
				e := add(lab.name, item.span, nil)
				e.Contact = plain(lab.rest)
				e.nested(p, item)
			}
		case tableBlock:
			g := b.grid(p.doc)
			for _, r := range g.rows {
				e := add(r.cell(0), r.span, nil)
				e.Contact = r.cell(1)
				for i := 2; i < len(r.cells); i++ {
					if c := r.cell(i); c != "" {
						e.Details = append(e.Details, strings.TrimPrefix(g.header.cell(i)+": "+c, ": "))
					}
				}
			}
		}
	}
}

// policies reads the sentences of a chapter that has no levels, also where it is about how to escalate.
func (p *parse) policies(n *node) {
	for _, b := range n.blocks {
		switch {
		case b.kind == listBlock && allLevels(b):
			p.escalationList(b)
		case b.kind == listBlock:
			p.policy(b)
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && !k.used {
			p.policies(k)
		}
	}
}

// escalationBlocks reads levels from a table or a numbered list.
func (p *parse) escalationBlocks(n *node) {
	for _, b := range n.blocks {
		switch b.kind {
		case tableBlock:
			p.escalationTable(b)
		case listBlock:
			p.escalationList(b)
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && !k.used {
			p.escalationBlocks(k)
		}
	}
}

var levelColumn = pattern.New(`^(?:level|tier|step|stage|escalation level|order|#|l)$`)

// escalationTable reads a table of levels, or one of severities with a column for each time.
func (p *parse) escalationTable(b *block) {
	g := b.grid(p.doc)
	if len(g.rows) == 0 {
		return
	}
	if levelColumn.MatchString(key(g.header.cell(0))) {
		for i, r := range g.rows {
			p.escalationRow(g, r, i+1)
		}
		return
	}
	if severityColumn.MatchString(key(g.header.cell(0))) && len(severityNames(g.rows[0].cell(0))) > 0 {
		for _, r := range g.rows {
			p.matrixRow(g, r)
		}
		return
	}
	p.waitTable(g)
}

func (p *parse) escalationRow(g grid, r row, ordinal int) {
	e := Escalation{Part: p.part(slug(r.cell(0)+" "+r.cell(1)), r.cell(0), r.span), Level: ordinal, ForLevels: []int{}}
	if m := pattern.New(`\d`).FindString(r.cell(0)); m != "" {
		e.Level, _ = strconv.Atoi(m)
	}
	for i := 1; i < len(g.header.cells); i++ {
		if c := r.cell(i); c != "" {
			e.set(escalationField(g.header.cell(i)), g.header.cell(i), c)
		}
	}
	p.timers(&e)
	p.rb.Escalation = append(p.rb.Escalation, e)
}

// matrixRow reads a severity's row: each column after the first is a level, reached after the time
// in its title.
func (p *parse) matrixRow(g grid, r row) {
	var after *float64
	for i := 1; i < len(g.header.cells); i++ {
		if escalationField(g.header.cell(i)) == afterField && onlyTime.MatchString(r.cell(i)) {
			after = parseTime(r.cell(i)).upper()
		}
	}
	level := 0
	for i := 1; i < len(g.header.cells); i++ {
		head, who := g.header.cell(i), r.cell(i)
		if noOne.MatchString(who) || notifyColumn.MatchString(head) || escalationField(head) == afterField {
			continue
		}
		level++
		title := r.cell(0) + ": " + head
		e := Escalation{Part: p.part(slug(title), title, r.span), Level: level, Contact: who, ForLevels: p.levelsIn(r.cell(0))}
		e.Auto = parseTime(head).upper()
		switch t := parseTime(who); {
		case onlyTime.MatchString(who): // the title says whom, the cell when
			e.Contact, e.Auto = head, t.upper()
			e.Details = append(e.Details, who)
		case level == 1:
			e.After = after
		case level == 2 && e.Auto == nil:
			e.Auto = after
		}
		p.rb.Escalation = append(p.rb.Escalation, e)
	}
}

// onlyTime is a cell that says when, under a title that says whom.
var onlyTime = pattern.New(`(?i)^(?:immediate(?:ly)?|as needed|next business day|(?:<|≤|within|after|~)?\s*\d+\+?\s*(?:m|min|mins|minutes|h|hours?|days?|business days?))$`)

var (
	noOne        = pattern.New(`(?i)^(?:|[-—–]+|n/?a|no|none|yes|not required|optional|if\b.*)$`)
	notifyColumn = pattern.New(`(?i)\bnotif|\bupdate|\bresponse\b|\bresolution`)
)

// escalationList reads a numbered list of whom to go to.
func (p *parse) escalationList(list *block) {
	if !allLevels(list) && !allPeople(list) {
		return
	}
	for i, item := range list.kids {
		text := itemText(item)
		if text == "" {
			continue
		}
		e := Escalation{Part: p.part(slug(firstWords(text, 6)), sentence(text), item.span), Level: i + 1, ForLevels: []int{}}
		if n := levelNumber(text); n > 0 {
			e.Level = n
		}
		p.take(itemHead(item))
		e.Contact = text
		if lab, ok := splitLabel(itemLine(item)); ok {
			e.Title = lab.name
			if lab.rest != "" {
				e.Contact = plain(lab.rest)
			}
		}
		e.nested(p, item)
		if t := parseTime(text); t.known {
			e.Auto, e.After = t.upper(), nil
			if t.low < t.high {
				e.Auto, e.After = &t.low, &t.high // "15-30 minutes": the time in which it is theirs
			}
			e.ForLevels = p.levelsIn(text)
		}
		p.rb.Escalation = append(p.rb.Escalation, e)
	}
}
