// Package pattern matches texts against regular expressions that are asked often and seldom fit.
//
// It owns how such an expression is decided: compiled when it is first asked, by a deterministic
// automaton that is built as texts need it, so that one byte of text costs about one step. It says
// what package regexp says, to the letter; where something fits, regexp finds the places. It must not
// know what the expressions are about.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression in the syntax of package regexp. It is safe for use by several
// goroutines at once.
type Pattern struct {
	expr     string
	decider  func() *automaton
	compiled func() *regexp.Regexp
}

// New makes a pattern of an expression; nothing is compiled before the first question. It is for
// expressions that are part of the program: a bad one panics when it is first asked.
func New(expr string) *Pattern {
	p := &Pattern{
		expr:     expr,
		decider:  sync.OnceValue(func() *automaton { return newAutomaton(expr) }),
		compiled: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) }),
	}
	remember(p)
	return p
}

// known are all patterns of the program, so that a test can hold each of them to package regexp.
var known struct {
	sync.Mutex
	patterns []*Pattern
}

func remember(p *Pattern) {
	known.Lock()
	defer known.Unlock()
	known.patterns = append(known.patterns, p)
}

// String is the expression.
func (p *Pattern) String() string { return p.expr }

// MatchString says whether the pattern fits somewhere in s.
func (p *Pattern) MatchString(s string) bool {
	matched, decided := p.decider().match(s)
	if !decided {
		return p.compiled().MatchString(s)
	}
	return matched
}

// FindString is the text of the leftmost place that fits, "" for none.
func (p *Pattern) FindString(s string) string {
	at := p.FindStringIndex(s)
	if at == nil {
		return ""
	}
	return s[at[0]:at[1]]
}

// FindStringIndex is the leftmost place that fits, nil for none.
func (p *Pattern) FindStringIndex(s string) []int {
	at := p.FindStringSubmatchIndex(s)
	if at == nil {
		return nil
	}
	return at[:2:2]
}

// FindStringSubmatch is the text of the leftmost place that fits and of its groups, nil for none.
func (p *Pattern) FindStringSubmatch(s string) []string {
	at := p.FindStringSubmatchIndex(s)
	if at == nil {
		return nil
	}
	return texts(s, at)
}

// FindStringSubmatchIndex is the leftmost place that fits and those of its groups, nil for none.
func (p *Pattern) FindStringSubmatchIndex(s string) []int {
	if all := p.find(s, 1); len(all) > 0 {
		return all[0]
	}
	return nil
}

// FindAllString is the texts of the first n places that fit, of all when n is negative.
func (p *Pattern) FindAllString(s string, n int) []string {
	var all []string
	for _, at := range p.find(s, n) {
		all = append(all, s[at[0]:at[1]])
	}
	return all
}

// FindAllStringIndex is the first n places that fit, all when n is negative.
func (p *Pattern) FindAllStringIndex(s string, n int) [][]int {
	all := p.find(s, n)
	for i, at := range all {
		all[i] = at[:2:2]
	}
	return all
}

// FindAllStringSubmatch is FindStringSubmatch for the first n places, for all when n is negative.
func (p *Pattern) FindAllStringSubmatch(s string, n int) [][]string {
	var all [][]string
	for _, at := range p.find(s, n) {
		all = append(all, texts(s, at))
	}
	return all
}

// FindAllStringSubmatchIndex is FindStringSubmatchIndex for the first n places, for all when n is
// negative.
func (p *Pattern) FindAllStringSubmatchIndex(s string, n int) [][]int { return p.find(s, n) }

// ReplaceAllString is s with every place that fits replaced; $1 stands for a group.
func (p *Pattern) ReplaceAllString(s, by string) string {
	all := p.find(s, -1)
	if len(all) == 0 {
		return s
	}
	var out []byte
	from := 0
	for _, at := range all {
		out = append(out, s[from:at[0]]...)
		out = p.compiled().ExpandString(out, by, s, at)
		from = at[1]
	}
	return string(append(out, s[from:]...))
}

// Split cuts s at every place that fits into at most n pieces, into all when n is negative.
func (p *Pattern) Split(s string, n int) []string {
	if n != 0 && s != "" && !p.MatchString(s) {
		return []string{s}
	}
	return p.compiled().Split(s, n)
}

// texts are the texts of a place that fits and of its groups.
func texts(s string, at []int) []string {
	out := make([]string, len(at)/2)
	for i := range out {
		if at[2*i] >= 0 {
			out[i] = s[at[2*i]:at[2*i+1]]
		}
	}
	return out
}
