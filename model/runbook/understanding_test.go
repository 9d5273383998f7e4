package runbook

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	// further names a folder of runbooks with a .want file beside each, to measure the parser on files
	// that are not the project's: go test ./model/runbook -run xxx -bench Understanding -runbooks DIR
	further = flag.String("runbooks", "", "a folder of further runbooks with .want files, for BenchmarkUnderstanding")
	remiss  = flag.Bool("remiss", false, "write testdata/corpus/missed anew, of what the parser does not find today")
)

// missedFile lists what the parser is known not to find, or to find wrongly, in the public runbooks:
// the .want files say what a person found, whether the parser does or not.
const missedFile = "testdata/corpus/missed"

// ownWants are the .want files of the project's own runbooks, and publicWants those of the public ones,
// where they lie beside the checkout.
func ownWants(t testing.TB) []want {
	t.Helper()
	return readWants(t, "testdata/shapes", "testdata/shapes")
}

func publicWants(t testing.TB) []want {
	t.Helper()
	if _, err := os.Stat(shared); err != nil {
		return nil
	}
	return readWants(t, "testdata/corpus", filepath.Join(shared, "corpus"))
}

// TestUnderstandsAsAPersonDoes holds the parser to what a person found in each of the project's own
// runbooks.
func TestUnderstandsAsAPersonDoes(t *testing.T) {
	for _, w := range ownWants(t) {
		for _, m := range misses(t, w) {
			t.Error(m)
		}
	}
}

// TestMissesNoMoreThanIsKnown holds the parser to what a person found in the public runbooks, but for
// what is known to be missed. The list is exact: what is mended comes off it.
func TestMissesNoMoreThanIsKnown(t *testing.T) {
	wants := publicWants(t)
	if len(wants) == 0 {
		t.Logf("%s is not here", shared)
		return
	}
	var now []string
	for _, w := range wants {
		now = append(now, misses(t, w)...)
	}
	if *remiss {
		if err := os.WriteFile(missedFile, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(missedFile)
	if err != nil {
		t.Fatal(err)
	}
	worse, mended := compare(now, strings.Split(strings.TrimSpace(string(text)), "\n"))
	for _, m := range worse {
		t.Errorf("not known: %s", m)
	}
	for _, m := range mended {
		t.Errorf("mended, or changed: take it off %s: %s", missedFile, m)
	}
}

// misses writes a line for each kind of part of which not all, or more, was found in a runbook.
func misses(t testing.TB, w want) []string {
	var out []string
	got := understood(load(t, w.path))
	for _, kind := range kinds {
		words, checked := w.parts[kind]
		if !checked {
			continue
		}
		missing, extra := compare(words, got[kind])
		line := fmt.Sprintf("%s %s:", w.name, kind)
		for _, m := range missing {
			line += " -" + m
		}
		for _, e := range extra {
			line += " +" + e
		}
		if len(missing)+len(extra) > 0 {
			out = append(out, line)
		}
	}
	return out
}

// leastFound is what is found of each kind of part in the public runbooks at least, in per cent, and
// what share of the found is right: writing the list of misses anew does not hide a loss.
var leastFound = map[string][2]float64{
	"severities": {100, 100}, "escalation": {65, 95}, "scenarios": {98, 100}, "symptoms": {86, 86}, "diagnosis": {81, 76},
	"resolutions": {89, 94}, "procedures": {96, 95}, "steps": {95, 95}, "placeholders": {99, 98}, "expectations": {100, 100},
	"checklists": {88, 93}, "templates": {90, 100}, "postmortem": {87, 87}, "contacts": {100, 58},
}

// TestFindsAtLeast keeps the figures from falling.
func TestFindsAtLeast(t *testing.T) {
	for kind, s := range scores(t, publicWants(t)) {
		recall, precision := 100*s.recall(), 100*s.precision()
		if least := leastFound[kind]; recall < least[0] || precision < least[1] {
			t.Errorf("%s: recall %.1f %%, precision %.1f %%, at least %g and %g expected", kind, recall, precision, least[0], least[1])
		}
	}
}

// scores counts what was found of each kind of part.
func scores(t testing.TB, wants []want) map[string]score {
	t.Helper()
	out := map[string]score{}
	for _, w := range wants {
		got := understood(load(t, w.path))
		for _, kind := range kinds {
			words, checked := w.parts[kind]
			if !checked {
				continue
			}
			missing, extra := compare(words, got[kind])
			s := out[kind]
			out[kind] = score{s.found + len(words) - len(missing), s.wanted + len(words), s.extra + len(extra)}
		}
	}
	return out
}

// BenchmarkUnderstanding prints recall and precision for each kind of part, over all runbooks, over the
// public ones and over the project's own, and the time that reading and comparing them takes.
func BenchmarkUnderstanding(b *testing.B) {
	own, public := ownWants(b), publicWants(b)
	sets := []struct {
		name  string
		wants []want
	}{{"all", append(append([]want{}, public...), own...)}, {"public", public}, {"own", own}}
	if *further != "" {
		sets = sets[:1]
		sets[0].name, sets[0].wants = "further", readWants(b, *further, *further)
		if testing.Verbose() {
			for _, w := range sets[0].wants {
				b.Log(strings.Join(misses(b, w), "\n"))
			}
		}
	}
	for _, set := range sets {
		for _, kind := range append([]string{"everything"}, kinds...) {
			b.Run(fmt.Sprintf("%s-%d/%s", set.name, len(set.wants), kind), func(b *testing.B) {
				var s score
				for b.Loop() {
					s = score{}
					for k, of := range scores(b, set.wants) {
						if k == kind || kind == "everything" {
							s = score{s.found + of.found, s.wanted + of.wanted, s.extra + of.extra}
						}
					}
				}
				b.ReportMetric(s.recall(), "recall")
				b.ReportMetric(s.precision(), "precision")
				b.ReportMetric(float64(s.wanted), "parts")
			})
		}
	}
}
