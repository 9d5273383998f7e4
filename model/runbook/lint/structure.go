package lint

import (
	"sort"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook"
)

// structureRules are the rules on what a runbook says and leaves out.
func structureRules() []Rule {
	return []Rule{
		thresholdEdge, thresholdOverlap, thresholdGap, thresholdNever,
		severityNoResponse, severityNoUpdates, severityTimes,
		scenarioNoSeverity, scenarioNoDiagnosis, scenarioNoResolution, scenarioUnknownSeverity,
		escalationNoTime, escalationToNobody, approvalByNobody,
		deadAnchor, deadLink, contentsIncomplete, duplicateName,
		placeholderContact, leftBlank, unfilledField, checkWithoutCommand, noEstimate,
		unclosedFence, mojibake,
	}
}

// lineSpan is a range of lines, 0-based, the last one included.
type lineSpan struct{ from, to int }

// lines gives the lines of a part.
func (p *page) span(part runbook.Part) lineSpan {
	return lineSpan{p.lineAt(part.Start) - 1, p.lineAt(max(part.End-1, part.Start)) - 1}
}

// find is the first line of a part, 1-based, that a pattern fits; the part's own where none does.
func (p *page) find(part runbook.Part, words *pattern.Pattern) int {
	s := p.span(part)
	for i := s.from; i <= s.to; i++ {
		if words.MatchString(p.lines[i].text) {
			return i + 1
		}
	}
	return part.Line
}

// says whether some line of a part has a word: what was not understood may still be there.
func (p *page) says(part runbook.Part, words *pattern.Pattern) bool {
	s := p.span(part)
	for i := s.from; i <= s.to; i++ {
		if words.MatchString(p.lines[i].text) {
			return true
		}
	}
	return false
}

// forms are the lines of messages and of the post-mortem: what stands open there is to be filled in
// during an incident, and is no fault of the runbook.
func (p *pass) forms() []lineSpan {
	var out []lineSpan
	for _, t := range p.rb.Templates {
		out = append(out, p.page.span(t.Part))
	}
	if pm := p.rb.PostMortem; pm != nil {
		out = append(out, p.page.span(pm.Part))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].from < out[j].from })
	return out
}

// prose visits the lines of Markdown that are neither code nor part of a form, in order.
func (p *pass) prose(visit func(i int, text string)) {
	forms, next := p.forms(), 0
	for i, l := range p.page.lines {
		for next < len(forms) && forms[next].to < i {
			next++
		}
		if l.kind == markdown && l.text != "" && (next == len(forms) || forms[next].from > i) {
			visit(i, l.text)
		}
	}
}

// mentions says whether a line has any of the texts: a cheap look before a pattern is tried.
func mentions(line string, any ...string) bool {
	for _, s := range any {
		if strings.Contains(line, s) {
			return true
		}
	}
	return false
}

// withoutCode blanks the code spans of a line, so that places stay and code is not taken for words.
func withoutCode(text string) string {
	if !strings.Contains(text, "`") {
		return text
	}
	b := []byte(text)
	for i := 0; i < len(b); {
		if b[i] != '`' {
			i++
			continue
		}
		ticks := i
		for ticks < len(b) && b[ticks] == '`' {
			ticks++
		}
		end := strings.Index(text[ticks:], text[i:ticks])
		if end < 0 {
			break
		}
		end += ticks + ticks - i
		for ; i < end; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// brief is a text short enough to stand in a message.
func brief(s string) string { return clipped(s, 60) }
