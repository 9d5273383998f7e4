package git

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"calm/ops"
)

// Layout is how a checkout is made up.
type Layout struct {
	Top        string // the folder of the checkout, without symbolic links
	GitDir     string // of this work tree
	Shallow    bool   // not all of the history is there
	Partial    bool   // files of other commits may have to be fetched
	Submodules bool
	Sparse     bool
	Lock       string // index.lock, where it is there: git changes the checkout now, or died over it
	LockAge    time.Duration
	LockBy     int // pid of a git that is at work in this checkout; 0 for none
}

// Layout looks at the checkout. The error has the code Invalid where there is none, or one without files.
func (r Repo) Layout(ctx context.Context) (Layout, error) {
	out, err := r.git(ctx, "rev-parse", "--is-bare-repository", "--absolute-git-dir", "--is-shallow-repository", "--git-path", "index.lock")
	if err != nil {
		return Layout{}, r.absent(err)
	}
	f := strings.Split(strings.TrimSpace(out), "\n")
	if len(f) != 4 {
		return Layout{}, ops.Errorf(ops.Failed, "git rev-parse", "an answer of %d lines", len(f))
	}
	if f[0] == "true" {
		return Layout{}, ops.Errorf(ops.Invalid, "git rev-parse", "%s is a bare repository: it has no files to check out; set workdir in calm.yaml", r.Dir)
	}
	l := Layout{GitDir: f[1], Shallow: f[2] == "true"}
	top, err := r.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return l, err
	}
	l.Top = strings.TrimSuffix(top, "\n")
	if partial, err := r.git(ctx, "config", "--get-regexp", `^(extensions\.partialclone|remote\..*\.promisor)$`); err == nil {
		l.Partial = strings.TrimSpace(partial) != ""
	}
	if sparse, err := r.git(ctx, "config", "--type=bool", "core.sparseCheckout"); err == nil {
		l.Sparse = strings.TrimSpace(sparse) == "true"
	}
	_, err = os.Stat(filepath.Join(l.Top, ".gitmodules"))
	l.Submodules = err == nil
	lock := f[3]
	if !filepath.IsAbs(lock) {
		lock = filepath.Join(r.Dir, lock)
	}
	if info, err := os.Stat(lock); err == nil {
		l.Lock, l.LockAge, l.LockBy = lock, time.Since(info.ModTime()), atWork(l.Top)
	}
	return l, nil
}

// atWork is the pid of a git that runs within a folder; 0 for none that can be seen.
func atWork(top string) int {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		name, _ := os.ReadFile(filepath.Join(dir, "comm"))
		if strings.TrimSpace(string(name)) != "git" {
			continue
		}
		cwd, err := os.Readlink(filepath.Join(dir, "cwd"))
		if below, bad := filepath.Rel(top, cwd); err == nil && bad == nil && filepath.IsLocal(below) {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			return pid
		}
	}
	return 0
}

// unresolved says why a revision gives no commit.
func (r Repo) unresolved(ctx context.Context, revision string, err error) error {
	op := "git rev-parse " + revision
	if ops.CodeOf(err) != ops.Failed {
		return err
	}
	if _, bad := r.git(ctx, "rev-parse", "--git-dir"); bad != nil {
		return r.absent(bad) // or one that git refuses to look at
	}
	if shallow, bad := r.git(ctx, "rev-parse", "--is-shallow-repository"); bad == nil && strings.TrimSpace(shallow) == "true" {
		return ops.Errorf(ops.Invalid, op, "%s has no commit %s: its history is cut off (a shallow clone); git fetch --unshallow brings the rest", r.Dir, revision)
	}
	return ops.Errorf(ops.Invalid, op, "%s has no commit %s", r.Dir, revision)
}

// absent is an error of git, with the code Invalid where it says that there is no checkout.
func (r Repo) absent(err error) error {
	if ops.CodeOf(err) == ops.Failed && strings.Contains(err.Error(), "not a git repository") {
		return ops.Errorf(ops.Invalid, "git rev-parse", "%s is no checkout: not a git repository; set workdir in calm.yaml", r.Dir)
	}
	return err
}

// Branch is the local branch that a checkout of a revision would put HEAD on; empty for none.
func (r Repo) Branch(ctx context.Context, revision string) string {
	out, err := r.git(ctx, "rev-parse", "--symbolic-full-name", "--verify", "--quiet", "--end-of-options", revision)
	if err != nil {
		return ""
	}
	branch, ok := strings.CutPrefix(strings.TrimSpace(out), "refs/heads/")
	if !ok {
		return ""
	}
	return branch
}

// Diff is what lies between two commits.
type Diff struct {
	Files, Added, Removed int
	Back, Forward         int      // commits that only the first has, that only the second has
	Packages              []string // package.json and lock files that differ
	Migrations            int      // files in folders of migrations that differ
	More                  bool     // the list was too long to be read whole
}

// locks are the files that say which packages belong to a release.
var locks = []string{"package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", ".nvmrc", ".node-version"}

// Between compares two commits.
func (r Repo) Between(ctx context.Context, from, to string) (Diff, error) {
	var d Diff
	res, err := r.reply(ctx, "diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "--end-of-options", from, to)
	if err != nil {
		return d, err
	}
	d.More = res.Truncated
	for entry := range strings.SplitSeq(string(res.Stdout), "\x00") {
		f := strings.SplitN(entry, "\t", 3)
		if len(f) != 3 {
			continue
		}
		d.Files++
		added, _ := strconv.Atoi(f[0]) // "-" for a binary file
		removed, _ := strconv.Atoi(f[1])
		d.Added, d.Removed = d.Added+added, d.Removed+removed
		switch {
		case slices.Contains(locks, path.Base(f[2])):
			d.Packages = append(d.Packages, f[2])
		case strings.Contains("/"+path.Dir(f[2])+"/", "/migrations/"):
			d.Migrations++
		}
	}
	counts, err := r.git(ctx, "rev-list", "--left-right", "--count", "--end-of-options", from+"..."+to)
	if err != nil {
		return d, err
	}
	back, forward, _ := strings.Cut(strings.TrimSpace(counts), "\t")
	d.Back, _ = strconv.Atoi(back)
	d.Forward, _ = strconv.Atoi(forward)
	return d, nil
}

// File is what a file holds in a commit, in a path of the checkout's top.
func (r Repo) File(ctx context.Context, commit, name string) (string, error) {
	return r.git(ctx, "cat-file", "blob", commit+":"+name)
}

// Overwritten are the files that a checkout of a commit would write over, or would be refused for:
// tracked ones that lie changed here and are different there, and ones that git does not know here and
// that are tracked there. Of the latter git itself spares those that are not ignored only.
func (r Repo) Overwritten(ctx context.Context, l Layout, to string) (changed, untracked []string, err error) {
	mine, err := r.Changed(ctx)
	if err != nil {
		return nil, nil, err
	}
	out, err := r.git(ctx, "diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty", "--end-of-options", "HEAD", to)
	if err != nil {
		return nil, nil, err
	}
	f := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	for i := 0; i+1 < len(f); i += 2 {
		switch state, name := f[i], f[i+1]; {
		case slices.Contains(mine, name):
			changed = append(changed, name)
		case state == "A":
			if _, err := os.Lstat(filepath.Join(l.Top, name)); err == nil {
				untracked = append(untracked, name)
			}
		}
	}
	return changed, untracked, nil
}
