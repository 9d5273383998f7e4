// Package trust keeps, on this host, which texts of runbooks a person has said may run: a small file
// for each SHA-256, written whole or not at all, beside the text itself. A file that somebody else
// could have put there, or that is damaged, counts as no trust at all, and is said.
//
// It decides nothing about a step: ops/conduct asks it before anything starts, and the supervisor
// asks it again.
package trust

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
	"calm/ops"
)

// folder is the store's place in the state folder.
const folder = "trust"

// The files of a trusted text, by its hash.
const (
	grantSuffix = ".json" // revision.Grant
	textSuffix  = ".md"   // the text, to be compared with later ones
)

// maxText bounds what is read back of a text that was trusted.
const maxText = 64 << 20

// Store is the trust on this host. It may be used by several processes at once.
type Store struct {
	dir   string
	built []string // hashes of the texts that are parts of the program
	now   func() time.Time
}

// New gives the store of a state folder. builtIn are the hashes of the texts that come with the
// program, which are trusted as it is.
func New(state string, builtIn ...string) *Store {
	return &Store{dir: filepath.Join(state, folder), built: builtIn, now: time.Now}
}

// BuiltIn says whether a text is a part of the program.
func (s *Store) BuiltIn(sha string) bool { return slices.Contains(s.built, sha) }

// Path is the file that holds the grant for a text: what a supervisor looks at again.
func (s *Store) Path(sha string) string { return filepath.Join(s.dir, sha+grantSuffix) }

// Check gives the grant for a text. Without one the error is Denied, and says why in one line. A text
// that is built in needs none.
func (s *Store) Check(sha string) (revision.Grant, error) {
	if s.BuiltIn(sha) {
		return revision.Grant{SHA256: sha}, nil
	}
	return Verify(s.Path(sha), sha)
}

// Verify reads the grant in a file and says whether it is for a text. The error is Denied.
func Verify(path, sha string) (revision.Grant, error) {
	op := "trust " + revision.Short(sha)
	if !hash(sha) {
		return revision.Grant{}, ops.Errorf(ops.Denied, op, "that is no SHA-256")
	}
	var g revision.Grant
	raw, err := read(path, 64<<10)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return g, &ops.Error{Code: ops.Denied, Op: op, Detail: "nobody has trusted it", Err: err}
	case err != nil:
		return g, &ops.Error{Code: ops.Denied, Op: op, Detail: "what says that it is trusted does not count: " + reason(err), Err: err}
	}
	if err := json.Unmarshal(raw, &g); err != nil || g.SHA256 != sha || g.By == "" || g.At.IsZero() {
		return revision.Grant{}, ops.Errorf(ops.Denied, op, "what says that it is trusted is damaged (%s); trust it again", path)
	}
	return g, nil
}

// reason is the cause without the operation before it.
func reason(err error) string {
	var own *ops.Error
	if errors.As(err, &own) && own.Detail != "" {
		return own.Detail
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

// Standing says whether a runbook's steps may run and, where they may not, what has changed since the
// newest text of the same file that may.
func (s *Store) Standing(rb *runbook.Runbook) revision.Standing {
	st := revision.Standing{SHA256: rb.SHA256, Path: absolute(rb.Path), Title: rb.Title, BuiltIn: s.BuiltIn(rb.SHA256), Count: revision.CountOf(rb)}
	g, err := s.Check(rb.SHA256)
	if err == nil {
		st.Trusted, st.Grant = true, g
		return st
	}
	st.Why = reason(err)
	if before, old := s.before(st.Path, rb.SHA256); old != nil {
		st.Before, st.Since = &before, revision.Compare(old, rb)
	}
	return st
}

// before is the newest grant for another text of a file, with that text.
func (s *Store) before(path, sha string) (revision.Grant, *runbook.Runbook) {
	all, _ := s.List() // a damaged one has no text that anybody vouches for
	for _, g := range all {
		if g.Path != path || g.SHA256 == sha {
			continue
		}
		raw, err := read(filepath.Join(s.dir, g.SHA256+textSuffix), maxText)
		if err != nil {
			continue
		}
		if old, err := runbook.Parse(path, raw); err == nil && old.SHA256 == g.SHA256 {
			return g, old
		}
	}
	return revision.Grant{}, nil
}

// Give says that a runbook's steps may run: durable when it returns.
func (s *Store) Give(rb *runbook.Runbook, by incident.Actor) (revision.Grant, error) {
	op := "trust " + rb.Path
	g := revision.Grant{SHA256: rb.SHA256, By: by.Name, UID: by.UID, At: s.now().UTC().Truncate(time.Second), Path: absolute(rb.Path), Title: rb.Title}
	if !hash(g.SHA256) || g.By == "" {
		return g, ops.Errorf(ops.Invalid, op, "a grant needs the text's SHA-256 and a name")
	}
	raw, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return g, ops.Wrap(op, err)
	}
	if err := s.open(); err != nil {
		return g, unwritable(op, err)
	}
	// The text first: a grant whose text is not there could not be compared with a later one.
	if err := s.place(g.SHA256+textSuffix, rb.Source); err != nil {
		return g, unwritable(op, err)
	}
	if err := s.place(g.SHA256+grantSuffix, append(raw, '\n')); err != nil {
		return g, unwritable(op, err)
	}
	return g, nil
}

// Take takes the trust in a text back. That there is none is Invalid.
func (s *Store) Take(sha string) error {
	op := "distrust " + revision.Short(sha)
	switch {
	case s.BuiltIn(sha):
		return ops.Errorf(ops.Invalid, op, "the built-in runbook is a part of the program; name another runbook with --runbook or in calm.yaml")
	case !hash(sha):
		return ops.Errorf(ops.Invalid, op, "that is no SHA-256; calm runbook trust --list shows those that are trusted")
	}
	err := os.Remove(s.Path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return ops.Errorf(ops.Invalid, op, "it is not trusted; calm runbook trust --list shows those that are")
	}
	if err != nil {
		return unwritable(op, err)
	}
	if err := os.Remove(filepath.Join(s.dir, sha+textSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(op, err)
	}
	return ops.Wrap(op, syncDir(s.dir))
}

// List gives every grant that counts, the newest first, and an error for each file that does not.
func (s *Store) List() ([]revision.Grant, []error) {
	if err := safe(s.dir); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, []error{err}
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, []error{ops.Wrap("read "+s.dir, err)}
	}
	var out []revision.Grant
	var bad []error
	for _, e := range entries {
		sha, ok := strings.CutSuffix(e.Name(), grantSuffix)
		if !ok || !hash(sha) {
			continue
		}
		g, err := Verify(filepath.Join(s.dir, e.Name()), sha)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b revision.Grant) int { return b.At.Compare(a.At) })
	return out, bad
}

// hash says whether a text is a SHA-256 in lower-case hex: what names a file here, and nothing else.
func hash(sha string) bool {
	raw, err := hex.DecodeString(sha)
	return err == nil && len(raw) == 32 && sha == strings.ToLower(sha)
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func unwritable(op string, err error) error {
	why := reason(err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		why = "no permission to write into the state folder; choose another with --state DIR or CALM_STATE"
	case errors.Is(err, syscall.EROFS):
		why = "the disk is read-only"
	case errors.Is(err, syscall.ENOSPC):
		why = "the disk is full"
	}
	return &ops.Error{Code: ops.Classify(err), Op: op, Detail: why, Err: err}
}
