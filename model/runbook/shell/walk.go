package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func (a *analyst) stmts(list []*syntax.Stmt, in input) {
	for _, s := range list {
		a.stmt(s, in)
	}
}

func (a *analyst) stmt(s *syntax.Stmt, in input) {
	if s == nil {
		return
	}
	place := a.place
	defer func() { a.place = place }()
	if s.Negated {
		a.place |= Negated
	}
	if s.Background {
		a.place |= Behind
		a.level++
		defer func() { a.level-- }()
	}
	outer := a.endless
	for _, r := range s.Redirs {
		in = a.redirect(r, in)
	}
	if s.Cmd == nil {
		a.truncation(s)
		a.recordAt(s, "", in)
		return
	}
	if a.empties(s.Cmd) {
		a.truncation(s)
	}
	a.command(s.Cmd, in)
	if s.Background {
		// What goes on behind does not keep the step from ending.
		a.endless = outer
	}
}

// empties reports whether a command prints nothing, so that a file it is
// redirected to is only emptied.
func (a *analyst) empties(cmd syntax.Command) bool {
	c, ok := cmd.(*syntax.CallExpr)
	if !ok || len(c.Args) == 0 {
		return false
	}
	switch c.Args[0].Lit() {
	case ":", "true":
		return true
	case "cat":
		return len(c.Args) == 2 && c.Args[1].Lit() == "/dev/null"
	case "echo", "printf":
		for _, g := range a.words(c.Args[1:]) {
			if g.text != "" && !g.isFlag() {
				return false
			}
		}
		return true
	}
	return false
}

// command judges a node of the syntax tree. Every kind of node is named here:
// one that is not is Unknown.
func (a *analyst) command(cmd syntax.Command, in input) {
	switch cmd.(type) {
	case *syntax.CallExpr, *syntax.DeclClause, *syntax.FuncDecl, *syntax.TimeClause:
	default:
		a.redirects = nil
		a.level++
		defer func() { a.level-- }()
	}
	switch c := cmd.(type) {
	case *syntax.CallExpr:
		a.callExpr(c, in)
	case *syntax.BinaryCmd:
		a.binary(c, in)
	case *syntax.Block:
		a.stmts(c.Stmts, in)
	case *syntax.Subshell:
		a.within(Subshell, func() { a.stmts(c.Stmts, in) })
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			a.within(Tested, func() { a.stmts(c.Cond, in) })
			a.within(Branched, func() { a.stmts(c.Then, in) })
		}
	case *syntax.WhileClause:
		a.while(c, in)
	case *syntax.ForClause:
		a.loop(c, in)
	case *syntax.CaseClause:
		a.inside(c.Word)
		for _, item := range c.Items {
			for _, p := range item.Patterns {
				a.inside(p)
			}
			a.within(Branched, func() { a.stmts(item.Stmts, in) })
		}
	case *syntax.FuncDecl:
		a.function(c)
	case *syntax.DeclClause:
		a.declare(c)
	case *syntax.TimeClause:
		a.stmt(c.Stmt, in)
	case *syntax.CoprocClause:
		a.stmt(c.Stmt, in)
	case *syntax.TestClause, *syntax.ArithmCmd, *syntax.LetClause:
		a.inside(c)
		a.arithmetic(c)
	default:
		a.worse(Unknown)
	}
}

// binary walks && || and pipes. Chains lean to the left and can be thousands
// long, so they are unrolled.
func (a *analyst) binary(c *syntax.BinaryCmd, in input) {
	var chain []*syntax.BinaryCmd
	first := &syntax.Stmt{Cmd: c}
	for {
		b, ok := first.Cmd.(*syntax.BinaryCmd)
		if !ok || len(first.Redirs) > 0 {
			break
		}
		chain = append(chain, b)
		first = b.X
	}
	left := operatorsOf(chain)
	a.within(left.place(), func() { a.stmt(first, in) })
	from := first
	for i := len(chain) - 1; i >= 0; i-- {
		b := chain[i]
		left.take(b.Op)
		read := in
		if isPipe(b.Op) {
			if a.named(from, "yes") {
				a.endless = false // it ends when its reader does
			}
			read = a.outputOf(from)
			read.from = len(a.out.Calls)
		}
		a.within(left.place()|after(b.Op), func() { a.stmt(b.Y, read) })
		from = b.Y
	}
}

func (a *analyst) named(s *syntax.Stmt, name string) bool {
	c, ok := s.Cmd.(*syntax.CallExpr)
	return ok && len(c.Args) > 0 && c.Args[0].Lit() == name
}

// outputOf is what a command prints, when the text itself says it.
func (a *analyst) outputOf(s *syntax.Stmt) input {
	in := input{piped: true}
	c, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || len(c.Args) == 0 {
		return in
	}
	switch c.Args[0].Lit() {
	case "echo", "printf":
		var parts []string
		for _, g := range a.words(c.Args[1:]) {
			if !g.isFlag() {
				parts = append(parts, g.text)
			}
		}
		// \n and \x72 are made into other characters on the way.
		in.text = strings.Join(parts, " ")
		in.known = strings.IndexByte(in.text, '\\') < 0 && strings.IndexByte(in.text, '%') < 0
	case "cat":
		for _, r := range s.Redirs {
			if r.Hdoc != nil && len(c.Args) == 1 {
				in.text, in.known = a.word(r.Hdoc).text, true
			}
		}
	}
	return in
}

func (a *analyst) while(c *syntax.WhileClause, in input) {
	a.within(Tested, func() { a.stmts(c.Cond, in) })
	a.within(Looped, func() { a.stmts(c.Do, in) })
	if len(c.Cond) != 1 || leaves(c.Do) {
		return
	}
	always := a.named(c.Cond[0], "true") || a.named(c.Cond[0], ":")
	never := a.named(c.Cond[0], "false")
	if always && !c.Until || never && c.Until {
		a.endless = true
	}
}

// leaves reports whether a loop's body has a way out.
func leaves(body []*syntax.Stmt) bool {
	out := false
	for _, s := range body {
		syntax.Walk(s, func(n syntax.Node) bool {
			if c, ok := n.(*syntax.CallExpr); ok && len(c.Args) > 0 {
				switch c.Args[0].Lit() {
				case "break", "exit", "return":
					out = true
				}
			}
			return !out
		})
	}
	return out
}

func (a *analyst) loop(c *syntax.ForClause, in input) {
	switch l := c.Loop.(type) {
	case *syntax.WordIter:
		items := a.words(l.Items)
		for _, w := range l.Items {
			a.inside(w)
		}
		harmless := len(items) > 0
		for _, g := range items {
			harmless = harmless && g.fixed() && !g.isFlag() && !g.computed
		}
		a.set[l.Name.Value] = true
		a.vars[l.Name.Value] = value{}
		if harmless {
			// One of several plain words: as good as a variable from outside.
			a.vars[l.Name.Value] = value{text: string(rune(unseen)), known: true}
		}
	case *syntax.CStyleLoop:
		a.inside(l)
		if l.Cond == nil && !leaves(c.Do) {
			a.endless = true
		}
	}
	a.within(Looped, func() { a.stmts(c.Do, in) })
}

// function judges a body where it is declared: whoever calls it adds nothing.
func (a *analyst) function(c *syntax.FuncDecl) {
	if c.Name != nil && a.level == 0 {
		a.funcs[c.Name.Value] = true
	}
	endless, interactive := a.endless, a.out.Interactive
	a.level++
	defer func() { a.level-- }()
	a.within(Branched, func() { a.stmt(c.Body, input{piped: true}) })
	a.endless, a.out.Interactive = endless, interactive
}

// inside judges the commands hidden in words: $(…), backticks, <(…).
func (a *analyst) inside(n syntax.Node) {
	if n == nil {
		return
	}
	if w, ok := n.(*syntax.Word); ok && w == nil {
		return
	}
	syntax.Walk(n, func(n syntax.Node) bool {
		switch x := n.(type) {
		case *syntax.CmdSubst:
			a.elsewhere(x.Stmts)
			return false
		case *syntax.ProcSubst:
			a.elsewhere(x.Stmts)
			return false
		case *syntax.ParamExp:
			if x.Param != nil {
				a.reads(x.Param.Value)
			}
			if x.Excl {
				a.worse(Unknown)
			}
			if x.Param != nil && x.Exp != nil && (x.Exp.Op == syntax.AssignUnset || x.Exp.Op == syntax.AssignUnsetOrNull) {
				a.vars[x.Param.Value] = value{}
			}
		}
		return true
	})
}

// elsewhere judges statements that run in a shell of their own.
func (a *analyst) elsewhere(list []*syntax.Stmt) {
	redirects, sets := a.redirects, a.sets
	a.redirects, a.sets = nil, nil
	a.level++
	place := a.place
	// The pipe and the ! around are those of the command that takes the output.
	a.place = a.place&^(Feeds|Fed|Negated) | Captured
	a.stmts(list, input{})
	a.place = place
	a.level--
	a.redirects, a.sets = redirects, sets
}

// arithmetic looks for commands quoted inside a subscript, which the shell
// runs when it works the subscript out: [[ -v 'a[$(reboot)]' ]].
func (a *analyst) arithmetic(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		if w, ok := n.(*syntax.Word); ok && hidesCommand(a.word(w).text) {
			a.worse(Unknown)
			a.warn("a command is hidden in a quoted subscript")
		}
		return true
	})
}

func hidesCommand(text string) bool {
	return strings.IndexByte(text, '[') >= 0 && (strings.Contains(text, "$(") || strings.IndexByte(text, '`') >= 0)
}
