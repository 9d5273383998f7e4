// Package folder reads a folder of runbooks into an index. It owns which files count and how much of
// a folder is looked at; what is left out is said, never dropped in silence. It writes nothing and
// parses no runbook whole unless its parts are asked for.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"calm/model/runbook/library"
	"calm/ops"
)

// Bounds of one folder. A person who points calm at / wants an answer, not a walk over the disk.
const (
	MaxRunbooks = 2000
	MaxFolders  = 4000
	MaxDepth    = 12
	MaxSize     = 4 << 20 // bytes of one file
)

// endings are the files that are runbooks.
var endings = []string{".md", ".markdown", ".mdx"}

// Is says whether a path is a folder.
func Is(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Read gives the index of a folder and of the folders in it. Hidden ones and node_modules are left
// out. A file that can't be read is an entry that says why.
func Read(dir string) (library.Index, error) {
	w, err := through(dir)
	if err != nil {
		return library.Index{}, err
	}
	x := library.Index{Dir: dir, Entries: each(w.files, w.look), LeftOut: w.leftOut()}
	library.Sort(x.Entries)
	return x, nil
}

// Files lists the runbooks that Read would take, as paths that begin with dir, and says what of the
// folder was left out.
func Files(dir string) (paths, leftOut []string, err error) {
	w, err := through(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range w.files {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(w.relative(path))))
	}
	return paths, w.leftOut(), nil
}

// through goes through a folder and those in it.
func through(dir string) (*walk, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, ops.Wrap("read "+dir, err)
	}
	w := &walk{root: root, seen: map[string]bool{}}
	return w, ops.Wrap("read "+dir, w.folder(root, 0))
}

// Count parses every runbook of an index whole, to say what it has. A file that is not as it was when
// the index was made counts as it is now.
func Count(x library.Index) library.Index {
	x.Entries = each(x.Entries, func(e library.Entry) library.Entry {
		if e.Error == nil {
			holds, err := Holds(x, e)
			if err != nil {
				why := err.Error()
				e.Error = &why
			}
			e.Holds = holds
		}
		return e
	})
	return x
}

// Holds says what one runbook of an index has.
func Holds(x library.Index, e library.Entry) (*library.Holds, error) {
	path := Path(x, e)
	src, err := text(path)
	if err != nil {
		return nil, err
	}
	return library.Count(path, src)
}

// Path is where a runbook of an index is.
func Path(x library.Index, e library.Entry) string {
	return filepath.Join(x.Dir, filepath.FromSlash(e.Path))
}

// walk is one way through a folder.
type walk struct {
	root    string
	files   []string
	seen    map[string]bool // folders, by their real paths: a link may lead back
	denied  []string
	deep    int
	more    bool // there are more runbooks than are taken
	folders bool // or more folders
}

func (w *walk) folder(dir string, depth int) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || w.seen[real] {
		return err
	}
	if len(w.seen) >= MaxFolders {
		w.folders = true
		return nil
	}
	w.seen[real] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !w.entry(filepath.Join(dir, e.Name()), e, depth) {
			return nil
		}
	}
	return nil
}

// entry takes one name of a folder in; it is false when there is no room for more.
func (w *walk) entry(path string, e fs.DirEntry, depth int) bool {
	name := e.Name()
	if strings.HasPrefix(name, ".") || name == "node_modules" {
		return true
	}
	kind := e.Type()
	if kind&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		if err != nil {
			return true // it leads nowhere
		}
		kind = info.Mode().Type()
	}
	switch {
	case kind.IsDir() && depth == MaxDepth:
		w.deep++
	case kind.IsDir():
		if err := w.folder(path, depth+1); errors.Is(err, fs.ErrPermission) {
			w.denied = append(w.denied, w.relative(path))
		}
	case kind.IsRegular() && slices.Contains(endings, strings.ToLower(filepath.Ext(name))):
		if len(w.files) == MaxRunbooks {
			w.more = true
			return false
		}
		w.files = append(w.files, path)
	}
	return !w.more
}

func (w *walk) relative(path string) string {
	rel, err := filepath.Rel(w.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

func (w *walk) leftOut() []string {
	out := []string{}
	if w.more {
		out = append(out, fmt.Sprintf("there are more than %d runbooks; the rest is left out: name a folder further down", MaxRunbooks))
	}
	if w.folders {
		out = append(out, fmt.Sprintf("there are more than %d folders; the rest is left out: name a folder further down", MaxFolders))
	}
	if w.deep > 0 {
		out = append(out, fmt.Sprintf("%d folders lie deeper than %d and are left out", w.deep, MaxDepth))
	}
	if len(w.denied) > 0 {
		out = append(out, "no permission to read "+strings.Join(w.denied, ", "))
	}
	return out
}

func (w *walk) look(path string) library.Entry {
	rel := w.relative(path)
	src, err := text(path)
	if err != nil {
		return library.Unread(rel, err.Error())
	}
	return library.Look(rel, src)
}

// text reads a file, unless it is larger than any runbook.
func text(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, ops.Wrap("read "+path, err)
	}
	if info.Size() > MaxSize {
		return nil, ops.Errorf(ops.Invalid, "read "+path, "it is larger than %d MB; split it", MaxSize>>20)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, ops.Wrap("read "+path, err)
	}
	return src, nil
}

// each makes one thing of another, on every processor, in order.
func each[A, B any](from []A, do func(A) B) []B {
	out := make([]B, len(from))
	var next sync.Mutex
	at := 0
	var done sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		done.Go(func() {
			for {
				next.Lock()
				i := at
				at++
				next.Unlock()
				if i >= len(from) {
					return
				}
				out[i] = do(from[i])
			}
		})
	}
	done.Wait()
	return out
}
