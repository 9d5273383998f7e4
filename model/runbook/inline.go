package runbook

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain takes Markdown's inline marks off a line and mends its encoding. Code keeps its text, a
// link its text and, where it leads out of the file, its target. What only looks like a tag, such
// as <last-known-good-commit>, is a placeholder and stays.
func plain(s string) string {
	text := s
	if i := nextMark(s, 0); i < len(s) {
		text = unmarked(s, i)
	}
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	return strings.TrimSpace(mend(text))
}

// unmarked is s without its marks; the first may stand at i.
func unmarked(s string, i int) string {
	var out strings.Builder
	out.Grow(len(s))
	from := 0 // of the text that is not yet written
	for i < len(s) {
		out.WriteString(s[from:i])
		from = i
		if n := inlineMark(s, i, &out); n > 0 {
			from = i + n
			i = nextMark(s, from)
			continue
		}
		i = nextMark(s, i+1)
	}
	out.WriteString(s[from:])
	return out.String()
}

// nextMark is the place of the next byte, from i on, that can begin a mark.
func nextMark(s string, i int) int {
	for i < len(s) && !markBytes[s[i]] {
		i++
	}
	return i
}

var markBytes = [256]bool{'\\': true, '`': true, '*': true, '_': true, '~': true, '!': true, '[': true, '<': true}

// inlineMark reads one mark at s[i:], writes what it stands for, and gives its length; 0 is none.
func inlineMark(s string, i int, out *strings.Builder) int {
	rest := s[i:]
	switch s[i] {
	case '\\':
		if len(rest) > 1 && isPunct(rest[1]) {
			out.WriteByte(rest[1])
			return 2
		}
	case '`':
		if code, n := codeSpan(rest); n > 0 {
			out.WriteString(code)
			return n
		}
	case '*':
		return emphasis(s, i, "*")
	case '_':
		return emphasis(s, i, "_")
	case '~':
		if strings.HasPrefix(rest, "~~") {
			return 2
		}
	case '!':
		if strings.HasPrefix(rest, "![") {
			return 1
		}
	case '[':
		return link(rest, out)
	case '<':
		return tag(rest, out)
	}
	return 0
}

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !isWord(rune(c))
}

// codeSpan reads a code span at the start of s: its text, and its length with the backticks.
func codeSpan(s string) (code string, n int) {
	ticks := len(s) - len(strings.TrimLeft(s, "`"))
	fence := s[:ticks]
	body := s[ticks:]
	if len(body) > 2*reach {
		body = body[:2*reach]
	}
	end := strings.Index(body, fence)
	if end < 0 {
		return "", 0
	}
	code = body[:end]
	if t := strings.TrimSpace(code); t != "" && len(code) > 2 && code[0] == ' ' {
		code = t
	}
	return code, end + 2*ticks
}

// emphasis gives the length of a run of marks when it opens or closes emphasis rather than being
// a star between spaces or an underscore inside a word.
func emphasis(s string, i int, mark string) int {
	n := 0
	for i+n < len(s) && s[i+n:i+n+1] == mark {
		n++
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+n:])
	spaceBefore := i == 0 || unicode.IsSpace(before)
	spaceAfter := i+n >= len(s) || unicode.IsSpace(after)
	if spaceBefore && spaceAfter {
		return 0
	}
	if mark == "_" && isWord(before) && isWord(after) && i > 0 {
		return 0
	}
	// A lone star inside a command or a glob has no partner on the line.
	if n == 1 && !strings.Contains(s[i+n:], mark) && !strings.Contains(s[:i], mark) {
		return 0
	}
	return n
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// reach bounds how far a mark is looked for its other half, so that hostile text stays linear.
const reach = 600

// link writes a link's text, with its target where that says more, and gives its length.
func link(s string, out *strings.Builder) int {
	label, target, n := splitLink(s)
	if n == 0 {
		return 0
	}
	label = plain(label)
	out.WriteString(label)
	bare := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	if target != "" && !strings.HasPrefix(target, "#") && bare != label {
		if label != "" {
			out.WriteByte(' ')
		}
		out.WriteString("(" + target + ")")
	}
	return n
}

// splitLink reads "[label](target)" at the start of s; n is 0 when there is none.
func splitLink(s string) (label, target string, n int) {
	depth, end := 0, -1
	for i := 0; i < len(s) && i < reach && end < 0; i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				end = i
			}
		}
	}
	if end < 0 || end+1 >= len(s) || s[end+1] != '(' {
		return "", "", 0
	}
	rest := s[end+2:]
	if len(rest) > 2*reach {
		rest = rest[:2*reach]
	}
	shut := strings.IndexByte(rest, ')')
	if shut < 0 {
		return "", "", 0
	}
	target = strings.TrimSpace(rest[:shut])
	if i := strings.IndexAny(target, " \t"); i > 0 {
		if c := strings.TrimSpace(target[i:]); c[0] != '"' && c[0] != '\'' {
			return "", "", 0 // words in brackets after a placeholder, not a target
		}
		target = target[:i]
	}
	return s[1:end], strings.Trim(target, "<>"), end + 2 + shut + 1
}

// htmlTags are the elements whose tags are taken off.
var htmlTags = wordSet(`a abbr b blockquote br center code dd details del div dl dt em font h1 h2 h3
	h4 h5 h6 hr i img ins kbd li mark ol p pre s small span strong sub summary sup table tbody td th
	thead tr tt u ul`)

// tag takes off an HTML tag, and the brackets of an address in <…>.
func tag(s string, out *strings.Builder) int {
	if len(s) > reach {
		s = s[:reach]
	}
	end := strings.IndexByte(s, '>')
	if end < 0 {
		return 0
	}
	inner := s[1:end]
	if strings.HasPrefix(inner, "http") || strings.HasPrefix(inner, "mailto:") {
		if strings.ContainsAny(inner, " <") {
			return 0
		}
		out.WriteString(strings.TrimPrefix(inner, "mailto:"))
		return end + 1
	}
	name := strings.TrimPrefix(inner, "/")
	if i := strings.IndexAny(name, " /\t"); i >= 0 {
		name = name[:i]
	}
	name = strings.ToLower(name)
	if !htmlTags[name] {
		return 0
	}
	if name == "br" || name == "td" || name == "li" {
		out.WriteByte(' ')
	}
	return end + 1
}

// codeSpans lists the texts of the code spans of a line.
func codeSpans(s string) []string {
	var spans []string
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		code, n := codeSpan(s[i:])
		if n == 0 {
			i += len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
			continue
		}
		spans = append(spans, code)
		i += n
	}
	return spans
}
