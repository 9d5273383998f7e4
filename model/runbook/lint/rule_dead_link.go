package lint

import (
	"fmt"
	"strings"

	"calm/model/pattern"
)

var deadLink = Rule{
	ID: "dead-link", Level: Warning,
	Title: "A link, or a document that the text names, leads to a file that is not there",
	Why: "What it promises, the longer runbook, the list of contacts, is needed when nothing else helps, and that is when it turns out " +
		"to have been moved.",
	Mend: "Mend the path, which counts from the runbook's folder, or say where the document is now.",
	Bad: `# Restarting

See [the vendor's page](vendor/gone.md), or ` + "`docs/gone.md`" + `.
`,
	Good: `# Restarting

See [the vendor's page](vendor/there.md), or ` + "`docs/there.md`" + `.
`,
	check: func(p *pass) {
		if p.exists == nil {
			return
		}
		for _, l := range p.links() {
			if path, ok := l.path(); ok && !p.isThere(path) {
				p.report(l.line, "", fmt.Sprintf("the link “%s” leads to %s, which is not there", brief(l.text), brief(path)),
					"Mend the path, which counts from the runbook's folder, or take the link out.")
			}
		}
		p.prose(func(i int, text string) {
			if !strings.Contains(text, "`") {
				return
			}
			for _, m := range namedDocument.FindAllStringSubmatch(text, -1) {
				if strings.Contains(text, m[0]+"](") {
					continue // the text of a link
				}
				if !p.isThere(m[1]) && !p.exists("/"+m[1]) {
					p.report(i+1, "", fmt.Sprintf("there is no %s, beside the runbook or in the folders above it", brief(m[1])),
						"Mend the path, or say where the document is now.")
				}
			}
		})
	},
}

// namedDocument is a code span that is the path of a document to read.
var namedDocument = pattern.New("`((?:[\\w.@-]+/)+[\\w.@-]+\\.(?:md|markdown|mdx|pdf|html?))`")

// isThere asks for a file as sites write its path: without its ending, or by its folder.
func (p *pass) isThere(path string) bool {
	bare := strings.TrimRight(path, "/")
	for _, end := range []string{"", ".md", "/index.md", "/_index.md", "/README.md"} {
		if p.exists(bare + end) {
			return true
		}
	}
	return false
}
