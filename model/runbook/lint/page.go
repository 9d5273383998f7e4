package lint

import (
	"bytes"
	"sort"
	"strings"

	"calm/model/runbook"
)

// page is the runbook's file line by line, for what the parsed parts do not keep: links, fences that
// nobody closed, headings of the same name.
type page struct {
	lines    []line
	starts   []int // offset of each line
	fences   []fence
	headings []heading
}

// line is one line of the file, without its end.
type line struct {
	text string
	kind lineKind
}

type lineKind byte

const (
	markdown lineKind = iota
	fenceMark
	inFence
	hidden // front matter and HTML comments
)

// fence is a fenced block of code. Lines are indices into page.lines.
type fence struct {
	open, close int // close is the last line of the file for one that nobody closed
	lang        string
	marks       string
	closed      bool
}

// heading is a heading outside of fences.
type heading struct {
	at     int // index into page.lines
	level  int
	text   string // as written, without its marks
	parent int    // index of the heading that it stands under; -1 for none
}

// readPage goes through the file once.
func readPage(rb *runbook.Runbook) *page {
	src := string(bytes.TrimPrefix(rb.Source, []byte("\xef\xbb\xbf")))
	p := &page{lines: make([]line, 0, 64+len(src)/32)}
	at := len(rb.Source) - len(src)
	for text := range strings.Lines(src) {
		p.starts = append(p.starts, at)
		at += len(text)
		p.lines = append(p.lines, line{text: strings.TrimRight(text, "\r\n")})
	}
	if len(p.lines) == 0 {
		p.lines, p.starts = []line{{}}, []int{0}
	}
	p.classify(p.frontMatter())
	p.nest()
	return p
}

// lineAt is the 1-based line of an offset in the file.
func (p *page) lineAt(offset int) int {
	return max(sort.SearchInts(p.starts, offset+1), 1)
}

// frontMatter marks the lines of a block at the top and gives the first one after it.
func (p *page) frontMatter() int {
	mark := strings.TrimRight(p.lines[0].text, " \t")
	if mark != "---" && mark != "+++" {
		return 0
	}
	for i := 1; i < len(p.lines); i++ {
		text := strings.TrimRight(p.lines[i].text, " \t")
		if strings.HasPrefix(text, "# ") && i == 1 {
			return 0 // a rule above the title
		}
		if text == mark {
			for n := range i + 1 {
				p.lines[n].kind = hidden
			}
			return i + 1
		}
	}
	return 0
}

// classify finds fences, comments and headings from a line on.
func (p *page) classify(from int) {
	comment := false
	for i := from; i < len(p.lines); i++ {
		l := &p.lines[i]
		if n := len(p.fences); n > 0 && !p.fences[n-1].closed {
			l.kind = inFence
			if f := &p.fences[n-1]; closes(l.text, f.marks) {
				f.close, f.closed, l.kind = i, true, fenceMark
			}
			continue
		}
		if comment {
			l.kind = hidden
			comment = !strings.Contains(l.text, "-->")
			continue
		}
		if marks, lang := opening(l.text); marks != "" {
			p.fences = append(p.fences, fence{open: i, close: len(p.lines) - 1, marks: marks, lang: lang})
			l.kind = fenceMark
			continue
		}
		if text := strings.TrimSpace(l.text); strings.HasPrefix(text, "<!--") {
			comment = !strings.Contains(text, "-->")
			if comment || strings.HasSuffix(text, "-->") {
				l.kind = hidden
			}
			continue
		}
		p.heading(i)
	}
}

// heading keeps a line that is a heading, or the one above that it underlines.
func (p *page) heading(i int) {
	text := p.lines[i].text
	trimmed := strings.TrimSpace(text)
	if len(trimmed) == 0 {
		return
	}
	if level := len(trimmed) - len(strings.TrimLeft(trimmed, "#")); level > 0 && level <= 6 && (len(trimmed) == level || trimmed[level] == ' ' || trimmed[level] == '\t') {
		if len(text)-len(strings.TrimLeft(text, " ")) < 4 {
			p.headings = append(p.headings, heading{at: i, level: level, text: strings.TrimSpace(strings.TrimRight(trimmed[level:], "# \t"))})
		}
		return
	}
	if i == 0 || strings.Trim(trimmed, "=") != "" && strings.Trim(trimmed, "-") != "" {
		return
	}
	above := strings.TrimSpace(p.lines[i-1].text)
	if p.lines[i-1].kind != markdown || above == "" || strings.ContainsAny(above[:1], "#>|-*+=`") || len(trimmed) < 2 {
		return
	}
	level := 1
	if trimmed[0] == '-' {
		level = 2
	}
	p.headings = append(p.headings, heading{at: i - 1, level: level, text: above})
}

// nest gives every heading the one that it stands under.
func (p *page) nest() {
	above := []int{} // the headings that are open
	for i := range p.headings {
		h := &p.headings[i]
		for len(above) > 0 && p.headings[above[len(above)-1]].level >= h.level {
			above = above[:len(above)-1]
		}
		h.parent = -1
		if len(above) > 0 {
			h.parent = above[len(above)-1]
		}
		above = append(above, i)
	}
}

// under is the heading that a part stands under, not its own; -1 for none.
func (p *page) under(part runbook.Part) int {
	at := p.lineAt(part.Start) - 1
	n := sort.Search(len(p.headings), func(n int) bool { return p.headings[n].at > part.Line-1 }) - 1
	if n >= 0 && p.headings[n].at >= at {
		return p.headings[n].parent
	}
	return n
}

// opening reads the line that opens a fence, also behind the marks of quotations and items; marks is
// empty for any other line.
func opening(text string) (marks, lang string) {
	text = strings.TrimLeft(text, " \t>")
	for _, bullet := range []string{"- ", "* ", "+ "} {
		text = strings.TrimLeft(strings.TrimPrefix(text, bullet), " \t")
	}
	if digits := strings.TrimLeft(text, "0123456789"); len(digits) < len(text) && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") ")) {
		text = strings.TrimLeft(digits[2:], " \t")
	}
	if len(text) < 3 || text[0] != '`' && text[0] != '~' {
		return "", ""
	}
	rest := strings.TrimLeft(text, text[:1])
	marks = text[:len(text)-len(rest)]
	if len(marks) < 3 || marks[0] == '`' && strings.Contains(rest, "`") {
		return "", ""
	}
	lang = strings.TrimLeft(strings.TrimSpace(rest), "{.")
	if end := strings.IndexAny(lang, " \t{,}:"); end >= 0 {
		lang = lang[:end]
	}
	return marks, strings.ToLower(lang)
}

// closes says whether a line closes a fence.
func closes(text, marks string) bool {
	text = strings.Trim(text, " \t>")
	return len(text) >= len(marks) && strings.Trim(text, marks[:1]) == ""
}

// fenceAt is the fence that a line opens, closes or lies in.
func (p *page) fenceAt(i int) (fence, bool) {
	n := sort.Search(len(p.fences), func(n int) bool { return p.fences[n].close >= i })
	if n == len(p.fences) || p.fences[n].open > i {
		return fence{}, false
	}
	return p.fences[n], true
}

// section is the last line of the chapter that a heading opens.
func (p *page) section(n int) int {
	for _, h := range p.headings[n+1:] {
		if h.level <= p.headings[n].level {
			return h.at - 1
		}
	}
	return len(p.lines) - 1
}
