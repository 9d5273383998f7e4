package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/ui/cli"
)

// aside has one finding that no other rule's examples can take away: a comment that silences nothing.
const aside = "# Restart\n\n## Rollback\n\n<!-- calm-lint-ignore no-such-rule: why -->\n\nAsk whoever is on call.\n"

// shelf hands out runbooks by name; a name that it does not have can't be read.
type shelf map[string]string

func (s shelf) books(_ cli.Flags, names []string) []cli.Book {
	if len(names) == 0 {
		names = []string{"own.md"}
	}
	var out []cli.Book
	for _, n := range names {
		b := cli.Book{Path: n}
		if text, ok := s[n]; ok {
			b.Runbook, b.Err = runbook.Parse(n, []byte(text))
		} else {
			b.Err = errors.New("no runbook at " + n + ":\nname another")
		}
		out = append(out, b)
	}
	return out
}

// nowhere is a practice host that nothing is asked of.
type nowhere struct{ cli.Practice }

func (nowhere) Faults() []string { return nil }

type outcome struct {
	code     int
	out, err string
}

func linted(t *testing.T, s shelf, change func(*cli.Parts), args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	parts := cli.Parts{Version: "v1.2.3", In: strings.NewReader(aside), Out: &out, Err: &errs, Books: s.books, Practice: func(string) cli.Practice { return nowhere{} }}
	if change != nil {
		change(&parts)
	}
	code := cli.Run(t.Context(), parts, append([]string{"runbook", "lint"}, args...))
	return outcome{code, out.String(), errs.String()}
}

func TestLintText(t *testing.T) {
	s := shelf{"own.md": aside, "clean.md": "# Restart\n\nAsk whoever is on call.\n"}
	got := linted(t, s, nil)
	const want = "own.md:5: warning: there is no rule \"no-such-rule\", so this comment silences nothing  [unused-ignore]\n    `calm runbook lint --rules` lists the rules.\n"
	if got.code != 0 || got.out != want || got.err != "1 warning in 1 file\n" {
		t.Errorf("%+v", got)
	}
	if got = linted(t, s, nil, "clean.md", "own.md"); got.out != want || got.err != "1 warning in 2 files\n" {
		t.Errorf("%+v", got)
	}
	if got = linted(t, s, nil, "clean.md"); got != (outcome{0, "", "nothing found in 1 file\n"}) {
		t.Errorf("%+v", got)
	}
	if got = linted(t, s, nil, "-"); !strings.HasPrefix(got.out, "-:5: warning: ") {
		t.Errorf("stdin: %+v", got)
	}
	// A file that can't be read is said, and the others are looked at all the same.
	got = linted(t, s, nil, "gone.md", "own.md")
	if got.code != 2 || got.out != want || got.err != "calm: no runbook at gone.md:; name another\n" {
		t.Errorf("%+v", got)
	}
}

// TestLintOnATerminal groups by file; colour comes only with the leave to use it.
func TestLintOnATerminal(t *testing.T) {
	s := shelf{"own.md": aside}
	got := linted(t, s, func(p *cli.Parts) { p.Width = 80 })
	if !strings.HasPrefix(got.out, "own.md\n     5  warning: ") || strings.Contains(got.out, "\x1b") {
		t.Errorf("%q", got.out)
	}
	for line := range strings.Lines(got.out) {
		if len(line) > 81 {
			t.Errorf("%d columns on a terminal of 80: %q", len(line)-1, line)
		}
	}
	got = linted(t, s, func(p *cli.Parts) { p.Width, p.Color = 80, true })
	if !strings.Contains(got.out, "\x1b[33mwarning\x1b[m: ") {
		t.Errorf("%q", got.out)
	}
}

// TestLintFailsOnErrors takes the first rule of each level: only an error is a failure.
func TestLintFailsOnErrors(t *testing.T) {
	tried := map[lint.Level]bool{}
	for _, r := range lint.Rules() {
		if tried[r.Level] {
			continue
		}
		rb, err := runbook.Parse("own.md", []byte(r.Bad))
		if err != nil {
			t.Fatal(err)
		}
		if len(lint.Check(rb)) == 0 {
			continue // it asks for files
		}
		tried[r.Level] = true
		want := 0
		if r.Level == lint.Error {
			want = 1
		}
		if got := linted(t, shelf{"own.md": r.Bad}, nil); got.code != want {
			t.Errorf("%s, a rule of level %s: exit %d", r.ID, r.Level, got.code)
		}
	}
}

func TestLintJSON(t *testing.T) {
	got := linted(t, shelf{"own.md": aside}, nil, "--format", "json")
	var found []lint.Finding
	if err := json.Unmarshal([]byte(got.out), &found); err != nil || len(found) != 1 || got.err != "" {
		t.Fatalf("%v: %+v", err, got)
	}
	if f := found[0]; f.Rule != "unused-ignore" || f.Level != lint.Warning || f.File != "own.md" || f.Line != 5 || f.Help == "" {
		t.Errorf("%+v", f)
	}
	if got = linted(t, shelf{"own.md": "# Fine\n\nWords.\n"}, nil, "--format", "json"); got.out != "[]\n" {
		t.Errorf("nothing found is %q", got.out)
	}
	var rules []map[string]string
	got = linted(t, nil, nil, "--rules", "--format", "json")
	if err := json.Unmarshal([]byte(got.out), &rules); err != nil || len(rules) != len(lint.Rules()) || rules[0]["bad"] == "" {
		t.Errorf("%v: %.200s", err, got.out)
	}
}

func TestLintUsage(t *testing.T) {
	for _, args := range [][]string{{"--format", "xml"}, {"--rules", "a.md"}, {"--rules", "--format", "sarif"}} {
		if got := linted(t, shelf{"a.md": aside}, nil, args...); got.code != 2 || got.out != "" || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%q: %+v", args, got)
		}
	}
	if got := linted(t, nil, nil, "--rules"); strings.Count(got.out, "\n") != len(lint.Rules()) || !strings.Contains(got.out, "unused-ignore ") {
		t.Errorf("%s", got.out)
	}
}
