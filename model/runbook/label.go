package runbook

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"calm/model/pattern"
)

// label is a line that names what follows: "**Symptoms**:", "**Response Time:** < 15 minutes",
// a bold line alone, or "Severity: SEV-2" where the word is one that runbooks use.
type label struct {
	name string // plain, without its colon
	note string // what stands in brackets between name and colon: "if needed"
	rest string // what stands after it on the line, with its marks
	bold bool
	dash bool // joined to the rest by a dash: a title more than a label
}

// splitLabel reads a label at the start of a line.
func splitLabel(line string) (label, bool) {
	line = trimLead(mend(strings.TrimSpace(line)))
	if len(line) < 3 || len(line) > 4000 {
		return label{}, false
	}
	if strings.HasPrefix(line, "**") || strings.HasPrefix(line, "__") {
		return boldLabel(line)
	}
	return wordLabel(line)
}

// boldLabel reads a label in bold, in all the ways in which its colon is written.
func boldLabel(line string) (label, bool) {
	mark := line[:2]
	body := strings.TrimLeft(line, mark[:1])
	end := strings.Index(body, mark)
	if end <= 0 {
		return label{}, false
	}
	l := label{bold: true}
	name := strings.TrimSpace(body[:end])
	rest := strings.TrimLeft(body[end:], mark[:1])
	closed := strings.HasSuffix(name, ":")
	l.name = strings.TrimSpace(strings.TrimRight(plain(name), ":："))
	rest = strings.TrimSpace(rest)
	if !closed {
		l.note, rest = bracketNote(rest)
	}
	switch {
	case l.name == "":
		return label{}, false
	case closed || rest == "":
		l.rest = rest
	case strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "："):
		l.rest = strings.TrimSpace(strings.TrimLeft(rest, ":："))
	default:
		after, ok := afterDash(rest)
		if !ok {
			return label{}, false
		}
		l.rest, l.dash = after, true
	}
	return l, true
}

// bracketNote splits a leading "(…)" off.
func bracketNote(s string) (note, rest string) {
	if !strings.HasPrefix(s, "(") {
		return "", s
	}
	end := strings.IndexByte(s, ')')
	if end < 0 {
		return "", s
	}
	rest = strings.TrimSpace(s[end+1:])
	if rest != "" && !strings.HasPrefix(rest, ":") {
		if _, ok := afterDash(rest); !ok {
			return "", s
		}
	}
	return plain(s[1:end]), rest
}

// afterDash gives what follows a dash that stands between spaces.
func afterDash(s string) (string, bool) {
	for _, dash := range []string{"—", "–", "--", "-", "→", "->"} {
		if rest, ok := strings.CutPrefix(s, dash); ok && (rest == "" || rest[0] == ' ') {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

var wordLabelPattern = pattern.New(`^[_*]?(\p{L}[\p{L} /&'-]{1,38})[_*]?\s*(\([^)]{1,60}\))?\s*:[_*]?(?:\s+(.*))?$`)

// wordLabel reads a label that is not bold. Only the words that runbooks use for a part count, so
// that a sentence with a colon stays a sentence.
func wordLabel(line string) (label, bool) {
	m := wordLabelPattern.FindStringSubmatch(line)
	if m == nil || !isPartWord(m[1]) {
		return label{}, false
	}
	return label{name: strings.TrimSpace(m[1]), note: strings.Trim(m[2], "()"), rest: m[3]}, true
}

// trimLead takes off symbols that stand before a title: emoji, warning signs, stars.
func trimLead(s string) string {
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r < 0x80 || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return s
		}
		if !unicode.IsSymbol(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Mn, r) &&
			r != '\u200d' && r != '\ufeff' && !unicode.IsPunct(r) {
			return s
		}
		s = s[n:]
		s = strings.TrimLeft(s, " ")
	}
	return s
}

var numberLead = pattern.New(`^(?i:(?:step|phase|part|section|appendix|option|method|path)\s+)?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[A-Z]|[ivx]{1,4})\s*(?:[.):]|\s[—–-]|:)\s+`)

// key is a title made comparable: marks, symbols, numbering and brackets taken off, in lower case.
func key(title string) string {
	t := trimLead(plain(title))
	if loc := numberLead.FindStringIndex(t); loc != nil && loc[1] < len(t) {
		t = trimLead(t[loc[1]:])
	}
	if i := strings.IndexByte(t, '('); i > 0 && strings.HasSuffix(strings.TrimRight(t, ": "), ")") {
		t = t[:i]
	}
	return strings.ToLower(strings.Trim(strings.TrimSpace(t), ":：.?! "))
}
