package release

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/ops"
	"calm/ops/npm"
)

// prove holds what a command made against what it should have made: a program that says 0 may have done
// nothing, or something else.
func (b *building) prove(ctx context.Context, s *staged, made []string) error {
	for _, dir := range []string{b.Top, b.Stage} {
		now, _, err := b.repo(dir).Head(ctx)
		if err != nil {
			return err
		}
		if now.Hash != b.Head {
			return ops.Errorf(ops.Conflict, "build beside", "HEAD of %s is %s now, not %s: something else checked it out meanwhile", dir, now.Short, b.Head[:7])
		}
	}
	if b.Install {
		if err := b.installed(); err != nil {
			return err
		}
	}
	for _, name := range made {
		if err := b.known(name); err != nil {
			return err
		}
	}
	if b.Build {
		return b.built(made, s.ready)
	}
	return nil
}

// installed holds node_modules against the lock: those in the stage, or, where the command left them
// alone, those that are there already.
func (b *building) installed() error {
	at := b.Stage
	if _, err := os.Stat(filepath.Join(b.Stage, b.Sub, "node_modules")); err != nil {
		if _, err := os.Stat(filepath.Join(b.Stage, "node_modules")); err != nil {
			at = b.Top
		}
	}
	return Installed(filepath.Join(at, b.Sub), at)
}

// Installed says what the packages of an app lack of what its lock names. The lock and the packages of a
// workspace stand at the top of the checkout.
func Installed(dir, top string) error {
	const op = "node_modules"
	for _, at := range slices.Compact([]string{dir, top}) {
		missing, err := npm.Missing(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return ops.Errorf(ops.Failed, op, "it can't be compared with the lock: %w", err)
		case len(missing) > 0:
			return ops.Errorf(ops.Failed, op, "%s of package-lock.json not there as locked: %s", plural(len(missing), "package is", "packages are"), few(missing))
		}
		return nil
	}
	// A lock of another package manager: that there is something is all that can be said.
	for _, at := range slices.Compact([]string{dir, top}) {
		if entries, err := os.ReadDir(filepath.Join(at, "node_modules")); err == nil && len(entries) > 0 {
			return nil
		}
	}
	return ops.Errorf(ops.Failed, op, "it is empty, or not there")
}

// known refuses to exchange a folder that is there and that no build is known to own: users may have
// written into it since.
func (b *building) known(name string) error {
	info, err := os.Lstat(filepath.Join(b.Top, name))
	if err != nil || !info.IsDir() || isOutput(b.Sub, name) {
		return nil //nolint:nilerr // There is nothing to be lost.
	}
	return ops.Errorf(ops.Conflict, "build beside", "it wrote into %s, which is there already and may hold more than a build; run it as written (o) if that is right", name)
}

// isOutput says whether a path of the checkout is a folder that a build or an installation owns.
func isOutput(sub, name string) bool {
	base := filepath.Base(name)
	if base == "node_modules" || slices.Contains(outputs, base) {
		return true
	}
	below, err := filepath.Rel(filepath.Clean("/"+sub), "/"+name)
	return err == nil && slices.Contains(outputs, below)
}

// built says whether a build made something, of this commit.
func (b *building) built(made []string, since time.Time) error {
	wrote := slices.ContainsFunc(made, func(name string) bool {
		return filepath.Base(name) != "node_modules" && holdsFile(filepath.Join(b.Stage, name), since)
	})
	if !wrote {
		return ops.Errorf(ops.Failed, "build", "it ended well and wrote nothing")
	}
	for _, dir := range slices.Compact([]string{filepath.Join(b.Stage, b.Sub), b.Stage}) {
		if of, ok := BuiltFrom(dir); ok && of.Commit != b.Head {
			return ops.Errorf(ops.Failed, "build", "%s says that it was built from %s, not from %s", of.File, of.Commit[:7], b.Head[:7])
		}
	}
	return nil
}

// holdsFile says whether a path is, or has in it, a file that is not empty and was written after a time.
func holdsFile(path string, since time.Time) bool {
	found := errors.New("found")
	err := filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Size() > 0 && !changedAt(info).Before(since) {
			return found
		}
		return nil
	})
	return errors.Is(err, found)
}

// Fresh says whether a build in place has written since a time, and why not. ok is true where no folder
// that a build is known to write is there, so that nothing can be said.
func Fresh(dir string, since time.Time) (why string, ok bool) {
	var stale []string
	for _, out := range outputs {
		path := filepath.Join(dir, out)
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			continue
		}
		if holdsFile(path, since) {
			return "", true
		}
		stale = append(stale, out)
	}
	if len(stale) == 0 {
		return "", true
	}
	return "the build wrote nothing: " + few(stale) + " are as they were", false
}

// maxRelocated bounds a file that is looked at for the stage's path.
const maxRelocated = 64 << 20

// relocate writes the checkout's path where what was made holds that of the stage: it runs there from
// now on. Caches are left alone: to a tool they are of another folder, and it makes them anew.
func (b *building) relocate(made []string) error {
	n := 0
	for _, name := range made {
		err := filepath.WalkDir(filepath.Join(b.Stage, name), func(path string, e fs.DirEntry, err error) error {
			below, _ := filepath.Rel(b.Stage, path)
			switch {
			case err != nil:
				return err
			case e.IsDir() && skipped(below):
				return fs.SkipDir
			case !e.Type().IsRegular() || !mayHoldPath(below):
				return nil
			}
			changed, err := b.relocateFile(path, e)
			if changed {
				n++
			}
			return err
		})
		if err != nil {
			return ops.Wrap("build beside", err)
		}
	}
	if n > 0 {
		b.say("%s named the folder of the build: written as %s", plural(n, "file", "files"), b.Top)
	}
	return nil
}

func skipped(below string) bool {
	return slices.Contains([]string{"cache", ".cache", ".parcel-cache", ".turbo"}, filepath.Base(below))
}

// mayHoldPath spares the packages, but for the starters that some installers write with whole paths.
func mayHoldPath(below string) bool {
	inside := strings.Contains("/"+below, "/node_modules/")
	return !inside || strings.Contains(below, "/.bin/")
}

func (b *building) relocateFile(path string, e fs.DirEntry) (bool, error) {
	info, err := e.Info()
	if err != nil || info.Size() > maxRelocated {
		return false, err
	}
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(b.Stage)) {
		return false, err
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return false, ops.Errorf(ops.Failed, "build beside", "%s is no text and names the folder that it was built in: it would not work in another; run it as written (o)", path)
	}
	return true, os.WriteFile(path, bytes.ReplaceAll(text, []byte(b.Stage), []byte(b.Top)), info.Mode().Perm())
}
