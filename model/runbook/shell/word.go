package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Bytes that stand in a resolved word for what only the running shell knows.
const (
	unseen = '\x02' // what a variable from outside holds
	made   = '\x03' // what the text itself makes when it runs: $(…), {a,b}
)

const unknowns = string(rune(hole)) + string(rune(unseen)) + string(rune(made))

// maxValue bounds a value that is followed through variables: doubling a string
// a few dozen times must not fill the memory.
const maxValue = 4 << 10

// arg is one word of a command as the program would get it.
type arg struct {
	text string // quotes and escapes taken away, unknown parts as bytes above
	raw  string // as written
	at   int32  // where it begins in the step's text
	// computed: the text itself makes it at run time, so it may be a flag, or
	// several words. A variable that comes from outside is taken for one
	// operand instead, or nothing could be judged.
	computed bool
	loose    bool // computed and unquoted: it may split
	glob     bool // holds an unquoted *, ? or [
}

// fixed reports whether the whole word is known.
func (g arg) fixed() bool { return !g.computed && fixed(g.text) }

func (g arg) isFlag() bool { return len(g.text) > 1 && g.text[0] == '-' }

func fixed(text string) bool { return !strings.ContainsAny(text, unknowns) }

// value is what is known of a variable set in the text.
type value struct {
	text  string
	known bool
}

// words resolves a command's words. One word can become several: an unquoted
// variable whose value is known is split as the shell would.
func (a *analyst) words(list []*syntax.Word) []arg {
	args := make([]arg, 0, len(list))
	for _, w := range list {
		raw, at := a.raw(w), int32(a.at(int(w.Pos().Offset())))
		if v, ok := a.soleVariable(w); ok && v.known {
			for field := range strings.FieldsSeq(v.text) {
				run := strings.IndexByte(field, made) >= 0
				args = append(args, arg{text: field, raw: raw, at: at, computed: run, loose: run})
			}
			continue
		}
		g := a.word(w)
		g.raw, g.at = raw, at
		args = append(args, g)
	}
	return args
}

// soleVariable returns the value of a word that is nothing but an unquoted
// variable set earlier in the text.
func (a *analyst) soleVariable(w *syntax.Word) (value, bool) {
	if len(w.Parts) != 1 {
		return value{}, false
	}
	p, ok := w.Parts[0].(*syntax.ParamExp)
	if !ok || p.Param == nil || !plainParam(p) {
		return value{}, false
	}
	v, ok := a.vars[p.Param.Value]
	return v, ok
}

func plainParam(p *syntax.ParamExp) bool {
	return !p.Excl && !p.Length && !p.Width && p.Index == nil && p.Slice == nil &&
		p.Repl == nil && p.Exp == nil && p.Names == 0 && len(p.Modifiers) == 0 && p.NestedParam == nil
}

func (a *analyst) word(w *syntax.Word) arg {
	if w == nil {
		return arg{}
	}
	r := resolver{a: a}
	for _, part := range w.Parts {
		r.part(part, false)
	}
	g := arg{text: r.text.String(), computed: r.loose, loose: r.loose, glob: r.glob}
	g.computed = g.computed || byteAt(g.text, 0) == made
	return g
}

type resolver struct {
	a     *analyst
	text  strings.Builder
	loose bool // an unquoted part is made at run time: it may split into words
	glob  bool
}

func (r *resolver) part(part syntax.WordPart, quoted bool) {
	switch p := part.(type) {
	case *syntax.Lit:
		r.literal(p.Value, quoted)
	case *syntax.SglQuoted:
		// $'\x72m' is rm: what an escape makes is left to the shell.
		if p.Dollar && strings.IndexByte(p.Value, '\\') >= 0 {
			r.made(quoted)
			return
		}
		r.write(p.Value)
	case *syntax.DblQuoted:
		for _, inner := range p.Parts {
			r.part(inner, true)
		}
	case *syntax.ParamExp:
		r.param(p, quoted)
	case *syntax.CmdSubst:
		if tame(p) {
			r.text.WriteByte(unseen)
			return
		}
		r.made(quoted)
	case *syntax.ArithmExp, *syntax.ProcSubst:
		r.text.WriteByte(unseen)
	default: // globs of the extended kind, brace expansions
		r.glob = true
		r.made(false)
	}
}

func (r *resolver) param(p *syntax.ParamExp, quoted bool) {
	v, ok := value{}, false
	if p.Param != nil {
		v, ok = r.a.vars[p.Param.Value]
	}
	switch {
	case ok && v.known && plainParam(p):
		r.write(v.text)
		r.loose = r.loose || !quoted && strings.IndexByte(v.text, made) >= 0
	case ok, p.Exp != nil, p.Repl != nil, p.Excl, positional(p):
		// ${X:-…} can be anything the text says it is, and $1 whatever a
		// function in it is called with.
		r.made(quoted)
	default:
		r.text.WriteByte(unseen)
	}
}

func positional(p *syntax.ParamExp) bool {
	return p.Param != nil && (isDigits(p.Param.Value) || listed("@ * _ -", p.Param.Value))
}

func (r *resolver) made(quoted bool) {
	r.text.WriteByte(made)
	r.loose = r.loose || !quoted
}

func (r *resolver) write(s string) {
	if r.text.Len()+len(s) > 2*maxStatement {
		r.text.WriteByte(made)
		r.loose = true
		return
	}
	r.text.WriteString(s)
}

// literal writes unquoted or double-quoted text, with its backslashes applied.
func (r *resolver) literal(s string, quoted bool) {
	if !quoted {
		r.globs(s)
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (!quoted || strings.IndexByte("$`\"\\\n", s[i+1]) >= 0) {
			i++
		}
		r.text.WriteByte(s[i])
	}
}

func (r *resolver) globs(s string) {
	if strings.ContainsAny(s, "*?[") {
		r.glob = true
	}
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return
	}
	// {rm,-rf,/} is three words, and one of them may be a flag.
	if in := s[open:]; strings.IndexByte(in, ',') >= 0 || strings.Contains(in, "..") {
		r.glob = true
		r.loose = r.loose || open == 0
	}
}

// tame reports whether a substitution's output is a plain word whatever
// happens: a date, a number, a name of this host.
func tame(c *syntax.CmdSubst) bool {
	if len(c.Stmts) != 1 {
		return false
	}
	call, ok := c.Stmts[0].Cmd.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	switch call.Args[0].Lit() {
	case "pgrep", "pidof", "nproc", "hostname", "whoami", "pwd":
		return true
	case "date":
		for _, w := range call.Args[1:] {
			if lit := w.Lit(); strings.HasPrefix(lit, "+") && !strings.HasPrefix(lit, "+%") {
				return false
			} else if lit == "" {
				for _, p := range w.Parts {
					if q, ok := p.(*syntax.SglQuoted); ok && strings.HasPrefix(q.Value, "+-") {
						return false
					}
				}
			}
		}
		return true
	}
	return false
}
