package action

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Call is one simple command inside a shell text, seen through sudo, env, timeout and the like.
type Call struct {
	Words []string // program first, without its directory; a word computed at run time is ""
	Own   []string // the same with what it is seen through: "sudo", "-u", "deploy", "pm2", …
	End   int      // byte offset in the text just after its last word
	Piped bool     // its output goes into a pipe
}

// Is says whether the call is of a program, and of one of its verbs when any is given.
func (c Call) Is(program string, verbs ...string) bool {
	if c.Words[0] != program {
		return false
	}
	if len(verbs) == 0 {
		return true
	}
	for _, v := range verbs {
		if c.verb() == v {
			return true
		}
	}
	return false
}

// Has says whether the call has a flag, alone or with a value after "=".
func (c Call) Has(flag string) bool {
	for _, w := range c.Words[1:] {
		if w == flag || strings.HasPrefix(w, flag+"=") {
			return true
		}
	}
	return false
}

// Value is what a flag was given, as "--flag value" or "--flag=value".
func (c Call) Value(flags ...string) (string, bool) {
	for i, w := range c.Words {
		for _, f := range flags {
			if v, ok := strings.CutPrefix(w, f+"="); ok {
				return v, true
			}
			if w == f && i+1 < len(c.Words) {
				return c.Words[i+1], true
			}
		}
	}
	return "", false
}

func (c Call) verb() string {
	for _, w := range c.Words[1:] {
		if !strings.HasPrefix(w, "-") {
			return w
		}
	}
	return ""
}

// Operands are the words after the verb that are no flags, up to a bare "--". The separate value of
// a flag counts as one too: which flags take one is not known here.
func (c Call) Operands() []string {
	var out []string
	seen := false
	for _, w := range c.Words[1:] {
		switch {
		case w == "--":
			return out
		case strings.HasPrefix(w, "-") && w != "-":
		case !seen:
			seen = true
		default:
			out = append(out, w)
		}
	}
	return out
}

// Calls finds the simple commands of a shell text in order. ok is false for a text that bash would
// not take.
func Calls(text string) (calls []Call, ok bool) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, false
	}
	piped := make(map[*syntax.CallExpr]bool)
	syntax.Walk(file, func(n syntax.Node) bool {
		if b, ok := n.(*syntax.BinaryCmd); ok && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) {
			syntax.Walk(b.X, func(n syntax.Node) bool {
				if c, ok := n.(*syntax.CallExpr); ok {
					piped[c] = true
				}
				return true
			})
		}
		return true
	})
	syntax.Walk(file, func(n syntax.Node) bool {
		c, ok := n.(*syntax.CallExpr)
		if !ok || len(c.Args) == 0 {
			return true
		}
		words := make([]string, len(c.Args))
		for i, w := range c.Args {
			words[i] = fixed(w)
		}
		own := slices.Clone(words)
		if words = inner(words); len(words) > 0 {
			words[0] = words[0][strings.LastIndexByte(words[0], '/')+1:]
			end := int(c.Args[len(c.Args)-1].End().Offset())
			calls = append(calls, Call{Words: words, Own: own, End: end, Piped: piped[c]})
		}
		return true
	})
	return calls, true
}

// fixed is the value of a word when it is known before the text runs, else "".
func fixed(w *syntax.Word) string {
	var b strings.Builder
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(strings.ReplaceAll(p.Value, "\\", ""))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, q := range p.Parts {
				lit, ok := q.(*syntax.Lit)
				if !ok {
					return ""
				}
				b.WriteString(lit.Value)
			}
		default:
			return ""
		}
	}
	return b.String()
}

// wrapper is a program that starts another, whose words follow its own.
type wrapper struct {
	operands int    // of its own, before the other program
	valued   string // flags that take the next word, each in blanks
}

var wrappers = map[string]wrapper{
	"sudo": {valued: " -u -g -C -h -p -r -t "}, "env": {valued: " -u -C -S "}, "timeout": {1, " -k -s "},
	"nice": {valued: " -n "}, "ionice": {valued: " -c -n "}, "nohup": {}, "command": {}, "exec": {valued: " -a "}, "time": {}, "setsid": {},
}

func inner(words []string) []string {
	for len(words) > 0 {
		own, ok := wrappers[words[0][strings.LastIndexByte(words[0], '/')+1:]]
		if !ok {
			return words
		}
		words = words[1+own.count(words[1:]):]
	}
	return words
}

// count is how many of the words are the wrapper's own.
func (o wrapper) count(words []string) int {
	left := o.operands
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w != "" && strings.Contains(o.valued, " "+w+" "):
			i++
		case strings.HasPrefix(w, "-"), strings.Contains(w, "="):
		case left > 0:
			left--
		default:
			return i
		}
	}
	return len(words)
}
