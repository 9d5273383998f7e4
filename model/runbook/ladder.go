package runbook

import (
	"strings"

	"calm/model/pattern"
)

// This file reads escalation that is drawn or told rather than tabled: levels joined by arrows, and
// sentences that say after how long somebody is paged.

// rung is one level of a ladder, before it becomes an Escalation.
type rung struct {
	who   string
	at    span
	after string // what is said of the way to the next
	auto  string // what is said of the way here
}

// arrowSigns stand between two levels. The last ones are those of a keyboard.
var arrowSigns = []string{"→", "⇒", "➜", "➔", "↓", "▼", "⬇", "->", "=>"}

// ladders reads the levels that are drawn in the code blocks of a chapter.
func (p *parse) ladders(blocks []*block) {
	for _, b := range blocks {
		if b.kind != codeBlock || b.lang() == "mermaid" {
			continue
		}
		rungs := downward(b)
		if len(rungs) == 0 {
			for i, l := range b.lines {
				rungs = append(rungs, p.alongLine(l, b.at[i])...)
			}
		}
		p.climb(rungs)
	}
}

// downward reads levels that stand one below the other, with an arrow between each two.
func downward(b *block) []rung {
	var rungs []rung
	arrows, open := 0, ""
	for i, l := range b.lines {
		text := strings.Trim(l, " \t│|┃║+*")
		sign := strings.TrimLeft(text, " v|│")
		if text == "" || strings.Trim(text, "─━═-—_=┌┐└┘├┤┬┴┼╔╗╚╝ │|v") == "" {
			continue
		}
		if arrow := leadingArrow(sign); arrow != "" {
			arrows++
			open = strings.Trim(strings.TrimPrefix(sign, arrow), " ()[]:")
			if n := len(rungs); n > 0 {
				rungs[n-1].after = open
			}
			continue
		}
		if len(text) > 90 || containsArrow(text) {
			return nil
		}
		if arrows == 0 && !namesSomebody(text) { // a title over the drawing
			rungs = rungs[:0]
			continue
		}
		if n := len(rungs); n > arrows { // a second line of the same box
			rungs[n-1].who += "; " + text
			continue
		}
		rungs = append(rungs, rung{who: text, at: b.lineSpan(i)})
	}
	if arrows == 0 || len(rungs) < 2 {
		return nil
	}
	return rungs
}

// lineSpan is the range of one line of a block.
func (b *block) lineSpan(i int) span { return span{b.at[i], b.at[i] + len(b.lines[i])} }

func leadingArrow(s string) string {
	for _, a := range arrowSigns {
		if strings.HasPrefix(s, a) {
			return a
		}
	}
	return ""
}

func containsArrow(s string) bool {
	for _, a := range arrowSigns {
		if strings.Contains(s, a) {
			return true
		}
	}
	return false
}

// namesSomebody says whether a text names a level or somebody to go to.
func namesSomebody(s string) bool { return levelNumber(s) >= 0 || personWords.MatchString(s) }

// alongLine reads "On-call → Backup (5 min) → Manager (30 min)", also behind the severity that it is for.
func (p *parse) alongLine(line string, at int) []rung {
	line = strings.TrimSpace(line)
	if !containsArrow(line) || len(line) > 400 {
		return nil
	}
	marked := line
	for _, a := range arrowSigns {
		marked = strings.ReplaceAll(marked, a, "\x00")
	}
	lead := ""
	if before, rest, ok := strings.Cut(marked, ":"); ok && len(before) < 30 && !strings.Contains(before, "\x00") && levelRun.MatchString(before) {
		lead, marked = before, rest
	}
	var rungs []rung
	for _, piece := range strings.Split(marked, "\x00") {
		r := rung{who: strings.TrimSpace(plain(piece)), at: span{at, at + len(line)}, auto: lead}
		if m := bracketTail.FindStringSubmatch(r.who); m != nil && parseTime(m[1]).known {
			r.auto = strings.TrimSpace(lead + " " + m[1])
			r.who = strings.TrimSpace(strings.TrimSuffix(r.who, m[0]))
		}
		if r.who == "" || len(r.who) > 80 {
			return nil
		}
		rungs = append(rungs, r)
	}
	people := 0
	for _, r := range rungs {
		if namesSomebody(r.who) {
			people++
		}
	}
	if people*2 < len(rungs) || people < 2 {
		return nil
	}
	return rungs
}

// climb makes escalation levels of a ladder.
func (p *parse) climb(rungs []rung) {
	for i, r := range rungs {
		e := Escalation{Part: p.part(slug(firstWords(r.who, 6)), sentence(r.who), r.at), Level: i + 1, Contact: r.who, ForLevels: []int{}}
		if n := levelNumber(r.who); n > 0 {
			e.Level = n
			if _, who, ok := strings.Cut(r.who, ":"); ok {
				e.Contact = strings.TrimSpace(who)
			}
		}
		if r.after != "" {
			e.EscalateIf = r.after
			first, _, _ := strings.Cut(r.after, ",")
			e.After, e.ForLevels = parseTime(first).upper(), p.levelsIn(first)
		}
		if r.auto != "" {
			e.Auto, e.ForLevels = parseTime(r.auto).upper(), p.levelsIn(r.auto)
		}
		p.rb.Escalation = append(p.rb.Escalation, e)
	}
}

// handOver finds whom a sentence hands the incident to: "escalate to the secondary on-call",
// "the engineering manager is paged".
var (
	handOver = pattern.New(`(?i)\b(?:escalat(?:e|es|ed|ing)|fires?|goes|hand(?:s|ed)? over|page[sd]?|paging|notify|notifies|alerts?|call|contact|inform|involve|engage|wake(?: up)?|escalar|eskalier\w*|→)\s+(?:directly |immediately |then )?(?:(?:to|in|a|ao|an)\s+)?(?:the |your |an? |el |la |o )?`)
	paged    = pattern.New(`(?i)^(?:the |your |an? )?([\p{L}\d][\p{L}\d /&-]{2,50}?)\s+(?:is|are|gets?) (?:then |also |automatically )?(?:paged|notified|called|alerted|engaged|contacted)\b`)
	whoEnds  = pattern.New(`(?i)\s+(?:if|when|after|immediately|for|is|and|with|via|by|within|at|on slack|directly|until|in \d)\b|[.,;:(]`)
)

// handedTo is the person or level that a sentence hands over to, "" when it names none.
func handedTo(text string) string {
	if m := paged.FindStringSubmatch(text); m != nil && namesSomebody(m[1]) {
		return m[1]
	}
	for _, loc := range handOver.FindAllStringIndex(text, 4) {
		who := strings.TrimSpace(text[loc[1]:])
		if end := whoEnds.FindStringIndex(who); end != nil {
			who = strings.TrimSpace(who[:end[0]])
		}
		if who != "" && len(who) <= 60 && namesSomebody(who) {
			return who
		}
	}
	return ""
}

// waits are words before a time after which somebody is paged.
var waits = pattern.New(`(?i)\b(?:after|within|if|unless|unresolved|no (?:response|ack\w*)|more than|longer than|exceeds?|still|sin|sem|sans|si|se|wenn|nach|apr[eè]s|despu[eé]s)\b|[>≥]`)

// policy reads a list of sentences that say who is paged, and after how long: without a time in one of
// them they are advice.
func (p *parse) policy(list *block) {
	type line struct {
		item *block
		who  string
		text string
	}
	var lines []line
	times := 0
	for _, item := range list.kids {
		text := itemText(item)
		whole := text
		for _, k := range item.kids[min(1, len(item.kids)):] {
			whole += " " + blocksText([]*block{k})
		}
		who := handedTo(text)
		if who == "" {
			for _, sub := range strings.Split(strings.TrimSpace(strings.TrimPrefix(whole, text)), "; ") {
				if who = handedTo(sub); who != "" {
					break
				}
			}
		}
		if who == "" {
			continue
		}
		if parseTime(text).known && waits.MatchString(text) {
			times++
		}
		lines = append(lines, line{item, who, text})
	}
	if times == 0 {
		return
	}
	for i, l := range lines {
		e := Escalation{Part: p.part(slug(firstWords(l.who, 6)), l.who, l.item.span), Level: i + 1, Contact: l.who, EscalateIf: l.text, ForLevels: p.levelsIn(l.text)}
		if n := levelNumber(l.who); n > 0 {
			e.Level = n
		}
		e.Auto = parseTime(l.text).upper()
		p.take(itemHead(l.item))
		e.nested(p, l.item)
		p.rb.Escalation = append(p.rb.Escalation, e)
	}
}

// waitTable reads a table of what has happened, or of how long it has lasted, and whom to go to then.
func (p *parse) waitTable(g grid) {
	for _, e := range p.rb.Escalation {
		if levelNumber(e.Title) > 0 {
			return // the levels are told elsewhere, this is when which of them is asked
		}
	}
	who := -1
	for i := 1; i < len(g.header.cells) && who < 0; i++ {
		if toWhom.MatchString(key(g.header.cell(i))) || leadingArrow(g.rows[0].cell(i)) != "" {
			who = i
		}
	}
	if who < 0 || escalationField(g.header.cell(0)) != afterField && !onlyTime.MatchString(g.rows[0].cell(0)) && !toldTimes(g) {
		return
	}
	for i, r := range g.rows {
		name := r.cell(who)
		name = strings.TrimSpace(strings.TrimPrefix(name, leadingArrow(name)))
		if noOne.MatchString(name) {
			continue
		}
		e := Escalation{Part: p.part(slug(firstWords(name, 6)), name, r.span), Level: i + 1, Contact: name, EscalateIf: r.cell(0), ForLevels: p.levelsIn(r.cell(0))}
		e.Auto = parseTime(r.cell(0)).upper()
		for c := 1; c < len(g.header.cells); c++ {
			if c != who && r.cell(c) != "" {
				e.Details = append(e.Details, strings.TrimPrefix(g.header.cell(c)+": "+r.cell(c), ": "))
			}
		}
		p.rb.Escalation = append(p.rb.Escalation, e)
	}
}

// toWhom is the title of a column that says whom to go to.
var toWhom = pattern.New(`^(?:escalate to|contact|who|notify|page|call|escalation|escalation target|target|to)$`)

// toldTimes says whether most cells of the first column hold a time.
func toldTimes(g grid) bool {
	n := 0
	for _, r := range g.rows {
		if parseTime(r.cell(0)).known {
			n++
		}
	}
	return n*2 > len(g.rows)
}

// levelLists reads a list of levels of people in a chapter whose title says nothing of escalation.
func (p *parse) levelLists(n *node) {
	if n.role() != noRole || len(p.rb.Escalation) > 0 {
		return
	}
	for _, b := range n.blocks {
		if b.kind == listBlock && allLevels(b) && mostlyPeople(b) {
			p.escalationList(b)
		}
	}
}
