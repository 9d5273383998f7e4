package release

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"calm/ops"
)

// What was replaced is kept for a day, of so many builds at most: it is removed by a later build that
// was put in place.
const (
	keptFor  = 24 * time.Hour
	keptMost = 6
)

const (
	filesFolder  = "files"
	manifestFile = "kept.json"
)

// manifest is what a kept folder says of itself. It is on disk before anything is exchanged.
type manifest struct {
	Top     string    `json:"top"`
	Head    string    `json:"head"` // commit that the new ones were made from
	At      time.Time `json:"at"`
	Entries []entry   `json:"entries"`
}

// entry is one path of the checkout that a build replaced, added, or did away with.
type entry struct {
	Path string `json:"path"`
	New  uint64 `json:"new,omitempty"` // identity of what the build made; 0 where it did away with it
	Old  uint64 `json:"old,omitempty"` // identity of what was there; 0 where there was nothing
}

// kept is a folder beside the checkout with what a build replaced.
type kept struct {
	dir string
	manifest
}

func openKept(dir string) (*kept, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ops.Errorf(ops.Invalid, "put back", "%s is not there: nothing was replaced, or it was removed since", dir)
	}
	k := &kept{dir: dir}
	if err == nil {
		err = json.Unmarshal(text, &k.manifest)
	}
	if err != nil {
		return nil, ops.Errorf(ops.Invalid, "put back", "%s can't be read: %w", dir, err)
	}
	for _, e := range k.Entries {
		if !filepath.IsLocal(e.Path) {
			return nil, ops.Errorf(ops.Invalid, "put back", "%s names %s, which is not in the checkout", dir, e.Path)
		}
	}
	return k, nil
}

func (k *kept) names() string {
	var all []string
	for _, e := range k.Entries {
		all = append(all, e.Path)
	}
	return few(all)
}

// exchange puts what was made in the place of what is there, and keeps that.
func (b *building) exchange(made []string) error {
	k := &kept{dir: b.Kept, manifest: manifest{Top: b.Top, Head: b.Head, At: time.Now().UTC()}}
	for _, name := range made {
		k.Entries = append(k.Entries, entry{Path: name, New: identity(filepath.Join(b.Stage, name)), Old: identity(filepath.Join(b.Top, name))})
	}
	if err := k.take(b.Stage); err != nil {
		_ = os.RemoveAll(k.dir)
		return fmt.Errorf("%w%s", err, untouched)
	}
	if err := k.swap(false); err != nil {
		_ = os.RemoveAll(k.dir)
		return fmt.Errorf("%w%s", err, untouched)
	}
	b.say("put in place: %s", k.names())
	b.say("what was there is in %s", k.dir)
	b.prune()
	return nil
}

// identity tells one file from another that has taken its name, or even its inode: by when it was made,
// too, which no renaming changes. 0 is nothing there. A file system that does not say when leaves the
// inode alone.
func identity(path string) uint64 {
	var st unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_INO|unix.STATX_BTIME, &st) != nil {
		return 0
	}
	sum := fnv.New64a()
	_ = binary.Write(sum, binary.LittleEndian, st.Ino)
	if st.Mask&unix.STATX_BTIME != 0 {
		_ = binary.Write(sum, binary.LittleEndian, st.Btime)
	}
	return max(sum.Sum64(), 1)
}

// take moves what was made from the stage into the kept folder, and makes it durable there: from then on
// all that is left to do is renaming.
func (k *kept) take(stage string) error {
	if err := os.Mkdir(k.dir, 0o700); err != nil {
		return ops.Wrap("keep what is replaced", err)
	}
	for _, e := range k.Entries {
		to := filepath.Join(k.dir, filesFolder, e.Path)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return ops.Wrap("keep what is replaced", err)
		}
		if e.New == 0 {
			continue
		}
		if err := os.Rename(filepath.Join(stage, e.Path), to); err != nil {
			return ops.Wrap("keep what is replaced", err)
		}
	}
	text, err := json.MarshalIndent(k.manifest, "", "  ")
	if err != nil {
		return ops.Wrap("keep what is replaced", err)
	}
	if err := os.WriteFile(filepath.Join(k.dir, manifestFile), append(text, '\n'), 0o600); err != nil {
		return ops.Wrap("keep what is replaced", err)
	}
	return ops.Wrap("keep what is replaced", k.sync())
}

func (k *kept) sync() error {
	f, err := os.Open(k.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return os.NewSyscallError("syncfs", err)
	}
	return nil
}

// swap puts the new in place of the old, or, back, the old in place of the new. An entry that stands as
// it should already is left so, which makes an exchange that was cut off whole again. Either all
// entries are exchanged or, after an error, none that were not before.
func (k *kept) swap(back bool) error {
	var done []entry
	for _, e := range k.Entries {
		want, have := e.New, identity(filepath.Join(k.Top, e.Path))
		if back {
			want = e.Old
		}
		if have == want {
			continue
		}
		if err := k.flip(e, have, want); err != nil {
			for _, d := range slices.Backward(done) {
				_ = k.flip(d, identity(filepath.Join(k.Top, d.Path)), identity(k.at(d)))
			}
			return ops.Wrap("exchange "+e.Path, err)
		}
		done = append(done, e)
	}
	return ops.Wrap("exchange", k.sync())
}

func (k *kept) at(e entry) string { return filepath.Join(k.dir, filesFolder, e.Path) }

// flip exchanges one path of the checkout with the one that is kept; 0 is for nothing on that side.
func (k *kept) flip(e entry, have, want uint64) error {
	here, there := filepath.Join(k.Top, e.Path), k.at(e)
	switch {
	case want == 0:
		return unix.Renameat2(unix.AT_FDCWD, here, unix.AT_FDCWD, there, unix.RENAME_NOREPLACE)
	case have == 0:
		return unix.Renameat2(unix.AT_FDCWD, there, unix.AT_FDCWD, here, unix.RENAME_NOREPLACE)
	}
	err := unix.Renameat2(unix.AT_FDCWD, there, unix.AT_FDCWD, here, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return exchangeByPairs(there, here)
	}
	return err
}

// exchangeByPairs is for file systems that can't exchange in one go: for an instant the path is not there.
func exchangeByPairs(there, here string) error {
	aside := there + ".aside"
	if err := os.Rename(here, aside); err != nil {
		return err
	}
	if err := os.Rename(there, here); err != nil {
		return errors.Join(err, os.Rename(aside, here))
	}
	return os.Rename(aside, there)
}

// inOrder says whether kept folders, newest first, can be put back one after the other: what stands in
// the checkout must be what the builds made, or what was there before them.
func inOrder(all []*kept) error {
	stands := map[string]uint64{}
	for _, k := range all {
		for _, e := range k.Entries {
			have, ok := stands[e.Path]
			if !ok {
				have = identity(filepath.Join(k.Top, e.Path))
			}
			if have != e.New && have != e.Old {
				return ops.Errorf(ops.Conflict, "put back "+e.Path, "it was made anew since: what is kept in %s is not what was there before it", k.dir)
			}
			stands[e.Path] = e.Old
		}
	}
	return nil
}

// prune removes what was kept long ago.
func (b *building) prune() {
	all := Kept(b.Top)
	for i, dir := range all {
		k, err := openKept(dir)
		if i >= keptMost || err == nil && time.Since(k.At) > keptFor {
			if err := os.RemoveAll(dir); err == nil {
				b.say("removed %s, kept of an earlier build", dir)
			}
		}
	}
}

// Kept lists the folders with what earlier builds replaced in a checkout, newest first.
func Kept(top string) []string {
	parent := filepath.Dir(top)
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range slices.Backward(entries) {
		dir := filepath.Join(parent, e.Name())
		if e.IsDir() && strings.HasPrefix(dir, beside(top, "kept-")) {
			if _, err := os.Stat(filepath.Join(dir, manifestFile)); err == nil {
				all = append(all, dir)
			}
		}
	}
	return all // their names end with a ULID, which sorts by its time
}

// Standing says what of a change is not as it should be afterwards; nil where nothing was replaced.
func (c Change) Standing() error {
	if len(c.Back) == 0 {
		k, err := openKept(c.Kept)
		if err != nil {
			return nil //nolint:nilerr // Nothing had to be replaced.
		}
		return k.standing(false)
	}
	put := map[string]bool{}
	for _, dir := range slices.Backward(c.Back) {
		k, err := openKept(dir)
		if err != nil {
			return err
		}
		k.Entries = slices.DeleteFunc(k.Entries, func(e entry) bool { return put[e.Path] })
		for _, e := range k.Entries {
			put[e.Path] = true
		}
		if err := k.standing(true); err != nil {
			return err
		}
	}
	return nil
}

func (k *kept) standing(back bool) error {
	for _, e := range k.Entries {
		want := e.New
		if back {
			want = e.Old
		}
		if identity(filepath.Join(k.Top, e.Path)) != want {
			return ops.Errorf(ops.Failed, e.Path, "it is not what was put in place")
		}
	}
	return nil
}

// Replaced lists what builds replaced, by their kept folders.
func Replaced(dirs []string) ([]string, error) {
	var all []string
	for _, dir := range dirs {
		k, err := openKept(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range k.Entries {
			if !slices.Contains(all, e.Path) {
				all = append(all, e.Path)
			}
		}
	}
	return all, nil
}

// Since lists the kept folders whose builds stand in the checkout and were made after a time, newest
// first, with what they replaced.
func Since(top string, after time.Time) (dirs []string, replaced []string) {
	for _, dir := range Kept(top) {
		k, err := openKept(dir)
		if err != nil || !k.At.After(after) || !k.inPlace(dirs) {
			continue
		}
		dirs = append(dirs, dir)
		for _, e := range k.Entries {
			if !slices.Contains(replaced, e.Path) {
				replaced = append(replaced, e.Path)
			}
		}
	}
	return dirs, replaced
}

// inPlace says whether a build's entries stand in the checkout once the newer ones are put back.
func (k *kept) inPlace(newer []string) bool {
	var all []*kept
	for _, dir := range newer {
		if n, err := openKept(dir); err == nil {
			all = append(all, n)
		}
	}
	for _, e := range k.Entries {
		have := identity(filepath.Join(k.Top, e.Path))
		for _, n := range all {
			if i := slices.IndexFunc(n.Entries, func(o entry) bool { return o.Path == e.Path }); i >= 0 {
				have = n.Entries[i].Old
			}
		}
		if have != e.New {
			return false
		}
	}
	return true
}
