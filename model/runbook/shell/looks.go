package shell

import (
	"strings"

	"calm/model/pattern"
)

// english are programs whose names are also words that sentences begin with.
const english = "find time test watch top kill date who at cut sort make install service open less more last host look which read wait set type env file mail script stat join split history node start stop restart screen patch link split tee users groups dig head tail check just task do if for while until case in select function then else fold yes route strings table command source print act code cast clear comm column echo exec export alias seq trap local builtin return continue break exit ping migrate play let log hold go salt ip nice now help an"

const keywords = "if for while until case select function time { ( (( [[ [ ! ."

// glue are the words that only sentences have.
var glue = pattern.New(`(?i)(?:^|\s)(?:the|a|an|is|are|was|were|be|of|and|your|you|this|that|these|if|it|its|we|our|their|should|will|can|must|not|from|into|when|then|any|with|via|or|for|has|have|on|by)(?:\s|[,.;:!?]|$)`)

var (
	flagged   = pattern.New(`(?:^|\s)--?[A-Za-z]`)
	shellMark = pattern.New("[|&;<>$`\"'*=\\\\{}]|\\$\\(|/")
	operator  = pattern.New(`[;|$<>&]`)
	ending    = pattern.New(`[.!?:…]$`)
	plainWord = pattern.New(`^["'(*_]*[\pL][\pL'’-]*[)"'*_,.;:!?]*$`)
)

// commandWords returns the fields of a line from the first word that names a command:
// assignments, sudo and the like are passed over.
func commandWords(line string) []string {
	fields := strings.Fields(withoutComment(line[:min(len(line), 2000)]))
	for len(fields) > 1 {
		if w := fields[0]; w != "sudo" && w != "doas" && w != "!" && w != "nohup" && w != "time" && !isAssignment(arg{text: w}) {
			break
		}
		fields = fields[1:]
	}
	return fields
}

// known reports whether a line begins with something the tables know.
func (b *block) known(line string) bool {
	fields := commandWords(line)
	return len(fields) > 0 && (knownName(b.mem, fields[0]) || isAssignment(arg{text: fields[0]}))
}

// plain reports whether a line begins with a program that nothing else begins
// with: most lines do, and need no closer look.
func (b *block) plain(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	_, ok := b.mem.index[first]
	return ok && !listed(english, first) && !listed(keywords, first) && first != "http"
}

func knownName(m *memory, word string) bool {
	word = strings.TrimRight(strings.TrimLeft(word, "({"), ";)}")
	name := word[strings.LastIndexByte(word, '/')+1:]
	if _, ok := m.index[name]; ok {
		return true
	}
	return m.funcs[word] || listed(keywords, word)
}

// sure reports whether a line begins with a known program in a way no sentence
// would.
func (b *block) sure(line string) bool { return sureCommand(b.mem, line) }

func sureCommand(m *memory, line string) bool {
	fields := commandWords(line)
	if len(fields) == 0 {
		return false
	}
	first := fields[0]
	if isAssignment(arg{text: first}) {
		return true
	}
	if !knownName(m, first) {
		return strings.HasPrefix(first, "./") || strings.HasPrefix(first, "/") && strings.Count(first, "/") > 1 || strings.HasPrefix(first, "../") || strings.HasPrefix(first, "~/")
	}
	if !listed(english, first) {
		return true
	}
	return !glue.MatchString(line) || flagged.MatchString(line) || shellMark.MatchString(line)
}

// sentence reports whether a line is written for people.
func sentence(line string) bool {
	line = clip(strings.TrimSpace(line))
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return len(fields) == 1 && line[0] >= 0x80
	}
	plain := 0
	for _, f := range fields {
		if plainWord.MatchString(f) {
			plain++
		}
	}
	upper := fields[0][0] >= 'A' && fields[0][0] <= 'Z' && len(fields[0]) > 1 && strings.ToUpper(fields[0]) != fields[0]
	if flagged.MatchString(line) && !ending.MatchString(line) {
		return false
	}
	most := plain*4 >= len(fields)*3
	switch {
	case line[0] >= 0x80 && plain > 0:
		return true
	case upper && (most || plain >= 3):
		return true
	case glue.MatchString(line) && most && len(fields) > 2:
		return true
	}
	return plain >= 5 && most && ending.MatchString(line)
}

// declared reports whether a line that looks like JavaScript is bash after
// all: `let x=1`, `function f() {`.
func (b *block) declared(line string) bool {
	if rest, ok := strings.CutPrefix(line, "let "); ok {
		name, _, _ := strings.Cut(rest, "=")
		return strings.IndexByte(name, ' ') < 0
	}
	return false
}

// surely reports whether a comment can only be an expectation, even where it
// could be the title of the command after it.
func surely(text string) bool { return strongly.MatchString(text) }

var strongly = pattern.New(`(?i)^(?:→|=>|->|⇒|✓|✅)|^(?:expect|should|must)|^(?:example\s+)?(?:output|result|response|returns?|prints|shows|exit code)\s*:`)

// LooksLikeShell reports whether text that says nothing about itself, such as
// an untagged fence or inline code, is meant to be typed at a shell.
func LooksLikeShell(text string) bool {
	m := &memory{index: programs()}
	commands, others := 0, 0
	more := false
	for line := range strings.Lines(text[:min(len(text), 64<<10)]) {
		continued := more
		line = strings.TrimSpace(line)
		more = strings.HasSuffix(line, "\\")
		switch command, ok := prompt(line); {
		case line == "" || continued:
		case ok && (knownName(m, firstField(command)) || !sentence(command)):
			return true
		case line[0] == '#':
		case shellLine(m, line):
			commands++
		default:
			others++
		}
	}
	return commands > 0 && commands >= others
}

// Bare reports whether a line without any mark, such as a list item, can only
// be a command: it begins with a program that nothing else begins with and goes
// on as that program's commands do, with none of the words of a sentence.
// What it is about to do comes with the answer.
func Bare(line string) (what Analysis, ok bool) {
	name, rest, more := strings.Cut(strings.TrimPrefix(line, "sudo "), " ")
	if !more || len(line) > 500 || name == "" || name[0] < 'a' || name[0] > 'z' {
		return what, false
	}
	r := programs()[name]
	if r == nil || listed(english, name) || listed(keywords, name) || strings.ContainsAny(line, "`\n") {
		return what, false
	}
	verb, _, _ := strings.Cut(rest, " ")
	if r.byVerb[verb] == nil && !flagged.MatchString(rest) || glue.MatchString(line) || ending.MatchString(line) {
		return what, false
	}
	what = Analyze(line)
	return what, what.Risk != Unknown
}

func shellLine(m *memory, line string) bool {
	masked := mask(line, Placeholders(line))
	fields := commandWords(masked)
	switch {
	case len(fields) == 0, bullet.MatchString(line), jsonStart.MatchString(line), requestLine.MatchString(line), sqlLine.MatchString(line):
		return false
	case isAssignment(arg{text: fields[0]}):
		return true
	case jsLine.MatchString(line), nginxBlock.MatchString(line), cronLine.MatchString(line):
		return false
	}
	if !sureCommand(m, masked) || sentence(line) && !operator.MatchString(line) && !flagged.MatchString(line) && listed(english, fields[0]) {
		return false
	}
	// A lone word is a command only if it is nothing else.
	return len(fields) > 1 || !listed(english, fields[0]) && knownName(m, fields[0]) || strings.HasPrefix(fields[0], "./")
}

func firstField(s string) string {
	if f := commandWords(s); len(f) > 0 {
		return f[0]
	}
	return ""
}
