package runbook

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// awkward are pieces of Markdown on which parsers disagree, or that end where nobody expects it.
var awkward = []string{
	"\ta\tb\n", "  - a\n\n\tb\n", "- a\n - b\n  - c\n   - d\n    - e\n", "1) a\n1. b\n2) c\n", "-\n\n  a\n", "- ```\n  a\n", "> ```\n> a\nb\n", "````\n```\n`````\n", "~~~ a`b\n~~~~\n",
	"``` a`b\nx\n", "a\n=\n", "a\n-\n", "-\n-\n", "# \n## #\n### a ###\n#a\n####### b\n", "a\n# b\nc\n", "***\n- - -\n_ _ _\n", "a\n***\nb\n", "    a\n\n\n    b\n", "a\n    b\n", ">a\nb\n> c\n\n>d\n", ">> a\n> b\nc\n",
	"<div>\n*a*\n\n*b*\n</div>\n", "<!-- a\n\nb -->c\n", "<?a\n\n?>\n", "<![CDATA[\n\n]]>\n", "<script>\n\n# a\n</script>\n", "<a\nb>\n", "[a]: <b c> 'd\n e'\n", "[a]:\nb\n\"c\" d\n", "[a]: b\n# c\n", "[a\n]: b\n",
	"|a|\n|-|\n|b|c|d|\n", "a|b\n-|-\n\nc|d\n", "| a\n| :-:\n| \\| b\n", "|a|\n|-|\n> b\n", "- |a|b|\n  |-|-|\n  |c|d|\n", "**a**: b\n**c**: d\n  e\n", "**a:**b\n", "**a** **b**: c\n", "__a__ — b\n", "**a\nb**: c\n",
	"- [ ] a\n- [x]b\n- [X] c\n- [-] d\n", "* a\n+ b\n- c\n", "1. a\n3. b\n0. c\n999999999. d\n1000000000. e\n", "a\\\nb  \nc\n", "&#0;&#x110000;&nope;&amp\n", "\u00a0\u2003# a\n", "a\r\nb\rc\n", "\ufeff# a\n", "a\x00b\n", "\xff\xfe\n", "\u2028a\u2029\n",
	"[![a](b)](c \"d\")[e][f][g]()\n", "``a`b``` `c\n", "*a **b* c**_d__\n", "<http://a b><a@b.c><d>\n", "[a](<b\n)c\n", "---\n\n---\n", "+++\n", "---\na: [\n---\n", ":::note\na\n:::\n", "!!! a\n    b\n", "{{< a >}}\n{% b %}\n", "[^1]: a\n    b\n\n[^1]\n", "<details><summary>a</summary>\n\n```sh\nls\n```\n\n</details>\n",
	"- a\n\n  ```sh\n  ls\n ```\n  b\n", "1. ```\n   a\n2. b\n   ```\n", "```sh\n$ a\nb\n# c\n", "> **P1**: a\n> - b\n", "### P1\n### P1\n", "## Symptoms\n## Resolution\n", "## Rollback\n1.\n2.\n", "a", "", "\n\n\n",
}

// TestAwkwardMarkdown reads each piece alone and all of them one after the other, in two orders:
// nothing may be lost, and nothing may take long.
func TestAwkwardMarkdown(t *testing.T) {
	backwards := slices.Clone(awkward)
	slices.Reverse(backwards)
	texts := []string{strings.Join(awkward, "\n"), strings.Join(backwards, "\n"), strings.Join(awkward, ""), strings.Join(backwards, "")}
	for _, piece := range awkward {
		texts = append(texts, "word\n\n"+piece, "word\n"+piece+"\n\nend", "> word\n> "+piece, "- word\n\n  "+strings.ReplaceAll(piece, "\n", "\n  "))
	}
	for _, text := range texts {
		r := parsed(t, strings.ReplaceAll(text, "\x00", "\\0"))
		if got := rebuilt(r); got != string(r.Source) {
			t.Errorf("the parts hold %d of %d bytes of %q", len(got), len(r.Source), text)
		}
	}
	if took := timed(t, strings.ReplaceAll(strings.Repeat(texts[0], 50), "\x00", ""), 200*time.Millisecond); took > 200*time.Millisecond {
		t.Errorf("%d bytes took %s", 50*len(texts[0]), took)
	}
}
