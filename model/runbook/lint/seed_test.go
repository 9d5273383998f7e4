package lint

import (
	"fmt"
	"slices"
	"testing"
)

// TestSeed: what is wrong with the founders' runbook, by rule and line. It is the promise of the
// linter: a person opens the file there and sees it.
func TestSeed(t *testing.T) {
	found := Check(load(t, "../testdata/seed.md"), Exists(func(string) bool { return false }))
	var got []string
	distinct := map[string]bool{}
	for _, f := range found {
		got = append(got, fmt.Sprintf("%d %s", f.Line, f.Rule))
		distinct[f.Rule] = true
	}
	for _, want := range []string{
		"9 contents-incomplete", "51 severity-no-updates", "61 threshold-edge", "100 escalation-no-time",
		"112 placeholder-contact", "119 mojibake", "220 check-without-command", "250 check-without-command",
		"534 left-blank", "550 no-estimate", "581 dead-link", "582 placeholder-contact", "583 placeholder-contact",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("not found: %s", want)
		}
	}
	// What is fine in it stays fine: latency has no gap, and each of these was once found wrongly.
	for _, rule := range []string{"threshold-gap", "threshold-overlap", "threshold-never", "severity-no-response", "severity-times",
		"scenario-no-severity", "scenario-no-diagnosis", "scenario-no-resolution", "scenario-unknown-severity", "dead-anchor",
		"duplicate-name", "unclosed-fence", "approval-by-nobody", "escalation-to-nobody", "unfilled-field", "unused-ignore"} {
		if distinct[rule] {
			t.Errorf("%s is found in the seed: %q", rule, got)
		}
	}
	if len(distinct) < 12 {
		t.Errorf("%d rules find something, and the seed has more that is wrong", len(distinct))
	}
	t.Logf("%d findings of %d rules", len(found), len(distinct))
}
