// Package git reads a checkout through the git program: where it stands, what was committed, what
// lies changed in it, what a checkout of another commit would change and lose. It changes nothing, and
// it runs no program that the repository names: no hook, no pager, no filter of its own.
package git

import (
	"context"
	"strconv"
	"strings"
	"time"

	"calm/ops"
	"calm/ops/run"
)

// within bounds one call; a checkout on a hung disk must not hold a proposal back.
const within = 5 * time.Second

// Repo is one checkout.
type Repo struct {
	Dir  string
	Exec run.Exec
	Env  []string // the environment of the program; nil means run.BaseEnv()
}

// Commit is one commit.
type Commit struct {
	Hash    string // whole, lower-case hex
	Short   string
	Date    time.Time // of the commit, not of its authoring
	Subject string
}

// String is the commit on one line: "4f2c1a9  2026-11-23 02:58  Release 1.5.0". What stands before
// the first two blanks is a revision.
func (c Commit) String() string {
	return c.Short + "  " + c.Date.UTC().Format("2006-01-02 15:04") + "  " + c.Subject
}

// Head is the commit that is checked out, and its branch; branch is empty when HEAD is detached.
func (r Repo) Head(ctx context.Context) (c Commit, branch string, err error) {
	if c, err = r.Resolve(ctx, "HEAD"); err != nil {
		return c, "", err
	}
	// It exits 1 without a word when HEAD is detached.
	if out, err := r.git(ctx, "symbolic-ref", "--quiet", "--short", "HEAD"); err == nil {
		branch = strings.TrimSpace(out)
	}
	return c, branch, nil
}

// Resolve gives the commit that a revision means. The error has the code Invalid when there is none.
func (r Repo) Resolve(ctx context.Context, revision string) (Commit, error) {
	out, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return Commit{}, r.unresolved(ctx, revision, err)
	}
	list, err := r.log(ctx, 1, strings.TrimSpace(out))
	if err != nil {
		return Commit{}, err
	}
	if len(list) != 1 {
		return Commit{}, ops.Errorf(ops.Invalid, "git log", "%s has no commit %s", r.Dir, revision)
	}
	return list[0], nil
}

// Log gives the last n commits before and with HEAD, newest first.
func (r Repo) Log(ctx context.Context, n int) ([]Commit, error) { return r.log(ctx, n, "HEAD") }

// Changed lists the tracked files that differ from HEAD, as paths in the checkout; none is a clean
// tree. Files that git does not know are no change: a checkout leaves them alone.
func (r Repo) Changed(ctx context.Context) ([]string, error) {
	out, err := r.unfiltered(ctx, "status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=all")
	if err != nil {
		return nil, err
	}
	var paths []string
	for entry := range strings.SplitSeq(out, "\x00") {
		if len(entry) > 3 {
			paths = append(paths, entry[3:])
		}
	}
	return paths, nil
}

func (r Repo) log(ctx context.Context, n int, from string) ([]Commit, error) {
	const fields = "%H%x00%h%x00%cI%x00%s"
	out, err := r.git(ctx, "log", "-z", "--no-show-signature", "--format="+fields, "--max-count="+strconv.Itoa(n), "--end-of-options", from)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	var commits []Commit
	for len(parts) >= 4 {
		at, err := time.Parse(time.RFC3339, parts[2])
		if err != nil {
			return nil, ops.Errorf(ops.Invalid, "git log", "a date that makes no sense: %w", err)
		}
		commits = append(commits, Commit{Hash: parts[0], Short: parts[1], Date: at, Subject: parts[3]})
		parts = parts[4:]
	}
	return commits, nil
}

// git runs one reading command. Hooks and the fsmonitor are programs that the checkout names; a
// lock taken for a refresh of the index could get into a deployment's way.
func (r Repo) git(ctx context.Context, args ...string) (string, error) {
	res, err := r.reply(ctx, args...)
	return string(res.Stdout), err
}

func (r Repo) reply(ctx context.Context, args ...string) (run.Result, error) {
	argv := []string{"git", "--no-pager", "--no-optional-locks"}
	for _, s := range off {
		argv = append(argv, "-c", s[0]+"="+s[1])
	}
	return r.Exec.Run(ctx, run.Command{Argv: append(argv, args...), Dir: r.Dir, Env: r.environment(), Timeout: within})
}

func (r Repo) environment() []string {
	env := r.Env
	if env == nil {
		env = run.BaseEnv()
	}
	// No protocol at all: in a partial clone even a diff would fetch what it misses.
	return append(env[:len(env):len(env)], "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=none", "LC_ALL=C")
}
