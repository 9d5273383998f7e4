package runbook

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"calm/model/pattern"
)

// Schemes in which severities are named.
const (
	sevScheme  = iota // SEV-1, Sev 1, S1, Severity 1
	prioScheme        // P0, Priority 1
	wordScheme        // Critical, High
	dotScheme         // coloured dots
)

// sevName is one name of a severity.
type sevName struct {
	text   string // as written
	scheme int
	rank   int // the number in it, or the place of the word, 0 worst
}

var (
	sevNumber  = pattern.New(`(?i)\b(?:sev(?:erity)?|incident level)[-\s]?(?:level)?\s?#?([0-5])\b|\bS([0-5])\b`)
	prioNumber = pattern.New(`\b[Pp](?:riority|RIORITY)?[-\s]?([0-5])\b`)
	sevWord    = pattern.New(`(?i)\b(critical|emergency|catastrophic|blocker|urgent|high|major|severe|serious|medium|moderate|normal|warning|low|minor|info(?:rmational|rmation)?|trivial|cosmetic)\b`)
)

// wordRanks orders the words that severities are called by.
var wordRanks = map[string]int{
	"emergency": 0, "catastrophic": 0, "blocker": 0, "critical": 1, "urgent": 1, "severe": 2, "high": 2, "major": 2, "serious": 2,
	"medium": 3, "moderate": 3, "normal": 3, "warning": 3, "low": 4, "minor": 4,
	"info": 5, "information": 5, "informational": 5, "trivial": 5, "cosmetic": 5,
}

var dotRanks = []struct {
	dot  string
	rank int
}{{"🔴", 0}, {"🟥", 0}, {"🟠", 1}, {"🟧", 1}, {"🟡", 2}, {"🟨", 2}, {"🟢", 3}, {"🟩", 3}, {"🔵", 4}, {"🟦", 4}, {"⚪", 5}}

// severityNames finds every name of a severity in a text, the numbered ones first.
func severityNames(s string) []sevName {
	s = mend(s)
	var out []sevName
	add := func(n sevName) {
		if !slices.ContainsFunc(out, func(o sevName) bool { return strings.EqualFold(o.text, n.text) }) {
			out = append(out, n)
		}
	}
	for _, m := range sevNumber.FindAllStringSubmatch(s, -1) {
		n, _ := strconv.Atoi(m[1] + m[2])
		add(sevName{strings.TrimSpace(m[0]), sevScheme, n})
	}
	for _, m := range prioNumber.FindAllStringSubmatch(s, -1) {
		n, _ := strconv.Atoi(m[1])
		add(sevName{m[0], prioScheme, n})
	}
	for _, m := range sevWord.FindAllString(s, -1) {
		add(sevName{m, wordScheme, wordRanks[strings.ToLower(m)]})
	}
	if len(out) == 0 {
		for _, d := range dotRanks {
			if strings.Contains(s, d.dot) {
				add(sevName{d.dot, dotScheme, d.rank})
			}
		}
	}
	return out
}

// afterName is what may stand after a severity's name in a title: the end, a joint, a bracket, or
// another name.
var afterName = pattern.New(`^\s*(?:$|[:：(\[/|,—–-]|(?i:severity|priority|incidents?|issues?|level|alerts?)\s*(?:$|[:(—–-]))`)

// notASeverity are words in a title that make it a chapter about severities rather than one of them.
var notASeverity = pattern.New(`(?i)\b(?:playbook|checklist|template|procedure|example|response (?:plan|process|steps|flow)|workflow|runbook|responsib|escalation (?:path|to)|actions?|timeline|systems?|alert playbooks)\b`)

// severityTitle reads a heading or a label as the title of one severity.
func severityTitle(title string) ([]sevName, bool) {
	t := trimLead(plain(title))
	if loc := numberLead.FindStringIndex(t); loc != nil && t[0] >= '0' && t[0] <= '9' {
		t = t[loc[1]:]
	}
	t = strings.TrimPrefix(t, "Level ")
	if len(t) > 120 || !maySeverity(t) || notASeverity.MatchString(t) {
		return nil, false
	}
	for _, p := range []*pattern.Pattern{sevNumber, prioNumber, sevWord} {
		loc := p.FindStringIndex(t)
		if loc == nil || loc[0] != 0 || !afterName.MatchString(t[loc[1]:]) {
			continue
		}
		// What explains a severity comes after a joint and is not a name of it: "P1 - High latency".
		return orderNames(severityNames(nameZone(t, loc[1]))), true
	}
	return nil, false
}

// maySeverity looks at the first word only: it saves nearly every title of a file the patterns.
func maySeverity(t string) bool {
	end := strings.IndexFunc(t, func(r rune) bool { return !isWord(r) })
	if end < 0 {
		end = len(t)
	}
	first := strings.ToLower(t[:end])
	if _, ok := wordRanks[first]; ok {
		return true
	}
	return strings.HasPrefix(first, "sev") || strings.HasPrefix(first, "priorit") || first == "incident" ||
		len(first) > 0 && len(first) <= 2 && (first[0] == 's' || first[0] == 'p')
}

var nameJoint = pattern.New(`^\s*(?:[:：—–,/|-]|\()?\s*`)

// nameZone is the front of a title that can hold names: the first name, and what follows it as long
// as each next word is a name too or is in brackets.
func nameZone(t string, end int) string {
	for end < len(t) {
		joint := nameJoint.FindString(t[end:])
		rest := t[end+len(joint):]
		grew := false
		for _, p := range []*pattern.Pattern{sevNumber, prioNumber, sevWord} {
			loc := p.FindStringIndex(rest)
			if loc == nil || loc[0] != 0 || !afterName.MatchString(rest[loc[1]:]) && !strings.HasPrefix(rest[loc[1]:], ")") {
				continue
			}
			end += len(joint) + loc[1]
			if strings.HasPrefix(t[end:], ")") {
				end++
			}
			grew = true
			break
		}
		if !grew {
			break
		}
	}
	return t[:end]
}

// orderNames puts the name to show first: SEV before P, numbers before words.
func orderNames(names []sevName) []sevName {
	sort.SliceStable(names, func(i, j int) bool { return names[i].scheme < names[j].scheme })
	return names
}

func nameTexts(names []sevName) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = append(out, n.text)
	}
	return out
}
