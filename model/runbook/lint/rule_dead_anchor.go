package lint

import "fmt"

var deadAnchor = Rule{
	ID: "dead-anchor", Level: Warning,
	Title: "A link leads to a place in the file that there is not",
	Why: "A chapter was renamed and its link was not. Whoever clicks it stays where they are, thinks that the page is still loading, and " +
		"scrolls.",
	Mend: "Write the anchor of the heading as it is now: its words in lower case, joined by hyphens.",
	Bad: `# Restarting

See [how to go back](#rollback).

## Rolling back

Ask the vendor.
`,
	Good: `# Restarting

See [how to go back](#rolling-back).

## Rolling back

Ask the vendor.
`,
	check: func(p *pass) {
		anchors := p.anchors()
		for _, l := range p.links() {
			if name, ok := l.anchor(); ok && anchorKey(unescaped(name)) != "" {
				if _, ok := leads(anchors, name); !ok {
					p.report(l.line, "", fmt.Sprintf("the link “%s” leads to #%s, and no heading is called so", brief(l.text), brief(name)),
						"Write the heading's words as they are now, in lower case and joined by hyphens.")
				}
			}
		}
	},
}
