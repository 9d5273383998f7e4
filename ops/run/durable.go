package run

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"calm/ops"
)

// createOnce writes a new file whole or not at all, and returns when it and its name are on disk.
// That the name exists already is an *ops.Error with code Conflict.
func createOnce(path string, v any) error {
	// A link, unlike a rename, fails when the name is taken.
	return place(path, v, os.Link)
}

// replace writes a file whole or not at all, over an older one.
func replace(path string, v any) error { return place(path, v, os.Rename) }

func place(path string, v any, into func(temp, path string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return ops.Wrap("write "+path, err)
	}
	err = writeSynced(f, v)
	if err == nil {
		err = into(f.Name(), path)
	}
	_ = os.Remove(f.Name())
	if err != nil {
		return ops.Wrap("write "+path, err)
	}
	return syncDir(filepath.Dir(path))
}

func writeSynced(f *os.File, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = f.Write(append(b, '\n'))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return ops.Wrap("sync "+dir, err)
	}
	return ops.Wrap("sync "+dir, errors.Join(d.Sync(), d.Close()))
}

// load reads a JSON file; ok is false when there is none.
func load(path string, v any) (ok bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, ops.Wrap("read "+path, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, ops.Errorf(ops.Invalid, "read "+path, "it is damaged: %w", err)
	}
	return true, nil
}
