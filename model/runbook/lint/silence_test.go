package lint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"calm/model/runbook"
)

// tried is a rule for the tests of silencing: it speaks up at every line that says "wrong".
func tried(p *pass) {
	p.rule = Rule{ID: unusedIgnore.ID, Level: Note}
	for i, l := range p.page.lines {
		if strings.Contains(l.text, "wrong") {
			p.rule.ID = "bad-word"
			p.report(i+1, "", "wrong", "Write right.")
		}
	}
}

// heard lists what is found in a text, by line, when "wrong" is a rule.
func heard(t *testing.T, text string) string {
	t.Helper()
	rb := parse(t, text)
	p := &pass{rb: rb, page: readPage(rb)}
	tried(p)
	p.silence()
	var out []string
	for _, f := range p.found {
		out = append(out, fmt.Sprintf("%s %d", f.Rule, f.Line))
	}
	return strings.Join(out, ", ")
}

func TestSilence(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":             {"# T\n\nwrong\n", "bad-word 3"},
		"on the line":         {"# T\n\nwrong <!-- calm-lint-ignore bad-word: why -->\n\nwrong\n", "bad-word 5"},
		"on the line before":  {"# T\n\n<!-- calm-lint-ignore bad-word -->\nwrong\nwrong\n\nwrong\n", "bad-word 7"},
		"with a blank line":   {"# T\n\n<!-- calm-lint-ignore bad-word -->\n\nwrong\n", ""},
		"one of two":          {"# T\n\n<!-- calm-lint-ignore bad-word, other-word -->\nwrong\n", "unused-ignore 3"},
		"two comments":        {"# T\n\n<!-- calm-lint-ignore bad-word -->\n<!-- calm-lint-ignore other -->\nwrong\n", "unused-ignore 4"},
		"a fence":             {"# T\n\n<!-- calm-lint-ignore bad-word -->\n```sh\nwrong\n\nwrong\n```\n\nwrong\n", "bad-word 10"},
		"a chapter":           {"# T\n\n<!-- calm-lint-ignore bad-word -->\n## A\n\nwrong\n\n### B\n\nwrong\n\n## C\n\nwrong\n", "bad-word 14"},
		"the whole file":      {"<!-- calm-lint-ignore bad-word -->\n# T\n\nwrong\n\n## C\n\nwrong\n", ""},
		"behind a command":    {"# T\n\n```sh\nwrong # calm-lint-ignore bad-word: why\nwrong\n```\n", "bad-word 5"},
		"before a command":    {"# T\n\n```sh\n# calm-lint-ignore bad-word\n# What it does\nwrong \\\n  wrong\nwrong\n```\n", "bad-word 8"},
		"in other code":       {"# T\n\n```js\n// calm-lint-ignore bad-word\nwrong\n```\n", ""},
		"in a list":           {"# T\n\n1. wrong <!-- calm-lint-ignore bad-word -->\n2. wrong\n", "bad-word 4"},
		"no rule":             {"# T\n\n<!-- calm-lint-ignore -->\nfine\n", "unused-ignore 3"},
		"nothing to silence":  {"# T\n\n<!-- calm-lint-ignore left-blank: x -->\nfine\n", "unused-ignore 3"},
		"at the end":          {"# T\n\nwrong\n<!-- calm-lint-ignore bad-word -->", "bad-word 3, unused-ignore 4"},
		"within quotes":       {"# T\n\n```sh\necho \"wrong # calm-lint-ignore bad-word\"\n```\nwrong\n", "bad-word 4, bad-word 6"},
		"the line's end, DOS": {"# T\r\n\r\nwrong <!-- calm-lint-ignore bad-word -->\r\n", ""},
	} {
		if got := heard(t, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestSilencingShowsNowhere: the comment is for calm and the next writer, not for whoever is at work.
func TestSilencingShowsNowhere(t *testing.T) {
	const with = "# T\n\n## Scenario 1: It hangs\n\n**Symptoms**:\n- It hangs <!-- calm-lint-ignore x: why -->\n\n**Diagnosis**:\n\n" +
		"<!-- calm-lint-ignore x: why -->\n```bash\n# calm-lint-ignore x: why\n# Look\nuptime # calm-lint-ignore x: why\n```\n\n" +
		"**Resolution**:\n1. Restart it <!-- calm-lint-ignore x: why -->\n\n## Note\n\nSome words. <!-- calm-lint-ignore x: why -->\n"
	var got, want strings.Builder
	rb := parse(t, with)
	if err := rb.WriteText(&got); err != nil {
		t.Fatal(err)
	}
	if err := parse(t, blanked(with)).WriteText(&want); err != nil {
		t.Fatal(err)
	}
	_, a, _ := strings.Cut(got.String(), "\n\n")
	_, b, _ := strings.Cut(want.String(), "\n\n")
	if a != b || strings.Contains(a, "calm-lint") || strings.Contains(a, "why") {
		t.Errorf("with the comments\n%s\nwithout\n%s", a, b)
	}
	rb.EachStep(func(s runbook.StepRef) bool {
		if strings.Contains(s.Step.Text+s.Step.Note+s.Step.Title, "why") || strings.HasSuffix(s.Step.Text, " ") {
			t.Errorf("step %q: text %q, note %q", s.Step.Title, s.Step.Text, s.Step.Note)
		}
		return true
	})
	for _, s := range rb.Sections {
		if strings.Contains(s.Body, "calm-lint") {
			t.Errorf("section %q: %q", s.Title, s.Body)
		}
	}
}

func blanked(text string) string {
	b := []byte(text)
	for _, ig := range runbook.Ignores(b) {
		for i := ig.Start; i < ig.End; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// TestManyCommentsAreFast: a file of nothing but comments takes no more time than its size.
func TestManyCommentsAreFast(t *testing.T) {
	for name, unit := range map[string]string{
		"stacked": "<!-- calm-lint-ignore bad-word -->\n", "each with its line": "<!-- calm-lint-ignore bad-word -->\nwrong\n\n",
		"on chapters": "<!-- calm-lint-ignore bad-word -->\n## A\n\nwrong\n\n",
	} {
		rb := parse(t, "# T\n\n"+strings.Repeat(unit, 300_000/len(unit))+"wrong\n")
		start := processorTime(t)
		p := &pass{rb: rb, page: readPage(rb)}
		tried(p)
		p.silence()
		if took := processorTime(t) - start; took > 2*time.Second {
			t.Errorf("%s: %s", name, took)
		}
	}
}
