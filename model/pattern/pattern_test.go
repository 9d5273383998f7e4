package pattern_test

import (
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"calm/model/pattern"
	_ "calm/model/runbook"
)

// texts are lines of the built-in runbook, and what is awkward in lines.
func texts(t testing.TB) []string {
	t.Helper()
	src, err := os.ReadFile("../../runbooks/aurora-concierge.md")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i, l := range strings.Split(string(src), "\n") {
		if i%4 == 0 { // all of them take regexp a while
			list = append(list, l)
		}
	}
	list = append(list, string(src[:2000]), "", "\n", " ", "a\nb", "\xff\xfe bad \xf0\x9f", "ſeverity K ſ", "🚨 SEV-1: ÉCOLE", "\x00", "x\r\n",
		strings.Repeat("severity ", 40), strings.Repeat("[", 300), "P0–P1", "level 1 — done", "５", "İmpact", "ᏣᎳᎩ", "\u2028", "a_b", "_", "-")
	for _, l := range slices.Clone(list) {
		list = append(list, strings.ToLower(l))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// TestPatternsSayWhatRegexpSays holds every pattern of the parser to package regexp.
func TestPatternsSayWhatRegexpSays(t *testing.T) {
	lines := texts(t)
	if len(pattern.Known()) < 100 {
		t.Fatalf("only %d patterns are linked in", len(pattern.Known()))
	}
	for _, p := range pattern.Known() {
		re, undecided := regexp.MustCompile(p.String()), 0
		for _, s := range lines {
			if got, want := p.MatchString(s), re.MatchString(s); got != want {
				t.Fatalf("%s on %q: %v, want %v", p, s, got, want)
			}
			if p.Undecided(s) {
				undecided++
			}
			if got, want := p.FindAllStringSubmatchIndex(s, -1), re.FindAllStringSubmatchIndex(s, -1); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s on %q: %v, want %v", p, s, got, want)
			}
		}
		if undecided > 0 {
			t.Errorf("%s: %d texts need more states than there may be", p, undecided)
		}
	}
}

// small are expressions with every kind of instruction.
var small = []string{
	``, `a`, `^a`, `a$`, `^$`, `(?m)^a$`, `\ba\b`, `\Ba`, `(?i)k`, `(?i)s+k`, `[^a]`, `.`, `(?s).`, `a|b|^c`, `^a|^b`, `(?:ab)*c`, `a{2,4}$`, `\p{L}{2,3}\d`, `[^\x00-\x{10FFFF}]`,
	`(a)(b)?`, `x*`, `\A-\z`, `(?i)\bé\b`, `\s\S`, `[[:punct:]]+$`, `(?m)$`, `\b`, `\B`, `a\b.{0,3}\bb`, `-*b`, `(?:- )*(b|a)`, `a|ab|-a`, `[ab]+?\b`, `(?i)\b(?:a|é)b\b`, `a(?:.*)b`, `(?s)-.*a`,
}

func TestKindsOfExpressions(t *testing.T) {
	lines := append(texts(t), "a", "b", "ab", "abc", "aaab", "ba", "a b", "K", "ſK", "kS", "é", "É a", "-", "\na\n", "b\na", "éé5")
	for _, expr := range small {
		p := pattern.New(expr)
		re := regexp.MustCompile(expr)
		for _, s := range lines {
			same(t, p, re, s)
		}
	}
}

// same compares every answer of a pattern with that of package regexp.
func same(t *testing.T, p *pattern.Pattern, re *regexp.Regexp, s string) {
	t.Helper()
	for name, pair := range map[string][2]any{
		"MatchString":                {p.MatchString(s), re.MatchString(s)},
		"FindString":                 {p.FindString(s), re.FindString(s)},
		"FindStringIndex":            {p.FindStringIndex(s), re.FindStringIndex(s)},
		"FindStringSubmatch":         {p.FindStringSubmatch(s), re.FindStringSubmatch(s)},
		"FindStringSubmatchIndex":    {p.FindStringSubmatchIndex(s), re.FindStringSubmatchIndex(s)},
		"FindAllString":              {p.FindAllString(s, 2), re.FindAllString(s, 2)},
		"FindAllStringIndex":         {p.FindAllStringIndex(s, -1), re.FindAllStringIndex(s, -1)},
		"FindAllStringSubmatch":      {p.FindAllStringSubmatch(s, -1), re.FindAllStringSubmatch(s, -1)},
		"FindAllStringSubmatchIndex": {p.FindAllStringSubmatchIndex(s, -1), re.FindAllStringSubmatchIndex(s, -1)},
		"ReplaceAllString":           {p.ReplaceAllString(s, "<$0>"), re.ReplaceAllString(s, "<$0>")},
		"Split":                      {p.Split(s, -1), re.Split(s, -1)},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Fatalf("%s of %q on %q: %v, want %v", name, p, s, pair[0], pair[1])
		}
	}
}

// TestTooManyStates asks an expression whose automaton has no bound that could be held.
func TestTooManyStates(t *testing.T) {
	p := pattern.New(`a.{0,14}b.{0,14}c$`)
	re := regexp.MustCompile(p.String())
	undecided := false
	chance := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s := ""
		for range 60 {
			s += string("abc"[chance.IntN(3)])
		}
		if got, want := p.MatchString(s), re.MatchString(s); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
		undecided = undecided || p.Undecided(s)
	}
	if !undecided {
		t.Error("the text was to need more states than there may be")
	}
}

// TestManyAtOnce asks one pattern from many goroutines while its states are being built.
func TestManyAtOnce(t *testing.T) {
	p := pattern.New(`(?i)\b(?:sev|é)[- ]?\d\b|x\p{Greek}y`)
	re := regexp.MustCompile(p.String())
	lines := texts(t)
	done := make(chan string)
	for w := range 8 {
		go func() {
			wrong := ""
			for i := range lines {
				s := lines[(i*7+w)%len(lines)]
				if p.MatchString(s) != re.MatchString(s) {
					wrong = s
				}
			}
			done <- wrong
		}()
	}
	for range 8 {
		if wrong := <-done; wrong != "" {
			t.Errorf("on %q", wrong)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, expr := range small {
		f.Add(expr, "a b\nSEV-1 é")
	}
	f.Fuzz(func(t *testing.T, expr, s string) {
		re, err := regexp.Compile(expr)
		if err != nil || len(expr) > 60 {
			return
		}
		same(t, pattern.New(expr), re, s)
	})
}
