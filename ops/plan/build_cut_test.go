package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/ops/run"
)

// waitFor waits for a file that a step writes.
func waitFor(t *testing.T, path string) {
	t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%s does not come", path)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// A build that is stopped leaves what runs as it was, and nothing of itself: no process, no folder.
func TestBuildThatIsStopped(t *testing.T) {
	p := app(t)
	signs := t.TempDir()
	programs(t, p, map[string]string{"npm": "rm -rf node_modules; echo x > dist; (trap '' TERM; setsid bash -c 'echo $$ > " + signs + "/pid; exec sleep 600') & touch " + signs + "/began; wait"})
	before := photograph(t, p)
	got := propose(t, p, Request{Step: step("npm run build")})
	root := t.TempDir()
	sup := run.Supervisor{Dir: filepath.Join(root, "actions"), Leases: filepath.Join(root, "leases")}
	h, err := sup.Start(t.Context(), run.Job{Plan: got, Env: p.EnvOf(got), By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(signs, "began"))
	waitFor(t, filepath.Join(signs, "pid"))
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	end, err := h.Wait(t.Context())
	if err != nil || end.Exit.Outcome != "cancelled" || !strings.Contains(end.Exit.Text, "as they were") {
		t.Errorf("%+v, %v", end.Exit, err)
	}
	if photograph(t, p) != before {
		t.Error("what runs was changed")
	}
	if left := append(beside(t, p, "calm-"), beside(t, p, "kept-")...); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	pid := strings.TrimSpace(read(t, filepath.Join(signs, "pid")))
	if state, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil && !strings.Contains(string(state), ") Z ") {
		t.Errorf("its grandchild lives: %s", state)
	}
}

// What a build that was killed has left is removed by the next one, and a swap that was cut off is made
// whole by its undo.
func TestBuildThatWasKilled(t *testing.T) {
	p := app(t)
	stage := filepath.Join(filepath.Dir(p.Dir), ".app.calm-01JOLD")
	gitRun(t, p.Dir, "worktree", "add", "--quiet", "--detach", stage, "HEAD")
	got := propose(t, p, Request{Step: step("npm ci && npm run build")})
	if end := perform(t, p, got); end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	if left := beside(t, p, "calm-"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	before := photograph(t, p)
	next := propose(t, p, Request{Step: step("npm ci && npm run build")})
	if end := perform(t, p, next); end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	// As if it had ended between the two renames: the old build with the new packages.
	kept := filepath.Join(beside(t, p, "kept-"+next.Op)[0], "files")
	for _, mv := range [][2]string{
		{filepath.Join(p.Dir, "dist"), filepath.Join(kept, "aside")},
		{filepath.Join(kept, "dist"), filepath.Join(p.Dir, "dist")},
		{filepath.Join(kept, "aside"), filepath.Join(kept, "dist")},
	} {
		if err := os.Rename(mv[0], mv[1]); err != nil {
			t.Fatal(err)
		}
	}
	if why := p.Problem(t.Context(), next); !strings.Contains(why, "dist: it is not what was put in place") {
		t.Errorf("half of it is in place, and nobody saw it: %q", why)
	}
	back, err := p.Inverse(t.Context(), next, Request{})
	if err != nil {
		t.Fatal(err)
	}
	if end := perform(t, p, back); end.Exit.Outcome != "ok" || p.Problem(t.Context(), back) != "" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	if photograph(t, p) != before {
		t.Error("it is not as it was before")
	}
}

// What was built by hand since is not overwritten by an undo.
func TestUndoOfABuildThatIsNotThereAnyMore(t *testing.T) {
	p := app(t)
	got := propose(t, p, Request{Step: step("npm run build")})
	if end := perform(t, p, got); end.Exit.Outcome != "ok" {
		t.Fatalf("%+v\n%s", end.Exit, end.Output)
	}
	sh(t, p, "npm run build")
	back, err := p.Inverse(t.Context(), got, Request{})
	if err != nil {
		t.Fatal(err)
	}
	if end := perform(t, p, back); end.Exit.Outcome != "failed" || !strings.Contains(end.Exit.Text, "made anew since") {
		t.Errorf("%+v", end.Exit)
	}
}
