package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"calm/model/runbook/lint"
	"calm/ui/cli"
)

// at follows a path of keys and indices through a document.
func at(t *testing.T, doc any, path ...any) any {
	t.Helper()
	for i, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := doc.(map[string]any)
			if !ok || m[p] == nil {
				t.Fatalf("no %v", path[:i+1])
			}
			doc = m[p]
		case int:
			l, ok := doc.([]any)
			if !ok || p >= len(l) {
				t.Fatalf("no %v", path[:i+1])
			}
			doc = l[p]
		}
	}
	return doc
}

func sarif(t *testing.T, s shelf, change func(*cli.Parts), args ...string) any {
	t.Helper()
	got := linted(t, s, change, append([]string{"--format", "sarif"}, args...)...)
	var doc any
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	return doc
}

// TestSARIF holds the document to what the schema of SARIF 2.1.0 requires, and to what GitHub's code
// scanning reads besides.
func TestSARIF(t *testing.T) {
	doc := sarif(t, shelf{"docs/a book.md": aside}, nil, "docs/a book.md")
	if v := at(t, doc, "version"); v != "2.1.0" {
		t.Errorf("version %v", v)
	}
	driver := at(t, doc, "runs", 0, "tool", "driver")
	if at(t, driver, "name") != "calm" || at(t, driver, "semanticVersion") != "1.2.3" {
		t.Errorf("%v", driver)
	}
	rules := at(t, driver, "rules").([]any)
	if len(rules) != len(lint.Rules()) {
		t.Errorf("%d rules", len(rules))
	}
	for i := range rules {
		for _, path := range [][]any{{"id"}, {"shortDescription", "text"}, {"fullDescription", "text"}, {"help", "text"}, {"help", "markdown"}, {"properties", "tags", 0}} {
			if s, ok := at(t, rules[i], path...).(string); !ok || s == "" {
				t.Errorf("rule %d: %v is empty", i, path)
			}
		}
		if l := at(t, rules[i], "defaultConfiguration", "level"); !slices.Contains([]any{"error", "warning", "note"}, l) {
			t.Errorf("rule %d: level %v", i, l)
		}
	}
	result := at(t, doc, "runs", 0, "results", 0)
	index := int(at(t, result, "ruleIndex").(float64))
	if id := at(t, result, "ruleId"); id != "unused-ignore" || at(t, rules, index, "id") != id || at(t, result, "level") != "warning" {
		t.Errorf("%v", result)
	}
	if m := at(t, result, "message", "text").(string); !strings.Contains(m, "silences nothing") {
		t.Errorf("message %q", m)
	}
	place := at(t, result, "locations", 0, "physicalLocation")
	if at(t, place, "artifactLocation", "uri") != "docs/a%20book.md" || at(t, place, "artifactLocation", "uriBaseId") != "%SRCROOT%" || at(t, place, "region", "startLine") != 5.0 {
		t.Errorf("%v", place)
	}
	if at(t, doc, "runs", 0, "invocations", 0, "executionSuccessful") != true {
		t.Error("it did not succeed")
	}
}

func TestSARIFPaths(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"./a.md": "a.md", "x/../a.md": "a.md", filepath.Join(dir, "b/c.md"): "b/c.md", "a:b#c?.md": "a%3Ab%23c%3F.md", "ü.md": "%C3%BC.md", "/nowhere/a b.md": "file:///nowhere/a%20b.md",
	} {
		doc := sarif(t, shelf{path: aside}, nil, path)
		if got := at(t, doc, "runs", 0, "results", 0, "locations", 0, "physicalLocation", "artifactLocation", "uri"); got != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
}

// TestSARIFFingerprints: an alert that somebody dismissed must not come back because a line above it
// was added, and two on equal lines are two.
func TestSARIFFingerprints(t *testing.T) {
	prints := func(text string) (out []string) {
		for _, r := range at(t, sarif(t, shelf{"own.md": text}, nil), "runs", 0, "results").([]any) {
			out = append(out, at(t, r, "partialFingerprints", "primaryLocationLineHash").(string))
		}
		return out
	}
	before := prints(aside)
	if after := prints("# Restart\n\nMore words.\n" + strings.TrimPrefix(aside, "# Restart\n")); len(before) != 1 || fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("%v became %v", before, after)
	}
	again := "\n<!-- calm-lint-ignore no-such-rule: why -->\n\nMore.\n"
	if both := prints(aside + again); len(both) != 2 || both[0] != before[0] || both[0] == both[1] {
		t.Errorf("%v", both)
	}
}

// TestSARIFOfWhatCantBeRead is a run that did not succeed, and says why.
func TestSARIFOfWhatCantBeRead(t *testing.T) {
	doc := sarif(t, shelf{"own.md": aside}, func(p *cli.Parts) { p.Version = "unknown" }, "gone.md", "own.md")
	ended := at(t, doc, "runs", 0, "invocations", 0)
	if at(t, ended, "executionSuccessful") != false || !strings.Contains(at(t, ended, "toolExecutionNotifications", 0, "message", "text").(string), "gone.md") {
		t.Errorf("%v", ended)
	}
	if len(at(t, doc, "runs", 0, "results").([]any)) != 1 {
		t.Error("the file that can be read was left out")
	}
	if driver := at(t, doc, "runs", 0, "tool", "driver").(map[string]any); driver["semanticVersion"] != nil {
		t.Errorf("%v is no version", driver["semanticVersion"])
	}
}
