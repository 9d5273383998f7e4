package runbook

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Glance is what a look at a runbook's headings and first lines shows. It costs a small part of
// Parse, so that a folder of hundreds can be listed at once.
type Glance struct {
	Title    string   // as Parse gives it
	Summary  string   // the first sentence; empty where the file begins with anything else
	Headings []string // below the title, in the order of the file
	Alerts   []string // names of alerts that the runbook is for, as the monitoring spells them
}

// Bounds of what is kept of one file.
const (
	maxGlanced = 200 // headings, and alerts
	maxSummary = 200 // characters
)

// Glimpse looks a runbook over without parsing it. It takes any text, and fails on none.
func Glimpse(path string, src []byte) Glance {
	p := &parse{doc: newDocument(src), rb: &Runbook{Path: path, Metadata: map[string]string{}}}
	g := glancer{meta: p.rb.Metadata, path: path}
	for line := range strings.Lines(string(p.frontMatter())) {
		g.line(strings.TrimRight(line, "\r\n"))
		g.at += len(line)
	}
	return g.whole()
}

// glancer collects a Glance line by line.
type glancer struct {
	meta   map[string]string
	path   string
	heads  []glanced
	alerts []string
	text   []string // lines of the first paragraph
	closed bool     // the first paragraph has ended
	fence  string   // the mark of the fence that is open
	before string   // the line above, for an underlined heading
	remark bool     // inside an HTML comment
	at     int      // offset of the line
}

// glanced is one heading.
type glanced struct {
	level int
	title string
	at    int // offset of its line
}

var (
	atxHeading  = regexp.MustCompile(`^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$`)
	underlining = regexp.MustCompile(`^ {0,3}(=+|-{2,})[ \t]*$`)
	fenceMark   = regexp.MustCompile("^ *(?:[-*+>] +|\\d+[.)] +)*(`{3,}|~{3,})")
	ruleAlert   = regexp.MustCompile(`^\s*(?:-\s*)?alert:\s*["']?([A-Za-z_][\w:.-]*)["']?\s*$`)
	alertLine   = regexp.MustCompile(`(?i)^[\s>|*_#+-]*(?:prometheus |firing |related )?(?:alert(?:ing)?[ _-]?(?:names?|rules?)?s?|alertname)[*_\x60]*\s*[:|=]\s*(.+)$`)
	notProse    = regexp.MustCompile(`^\s*(?:[|!<>#]|[-*+]\s|\d+[.)]\s|\[[^\]]*\]:|\[!\[|\*\*[^*]+:?\*\*\s*:?|_?[A-Z][\w-]*(?: [\w-]+){0,2}:\s|={3,}|-{3,}|\*{3,})`)
)

func (g *glancer) line(line string) {
	if g.code(line) || g.comment(line) {
		g.before = ""
		return
	}
	trimmed := strings.TrimSpace(line)
	if m := atxHeading.FindStringSubmatch(line); m != nil {
		g.heading(len(m[1]), m[2])
		g.before = ""
		return
	}
	if m := underlining.FindStringSubmatch(line); m != nil && g.before != "" && !notProse.MatchString(g.before) {
		level := 2
		if m[1][0] == '=' {
			level = 1
		}
		g.text = slices.DeleteFunc(g.text, func(l string) bool { return l == g.before })
		g.heading(level, g.before)
		g.before = ""
		return
	}
	if len(line) < 400 {
		if m := alertLine.FindStringSubmatch(line); m != nil {
			g.named(m[1])
		}
	}
	g.before = trimmed
	g.paragraph(trimmed)
}

// code follows fences, and says whether a line belongs to one. An alerting rule in it names its alert.
func (g *glancer) code(line string) bool {
	m := fenceMark.FindStringSubmatch(line)
	switch {
	case g.fence != "":
		if m != nil && strings.HasPrefix(m[1], g.fence) && strings.TrimSpace(line) == m[1] {
			g.fence = ""
		} else if r := ruleAlert.FindStringSubmatch(line); r != nil {
			g.alert(r[1])
		}
		return true
	case m != nil:
		g.fence = m[1]
		g.end()
		return true
	}
	return false
}

// comment leaves HTML comments out, which are not shown.
func (g *glancer) comment(line string) bool {
	was := g.remark
	if i := strings.LastIndex(line, "<!--"); i >= 0 || was {
		g.remark = strings.LastIndex(line, "-->") < max(i, 0)
	}
	return was || strings.HasPrefix(strings.TrimSpace(line), "<!--")
}

func (g *glancer) heading(level int, raw string) {
	title := strings.TrimSpace(plain(raw))
	if title == "" || strings.Trim(title, "=-~ ") == "" {
		return
	}
	if len(g.heads) == 0 {
		g.text, g.closed = nil, false // what stands above the title is no summary of it
	}
	g.end()
	if len(g.heads) < maxGlanced {
		g.heads = append(g.heads, glanced{level: level, title: title, at: g.at})
	}
	if alertName(title, 3) || alertName(title, 2) && level <= 2 {
		g.alert(title)
	}
	if m := alertLine.FindStringSubmatch(raw); m != nil {
		g.named(m[1])
	}
}

// paragraph keeps the first one below the title or below the first heading after that: what stands
// further down is about a part.
func (g *glancer) paragraph(line string) {
	switch {
	case g.closed || len(g.heads) > 2:
	case line == "", notProse.MatchString(line) && len(g.text) > 0:
		g.end()
	case notProse.MatchString(line):
	default:
		g.text = append(g.text, line)
	}
}

func (g *glancer) end() { g.closed = g.closed || len(g.text) > 0 }

func (g *glancer) alert(name string) {
	if len(g.alerts) < maxGlanced {
		g.alerts = addOnce(g.alerts, name)
	}
}

// named takes the names of alerts out of what stands behind "Alert:". A sentence has none.
func (g *glancer) named(text string) {
	quoted := codeSpans(text)
	for _, word := range append(quoted, strings.FieldsFunc(plain(text), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;|()/", r) })...) {
		word = strings.Trim(word, " .:\"'")
		if alertName(word, 2) || slices.Contains(quoted, word) && !strings.ContainsAny(word, " \t{}()<>=") && len(word) > 3 {
			g.alert(word)
		}
	}
}

// alertName says whether a word is written as alerts are, humps and all: KubePodCrashLooping,
// etcdInsufficientMembers. With two humps it may be a product.
func alertName(word string, humps int) bool {
	found, upper, lower := 0, false, false
	for i, r := range word {
		switch {
		case r >= 'A' && r <= 'Z':
			if !upper {
				found++
			}
			upper = true
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' && i > 0:
			if i == 0 {
				found++
			}
			upper, lower = false, true
		default:
			return false
		}
	}
	return lower && found >= humps && len(word) >= 6
}

func (g *glancer) whole() Glance {
	out := Glance{Title: g.title(), Headings: []string{}, Alerts: []string{}}
	for _, name := range []string{"alert", "alerts", "alertname", "alertnames", "alert_name", "alert_names"} {
		for word := range strings.FieldsFuncSeq(g.meta[name], func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
			out.Alerts = addOnce(out.Alerts, word)
		}
	}
	for _, a := range g.alerts {
		out.Alerts = addOnce(out.Alerts, a)
	}
	if base := fileTitle(g.path); alertName(base, 2) {
		out.Alerts = addOnce(out.Alerts, base)
	}
	for _, h := range g.heads {
		if h.title != out.Title {
			out.Headings = append(out.Headings, h.title)
		}
	}
	text := cmp.Or(g.meta["description"], g.meta["summary"], plain(strings.Join(g.text, " ")))
	out.Summary = shortened(sentence(oneLine(mend(text))), maxSummary)
	return out
}

func shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
}

// title is the first heading of the highest rank, as Parse takes it.
func (g *glancer) title() string {
	best := -1
	for i, h := range g.heads {
		if best < 0 || h.level < g.heads[best].level {
			best = i
		}
	}
	if t := g.meta["title"]; t != "" && (best < 0 || g.heads[best].level > 1) {
		return t
	}
	if best >= 0 && (g.heads[best].level == 1 || g.heads[best].at < 200) {
		return g.heads[best].title
	}
	return fileTitle(g.path)
}

// fileTitle names a runbook without headings by its file.
func fileTitle(path string) string {
	base := path[strings.LastIndexAny(path, `/\`)+1:]
	for _, ext := range []string{".md", ".markdown", ".mdx"} {
		base = strings.TrimSuffix(base, ext)
	}
	return strings.Join(strings.FieldsFunc(base, func(r rune) bool { return r == '_' || r == '-' }), " ")
}
