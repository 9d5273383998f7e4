package lint

import (
	"fmt"
	"strings"
)

var duplicateName = Rule{
	ID: "duplicate-name", Level: Warning,
	Title: "Two chapters of the same rank have the same name",
	Why: "Said over the telephone, or typed, the name means either. A link to it leads to the first, and so does `calm run`, which " +
		"may be the older of the two.",
	Mend: "Give the second its own name, or make one of both.",
	Bad: `# Restarting

## Rolling back

Ask the vendor.

## Rolling back

Ask the other vendor.
`,
	Good: `# Restarting

## Rolling back the shop

Ask the vendor.

## Rolling back the cash desk

Ask the other vendor.
`,
	check: func(p *pass) {
		type place struct {
			parent, level int
			name          string
		}
		seen := map[place]int{}
		for _, h := range p.page.headings {
			k := place{h.parent, h.level, strings.ToLower(strings.Join(strings.Fields(h.text), " "))}
			if anchorKey(k.name) == "" {
				continue
			}
			if first, ok := seen[k]; ok {
				p.report(h.at+1, "", fmt.Sprintf("a second chapter is called “%s”, as in line %d", brief(h.text), first+1), "Give it its own name, or make one of both.")
				continue
			}
			seen[k] = h.at
		}
	},
}
