package shell

import (
	"strings"
	"unicode"

	"calm/model/pattern"
)

var promptMark = pattern.New(`^\s*(?:\$|❯|➜|λ|(?:\([\w.-]+\)\s*)?[\w.-]+@[\w.-]+[: ~][^$#\n]{0,60}[$#]|\[[\w.-]+@[^\]\n]{1,60}\][$#]|(?:PS\s)?[A-Z]:\\[^>\n]{0,60}>)\s+(\S.*)$`)

// prompt returns the command after a prompt.
func prompt(line string) (command string, ok bool) {
	if !strings.ContainsAny(line[:min(len(line), 130)], "$#>❯➜λ") {
		return "", false
	}
	if m := promptMark.FindStringSubmatchIndex(line); m != nil {
		return line[m[2]:], true
	}
	return "", false
}

// rootPrompt tells `# lsblk`, a command, from a comment. It can only be one in
// a console block that has no other prompts.
func (b *block) rootPrompt(trimmed string) bool {
	if !b.console || b.prompted || !strings.HasPrefix(trimmed, "# ") || len(b.comments) > 0 {
		return false
	}
	command := strings.TrimSpace(trimmed[1:])
	next := strings.TrimSpace(b.line(b.at + 1))
	return LooksLikeShell(command) && next != "" && next[0] != '#' && !LooksLikeShell(next)
}

// prompt adds the command that stands skip bytes into the line; what follows is
// its output.
func (b *block) prompt(skip int) {
	before := len(b.steps)
	line := b.lines[b.at]
	b.shell(line.start + skip)
	for i := before; i < len(b.steps); i++ {
		if s := &b.steps[i]; s.TextStart == line.start+skip {
			s.Start = line.start + skip - len(strings.TrimLeftFunc(b.text[line.start:line.start+skip], unicode.IsSpace))
		}
	}
}

// afterPrompt reports whether the last step began with a prompt, so that what
// comes now is its output.
func (b *block) afterPrompt() bool {
	if len(b.steps) == 0 || len(b.comments) > 0 {
		return false
	}
	last := b.steps[len(b.steps)-1]
	return last.Start < last.TextStart
}

// commentBeforePrompt reports whether the comment at the current line leads to
// another prompt: then it is none of the output.
func (b *block) commentBeforePrompt() bool {
	for i := b.at; i < len(b.lines) && i < b.at+20; i++ {
		line := strings.TrimSpace(b.line(i))
		if line == "" && i > b.at {
			continue
		}
		if _, ok := prompt(line); ok {
			return i > b.at
		}
		if !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return false
}
