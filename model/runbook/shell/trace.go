package shell

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// trace is where the walk over a text stands, so that each call can say so.
type trace struct {
	whole     string // the step's text
	source    string // the text that is being read: whole, or what another shell reads
	base      int    // of source in whole; where it begins at best when it is not exact
	inexact   bool   // source is not in whole byte for byte: only its lines are
	heredoc   int    // where the text that is about to be read begins in whole, plus one; 0 when nobody said
	place     Place
	statement int
	by        int // the call that starts what comes now, plus one
	redirects []Redirect
	sets      []Assignment
}

// at turns an offset in the text being read into one in the step's text.
func (t *trace) at(offset int) int {
	if !t.inexact {
		return t.base + offset
	}
	at := t.base
	for range strings.Count(t.source[:min(offset, len(t.source))], "\n") {
		next := strings.IndexByte(t.whole[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	return at
}

// raw is a node as written.
func (t *trace) raw(n syntax.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from > to || to > len(t.source) {
		return ""
	}
	return t.source[from:to]
}

// within judges with more places holding, and then as before.
func (a *analyst) within(p Place, judge func()) {
	outer := a.place
	a.place |= p
	judge()
	a.place = outer
}

// reading lets the trace follow into a text that another shell reads.
func (a *analyst) reading(text string, judge func()) {
	outer := a.trace
	begin := 0
	if outer.by > 0 {
		begin = a.out.Calls[outer.by-1].Offset
	}
	if outer.heredoc > 0 {
		begin = outer.heredoc - 1
	}
	a.source, a.base, a.inexact, a.heredoc = text, begin, true, 0
	a.redirects, a.sets = nil, nil
	if i := strings.Index(a.whole[begin:], text); i >= 0 {
		a.base, a.inexact = begin+i, false
	}
	judge()
	a.trace = outer
}

// record keeps a call and returns its index; -1 when there are too many.
func (a *analyst) record(words []arg, in input) int {
	redirects, sets := a.redirects, a.sets
	a.redirects, a.sets = nil, nil
	if len(a.out.Calls) >= maxCalls {
		return -1
	}
	i := len(a.out.Calls)
	c := Call{Redirects: redirects, Sets: sets, Place: a.place, Statement: a.statement, From: in.from - 1, To: -1, By: a.by - 1}
	if c.From >= 0 && a.out.Calls[c.From].To < 0 {
		a.out.Calls[c.From].To = i
	}
	if len(words) > 0 {
		c.Offset, c.args = int(words[0].at), words[1:]
		if words[0].fixed() {
			c.Program, _ = a.program(words[0].text)
		}
	}
	a.out.Calls = append(a.out.Calls, c)
	return i
}

// recordAt is record for what is no command of its own: an export, a bare
// assignment or redirection.
func (a *analyst) recordAt(n syntax.Node, program string, in input) {
	if i := a.record(nil, in); i >= 0 {
		c := &a.out.Calls[i]
		c.Offset, c.Program = a.at(int(n.Pos().Offset())), program
	}
}

// noteRedirect keeps a redirection for the call that it belongs to.
func (a *analyst) noteRedirect(r *syntax.Redirect, target arg) {
	n := Redirect{Op: r.Op.String(), Target: exported(target)}
	if r.N != nil {
		n.From = r.N.Value
	}
	a.redirects = append(a.redirects, n)
}

// rawWord is a word as written; "" for none.
func (t *trace) rawWord(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	return t.raw(w)
}

// assignments are those that have a name.
func (a *analyst) assignments(list []*syntax.Assign) []Assignment {
	var sets []Assignment
	for _, as := range list {
		if as.Name == nil {
			continue
		}
		g := a.word(as.Value)
		g.raw = a.rawWord(as.Value)
		sets = append(sets, Assignment{Name: as.Name.Value, Value: exported(g)})
	}
	return sets
}

// operators counts those that stand to the right of where the walk is.
type operators struct{ and, or, pipe int }

func operatorsOf(chain []*syntax.BinaryCmd) *operators {
	var o operators
	for _, b := range chain {
		*o.of(b.Op)++
	}
	return &o
}

func (o *operators) of(op syntax.BinCmdOperator) *int {
	switch {
	case isPipe(op):
		return &o.pipe
	case op == syntax.AndStmt:
		return &o.and
	}
	return &o.or
}

func (o *operators) take(op syntax.BinCmdOperator) { *o.of(op)-- }

func (o *operators) place() (p Place) {
	if o.and > 0 {
		p |= BeforeAnd
	}
	if o.or > 0 {
		p |= BeforeOr
	}
	if o.pipe > 0 {
		p |= Feeds
	}
	return p
}

func after(op syntax.BinCmdOperator) Place {
	switch {
	case isPipe(op):
		return Fed
	case op == syntax.AndStmt:
		return AfterAnd
	}
	return AfterOr
}

func isPipe(op syntax.BinCmdOperator) bool { return op == syntax.Pipe || op == syntax.PipeAll }
