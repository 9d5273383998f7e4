package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func (a *analyst) callExpr(c *syntax.CallExpr, in input) {
	if a.commands++; a.commands > maxCommands {
		a.worse(Unknown)
		return
	}
	a.sets = a.assignments(c.Assigns)
	for _, as := range c.Assigns {
		a.assign(as, len(c.Args) == 0)
	}
	for _, w := range c.Args {
		a.inside(w)
	}
	if len(c.Args) == 0 {
		a.recordAt(c, "", in)
		return
	}
	words := a.words(c.Args)
	for _, as := range c.Assigns {
		if as.Name != nil {
			// The command, and a shell that it starts, see this value.
			a.vars[as.Name.Value] = value{}
		}
	}
	a.run(words, in)
}

// run judges one command given as words: the program and its arguments.
func (a *analyst) run(words []arg, in input) {
	if len(words) == 0 {
		return
	}
	program, index := words[0], a.record(words, in)
	if !program.fixed() || program.glob && program.text != "[" || program.text == "" {
		a.worse(Unknown)
		a.warn("the command's name is not known before it runs")
		return
	}
	name, trusted := a.program(program.text)
	r, known := a.index[name]
	if risk, ok := a.aliases[name]; ok {
		a.worse(risk)
	}
	if a.funcs[name] && name == program.text && !known {
		return // judged where it was declared
	}
	if !known || !r.own {
		a.out.Programs = add(a.out.Programs, program.text)
	}
	if !known {
		a.worse(Unknown)
		return
	}
	if !trusted || a.poisoned {
		// Something of that name, from a place of its own: it may be anything,
		// and it may be what it says.
		a.worse(Unknown)
	}
	(&call{in: a, name: name, args: words[1:], rule: r, stdin: in, index: index}).judge()
}

// nested judges a command that another one starts, as sudo and xargs do.
func (a *analyst) nested(words []arg, in input) {
	a.deeper(func() { a.run(words, in) })
}

// program returns a program's name without its directory, and whether the
// directory is one where that name means what it usually does.
func (a *analyst) program(path string) (name string, trusted bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, true
	}
	return path[i+1:], ofSystemBin(path)
}

// redirect judges one redirection and returns what the command then reads.
func (a *analyst) redirect(r *syntax.Redirect, in input) input {
	a.inside(r.Word)
	g := a.word(r.Word)
	g.raw = a.rawWord(r.Word)
	a.noteRedirect(r, g)
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		a.inside(r.Hdoc)
		if r.Hdoc == nil {
			return input{piped: true, known: true}
		}
		text := a.word(r.Hdoc).text
		return input{piped: true, known: true, text: text, at: a.at(int(r.Hdoc.Pos().Offset())) + 1}
	case syntax.WordHdoc:
		return input{piped: true, known: true, text: g.text}
	case syntax.RdrIn:
		return input{piped: true}
	case syntax.DplIn:
		return in
	case syntax.DplOut:
		if g.text == "-" || isDigits(g.text) {
			return in
		}
		a.write(g, false)
	case syntax.AppOut, syntax.AppAll:
		a.write(g, true)
	case syntax.RdrOut, syntax.RdrClob, syntax.RdrAll, syntax.RdrInOut:
		a.write(g, false)
	default:
		a.worse(Unknown)
	}
	return in
}

// write judges a file being written or appended to.
func (a *analyst) write(g arg, appended bool) {
	if isSink(g.text) {
		return
	}
	a.worse(overwriting(g.text, appended))
	a.touch("path", g)
}

// truncation judges `> file` with no command: it empties the file.
func (a *analyst) truncation(s *syntax.Stmt) {
	for _, r := range s.Redirs {
		switch r.Op {
		case syntax.RdrOut, syntax.RdrClob, syntax.RdrAll:
			if !isSink(a.word(r.Word).text) {
				a.worse(Destroys)
			}
		}
	}
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
