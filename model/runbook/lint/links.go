package lint

import (
	"html"
	"strings"
	"unicode"

	"calm/model/pattern"
	"calm/model/runbook"
)

// link is a link of the file's prose.
type link struct {
	line   int // 1-based
	text   string
	target string
}

// links lists the links of the prose, in order. What stands open in the target is none yet.
func (p *pass) links() []link {
	if p.linked != nil {
		return *p.linked
	}
	out := []link{}
	p.prose(func(i int, text string) {
		for _, l := range linksIn(text) {
			if !strings.ContainsAny(l.target, "{<$") {
				l.line = i + 1
				out = append(out, l)
			}
		}
	})
	p.linked = &out
	return out
}

var definition = pattern.New(`^ {0,3}\[([^\]]+)\]:[ \t]+(\S+)`)

// linksIn finds the links of a line: [text](target), [label]: target and href="target".
func linksIn(text string) []link {
	if !strings.Contains(text, "](") && !strings.Contains(text, "]:") && !strings.Contains(text, `href="`) {
		return nil
	}
	var out []link
	bare := withoutCode(text)
	if m := definition.FindStringSubmatch(bare); m != nil && !strings.HasPrefix(m[1], "^") {
		return []link{{text: m[1], target: strings.Trim(m[2], "<>")}}
	}
	opened := 0 // behind the last link, where the text of the next one may begin
	for at := 0; ; {
		n := strings.Index(bare[at:], "](")
		if n < 0 {
			break
		}
		shut := at + n
		end := targetEnd(bare, shut+2)
		if end < 0 {
			break
		}
		target := strings.TrimSpace(bare[shut+2 : end])
		if i := strings.IndexAny(target, " \t"); i > 0 {
			target = target[:i] // a title follows
		}
		label := text[opened:shut]
		if i := strings.LastIndexByte(label, '['); i >= 0 {
			label = label[i+1:]
		}
		if target = strings.Trim(target, "<>"); target != "" {
			out = append(out, link{text: label, target: target})
		}
		at, opened = end+1, end+1
	}
	for _, part := range strings.Split(bare, `href="`)[1:] {
		if target, _, ok := strings.Cut(part, `"`); ok {
			out = append(out, link{text: target, target: target})
		}
	}
	return out
}

// targetEnd finds the bracket that closes a target, which may hold brackets itself.
func targetEnd(text string, from int) int {
	depth := 0
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

var scheme = pattern.New(`^(?:[A-Za-z][A-Za-z0-9+.-]*:|//)`)

// anchor is the target of a link within the file.
func (l link) anchor() (string, bool) {
	name, ok := strings.CutPrefix(l.target, "#")
	return name, ok && name != ""
}

// path is the file that a link leads to, without a place in it.
func (l link) path() (string, bool) {
	if scheme.MatchString(l.target) || strings.HasPrefix(l.target, "#") {
		return "", false
	}
	path := strings.TrimLeft(l.target, "(")
	if scheme.MatchString(path) {
		return "", false
	}
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	return unescaped(path), path != ""
}

// unescaped undoes the per cent signs of a URL, and leaves what are none.
func unescaped(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := strings.IndexByte(hexDigits, s[i+1]|0x20), strings.IndexByte(hexDigits, s[i+2]|0x20); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

const hexDigits = "0123456789abcdef"

// anchors are the places of the file that a link can lead to, by their key.
func (p *pass) anchors() map[string]int {
	if p.places != nil {
		return p.places
	}
	out := map[string]int{}
	p.places = out
	add := func(name string, line int) {
		if k := anchorKey(name); k != "" {
			if _, ok := out[k]; !ok {
				out[k] = line
			}
		}
	}
	for _, h := range p.page.headings {
		add(h.text, h.at)
		add(runbook.Mended(h.text), h.at)
	}
	for i, l := range p.page.lines {
		for _, mark := range []string{`id="`, `name="`, `{#`} {
			if !strings.Contains(l.text, mark) {
				continue
			}
			for _, part := range strings.Split(l.text, mark)[1:] {
				if end := strings.IndexAny(part, `"}`); end >= 0 {
					add(part[:end], i)
				}
			}
		}
	}
	return out
}

var (
	tagPattern  = pattern.New(`</?[a-zA-Z][^<>]*>`)
	linkPattern = pattern.New(`\]\([^)]*\)`)
	lastNumber  = pattern.New(`-\d+$`)
)

// anchorKey is what the anchors of a heading have in common, however a site makes them: its letters
// and digits.
func anchorKey(s string) string {
	if strings.ContainsAny(s, "<(&") {
		s = html.UnescapeString(linkPattern.ReplaceAllString(tagPattern.ReplaceAllString(s, ""), "]"))
	}
	if i := strings.Index(s, "{#"); i > 0 {
		s = s[:i]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// leads gives the line, 0-based, that an anchor leads to.
func leads(anchors map[string]int, name string) (int, bool) {
	name = unescaped(name)
	line, ok := anchors[anchorKey(name)]
	if !ok {
		line, ok = anchors[anchorKey(lastNumber.ReplaceAllString(name, ""))] // the second of two headings
	}
	return line, ok
}
