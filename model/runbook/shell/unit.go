package shell

import (
	"io"
	"sort"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"

	"calm/model/pattern"
)

// content adds the step that begins at the current line, whatever it is.
func (b *block) content(trimmed string) {
	kind, n := b.classify(trimmed)
	if kind == KindProse {
		n = b.prose()
	}
	start, end := b.region(max(n, 1))
	text := b.text[start:end]
	var s Step
	s.Kind = kind
	s.Placeholders = Placeholders(text)
	switch kind {
	case KindShell:
		b.shell(start)
		return
	case kindOutput:
		b.output(n)
		return
	case kindSQL:
		s.Kind, s.Risk = KindCode, sqlRisk(text, nil)
	case kindRedis:
		s.Kind, s.Risk = KindCode, redisRisk(strings.Fields(strings.TrimPrefix(text, "> ")))
	case kindRequest:
		verb, _, _ := strings.Cut(text, " ")
		s.Kind, s.Risk = KindCode, method(arg{text: verb})
	case kindLeave:
		b.client = ""
		s.Kind, s.Risk = KindCode, Reads
	case KindNginx:
		s.Risk = Changes
		s.Touches = []Touch{{Kind: "nginx", Name: "nginx"}}
	case KindCron:
		command := cronCommand(text)
		s.Analysis = b.mem.analyze(command)
		for i := range s.Placeholders {
			s.Placeholders[i].Offset += len(text) - len(command)
		}
		for i := range s.Calls {
			s.Calls[i].Offset += len(text) - len(command)
		}
		s.Risk = s.Risk.Worse(Changes)
	case KindJavaScript:
		s.judge(text, b.mem)
	case KindProse:
		s.Risk = Reads
	default:
		s.Risk = Unknown
	}
	b.add(s, start, end, n)
}

// prose counts the lines of words that stand together.
func (b *block) prose() int {
	first := b.at
	defer func() { b.at = first }()
	for b.at++; b.at < len(b.lines) && b.at < first+maxRegion; b.at++ {
		line := strings.TrimSpace(b.line(b.at))
		if _, ok := prompt(line); ok || line == "" || line[0] == '#' || b.beyond(b.at) {
			break
		}
		if kind, n := b.classify(line); kind != KindProse || n != 1 {
			break
		}
	}
	return b.at - first
}

// judge gives a JavaScript step its risk and what it touches.
func (s *Step) judge(text string, m *memory) {
	a := &analyst{memory: m}
	a.out.Risk = Reads
	a.javascript(mask(text, Placeholders(text)))
	s.Risk, s.Touches = a.out.Risk, a.out.Touches
}

// shell adds the command that begins at the offset: as many lines as the shell
// itself would read before it runs something.
func (b *block) shell(start int) {
	stmts, n, end := b.unit(start)
	if stmts == nil {
		b.unreadable(start)
		return
	}
	s := Step{Kind: KindShell, Analysis: b.mem.parsed(b.text[start:end], b.placeholders(start, end), stmts)}
	b.enter(b.text[start:end], s.Interactive)
	first := b.at
	b.add(s, start, end, n)
	b.trailing(first+n-1, end)
}

// placeholders returns those of a part of the block.
func (b *block) placeholders(start, end int) []Placeholder {
	from := sort.Search(len(b.holes), func(i int) bool { return b.holes[i].Offset >= start })
	var found []Placeholder
	for _, p := range b.holes[from:] {
		if p.Offset+len(p.Text) > end {
			break
		}
		p.Offset -= start
		found = append(found, p)
	}
	return found
}

// trailing reads a comment on the command's own line.
func (b *block) trailing(line, end int) {
	rest := strings.TrimSpace(b.text[min(end, b.lines[line].end):b.lines[line].end])
	if strings.HasPrefix(rest, "#") {
		last := &b.steps[len(b.steps)-1]
		if e := expectation(strings.TrimLeft(rest, "# ")); e != nil && last.Expect == nil {
			last.Expect = e
		}
	}
}

// unreadable keeps lines that no shell can read.
func (b *block) unreadable(start int) {
	n := 1
	for n < maxRegion && b.at+n < len(b.lines) && strings.HasSuffix(b.line(b.at+n-1), "\\") {
		n++
	}
	n = max(n, b.document())
	_, end := b.region(n)
	text := b.text[start:max(start, end)]
	s := Step{Kind: KindCode}
	if sentence(text) {
		s.Kind, s.Risk = KindProse, Reads
	} else {
		s.Risk = Unknown
		s.Warnings = []string{"not readable as shell"}
	}
	s.Placeholders = Placeholders(text)
	b.add(s, start, max(start, end), n)
}

var hereMark = pattern.New(`<<-?\s*['"]?(\w+)['"]?`)

// document counts the lines of a heredoc that never ends for the shell because
// its delimiter is indented, as in a list.
func (b *block) document() int {
	m := hereMark.FindStringSubmatch(clip(b.line(b.at)))
	if m == nil || b.budget <= 0 {
		return 1
	}
	for n := 1; n < maxRegion && b.at+n < len(b.lines); n++ {
		line := b.line(b.at + n)
		if b.budget -= len(line); strings.TrimSpace(line) == m[1] {
			return n + 1
		}
	}
	return 1
}

// unit reads one complete command: its lines, and where it ends.
func (b *block) unit(start int) (stmts []*syntax.Stmt, n, end int) {
	limit := min(len(b.masked), start+maxStatement)
	if b.budget <= 0 {
		limit = min(limit, b.lines[b.at].end)
	}
	if nesting(b.masked[start:min(limit, start+4096)]) > maxNesting {
		return nil, 0, 0
	}
	r := &lineReader{text: b.masked[start:limit]}
	stmts = r.statements(b.mem.parser)
	if len(stmts) == 0 || stmts[0] == nil {
		b.budget -= r.at
		return nil, 0, 0
	}
	for b.at+n < len(b.lines) && b.lines[b.at+n].start < start+r.at {
		n++
	}
	n = max(n, 1)
	return stmts, n, b.unitEnd(start, n, stmts[len(stmts)-1])
}

// unitEnd is where the last statement ends. A heredoc goes on to its delimiter,
// which the syntax tree leaves out.
func (b *block) unitEnd(start, n int, last *syntax.Stmt) int {
	until := b.lines[b.at+n-1].end
	end := start + int(last.End().Offset())
	if end > until || end <= start || strings.IndexByte(b.text[min(end, until):until], '\n') >= 0 || heredoc(last) {
		end = until
	}
	return start + len(strings.TrimRightFunc(b.text[start:end], unicode.IsSpace))
}

func heredoc(s *syntax.Stmt) bool {
	found := false
	syntax.Walk(s, func(n syntax.Node) bool {
		if r, ok := n.(*syntax.Redirect); ok && (r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc) {
			found = true
		}
		return !found
	})
	return found
}

// lineReader hands out one line at a time, so that the parser never looks
// beyond the command it is reading.
type lineReader struct {
	text string
	at   int
	done bool
}

// statements reads the lines of one complete command; nil when they hold none.
// The loop is never left early: the parser yields once more after an error, and
// the runtime panics when nobody listens.
func (r *lineReader) statements(p *syntax.Parser) []*syntax.Stmt {
	var stmts []*syntax.Stmt
	for got, err := range p.InteractiveSeq(r) {
		switch {
		case r.done:
		case err != nil:
			r.done = true
		case !p.Incomplete():
			// The parser goes on to use the slice.
			stmts = append(stmts, got...)
			r.done = true
		}
	}
	return stmts
}

func (r *lineReader) Read(p []byte) (int, error) {
	if r.done || r.at >= len(r.text) {
		return 0, io.EOF
	}
	rest := r.text[r.at:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i+1]
	}
	n := copy(p, rest)
	r.at += n
	return n, nil
}

// clients are the programs whose prompt takes another language.
var clients = map[string]string{
	"mongosh": clientMongo, "mongo": clientMongo, "psql": clientSQL, "mysql": clientSQL, "mariadb": clientSQL, "sqlite3": clientSQL, "cqlsh": clientSQL,
	"gitlab-psql": clientSQL, "redis-cli": clientRedis, "valkey-cli": clientRedis, "gitlab-redis-cli": clientRedis, "python": clientOther, "python3": clientOther,
	"node": clientOther, "rails": clientOther, "irb": clientOther,
}

const (
	clientMongo = "mongo"
	clientSQL   = "sql"
	clientRedis = "redis"
	clientOther = "other"
)

// enter notes that a command leaves the block at a client's prompt.
func (b *block) enter(text string, interactive bool) {
	b.client = ""
	if !interactive {
		return
	}
	for word := range strings.FieldsSeq(text) {
		name := word[strings.LastIndexByte(word, '/')+1:]
		if c, ok := clients[name]; ok {
			b.client = c
		}
	}
}
