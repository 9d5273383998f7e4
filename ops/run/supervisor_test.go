package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops"
)

const consoleWord = "console" // starts one action and waits, for tests that kill it

func TestMain(m *testing.M) {
	Main(map[string]Kind{"polite": polite})
	if len(os.Args) == 4 && os.Args[1] == consoleWord {
		os.Exit(console(os.Args[2], os.Args[3]))
	}
	if len(os.Args) == 3 && os.Args[1] == lendWord {
		os.Exit(lendTerminal(os.Args[2]))
	}
	os.Exit(m.Run())
}

// polite is a kind that stops when it is told.
func polite(ctx context.Context, p action.Plan, out io.Writer) error {
	fmt.Fprintln(out, p.Command)
	if p.Command != "wait" {
		return nil
	}
	<-ctx.Done()
	return errors.New("put back")
}

func console(dir, job string) int {
	var j Job
	if json.Unmarshal([]byte(job), &j) != nil {
		return 2
	}
	h, err := Supervisor{Dir: dir, Leases: filepath.Join(dir, ".leases")}.Start(context.Background(), j)
	if err != nil {
		return 1
	}
	_, _ = h.Wait(context.Background())
	return 0
}

var opSeq int

func job(command string, change ...func(*action.Plan)) Job {
	opSeq++
	p := action.Plan{Op: fmt.Sprintf("op%06d", opSeq), Kind: action.Shell, Title: "try", Command: command, Timeout: time.Minute}
	for _, c := range change {
		c(&p)
	}
	p.Seal()
	return Job{Plan: p, Env: append(BaseEnv(), "KEPT=1", "GONE=1"), By: "ana"}
}

func supervisor(t *testing.T) Supervisor {
	t.Helper()
	root := t.TempDir()
	return Supervisor{Dir: filepath.Join(root, "ops"), Leases: filepath.Join(root, "leases")}
}

func start(t *testing.T, s Supervisor, j Job) *Handle {
	t.Helper()
	h, err := s.Start(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Cancel(); finish(t, h) })
	return h
}

// finish waits for the end, without the test's context, which is over in a cleanup.
func finish(t *testing.T, h *Handle) Progress {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	p, err := h.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

func TestStartToEnd(t *testing.T) {
	s := supervisor(t)
	dir := t.TempDir()
	h := start(t, s, job("echo one; echo two >&2; cd "+dir+"; export A='x\ny'; unset GONE; false", func(p *action.Plan) { p.Dir = "/" }))
	p := finish(t, h)
	if p.State != Finished || p.Exit.Outcome != "failed" || p.Exit.Code != 1 || p.Exit.Text != "exit 1" {
		t.Errorf("%+v", p.Exit)
	}
	if string(p.Output) != "one\ntwo\n" {
		t.Errorf("output %q", p.Output)
	}
	c := p.Carried
	if c.Dir != dir || len(c.Set) != 1 || c.Set["A"] != "x\ny" || len(c.Unset) != 1 || c.Unset[0] != "GONE" {
		t.Errorf("carried %+v", c)
	}
	if p.PID == 0 || p.Started.IsZero() || p.Ended.Before(p.Started) || len(p.Exit.SHA256) != 64 {
		t.Errorf("%+v", p)
	}
	if inFolder(t, h.Dir, "PATH=") {
		t.Error("the whole environment was left behind")
	}
}

func TestOutcomeByTheRunbooksWords(t *testing.T) {
	h := start(t, supervisor(t), job("echo x | grep -c y", func(p *action.Plan) {
		p.Expect = []action.Expectation{{Signal: action.Output, Range: runbook.Predicate{Equals: "0"}, Needed: true}}
	}))
	if p := finish(t, h); p.Exit.Outcome != "ok" || p.Exit.Code != 1 {
		t.Errorf("%+v", p.Exit)
	}
}

// Only what the job names reaches the command: nothing of the console's own environment.
func TestEnvironmentIsTheJobs(t *testing.T) {
	t.Setenv("CALM_CANARY", "secret")
	h := start(t, supervisor(t), job("env; pwd"))
	out := string(finish(t, h).Output)
	if strings.Contains(out, "CANARY") || !strings.Contains(out, "KEPT=1") || !strings.HasSuffix(out, "\n/\n") {
		t.Error(out)
	}
}

func TestCarriedGoesOn(t *testing.T) {
	s := supervisor(t)
	first := finish(t, start(t, s, job("export FLAG=false KEPT=2")))
	carried := Carried{}.Then(first.Carried, "step 1")
	if carried.From["FLAG"] != "step 1" {
		t.Errorf("%+v", carried)
	}
	j := job(`echo "$FLAG $KEPT"; export KEPT=3; unset FLAG`)
	j.Env = carried.Apply(j.Env)
	second := finish(t, start(t, s, j))
	if string(second.Output) != "false 2\n" {
		t.Errorf("%q", second.Output)
	}
	carried = carried.Then(second.Carried, "step 2")
	if carried.From["KEPT"] != "step 2" || carried.Set["KEPT"] != "3" || len(carried.Unset) != 1 {
		t.Errorf("%+v", carried)
	}
	if env := carried.Apply([]string{"FLAG=x", "A=1"}); strings.Join(env, " ") != "A=1 KEPT=3" {
		t.Error(env)
	}
}

func TestNeverTwice(t *testing.T) {
	s := supervisor(t)
	j := job("echo once")
	finish(t, start(t, s, j))
	if _, err := s.Start(t.Context(), j); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("second start: %v", err)
	}
	changed := job("echo a")
	changed.Plan.Command = "echo b"
	if _, err := s.Start(t.Context(), changed); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("changed plan: %v", err)
	}
	odd := job("echo a", func(p *action.Plan) { p.Op = "../x" })
	if _, err := s.Start(t.Context(), odd); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("odd op: %v", err)
	}
}

// The plan is checked again where it runs: a folder changed behind the console's back starts nothing.
func TestSupervisorChecksThePlan(t *testing.T) {
	s := supervisor(t)
	j := job("true")
	dir := filepath.Join(s.Dir, j.Plan.Op)
	prepared, err := s.Prepare(j)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(waitingDir(dir), intentFile)
	b, _ := os.ReadFile(path)
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), `"true"`, `"touch /tmp/x"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "not the one that was confirmed") {
		t.Errorf("%v", err)
	}
	if code := Supervise(dir, nil); code != 1 {
		t.Error("a supervisor without the lock began")
	}
}

func TestCreateOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "started")
	if err := createOnce(path, 1); err != nil {
		t.Fatal(err)
	}
	if err := createOnce(path, 2); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("%v", err)
	}
	var n int
	if ok, err := load(path, &n); !ok || err != nil || n != 1 {
		t.Error(ok, err, n)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLease(t *testing.T) {
	s := supervisor(t)
	on := func(p *action.Plan) { p.Lease, p.Title = "pm2:shop/app", "restart" }
	h := start(t, s, job("echo up; sleep 60", on))
	other := Supervisor{Dir: filepath.Join(t.TempDir(), "ops"), Leases: s.Leases}
	_, err := other.Start(t.Context(), job("echo two", on))
	if ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "ana, restart, for ") {
		t.Fatalf("second: %v", err)
	}
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	finish(t, h)
	for range 5 {
		// The lease is free as soon as the end is known.
		if p := finish(t, start(t, other, job("echo three", on))); p.Exit.Outcome != "ok" {
			t.Errorf("%+v", p.Exit)
		}
	}
}

func TestCancelEndsTheTree(t *testing.T) {
	s := supervisor(t)
	s.Grace = 300 * time.Millisecond
	pids := filepath.Join(t.TempDir(), "pids")
	// One grandchild in the group, one in a session of its own, one that ignores TERM.
	h := start(t, s, job(fmt.Sprintf(`sleep 300 & echo $! >>%[1]s
		setsid bash -c 'echo $$ >>%[1]s; sleep 300' &
		bash -c 'trap "" TERM; echo $$ >>%[1]s; while :; do sleep 1; done'`, pids)))
	var list []string
	eventually(t, "three grandchildren", func() bool {
		b, _ := os.ReadFile(pids)
		list = strings.Fields(string(b))
		return len(list) == 3
	})
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	if p := finish(t, h); p.Exit.Outcome != "cancelled" || len(p.Exit.Survivors) != 0 {
		t.Errorf("%+v", p.Exit)
	}
	for _, pid := range list {
		n, _ := strconv.Atoi(pid)
		if p, ok := statOf(n); ok && p.state != 'Z' {
			t.Errorf("%s survived", pid)
		}
	}
	if err := h.Cancel(); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("cancel of what ended: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	h := start(t, supervisor(t), job("sleep 300", func(p *action.Plan) { p.Timeout = 50 * time.Millisecond }))
	if p := finish(t, h); p.Exit.Outcome != "failed" || !strings.Contains(p.Exit.Text, "longer than") {
		t.Errorf("%+v", p.Exit)
	}
}

// A daemon that names itself as pm2's does was started to stay, also when its action is cancelled.
func TestDaemonSurvivesAndIsNamed(t *testing.T) {
	h := start(t, supervisor(t), job(`setsid bash -c 'exec -a "PM2 v7.0.4: God Daemon (/x)" sleep 300' & sleep 300`))
	var daemon process
	eventually(t, "the daemon", func() bool {
		var s started
		_, _ = load(filepath.Join(h.Dir, startedFile), &s)
		_, daemons := descendants(s.PID)
		if len(daemons) == 1 {
			daemon = daemons[0]
		}
		return len(daemons) == 1
	})
	t.Cleanup(func() { _ = syscall.Kill(daemon.pid, syscall.SIGKILL) })
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	p := finish(t, h)
	if len(p.Exit.Survivors) != 1 || !strings.HasPrefix(p.Exit.Survivors[0], "PM2 v7.0.4: God Daemon") {
		t.Errorf("survivors %q", p.Exit.Survivors)
	}
	if now, ok := statOf(daemon.pid); !ok || now.state == 'Z' {
		t.Error("the daemon was ended")
	}
}

// A background process that keeps the output open does not hold the outcome back.
func TestLeftRunning(t *testing.T) {
	h := start(t, supervisor(t), job("sleep 300 & echo $!"))
	p := finish(t, h)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(p.Output)))
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
	if p.Exit.Outcome != "ok" || !strings.Contains(p.Exit.Text, "left running: sleep 300") {
		t.Errorf("%+v", p.Exit)
	}
}

func TestFloodIsBounded(t *testing.T) {
	s := supervisor(t)
	s.Cap = 64 << 10
	p := finish(t, start(t, s, job("echo first; yes 0123456789 | head -c 3000000; echo last")))
	b, err := os.ReadFile(filepath.Join(s.Dir, fmt.Sprintf("op%06d", opSeq), outputFile))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if len(b) > 65<<10 || !strings.HasPrefix(text, "first\n") || !strings.HasSuffix(text, "last\n") || !strings.Contains(text, fmt.Sprintf("cut %d bytes here", p.Exit.Cut)) {
		t.Errorf("%d bytes kept, cut %d: %q … %q", len(b), p.Exit.Cut, text[:20], text[len(text)-20:])
	}
	if p.Exit.Bytes != 3000011 || p.Exit.Cut == 0 {
		t.Errorf("%+v", p.Exit)
	}
}

func TestBuiltInKind(t *testing.T) {
	s := supervisor(t)
	kind := func(p *action.Plan) { p.Kind = "polite" }
	if p := finish(t, start(t, s, job("hello", kind))); p.Exit.Outcome != "ok" || string(p.Output) != "hello\n" {
		t.Errorf("%+v %q", p.Exit, p.Output)
	}
	h := start(t, s, job("wait", kind))
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	if p := finish(t, h); p.Exit.Outcome != "cancelled" || !strings.Contains(p.Exit.Text, "put back") {
		t.Errorf("%+v", p.Exit)
	}
	if _, err := s.Start(t.Context(), job("x", func(p *action.Plan) { p.Kind = "odd" })); err == nil {
		t.Error("an unknown kind began")
	}
}

func TestDirectoryThatIsNotThere(t *testing.T) {
	_, err := supervisor(t).Start(t.Context(), job("true", func(p *action.Plan) { p.Dir = "/no/such/folder" }))
	if err == nil || !strings.Contains(err.Error(), "did not begin") {
		t.Errorf("%v", err)
	}
}

func TestFindAndBefore(t *testing.T) {
	s := supervisor(t)
	if found, err := Find(s.Dir); err != nil || len(found) != 0 {
		t.Fatal(found, err)
	}
	j := job("echo a")
	j.Before = signal.Snapshot{Order: []signal.Name{signal.ErrorRatio}, Readings: map[signal.Name]signal.Reading{
		signal.ErrorRatio: {Status: signal.Out, Sample: signal.Sample{Value: .58}}}}
	h := start(t, s, j)
	finish(t, h)
	long := start(t, s, job("sleep 300"))
	before, err := h.Before()
	if err != nil || before.Reading(signal.ErrorRatio).Sample.Value != .58 {
		t.Error(before, err)
	}
	found, err := Find(s.Dir)
	if err != nil || len(found) != 2 || found[0].State != Finished || found[1].State != Running || found[1].Plan.Hash != long.Plan.Hash || found[0].By != "ana" {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := Attach(filepath.Join(s.Dir, "none")); ops.CodeOf(err) != ops.Unreachable {
		t.Error(err)
	}
}
