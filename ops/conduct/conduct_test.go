package conduct

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
	"calm/ops/journal"
	"calm/ops/run"
)

// TestIntentIsDurableBeforeTheStart: the command itself finds its intent on disk.
func TestIntentIsDurableBeforeTheStart(t *testing.T) {
	s := newShop(t)
	p := s.begin(s.Conductor, "Look for the intent")
	done := s.end(s.Conductor, p.Op)
	if got := strings.TrimSpace(s.read("seen")); got != `"type":"intent"` {
		t.Errorf("the command saw %q, and ended as %+v", got, done)
	}
	types := []incident.Type{}
	all, _ := s.journal.Since(1)
	for _, e := range all {
		types = append(types, e.Type)
	}
	if want := []incident.Type{incident.Proposed, incident.Confirmed, incident.Intent, incident.Finished}; !slices.Equal(types, want) {
		t.Errorf("the journal has %v", types)
	}
	var said incident.ConfirmedData
	if err := all[1].Decode(&said); err != nil || said.By != "ana" || said.How != "y" || said.Hash != p.Hash {
		t.Errorf("confirmed: %+v, %v", said, err)
	}
	if got := s.finished(p.Op); got.Outcome != incident.OutcomeOK || got.Exit != 0 || got.Output == "" {
		t.Errorf("finished: %+v", got)
	}
	if !done.Before.At.Equal(time.Unix(1_800_000_000, 0)) {
		t.Errorf("the readings from before are of %v", done.Before.At)
	}
}

// TestWhatWasShownRuns: a plan that was changed after it was sealed does not start, and leaves no
// trace.
func TestWhatWasShownRuns(t *testing.T) {
	for name, change := range map[string]func(*action.Plan){
		"command": func(p *action.Plan) { p.Command = "touch " + p.Dir + "/other" },
		"folder":  func(p *action.Plan) { p.Dir = "/" },
		"hash":    func(p *action.Plan) { p.Hash = strings.Repeat("0", 64) },
		"no hash": func(p *action.Plan) { p.Hash = "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			p := s.plan(s.Conductor, "Fail")
			change(&p)
			events, err := s.Begin(t.Context(), s.journal, p, ana, "y")
			if ops.CodeOf(err) != ops.Invalid || len(events) > 0 {
				t.Fatalf("begin gave %v, %v", events, err)
			}
			all, _ := s.journal.Since(1)
			if len(all) > 0 || s.has("failed") || s.has("other") {
				t.Errorf("it left %v", all)
			}
		})
	}
}

// broken is a journal that can't be written.
type broken struct{ *journal.Journal }

func (broken) Append(context.Context, ...incident.Draft) ([]incident.Event, error) {
	return nil, errors.New("no space left on device")
}

func (b broken) AppendIf(ctx context.Context, _ uint64, _ func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	return b.Append(ctx, drafts...)
}

// TestNoJournalNoStart: what can't be written down is not done.
func TestNoJournalNoStart(t *testing.T) {
	s := newShop(t)
	p := s.plan(s.Conductor, "Fail")
	if _, err := s.Begin(t.Context(), broken{s.journal}, p, ana, "y"); err == nil {
		t.Fatal("it began")
	}
	if _, err := os.Stat(folder(s.journal, p.Op)); err == nil || s.has("failed") {
		t.Error("it has started")
	}
}

// TestOutcomes: an exit code that is no success is a failure, and its output is kept.
func TestOutcomes(t *testing.T) {
	s := newShop(t)
	p := s.begin(s.Conductor, "Fail")
	done := s.end(s.Conductor, p.Op)
	if done.Outcome != incident.OutcomeFailed || done.Exit != 3 {
		t.Errorf("it ended as %+v", done)
	}
	if got := s.finished(p.Op); got.Outcome != incident.OutcomeFailed || got.Exit != 3 {
		t.Errorf("finished: %+v", got)
	}
}

// TestOutcomeOnce: two consoles that follow one action write its end down once, and both see it.
func TestOutcomeOnce(t *testing.T) {
	s := newShop(t)
	say := s.pipe()
	p := s.begin(s.Conductor, "Wait for a word")
	consoles := []*Conductor{s.Conductor, s.console(), s.console(), s.console()}
	for _, c := range consoles {
		if got, err := c.Follow(t.Context(), s.journal, p.Op); err != nil || got.Outcome != "" {
			t.Fatalf("while it runs: %+v, %v", got, err)
		}
	}
	say()
	var wg sync.WaitGroup
	for _, c := range consoles {
		wg.Go(func() {
			for {
				got, err := c.Follow(t.Context(), s.journal, p.Op)
				if err != nil {
					t.Error(err)
					return
				}
				if got.Outcome != "" {
					if got.Outcome != incident.OutcomeOK || !slices.Contains(got.Output, "go") {
						t.Errorf("it ended as %+v", got)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	s.finished(p.Op)
}

// TestTheSamePlanTwice: the second start is a Conflict, and the first goes on as if nothing were.
func TestTheSamePlanTwice(t *testing.T) {
	s := newShop(t)
	say := s.pipe()
	p := s.begin(s.Conductor, "Wait for a word")
	n, _ := s.journal.Since(0)
	if _, err := s.console().Begin(t.Context(), s.journal, p, ana, "y"); ops.CodeOf(err) != ops.Conflict {
		t.Fatalf("the second start gave %v", err)
	}
	if after, _ := s.journal.Since(0); len(after) != len(n) {
		t.Errorf("it wrote %v", after[len(n):])
	}
	say()
	if got := s.end(s.Conductor, p.Op); got.Outcome != incident.OutcomeOK {
		t.Errorf("the first one ended as %+v", got)
	}
}

// TestAStartThatFails closes its intent, so that nobody takes it for a running one, and the next
// proposal is made as ever.
func TestAStartThatFails(t *testing.T) {
	s := newShop(t)
	say := s.pipe()
	first := s.begin(s.Conductor, "Wait for a word")
	second := s.plan(s.Conductor, "Fail")
	if first.Lease == "" || first.Lease != second.Lease {
		t.Fatalf("the leases are %q and %q", first.Lease, second.Lease)
	}
	events, err := s.Begin(t.Context(), s.journal, second, ana, "y")
	if ops.CodeOf(err) != ops.Conflict || len(events) != 5 {
		t.Fatalf("begin gave %d events, %v", len(events), err)
	}
	if got := s.finished(second.Op); got.Outcome != incident.OutcomeFailed || !strings.Contains(got.Text, "did not start") {
		t.Errorf("finished: %+v", got)
	}
	all, _ := s.journal.Since(0)
	inc, err := incident.Fold(all)
	if err != nil {
		t.Fatal(err)
	}
	if open, ok := inc.Running(); !ok || open.Op != first.Op {
		t.Errorf("running is %+v", open)
	}
	if inc.Runs[1].Verdict != string(action.NoEffect) {
		t.Errorf("the one that did not start is judged %q", inc.Runs[1].Verdict)
	}
	say()
	s.end(s.Conductor, first.Op)
	if got := s.end(s.Conductor, s.begin(s.Conductor, "Fail").Op); got.Exit != 3 || !s.has("failed") {
		t.Errorf("after the lease is free it ended as %+v", got)
	}
}

// TestCarries: the environment and the folder go from step to step, also to another console, and a
// plan carries what was there when it was shown.
func TestCarries(t *testing.T) {
	s := newShop(t)
	s.end(s.Conductor, s.begin(s.Conductor, "Turn the flag off").Op)
	s.end(s.Conductor, s.begin(s.Conductor, "Go into the folder").Op)
	other := s.console()
	p := s.plan(other, "Write it down")
	if len(p.Carries) != 1 || p.Carries[0].Name != "FLAG" || p.Carries[0].Now != "off" || p.Carries[0].From != "step 1" {
		t.Errorf("it carries %+v", p.Carries)
	}
	if p.Dir != filepath.Join(s.out, "sub") {
		t.Errorf("it runs in %s", p.Dir)
	}
	if _, err := other.Begin(t.Context(), s.journal, p, ana, "y"); err != nil {
		t.Fatal(err)
	}
	s.end(other, p.Op)
	if got, want := s.read("flag"), "off in "+filepath.Join(s.out, "sub"); got != want {
		t.Errorf("the step saw %q, want %q", got, want)
	}
}

// TestCancel ends an action with everything that it started.
func TestCancel(t *testing.T) {
	s := newShop(t)
	s.pipe()
	p := s.begin(s.Conductor, "Wait for a word")
	for limit := time.Now().Add(20 * time.Second); !s.has("began"); {
		if time.Now().After(limit) {
			t.Fatal("the command does not begin")
		}
		<-time.After(5 * time.Millisecond)
	}
	if err := s.console().Cancel(t.Context(), s.journal, p.Op); err != nil {
		t.Fatal(err)
	}
	if got := s.end(s.Conductor, p.Op); got.Outcome != incident.OutcomeCancelled {
		t.Errorf("it ended as %+v", got)
	}
	if got := s.finished(p.Op); got.Outcome != incident.OutcomeCancelled {
		t.Errorf("finished: %+v", got)
	}
	if err := s.Cancel(t.Context(), s.journal, p.Op); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("a second cancel gave %v", err)
	}
}

// meant prepares an action and makes its intent durable, as Begin does.
func (s *shop) meant(p action.Plan) *run.Prepared {
	s.t.Helper()
	prepared, err := s.supervisor(s.journal).Prepare(run.Job{Plan: p})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.intend(s.t.Context(), s.journal, p, proposal{}, ana, "y"); err != nil {
		s.t.Fatal(err)
	}
	return prepared
}

// TestNeverBegan: a console that ended between the intent and the start has started nothing, which
// is written down once, by whichever console looks. One that lives is left to its start; should it
// come to it too late, it can't start the action any more.
func TestNeverBegan(t *testing.T) {
	s := newShop(t)
	p := s.plan(s.Conductor, "Fail")
	prepared := s.meant(p)
	got, err := s.console().Follow(t.Context(), s.journal, p.Op)
	if err != nil || got.Outcome != "" || len(s.events(incident.Finished, p.Op)) > 0 {
		t.Errorf("while it is being started it is told as %+v, %v", got, err)
	}
	prepared.Leave()
	var wg sync.WaitGroup
	for range 3 {
		other := s.console()
		wg.Go(func() {
			got := s.end(other, p.Op)
			if got.Outcome != incident.OutcomeFailed || got.Exit != -1 || !strings.Contains(got.Problem, "never began") {
				t.Errorf("it is told as %+v", got)
			}
		})
	}
	wg.Wait()
	if got := s.finished(p.Op); !strings.Contains(got.Text, "never began") {
		t.Errorf("finished: %+v", got)
	}
	if _, err := prepared.Start(t.Context()); ops.CodeOf(err) != ops.Conflict || s.has("failed") {
		t.Errorf("the console that lives on starts it: %v", err)
	}
}

// TestFolderRemoved: an action whose folder somebody has removed may have done anything.
func TestFolderRemoved(t *testing.T) {
	s := newShop(t)
	say := s.pipe()
	p := s.begin(s.Conductor, "Wait for a word")
	if err := os.RemoveAll(folder(s.journal, p.Op)); err != nil {
		t.Fatal(err)
	}
	if got := s.end(s.console(), p.Op); got.Outcome != incident.OutcomeUnknown || !strings.Contains(got.Text, "removed") {
		t.Errorf("it is told as %+v", got)
	}
	if got := s.finished(p.Op); got.Outcome != incident.OutcomeUnknown {
		t.Errorf("finished: %+v", got)
	}
	say()
	// Its supervisor knows, and says so where somebody looks.
	for limit := time.Now().Add(20 * time.Second); ; <-time.After(5 * time.Millisecond) {
		if got, err := s.Follow(t.Context(), s.journal, p.Op); err == nil && got.Outcome == incident.OutcomeOK {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("its end is not told")
		}
	}
}

// TestTerminal: a program that had the terminal when calm ended may have done anything.
func TestTerminal(t *testing.T) {
	s := newShop(t)
	p := s.plan(s.Conductor, "Watch")
	if !p.Terminal {
		t.Fatalf("top is no full-screen program: %+v", p)
	}
	program, events, err := s.Terminal(t.Context(), s.journal, p, ana)
	if err != nil || program == nil || len(events) != 3 {
		t.Fatalf("terminal gave %v, %d events, %v", program, len(events), err)
	}
	got := s.end(s.console(), p.Op)
	if got.Outcome != incident.OutcomeUnknown {
		t.Errorf("it is told as %+v", got)
	}
	p.Command = "vi"
	if _, _, err := s.Terminal(t.Context(), s.journal, p, ana); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("a changed plan gave %v", err)
	}
}

// TestGone: a step that the runbook has no more is refused with a way on.
func TestGone(t *testing.T) {
	s := newShop(t)
	ref := action.Ref{Title: "Gone", Step: "gone"}
	if _, err := s.Propose(t.Context(), action.Request{Ref: ref}); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("propose gave %v", err)
	}
	if _, err := s.Fillings(t.Context(), ref); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("fillings gave %v", err)
	}
	if _, err := s.Fillings(t.Context(), s.ref("Go to a commit")); err == nil {
		t.Error("a folder that is no checkout suggests commits without a word")
	}
}

// TestManyProposals: those that nobody confirmed are not kept for ever, and an old one still runs.
func TestManyProposals(t *testing.T) {
	s := newShop(t)
	first := s.plan(s.Conductor, "Fail")
	for range 2 * maxProposed {
		s.plan(s.Conductor, "Fail")
	}
	if n := len(s.proposed); n > maxProposed {
		t.Errorf("%d proposals are kept", n)
	}
	if _, err := s.Begin(t.Context(), s.journal, first, ana, "y"); err != nil {
		t.Fatal(err)
	}
	if got := s.end(s.Conductor, first.Op); got.Exit != 3 {
		t.Errorf("it ended as %+v", got)
	}
}

// A folder that a note gives to one fence is left behind with it; a cd is not.
func TestNotedFolderIsForItsFence(t *testing.T) {
	s := newShop(t)
	p := s.begin(s.Conductor, "Look around")
	if filepath.Base(p.Dir) != "sub" {
		t.Fatalf("ran in %s", p.Dir)
	}
	s.end(s.Conductor, p.Op)
	if p := s.plan(s.Conductor, "Say where"); p.Dir != s.out {
		t.Errorf("the next step runs in %s, not in %s", p.Dir, s.out)
	}
}

// An approval that a step asks for by itself goes before its procedure's.
func TestApprovalOfAStepByItself(t *testing.T) {
	s := newShop(t)
	for title, by := range map[string]string{"Say where": "Owner", "Switch over": "CTO"} {
		if p := s.plan(s.Conductor, title); p.Approval == nil || p.Approval.By[0] != by {
			t.Errorf("%s: %+v", title, p.Approval)
		}
	}
}
