package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/ops"
)

// within gives a supervisor whose process begins with some lines of shell, which put it under a limit.
func within(t *testing.T, lines string) Supervisor {
	t.Helper()
	s := supervisor(t)
	s.Self = filepath.Join(t.TempDir(), "supervisor")
	text := fmt.Sprintf("#!/bin/bash\n%s\nexec %s \"$@\"\n", lines, quote(os.Args[0]))
	if err := os.WriteFile(s.Self, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return s
}

// cgroup makes a control group where this machine lets the test have one. Each setting is tried under
// its name in either version of the kernel's interface.
func cgroup(t *testing.T, controller string, settings map[string]string) (dir string, ok bool) {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup/" + controller, "/sys/fs/cgroup"} {
		dir = filepath.Join(root, fmt.Sprintf("calm-test-%d-%d", os.Getpid(), time.Now().UnixNano()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			eventually(t, dir+" is empty", func() bool { err := unix.Rmdir(dir); return err == nil || err == unix.ENOENT })
		})
		set := false
		for name, value := range settings {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				set = os.WriteFile(filepath.Join(dir, name), []byte(value), 0) == nil
			}
		}
		if set {
			return dir, true
		}
	}
	return "", false
}

// counted is a job that says in a ledger how far it came.
func counted(t *testing.T, more ...func(*action.Plan)) (j Job, ledger string) {
	t.Helper()
	ledger = filepath.Join(t.TempDir(), "ledger")
	j = job("", append([]func(*action.Plan){func(p *action.Plan) {
		p.Command = "echo began >>" + ledger + "\n/bin/true || exit 9\necho ended >>" + ledger
	}}, more...)...)
	return j, ledger
}

// truthful starts a job where something is missing and holds what is said of it against what it did. It
// must never be unknown: nobody killed anything.
func truthful(t *testing.T, s Supervisor, what string, j Job, ledger string) (outcome string) {
	t.Helper()
	h, err := s.Start(t.Context(), j)
	if err != nil && ops.CodeOf(err) != ops.Timeout {
		if lines(ledger) != 0 {
			t.Errorf("%s: it is refused (%v), and it ran", what, err)
		}
		return "refused"
	}
	if h == nil {
		if h, err = Attach(filepath.Join(s.Dir, j.Plan.Op)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	p := finish(t, h)
	switch n := lines(ledger); {
	case p.State == NeverBegan && n == 0:
		return "never began"
	case p.State == Finished && p.Exit.Outcome == "ok" && n == 2, p.State == Finished && p.Exit.Outcome == "failed" && n < 2:
		return p.Exit.Outcome
	default:
		t.Errorf("%s: it is %s, %s %q, and wrote %d lines", what, p.State, p.Exit.Outcome, p.Exit.Text, n)
	}
	return "odd"
}

// No process and no thread more than N: with every N, from one that lets no supervisor begin to one that
// lets all run, the outcome is known. A control group counts them; without one the user's limit does,
// which binds nobody who is root.
func TestNoMoreProcesses(t *testing.T) {
	seen := map[string]int{}
	for n := 1; n <= 24; n++ {
		lines := ""
		if dir, ok := cgroup(t, "pids", map[string]string{"pids.max": strconv.Itoa(n)}); ok {
			lines = "echo $$ >" + dir + "/cgroup.procs"
		} else {
			lines = fmt.Sprintf("ulimit -u %d", threads(t)+n)
		}
		// A bash that can't fork tries for half a minute.
		j, ledger := counted(t, func(p *action.Plan) { p.Timeout = 2 * time.Second })
		s := within(t, lines)
		s.Grace = 200 * time.Millisecond
		seen[truthful(t, s, fmt.Sprintf("%d processes", n), j, ledger)]++
	}
	t.Log(seen)
	if seen["ok"] == 0 || os.Getuid() == 0 && seen["ok"] == 24 {
		t.Errorf("the limit did not bind, or nothing ran: %v", seen)
	}
}

// threads is how many the test's user has.
func threads(t *testing.T) (n int) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*/task/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		var st unix.Stat_t
		if unix.Stat(d, &st) == nil && int(st.Uid) == os.Getuid() {
			n++
		}
	}
	return n
}

// Descriptors run out in the console that starts it, or in the supervisor.
func TestNoMoreDescriptors(t *testing.T) {
	seen := map[string]int{}
	for n := 7; n <= 30; n++ {
		j, ledger := counted(t, func(p *action.Plan) { p.Lease = "pm2:app" })
		seen[truthful(t, within(t, fmt.Sprintf("ulimit -n %d", n)), fmt.Sprintf("%d descriptors", n), j, ledger)]++
	}
	here := map[string]int{}
	for n := range 14 {
		j, ledger := counted(t, func(p *action.Plan) { p.Lease = "pm2:app" })
		s := supervisor(t)
		var limit unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		few := limit
		few.Cur = uint64(len(fds) - 1 + n) // one of them was for the look
		h, err := starved(t, s, j, few, limit)
		if err != nil {
			here["refused"]++
			if lines(ledger) != 0 {
				t.Errorf("refused (%v), and it ran", err)
			}
			continue
		}
		if p := finish(t, h); p.Exit.Outcome != "ok" || lines(ledger) != 2 {
			t.Errorf("%+v, %d lines", p.Exit, lines(ledger))
		}
		here["ok"]++
	}
	t.Log(seen, here)
	if seen["ok"] == 0 || len(seen) < 2 || here["ok"] == 0 || here["refused"] == 0 {
		t.Errorf("the limit did not bind, or nothing ran: %v, in the console %v", seen, here)
	}
}

// starved starts a job while this process can open hardly a file.
func starved(t *testing.T, s Supervisor, j Job, few, limit unix.Rlimit) (*Handle, error) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
	}()
	return s.Start(t.Context(), j)
}

// Descriptors run out in the supervisor while its command runs: the tree is ended all the same when
// a person stops it, and the outcome is on disk.
func TestDescriptorsRunOutMeanwhile(t *testing.T) {
	for _, cancel := range []bool{false, true} {
		gate := filepath.Join(t.TempDir(), "gate")
		if err := unix.Mkfifo(gate, 0o600); err != nil {
			t.Fatal(err)
		}
		h := start(t, supervisor(t), job("export A=1; sleep 300 & echo $!; read -r x <"+gate+"; kill %1"))
		var pid int
		eventually(t, "it is up", func() bool {
			p, err := h.Poll()
			pid, _ = strconv.Atoi(strings.TrimSpace(string(p.Output)))
			return err == nil && pid > 0
		})
		var st started
		if ok, err := load(filepath.Join(h.Dir, startedFile), &st); !ok || err != nil {
			t.Fatal(err)
		}
		// One that can't be dumped shows them to root alone.
		fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", st.PID))
		highest := 0
		if err != nil {
			highest = 20
		}
		for _, f := range fds {
			n, _ := strconv.Atoi(f.Name())
			highest = max(highest, n)
		}
		limit := unix.Rlimit{Cur: uint64(highest + 1), Max: uint64(highest + 1)}
		if err := unix.Prlimit(st.PID, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
			t.Fatal(err)
		}
		want := "ok"
		if cancel {
			want = "cancelled"
			err = h.Cancel()
		} else {
			err = os.WriteFile(gate, []byte("go\n"), 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		if p := finish(t, h); p.State != Finished || p.Exit.Outcome != want || p.Exit.Lost != "" {
			t.Errorf("%+v", p)
		}
		if q, ok := statOf(pid); ok && q.state != 'Z' {
			t.Error("a grandchild lives on")
		}
	}
}

// Memory runs out: for the supervisor as it begins, or for the command while it runs.
func TestNoMoreMemory(t *testing.T) {
	seen := map[string]int{}
	for _, kib := range []int{1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20} {
		for _, of := range []string{"v", "d"} {
			j, ledger := counted(t)
			seen[truthful(t, within(t, fmt.Sprintf("ulimit -%s %d", of, kib)), fmt.Sprintf("ulimit -%s %d", of, kib), j, ledger)]++
		}
	}
	t.Log(seen)
	if seen["ok"] == 0 || len(seen) < 2 {
		t.Errorf("the limit did not bind, or nothing ran: %v", seen)
	}
	hungry := `x=0123456789; while :; do x=$x$x; done`
	lines := "ulimit -v 2000000"
	if dir, ok := cgroup(t, "memory", map[string]string{"memory.max": "64M", "memory.limit_in_bytes": "64M"}); ok {
		lines = "echo $$ >" + dir + "/cgroup.procs"
	}
	h, err := within(t, lines).Start(t.Context(), job(hungry))
	if err != nil {
		t.Fatal(err)
	}
	// The kernel chooses whom it kills: the command as a rule, its supervisor where it is the larger one.
	p := finish(t, h)
	if p.State == Finished && p.Exit.Outcome != "failed" || p.State != Finished && p.State != Unknown {
		t.Errorf("%s %+v", p.State, p.Exit)
	}
	t.Log(p.State, p.Exit.Text)
}

// A hundredth of a processor: everything takes longer, and nothing is said that is not so.
func TestHardlyAnyProcessor(t *testing.T) {
	j, ledger := counted(t)
	lines := "renice -n 19 $$ >/dev/null\n(while kill -STOP $$; do sleep 0.099; kill -CONT $$ || break; sleep 0.001; done) 2>/dev/null &"
	dir, ok := cgroup(t, "cpu", map[string]string{"cpu.max": "1000 100000", "cpu.cfs_quota_us": "1000"})
	if ok {
		lines = "echo $$ >" + dir + "/cgroup.procs"
	}
	since := time.Now()
	if outcome := truthful(t, within(t, lines), "at 1 %", j, ledger); outcome != "ok" {
		t.Errorf("it ended as %s", outcome)
	}
	t.Logf("by control group: %t; from start to end %s", ok, time.Since(since).Round(time.Millisecond))
}
