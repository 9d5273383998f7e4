package runbooks_test

import (
	"io/fs"
	"strings"
	"testing"

	"calm/model/runbook"
	"calm/runbooks"
)

// TestEveryRunbookParses reads every built-in file: none may be without a title, severities,
// scenarios or steps, and none may need a warning.
func TestEveryRunbookParses(t *testing.T) {
	files, err := fs.Glob(runbooks.FS, "*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no built-in runbook: %v", err)
	}
	for _, name := range files {
		src, err := runbooks.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := runbook.Parse(name, src)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Title == "" || len(r.Severities) == 0 || len(r.Scenarios) == 0 || len(r.Procedures) == 0 {
			t.Errorf("%s: title %q, %d severities, %d scenarios, %d procedures", name, r.Title, len(r.Severities), len(r.Scenarios), len(r.Procedures))
		}
		for _, w := range r.Warnings {
			t.Errorf("%s:%d: %s", name, w.Line, w.Text)
		}
	}
}

func TestDefaultIsOneOfThem(t *testing.T) {
	name, src := runbooks.Default()
	if !strings.HasSuffix(name, ".md") || len(src) == 0 {
		t.Fatalf("Default() = %q with %d bytes", name, len(src))
	}
}
