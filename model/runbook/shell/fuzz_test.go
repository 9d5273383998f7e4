package shell

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// covered checks what Split promises: steps in order, each text inside its
// step's range, and nothing but blanks and comments outside.
func covered(block string, steps []Step) error {
	at := 0
	for i, s := range steps {
		switch {
		case s.Start < at || s.End < s.Start || s.End > len(block):
			return fmt.Errorf("step %d is at %d to %d, after %d of %d", i, s.Start, s.End, at, len(block))
		case s.TextStart < s.Start || s.TextStart+len(s.Text) > s.End || block[s.TextStart:s.TextStart+len(s.Text)] != s.Text:
			return fmt.Errorf("step %d: its text is not at %d", i, s.TextStart)
		case strings.Count(block[:s.TextStart], "\n") != s.Line && s.Text != "":
			return fmt.Errorf("step %d says line %d, is on %d", i, s.Line, strings.Count(block[:s.TextStart], "\n"))
		}
		if rest := leftOver(block[at:s.Start]); rest != "" {
			return fmt.Errorf("%q before step %d is lost", rest, i)
		}
		for _, p := range s.Placeholders {
			if p.Offset < 0 || p.Offset+len(p.Text) > len(s.Text) || s.Text[p.Offset:p.Offset+len(p.Text)] != p.Text {
				return fmt.Errorf("step %d: %q is not at %d", i, p.Text, p.Offset)
			}
		}
		at = s.End
	}
	if rest := leftOver(block[at:]); rest != "" {
		return fmt.Errorf("%q at the end is lost", rest)
	}
	return nil
}

// leftOver returns what of a gap is neither blank nor a comment. A gap can
// begin on the line of the step before it.
func leftOver(gap string) string {
	for line := range strings.Lines(gap) {
		if rest := strings.TrimSpace(line); rest != "" && rest[0] != '#' {
			return rest
		}
	}
	return ""
}

var seeds = []string{
	"# 1. Look\nls -l | grep x # expect 0\n", "$ ls\nout\n\n# c\n$ rm x\n", "cat <<EOF\n$(rm x)\nEOF\n", "location / {\n return 503;\n}\n", "0 */12 * * * pm2 restart x", "mongosh\nuse a\ndb.a.drop()\nexit\n", "psql\nselect 1;\n\\q",
	"git revert <bad-sha> --no-edit", "a=$(b); find . $a", "{\n \"a\": 1\n}", "if x; then\n\n# y\nfi", "echo 'a\nb", "\x00\x01\x02\x03", "a\r\nb\r\n", "# Expected:\n# a\n", "curl x\n# Expected:\n#  a\n#\n\n# b", "((((", "${a:-${b:-$(c)}}", "bash -c \"bash -c 'rm x'\"",
	"awk '/\"/ {print | \"sh\"}'", "sed s/a/b/e", "mongosh --eval 'db[\"x\"]()'", "psql -c \"SELECT '\\'\"", "\\\n\\\n", "a \\", "a |", "a &&", "<<", "<<a", "> x", "user@host:~$ ls", "# lsblk\nx y", "[X] {y} {{z}} <w> YOUR_X ... XXX", "\xff\xfe# a\n", "let x=1\nlet y = 2", "FOO=bar\n...\n",
}

func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		for _, lang := range []string{"bash", "console", "", "sql"} {
			f.Add(s, lang)
		}
	}
	f.Fuzz(func(t *testing.T, block, lang string) {
		start := time.Now()
		steps := Split(block, lang)
		if took := time.Since(start); took > 2*time.Second {
			t.Fatalf("%d bytes took %s", len(block), took)
		}
		if err := covered(block, steps); err != nil {
			t.Fatalf("%q: %v\n%s", block, err, outline(steps))
		}
		for _, s := range steps {
			checkAnalysis(t, s.Text, s.Analysis)
			if !utf8.ValidString(s.Title) || strings.ContainsRune(s.Title, '\n') {
				t.Errorf("%q has the title %q", block, s.Title)
			}
		}
		LooksLikeShell(block)
	})
}

func FuzzAnalyze(f *testing.F) {
	for _, s := range append(seeds, hostile...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		got := Analyze(text)
		if took := time.Since(start); took > 2*time.Second {
			t.Fatalf("%d bytes took %s", len(text), took)
		}
		checkAnalysis(t, text, got)
		if again := Analyze(text); again.Risk != got.Risk || len(again.Touches) != len(got.Touches) {
			t.Errorf("%q is %s, then %s", text, got.Risk, again.Risk)
		}
		// A command that destroys goes on destroying behind anything readable.
		if both := Analyze("rm x\n" + text); both.Risk == Reads || both.Risk == Changes {
			t.Errorf("rm x before %q is %s", text, both.Risk)
		}
	})
}

func checkAnalysis(t *testing.T, text string, a Analysis) {
	t.Helper()
	switch a.Risk {
	case Reads, Changes, Unknown, Destroys:
	default:
		t.Errorf("%q has the risk %q", text, a.Risk)
	}
	for _, p := range a.Placeholders {
		if p.Offset < 0 || p.Offset+len(p.Text) > len(text) {
			t.Errorf("%q: the placeholder %q is at %d", text, p.Text, p.Offset)
		}
	}
	for _, touch := range a.Touches {
		if touch.Name == "" || strings.ContainsAny(touch.Name, unknowns) {
			t.Errorf("%q touches %q", text, touch.Name)
		}
	}
	for _, p := range a.Programs {
		if p == "" || strings.ContainsAny(p, unknowns) {
			t.Errorf("%q starts %q", text, p)
		}
	}
	checkCalls(t, text, a.Calls)
}

// Nothing a file can hold may make its reading slow.
// checkCalls holds the calls to what they say of each other and of the text.
func checkCalls(t *testing.T, text string, calls []Call) {
	t.Helper()
	for i, c := range calls {
		if c.Offset < 0 || c.Offset > len(text) || c.By >= i || c.From >= i || c.From < -1 || c.By < -1 || c.To < -1 || c.To >= len(calls) {
			t.Fatalf("%q: call %d of %d is at %d, from %d, to %d, by %d", text, i, len(calls), c.Offset, c.From, c.To, c.By)
		}
		c.Operands()
		for _, w := range c.Args() {
			w.Variables()
		}
		c.Has("-x")
		c.Value("--x")
	}
}

func TestLargeTextsAreReadInTime(t *testing.T) {
	const size = 10 << 20
	for _, piece := range []string{
		"(", "$(", "((", "{ ", "if ", "\"", "'", "`", "\\\n", "a", "a\n", "a|", "a&&", "# a\n", "# a\n\n", "$ a\n", "$ a\nb\n", "<a>", "[X] ", "{{a}}", "x", "...", "<<A\n", "cat <<A\n", "db.a.b(\n", "location / {\n", "SELECT\n", "{ \"a\":\n", "A=$A$A\n",
		"A=aaaaaaaa;B=$A$A$A;", "bash -c '", "echo \"", "if a\n", "while a; do\n", "${a:-", "case a in\n", "f() {\n", "- a b\n", "The end is near\n", "a \\\n", "rm <x> ", "/*", "sed 's/", "awk '/", " ", "\n", "\r\n", "\x00", "é", "$1", "# Expected:\n", "mktemp XXXX ",
	} {
		text := strings.Repeat(piece, size/len(piece))
		readers := map[string]func(){"Split": func() { Split(text, "bash") }}
		if strings.Contains("(a\n<a>$ a\n", piece) {
			readers["Analyze"] = func() { Analyze(text) }
			readers["Placeholders"] = func() { Placeholders(text) }
			readers["LooksLikeShell"] = func() { LooksLikeShell(text) }
			readers["Split of a console"] = func() { Split(text, "console") }
		}
		for name, read := range readers {
			start := time.Now()
			read()
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("%s of ten megabytes of %q took %s", name, piece, took)
			}
		}
	}
}
