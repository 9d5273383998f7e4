package triage

import (
	"os"
	"path/filepath"
	"testing"

	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
)

// seeds are the runbook as the team wrote it and as calm brings it along.
var seeds = []string{"../runbook/testdata/seed.md", "../../runbooks/aurora-concierge.md"}

func parse(t *testing.T, path string) *runbook.Runbook {
	t.Helper()
	src, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	rb, err := runbook.Parse(path, src)
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// Each fault, as a host shows it, leads to the runbook's own scenario and severity.
func TestSeedFaults(t *testing.T) {
	const (
		pool = signal.Name("log:MongoPoolClearedError")
		heap = signal.Name("log:JavaScript heap out of memory")
	)
	faults := []struct {
		name  string
		fault func(h host) signal.Snapshot
		leads int
		level int
	}{
		{"healthy", func(h host) signal.Snapshot { return h.look(0, 0) }, 0, 0},
		{"flag off", func(h host) signal.Snapshot { return h.set(signal.Sample{Name: signal.Widget, Text: "no"}).look(0, 0) }, 1, 3},
		{"products failing", func(h host) signal.Snapshot {
			return h.set(signal.Sample{Name: signal.ErrorRatio, Value: 0.31}).set(signal.Sample{Name: signal.FailedRoutes, Value: 1, Of: 4}).
				set(signal.Sample{Name: "error_ratio@/api/support/products", Value: 0.97}).look(0, 0)
		}, 2, 2},
		{"pool held", func(h host) signal.Snapshot {
			return h.set(signal.Sample{Name: signal.ErrorRatio, Value: 0.58}).set(signal.Sample{Name: signal.FailedRoutes, Value: 4, Of: 4}).
				set(signal.Sample{Name: signal.DBHealth, Text: "error"}).set(signal.Sample{Name: signal.Health, Text: "error"}).
				set(signal.Sample{Name: pool, Value: 214}).look(0, 0)
		}, 3, 1},
		{"upstream refuses", func(h host) signal.Snapshot {
			return h.set(signal.Sample{Name: signal.RateLimited, Value: 40}).look(0, 0)
		}, 4, 2},
		{"leak", func(h host) signal.Snapshot { return h.set(signal.Sample{Name: heap, Value: 2}).look(2, 1) }, 5, 2},
	}
	for _, path := range seeds {
		rb := parse(t, path)
		for _, f := range faults {
			t.Run(filepath.Base(path)+"/"+f.name, func(t *testing.T) {
				c, cases := Assess(rb, f.fault(healthy()), nil)
				level := 0
				if c.Level != nil {
					level = *c.Level
				}
				if leader(cases) != f.leads || level != f.level {
					t.Errorf("scenario %d leads and SEV-%d is suggested by %+v; want %d and SEV-%d\n%+v", leader(cases), level, c.Reasons, f.leads, f.level, cases[0])
				}
			})
		}
	}
}

// Ten criteria of the seed are asked of a person, and a yes to any of them decides.
func TestSeedQuestions(t *testing.T) {
	for _, path := range seeds {
		rb := parse(t, path)
		qs := severity.Questions(rb)
		if len(qs) != 10 || len(severity.Bounds(rb)) != 5 {
			t.Errorf("%s: %d questions, %d bounds", path, len(qs), len(severity.Bounds(rb)))
		}
		for _, q := range qs {
			c, _ := Assess(rb, healthy().look(0, 0), severity.Answers{q.ID: severity.Yes})
			if c.Level == nil || *c.Level != q.Level {
				t.Errorf("%s: yes to %q suggests %v, want SEV-%d", path, q.Text, c.Level, q.Level)
			}
		}
	}
}
