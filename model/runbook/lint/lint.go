// Package lint finds where a runbook would fail in the hands of a tired person: steps that report
// success without having done anything, checks that can't fail, parts that nobody filled in.
//
// It owns the rules, their reasons and their examples, and the comments that silence them. It reads a
// parsed Runbook and nothing else: it does no I/O, and what only a host can answer (does pm2 know that
// name?) belongs to the doctor.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"calm/model/runbook"
)

// Level is how bad a finding is.
type Level string

// The levels, from the worst.
const (
	Error   Level = "error"   // followed as it stands, the step fails, lies or does damage
	Warning Level = "warning" // it can fail, or leaves a person guessing
	Note    Level = "note"    // it could be better
)

// Finding is one place where a rule was broken.
type Finding struct {
	Rule    string `json:"rule"` // ID of the rule
	Level   Level  `json:"level"`
	File    string `json:"file"` // the runbook's path, as it was given
	Line    int    `json:"line"` // 1-based, in the file
	Message string `json:"message"`
	Help    string `json:"help"`           // how to mend it here
	Step    string `json:"step,omitempty"` // ID of the step that it concerns; empty for none
}

// Rule is one way for a runbook to be wrong. Its texts and examples are its page in the manual, and
// its examples are its tests: Bad breaks this rule, Good breaks no rule at all.
type Rule struct {
	ID    string
	Level Level
	Title string // one line, what is wrong
	Why   string // what happens at three in the morning, and how that was seen
	Mend  string // what to write instead
	Bad   string // Markdown
	Good  string // Markdown

	check func(*pass) // nil for the rules on silencing, which the engine itself holds
}

// Rules gives every rule, in the order of their IDs.
func Rules() []Rule { return slices.Clone(sorted()) }

var sorted = sync.OnceValue(func() []Rule {
	all := slices.Concat(commandRules(), structureRules(), []Rule{unusedIgnore})
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
})

// Option tells Check something about the runbook's surroundings.
type Option func(*pass)

// Exists lets Check ask whether a file is there, for the links that lead to one: a relative path
// beside the runbook; one that begins with / in the runbook's folder or in a folder above it, as in
// the root of a repository. Without it no such link is checked.
func Exists(there func(path string) bool) Option {
	return func(p *pass) { p.exists = there }
}

// Check holds a runbook against every rule. Findings come in the order of the file; those that a
// comment silences are left out.
func Check(rb *runbook.Runbook, options ...Option) []Finding {
	p := &pass{rb: rb, page: readPage(rb)}
	for _, o := range options {
		o(p)
	}
	for _, r := range sorted() {
		if r.check != nil {
			p.rule = r
			r.check(p)
		}
	}
	p.silence()
	slices.SortStableFunc(p.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	p.bound()
	p.concern()
	return p.found
}

// most is how many findings of one rule are worth a line: nobody reads the next one.
const most = 500

// bound counts the findings of a rule beyond most instead of listing them.
func (p *pass) bound() {
	seen, first := map[string]int{}, map[string]int{}
	kept := p.found[:0]
	for _, f := range p.found {
		if seen[f.Rule]++; seen[f.Rule] <= most {
			kept = append(kept, f)
		} else if seen[f.Rule] == most+1 {
			first[f.Rule] = len(kept)
			kept = append(kept, f)
		}
	}
	for rule, i := range first {
		if more := seen[rule] - most; more > 1 {
			kept[i].Message = fmt.Sprintf("here, and in %d more places that are not listed: %s", more-1, kept[i].Message)
		}
	}
	p.found = kept
}

// pass is one run of the rules over one runbook.
type pass struct {
	rb     *runbook.Runbook
	page   *page
	exists func(path string) bool // nil when nobody can say
	linked *[]link                // of the prose, once they were looked for
	places map[string]int         // that a link can lead to, likewise
	rule   Rule
	found  []Finding
	calls  *commands // see commands
}

// report adds a finding of the rule that is being checked.
func (p *pass) report(line int, step, message, help string) {
	p.found = append(p.found, Finding{
		Rule: p.rule.ID, Level: p.rule.Level, File: p.rb.Path, Line: min(max(line, 1), len(p.page.lines)), Step: step, Message: message, Help: help,
	})
}

// concern names the step of every finding that lies within one, where the rule did not: the console
// shows a finding beside the step.
func (p *pass) concern() {
	type span struct {
		from, to int // lines
		id       string
	}
	var steps []span
	p.rb.EachStep(func(ref runbook.StepRef) bool {
		s := ref.Step
		steps = append(steps, span{p.page.lineAt(s.Start), p.page.lineAt(max(s.End-1, s.Start)), s.ID})
		return true
	})
	slices.SortStableFunc(steps, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i, f := range p.found {
		n, _ := slices.BinarySearchFunc(steps, f.Line+1, func(s span, line int) int { return cmp.Compare(s.from, line) })
		if f.Step == "" && n > 0 && steps[n-1].to >= f.Line {
			p.found[i].Step = steps[n-1].id
		}
	}
}
