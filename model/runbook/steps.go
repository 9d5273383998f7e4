package runbook

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"calm/model/pattern"
	"calm/model/runbook/shell"
)

// stepBuilder turns blocks into steps, in their order.
type stepBuilder struct {
	*parse
	owner   string // ID of the part that the steps belong to
	steps   []Step
	caution string
	keep    bool   // cautions are collected, not made into steps
	lead    string // a sentence that stands before what it is about
	leadAt  span
	context string // the text of the item that the steps stand in: it titles an untitled command
}

// node reads a node's content, and what stands below it in labels and, if deep, in headings.
func (sb *stepBuilder) node(n *node, deep bool) {
	if n.label != nil && n.label.rest != "" {
		sb.text(plain(n.label.rest), headOf(n))
	}
	sb.blocks(n.blocks)
	for _, k := range n.kids {
		if k.used || k.isHeading() && (!deep || ownPart(k)) {
			continue
		}
		sb.flush()
		sb.takeHead(k)
		k.used = true
		title := k.title
		if k.label != nil && k.label.note != "" {
			title += " (" + k.label.note + ")"
		}
		if k.label != nil && k.label.rest != "" {
			title += ": " + plain(k.label.rest)
		}
		sb.lead, sb.leadAt = title, headOf(k)
		sb.nodeBelow(k, deep)
	}
	sb.flush()
}

// nodeBelow reads a kid whose title is already the lead of what follows.
func (sb *stepBuilder) nodeBelow(k *node, deep bool) {
	rest := *k
	rest.label = nil
	sb.node(&rest, deep)
}

// ownPart says whether a heading below a part is a part of its own kind.
func ownPart(k *node) bool {
	switch k.role() {
	case templatesRole, postMortemRole, escalationRole, checklistRole, contactsRole, killSwitchRole, severitiesRole:
		return true
	}
	return false
}

func (sb *stepBuilder) blocks(blocks []*block) {
	for _, b := range blocks {
		switch b.kind {
		case paragraphBlock:
			sb.paragraph(b)
		case listBlock:
			for _, item := range b.kids {
				sb.item(item)
			}
		case codeBlock:
			sb.code(b)
		case quoteBlock:
			sb.quote(b)
		}
	}
}

func plainLines(lines []string) string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		out = append(out, plain(l))
	}
	return strings.Join(out, " ")
}

// text keeps a sentence until what follows shows whether it titles that.
func (sb *stepBuilder) text(text string, at span) {
	if text == "" {
		return
	}
	if sb.keep && isCaution(text) {
		addText(&sb.caution, text)
		sb.take(at)
		return
	}
	sb.flush()
	sb.lead, sb.leadAt = text, at
	sb.take(at)
}

// flush makes a step for a person of a sentence that titled nothing.
func (sb *stepBuilder) flush() {
	if sb.lead == "" {
		return
	}
	text, at := sb.lead, sb.leadAt
	sb.lead = ""
	sb.prose(text, at)
}

func (sb *stepBuilder) prose(text string, at span) {
	sb.add(Step{Part: Part{Title: sentence(text), Start: at.start, End: at.end}, Kind: ProseStep, Text: text, Risk: shell.Reads})
}

// item reads a list item: its commands where it has any, else its words.
func (sb *stepBuilder) item(item *block) {
	text := itemText(item)
	sb.take(itemHead(item))
	inline := inlineCommands(rawItem(item))
	sb.flush()
	nested := len(item.kids) > 1 && hasCode(item.kids[1:])
	switch {
	case text == "":
	case len(inline) > 0 && !nested:
		sb.inline(inline, text, itemHead(item))
	default:
		sb.lead, sb.leadAt = text, itemHead(item)
	}
	if len(item.kids) > 0 && item.kids[0].kind != paragraphBlock {
		sb.blocks(item.kids)
	} else if len(item.kids) > 1 {
		sb.blocks(item.kids[1:])
	}
	sb.flush()
}

func hasCode(blocks []*block) bool {
	for _, b := range blocks {
		if b.kind == codeBlock || hasCode(b.kids) {
			return true
		}
	}
	return false
}

func rawItem(item *block) string {
	if len(item.kids) == 0 || item.kids[0].kind != paragraphBlock {
		return ""
	}
	return strings.Join(item.kids[0].lines, " ")
}

// quote reads a blockquote: most are warnings.
func (sb *stepBuilder) quote(b *block) {
	if hasCode(b.kids) {
		sb.blocks(b.kids)
		return
	}
	var lines []string
	var visit func([]*block)
	visit = func(blocks []*block) {
		for _, k := range blocks {
			if k.kind == paragraphBlock {
				lines = append(lines, k.lines...)
			}
			visit(k.kids)
		}
	}
	visit(b.kids)
	text := strings.TrimSpace(alertMark.ReplaceAllString(plainLines(lines), ""))
	if text == "" {
		return
	}
	if sb.keep && (isCaution(text) || alertMark.MatchString(strings.Join(lines, " "))) {
		addText(&sb.caution, text)
		sb.take(b.span)
		return
	}
	sb.flush()
	sb.take(b.span)
	sb.prose(text, b.span)
}

var alertMark = pattern.New(`(?i)\[!(?:note|tip|important|warning|caution|danger)\]\s*`)

var cautionPattern = pattern.New(`(?i)^[^\p{L}]*(?:info\[)?(?:caution|warning|danger|attention|important|do not|never|careful|be careful|beware|destructive|irreversible)\b|^[^\p{L}]*use\b.{0,20}\bonly\b|⚠|☠|\bas a last resort\b`)

func isCaution(text string) bool { return cautionPattern.MatchString(text) && len(text) < 600 }

// inline makes steps of the commands that stand in a sentence.
func (sb *stepBuilder) inline(commands []string, text string, at span) {
	for i, c := range commands {
		title, line := text, 0
		if i > 0 {
			title = c
		}
		if found := bytes.Index(sb.doc.src[at.start:at.end], []byte(c)); found >= 0 {
			line = sb.doc.line(at.start + found)
		}
		if language := queryLanguage(c); language != "" {
			step := Step{Part: Part{Title: title, Start: at.start, End: at.end}, Kind: CodeStep, Text: c, Language: language, Risk: shell.Unknown, TextLine: line}
			if found := shell.Split(c, language); len(found) == 1 {
				step = analyzed(step, found[0].Analysis)
			}
			sb.add(step)
			continue
		}
		sb.add(analyzed(Step{Part: Part{Title: title, Start: at.start, End: at.end}, Kind: ShellStep, Text: c, TextLine: line}, shell.Analyze(c)))
	}
}

var mongoCall = pattern.New(`^(?:db|rs|sh)\.[\w.]+\(.*\)?`)

// queryLanguage recognises code spans that are meant for a database's own prompt.
func queryLanguage(code string) string {
	if mongoCall.MatchString(code) {
		return "mongosh"
	}
	if sqlStart.MatchString(code) || strings.HasPrefix(code, "select ") && strings.Contains(code, " from ") {
		return "sql" // the shell's own select has no from
	}
	return ""
}

var sqlStart = pattern.New(`^(?:SELECT|UPDATE|DELETE FROM|INSERT INTO|ALTER (?:TABLE|SYSTEM|DATABASE|ROLE)|DROP (?:TABLE|INDEX|DATABASE)|EXPLAIN|VACUUM|CREATE (?:INDEX|TABLE|DATABASE|ROLE))\s`)

// inlineCommands are the code spans of a text that are commands: more than one word, or a call,
// and starting with a program rather than naming a file, a flag or a value.
func inlineCommands(raw string) []string {
	if _, ok := shell.Bare(raw); ok {
		return []string{raw}
	}
	var out []string
	for _, c := range codeSpans(mend(raw)) {
		c = strings.TrimSpace(c)
		if queryLanguage(c) != "" || strings.ContainsAny(c, " \t") && (shell.LooksLikeShell(c) || calledCommand(raw, c)) {
			out = append(out, c)
		}
	}
	if len(out) > 0 && forbids(raw) {
		return nil
	}
	if script := strings.Trim(raw, "` "); len(out) == 0 && strings.HasPrefix(script, "./") && !strings.ContainsAny(script, "` \t") && len(script) == len(raw)-2 {
		return []string{script} // an item that is nothing but a script is there to be run
	}
	return out
}

// code reads a fenced or indented block.
func (sb *stepBuilder) code(b *block) {
	title, leadAt := sb.lead, sb.leadAt
	sb.lead = ""
	steps := codeSteps(b)
	sb.note(b, steps)
	sb.take(b.span)
	if len(steps) == 0 {
		if title != "" {
			sb.prose(title, leadAt)
		}
		return
	}
	if title != "" {
		if steps[0].Title == "" && len(title) <= 200 {
			steps[0].Title = strings.TrimRight(title, ":")
		} else {
			sb.prose(title, leadAt)
		}
	}
	if title == "" {
		title = sb.context
		if steps[0].Title == "" && steps[0].Kind != ProseStep && len(sb.steps) == 0 {
			steps[0].Title = sentence(title)
		}
	}
	for _, s := range steps {
		s.Start, s.End = b.source(s.Start), b.source(s.End)
		s.File = fileFor(s, title)
		sb.add(s)
	}
	if n := len(sb.steps); n > 0 && sb.steps[n-1].End < b.end {
		sb.steps[n-1].End = b.end
	}
}

// source turns an offset in a block's text into one in the file.
func (b *block) source(offset int) int {
	for i, l := range b.lines {
		if offset <= len(l) {
			return min(b.at[i]+offset, b.end)
		}
		offset -= len(l) + 1
	}
	return b.end
}

// add completes a step and gives it its ID.
func (sb *stepBuilder) add(s Step) {
	if s.Title == "" {
		s.Title = firstLine(s.Text)
	}
	id := sb.owner + "." + slug(firstWords(s.Title, 7))
	if s.Name != "" {
		id = slug(s.Name) // it stays when the words around it change
	}
	s.ID = sb.ids.unique(id)
	if s.Line == 0 {
		s.Line = sb.doc.line(sb.firstText(span{s.Start, max(s.End, s.Start)}))
	}
	if s.TextLine == 0 {
		s.TextLine = s.Line
	}
	for _, list := range []*[]string{&s.Programs, &s.EnvReads, &s.EnvSets} {
		if *list == nil {
			*list = []string{}
		}
	}
	if s.Placeholders == nil {
		s.Placeholders = []shell.Placeholder{}
	}
	if s.Touches == nil {
		s.Touches = []shell.Touch{}
	}
	sb.steps = append(sb.steps, s)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(line)
}

var sentenceEnd = pattern.New(`[\p{Ll})"\]][.!?] +\p{Lu}`)

// sentence shortens a text to its first sentence, for a title.
func sentence(s string) string {
	if loc := sentenceEnd.FindStringIndex(s); loc != nil && !strings.HasSuffix(s[:loc[0]+2], "e.g.") {
		_, n := utf8.DecodeRuneInString(s[loc[0]:])
		s = s[:loc[0]+n]
	}
	return strings.TrimRight(s, ":")
}

var (
	fileComment = pattern.New(`(?im)^\s*(?://|#|--|/\*)\s*(?:(?:add|insert|put|edit|change|update|in|file)\b[^\n]*?\s)?((?:[\w.@-]+/)+[\w.@-]+\.\w{1,5}|[\w-]+\.(?:ts|js|tsx|jsx|py|go|rb|java|json|ya?ml|conf|sql))\b`)
	fileName    = pattern.New("(?:^|[\\s`(])((?:[\\w.@~-]*/)+[\\w.@-]+\\.\\w{1,5}|[a-z][\\w-]*\\.(?:ts|js|tsx|jsx|py|go|rb|java|json|ya?ml|conf|sql|env))\\b")
)

// fileFor finds the file that code is to be written into: its own first comment says so, or the
// sentence before it.
func fileFor(s Step, lead string) string {
	if s.Kind != CodeStep {
		return ""
	}
	if m := fileComment.FindStringSubmatch(s.Text); m != nil {
		return path.Clean(m[1])
	}
	if m := fileName.FindStringSubmatch(lead); m != nil {
		return path.Clean(m[1])
	}
	return ""
}
