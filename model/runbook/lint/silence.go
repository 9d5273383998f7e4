package lint

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"calm/model/runbook"
)

// unusedIgnore is the one rule on the comments themselves. It has no check of its own: what a comment
// silences is known when all others have been held.
var unusedIgnore = Rule{
	ID: "unused-ignore", Level: Warning,
	Title: "A comment silences a rule that has nothing to say here",
	Why: "A comment that silences nothing, because the text was mended or the rule's name is spelled wrongly, " +
		"hides the next real finding on that line, or makes believe that there is one.",
	Mend: "Take the comment out, or write the ID of the rule as `calm runbook lint --rules` lists it.",
	Bad: "# Restart\n\n## Rollback\n\n<!-- calm-lint-ignore no-such-rule: the flag is read at build time -->\n\n" +
		"Ask whoever is on call.\n",
	Good: "# Restart\n\n## Rollback\n\nAsk whoever is on call.\n",
}

// silencer is one comment with the lines that it holds for, 0-based.
type silencer struct {
	runbook.Ignore
	line     int // of the comment itself
	from, to int
	used     map[string]bool
}

// silence takes out the findings that a comment names, and adds one for each name that took out none.
func (p *pass) silence() {
	all := p.page.silencers(runbook.Ignores(p.rb.Source))
	if len(all) == 0 {
		return
	}
	covered := map[string][]*silencer{} // by rule and line; only for rules with findings
	for _, f := range p.found {
		if covered[f.Rule] == nil {
			covered[f.Rule] = make([]*silencer, len(p.page.lines))
		}
	}
	for i := range all {
		s := &all[i]
		for _, id := range s.Rules {
			if lines := covered[id]; lines != nil && (lines[s.from] == nil || lines[s.from].from != s.from || lines[s.from].to != s.to) {
				for n := s.from; n <= s.to; n++ {
					lines[n] = s // what stands nearer to the line comes later
				}
			}
		}
	}
	p.found = slices.DeleteFunc(p.found, func(f Finding) bool {
		s := covered[f.Rule][f.Line-1]
		if s != nil {
			s.used[f.Rule] = true
		}
		return s != nil
	})
	p.unused(all)
}

// unused reports the comments that silenced nothing.
func (p *pass) unused(all []silencer) {
	p.rule = unusedIgnore
	for _, s := range all {
		if len(s.Rules) == 0 {
			p.report(s.line+1, "", "this comment names no rule, so it silences nothing", "Write the rule's ID behind calm-lint-ignore, or take the comment out.")
		}
		for _, id := range s.Rules {
			switch {
			case s.used[id]:
			case !known(id):
				p.report(s.line+1, "", fmt.Sprintf("there is no rule %.40q, so this comment silences nothing", id), "`calm runbook lint --rules` lists the rules.")
			default:
				p.report(s.line+1, "", fmt.Sprintf("%s finds nothing here, so this comment silences nothing", id), "Take the comment out.")
			}
		}
	}
}

func known(id string) bool {
	return slices.ContainsFunc(sorted(), func(r Rule) bool { return r.ID == id })
}

// silencers gives each comment the lines that it holds for. Beside other text it is that line. Alone
// on its line it is what begins below: a chapter where that is a heading, a fence, the next command
// within one, else the paragraph, list or table up to the blank line.
func (p *page) silencers(found []runbook.Ignore) []silencer {
	all := make([]silencer, len(found))
	below := map[int]int{} // line of a comment that stands alone: what it is about
	for i := len(found) - 1; i >= 0; i-- {
		ig := found[i]
		at := p.lineAt(ig.Start) - 1
		s := silencer{Ignore: ig, line: at, from: at, to: at, used: map[string]bool{}}
		if len(strings.TrimSpace(p.lines[at].text)) <= ig.End-ig.Start {
			next := at + 1
			for next < len(p.lines) && strings.TrimSpace(p.lines[next].text) == "" {
				next++
			}
			if further, ok := below[next]; ok {
				next = further
			}
			below[at] = next
			if next < len(p.lines) {
				s.from, s.to = next, p.reach(next)
			}
		}
		all[i] = s
	}
	return all
}

// reach is the last line of what begins at a line.
func (p *page) reach(at int) int {
	if p.lines[at].kind == inFence {
		return p.command(at)
	}
	if f, ok := p.fenceAt(at); ok {
		return f.close
	}
	if n := sort.Search(len(p.headings), func(n int) bool { return p.headings[n].at >= at }); n < len(p.headings) && p.headings[n].at == at {
		return p.section(n)
	}
	for at+1 < len(p.lines) && strings.TrimSpace(p.lines[at+1].text) != "" && p.lines[at+1].kind == markdown {
		at++
	}
	return at
}

// command is the last line of the command that begins at a line of code, or below the comments there.
func (p *page) command(at int) int {
	inside := func(i int) bool { return i < len(p.lines) && p.lines[i].kind == inFence }
	for strings.HasPrefix(strings.TrimSpace(p.lines[at].text), "#") && inside(at+1) {
		at++
	}
	for strings.HasSuffix(strings.TrimRight(p.lines[at].text, " \t"), `\`) && inside(at+1) {
		at++
	}
	return at
}
