package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/ops"
	"calm/ops/run"
)

// repo makes a checkout with three commits, the second tagged, and a hook that must never run.
func repo(t *testing.T) Repo {
	t.Helper()
	dir := t.TempDir()
	trap := filepath.Join(t.TempDir(), "hook-ran")
	r := Repo{Dir: dir, Exec: run.Local{}, Env: append(run.BaseEnv(), "HOME="+t.TempDir(), "GIT_CONFIG_NOSYSTEM=1")}
	do := func(args ...string) {
		t.Helper()
		argv := append([]string{"git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"}, args...)
		env := append(r.environment(), "GIT_COMMITTER_DATE=2026-11-20T02:58:40Z", "GIT_AUTHOR_DATE=2026-11-20T02:58:40Z")
		if res, err := (run.Local{}).Run(t.Context(), run.Command{Argv: argv, Dir: dir, Env: env}); err != nil {
			t.Fatalf("%v\n%s", err, res.Stderr)
		}
	}
	do("init", "--quiet")
	for _, v := range []string{"one", "two", "three\n\nwith a body"} {
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte(v), 0o644); err != nil {
			t.Fatal(err)
		}
		do("add", "file")
		do("commit", "--quiet", "-m", v)
		if v == "two" {
			do("tag", "v2")
		}
	}
	hook := "#!/bin/sh\ntouch " + trap + "\n"
	for _, name := range []string{"post-index-change", "fsmonitor-watchman"} {
		if err := os.WriteFile(filepath.Join(dir, ".git", "hooks", name), []byte(hook), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	do("-c", "core.hooksPath=/dev/null", "config", "core.fsmonitor", filepath.Join(dir, ".git", "hooks", "fsmonitor-watchman"))
	t.Cleanup(func() {
		if _, err := os.Stat(trap); err == nil {
			t.Error("a program of the checkout was run")
		}
	})
	return r
}

func TestLogAndHead(t *testing.T) {
	r := repo(t)
	list, err := r.Log(t.Context(), 10)
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	if c := list[0]; c.Subject != "three" || len(c.Hash) != 40 || !strings.HasPrefix(c.Hash, c.Short) || c.String() != c.Short+"  2026-11-20 02:58  three" {
		t.Errorf("%+v", c)
	}
	head, branch, err := r.Head(t.Context())
	if err != nil || head != list[0] || branch != "main" {
		t.Error(head, branch, err)
	}
	two, err := r.Resolve(t.Context(), "v2")
	if err != nil || two.Hash != list[1].Hash {
		t.Error(two, err)
	}
}

func TestResolveWhatIsNotThere(t *testing.T) {
	r := repo(t)
	for _, rev := range []string{"nope", "--all", "-h", "", "v2^{tree}"} {
		if c, err := r.Resolve(t.Context(), rev); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%q: %v %v", rev, c, err)
		}
	}
	r.Dir = t.TempDir()
	if _, _, err := r.Head(t.Context()); err == nil {
		t.Error("a folder that is no checkout has a HEAD")
	}
}

func TestChanged(t *testing.T) {
	r := repo(t)
	if c, err := r.Changed(t.Context()); err != nil || len(c) != 0 {
		t.Fatal(c, err)
	}
	for _, name := range []string{"file", "new"} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := r.Changed(t.Context()); err != nil || len(c) != 1 || c[0] != "file" {
		t.Error(c, err)
	}
}
