package lint

import (
	"fmt"
	"strings"

	"calm/model/runbook"
)

var mojibake = Rule{
	ID: "mojibake", Level: Note,
	Title: "The file's text was saved in the wrong encoding",
	Why: "UTF-8 that a program once read as Windows-1252 shows “â†’” for an arrow and “âš ï¸” for a warning sign. The sign " +
		"that was to stop a hand is the one that is not seen.",
	Mend: "Save the file as UTF-8 with the right characters: `iconv -f utf-8 -t cp1252` turns most of it back.",
	Bad: `# Restarting

Console â†’ Support
`,
	Good: `# Restarting

Console → Support
`,
	check: func(p *pass) {
		first, n, sample := -1, 0, ""
		for i, l := range p.page.lines {
			if !strings.ContainsAny(l.text, "âðÃÂïã") {
				continue
			}
			if mended := runbook.Mended(l.text); mended != l.text {
				if first < 0 {
					first, sample = i, firstChange(l.text, mended)
				}
				n++
			}
		}
		switch {
		case n == 1:
			p.report(first+1, "", "text in the wrong encoding: "+sample, "Write it anew, and save the file as UTF-8.")
		case n > 1:
			p.report(first+1, "", fmt.Sprintf("text in the wrong encoding, here and in %d more lines: %s", n-1, sample), "Save the file as UTF-8 with the right characters.")
		}
	},
}

// firstChange shows what became of the first text that was mended.
func firstChange(was, is string) string {
	a, b := []rune(was), []rune(is)
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	end := at
	for end < len(a) && a[end] > 0x7f {
		end++
	}
	return fmt.Sprintf("“%s” was “%s”", string(a[at:end]), string(b[at:min(at+1, len(b))]))
}
