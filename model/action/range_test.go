package action

import (
	"testing"

	"calm/model/runbook"
	"calm/model/signal"
)

// TestFullIsByTheCapacityThen: a cure that makes the heap larger is not held to the old one.
func TestFullIsByTheCapacityThen(t *testing.T) {
	old := 64.0
	e := Expectation{Full: true, Range: runbook.Predicate{Max: &old, MaxOpen: true}}
	for _, test := range []struct {
		value, of float64
		met       bool
	}{{312, 4096, true}, {4096, 4096, false}, {63, 32, false}, {63, 0, true}, {64, 0, false}} {
		if got := e.met(signal.Sample{Value: test.value, Of: test.of}); got != test.met {
			t.Errorf("%v of %v: %v", test.value, test.of, got)
		}
	}
	if got := e.wanted(signal.Spec{}); got != "not full" {
		t.Error(got)
	}
}
