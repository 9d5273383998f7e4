package lint

import (
	"fmt"
	"strings"

	"calm/model/pattern"
)

var contentsIncomplete = Rule{
	ID: "contents-incomplete", Level: Note,
	Title: "The table of contents leaves out a chapter",
	Why: "A table of contents is taken for the whole of the file. What it leaves out, and it is the chapters added last, the kill switch, " +
		"the contacts, is not looked for.",
	Mend: "List every chapter of the rank that it lists, or leave the table out: sites and editors make one.",
	Bad: `# Restarting

## Contents

- [Rolling back](#rolling-back)
- [Calling the vendor](#calling-the-vendor)

## Rolling back

Ask the vendor.

## Calling the vendor

Their number is in the safe.

## Turning it off

Pull the plug.
`,
	Good: `# Restarting

## Contents

- [Rolling back](#rolling-back)
- [Calling the vendor](#calling-the-vendor)
- [Turning it off](#turning-it-off)

## Rolling back

Ask the vendor.

## Calling the vendor

Their number is in the safe.

## Turning it off

Pull the plug.
`,
	check: func(p *pass) {
		for n, h := range p.page.headings {
			if contentsTitle.MatchString(h.text) {
				p.contents(n)
				return
			}
		}
	},
}

var contentsTitle = pattern.New(`(?i)^[^\p{L}]*(?:table of contents|contents|toc|on this page)\W*$`)

// backMatter is what a table of contents may leave out.
var backMatter = pattern.New(`(?i)\b(?:history|changelog|change log|licen[cs]e|credits|references?|further reading|see also)\b`)

// contents compares the table under a heading with the chapters that follow it.
func (p *pass) contents(n int) {
	toc := p.page.headings[n]
	end := p.page.section(n)
	anchors := p.anchors()
	listed := map[int]bool{}
	for _, l := range p.links() {
		if name, ok := l.anchor(); ok && l.line-1 > toc.at && l.line-1 <= end {
			if at, ok := leads(anchors, name); ok {
				listed[at] = true
			}
		}
	}
	rank := 7
	for _, h := range p.page.headings {
		if listed[h.at] {
			rank = min(rank, h.level)
		}
	}
	var left []string
	for _, h := range p.page.headings[n+1:] {
		if h.level == rank && !listed[h.at] && !backMatter.MatchString(h.text) {
			left = append(left, fmt.Sprintf("“%s” (line %d)", brief(h.text), h.at+1))
		}
	}
	// A table of one entry, or one that leaves out most, is a list of links and no table of contents.
	if len(listed) < 2 || len(left) == 0 || len(left) > len(listed) {
		return
	}
	shown := left[:min(len(left), 3)]
	more := ""
	if len(left) > len(shown) {
		more = fmt.Sprintf(" and %d more", len(left)-len(shown))
	}
	p.report(toc.at+1, "", "the table of contents leaves out "+strings.Join(shown, ", ")+more, "Add the chapters, or leave the table out: sites and editors make one.")
}
