// Package npm reads what npm writes: lock files, and what lies in node_modules by its own account. It
// starts nothing, and asks no registry.
package npm

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"calm/ops"
)

// Lock is a package-lock.json, as far as an installation is held to it.
type Lock struct {
	Packages map[string]Package // by its folder: "node_modules/mongodb"; without the project itself
}

// Package is one package of a lock.
type Package struct {
	Version   string   `json:"version"`
	Integrity string   `json:"integrity"`
	Resolved  string   `json:"resolved"`
	Scripts   bool     `json:"hasInstallScript"`
	Link      bool     `json:"link"`
	Dev       bool     `json:"dev"`
	DevOpt    bool     `json:"devOptional"`
	Optional  bool     `json:"optional"`
	Peer      bool     `json:"peer"`
	OS        []string `json:"os"`
	CPU       []string `json:"cpu"`
}

// maxLock bounds a lock file, in bytes.
const maxLock = 64 << 20

// ParseLock reads a lock of version 2 or 3. One of version 1 is Invalid: it does not say which folder a
// package has.
func ParseLock(text []byte) (Lock, error) {
	var raw struct {
		Packages map[string]Package `json:"packages"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Lock{}, ops.Errorf(ops.Invalid, "read the lock", "package-lock.json is no JSON: %w", err)
	}
	if raw.Packages == nil {
		return Lock{}, ops.Errorf(ops.Invalid, "read the lock", "package-lock.json is of an old version, without packages by folder")
	}
	delete(raw.Packages, "")
	return Lock{Packages: raw.Packages}, nil
}

// ReadLock reads the lock of a folder. It is fs.ErrNotExist where there is none.
func ReadLock(dir string) (Lock, error) { return readLock(filepath.Join(dir, "package-lock.json")) }

// Installed is npm's own account of what lies in the folder's node_modules.
func Installed(dir string) (Lock, error) {
	return readLock(filepath.Join(dir, "node_modules", ".package-lock.json"))
}

func readLock(path string) (Lock, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Lock{}, err
	}
	if info.Size() > maxLock {
		return Lock{}, ops.Errorf(ops.Invalid, "read "+path, "it is too large to be a lock file")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Lock{}, err
	}
	return ParseLock(text)
}

// Differs counts the packages that two locks do not have alike.
func (l Lock) Differs(other Lock) int {
	n := 0
	for at, p := range l.Packages {
		if q, ok := other.Packages[at]; !ok || !p.same(q) {
			n++
		}
	}
	for at := range other.Packages {
		if _, ok := l.Packages[at]; !ok {
			n++
		}
	}
	return n
}

func (p Package) same(q Package) bool {
	return p.Version == q.Version && (p.Integrity == q.Integrity || p.Integrity == "" || q.Integrity == "") && p.Link == q.Link
}

// WithScripts are the names of the packages whose installation runs programs of theirs.
func (l Lock) WithScripts() []string {
	var all []string
	for at, p := range l.Packages {
		if p.Scripts {
			all = append(all, name(at))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func name(at string) string {
	if i := strings.LastIndex(at, "node_modules/"); i >= 0 {
		return at[i+len("node_modules/"):]
	}
	return at
}

// Missing are the packages of a folder's lock that its node_modules does not hold as locked, by what npm
// wrote down there and by what lies there. Those that npm leaves out on this machine, or in a
// production installation, are none of them. The error is fs.ErrNotExist where the folder has no lock.
func Missing(dir string) ([]string, error) {
	lock, err := ReadLock(dir)
	if err != nil {
		return nil, err
	}
	has, err := Installed(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	dev := false
	for _, p := range has.Packages {
		dev = dev || p.Dev
	}
	var missing []string
	for at, p := range lock.Packages {
		if !strings.Contains("/"+at, "/node_modules/") {
			continue
		}
		q, listed := has.Packages[at]
		_, there := os.Lstat(filepath.Join(dir, at))
		switch {
		case listed && there == nil && p.same(q):
		case !listed && (p.Optional || p.DevOpt || p.Peer || len(p.OS)+len(p.CPU) > 0 || p.Dev && !dev):
		default:
			missing = append(missing, name(at))
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing), nil
}

// Scripts are the scripts of a folder's package.json; none where it can't be read.
func Scripts(dir string) map[string]string {
	var p struct {
		Scripts map[string]string `json:"scripts"`
	}
	if text, err := os.ReadFile(filepath.Join(dir, "package.json")); err != nil || json.Unmarshal(text, &p) != nil {
		return nil
	}
	return p.Scripts
}

// IgnoresScripts says whether the folder's own .npmrc keeps packages from running programs.
func IgnoresScripts(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, ".npmrc"))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if strings.TrimSpace(name) == "ignore-scripts" && strings.TrimSpace(value) != "false" {
			return true
		}
	}
	return false
}
