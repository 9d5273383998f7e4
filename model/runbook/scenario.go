package runbook

import (
	"strconv"
	"strings"

	"calm/model/pattern"
	"calm/model/signal"
)

var (
	scenarioTitle  = pattern.New(`(?i)^(?:scenario|case|incident|problem|issue|playbook|alert)\s*#?\s*(?:\d+|[a-z])?\s*[:.—–-]\s*\S`)
	scenarioNumber = pattern.New(`(?i)^(?:(?:(?:incident )?(?:scenario|case|type|inc(?:ident)?|problem|issue|playbook|alert|step|runbook))\s*[#-]?\s*)?0*(\d{1,3})\s*(?:[):]|\.(?:\D|$)|\s[—–-])`)
	processTitle   = pattern.New(`(?i)^t\s*\+\s*\d|\b(?:process|procedures?|lifecycle|phases?|workflow|timeline|protocols?|guide|overview|response (?:plan|steps|flow)|post[- ](?:incident|release|deploy)|checklist|rollback|escalation|training|drills?|responsibilities|roles|stage|action items|tracking|reviews?|lessons|metrics|tools|commands|techniques|contacts?)\b`)
)

// parts counts which parts of a scenario a node's kids announce.
func parts(n *node) map[role]int {
	found := map[role]int{}
	for _, k := range n.kids {
		if r := k.part(); r != noRole {
			found[r]++
		}
		if k.label != nil && k.level < otherRank {
			continue
		}
	}
	return found
}

// holdsScenario says whether a node has the parts of a scenario: two of the three, one of which
// tells what to look at or to do.
func holdsScenario(n *node) bool {
	f := parts(n)
	kinds := 0
	for _, r := range []role{symptomsRole, diagnosisRole, resolutionRole} {
		if f[r] > 0 {
			kinds++
		}
	}
	return kinds >= 2
}

// isScenario decides whether a node is one known way of failing.
func (p *parse) isScenario(n *node) bool {
	if n.level == 0 || n.parent == nil || n.label != nil && n.level != titleRank {
		return false
	}
	for _, k := range n.headingKids() {
		if holdsScenario(k) && k.part() == noRole {
			return false // a chapter of scenarios
		}
	}
	if hasChapters(n) {
		return false
	}
	k := n.key()
	if n.part() != noRole && !scenarioTitle.MatchString(n.title) {
		return false
	}
	f := parts(n)
	if n.role() == rollbackRole && !scenarioTitle.MatchString(n.title) {
		return false
	}
	if holdsScenario(n) {
		return f[symptomsRole] > 0 || !processTitle.MatchString(k) && !stepwise(n)
	}
	some := f[symptomsRole]+f[diagnosisRole]+f[resolutionRole] > 0
	inside := n.parent.role() == scenariosRole || some && amongScenarios(n) || n.parent.within(scenariosRole) && n.parent.role() != noRole
	// A whole file called "Troubleshooting" has chapters of every kind; a chapter of it is a scenario
	// only when it has one of the parts.
	if inside && n.parent.level == 1 && !some {
		inside = false
	}
	for m := n.parent; m != nil; m = m.parent {
		if m.used {
			return false // a chapter of a scenario
		}
	}
	for _, k := range n.kids {
		if scenarioTitle.MatchString(k.title) {
			return false // a chapter of scenarios
		}
	}
	if (!inside || n.label != nil) && !scenarioTitle.MatchString(n.title) {
		return false
	}
	if r := n.role(); r == scenariosRole || r == escalationRole || r == checklistRole || r == templatesRole || r == postMortemRole {
		return scenarioTitle.MatchString(n.title) && hasContent(n)
	}
	return hasContent(n) && !processTitle.MatchString(k)
}

// amongScenarios says whether most headings beside a node are scenarios.
func amongScenarios(n *node) bool {
	up := n.parent
	if !up.counted {
		up.counted = true
		for _, k := range up.kids {
			if !k.isHeading() {
				continue
			}
			up.headings++
			if holdsScenario(k) {
				up.cases++
			}
		}
	}
	return up.cases >= 2 && up.cases*2 >= up.headings
}

// hasChapters says whether a node holds chapters of a whole runbook, so that it is no single case.
func hasChapters(n *node) bool {
	for _, k := range n.headingKids() {
		switch k.role() {
		case severitiesRole, scenariosRole, killSwitchRole:
			return len(k.headingKids()) > 0 || k.role() != scenariosRole
		}
	}
	return false
}

// hasContent says whether there is anything to do under a node: a list or commands.
func hasContent(n *node) bool {
	found := false
	n.walk(func(m *node) bool {
		for _, b := range m.blocks {
			if b.kind == listBlock || b.kind == codeBlock {
				found = true
			}
		}
		return !found
	})
	return found
}

// scenario makes a Scenario of a node and what stands below it.
func (p *parse) scenario(n *node) {
	s := Scenario{Part: p.part(slug(n.title), n.title, n.span), Symptoms: []Symptom{}, Diagnosis: []Step{}, Resolution: []Item{},
		Severity: CaseSeverity{Unless: []Unless{}}}
	if m := scenarioNumber.FindStringSubmatch(trimLead(n.title)); m != nil {
		s.Number, _ = strconv.Atoi(m[1])
	}
	if levelRun.MatchString(n.title) {
		if l := p.levelsIn(n.title); len(l) > 0 {
			s.Severity.Level = l[0] // of "P0/P1" the worst
		}
	}
	p.takeHead(n)
	b := &scenarioBuilder{parse: p, s: &s, route: routeIn(n.title)}
	b.unlabelled(n, len(n.kids) == 0 || parts(n)[resolutionRole]+parts(n)[diagnosisRole] == 0)
	for _, k := range n.kids {
		b.kid(k)
	}
	p.rb.Scenarios = append(p.rb.Scenarios, s)
	n.used = true
	p.below(n)
}

func routeIn(title string) string {
	if m := routePattern.FindStringSubmatch(title); m != nil {
		return m[1]
	}
	return ""
}

// scenarioBuilder fills a Scenario from the nodes of its parts.
type scenarioBuilder struct {
	*parse
	s     *Scenario
	route string // that the title is about
	last  role   // of the part before
}

// kid reads one part of the scenario by what its title announces.
func (b *scenarioBuilder) kid(k *node) {
	// Below a heading, the label of the severity that closes the scenario stands under the last part.
	for _, kk := range k.kids {
		if kk.label != nil && kk.label.rest != "" && kk.part() == caseSeverityRole && len(b.levelsInOrder(plain(kk.label.rest))) > 0 {
			b.severity(kk)
			kk.used = true
		}
	}
	r := k.part()
	if r == noRole && k.label != nil && b.last == resolutionRole && k.level == otherRank {
		r = resolutionRole
	}
	switch r {
	case symptomsRole:
		b.symptoms(k)
	case diagnosisRole:
		b.diagnosis(k)
	case resolutionRole, verificationRole:
		b.resolution(k)
		r = resolutionRole
	case caseSeverityRole:
		b.severity(k)
	default:
		undo := k.role() == rollbackRole && !hasCommands(k) // with commands it is a procedure
		if r == noRole && k.isHeading() && (undo || k.role() == noRole && len(b.s.Diagnosis) > 0 && hasContent(k)) {
			b.resolution(k)
			k.used = true
		}
		return
	}
	b.last = r
	k.used = true
}

// unlabelled reads what stands directly under the title. With nothing else below, it is what to do.
func (b *scenarioBuilder) unlabelled(n *node, all bool) {
	for _, blk := range n.blocks {
		if blk.kind != paragraphBlock {
			continue
		}
		text := plain(strings.Join(blk.lines, " "))
		if m := severityLine.FindStringSubmatch(text); m != nil && b.s.Severity.Level == 0 {
			b.caseSeverity(m[1])
			b.take(blk.span)
		}
	}
	if !all {
		return
	}
	items := itemBuilder{parse: b.parse, owner: b.s.ID, title: n.title}
	items.blocks(n.blocks)
	if onlyReads(items.items) {
		for _, it := range items.items {
			b.s.Diagnosis = append(b.s.Diagnosis, b.lookSteps(it)...)
		}
		return
	}
	b.s.Resolution = append(b.s.Resolution, items.items...)
}

// lookSteps are the steps of an item that turned out to be a diagnosis, with the item's own words
// where no step has them.
func (b *scenarioBuilder) lookSteps(it Item) []Step {
	for _, s := range it.Steps {
		if strings.Contains(s.Title+" "+s.Text, strings.TrimRight(it.Text, ":")) {
			return it.Steps
		}
	}
	sb := stepBuilder{parse: b.parse, owner: b.s.ID}
	sb.prose(it.Text, span{it.Start, it.End})
	return append(sb.steps, it.Steps...)
}

var severityLine = pattern.New(`(?i)^(?:default |typical )?(?:severity|priority)(?: level)?\s*:\s*(.+)$`)

// symptoms reads a list, or the sentences, of a part.
func (b *scenarioBuilder) symptoms(k *node) {
	b.takeHead(k)
	if k.label != nil && k.label.rest != "" {
		for _, s := range strings.Split(k.label.rest, "; ") {
			b.addSymptom(s, k.start)
		}
	}
	b.symptomBlocks(k.blocks)
	for _, kk := range k.kids {
		if !kk.used && (kk.level == otherRank || kk.isHeading()) {
			b.takeHead(kk)
			if kk.label != nil && kk.label.rest != "" {
				b.addSymptom(kk.title+": "+kk.label.rest, kk.start)
			}
			b.symptomBlocks(kk.blocks)
			kk.used = true
		}
	}
}

func (b *scenarioBuilder) symptomBlocks(blocks []*block) {
	for _, blk := range blocks {
		switch blk.kind {
		case paragraphBlock:
			if t := plain(strings.Join(blk.lines, " ")); !strings.HasSuffix(t, ":") {
				b.addSymptom(strings.Join(blk.lines, " "), blk.at[0])
				b.take(blk.span)
			}
		case listBlock:
			for _, item := range blk.kids {
				if t := rawItem(item); t != "" {
					b.addSymptom(t, item.start)
					b.take(itemHead(item))
				}
				if len(item.kids) > 1 {
					b.symptomBlocks(item.kids[1:])
				}
			}
		}
	}
}

func (b *scenarioBuilder) addSymptom(text string, at int) {
	if text == "" {
		return
	}
	s := b.symptom(text)
	s.ID = b.s.ID + ".symptom-" + strconv.Itoa(len(b.s.Symptoms)+1)
	s.Line = b.doc.line(at)
	if s.Predicate != nil && b.route != "" && s.Subject == "" && (s.Signal == signal.ErrorRatio || s.Signal == signal.LatencyP95) {
		s.Subject = b.route
	}
	b.s.Symptoms = append(b.s.Symptoms, s)
}

// diagnosis reads the steps of a part.
func (b *scenarioBuilder) diagnosis(k *node) {
	b.takeHead(k)
	sb := stepBuilder{parse: b.parse, owner: b.s.ID}
	sb.node(k, true)
	b.s.Diagnosis = append(b.s.Diagnosis, sb.steps...)
}

// severity reads "SEV-3 (unless affecting all users → SEV-2)".
func (b *scenarioBuilder) severity(k *node) {
	text := ""
	if k.label != nil {
		text = plain(k.label.rest)
	}
	for _, blk := range k.blocks {
		if blk.kind == paragraphBlock {
			text = strings.TrimSpace(text + " " + plain(strings.Join(blk.lines, " ")))
			b.take(blk.span)
		}
	}
	if text == "" {
		return
	}
	b.takeHead(k)
	b.caseSeverity(text)
}

var unlessPattern = pattern.New(`(?i)\b(?:unless|except (?:when|if)|if|when|escalates? (?:to|if)|upgrade[sd]? to)\b\s*`)

// caseSeverity reads a level and, where the text names one, the condition for another.
func (b *scenarioBuilder) caseSeverity(text string) {
	c := CaseSeverity{Text: text, Unless: []Unless{}}
	head, tail := text, ""
	if loc := unlessPattern.FindStringIndex(text); loc != nil {
		head, tail = text[:loc[0]], text[loc[0]:]
	}
	first, second := b.levelsInOrder(head), b.levelsInOrder(tail)
	if len(first) > 0 {
		c.Level = first[0]
	}
	other := 0
	for _, l := range append(first, second...) {
		if l != c.Level {
			other = l
		}
	}
	// "SEV-1 if all users are affected, SEV-2 otherwise": the rule comes last.
	if otherwise.MatchString(tail) && len(second) > 0 {
		c.Level, other = second[len(second)-1], c.Level
	}
	if cond := condition(tail); cond != "" && other != 0 {
		c.Unless = append(c.Unless, Unless{ID: b.s.ID + ".unless-1", Text: cond, Level: other})
	}
	b.s.Severity = c
}

var otherwise = pattern.New(`(?i)\b(?:otherwise|else|by default)\b`)

// levelsInOrder lists the levels that a text names, in its order.
func (b *scenarioBuilder) levelsInOrder(text string) []int {
	var out []int
	for _, m := range levelRun.FindAllString(text, -1) {
		if l := b.levelOf(m); l > 0 {
			out = append(out, l)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, n := range severityNames(text) {
		if l := b.levelOf(n.text); l > 0 {
			out = append(out, l)
		}
	}
	return out
}

var conditionTail = pattern.New(`(?i)\s*(?:→|->|=>|⇒|:|,|—|–|then)?\s*(?:it (?:is|becomes)\s*)?(?:sev(?:erity)?[-\s]?[0-5]|[ps][0-5])\b.*$`)

var afterLevel = pattern.New(`(?i)^(?:to )?(?:sev(?:erity)?[-\s]?[0-5]|[ps][0-5])\s*,?\s+`)

// condition is the clause without its opening word and without the level it leads to.
func condition(tail string) string {
	t := strings.TrimSpace(unlessPattern.ReplaceAllString(tail, ""))
	if i := afterLevel.FindStringIndex(t); i != nil {
		return strings.Trim(t[i[1]:], " ().,;") // "escalate to SEV-1 if …": the condition comes last
	}
	t = conditionTail.ReplaceAllString(t, "")
	return strings.Trim(t, " ()→->,:;.")
}
