package runbook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// shared is where the founders' documents lie, beside the checkout.
const shared = "../../../shared"

// beside skips a test over the founders' documents where only the project was cloned: they are not
// the project's to carry.
func beside(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("no %s: the public runbooks lie beside the checkout, not in it", shared)
	}
}

// load parses a file and fails the test when that is not possible.
func load(t testing.TB, path string) *Runbook {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(path, src)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// parsed parses a text that must be good.
func parsed(t testing.TB, text string) *Runbook {
	t.Helper()
	r, err := Parse("test.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func builtIn(t testing.TB) *Runbook { return load(t, "../../runbooks/aurora-concierge.md") }

func seed(t testing.TB) *Runbook { return load(t, "testdata/seed.md") }

// corpus lists the public runbooks that the parser is tried on.
func corpus(t testing.TB) []string {
	t.Helper()
	beside(t)
	files, err := filepath.Glob(filepath.Join(shared, "corpus", "*.md"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files of the corpus in %s/corpus: the checkout needs the shared folder beside it", len(files), shared)
	}
	return files
}

// short writes a value as JSON, for comparing.
func short(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
