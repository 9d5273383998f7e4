package runbook

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"strings"

	"calm/model/pattern"
)

// sevField is what a label or a column says about a severity.
type sevField int

const (
	noField sevField = iota
	impactField
	criteriaField
	responseField
	updateField
	resolutionField
	escalateField
	communicateField
	contactField
	scopeField
	afterField
)

// fieldPattern ties the words of a label or column to a field.
type fieldPattern struct {
	field   sevField
	pattern *pattern.Pattern
}

// severityFields are the names that fields of a severity go by, tried in order.
var severityFields = []fieldPattern{
	{resolutionField, pattern.New(`^(?:target )?(?:resolution|resolve|restore|restoration|recovery|fix|mitigation)(?: (?:target|time|goal|sla|slo|within|by|objective))*$|^(?:target|time|mean time) (?:to )?(?:resolution|resolve|fix|restore|recovery|repair)|\bm?ttr\b|^rto$|\bresolution (?:time|target|sla|goal)`)},
	{updateField, pattern.New(`\bupdates?\b|\bcadence\b|^communication frequency|^frequency$|^status (?:page )?(?:frequency|interval)`)},
	{responseField, pattern.New(`\bresponse(?: time| sla| target| expectations?)?$|^(?:initial |first |max(?:imum)? |target |typical |expected )?response\b|^(?:time to )?(?:ack|acknowledge)|^sla\b|^time to (?:respond|engage)|^mtta\b|^response|\backnowledg|\bwithin$`)},
	{escalateField, pattern.New(`\bescalat|^(?:who|page|paging|notify|notified|notification|notifications|on[- ]call|wake[- ]?up|wake on[- ]call|alert(?:ing)?|owner|responders?|assigned to)\b`)},
	{communicateField, pattern.New(`\bcommunicat|\bcomms\b|\bchannels?\b|\bpost in\b|\baudience\b|\bstakeholders?\b`)},
	{criteriaField, pattern.New(`^examples?\b|\bexamples$|\bcriteria\b|\bcriterion\b|\bindicators?\b|^conditions?\b|^triggers?\b|^symptoms?\b|^includes?\b|^when\b|\bscenarios\b|^characteristics|^typical (?:cases|issues)|^thresholds?$`)},
	{impactField, pattern.New(`\bimpact\b|^definitions?$|^descriptions?$|^scope$|^meaning$|^summary$|^what\b|^affects?$|^effect\b`)},
}

// severityField is the field that a label or a column announces.
func severityField(title string) sevField { return fieldOf(severityFields, key(title)) }

// fieldOf is the field that a title, made comparable, announces by a table.
func fieldOf(table []fieldPattern, k string) sevField {
	if k == "" || len(k) > 60 {
		return noField
	}
	for _, f := range table {
		if f.pattern.MatchString(k) {
			return f.field
		}
	}
	return inForeign(k).field
}

// sevDraft is a severity in the making: what one place of the file says about one level.
type sevDraft struct {
	names  []sevName
	sev    Severity
	node   *node // a heading or label
	labels []criterionText
	own    []span // what was understood of the node
}

type criterionText struct {
	text string
	at   int
}

// sevGroup is one place that goes through the levels: sibling headings, a table, a list.
type sevGroup struct {
	drafts []*sevDraft
	score  int
	table  bool
}

// severities finds every place that goes through the levels; the best one defines them and the
// others add what it leaves out.
func (p *parse) severities() {
	var groups []sevGroup
	p.root.walk(func(n *node) bool {
		if n.role() == postMortemRole || n.role() == tocRole {
			return false
		}
		groups = append(groups, p.headingGroup(n)...)
		groups = append(groups, p.tableGroups(n)...)
		groups = append(groups, p.listGroups(n)...)
		return true
	})
	if len(groups) == 0 {
		return
	}
	sort.SliceStable(groups, func(i, j int) bool { return groups[i].score > groups[j].score })
	if groups[0].score < 2 {
		return
	}
	main := groups[0].drafts
	assignLevels(main)
	for _, g := range groups[1:] {
		p.mergeGroup(main, g)
	}
	p.root.walk(func(n *node) bool {
		p.decisions(main, n)
		return true
	})
	for _, d := range main {
		p.finishSeverity(d)
	}
	sort.SliceStable(p.rb.Severities, func(i, j int) bool { return p.rb.Severities[i].Level < p.rb.Severities[j].Level })
}

// distinct says whether the drafts name different levels, at least two.
func distinct(drafts []*sevDraft) bool {
	seen := map[[2]int]bool{}
	for _, d := range drafts {
		k := [2]int{d.names[0].scheme, d.names[0].rank}
		if seen[k] {
			return false
		}
		seen[k] = true
	}
	return len(drafts) >= 2
}

// assignLevels numbers the severities: by the scheme's own numbers, from 1, where it has them, else
// by their order of gravity.
func assignLevels(drafts []*sevDraft) {
	scheme := drafts[0].names[0].scheme
	lowest := 99
	for _, d := range drafts {
		lowest = min(lowest, d.names[0].rank)
		if d.names[0].scheme != scheme {
			scheme = dotScheme
		}
	}
	if scheme <= prioScheme {
		for _, d := range drafts {
			d.sev.Level = d.names[0].rank
			if lowest == 0 {
				d.sev.Level++
			}
		}
		return
	}
	order := slices.Clone(drafts)
	sort.SliceStable(order, func(i, j int) bool { return order[i].names[0].rank < order[j].names[0].rank })
	for i, d := range order {
		d.sev.Level = i + 1
	}
}

// mergeGroup fills what the main group leaves open from another place.
func (p *parse) mergeGroup(main []*sevDraft, g sevGroup) {
	for _, other := range g.drafts {
		d := draftFor(main, other.names)
		if d == nil {
			continue
		}
		s, o := &d.sev, &other.sev
		for _, n := range other.names {
			if n.scheme != dotScheme && !slices.ContainsFunc(d.names, func(m sevName) bool { return m.scheme == n.scheme }) {
				d.names = orderNames(append(d.names, n))
			}
		}
		fill(&s.Response, o.Response)
		fill(&s.Update, o.Update)
		fill(&s.Resolution, o.Resolution)
		fillText(&s.ResponseNote, o.ResponseNote)
		fillText(&s.Escalation, o.Escalation)
		fillText(&s.Communication, o.Communication)
		if g.score >= 2 {
			fillText(&s.Impact, o.Impact)
			if len(d.labels) == 0 {
				d.labels = other.labels
			}
		}
	}
}

func fill(to **float64, from *float64) {
	if *to == nil {
		*to = from
	}
}

func fillText(to *string, from string) {
	if *to == "" {
		*to = from
	}
}

// draftFor finds the level that a name belongs to.
func draftFor(main []*sevDraft, names []sevName) *sevDraft {
	for _, n := range names {
		for _, d := range main {
			for _, m := range d.names {
				if m.scheme == n.scheme && m.rank == n.rank {
					return d
				}
			}
		}
	}
	return nil
}

var questionColumn = pattern.New(`(?i)^(?:questions?|conditions?|criteria|criterion|triggers?|situation|if|when|check|indicator)s?\b`)

// decisions reads tables that lead from a question to a severity: "Are > 50% of requests failing? |
// P1". Each row is a criterion of the severity that it names first.
func (p *parse) decisions(main []*sevDraft, n *node) {
	for _, b := range n.blocks {
		if b.kind != tableBlock {
			continue
		}
		g := b.grid(p.doc)
		if len(g.rows) < 2 || !questionColumn.MatchString(g.header.cell(0)) {
			continue
		}
		for _, r := range g.rows {
			for i := 1; i < len(r.cells); i++ {
				names := severityNames(r.cell(i))
				if len(names) == 0 || names[0].scheme >= wordScheme {
					continue
				}
				if d := draftFor(main, names[:1]); d != nil {
					d.labels = append(d.labels, criterionText{r.cell(0), r.start})
				}
				break
			}
		}
	}
}

var channelPattern = pattern.New(`(?:^|[\s(,+/])(#[a-z][a-z0-9_-]{1,60})`)

// channels lists the chat channels that a text names.
func channels(s string) []string {
	out := []string{}
	for _, m := range channelPattern.FindAllStringSubmatch(s, -1) {
		if !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// finishSeverity turns a draft into the Severity: its criteria and what follows from its texts.
func (p *parse) finishSeverity(d *sevDraft) {
	s := d.sev
	s.Names = nameTexts(d.names)
	if s.Update == nil {
		s.Update = parseCadence(s.Communication)
	}
	s.Channels = channels(s.Communication + " " + s.Escalation)
	s.ID = p.ids.unique(slug(s.Names[0]))
	s.Criteria = []Criterion{}
	for _, c := range d.labels {
		for _, text := range splitCriteria(c.text) {
			crit := Criterion{ID: s.ID + "-" + strconv.Itoa(len(s.Criteria)+1), Text: text, Line: p.doc.line(c.at), Kind: Asked}
			if m, ok := measured(text); ok {
				crit.Kind, crit.Predicate = Measured, m
			}
			s.Criteria = append(s.Criteria, crit)
		}
	}
	p.rb.Severities = append(p.rb.Severities, s)
	if d.node == nil {
		return
	}
	for _, o := range d.own {
		p.take(o)
	}
	d.node.used = !holdsScenario(d.node)
}

var orJoint = pattern.New(`(?i)\s*;\s*|,\s*(?:or\s+)?|\s+or\s+`)

// splitCriteria cuts "error rate > 50% or latency > 10 s" into rules that can be measured one by
// one. A sentence of which only one part is a measurement stays whole.
func splitCriteria(text string) []string {
	pieces := orJoint.Split(text, -1)
	if len(pieces) < 2 {
		return []string{text}
	}
	for _, piece := range pieces {
		if _, ok := measured(piece); !ok {
			return []string{text}
		}
	}
	return pieces
}

// levelsIn lists the severities that a text names: "SEV-1/2" is 1 and 2.
func (p *parse) levelsIn(text string) []int {
	out := []int{}
	add := func(l int) {
		if l > 0 && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	for _, m := range levelRun.FindAllString(text, -1) {
		first := true
		base := ""
		for _, num := range digitRun.FindAllString(m, -1) {
			if first {
				base, _, _ = strings.Cut(m, num)
				first = false
			}
			add(p.levelOf(base + num))
		}
	}
	if len(out) == 0 && p.wordsOnly() {
		for _, n := range severityNames(text) {
			add(p.levelOf(n.text))
		}
	}
	slices.Sort(out)
	return out
}

// wordsOnly says whether the runbook calls its severities by words alone, so that "critical" in a
// sentence means one of them.
func (p *parse) wordsOnly() bool {
	for _, s := range p.rb.Severities {
		for _, n := range severityNames(s.Names[0]) {
			if n.scheme < wordScheme {
				return false
			}
		}
	}
	return len(p.rb.Severities) > 0
}

var (
	levelRun = pattern.New(`(?i)\b(?:sev(?:erity)?[-\s]?|[ps])[0-5](?:\s*(?:/|,|&|-|–|or|and)\s*(?:sev(?:erity)?[-\s]?|[ps])?[0-5]\b)*`)
	digitRun = pattern.New(`[0-5]`)
)

// levelOf is the level that a name stands for, by the runbook's own severities; without any, by
// the usual meaning of its number.
func (p *parse) levelOf(text string) int {
	for _, n := range severityNames(text) {
		for _, s := range p.rb.Severities {
			for _, have := range s.Names {
				for _, m := range severityNames(have) {
					if m.scheme == n.scheme && m.rank == n.rank {
						return s.Level
					}
				}
			}
		}
		if len(p.rb.Severities) == 0 {
			switch n.scheme {
			case prioScheme:
				if bytes.Contains(p.doc.src, []byte("P0")) {
					return n.rank + 1
				}
				return max(n.rank, 1)
			case sevScheme, wordScheme:
				return max(n.rank, 1)
			}
		}
	}
	return 0
}
