package conduct

import (
	"flag"
	"strings"
	"sync"
	"testing"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
)

var races = flag.Int("conduct.races", 20, "how often TestConsolesRace has eight consoles start the same step")

// TestConsolesRace has eight consoles, each with a proposal of its own of the same rollback, start it
// at once: it starts once, and the other seven are told by whom. The journal of each is its own open
// file, as in a process of its own.
func TestConsolesRace(t *testing.T) {
	const consoles = 8
	s := newShop(t)
	source := "# Shop\n\n## Rollback\n\n```bash\n# Count\necho one >> " + s.out + "/count\n```\n"
	var err error
	if s.runbook, err = runbook.Parse("shop.md", []byte(source)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.trust.Give(s.runbook, ana); err != nil {
		t.Fatal(err)
	}
	all := make([]*shop, consoles)
	for i := range all {
		own := *s
		if own.journal, _, err = s.dir.OpenIncident(s.journal.Number()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = own.journal.Close() })
		own.Conductor = own.console()
		all[i] = &own
	}
	for round := range *races {
		plans := make([]action.Plan, consoles)
		for i, c := range all {
			plans[i] = c.plan(c.Conductor, "Count")
		}
		errs := make([]error, consoles)
		var ready, done sync.WaitGroup
		ready.Add(1)
		for i, c := range all {
			done.Go(func() {
				ready.Wait()
				_, errs[i] = c.Begin(t.Context(), c.journal, plans[i], ana, "y")
			})
		}
		ready.Done()
		done.Wait()
		started := ""
		for i, err := range errs {
			switch {
			case err == nil && started == "":
				started = plans[i].Op
			case err == nil:
				t.Fatalf("round %d: two consoles started it", round)
			case ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "ana started"):
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if started == "" {
			t.Fatalf("round %d: nobody started it: %v", round, errs)
		}
		s.end(s.Conductor, started)
		if got := strings.Count(s.read("count"), "one"); got != round+1 {
			t.Fatalf("round %d: it ran %d times", round, got)
		}
	}
}
