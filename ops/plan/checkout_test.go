package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/model/action"
	"calm/ops/run"
)

func gitRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	argv := append([]string{"git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"}, args...)
	res, err := (run.Local{}).Run(t.Context(), run.Command{Argv: argv, Dir: dir, Env: append(run.BaseEnv(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")})
	if err != nil {
		t.Fatalf("%v\n%s", err, res.Stderr)
	}
	return strings.TrimSpace(string(res.Stdout))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, dir, message string) string {
	t.Helper()
	write(t, filepath.Join(dir, "file"), message)
	gitRun(t, dir, "add", "--all")
	gitRun(t, dir, "commit", "--quiet", "-m", message)
	return gitRun(t, dir, "rev-parse", "HEAD")
}

// releases is a checkout of three commits, on main.
func releases(t *testing.T, p *Planner) (hashes []string) {
	t.Helper()
	gitRun(t, p.Dir, "init", "--quiet")
	for _, m := range []string{"Release 1.4.0", "Release 1.4.1", "Release 1.5.0"} {
		hashes = append(hashes, commit(t, p.Dir, m))
	}
	gitRun(t, p.Dir, "tag", "v1.4.1", hashes[1])
	return hashes
}

// refused is the error of a proposal that must be none.
func refused(t *testing.T, p *Planner, command string, want ...string) {
	t.Helper()
	got, err := p.Plan(t.Context(), Request{Step: step(command)})
	if err == nil {
		t.Fatalf("%s is proposed: %q", command, got.Command)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
}

func TestCheckout(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	s := step("git checkout --detach <last-known-good-commit>")
	fill, err := p.Fillings(t.Context(), s)
	values := fill["<last-known-good-commit>"]
	if err != nil || len(values) != 2 || !strings.HasSuffix(values[0], "  Release 1.4.1") {
		t.Fatal(fill, err)
	}
	got := propose(t, p, Request{Step: s, Fill: map[string]string{"<last-known-good-commit>": values[0]}})
	short := strings.Fields(values[0])[0]
	if got.Command != "git checkout --detach "+hashes[1] {
		t.Errorf("%q", got.Command)
	}
	contains(t, "changes", got.Changes, short+" → "+hashes[1])
	contains(t, "touches", got.Touches, `on main, "Release 1.5.0"`)
	contains(t, "touches", got.Touches, "to "+values[0])
	contains(t, "touches", got.Touches, "1 file, +1 −1; 1 commit back")
	if !strings.HasPrefix(got.Undo, "git checkout main") || got.Lease != "dir:"+p.Dir {
		t.Errorf("%q %q", got.Undo, got.Lease)
	}
	if why := p.Problem(t.Context(), got); !strings.Contains(why, "not "+short) {
		t.Errorf("HEAD did not move, and nobody saw it: %q", why)
	}
	gitRun(t, p.Dir, "checkout", "--quiet", short)
	if why := p.Problem(t.Context(), got); why != "" {
		t.Error(why)
	}
	write(t, filepath.Join(p.Dir, "file"), "edited")
	if why := p.Problem(t.Context(), got); !strings.Contains(why, "1 file is not as in it: file") {
		t.Errorf("a file of another release lies there, and nobody saw it: %q", why)
	}
	refused(t, p, "git checkout main", "changed here in 1 file: file", "git stash")
	got = propose(t, p, Request{Step: step("git checkout nowhere")})
	contains(t, "notes", got.Notes, "has no commit nowhere")
}

func TestCheckoutPinsWhatIsNamed(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	for written, want := range map[string]string{
		"git checkout v1.4.1":                      "git checkout " + hashes[1],
		"git checkout 'v1.4.1'":                    "git checkout " + hashes[1],
		"git switch --detach HEAD~1":               "git switch --detach " + hashes[1],
		"git reset --hard v1.4.1":                  "git reset --hard " + hashes[1],
		"git checkout main":                        "git checkout main",
		"git checkout -b fix v1.4.1":               "git checkout -b fix v1.4.1",
		"git checkout -- file":                     "git checkout -- file",
		"git fetch origin && git checkout v1.4.1":  "git fetch origin && git checkout v1.4.1",
		"git log --oneline -3; git checkout HEAD^": "git log --oneline -3; git checkout " + hashes[1],
	} {
		got := propose(t, p, Request{Step: step(written)})
		if got.Command != want {
			t.Errorf("%s became %q", written, got.Command)
		}
		contains(t, "changes of "+written, got.Changes, "hooks and fsmonitor are off")
		contains(t, "variables of "+written, p.EnvOf(got), "GIT_CONFIG_KEY_0=core.hooksPath")
	}
	got := propose(t, p, Request{Step: step("git checkout v1.4.1"), AsWritten: true})
	if got.Command != "git checkout v1.4.1" || len(got.Sets) != 0 {
		t.Errorf("as written it is %q with %q", got.Command, got.Sets)
	}
	contains(t, "notes", got.Notes, "runs the hooks of the checkout")
	got = propose(t, p, Request{Step: step("git pull && pm2 restart glowglitch-app --update-env")})
	if len(got.Sets) != 0 {
		t.Errorf("pm2 would keep %q", got.Sets)
	}
	contains(t, "notes", got.Notes, "without pm2 keeping")
}

func TestCheckoutRefusesWhatItWouldLose(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	write(t, filepath.Join(p.Dir, ".gitignore"), "*.local\n")
	commit(t, p.Dir, "Ignore what is local")
	write(t, filepath.Join(p.Dir, "notes.txt"), "in the release")
	write(t, filepath.Join(p.Dir, "env.local"), "in the release")
	gitRun(t, p.Dir, "add", "--force", "notes.txt", "env.local")
	next := commit(t, p.Dir, "Release 1.6.0")
	gitRun(t, p.Dir, "checkout", "--quiet", "HEAD~1")

	write(t, filepath.Join(p.Dir, "notes.txt"), "only here")
	refused(t, p, "git checkout "+next, "notes.txt", "does not know here")
	if err := os.Remove(filepath.Join(p.Dir, "notes.txt")); err != nil {
		t.Fatal(err)
	}
	// git itself would write over an ignored file without a word.
	write(t, filepath.Join(p.Dir, "env.local"), "only here")
	refused(t, p, "git checkout main", "env.local")
	got := propose(t, p, Request{Step: step("git checkout --force main")})
	if !strings.Contains(got.Lost, "env.local") {
		t.Errorf("lost: %q", got.Lost)
	}
	// A changed file that is alike in both stays as it is.
	write(t, filepath.Join(p.Dir, ".gitignore"), "*.local\nlogs\n")
	got = propose(t, p, Request{Step: step("git checkout --detach HEAD")})
	contains(t, "notes", got.Notes, "1 file differ from HEAD: .gitignore")
	refused(t, p, "git checkout "+hashes[0], ".gitignore")
}

func TestCheckoutOfWhatIsNoWholeClone(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	whole := p.Dir
	p.Dir = filepath.Join(t.TempDir(), "shallow")
	gitRun(t, whole, "clone", "--quiet", "--depth=1", "file://"+whole, p.Dir)
	got := propose(t, p, Request{Step: step("git checkout " + hashes[0])})
	contains(t, "notes", got.Notes, "git fetch --unshallow")
	p.Dir = filepath.Join(t.TempDir(), "bare")
	gitRun(t, whole, "clone", "--quiet", "--bare", whole, p.Dir)
	refused(t, p, "git checkout main", "bare repository")
	p.Dir = t.TempDir()
	refused(t, p, "git checkout main", "not a git repository")
	p.Dir = filepath.Join(t.TempDir(), "linked")
	gitRun(t, whole, "worktree", "add", "--quiet", "--detach", p.Dir, "HEAD")
	got = propose(t, p, Request{Step: step("git checkout v1.4.1")})
	if !strings.HasPrefix(got.Undo, "git checkout --detach ") {
		t.Errorf("undo of a detached HEAD: %q", got.Undo)
	}
}

func TestCheckoutBehindALock(t *testing.T) {
	p := planner(t, shop())
	releases(t, p)
	lock := filepath.Join(p.Dir, ".git", "index.lock")
	write(t, lock, "")
	old := time.Now().Add(-3 * time.Hour)
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	refused(t, p, "git checkout v1.4.1", "3h 00m old and no git runs there", "rm "+lock)
	propose(t, p, Request{Step: step("git log --oneline -3")})
}

const lockText = `{"lockfileVersion":3,"packages":{"":{"version":"%v"},"node_modules/a":{"version":"%a","integrity":"sha512-%a"},"node_modules/b":{"version":"1.0.0"}}}`

func TestCheckoutSaysWhatMustFollow(t *testing.T) {
	p := planner(t, shop())
	gitRun(t, p.Dir, "init", "--quiet")
	release := func(version, a string) string {
		write(t, filepath.Join(p.Dir, "package-lock.json"), strings.NewReplacer("%v", version, "%a", a).Replace(lockText))
		return commit(t, p.Dir, "Release "+version)
	}
	first := release("1.0.0", "1.0.0")
	second := release("1.1.0", "1.0.0")
	write(t, filepath.Join(p.Dir, "db", "migrations", "7.sql"), "alter")
	third := release("2.0.0", "2.0.0")
	got := propose(t, p, Request{Step: step("git checkout --detach " + second)})
	contains(t, "touches", got.Touches, "package-lock.json differs in 1 package: npm ci is needed")
	contains(t, "touches", got.Touches, "1 migration differs: the database stays as it is")
	write(t, filepath.Join(p.Dir, "dist", "build.json"), `{"commit":"`+second+`"}`)
	got = propose(t, p, Request{Step: step("git checkout --detach " + second)})
	contains(t, "touches", got.Touches, "what runs was built from "+second[:7]+" (dist/build.json)")
	gitRun(t, p.Dir, "checkout", "--quiet", second)
	got = propose(t, p, Request{Step: step("git checkout --detach " + first)})
	contains(t, "touches", got.Touches, "package-lock.json differs in no package: npm ci is not needed")
	got = propose(t, p, Request{Step: step("git checkout --detach " + third)})
	contains(t, "touches", got.Touches, "1 commit forward")
}

// A branch that moved since is gone back to by its commit.
func TestUndoOfACheckoutFromABranch(t *testing.T) {
	p := planner(t, shop())
	hashes := releases(t, p)
	done := propose(t, p, Request{Step: step("git checkout --detach v1.4.1")})
	gitRun(t, p.Dir, "checkout", "--quiet", "--detach", hashes[1])
	undo := func() action.Plan {
		t.Helper()
		got, err := p.Inverse(t.Context(), done, Request{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := undo(); got.Command != "git checkout main" || len(got.Sets) == 0 || !strings.Contains(string(got.Detail), hashes[2]) {
		t.Errorf("%q with %q to %s", got.Command, got.Sets, got.Detail)
	}
	gitRun(t, p.Dir, "branch", "--force", "main", hashes[0])
	if got := undo(); got.Command != "git checkout --detach "+hashes[2] {
		t.Errorf("%q", got.Command)
	}
}

func TestProblemOfACheckoutThatCanNotBeRead(t *testing.T) {
	p := planner(t, shop())
	releases(t, p)
	done := propose(t, p, Request{Step: step("git checkout v1.4.1")})
	if err := os.Rename(filepath.Join(p.Dir, ".git"), filepath.Join(p.Dir, "gone")); err != nil {
		t.Fatal(err)
	}
	if why := p.Problem(t.Context(), done); !strings.Contains(why, "can't be read") {
		t.Errorf("a checkout that nobody can read counts as one that worked: %q", why)
	}
}

// A git that ends well and has not gone there, or not whole.
func TestCheckoutsThatLie(t *testing.T) {
	for name, c := range map[string]struct{ lie, want string }{
		"it does nothing":           {"exit 0", "HEAD is"},
		"it moves HEAD alone":       {`exec $REAL update-ref --no-deref HEAD "${@: -1}"`, "1 file is not as in it: file"},
		"it goes somewhere else":    {"exec $REAL checkout --quiet --detach HEAD~1", "HEAD is"},
		"it goes back at once":      {`$REAL checkout --quiet --detach "${@: -1}"; $REAL checkout --quiet main`, "HEAD is"},
		"a filter writes otherwise": {`$REAL checkout --quiet --detach "${@: -1}"; echo other >> file`, "1 file is not as in it: file"},
		"it loses the repository":   {"mv .git gone", "can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			p := planner(t, shop())
			hashes := releases(t, p)
			programs(t, p, map[string]string{"git": `case " $* " in *" --no-pager "*) exec $REAL "$@";; esac` + "\n" + c.lie})
			got := propose(t, p, Request{Step: step("git checkout --detach " + hashes[0])})
			if end := perform(t, p, got); end.Exit.Outcome != "ok" {
				t.Fatalf("%+v\n%s", end.Exit, end.Output)
			}
			if why := p.Problem(t.Context(), got); !strings.Contains(why, c.want) {
				t.Errorf("it counts as worked: %q", why)
			}
		})
	}
}
