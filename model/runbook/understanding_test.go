package runbook

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// further names a folder of runbooks with a .want file beside each, to measure the parser on files
// that are not the project's: go test ./model/runbook -run xxx -bench Understanding -runbooks DIR
var further = flag.String("runbooks", "", "a folder of further runbooks with .want files, for BenchmarkUnderstanding")

// wantsHere are the .want files of the project: of its own runbooks and, where they lie beside the
// checkout, of the public ones.
func wantsHere(t testing.TB) []want {
	t.Helper()
	all := readWants(t, "testdata/shapes", "testdata/shapes")
	if _, err := os.Stat(shared); err == nil {
		all = append(all, readWants(t, "testdata/corpus", filepath.Join(shared, "corpus"))...)
	}
	return all
}

// TestUnderstandsAsAPersonDoes holds the parser to what a person found in each runbook.
func TestUnderstandsAsAPersonDoes(t *testing.T) {
	for _, w := range wantsHere(t) {
		t.Run(w.name, func(t *testing.T) {
			got := understood(load(t, w.path))
			for _, kind := range kinds {
				words, checked := w.parts[kind]
				if !checked {
					continue
				}
				missing, extra := compare(words, got[kind])
				if len(missing)+len(extra) > 0 {
					t.Errorf("%s: not found: %s; not wanted: %s", kind, strings.Join(missing, " "), strings.Join(extra, " "))
				}
			}
		})
	}
}

// BenchmarkUnderstanding prints recall and precision for each kind of part, and the time that one
// runbook takes.
func BenchmarkUnderstanding(b *testing.B) {
	wants := wantsHere(b)
	if *further != "" {
		wants = readWants(b, *further, *further)
	}
	sources := make([][]byte, len(wants))
	for i, w := range wants {
		src, err := os.ReadFile(w.path)
		if err != nil {
			b.Fatal(err)
		}
		sources[i] = src
	}
	for _, kind := range kinds {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				var s score
				for i, w := range wants {
					words, checked := w.parts[kind]
					if !checked {
						continue
					}
					r, err := Parse(w.path, sources[i])
					if err != nil {
						b.Fatal(err)
					}
					missing, extra := compare(words, understood(r)[kind])
					s.wanted += len(words)
					s.found += len(words) - len(missing)
					s.extra += len(extra)
					if *further != "" && testing.Verbose() && len(missing)+len(extra) > 0 {
						b.Logf("%s: not found: %s; not wanted: %s", w.name, strings.Join(missing, " "), strings.Join(extra, " "))
					}
				}
				b.ReportMetric(s.recall(), "recall")
				b.ReportMetric(s.precision(), "precision")
				b.ReportMetric(float64(s.wanted), "parts")
			}
		})
	}
}
