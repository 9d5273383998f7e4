package release

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"calm/ops"
	"calm/ops/git"
	"calm/ops/run"
)

// maxLoose bounds the files outside git that a build gets: settings such as .env are small.
const maxLoose = 1 << 20

// staged is what was laid out for a command.
type staged struct {
	lock   *os.File // held as long as the stage is in use
	files  int
	loose  []string // files that git does not know, copied
	clones []string // folders of packages, copied
	were   []string // folders of packages in the checkout
	ready  time.Time
}

// prepare lays a copy of the checkout out beside it: the files that git knows as they lie there, the
// small ones that it does not know, and where the command needs them the packages. Folders that git does
// not know stay behind: they are what builds and users write.
func (b *building) prepare(ctx context.Context) (*staged, error) {
	list, err := b.listing(ctx)
	if err != nil {
		return nil, err
	}
	if err := list.fits(b.Top, time.Minute); err != nil {
		return nil, err
	}
	if _, err := b.git(ctx, b.Top, "worktree", "add", "--quiet", "--detach", "--no-checkout", b.Stage, b.Head); err != nil {
		return nil, err
	}
	s := &staged{were: list.packages}
	if s.lock, err = os.Open(b.Stage); err != nil {
		return nil, ops.Wrap("build beside", err)
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return s, ops.Wrap("build beside", err)
	}
	if _, err := b.git(ctx, b.Stage, "read-tree", b.Head); err != nil {
		return s, err
	}
	b.carryReflog(ctx)
	for _, name := range slices.Concat(list.tracked, list.loose) {
		if err := ctx.Err(); err != nil {
			return s, ops.Wrap("build beside", err)
		}
		ok, err := copyOne(filepath.Join(b.Top, name), filepath.Join(b.Stage, name))
		if err != nil {
			return s, err
		}
		if ok {
			s.files++
		}
	}
	s.loose = list.loose
	if b.Clone {
		for _, dir := range list.packages {
			if err := copyTree(ctx, filepath.Join(b.Top, dir), filepath.Join(b.Stage, dir)); err != nil {
				return s, err
			}
		}
		s.clones = list.packages
	}
	s.ready, err = now(b.Stage)
	return s, err
}

// now is the file system's own clock, which the times of files are held against.
func now(dir string) (time.Time, error) {
	path := filepath.Join(dir, ".calm-clock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return time.Time{}, ops.Wrap("build beside", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}, ops.Wrap("build beside", err)
	}
	return changedAt(info), ops.Wrap("build beside", os.Remove(path))
}

// changedAt is when a file was last changed, by the kernel's word: no program can set it.
func changedAt(info os.FileInfo) time.Time {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return time.Time{}
	}
	return time.Unix(st.Ctim.Unix())
}

// carryReflog lets `@{-1}` mean in the stage what it means in the checkout.
func (b *building) carryReflog(ctx context.Context) {
	from, errFrom := b.git(ctx, b.Top, "rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD")
	to, errTo := b.git(ctx, b.Stage, "rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD")
	if errFrom != nil || errTo != nil {
		return // an old git; only a command that looks back needs it, and says so
	}
	if text, err := os.ReadFile(strings.TrimSpace(from)); err == nil {
		_ = os.MkdirAll(filepath.Dir(strings.TrimSpace(to)), 0o755)
		_ = os.WriteFile(strings.TrimSpace(to), text, 0o644)
	}
}

// git runs a git command that no program of the checkout has a part in.
func (b *building) git(ctx context.Context, dir string, args ...string) (string, error) {
	res, err := run.Local{}.Run(ctx, run.Command{Argv: append([]string{"git"}, args...), Dir: dir, Env: append(slices.Clone(b.env), git.Safe()...), Timeout: time.Minute, MaxOutput: 64 << 20})
	if err == nil && res.Truncated {
		return "", ops.Errorf(ops.Failed, "git "+args[0], "its answer is too long")
	}
	return string(res.Stdout), err
}

// removeStage takes the stage away, and what git has noted of it.
func (b *building) removeStage(ctx context.Context) {
	if _, err := os.Lstat(b.Stage); err != nil {
		return
	}
	if _, err := b.git(ctx, b.Top, "worktree", "remove", "--force", b.Stage); err != nil {
		if err := os.RemoveAll(b.Stage); err != nil {
			b.say("%s could not be removed: %v", b.Stage, err)
		}
	}
}

// sweep removes the stages of builds that were killed: nobody holds them any more.
func (b *building) sweep(ctx context.Context) {
	parent := filepath.Dir(b.Top)
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		if !e.IsDir() || !strings.HasPrefix(dir, beside(b.Top, "calm-")) || dir == b.Stage {
			continue
		}
		f, err := os.Open(dir)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			old := *b
			old.Stage = dir
			old.removeStage(ctx)
			b.say("removed %s, which a build that was ended had left", dir)
		}
		_ = f.Close()
	}
}

// listing is what lies in a checkout.
type listing struct {
	tracked  []string
	loose    []string // files that git does not know
	packages []string // node_modules folders
	others   []string // further folders that git does not know
}

func (b *building) listing(ctx context.Context) (l listing, err error) {
	tracked, err := b.git(ctx, b.Top, "ls-files", "-z", "--cached", "--full-name")
	if err != nil {
		return l, err
	}
	l.tracked = names(tracked)
	loose, err := b.git(ctx, b.Top, "ls-files", "-z", "--others", "--directory", "--full-name")
	if err != nil {
		return l, err
	}
	for _, name := range names(loose) {
		dir, is := strings.CutSuffix(name, "/")
		switch {
		case is && filepath.Base(dir) == "node_modules":
			l.packages = append(l.packages, dir)
		case is:
			l.others = append(l.others, dir)
		default:
			if info, err := os.Lstat(filepath.Join(b.Top, name)); err == nil && info.Size() <= maxLoose {
				l.loose = append(l.loose, name)
			}
		}
	}
	return l, nil
}

func names(list string) []string {
	list = strings.TrimSuffix(list, "\x00")
	if list == "" {
		return nil
	}
	// A file in conflict is listed once for each of its sides.
	return slices.Compact(strings.Split(list, "\x00"))
}

// made lists what the command made or changed in the stage, as paths below it.
func (b *building) made(ctx context.Context, s *staged) ([]string, error) {
	others, err := b.git(ctx, b.Stage, "ls-files", "-z", "--others", "--directory", "--full-name")
	if err != nil {
		return nil, err
	}
	tracked, err := b.git(ctx, b.Stage, "ls-files", "-z", "--cached", "--full-name")
	if err != nil {
		return nil, err
	}
	var made []string
	for _, name := range slices.Concat(names(others), names(tracked)) {
		dir, is := strings.CutSuffix(name, "/")
		switch {
		case !is && b.same(name, s.ready):
		case is && slices.Contains(s.clones, dir) && !changedSince(filepath.Join(b.Stage, dir), s.ready):
		default:
			made = append(made, dir)
		}
	}
	if !b.Install || !slices.ContainsFunc(made, func(name string) bool { return filepath.Base(name) == "node_modules" }) {
		return made, nil
	}
	// An installation does away with the packages of what is no part of it any more.
	for _, dir := range s.were {
		if _, err := os.Lstat(filepath.Join(b.Stage, dir)); err != nil {
			made = append(made, dir)
		}
	}
	return made, nil
}

// same says whether a file of the stage is as in the checkout, or is there no more.
func (b *building) same(name string, laidOut time.Time) bool {
	at, of := filepath.Join(b.Stage, name), filepath.Join(b.Top, name)
	info, err := os.Lstat(at)
	if err != nil || info.IsDir() {
		return true
	}
	other, err := os.Lstat(of)
	if err != nil || other.Mode() != info.Mode() || other.Size() != info.Size() {
		return false
	}
	if info.Mode()&os.ModeSymlink != 0 {
		one, _ := os.Readlink(at)
		two, _ := os.Readlink(of)
		return one == two
	}
	if !info.Mode().IsRegular() || changedAt(info).Before(laidOut) {
		return true
	}
	one, err := os.ReadFile(at)
	if err != nil {
		return false
	}
	two, err := os.ReadFile(of)
	return err == nil && bytes.Equal(one, two)
}
