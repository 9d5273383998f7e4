package report

import (
	"slices"
	"strings"

	"calm/model/pattern"
)

// holes finds placeholders where the parser named none: [words], {{name}}, <words>, ____.
var holes = pattern.New(`\[[^\[\]\n]{1,200}\]|\{\{[^{}\n]{1,100}\}\}|<[A-Za-z][\w ./-]{0,60}>|_{4,}`)

// taskBox is the box of a task list, which is ticked and not filled.
var taskBox = pattern.New(`^\s*(?:[-*+]|\d+[.)])\s+$`)

// span is where a field stands in a line.
type span struct{ from, to int }

// find gives the fields of a line in order. Named are the fields the parser found, and then only
// those count; without any, what looks like a placeholder is one.
func find(line string, named []string) []span {
	if len(named) == 0 {
		return guess(line)
	}
	named = slices.Clone(named)
	slices.SortStableFunc(named, func(a, b string) int { return len(b) - len(a) })
	var found []span
	for i := 0; i < len(line); {
		n := slices.IndexFunc(named, func(f string) bool {
			return f != "" && strings.HasPrefix(line[i:], f) && !box(line, i, len(f))
		})
		if n < 0 {
			i++
			continue
		}
		found = append(found, span{i, i + len(named[n])})
		i += len(named[n])
	}
	return found
}

func guess(line string) []span {
	var found []span
	for _, m := range holes.FindAllStringIndex(line, -1) {
		text := line[m[0]:m[1]]
		after := line[m[1]:]
		switch {
		case box(line, m[0], m[1]-m[0]), strings.TrimSpace(strings.Trim(text, "[]")) == "":
		case strings.HasPrefix(after, "(") || strings.HasPrefix(after, "[") || strings.HasPrefix(after, ":"), strings.HasPrefix(text, "[^"): // a link or a footnote
		default:
			found = append(found, span{m[0], m[1]})
		}
	}
	return found
}

// box says whether the text at i is the box of a task.
func box(line string, i, n int) bool {
	return n == 3 && taskBox.MatchString(line[:i]) && strings.IndexByte(" xX-", line[i+1]) >= 0
}

// writer fills fields and remembers what it did.
type writer struct {
	facts
	fields   []string
	markdown bool // values are escaped: the result is Markdown
	filled   []Field
	open     []Field

	heading string   // the last heading
	above   string   // the last label that stands alone on its line
	columns []string // of the table we are in
	fence   string   // the marks of the fence we are in
}

// page fills a text line by line.
func (w *writer) page(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		out = append(out, w.line(line)...)
	}
	return strings.Join(out, "\n")
}

// line fills the fields of a line. It becomes several where a field is a whole bullet and there are
// several things to say, and none is ever lost.
func (w *writer) line(line string) []string {
	w.enter(line)
	spans := find(line, w.fields)
	if len(spans) == 0 {
		return []string{line}
	}
	var b strings.Builder
	end := 0
	for _, s := range spans {
		p := w.place(line, s)
		text := line[s.from:s.to]
		a := w.know(p)
		b.WriteString(line[end:s.from])
		end = s.to
		if len(a.lines) == 0 {
			w.open = append(w.open, Field{Text: text, Label: w.shown(line, s), Hint: plain(a.hint)})
			b.WriteString(text)
			continue
		}
		w.filled = append(w.filled, Field{Text: text, Label: w.shown(line, s), Value: strings.Join(a.lines, "\n"), From: a.from})
		if p.bullet && len(a.lines) > 1 {
			return w.bullets(line[:s.from], line[s.to:], a.lines, p)
		}
		b.WriteString(w.value(a.lines, p, line, s))
	}
	b.WriteString(line[end:])
	return []string{b.String()}
}

// bullets repeats a list item for each statement.
func (w *writer) bullets(before, after string, lines []string, p place) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = before + w.value([]string{l}, p, before, span{len(before), len(before)}) + after
	}
	return out
}

// value writes a value so that it stays what it is where it stands.
func (w *writer) value(lines []string, p place, line string, s span) string {
	v := strings.Join(lines, "; ")
	switch {
	case w.fence != "":
		return visible(strings.Join(lines, "\n"))
	case !w.markdown:
		return plain(v)
	case strings.Count(line[:s.from], "`")%2 == 1:
		// Within a code span nothing can be escaped.
		v = strings.ReplaceAll(plain(v), "`", "'")
		if p.row {
			v = strings.ReplaceAll(v, "|", "/")
		}
		return v
	case p.row:
		return cell(v)
	}
	return escaped(v)
}

var (
	headingLine = pattern.New(`^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$`)
	labelLine   = pattern.New(`^\s*(?:[-*+]\s+)?\**_*([^:|]{2,60}?)\**_*\s*:\s*\**_*\s*$`)
	labelBefore = pattern.New(`([^:|.!?]{2,60}?)\s*:[\s*_]*[@#]?$`)
	marks       = strings.NewReplacer("*", "", "_", "", "`", "", "#", "", "- [ ]", "")
)

// enter keeps track of where in the text a line stands.
func (w *writer) enter(line string) {
	if w.fence != "" {
		if closes(line, w.fence) {
			w.fence = ""
		}
		return
	}
	if w.markdown {
		if f := fenceOf(line); f != "" {
			w.fence = f
			return
		}
	}
	if m := headingLine.FindStringSubmatch(line); m != nil && w.markdown {
		w.heading, w.above, w.columns = m[2], "", nil
		return
	}
	if m := labelLine.FindStringSubmatch(line); m != nil {
		w.above = m[1]
	}
	if !strings.HasPrefix(strings.TrimSpace(line), "|") {
		w.columns = nil
	} else if w.columns == nil {
		w.columns = cells(line)
	}
}

// place describes a field by its surroundings.
func (w *writer) place(line string, s span) place {
	before, after := line[:s.from], line[s.to:]
	p := place{
		inner:  strings.ToLower(strings.TrimSpace(strings.ReplaceAll(strings.Trim(line[s.from:s.to], "[]{}<>"), "_", " "))),
		before: strings.TrimRight(before, "*_` "),
		row:    len(w.columns) > 0,
	}
	p.label = strings.ToLower(w.shown(line, s))
	lead := strings.TrimSpace(before)
	p.bullet = (lead == "-" || lead == "*" || lead == "+") && strings.TrimSpace(after) == ""
	return p
}

// shown is the label of a field: before it on its line, of its row or column, or above it.
func (w *writer) shown(line string, s span) string {
	if len(w.columns) > 0 {
		row, col := cells(line), len(cells(line[:s.from]+"x"))-1
		if col > 0 && len(w.columns) == 2 && find(row[0], w.fields) == nil {
			return tidy(row[0])
		}
		if col < len(w.columns) {
			return tidy(w.columns[col])
		}
	}
	if m := labelBefore.FindStringSubmatch(strings.TrimRight(line[:s.from], " ")); m != nil {
		return tidy(m[1])
	}
	if w.above != "" {
		return tidy(w.above)
	}
	return tidy(w.heading)
}

func tidy(s string) string {
	return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(marks.Replace(s)), "-+ "))
}

// cells splits a row of a table at its bars; one that is escaped is text.
func cells(line string) []string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "|")
	var out []string
	from := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			out = append(out, strings.TrimSpace(line[from:i]))
			from = i + 1
		}
	}
	if rest := strings.TrimSpace(line[from:]); rest != "" {
		out = append(out, rest)
	}
	return out
}
