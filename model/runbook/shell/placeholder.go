package shell

import (
	"sort"
	"strings"

	"calm/model/pattern"
)

// hole is the byte that stands for a placeholder while the text is parsed: no
// shell metacharacter, as wide as what it replaces, and nothing a person types.
const hole = '\x01'

// Bounds of what is looked for: a placeholder's name, and how many there are.
// The forms are told apart by hand, byte by byte: every text of a runbook
// passes through here, and a regular expression takes a hundred times as long.
const (
	maxName         = 62
	maxPlaceholders = 20000
)

var (
	rangeClass   = pattern.New(`^(?:\w-\w)+`)
	templateVerb = pattern.New(`^\s*-?\s*(?:\.|\$|"|range\b|end\b|if\b|else\b|json\b|printf?\b|println\b|with\b|len\b|index\b|join\b|upper\b|lower\b|split\b|define\b|template\b)`)
	awkWord      = pattern.New(`^(?:print|next|exit|getline|print0)$`)
)

// Placeholders returns what must be filled in before the text can run, in
// order. It is decided before parsing: `git revert <bad-sha> --no-edit` is a
// good redirection to any shell.
func Placeholders(text string) []Placeholder {
	var found []Placeholder
	lines := lineIndex{text: text}
	for i := 0; i < len(text) && len(found) < maxPlaceholders; {
		end := candidate(text, i)
		if end < 0 {
			i++
			continue
		}
		if accept(text, i, end, &lines) {
			s := text[i:end]
			found = append(found, Placeholder{Name: placeholderName(s), Text: s, Offset: i})
		}
		i = end
	}
	return found
}

// candidate returns where the mark that begins at the offset ends, or -1. What
// surrounds it is for accept to look at, because most of these forms are also
// shell, JSON or a regular expression somewhere.
func candidate(text string, at int) int {
	rest := text[at:]
	switch c := text[at]; c {
	case '<': // <bad-sha>
		return enclosed(rest, at, '>', "<>|&;()$`\"'\n")
	case '[': // [X]
		return enclosed(rest, at, ']', "[]\n\"'`")
	case '{':
		if !strings.HasPrefix(rest, "{{") { // {name}
			return enclosed(rest, at, '}', "{}\n\"'`$ ,.;:|&=()[]/\\*?#%@!<>+~^")
		}
		end := strings.Index(rest[:min(len(rest), maxName+4)], "}}") // {{name}}
		if end < 3 || strings.ContainsAny(rest[2:end], "{}\n") {
			return -1
		}
		return at + end + 2
	case 'Y', 'y': // YOUR_TOKEN, your-app
		if strings.HasPrefix(rest, "YYYY") {
			return capitals(text, at)
		}
		if !strings.HasPrefix(rest, "YOUR") && !strings.HasPrefix(rest, "your") || isWord(byteAt(text, at-1)) {
			return -1
		}
		if sep := byteAt(rest, 4); sep != '_' && sep != '-' || !isWord(byteAt(rest, 5)) {
			return -1
		}
		return at + runOf(rest, func(c byte) bool { return isWord(c) || c == '-' })
	case 'X', 'x': // XXX
		return crosses(rest, at)
	case 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'Z':
		if second := byteAt(rest, 1); second < 'A' || second > 'Z' || isAlnum(byteAt(text, at-1)) {
			return -1
		}
		return capitals(text, at)
	case '.':
		if strings.HasPrefix(rest, "...") {
			return at + 3
		}
	case ellipsis[0]:
		if strings.HasPrefix(rest, ellipsis) {
			return at + len(ellipsis)
		}
	}
	return -1
}

const ellipsis = "…"

// enclosed finds the closing mark of a name that begins with a letter and holds
// none of the bytes.
func enclosed(rest string, at int, closing byte, none string) int {
	first := byteAt(rest, 1)
	if !isAlnum(first) && first < 0x80 && (closing != ']' || first != '$') || first >= '0' && first <= '9' {
		return -1
	}
	for i := 1; i < len(rest) && i <= maxName; i++ {
		switch c := rest[i]; {
		case c == closing:
			return at + i + 1
		case strings.IndexByte(none, c) >= 0:
			return -1
		}
	}
	return -1
}

// crosses finds the end of XXX, or of XXX-XXX-XXXX.
func crosses(rest string, at int) int {
	cross := func(c byte) bool { return c == 'X' || c == 'x' }
	end := runOf(rest, cross)
	if end < 3 {
		return -1
	}
	for byteAt(rest, end) == '-' {
		more := runOf(rest[end+1:], cross)
		if more < 2 {
			break
		}
		end += 1 + more
	}
	return at + end
}

func runOf(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// mask replaces every placeholder by holes, so that offsets in the parsed text
// are offsets in the text as written.
func mask(text string, found []Placeholder) string {
	b := []byte(text)
	for _, p := range found {
		for i := p.Offset; i < p.Offset+len(p.Text); i++ {
			b[i] = hole
		}
	}
	for i, c := range b {
		switch {
		// The parser drops NUL bytes, which would shift every offset after them.
		case c == 0:
			b[i] = hole
		case c == '\r' && i+1 < len(b) && b[i+1] == '\n':
			b[i] = ' '
		}
	}
	return string(b)
}

func placeholderName(s string) string {
	name := strings.TrimSpace(strings.Trim(s, "<>[]{}"))
	if name == "" {
		return s
	}
	return name
}

func accept(text string, start, end int, lines *lineIndex) bool {
	s := text[start:end]
	before, after := byteAt(text, start-1), byteAt(text, end)
	switch s[0] {
	case '<':
		return acceptAngle(s, before)
	case '{':
		if strings.HasPrefix(s, "{{") {
			return !templateVerb.MatchString(s[2:])
		}
		return acceptBrace(s, before, after)
	case '[':
		return acceptBracket(s, before, after)
	case 'Y', 'y':
		if strings.HasPrefix(s, "YYYY") {
			return acceptCapitals(text, start, end, lines)
		}
		return !isWord(before) && before != '$' && !strings.HasPrefix(text[start-min(start, 2):start], "${")
	case 'X', 'x':
		// mktemp replaces its own Xs.
		return !isAlnum(before) && !isAlnum(after) && before != '\\' && !strings.Contains(lines.around(start), "mktemp")
	}
	if s[0] >= 'A' && s[0] <= 'Z' {
		return acceptCapitals(text, start, end, lines)
	}
	return acceptDots(before, after) && (before != ' ' || !openQuote(lines.around(start)))
}

// acceptAngle tells <name> from a redirection. A name that ends in a space, or
// stands after another <, is one.
func acceptAngle(s string, before byte) bool {
	name := s[1 : len(s)-1]
	if name[len(name)-1] == ' ' || before == '<' || before == '$' {
		return false
	}
	// <a href="x"> and the like have marks that no placeholder has.
	return !strings.ContainsAny(name, "=\\") && !strings.HasSuffix(name, "-")
}

func acceptBrace(s string, before, after byte) bool {
	if strings.IndexByte("$%@#{\\", before) >= 0 && before != 0 || after == '}' {
		return false
	}
	// {print} and {name} right after a quote are an awk or jq program.
	if before == '\'' || after == '\'' {
		return false
	}
	return !awkWord.MatchString(s[1 : len(s)-1])
}

func acceptBracket(s string, before, after byte) bool {
	name := s[1 : len(s)-1]
	if isWord(before) || strings.IndexByte("[.^$*)]\\", before) >= 0 && before != 0 {
		return false
	}
	if isWord(after) || strings.IndexByte("(]{*+?\\^$", after) >= 0 && after != 0 {
		return false
	}
	if rangeClass.MatchString(name) || name == "x" || strings.ContainsAny(name, "*?|=\\") {
		return false
	}
	if strings.IndexByte(name, ',') >= 0 && strings.IndexByte(name, ' ') < 0 {
		return false
	}
	if before == '\'' || before == '"' || after == '\'' || after == '"' {
		return strings.ContainsAny(name, " -_/") || strings.ToUpper(name) == name
	}
	return true
}

func acceptDots(before, after byte) bool {
	lead := before == 0 || strings.IndexByte(" \t\n=-(", before) >= 0
	quoted := (before == '"' || before == '\'') && after == before
	trail := after == 0 || strings.IndexByte(" \t\r\n)\"'", after) >= 0
	return quoted || lead && trail
}

// openQuote reports whether a line ends inside a quoted text.
func openQuote(line string) bool {
	return strings.Count(line, `"`)%2 == 1 || strings.Count(line, `'`)%2 == 1
}

func byteAt(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isWord(c byte) bool { return isAlnum(c) || c == '_' }

// lineIndex finds the line around an offset without searching the text anew
// each time: a text without newlines would make that quadratic.
type lineIndex struct {
	text   string
	starts []int
}

func (l *lineIndex) around(at int) string {
	if l.starts == nil {
		l.starts = append(l.starts, 0)
		for i := range len(l.text) {
			if l.text[i] == '\n' {
				l.starts = append(l.starts, i+1)
			}
		}
	}
	i := sort.SearchInts(l.starts, at+1) - 1
	// A bounded window: mktemp stands near its template.
	from := max(l.starts[i], at-200)
	return l.text[from:at]
}
