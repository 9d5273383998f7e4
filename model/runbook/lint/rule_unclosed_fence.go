package lint

import (
	"fmt"
	"strings"
)

var unclosedFence = Rule{
	ID: "unclosed-fence", Level: Error,
	Title: "A block of code is never closed",
	Why: "Everything below it is code to whatever shows the page: the headings are gone, the next steps stand in one grey box, and a " +
		"person copies prose into the shell.",
	Mend: "Close it with the marks that opened it, alone on a line.",
	Bad:  "# Restarting\n\n```text\nAsk the vendor.\n\n## Rolling back\n\nAsk again.\n",
	Good: "# Restarting\n\n```text\nAsk the vendor.\n```\n\n## Rolling back\n\nAsk again.\n",
	check: func(p *pass) {
		for _, f := range p.page.fences {
			if at := p.page.innerOpening(f); at > 0 {
				p.report(f.open+1, "", fmt.Sprintf("this block of code is not closed before the next one is opened in line %d", at+1), "Close it with "+f.marks+" alone on a line.")
			} else if !f.closed {
				p.report(f.open+1, "", "this block of code is never closed: the rest of the file is code", "Close it with "+f.marks+" alone on a line.")
			}
		}
	},
}

// innerOpening is the line at which another fence opens inside one of commands, where nothing else
// can be meant; 0 for none.
func (p *page) innerOpening(f fence) int {
	switch f.lang {
	case "bash", "sh", "shell", "console", "zsh":
	default:
		return 0
	}
	for i := f.open + 1; i < f.close; i++ {
		text := p.lines[i].text
		if marks, lang := opening(text); marks == f.marks && lang != "" && strings.HasPrefix(strings.TrimLeft(text, " \t"), marks) {
			return i
		}
	}
	return 0
}
