package runbook

import (
	"strings"

	"calm/model/pattern"
	"calm/model/runbook/shell"
)

var procedureNumber = pattern.New(`(?i)^(?:procedure|sop|proc[ée]dure|procedimiento|procedimento|verfahren)\s*#?(?:\d+|[a-z])?\s*[:.—–-]\s*\S`)

var severityPlaybook = pattern.New(`(?i)^(?:sev(?:erity)?[\s-]?\d|[ps]\d) (?:playbook|procedure|response)$`)

// procedureTitle says whether a title calls what follows a procedure, or what to do at one severity.
func procedureTitle(n *node) bool {
	if procedureNumber.MatchString(n.title) {
		return true
	}
	_, ok := severityTitle(n.title)
	return ok || severityPlaybook.MatchString(n.title)
}

// paragraph reads a paragraph: a command alone on its line, a command that the sentence says to run, or
// words that may title what follows.
func (sb *stepBuilder) paragraph(b *block) {
	if bareCommand(b) {
		title := sb.lead
		if sb.lead = ""; title == "" {
			title = sb.context
		}
		if len(title) > 200 {
			sb.prose(title, sb.leadAt)
			title = ""
		}
		sb.take(b.span)
		sb.add(analyzed(Step{
			Part: Part{Title: strings.TrimRight(title, ":"), Start: b.start, End: b.end},
			Kind: ShellStep, Text: strings.TrimSpace(b.lines[0]), TextLine: sb.doc.line(b.at[0]),
		}, *b.bare))
		return
	}
	text := plainLines(b.lines)
	if told := toldCommands(strings.Join(b.lines, " ")); len(told) > 0 && (!sb.keep || !isCaution(text)) {
		sb.flush()
		sb.take(b.span)
		sb.inline(told, text, b.span)
		return
	}
	sb.text(text, b.span)
}

// bareCommand says whether a paragraph is one line that can only be a command, without a mark that says so.
func bareCommand(b *block) bool {
	if b.kind != paragraphBlock || len(b.lines) != 1 {
		return false
	}
	if !b.asked {
		b.asked = true
		if what, ok := shell.Bare(strings.TrimSpace(b.lines[0])); ok {
			b.bare = &what
		}
	}
	return b.bare != nil
}

// holdsCommand says whether a paragraph is more than words.
func holdsCommand(b *block) bool {
	return bareCommand(b) || len(toldCommands(strings.Join(b.lines, " "))) > 0
}

// toldCommands are the commands of a sentence that it says to run: "Command: `…`", "run `…`". Others it
// only speaks of.
func toldCommands(raw string) []string {
	if strings.IndexByte(raw, '`') < 0 || strings.HasSuffix(strings.TrimSpace(raw), ":") {
		return nil
	}
	var out []string
	for _, c := range inlineCommands(raw) {
		if before, _, found := strings.Cut(raw, "`"+c); found && saysToRun(before) {
			out = append(out, c)
		}
	}
	return out
}

// saysToRun says whether words end by telling to run what comes next.
func saysToRun(before string) bool {
	before = strings.ToLower(strings.TrimRight(before, " :"))
	for _, word := range []string{"command", "run", "execute", "running", "executing"} {
		if rest, ok := strings.CutSuffix(before, word); ok && (rest == "" || rest[len(rest)-1] == ' ') {
			return true
		}
	}
	return false
}

// calledCommand says whether the words before a code span call it a command: then it is one, also where
// nobody but the team knows the program.
func calledCommand(raw, code string) bool {
	before, _, found := strings.Cut(raw, "`"+code)
	before = strings.TrimSpace(before)
	return found && strings.HasSuffix(before, ":") && strings.HasSuffix(strings.ToLower(strings.TrimRight(before, " :")), "command")
}
