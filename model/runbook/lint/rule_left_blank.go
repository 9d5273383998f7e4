package lint

import (
	"fmt"

	"calm/model/pattern"
)

var leftBlank = Rule{
	ID: "left-blank", Level: Warning,
	Title: "Something was to be filled in when the runbook was written, and was not",
	Why: "A choice that was never made, “every [15/30/60] minutes”, or a TODO, reads like an instruction and is none. The decision " +
		"falls to whoever has the least time for it.",
	Mend: "Make the choice now, or say who makes it and by what. In templates of messages and of the post-mortem blanks are in their place.",
	Bad: `## During the incident

- [ ] Post updates every [15/30/60] minutes
`,
	Good: `## During the incident

- [ ] Post updates every 30 minutes
`,
	check: func(p *pass) {
		contacts := map[int]bool{}
		for _, c := range p.rb.Contacts {
			contacts[c.Line-1] = true
		}
		p.prose(func(i int, text string) {
			if !mentions(text, "[", "<", "TBD", "TODO", "FIXME", "XX") {
				return
			}
			if m := blank.FindString(linkPattern.ReplaceAllString(withoutCode(text), "](…)")); m != "" && !contacts[i] && !exampleContact.MatchString(text) {
				p.report(i+1, "", fmt.Sprintf("“%s” was never filled in", brief(m)), "Write what is meant, or who decides it and by what.")
			}
		})
	},
}

var blank = pattern.New(`\[\d+(?:\s*/\s*\d+)+\]|\bTBD\b|\bTODO\b|\bFIXME\b|\[(?i:insert|your|add|fill in|placeholder|todo|name|date|link|url|team|service)(?i:[ _-][^\]\n]{0,60})?\](?:[^(\[:]|$)|<(?i:insert|your)[ _-][^<>\n]{1,60}>|\bXX+\b(?:[ .,:;]|$)`)
