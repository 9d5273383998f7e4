package shell

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what one block can become; the rest of a longer one is kept whole,
// as code that nothing runs. A runbook's longest fences have some hundred lines.
const (
	maxSteps = 4000
	maxLines = 20000
	maxBlock = 512 << 10 // bytes
)

// span is a line of a block without its end, or any other part of it.
type span struct{ start, end int }

// block is a fence's body on its way to becoming steps.
type block struct {
	text, masked string
	holes        []Placeholder
	lines        []span
	at           int // the line being read
	console      bool
	prompted     bool // some line has a prompt: the others are output
	mem          *memory
	steps        []Step
	client       string // the database client that the block has started
	budget       int    // bytes that may still be parsed again after failing

	comments []int // lines of the comment that is waiting for its command
	title    string
	spaced   bool // a blank line stands after the waiting comment
	shown    int  // where the last step's output begins
	joined   bool // nothing stands between here and the last step
	listing  bool // the comments go on with the last step's expected output
}

// Split turns the body of a fence into steps, in order. lang is the fence's
// info word. Every byte of the block is in a step's range, or is blank, or part
// of a comment.
func Split(text string, lang string) []Step {
	lang = strings.ToLower(lang)
	b := &block{text: text, lines: linesOf(text), mem: newMemory(), budget: 1 << 20}
	switch lang {
	case "console", "shell-session", "shellsession", "terminal", "term", "sh-session", "bash-session":
		b.console = true
	case "", "bash", "sh", "shell", "zsh", "ksh", "fish", "cli", "command", "commands", "cmd":
	default:
		b.mem.close()
		return otherLanguage(text, lang)
	}
	head := text[:min(len(text), maxBlock+maxStatement)]
	b.holes = Placeholders(head)
	b.masked = mask(head, b.holes)
	defer b.mem.close()
	for i := range b.lines {
		if _, ok := prompt(b.line(i)); ok {
			b.prompted = true
			break
		}
	}
	for b.at < len(b.lines) {
		switch {
		case len(b.steps) >= maxSteps:
			b.keep(len(b.lines) - b.at)
			continue
		case b.beyond(b.at):
			b.keep(1)
			continue
		}
		b.next()
	}
	b.flush()
	return b.steps
}

// beyond reports whether a line is past what is read as steps.
func (b *block) beyond(i int) bool {
	return i >= maxLines || b.lines[i].start > maxBlock || b.lines[i].end-b.lines[i].start > maxStatement
}

// otherLanguage makes one step of a block that says it is no shell.
func otherLanguage(text, lang string) []Step {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil
	}
	s := Step{Start: 0, End: len(text), TextStart: strings.Index(text, trimmed), Text: trimmed}
	s.Line = strings.Count(text[:s.TextStart], "\n")
	s.Placeholders = Placeholders(trimmed)
	s.Risk = Unknown
	switch lang {
	case "nginx":
		s.Kind, s.Risk = KindNginx, Changes
	case "cron", "crontab":
		s.Kind, s.Risk = KindCron, Changes
	case "js", "javascript", "mongosh", "mongo":
		s.Kind = KindJavaScript
		s.judge(trimmed, &memory{})
	case "sql", "mysql", "psql", "postgres", "postgresql", "pgsql":
		s.Kind, s.Risk = KindCode, sqlRisk(trimmed, nil)
	case "text", "txt", "plaintext", "markdown", "md", "log", "logs", "output", "diff", "mermaid", "none":
		s.Kind, s.Risk = KindProse, Reads
	default:
		s.Kind = KindCode
	}
	return []Step{s}
}

// linesOf splits a text into lines. What is beyond the bounds of a block is
// one last line.
func linesOf(text string) []span {
	var lines []span
	for start := 0; start < len(text); {
		if len(lines) >= maxLines || start > maxBlock {
			return append(lines, span{start, len(text)})
		}
		end := strings.IndexByte(text[start:], '\n')
		if end < 0 {
			lines = append(lines, span{start, len(text)})
			break
		}
		lines = append(lines, span{start, start + end})
		start += end + 1
	}
	return lines
}

// line returns the i-th line as written, without a carriage return; "" past
// the end.
func (b *block) line(i int) string {
	if i < 0 || i >= len(b.lines) {
		return ""
	}
	return strings.TrimSuffix(b.text[b.lines[i].start:b.lines[i].end], "\r")
}

// next reads one line, or the several that belong together.
func (b *block) next() {
	line := b.line(b.at)
	trimmed := strings.TrimSpace(line)
	command, prompted := prompt(line)
	switch {
	case trimmed == "":
		b.blank()
	case prompted:
		b.prompt(len(line) - len(command))
	case b.rootPrompt(trimmed):
		b.prompt(len(line) - len(strings.TrimLeft(strings.TrimPrefix(trimmed, "#"), " ")))
	case b.prompted && b.afterPrompt() && !b.commentBeforePrompt():
		b.output(1)
	case trimmed[0] == '#':
		b.comment(trimmed)
	default:
		b.content(trimmed)
	}
}

func (b *block) blank() {
	b.spaced = len(b.comments) > 0
	if len(b.comments) == 0 {
		b.title = ""
	}
	b.joined, b.listing = false, false
	b.at++
}

// comment takes a comment for what the last command should show, for the title
// of the next one, or for words to a person.
func (b *block) comment(trimmed string) {
	text := strings.TrimSpace(strings.TrimLeft(trimmed, "#"))
	if b.joined && len(b.comments) == 0 && len(b.steps) > 0 {
		last := &b.steps[len(b.steps)-1]
		if b.listing {
			last.Expect.Output = strings.TrimPrefix(last.Expect.Output+"\n"+text, "\n")
			b.at++
			return
		}
		if e := expectation(text); e != nil && last.Expect == nil && last.Kind != KindProse && (surely(text) || !b.commandFollows()) {
			last.Expect = e
			b.listing = e.Output == "" && e.Exit == nil && strings.HasSuffix(text, ":")
			b.at++
			return
		}
	}
	if b.spaced {
		b.flush()
	}
	if b.at > 0 || !strings.HasPrefix(trimmed, "#!") {
		b.comments = append(b.comments, b.at)
	}
	b.joined = false
	b.at++
}

// commandFollows reports whether the next line is a command, which the comment
// before it then names.
func (b *block) commandFollows() bool {
	next := strings.TrimSpace(b.line(b.at + 1))
	return next != "" && next[0] != '#'
}

// flush makes a step of words for a person from comments that name no command.
func (b *block) flush() {
	lines := b.comments
	b.comments, b.spaced = nil, false
	title := b.titleOf(lines)
	if title == "" {
		return
	}
	first, last := b.lines[lines[0]], b.lines[lines[len(lines)-1]]
	text := strings.TrimRightFunc(b.text[first.start:last.end], unicode.IsSpace)
	start := first.start + len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	text = b.text[start : first.start+len(text)]
	b.steps = append(b.steps, Step{
		Kind: KindProse, Title: title, Text: text, Start: start, End: start + len(text), TextStart: start, Line: lines[0],
		Analysis: Analysis{Risk: Reads, Placeholders: Placeholders(text)},
	})
	b.title = ""
}

// titleOf returns the first comment line that says something, without its
// number.
func (b *block) titleOf(lines []int) string {
	for _, i := range lines {
		text := strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(b.line(i)), "#"))
		text = titleNumber.ReplaceAllString(text, "")
		text = strings.TrimRight(strings.Trim(text, "=-*─ "), ":")
		if hasLetter(text) {
			return strings.ToValidUTF8(text, "�")
		}
	}
	return ""
}

// name takes the waiting comment as the title of the step about to be added.
func (b *block) name() string {
	if len(b.comments) > 0 {
		b.title = b.titleOf(b.comments)
		b.comments, b.spaced = nil, false
	}
	return b.title
}

// add appends a step made of n lines whose text is from start to end.
func (b *block) add(s Step, start, end, n int) {
	s.Title = b.name()
	s.Text, s.TextStart = b.text[start:end], start
	s.Start, s.End, s.Line = start, end, b.at
	if s.Expect == nil {
		if m := titleHint.FindStringSubmatch(s.Title); m != nil {
			s.Expect = expectation(m[1])
		}
	}
	b.steps = append(b.steps, s)
	b.at += n
	b.joined, b.listing = true, false
}

// region is the text of n lines from the current one, without the blanks
// around it.
func (b *block) region(n int) (start, end int) {
	first, last := b.lines[b.at], b.lines[b.at+n-1]
	text := b.text[first.start:last.end]
	start = first.start + len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	return start, start + len(strings.TrimSpace(text))
}

// keep adds n lines as they are, as code that nothing runs.
func (b *block) keep(n int) {
	start, end := b.region(n)
	s := Step{Kind: KindCode}
	s.Risk = Unknown
	s.Warnings = []string{"too long to be read as steps"}
	b.add(s, start, end, n)
}

// output gives n lines to the step before them.
func (b *block) output(n int) {
	start, end := b.region(n)
	if len(b.steps) == 0 || !b.prompted && !b.joined || len(b.comments) > 0 {
		s := Step{Kind: KindCode}
		s.Risk = Unknown
		b.add(s, start, end, n)
		return
	}
	last := &b.steps[len(b.steps)-1]
	if last.Output == "" {
		b.shown = b.lines[b.at].start
	}
	last.Output = b.text[b.shown:end]
	last.End = max(last.End, end)
	b.at += n
	b.joined = true
}

func hasLetter(s string) bool {
	for _, r := range s {
		if r > utf8.RuneSelf || isAlnum(byte(r)) {
			return true
		}
	}
	return false
}
