package runbook

import (
	"strings"

	"calm/model/pattern"
)

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
