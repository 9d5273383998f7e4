package conduct

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/journal"
	"calm/ops/plan"
	"calm/ops/run"
	"calm/ops/trust"
)

var points = flag.Int("conduct.points", 64, "at how many places TestKilledAtEveryStep ends a console and its supervisor; 0 is every one")

const (
	consoleWord = "console" // makes the test's program a console, for tests that end it
	crashText   = "# Shop\n\n## Rollback\n\n```bash\n# Count\necho began | tee -a OUT/ledger; sleep SLEEP; echo ended | tee -a OUT/ledger\n```\n"

	// What becomes of the run when nobody disturbs it.
	left    = "left alone"
	stopped = "stopped"
)

// consoleMain is a console without a screen: it takes one step from the proposal to the verdict, and
// stops it on the way where it is to.
func consoleMain(root, how string) error {
	ctx := context.Background()
	source, err := os.ReadFile(filepath.Join(root, "shop.md"))
	if err != nil {
		return err
	}
	rb, err := runbook.Parse("shop.md", source)
	if err != nil {
		return err
	}
	state := filepath.Join(root, "state")
	dir, err := journal.Open(state)
	if err != nil {
		return err
	}
	j, _, err := dir.OpenIncident(1)
	if err != nil {
		return err
	}
	c := New(Options{
		Runbook: func() *runbook.Runbook { return rb }, Trust: trust.New(state), Planner: plan.New(plan.Options{Dir: filepath.Join(root, "out"), Exec: run.Local{}}),
		Leases: filepath.Join(root, "leases"), Journal: func() (incident.Journal, bool) { return j, true },
	})
	proc := rb.Procedures[0]
	p, err := c.Propose(ctx, action.Request{
		Ref:      action.Ref{Part: proc.ID, Title: proc.Title, Group: "procedure", Step: proc.Steps[0].ID, Index: 1, Of: 1},
		Snapshot: signal.Snapshot{At: time.Unix(1_800_000_000, 0).UTC()},
	})
	if err != nil {
		return err
	}
	if _, err := c.Begin(ctx, j, p, ana, "y"); err != nil && ops.CodeOf(err) != ops.Timeout {
		return err
	}
	for tick := time.Tick(5 * time.Millisecond); ; <-tick {
		done, err := c.Follow(ctx, j, p.Op)
		if err != nil {
			return err
		}
		if how == stopped && done.Raw != "" && done.Outcome == "" {
			how = "" // once is enough
			if err := c.Cancel(ctx, j, p.Op); err != nil && ops.CodeOf(err) != ops.Conflict {
				return err
			}
		}
		if done.Outcome != "" {
			_, err = j.Append(ctx, incident.Draft{Type: incident.Judged, Actor: journal.Calm(), Data: incident.JudgedData{Op: p.Op, Verdict: string(action.Unsure)}})
			return err
		}
	}
}

// crash is one console that takes the step, to be ended at a point.
type crash struct {
	*shop
	root, how string
	*tracer
	reached chan struct{} // closed when the point was hit, or all has ended
	ended   chan struct{}
}

func newCrash(t *testing.T, how string, at point, kills ...string) *crash {
	t.Helper()
	s := newShop(t)
	c := &crash{shop: s, root: filepath.Dir(s.out), how: how, reached: make(chan struct{}), ended: make(chan struct{})}
	source := strings.NewReplacer("OUT", s.out, "SLEEP", map[string]string{left: "0.05", stopped: "2"}[how]).Replace(crashText)
	var err error
	if s.runbook, err = runbook.Parse("shop.md", []byte(source)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.trust.Give(s.runbook, ana); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.root, "shop.md"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	c.tracer = &tracer{t: t, at: at, kills: kills, reached: sync.OnceFunc(func() { close(c.reached) })}
	cmd := exec.Command(os.Args[0], consoleWord, c.root, how)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2")
	go func() {
		defer close(c.ended)
		defer c.tracer.reached()
		c.run(cmd)
	}()
	return c
}

// look is what the next console finds: it begins when the other was ended, attaches within five
// seconds, and follows the action to rest. The result is the action's outcome, "" for no action.
func (c *crash) look() (outcome string, attached time.Duration) {
	t := c.shop.t
	<-c.reached
	since := time.Now()
	j, events, err := c.dir.OpenIncident(1)
	if err != nil {
		t.Fatalf("%v: the next console does not open the incident: %v", c.at, err)
	}
	defer j.Close()
	next := *c.shop
	next.journal, next.Conductor = j, c.console()
	inc, err := incident.Fold(events)
	if err != nil {
		t.Fatalf("%v: %v", c.at, err)
	}
	if open, ok := inc.Running(); ok {
		if _, err := next.Follow(t.Context(), j, open.Op); err != nil {
			t.Fatalf("%v: the next console does not attach: %v", c.at, err)
		}
		attached = time.Since(since)
		next.end(next.Conductor, open.Op)
	}
	<-c.ended // and its supervisor, should it have lived on
	events, err = j.Since(0)
	if err != nil {
		t.Fatal(err)
	}
	if inc, err = incident.Fold(events); err != nil {
		t.Fatalf("%v: %v", c.at, err)
	}
	return c.settled(next, inc), attached
}

// settled holds what is said of the run against what was done.
func (c *crash) settled(next shop, inc incident.Incident) string {
	t := c.shop.t
	if len(inc.Runs) > 1 {
		t.Fatalf("%v: doubled: %+v", c.at, inc.Runs)
	}
	c.rest()
	began, ended := c.ledger()
	if len(inc.Runs) == 0 {
		if began+ended > 0 {
			t.Fatalf("%v: lost: it ran, and the journal has nothing of it", c.at)
		}
		return ""
	}
	r := inc.Runs[0]
	switch {
	case began > 1 || ended > 1:
		t.Errorf("%v: doubled: it began %d times", c.at, began)
	case r.Outcome == incident.OutcomeOK && (began != 1 || ended != 1):
		t.Errorf("%v: it is said to be ok, and began %d times and ended %d times", c.at, began, ended)
	case r.Outcome == incident.OutcomeFailed && began+ended > 0:
		t.Errorf("%v: it is said that %q, and it ran", c.at, r.Text)
	case r.Outcome == incident.OutcomeCancelled && c.how != stopped:
		t.Errorf("%v: it is said to be stopped, and nobody stopped it", c.at)
	case !slices.Contains([]string{incident.OutcomeOK, incident.OutcomeFailed, incident.OutcomeUnknown, incident.OutcomeCancelled}, r.Outcome):
		t.Errorf("%v: its outcome is %q", c.at, r.Outcome)
	}
	p, ok := action.Recorded(inc, r.Op)
	if !ok {
		t.Fatalf("%v: its plan is not in the journal", c.at)
	}
	if _, err := next.Begin(t.Context(), next.journal, p, ana, "y"); err == nil {
		t.Errorf("%v: it could be started again", c.at)
	}
	if again, _ := c.ledger(); again != began {
		t.Errorf("%v: it ran again", c.at)
	}
	return r.Outcome
}

// rest waits until nothing of the command runs any more: one whose supervisor was killed goes on.
func (c *crash) rest() {
	found, err := run.Find(filepath.Join(c.journal.Path(), actionsFolder))
	for limit := time.Now().Add(20 * time.Second); err == nil && slices.ContainsFunc(found, func(f run.Found) bool { return f.Orphan }); {
		if time.Now().After(limit) {
			c.shop.t.Fatalf("%v: the command does not come to rest", c.at)
		}
		<-time.After(5 * time.Millisecond)
		found, err = run.Find(filepath.Join(c.journal.Path(), actionsFolder))
	}
}

func (c *crash) ledger() (began, ended int) {
	raw, _ := os.ReadFile(filepath.Join(c.out, "ledger"))
	return strings.Count(string(raw), "began"), strings.Count(string(raw), "ended")
}

// ending is where a run is disturbed, and how.
type ending struct {
	how string
	point
	kills string
}

// everyEnding is what three undisturbed runs have in common, in the order of one.
func everyEnding(t *testing.T, how string) []ending {
	t.Helper()
	var all []point
	for i := range 3 {
		c := newCrash(t, how, point{})
		<-c.ended
		if began, ended := c.ledger(); c.exit != 0 || began != 1 || (ended == 1) != (how == left) {
			t.Fatalf("%s, the console ended with %d, and the command began %d times and ended %d times", how, c.exit, began, ended)
		}
		if i == 0 {
			all = c.seen
		}
		all = slices.DeleteFunc(all, func(p point) bool { return !slices.Contains(c.seen, p) })
	}
	var out []ending
	for _, p := range all {
		out = append(out, ending{how, p, p.who}, ending{how, p, theConsole + " and " + theSupervisor})
		if p.who == theSupervisor {
			out = append(out, ending{how, p, theConsole})
		}
	}
	return out
}

// tally counts what the kills led to.
type tally struct {
	sync.Mutex
	outcomes map[string]int
	missed   []ending
	slowest  time.Duration
}

func (y *tally) add(p ending, hit bool, outcome string, attached time.Duration) {
	y.Lock()
	defer y.Unlock()
	y.outcomes[outcome]++
	y.slowest = max(y.slowest, attached)
	if !hit {
		y.missed = append(y.missed, p)
	}
}

// TestKilledAtEveryStep ends a console, its supervisor, or both, before and after each of their system
// calls that leaves something behind, in a run from the proposal to the verdict and in one that a
// person stops. No action is lost and none doubled, what is said of it is true or *unknown*, and the
// next console has it at once.
func TestKilledAtEveryStep(t *testing.T) {
	all := append(everyEnding(t, left), everyEnding(t, stopped)...)
	if len(all) < 500 {
		t.Errorf("only %d places to end it at were found", len(all))
	}
	chosen := all
	if n := min(*points, len(all)); n > 0 {
		chosen = nil
		for i := range n {
			chosen = append(chosen, all[i*len(all)/n])
		}
	}
	y := &tally{outcomes: map[string]int{}}
	work := make(chan ending)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for p := range work {
				hit, outcome, attached := endedAt(t, p)
				y.add(p, hit, outcome, attached)
			}
		})
	}
	for _, p := range chosen {
		if t.Failed() {
			break
		}
		work <- p
	}
	close(work)
	wg.Wait()
	for _, p := range y.missed {
		t.Errorf("never reached: %v", p)
	}
	if y.slowest > 5*time.Second {
		t.Errorf("a console needed %s to attach", y.slowest)
	}
	t.Logf("ended at %d of %d places; outcomes %v; slowest to attach %s", len(chosen)-len(y.missed), len(all), y.outcomes, y.slowest)
	for _, o := range []string{"", incident.OutcomeOK, incident.OutcomeFailed, incident.OutcomeUnknown} {
		if y.outcomes[o] == 0 {
			t.Errorf("no kill led to %q: %v", o, y.outcomes)
		}
	}
}

// endedAt ends a run at a place. Threads don't come to each in every run, so it has a few tries.
func endedAt(t *testing.T, at ending) (hit bool, outcome string, attached time.Duration) {
	for range 8 {
		t.Run("", func(t *testing.T) {
			c := newCrash(t, at.how, at.point, strings.Split(at.kills, " and ")...)
			outcome, attached = c.look()
			hit = c.hit
		})
		if hit {
			break
		}
	}
	return hit, outcome, attached
}

// consoleExit runs consoleMain for TestMain.
func consoleExit(root, how string) int {
	err := consoleMain(root, how)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
