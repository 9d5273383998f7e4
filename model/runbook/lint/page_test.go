package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"calm/model/runbook"
)

func TestPage(t *testing.T) {
	for name, c := range map[string]struct{ text, headings, fences string }{
		"headings":            {"# A\n\n## B ##\ntext\n\nC\n---\n\nD\n===\n#not\n", "0:1:A 2:2:B 5:2:C 8:1:D", ""},
		"in fences":           {"# A\n\n```sh\n# B\n```\n~~~\n## C\n~~~\n", "0:1:A", "2-4 5-7"},
		"in a comment":        {"# A\n\n<!--\n## B\n-->\n## C\n", "0:1:A 5:2:C", ""},
		"front matter":        {"---\ntitle: x\n# no\n---\n# A\n", "4:1:A", ""},
		"a rule at the top":   {"---\n# A\n---\n\n## B\n", "1:1:A 4:2:B", ""},
		"a byte order mark":   {"\ufeff# A\n", "0:1:A", ""},
		"a rule is no line":   {"# A\n\n---\n\ntext\n\n***\n", "0:1:A", ""},
		"a table is no title": {"# A\n\n| a | b |\n---\n", "0:1:A", ""},
		"longer marks":        {"# A\n\n````\n```\nx\n```\n````\n## B\n", "0:1:A 7:2:B", "2-6"},
		"in an item":          {"# A\n\n1. ```sh\n   x\n   ```\n- ~~~\n  y\n  ~~~\n## B\n", "0:1:A 8:2:B", "2-4 5-7"},
		"in a quotation":      {"# A\n\n> ```\n> x\n> ```\n## B\n", "0:1:A 5:2:B", "2-4"},
		"inline":              {"# A\n\n```x``` is code\n## B\n", "0:1:A 3:2:B", ""},
		"not closed":          {"# A\n\n```\nx\n", "0:1:A", "2-3!"},
		"DOS":                 {"# A\r\n\r\n```\r\n# x\r\n```\r\n", "0:1:A", "2-4"},
	} {
		p := readPage(&runbook.Runbook{Source: []byte(c.text)})
		var headings, fences []string
		for _, h := range p.headings {
			headings = append(headings, fmt.Sprintf("%d:%d:%s", h.at, h.level, h.text))
		}
		for _, f := range p.fences {
			s := fmt.Sprintf("%d-%d", f.open, f.close)
			if !f.closed {
				s += "!"
			}
			fences = append(fences, s)
		}
		if got := strings.Join(headings, " "); got != c.headings {
			t.Errorf("%s: headings %q, want %q", name, got, c.headings)
		}
		if got := strings.Join(fences, " "); got != c.fences {
			t.Errorf("%s: fences %q, want %q", name, got, c.fences)
		}
	}
}

func TestLinks(t *testing.T) {
	for text, want := range map[string]string{
		"[a](b.md) and [c](#d \"title\")": "a=b.md c=#d",
		"`[a](b.md)` is code":             "",
		"[`a`](b.md)":                     "`a`=b.md",
		"![picture](x.png)":               "picture=x.png",
		"[a](b(1).md)":                    "a=b(1).md",
		"[a](<b c>)":                      "a=b",
		"[1]: there.md":                   "1=there.md",
		"[^1]: a note":                    "",
		`<a href="x.md">x</a>`:            "x.md=x.md",
		"[a](b":                           "",
		"- [ ] a task (b)":                "",
		"[a]() and [b]( c.md )":           "b=c.md",
	} {
		var got []string
		for _, l := range linksIn(text) {
			got = append(got, l.text+"="+l.target)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %q, want %q", text, s, want)
		}
	}
}

// TestAnchors takes the anchors that GitHub and the common site makers give to headings.
func TestAnchors(t *testing.T) {
	const text = "# The Book\n\n## Contacts & Resources\n\n## 🚨 Kill `switch`\n\n## Step 1: [Go](x.md) back\n\n## Again\n\n## Again\n\n## Own {#mine}\n\n<a name=\"old\"></a>\n\n## Ärger\n"
	p := &pass{rb: parse(t, text)}
	p.page = readPage(p.rb)
	anchors := p.anchors()
	for _, name := range []string{"the-book", "contacts--resources", "contacts-resources", "-kill-switch", "kill-switch", "step-1-go-back", "again", "again-1", "mine", "own", "old", "%C3%A4rger", "Kill-Switch"} {
		if _, ok := leads(anchors, name); !ok {
			t.Errorf("#%s leads nowhere", name)
		}
	}
	for _, name := range []string{"contacts", "step-1", "kill"} {
		if _, ok := leads(anchors, name); ok {
			t.Errorf("#%s leads somewhere", name)
		}
	}
}

// TestHostileTextIsLinear grows texts that make naive rules quadratic: ten times the text may not take
// much more than ten times as long.
func TestHostileTextIsLinear(t *testing.T) {
	for name, unit := range map[string]string{
		"links": "[a](b.md) ", "anchors": "[a](#b)\n", "open links": "[a](", "brackets": "[", "backticks": "` `` ", "code": "`a/b.md` ",
		"headings": "## A\n\n", "nested headings": "# A\n## B\n### C\n", "fences": "```sh\n", "tags": "<a ", "ids": "<a id=\"x\">",
		"severities":  "### SEV-1\n\n**Examples**:\n- Error rate > 5%\n- Error rate 3-9%\n\n",
		"scenarios":   "### Scenario 1: A\n\n**Symptoms**:\n- x\n\n**Resolution**:\n1. Check the y\n\n",
		"escalation":  "## Escalation\n\n### Level 1: A\n\n**Scope**: x\n\n",
		"messages":    "## Message templates\n\n### Update\n\n```\n[foo] {bar}\n```\n\n",
		"contacts":    "## Contacts\n\n| Role | Contact |\n|---|---|\n| A | @john-doe |\n\n",
		"contents":    "## Contents\n\n- [A](#a)\n- [B](#b)\n\n## A\n\n",
		"mojibake":    "â†’ ðŸš¨ Ã¤\n",
		"procedures":  "## Rollback\n\n```sh\npm2 restart a\n```\n\n",
		"one heading": "a [x](#x) b\n",
	} {
		small, large := checking(t, unit, 10_000), checking(t, unit, 100_000)
		if large > 40*small+200*time.Millisecond {
			t.Errorf("%s: 10 kB in %s, 100 kB in %s", name, small, large)
		}
	}
}

// checking is the processor time that the rules take over so much of a text, the best of two.
func checking(t *testing.T, unit string, size int) time.Duration {
	t.Helper()
	rb := parse(t, "# T\n\n"+strings.Repeat(unit, size/len(unit)))
	best := time.Hour
	for range 2 {
		start := processorTime(t)
		Check(rb, Exists(func(string) bool { return false }))
		best = min(best, processorTime(t)-start)
	}
	return best
}
