// Package lint finds where a runbook would fail in the hands of a tired person: steps that report
// success without having done anything, checks that can't fail, parts that nobody filled in.
//
// It owns the rules, their reasons and their examples. It reads a parsed Runbook and nothing else: it
// does no I/O, and what only a host can answer (is the path there?) belongs to the doctor.
package lint

import (
	"cmp"
	"slices"

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

	check func(*pass)
}

// Rules gives every rule, in the order of their IDs.
func Rules() []Rule {
	all := slices.Concat(commandRules(), structureRules())
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Check holds a runbook against every rule. Findings come in the order of the file.
func Check(rb *runbook.Runbook) []Finding {
	p := &pass{rb: rb}
	for _, r := range Rules() {
		p.rule = r
		r.check(p)
	}
	slices.SortStableFunc(p.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	return p.found
}

// pass is one run of the rules over one runbook.
type pass struct {
	rb    *runbook.Runbook
	rule  Rule
	found []Finding
}

// report adds a finding of the rule that is being checked.
func (p *pass) report(line int, step, message, help string) {
	p.found = append(p.found, Finding{
		Rule: p.rule.ID, Level: p.rule.Level, File: p.rb.Path, Line: line, Step: step, Message: message, Help: help,
	})
}
