package runbook

import (
	"slices"
	"strconv"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook/shell"
)

var (
	scenarioTitle  = pattern.New(`(?i)^(?:scenario|case|incident|problem|issue|playbook|alert)\s*#?\s*(?:\d+|[a-z])?\s*[:.—–-]\s*\S`)
	scenarioNumber = pattern.New(`(?i)^(?:(?:(?:incident )?(?:scenario|case|type|inc(?:ident)?|problem|issue|playbook|alert|step|runbook))\s*[#-]?\s*)?0*(\d{1,3})\s*(?:[):]|\.(?:\D|$)|\s[—–-])`)
	processTitle   = pattern.New(`(?i)^t\s*\+\s*\d|\b(?:process|procedures?|lifecycle|phases?|workflow|timeline|protocols?|guide|overview|response (?:plan|steps|flow)|post[- ](?:incident|release|deploy)|checklist|rollback|escalation|training|drills?|responsibilities|roles|stage|action items|tracking|reviews?|lessons|metrics|tools|commands|techniques|contacts?)\b`)
)

// parts counts which parts of a scenario a node's kids announce; symptoms also where they stand in a
// chapter about when to use the runbook, and a diagnosis where commands follow the symptoms untitled.
func parts(n *node) map[role]int {
	found := map[role]int{}
	for _, k := range n.kids {
		r := k.part()
		if r != noRole {
			found[r]++
		}
		switch {
		case r == symptomsRole && k.label != nil && hasCommandBlock(k.blocks):
			found[diagnosisRole]++
		case r == noRole || r == asideRole:
			if k.isHeading() && symptomsOnly(k) {
				found[symptomsRole]++
			}
		}
	}
	return found
}

// symptomsOnly says whether a chapter that is no part itself holds the symptoms and no other part.
func symptomsOnly(n *node) bool {
	found := false
	for _, k := range n.kids {
		switch k.part() {
		case symptomsRole:
			found = true
		case diagnosisRole, resolutionRole:
			return false
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
	return kinds >= 2 || f[symptomsRole] > 0 && f[verificationRole] > 0
}

// isScenario decides whether a node is one known way of failing.
func (p *parse) isScenario(n *node) bool {
	if n.level == 0 || n.parent == nil || n.label != nil && n.level != titleRank || forbids(n.title) {
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
		if k.part() == caseSeverityRole && len(k.headingKids()) == 0 {
			continue // how bad this one case is
		}
		if k.key() == "playbook" && !slices.ContainsFunc(k.headingKids(), holdsScenario) {
			continue // of this one case
		}
		switch k.role() {
		case severitiesRole, scenariosRole, killSwitchRole:
			if len(k.headingKids()) > 0 || k.role() != scenariosRole {
				return true
			}
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
	if s.Severity.Level == 0 && n.parent != nil && n.parent.role() == scenariosRole && levelRun.MatchString(n.parent.title) {
		if l := p.levelsIn(n.parent.title); len(l) == 1 {
			s.Severity.Level = l[0] // "Common Sev 1 scenarios"
		}
	}
	p.takeHead(n)
	f := parts(n)
	b := &scenarioBuilder{parse: p, s: &s, route: routeIn(n.title), only: f[diagnosisRole]+f[resolutionRole] == 0}
	b.unlabelled(n, len(n.kids) == 0 || b.only)
	for _, k := range n.kids {
		b.kid(k)
	}
	p.rb.Scenarios = append(p.rb.Scenarios, s)
	n.used = true
	p.below(n)
}

// wholeScenario makes a scenario of a file whose headings of the highest rank are its parts, so that
// only the front matter or the file's name is left to title it.
func (p *parse) wholeScenario() bool {
	heads := p.root.headingKids()
	if len(heads) < 2 || !holdsScenario(p.root) || slices.ContainsFunc(heads, holdsScenario) {
		return false
	}
	for _, k := range heads {
		if k.part() == noRole && k.role() != noRole {
			return false // chapters of a whole runbook
		}
	}
	first := slices.Index(p.root.kids, heads[0])
	p.scenario(&node{span: span{heads[0].start, p.root.end}, title: p.rb.Title, level: 1, kids: p.root.kids[first:], parent: p.root})
	return true
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
	only  bool   // no part says what to look at or what to do
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
	case verificationRole:
		if len(b.s.Resolution)+len(b.s.Diagnosis) == 0 && b.only {
			b.diagnosis(k) // nothing else says what to look at
			break
		}
		b.resolution(k)
		r = resolutionRole
	case resolutionRole:
		b.resolution(k)
	case caseSeverityRole:
		b.severity(k)
	default:
		undo := k.role() == rollbackRole && !hasCommands(k) // with commands it is a procedure
		if r == noRole && k.isHeading() && !forbids(k.title) && (undo || k.role() == noRole && len(b.s.Diagnosis) > 0 && hasContent(k)) {
			b.resolution(k)
			k.used = true
		} else if k.isHeading() && symptomsOnly(k) {
			for _, kk := range k.kids {
				if kk.part() == symptomsRole {
					b.symptoms(kk)
					kk.used = true
				}
			}
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
	b.toDo(n.title, n.blocks)
}

// untitled reads the commands that follow a label of symptoms with no label of their own.
func (b *scenarioBuilder) untitled(k *node) {
	for i, blk := range k.blocks {
		if blk.kind == codeBlock {
			b.toDo(b.s.Title, k.blocks[i:])
			return
		}
	}
}

// toDo reads what no label calls a diagnosis or a resolution: commands that only read are the one,
// anything else is the other.
func (b *scenarioBuilder) toDo(title string, blocks []*block) {
	items := itemBuilder{parse: b.parse, owner: b.s.ID, title: title}
	items.blocks(blocks)
	if onlyReads(items.items) {
		for _, it := range items.items {
			b.s.Diagnosis = append(b.s.Diagnosis, b.lookSteps(it)...)
		}
		return
	}
	for _, it := range items.items {
		b.s.Resolution = append(b.s.Resolution, b.afterLooking(it))
	}
}

// afterLooking makes a diagnosis of the commands that an untitled item begins with as long as they only
// read, and gives what is left of it.
func (b *scenarioBuilder) afterLooking(it Item) Item {
	looks := 0
	for looks < len(it.Steps) && it.Steps[looks].Kind == ShellStep && it.Steps[looks].Risk == shell.Reads {
		looks++
	}
	if it.Number > 0 || it.Text != b.s.Title || looks == 0 || looks == len(it.Steps) {
		return it
	}
	b.s.Diagnosis = append(b.s.Diagnosis, it.Steps[:looks]...)
	it.Steps = it.Steps[looks:]
	it.Line, it.Start = it.Steps[0].Line, it.Steps[0].Start
	return it
}

// lookSteps are the steps of an item that turned out to be a diagnosis, with the item's own words
// where no step has them.
func (b *scenarioBuilder) lookSteps(it Item) []Step {
	if it.Text == b.s.Title {
		return it.Steps
	}
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

// diagnosis reads the steps of a part.
func (b *scenarioBuilder) diagnosis(k *node) {
	b.takeHead(k)
	sb := stepBuilder{parse: b.parse, owner: b.s.ID}
	sb.node(k, true)
	b.s.Diagnosis = append(b.s.Diagnosis, sb.steps...)
}
