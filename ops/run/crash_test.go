package run

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"calm/model/action"
	"calm/ops"
)

// Kill -9 of the console and of the supervisor at random moments: no action is lost or doubled,
// and what is said about it is true.
func TestKilledAtAnyMoment(t *testing.T) {
	s := supervisor(t)
	ledgers := t.TempDir()
	rng := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	seen := map[State]int{}
	for i := range 60 {
		j := job("", func(p *action.Plan) {
			ledger := filepath.Join(ledgers, p.Op)
			p.Command = "echo began >>" + ledger + "; sleep 0.03; echo ended >>" + ledger
		})
		killConsole(t, s, j, i%2 == 0, time.Duration(rng.Int64N(int64(90*time.Millisecond))))
		seen[settle(t, s, j, filepath.Join(ledgers, j.Plan.Op))]++
	}
	t.Log(seen)
	if len(seen) < 3 {
		t.Errorf("the kills met only %v: they don't reach every phase", seen)
	}
}

// killConsole runs a console that starts the job, and kills it, or its supervisor, after a while.
func killConsole(t *testing.T, s Supervisor, j Job, supervisorToo bool, after time.Duration) {
	t.Helper()
	b, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], consoleWord, s.Dir, string(b))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.NewTimer(after)
	<-timer.C
	if supervisorToo {
		for _, pid := range childrenOf(cmd.Process.Pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func childrenOf(pid int) []int {
	var out []int
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		var p process
		if json.Unmarshal([]byte(filepath.Base(d)), &p.pid) != nil {
			continue
		}
		if q, ok := statOf(p.pid); ok && q.parent == pid {
			out = append(out, q.pid)
		}
	}
	return out
}

// settle waits until the action has come to rest, and holds what is said against what was done.
func settle(t *testing.T, s Supervisor, j Job, ledger string) State {
	t.Helper()
	dir := filepath.Join(s.Dir, j.Plan.Op)
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if lines(ledger) != 0 {
			t.Fatal("lost: it ran and left no folder")
		}
		return "not written"
	}
	found := Found{Dir: dir}
	eventually(t, "it comes to rest", func() bool {
		found = Found{Op: j.Plan.Op, Dir: dir}
		return found.look() == nil && found.State != Running && !found.Orphan
	})
	n := lines(ledger)
	switch {
	case n > 2:
		t.Fatalf("doubled: %d lines", n)
	case found.State == NeverBegan && n != 0:
		t.Fatal("it is said that it never began, and it did")
	case found.State == Finished && n != 2:
		t.Fatalf("it is said that it finished, and it wrote %d lines", n)
	}
	if _, err := s.Start(t.Context(), j); ops.CodeOf(err) != ops.Conflict {
		t.Fatalf("it could be started again: %v", err)
	}
	return found.State
}

func lines(path string) int {
	b, _ := os.ReadFile(path)
	return strings.Count(string(b), "\n")
}

// A command whose supervisor was killed goes on: it is unknown, keeps its lease, and can be ended.
func TestOrphanKeepsItsLease(t *testing.T) {
	s := supervisor(t)
	on := func(p *action.Plan) { p.Lease = "pm2:app" }
	h := start(t, s, job("echo up; sleep 300", on))
	eventually(t, "it is up", func() bool { p, err := h.Poll(); return err == nil && string(p.Output) == "up\n" })
	var st started
	if ok, err := load(filepath.Join(h.Dir, startedFile), &st); !ok || err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(st.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is unknown", func() bool {
		p, err := h.Poll()
		return err == nil && p.State == Unknown && p.Exit.Outcome == "unknown"
	})
	found, err := Find(s.Dir)
	if err != nil || len(found) != 1 || !found[0].Orphan {
		t.Fatalf("%+v %v", found, err)
	}
	if _, err := s.Start(t.Context(), job("echo two", on)); ops.CodeOf(err) != ops.Conflict {
		t.Fatalf("the lease was given away: %v", err)
	}
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is ended", func() bool { return !orphaned(h.Dir) })
	finish(t, start(t, s, job("echo three", on)))
}
