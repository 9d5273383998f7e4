package lint

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"calm/model/runbook"
	"calm/runbooks"
)

var update = flag.Bool("update", false, "write docs/lint.md anew")

func parse(t testing.TB, text string) *runbook.Runbook {
	t.Helper()
	rb, err := runbook.Parse("book.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// thereAre is a folder for the examples: what is called so is in it.
func thereAre(path string) bool { return strings.Contains(path, "there") }

func brokenBy(t testing.TB, text string) []string {
	t.Helper()
	out := []string{}
	for _, f := range Check(parse(t, text), Exists(thereAre)) {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}

// TestExamples holds every rule to its page in the manual: what it shows as bad breaks this rule and
// no other, what it shows as good breaks none.
func TestExamples(t *testing.T) {
	for _, r := range Rules() {
		if got := brokenBy(t, r.Bad); !reflect.DeepEqual(got, []string{r.ID}) {
			t.Errorf("%s: its bad example breaks %q", r.ID, got)
		}
		if got := brokenBy(t, r.Good); len(got) > 0 {
			t.Errorf("%s: its good example breaks %q", r.ID, got)
		}
	}
}

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// TestRulesAreWhole: a rule without a reason or a remedy only scolds.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !kebab.MatchString(r.ID) || len(r.ID) > 32 || seen[r.ID] {
			t.Errorf("%q is no ID, or there are two", r.ID)
		}
		seen[r.ID] = true
		if r.Level != Error && r.Level != Warning && r.Level != Note {
			t.Errorf("%s: level %q", r.ID, r.Level)
		}
		if r.Title == "" || strings.ContainsAny(r.Title, "\n") || strings.HasSuffix(r.Title, ".") || len(r.Title) > 100 {
			t.Errorf("%s: title %q", r.ID, r.Title)
		}
		if len(r.Why) < 60 || len(r.Mend) < 20 || !strings.HasSuffix(r.Why, ".") || !strings.HasSuffix(r.Mend, ".") {
			t.Errorf("%s: why %q, mend %q", r.ID, r.Why, r.Mend)
		}
		if !strings.Contains(r.Page(), strings.TrimSpace(r.Bad)) || !strings.Contains(r.Page(), r.Mend) {
			t.Errorf("%s: its page lacks something", r.ID)
		}
	}
	if !slices.IsSortedFunc(Rules(), func(a, b Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the rules are not in the order of their IDs")
	}
}

// TestManual keeps docs/lint.md the page that the rules make.
func TestManual(t *testing.T) {
	const page = "../../../docs/lint.md"
	if *update {
		if err := os.WriteFile(page, []byte(Manual()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != Manual() {
		t.Error("docs/lint.md is not what the rules say; go generate ./model/runbook/lint makes it")
	}
}

// TestFindingsAreToBeUsed holds on every public runbook there is: a finding says what is wrong and
// what to do, in one line each, and points into the file.
func TestFindingsAreToBeUsed(t *testing.T) {
	for _, path := range everyRunbook(t) {
		rb := load(t, path)
		lines := bytes.Count(rb.Source, []byte("\n")) + 1
		ids := map[string]bool{}
		rb.EachStep(func(s runbook.StepRef) bool { ids[s.Step.ID] = true; return true })
		found := Check(rb, Exists(func(string) bool { return false }))
		for _, f := range found {
			if f.Line < 1 || f.Line > lines || f.File != path || !known(f.Rule) {
				t.Errorf("%s: %+v", path, f)
			}
			if f.Message == "" || f.Help == "" || strings.Contains(f.Message, "\n") || len(f.Message) > 240 {
				t.Errorf("%s:%d: %s says %q and %q", path, f.Line, f.Rule, f.Message, f.Help)
			}
			if f.Step != "" && !ids[f.Step] {
				t.Errorf("%s:%d: %s is about step %q, which there is not", path, f.Line, f.Rule, f.Step)
			}
		}
		if again := Check(rb, Exists(func(string) bool { return false })); !reflect.DeepEqual(found, again) {
			t.Errorf("%s: the second look finds something else", path)
		}
	}
}

// TestBuiltInIsClean: the runbook that comes with calm has nothing to be found, of no level.
func TestBuiltInIsClean(t *testing.T) {
	name, src := runbooks.Default()
	rb, err := runbook.Parse(name, src)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Check(rb) {
		t.Errorf("%s:%d: %s: %s [%s]\n    %s", name, f.Line, f.Level, f.Message, f.Rule, f.Help)
	}
}

// everyRunbook is the seed and, where it lies beside the checkout, the corpus.
func everyRunbook(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../../../../shared/corpus/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(files, "../testdata/seed.md")
}

func load(t testing.TB, path string) *runbook.Runbook {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rb, err := runbook.Parse(path, src)
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// TestAMegabyteIsFast is for an editor that lints at every pause in typing. It counts processor time:
// the clock on the wall would count what else the machine is doing.
func TestAMegabyteIsFast(t *testing.T) {
	text := string(load(t, "../testdata/seed.md").Source)
	rb := parse(t, strings.Repeat(text, 1<<20/len(text)))
	best := time.Hour
	for range 3 {
		start := processorTime(t)
		Check(rb)
		best = min(best, processorTime(t)-start)
	}
	t.Logf("%d bytes in %s", len(rb.Source), best)
	if best > 400*time.Millisecond { // a slow machine, and still no editor's pause
		t.Errorf("%d bytes took %s", len(rb.Source), best)
	}
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkCheck(b *testing.B) {
	text := string(load(b, "../testdata/seed.md").Source)
	rb := parse(b, strings.Repeat(text, 1<<20/len(text)))
	b.SetBytes(int64(len(rb.Source)))
	for b.Loop() {
		Check(rb)
	}
}

// TestFindingsOfOneRuleAreBounded because nobody reads the thousandth, and a file may have a million.
func TestFindingsOfOneRuleAreBounded(t *testing.T) {
	rb, err := runbook.Parse("x.md", []byte("# x\n"+strings.Repeat("# a\n", 3*most)))
	if err != nil {
		t.Fatal(err)
	}
	found := Check(rb)
	if len(found) != most+1 {
		t.Fatalf("%d findings", len(found))
	}
	if last := found[most]; last.Line != found[most-1].Line+1 || !strings.HasPrefix(last.Message, fmt.Sprintf("here, and in %d more places that are not listed: ", 2*most-2)) {
		t.Errorf("%+v", last)
	}
}
