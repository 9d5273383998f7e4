package conduct

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
	"calm/ops/journal"
)

// apart runs a test in a process of its own, because a limit is one for the whole process. It is true
// in that process.
func apart(t *testing.T) bool {
	t.Helper()
	const mark = "CALM_TEST_APART"
	if os.Getenv(mark) != "" {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), mark+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// limited makes the journal unwritable, by a limit on the size of files that it is beyond already: it
// holds for root too. What is smaller can be written, as on a disk with a little room left.
func (s *shop) limited() (lift func()) {
	s.t.Helper()
	const limit = 12_000
	for range 60 {
		if _, err := s.journal.Append(s.t.Context(), incident.Draft{Type: incident.Note, Actor: ana, Data: incident.NoteData{Text: strings.Repeat("x", 100)}}); err != nil {
			s.t.Fatal(err)
		}
	}
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGXFSZ)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		s.t.Fatal(err)
	}
	set := func(cur uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: cur, Max: was.Max}); err != nil {
			s.t.Error(err)
		}
	}
	set(limit)
	lift = func() { set(was.Cur) }
	s.t.Cleanup(lift)
	return lift
}

// glassShop is a shop with a restart, a kill switch and what is neither. No pm2 is asked: a program of
// the test stands for it.
func glassShop(t *testing.T) *shop {
	t.Helper()
	t.Setenv("CALM_SPOOL", filepath.Join(t.TempDir(), "spool"))
	s := newShop(t)
	bin := filepath.Join(s.out, "bin")
	script := "#!/bin/sh\necho \"$@\" >> " + s.out + "/restarted\n"
	if err := errors.Join(os.Mkdir(bin, 0o700), os.WriteFile(filepath.Join(bin, "pm2"), []byte(script), 0o700)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	source := "# Shop\n\n## Emergency kill switch\n\n```bash\n# Stop the shop\ntouch " + s.out + "/stopped\n```\n\n" +
		"## Rollback by hand\n\n```bash\n# Restart\npm2 restart shop\n\n# Restart and more\npm2 restart shop; touch " + s.out + "/more\n\n# Write\ntouch " + s.out + "/written\n\n# Look\nls\n```\n"
	s.follow(source)
	return s
}

func (s *shop) glass(title, reason string) (action.Plan, []incident.Event, error) {
	s.t.Helper()
	p := s.plan(s.Conductor, title)
	events, err := s.BreakGlass(s.t.Context(), s.journal, p, ana, "y", reason)
	return p, events, err
}

// TestOnlyTwoKindsBreakTheGlass: with a reason, and while the journal can't be written.
func TestOnlyTwoKindsBreakTheGlass(t *testing.T) {
	if !apart(t) {
		return
	}
	s := glassShop(t)
	if _, _, err := s.glass("Restart", "customers see errors"); ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "can be written again") {
		t.Errorf("broken although the journal is well: %v", err)
	}
	s.limited()
	for title, says := range map[string]string{"Restart and more": "only a kill switch", "Write": "only a kill switch"} {
		if _, _, err := s.glass(title, "customers see errors"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", title, err)
		}
	}
	if _, _, err := s.glass("Restart", " \n"); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	p := s.plan(s.Conductor, "Restart")
	p.Command = "pm2 restart other"
	if _, err := s.BreakGlass(t.Context(), s.journal, p, ana, "y", "customers see errors"); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("a plan that is not as it was shown: %v", err)
	}
	if err := s.trust.Take(s.runbook.SHA256); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.glass("Restart", "customers see errors"); ops.CodeOf(err) != ops.Denied {
		t.Errorf("a text that nobody trusts: %v", err)
	}
	if s.has("restarted") || s.has("more") || s.has("written") {
		t.Error("something has run")
	}
}

// TestNothingElseStartsWithoutAJournal: what changes the host is refused, and what only reads goes on.
func TestNothingElseStartsWithoutAJournal(t *testing.T) {
	if !apart(t) {
		return
	}
	s := glassShop(t)
	lift := s.limited()
	for _, title := range []string{"Restart", "Write", "Stop the shop"} {
		p := s.plan(s.Conductor, title)
		events, err := s.Begin(t.Context(), s.journal, p, ana, "y")
		var gap *incident.NotWritable
		if !errors.As(err, &gap) || len(events) > 0 {
			t.Errorf("%s: %v, %v", title, events, err)
		}
	}
	look := s.begin(s.Conductor, "Look")
	if got := s.end(s.Conductor, look.Op); got.Outcome != incident.OutcomeOK {
		t.Errorf("%+v", got)
	}
	if s.has("restarted") || s.has("written") || s.has("stopped") {
		t.Error("something has run")
	}
	lift()
	s.merged(incident.Proposed, incident.Confirmed, incident.Intent, incident.Finished)
	if got := s.finished(look.Op); got.Outcome != incident.OutcomeOK {
		t.Errorf("%+v", got)
	}
}

// merged merges, and checks which events were written late and that the journal is whole.
func (s *shop) merged(want ...incident.Type) []incident.Event {
	s.t.Helper()
	if err := s.journal.Merge(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	all, err := s.journal.Since(0)
	if err != nil {
		s.t.Fatal(err)
	}
	var late []incident.Type
	for _, e := range all {
		if e.Late != nil && e.Type != incident.GapOpened {
			late = append(late, e.Type)
		}
	}
	if !slices.Equal(late, want) {
		s.t.Errorf("written late: %v, want %v", late, want)
	}
	if r, err := s.journal.Verify(); err != nil || r.Waiting > 0 {
		s.t.Errorf("%+v, %v", r, err)
	}
	return all
}

// TestGlassOnALimit: a restart runs without the journal, once, and all of it is in the journal after.
func TestGlassOnALimit(t *testing.T) {
	if !apart(t) {
		return
	}
	s := glassShop(t)
	lift := s.limited()
	p, events, err := s.glass("Restart", "customers see\nerrors")
	if err != nil || len(events) != 3 {
		t.Fatalf("%v, %v", events, err)
	}
	if _, err := s.BreakGlass(t.Context(), s.journal, p, ana, "y", "again"); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("it starts twice: %v", err)
	}
	s.end(s.Conductor, p.Op)
	again, _, err := s.glass("Restart", "once more")
	if err != nil {
		t.Fatalf("a second restart, proposed after the first: %v", err)
	}
	s.end(s.Conductor, again.Op)
	if got := s.read("restarted"); got != "restart shop\nrestart shop\n" {
		t.Errorf("it ran as %q", got)
	}
	lift()
	all := s.merged(incident.GlassBroken, incident.Proposed, incident.Confirmed, incident.Intent, incident.GlassBroken, incident.Finished,
		incident.GlassBroken, incident.Proposed, incident.Confirmed, incident.Intent, incident.Finished)
	var gap incident.GapData
	for _, e := range all {
		if e.Type == incident.JournalGap && e.Decode(&gap) != nil {
			t.Error("the gap makes no sense")
		}
	}
	if gap.By != "ana" || gap.Reason != "customers see errors" || gap.Syslog == "" {
		t.Errorf("%+v", gap)
	}
	inc, err := incident.Fold(all)
	if err != nil || len(inc.Runs) != 2 || inc.Runs[0].Outcome != incident.OutcomeOK {
		t.Errorf("%+v, %v", inc.Runs, err)
	}
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("what ran in the gap starts again: %v", err)
	}
}

// TestGlassKeepsTheApproval: a kill switch that needs somebody else's approval needs it without the
// journal too, and it can be asked for and given there.
func TestGlassKeepsTheApproval(t *testing.T) {
	if !apart(t) {
		return
	}
	t.Setenv("CALM_SPOOL", filepath.Join(t.TempDir(), "spool"))
	s := newTable(t)
	s.follow("# Shop\n\n## Emergency kill switch\n\n**Requires**: approval of the CTO\n\n```bash\n# Stop the shop\ntouch " + s.out + "/stopped\n```\n")
	lift := s.limited()
	p := s.plan(s.Conductor, "Stop the shop")
	if p.Approval == nil {
		t.Fatal("it needs nobody")
	}
	if _, err := s.BreakGlass(t.Context(), s.journal, p, ana, "y", "personal data leaks"); ops.CodeOf(err) != ops.Denied {
		t.Errorf("without an approval: %v", err)
	}
	ask := s.ask(p)
	if _, err := s.BreakGlass(t.Context(), s.journal, p, ana, "y", "personal data leaks"); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "waits for the approval") {
		t.Errorf("before it is given: %v", err)
	}
	s.sign(ask)
	if _, err := s.BreakGlass(t.Context(), s.journal, p, ana, "y", "personal data leaks"); err != nil {
		t.Fatal(err)
	}
	if got := s.end(s.Conductor, p.Op); got.Outcome != incident.OutcomeOK || !s.has("stopped") {
		t.Errorf("%+v", got)
	}
	lift()
	all := s.merged(incident.Asked, incident.Granted, incident.GlassBroken, incident.Proposed, incident.Confirmed, incident.Intent, incident.Finished)
	if inc, err := incident.Fold(all); err != nil || len(inc.Runs) != 1 || len(inc.Approvals) != 1 || len(inc.Approvals[0].Used) != 1 {
		t.Errorf("%+v, %v", inc.Approvals, err)
	}
}

// TestGlassOnAFullDisk: the action's folder is in memory too, and is found and moved when there is room.
// It needs a disk of its own, which only root can have; a limit stands for it elsewhere.
func TestGlassOnAFullDisk(t *testing.T) {
	s := glassShop(t)
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("calm-test", disk, "tmpfs", 0, "size=64k"); err != nil {
		if os.Geteuid() == 0 && !errors.Is(err, syscall.EPERM) {
			t.Fatal(err)
		}
		t.Logf("no disk of its own for this test (%v): TestGlassOnALimit is what there is", err)
		return
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	s.move(filepath.Join(disk, "state"))
	filler := filepath.Join(disk, "filler")
	for f, err := os.Create(filler); err == nil; {
		if _, err = f.Write(make([]byte, 4096)); err != nil {
			_ = f.Close()
			break
		}
	}
	s.fill()
	say := s.pipe()
	s.follow("# Shop\n\n## Emergency kill switch\n\n```bash\n# Stop the shop\ntouch " + s.out + "/began; read -r word < " + s.out + "/pipe; touch " + s.out + "/stopped\n```\n")
	p, _, err := s.glass("Stop the shop", "personal data leaks")
	if err != nil {
		t.Fatal(err)
	}
	other := s.console()
	if got, err := other.Follow(t.Context(), s.journal, p.Op); err != nil || got.Outcome != "" {
		t.Errorf("another console sees %+v, %v", got, err)
	}
	if !strings.HasPrefix(folder(s.journal, p.Op), os.Getenv("CALM_SPOOL")) {
		t.Errorf("its folder is %s", folder(s.journal, p.Op))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s.merged(incident.GlassBroken, incident.Proposed, incident.Confirmed, incident.Intent)
	if got, err := s.Follow(t.Context(), s.journal, p.Op); err != nil || got.Outcome != "" {
		t.Errorf("after the merge, while it runs: %+v, %v", got, err)
	}
	say()
	if got := s.end(s.Conductor, p.Op); got.Outcome != incident.OutcomeOK || !s.has("stopped") {
		t.Errorf("%+v", got)
	}
	if err := s.journal.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := folder(s.journal, p.Op); !strings.HasPrefix(got, s.journal.Path()) {
		t.Errorf("its folder stays in memory: %s", got)
	}
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("CALM_SPOOL"), "incident-*", "*")); len(left) > 0 {
		t.Errorf("left in memory: %q", left)
	}
	if got := s.finished(p.Op); got.Outcome != incident.OutcomeOK {
		t.Errorf("%+v", got)
	}
	if _, err := s.Begin(t.Context(), s.journal, p, ana, "y"); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("it starts again: %v", err)
	}
}

// move takes another state folder.
func (s *shop) move(state string) {
	s.t.Helper()
	var err error
	if s.dir, err = journal.Open(state); err != nil {
		s.t.Fatal(err)
	}
	s.dir.Bring = Bring
	if s.journal, err = s.dir.Create(0, "shop", []byte("# Shop\n")); err != nil {
		s.t.Fatal(err)
	}
	own := s.journal
	s.t.Cleanup(func() { _ = own.Close() })
	if _, err := s.journal.Append(s.t.Context(), incident.Draft{Type: incident.Declared, Actor: ana, Data: incident.DeclaredData{Number: 1, Level: 2, Title: "shop"}}); err != nil {
		s.t.Fatal(err)
	}
}

// fill appends until the journal takes no more, and merges nothing.
func (s *shop) fill() {
	s.t.Helper()
	for range 500 {
		_, err := s.journal.AppendIf(s.t.Context(), 0, nil, incident.Draft{Type: incident.Note, Actor: ana, Data: incident.NoteData{Text: strings.Repeat("x", 100)}})
		var gap *incident.NotWritable
		if errors.As(err, &gap) {
			return
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.t.Fatal("the disk is never full")
}

// TestLeaseElsewhere: a lease that was taken in memory bars one in the state folder, and the other way
// round.
func TestLeaseElsewhere(t *testing.T) {
	s := glassShop(t)
	say := s.pipe()
	s.follow("# Shop\n\n## Rollback by hand\n\n```bash\n# Wait\nread -r word < " + s.out + "/pipe\n```\n")
	_, leases, err := s.journal.Spool()
	if err != nil {
		t.Fatal(err)
	}
	inMemory, onDisk := s.console(), s.console()
	inMemory.Leases = leases
	plan := func(c *Conductor) action.Plan {
		p := s.plan(c, "Wait")
		p.Lease = "pm2:shop"
		p.Seal()
		return p
	}
	first := plan(inMemory)
	if _, err := inMemory.Begin(t.Context(), s.journal, first, ana, "y"); err != nil {
		t.Fatal(err)
	}
	if _, err := onDisk.Begin(t.Context(), s.journal, plan(onDisk), ana, "y"); ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "another action runs on pm2:shop (ana, Wait") {
		t.Errorf("both have it: %v", err)
	}
	say()
	s.end(s.Conductor, first.Op)
}
