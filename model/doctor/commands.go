package doctor

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"calm/model/action"
	"calm/model/runbook/shell"
)

// hole stands for a placeholder while a text is parsed: `<bad-sha>` is a good redirection.
const hole = '\x01'

// masked is a step's text without its placeholders, every byte in its place.
func masked(text string) string {
	b := []byte(text)
	for _, ph := range shell.Placeholders(text) {
		for i := range ph.Text {
			b[ph.Offset+i] = hole
		}
	}
	return string(b)
}

// calls is what a shell text runs, and which files it reads and writes by redirection.
type calls struct {
	list     []action.Call
	in, out  []string
	fallback map[string]bool // variables that have a value of the command's own where they are not set
}

func commands(text string) calls {
	var c calls
	c.list, _ = action.Calls(text)
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return c
	}
	c.fallback = map[string]bool{}
	needed := map[string]bool{}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Redirect:
			c.redirect(n)
		case *syntax.ParamExp:
			if n.Param == nil {
				break
			}
			if defaulted(n) {
				c.fallback[n.Param.Value] = true
			} else {
				needed[n.Param.Value] = true
			}
		}
		return true
	})
	for name := range needed {
		delete(c.fallback, name)
	}
	return c
}

func defaulted(p *syntax.ParamExp) bool {
	if p.Exp == nil {
		return false
	}
	switch p.Exp.Op {
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull, syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		return true
	}
	return false
}

func (c *calls) redirect(r *syntax.Redirect) {
	name := literal(r.Word)
	switch r.Op {
	case syntax.RdrIn:
		c.in = append(c.in, name)
	case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll:
		c.out = append(c.out, name)
	}
}

// literal is a word's value when it is known before the text runs, else "".
func literal(w *syntax.Word) string {
	if w == nil || len(w.Parts) != 1 {
		return ""
	}
	switch p := w.Parts[0].(type) {
	case *syntax.Lit:
		return p.Value
	case *syntax.SglQuoted:
		return p.Value
	case *syntax.DblQuoted:
		if len(p.Parts) == 1 {
			if lit, ok := p.Parts[0].(*syntax.Lit); ok {
				return lit.Value
			}
		}
	}
	return ""
}

func (c calls) has(program string) bool {
	return slices.ContainsFunc(c.list, func(call action.Call) bool { return call.Is(program) })
}

// elsewhere is the host that a step's commands run on, when ssh is given them.
func (c calls) elsewhere() (host string, ok bool) {
	for _, call := range c.list {
		if !call.Is("ssh") {
			continue
		}
		if words := operands(call.Words[1:], "-i -p -l -o -F -J -L -R -D -b -c -E -m -O -Q -S -W -w"); len(words) > 1 && words[0] != "" {
			return words[0], true
		}
	}
	return "", false
}

// credentials says whether curl or wget is given what calm has not.
func (c calls) credentials() bool {
	for _, call := range c.list {
		if (call.Is("curl") || call.Is("wget")) && slices.ContainsFunc(call.Words, func(w string) bool {
			flag, _, _ := strings.Cut(w, "=")
			return slices.Contains([]string{"-H", "--header", "-u", "--user", "-b", "--cookie", "-E", "--cert", "--key", "-n", "--netrc", "--oauth2-bearer", "-K", "--config"}, flag)
		}) {
			return true
		}
	}
	return false
}

// database says whether a name is what a tool of MongoDB's was given for its database.
func (c calls) database(name string) bool {
	return slices.ContainsFunc(c.list, func(call action.Call) bool {
		db, ok := call.Value("-d", "--db")
		return ok && db == name
	})
}

// operands are the words that are neither flags nor the values of the flags named.
func operands(words []string, valued string) []string {
	flags := strings.Fields(valued)
	var out []string
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "--":
			return append(out, words[i+1:]...)
		case slices.Contains(flags, w):
			i++
		case strings.HasPrefix(w, "-"):
		default:
			out = append(out, w)
		}
	}
	return out
}
