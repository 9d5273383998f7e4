package runbook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"

	"calm/model/pattern"
)

// Parse reads a runbook. It fails only for a file that holds no text: an empty one, or a binary
// one. Everything else becomes a Runbook; what is odd about it is in its Warnings, and what is not
// understood in its Sections.
func Parse(path string, src []byte) (*Runbook, error) {
	if err := Readable(path, src); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(src)
	p := &parse{doc: newDocument(withoutIgnores(src)), ids: names{}, named: map[string]int{}, rb: &Runbook{
		Path: path, SHA256: hex.EncodeToString(sum[:]), Source: src,
		Metadata: map[string]string{}, Severities: []Severity{}, Escalation: []Escalation{}, Scenarios: []Scenario{},
		Procedures: []Procedure{}, Checklists: []Checklist{}, Templates: []Template{}, Contacts: []Contact{},
		Sections: []Section{}, Warnings: []Warning{},
	}}
	p.run()
	return p.rb, nil
}

// Readable says why a file is none that Parse takes: it is empty, or no text.
func Readable(path string, src []byte) error {
	if len(bytes.TrimSpace(bytes.TrimPrefix(src, bom))) == 0 {
		return fmt.Errorf("%s is empty: point calm at a Markdown runbook, or leave the name out for the built-in one", name(path))
	}
	if isBinary(src) {
		return fmt.Errorf("%s is not text: calm reads Markdown; export the document as .md first", name(path))
	}
	return nil
}

func name(path string) string {
	if path == "" {
		return "the runbook"
	}
	return path
}

var bom = []byte("\xef\xbb\xbf")

// isBinary looks for a NUL, or for more control bytes than text has.
func isBinary(src []byte) bool {
	head := src[:min(len(src), 8192)]
	if bytes.IndexByte(head, 0) >= 0 {
		return true
	}
	odd := 0
	for _, c := range head {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			odd++
		}
	}
	return odd*10 > len(head)
}

// parse is one run over one file.
type parse struct {
	doc    *document
	rb     *Runbook
	root   *node
	ids    names
	marker string         // what the runbook's commands look for on a page
	taken  []span         // bytes whose text is in some field of the Runbook
	named  map[string]int // line of the fence with each name, lower-case
}

func (p *parse) run() {
	masked := p.frontMatter()
	whole := masked[:readable(masked)]
	blocks := parseBlocks(p.doc, whole)
	if len(whole) < len(masked) && len(blocks) > 0 {
		last := len(blocks) - 1
		p.warn(blocks[last].start, "the file is too long: what follows is shown as it is, and nothing of it is a step; split it into several runbooks")
		blocks = blocks[:last] // half of it is missing, and half a command is another one
	}
	p.root = outline(p.doc, blocks)
	p.title()
	p.metadata()
	p.marker = findMarker(p.doc.src)
	p.severities()
	p.cadences()
	if !p.wholePostMortem() {
		if !p.wholeScenario() {
			for _, k := range p.root.kids {
				p.section(k)
			}
		}
		p.looseParts(p.root)
	}
	p.sections()
	p.order()
	p.closeGaps()
}

// maxRead is how much of a file is read as a runbook: many times the longest one, and little enough
// that no text keeps anybody waiting.
const maxRead = 3 << 19

// readable is the length of the lines of a file that are read as a runbook.
func readable(src []byte) int {
	if len(src) <= maxRead {
		return len(src)
	}
	return max(bytes.LastIndexByte(src[:maxRead], '\n')+1, 1)
}

// section finds what a heading or a label announces, and goes on below it.
func (p *parse) section(n *node) {
	if n.used {
		return
	}
	switch {
	case n.role() == tocRole:
	case p.isPostMortem(n):
		p.postMortem(n)
		return
	case n.role() == killSwitchRole && hasSteps(n):
		p.procedure(n, KillSwitch, true)
		return
	case n.role() == escalationRole && p.escalation(n):
	case p.isTemplates(n):
		p.templates(n)
	case p.isScenario(n):
		p.scenario(n)
		return
	case p.isProcedure(n):
		p.rollback(n)
		return
	case isStepByStep(n):
		p.procedure(n, OtherKind, true)
		return
	}
	for _, k := range n.kids {
		p.section(k)
	}
	p.looseParts(n)
}

// below goes on with what the parts made of a node have left over.
func (p *parse) below(n *node) {
	for _, k := range n.kids {
		if k.used {
			p.below(k)
		} else {
			p.section(k)
		}
	}
}

// looseParts finds what needs no title to be known: boxes to tick, contacts, commands.
func (p *parse) looseParts(n *node) {
	if n.used || !n.isHeading() && n.level != 0 || n.role() == tocRole {
		return
	}
	p.levelLists(n)
	p.looseMessages(n)
	p.checklists(n)
	p.contacts(n)
	p.leftoverSteps(n)
}

// take records that the text of a range is in some field, so that it makes no Section.
func (p *parse) take(s span) {
	if s.end > s.start {
		p.taken = append(p.taken, s)
	}
}

// takeHead takes the line of a label or heading, and nothing that follows it.
func (p *parse) takeHead(n *node) { p.take(headOf(n)) }

func (p *parse) part(id, title string, s span) Part {
	return Part{ID: p.ids.unique(id), Title: title, Line: p.doc.line(p.firstText(s)), Start: s.start, End: s.end}
}

// firstText is the first offset of a range that is not blank.
func (p *parse) firstText(s span) int {
	for i := s.start; i < s.end; i++ {
		if c := p.doc.src[i]; c > ' ' {
			return i
		}
	}
	return s.start
}

func (p *parse) warn(offset int, format string, args ...any) {
	p.rb.Warnings = append(p.rb.Warnings, Warning{Line: p.doc.line(offset), Text: fmt.Sprintf(format, args...)})
}

// title takes the first heading of the highest rank; a file without headings is named by its path.
func (p *parse) title() {
	var best *node
	p.root.walk(func(n *node) bool {
		if n.isHeading() && n.title != "" && strings.Trim(n.title, "=-~ ") != "" && (best == nil || n.level < best.level) {
			best = n
		}
		return true
	})
	if t := p.rb.Metadata["title"]; t != "" && (best == nil || best.level > 1) {
		p.rb.Title = t
		return
	}
	if best != nil && (best.level == 1 || best.start < 200) {
		p.rb.Title = best.title
		return
	}
	p.rb.Title = fileTitle(p.rb.Path)
	p.warn(0, "no title: a heading with one # at the top names the runbook")
}

var blankOrRule = pattern.New(`^(?:\s|-{3,}|\*{3,}|_{3,}|={3,}|</?(?:details|div|center|br|hr)[^>]*>)*$`)

// sections keeps, as it is, every piece of the file whose text is in no other field.
func (p *parse) sections() {
	sort.Slice(p.taken, func(i, j int) bool { return p.taken[i].start < p.taken[j].start })
	p.untaken(p.root)
	sort.SliceStable(p.rb.Sections, func(i, j int) bool { return p.rb.Sections[i].Start < p.rb.Sections[j].Start })
}

// untaken makes Sections of what is left of a node, and of the nodes below it.
func (p *parse) untaken(n *node) {
	at, first := n.start, true
	own := n.start
	piece := func(to int) {
		for _, s := range p.gaps(span{at, to}) {
			p.addSection(n, s, first && s.start == own)
			first = false
		}
	}
	for _, k := range n.kids {
		if !k.isHeading() && !k.used {
			continue // an unused label is text of its heading
		}
		piece(k.start)
		if k.isHeading() {
			p.untaken(k)
		} else {
			for _, s := range p.gaps(k.span) {
				p.addSection(k, s, false)
			}
		}
		at = k.end
	}
	piece(n.end)
}

// gaps are the parts of a range that nothing has taken.
func (p *parse) gaps(s span) []span {
	var out []span
	at := s.start
	i := sort.Search(len(p.taken), func(i int) bool { return p.taken[i].start >= s.start })
	for i > 0 && p.taken[i-1].end > s.start { // spans are few and do not nest deeply
		i--
	}
	for ; i < len(p.taken) && p.taken[i].start < s.end; i++ {
		if t := p.taken[i]; t.end > at {
			if t.start > at {
				out = append(out, span{at, t.start})
			}
			at = t.end
		}
	}
	if at < s.end {
		out = append(out, span{at, s.end})
	}
	return out
}

// addSection keeps a piece of text. Blank lines and rules between parts make none, except that a
// heading always does.
func (p *parse) addSection(n *node, s span, whole bool) {
	body := string(p.doc.src[s.start:s.end])
	if whole && n.isHeading() {
		body = belowHeading(body)
	} else if blankOrRule.MatchString(body) {
		return
	}
	title := n.title
	if n.level == 0 && title == "" {
		title = "Before the first heading"
		if strings.HasPrefix(strings.TrimPrefix(body, string(bom)), "---") || strings.HasPrefix(body, "+++") {
			title = "Front matter"
		}
	}
	level := n.level
	if n.label != nil {
		level = 0
	}
	p.rb.Sections = append(p.rb.Sections, Section{Part: p.part(slug(title), title, s), Level: level, Body: mend(strings.Trim(body, "\r\n"))})
}

// belowHeading is a piece of text without the heading that it begins with, underlined or not.
func belowHeading(s string) string {
	for first := true; ; first = false {
		line, rest, more := strings.Cut(s, "\n")
		under := strings.TrimSpace(line)
		if !first && (under == "" || strings.Trim(under, "=") != "" && strings.Trim(under, "-") != "") {
			return s
		}
		if !more {
			return ""
		}
		s = rest
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return s
		}
	}
}

// closeGaps gives blank lines and rules that lie between parts to the part above them, so that every
// byte of the file lies in some part.
func (p *parse) closeGaps() {
	parts := p.rb.parts()
	if len(parts) == 0 { // nothing but rules
		p.rb.Sections = append(p.rb.Sections, Section{Part: p.part("rules", "", span{0, len(p.doc.src)}), Body: string(p.doc.src)})
		return
	}
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].Start < parts[j].Start })
	parts[0].Start = 0
	last := parts[0]
	for _, next := range parts[1:] {
		if next.Start > last.End {
			last.End = next.Start
		}
		if next.End >= last.End {
			last = next
		}
	}
	if last.End < len(p.doc.src) {
		last.End = len(p.doc.src)
	}
}

// parts are the parts that together hold the whole file.
func (r *Runbook) parts() []*Part {
	var out []*Part
	for i := range r.Severities {
		out = append(out, &r.Severities[i].Part)
	}
	for i := range r.Escalation {
		out = append(out, &r.Escalation[i].Part)
	}
	for i := range r.Scenarios {
		out = append(out, &r.Scenarios[i].Part)
	}
	for i := range r.Procedures {
		out = append(out, &r.Procedures[i].Part)
	}
	for i := range r.Checklists {
		out = append(out, &r.Checklists[i].Part)
	}
	for i := range r.Templates {
		out = append(out, &r.Templates[i].Part)
	}
	if r.PostMortem != nil {
		out = append(out, &r.PostMortem.Part)
	}
	for i := range r.Sections {
		out = append(out, &r.Sections[i].Part)
	}
	return out
}

// order sorts each kind of part by its place in the file.
func (p *parse) order() {
	rb := p.rb
	sort.SliceStable(rb.Scenarios, func(i, j int) bool { return rb.Scenarios[i].Start < rb.Scenarios[j].Start })
	sort.SliceStable(rb.Procedures, func(i, j int) bool { return rb.Procedures[i].Start < rb.Procedures[j].Start })
	sort.SliceStable(rb.Checklists, func(i, j int) bool { return rb.Checklists[i].Start < rb.Checklists[j].Start })
	sort.SliceStable(rb.Templates, func(i, j int) bool { return rb.Templates[i].Start < rb.Templates[j].Start })
	sort.SliceStable(rb.Warnings, func(i, j int) bool { return rb.Warnings[i].Line < rb.Warnings[j].Line })
}
