package shell

import (
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// Bounds of what is read as shell. A runbook's longest commands run to a few
// kilobytes; what is beyond is unknown, so that no text can make the analysis
// slow.
const (
	maxStatement = 32 << 10 // bytes
	maxNesting   = 120      // brackets and keywords open at once
	maxDepth     = 8        // shells started by shells: bash -c "bash -c …"
	maxCommands  = 4000     // commands in one text
)

// Analyze says what running the text would do. Text that is no shell, or too
// long or too deep to judge, is Unknown with a warning that says why.
func Analyze(text string) Analysis {
	m := newMemory()
	defer m.close()
	return m.analyze(text)
}

// memory is what earlier steps of a block leave to the later ones.
type memory struct {
	vars     map[string]value
	funcs    map[string]bool // declared, and judged where they were
	aliases  map[string]Risk
	poisoned bool // the search path was changed: a name no longer says what runs
	parser   *syntax.Parser
	index    map[string]*rule
}

// parsers are kept for the next text: one is too large to make for every line
// of a runbook.
var parsers = sync.Pool{New: func() any { return syntax.NewParser(syntax.KeepComments(true)) }}

func newMemory() *memory {
	return &memory{
		vars:    make(map[string]value),
		funcs:   make(map[string]bool),
		aliases: make(map[string]Risk),
		parser:  parsers.Get().(*syntax.Parser),
		index:   programs(),
	}
}

func (m *memory) close() { parsers.Put(m.parser) }

// analyst judges one text. Its risk only ever gets worse.
type analyst struct {
	*memory
	trace
	out      Analysis
	endless  bool
	depth    int
	level    int             // of conditions, loops and subshells around
	shifting map[string]bool // variables set more than once in this text
	commands int
	database string          // the database that the Mongo commands go to, when they say it
	set      map[string]bool // variables set in this text
}

// input is what a command reads on its standard input.
type input struct {
	piped bool   // from another command or a file
	known bool   // text is all of it
	text  string // unseen where only the running shell knows
	from  int    // the call that it comes from, as an index plus one; 0 for none
	at    int    // of text in the step, plus one; 0 when it is not one piece of it
}

func (m *memory) analyze(text string) Analysis {
	a := m.analyst()
	if len(text) > maxStatement {
		a.worse(Unknown)
		a.warn("too long to be judged")
		return a.out
	}
	a.out.Placeholders = Placeholders(text)
	masked := mask(text, a.out.Placeholders)
	a.ambiguous(text)
	if f := a.parse(masked); f != nil {
		a.expectations(f)
		a.survey(f.Stmts)
		a.text(text, f.Stmts)
	}
	a.out.Endless = a.endless
	return a.out
}

// text judges a whole text's statements.
func (a *analyst) text(text string, list []*syntax.Stmt) {
	a.whole, a.source = text, text
	for i, s := range list {
		a.statement = i
		a.stmt(s, input{})
	}
}

// parsed judges text that the splitter has parsed already.
func (m *memory) parsed(text string, holes []Placeholder, stmts []*syntax.Stmt) Analysis {
	a := m.analyst()
	a.out.Placeholders = holes
	a.ambiguous(text)
	a.survey(stmts)
	a.text(text, stmts)
	a.out.Endless = a.endless
	return a.out
}

func (m *memory) analyst() *analyst {
	a := &analyst{memory: m, set: make(map[string]bool), shifting: make(map[string]bool)}
	a.out.Risk = Reads
	return a
}

// parse returns nil, and makes the risk unknown, for what is not shell.
func (a *analyst) parse(text string) *syntax.File {
	switch {
	case len(text) > maxStatement:
		a.worse(Unknown)
		a.warn("too long to be judged")
		return nil
	case nesting(text) > maxNesting:
		a.worse(Unknown)
		a.warn("too deeply nested to be judged")
		return nil
	}
	f, err := a.parser.Parse(strings.NewReader(text), "")
	if err != nil {
		a.worse(Unknown)
		a.warn("not readable as shell: " + strings.ReplaceAll(err.Error(), string(hole), "_"))
		return nil
	}
	return f
}

// nesting is an upper bound of how deep the parser would have to go.
func nesting(text string) int {
	depth, deepest := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(', '{', '[':
			depth++
			deepest = max(deepest, depth)
		case ')', '}', ']':
			depth--
		}
	}
	for _, pair := range [][2]string{{"if", "fi"}, {"do", "done"}, {"case", "esac"}} {
		open := strings.Count(text, pair[0]+" ") + strings.Count(text, pair[0]+"\n")
		deepest = max(deepest, open-strings.Count(text, pair[1]))
	}
	return max(deepest, strings.Count(text, "while "), strings.Count(text, "`")/2, strings.Count(text, "()"))
}

// expectations reads the comments that follow the statements.
func (a *analyst) expectations(f *syntax.File) {
	note := func(c syntax.Comment) {
		if e := expectation(c.Text); e != nil && a.out.Expect == nil {
			a.out.Expect = e
		}
	}
	for _, s := range f.Stmts {
		for _, c := range s.Comments {
			if c.Pos().After(s.Pos()) {
				note(c)
			}
		}
	}
	if len(f.Stmts) > 0 {
		for _, c := range f.Last {
			note(c)
		}
	}
}

// ambiguous looks for `sort <in>out`: a placeholder to a reader, two
// redirections to a shell.
func (a *analyst) ambiguous(text string) {
	for _, p := range a.out.Placeholders {
		end := p.Offset + len(p.Text)
		before, next := byteAt(text, p.Offset-1), byteAt(text, end)
		if p.Text[0] != '<' || before != ' ' && before != '\t' && before != 0 || next <= ' ' {
			continue
		}
		target := text[end : end+min(len(text)-end, 200)]
		if i := strings.IndexAny(target, " \t\r\n;|&<>"); i >= 0 {
			target = target[:i]
		}
		if isWord(next) || next == '~' || next == '$' || next == '"' || next == '\'' || ofSystem(target) {
			a.worse(overwriting(target, false))
			a.warn("the shell would read " + p.Text + target + " as two redirections")
		}
	}
}

func (a *analyst) worse(r Risk) { a.out.Risk = a.out.Risk.Worse(r) }

func (a *analyst) warn(text string) { a.out.Warnings = add(a.out.Warnings, text) }

// shell judges text that another shell will read: bash -c, eval, ssh, watch.
func (a *analyst) shell(text string) { a.shellReading(text, input{}) }

// shellReading is shell, for one whose commands have something to read.
func (a *analyst) shellReading(text string, in input) {
	if strings.ContainsAny(text, string([]byte{unseen, made})) {
		// What a variable holds is read as shell once more.
		a.worse(Unknown)
		a.warn("a value is read as shell text")
	}
	a.deeper(func() {
		if f := a.parse(text); f != nil {
			a.survey(f.Stmts)
			a.reading(text, func() { a.stmts(f.Stmts, in) })
		}
	})
}

func (a *analyst) deeper(judge func()) {
	// What another process sets does not come back.
	a.level++
	defer func() { a.level-- }()
	if a.depth++; a.depth > maxDepth {
		a.worse(Unknown)
		a.warn("shells within shells, too deep to be judged")
	} else {
		judge()
	}
	a.depth--
}

// touch notes a thing acted upon. What is not known before the command runs is
// left out.
func (a *analyst) touch(kind string, g arg) {
	if !g.fixed() || g.text == "" || g.text == "-" || g.text == "{}" {
		return
	}
	t := Touch{Kind: kind, Name: withoutPassword(g.text)}
	for _, seen := range a.out.Touches {
		if seen == t {
			return
		}
	}
	a.out.Touches = append(a.out.Touches, t)
}

func (a *analyst) reads(name string) {
	if name == "" || a.set[name] || !isWord(name[0]) || name[0] >= '0' && name[0] <= '9' {
		return
	}
	if _, known := shellVariables[name]; known {
		return
	}
	a.out.EnvReads = add(a.out.EnvReads, name)
}

// shellVariables are set by the shell itself: nobody has to provide them.
var shellVariables = map[string]struct{}{
	"IFS": {}, "PWD": {}, "OLDPWD": {}, "RANDOM": {}, "SECONDS": {}, "LINENO": {}, "PPID": {}, "UID": {}, "EUID": {},
	"BASH": {}, "BASHPID": {}, "BASH_VERSION": {}, "BASH_SOURCE": {}, "FUNCNAME": {}, "PIPESTATUS": {}, "OPTARG": {},
	"OPTIND": {}, "REPLY": {}, "HOSTNAME": {}, "SHLVL": {}, "EPOCHSECONDS": {}, "_": {},
}
