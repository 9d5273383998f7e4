package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"calm/model/pattern"
	"calm/ops"
)

var opPattern = pattern.New(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// SaveOutput keeps the output of an action, by the action's Op, and gives its SHA-256. Output that
// was kept before under the same Op is replaced, whole or not at all.
func (j *Journal) SaveOutput(op string, data []byte) (sha string, err error) {
	path, err := j.outputPath(op)
	if err != nil {
		return "", err
	}
	if err := j.ReadOnly(); err != nil {
		return "", err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".out-*")
	if err != nil {
		return "", j.unsaved(path, err)
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return "", j.unsaved(path, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return "", j.unsaved(path, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func (j *Journal) unsaved(path string, err error) error { return ops.Wrap("write "+path, bare(err)) }

// Output gives back what SaveOutput kept.
func (j *Journal) Output(op string) ([]byte, error) {
	path, err := j.outputPath(op)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ops.Errorf(ops.Invalid, "read "+path, "no output was kept")
	}
	return data, ops.Wrap("read "+path, err)
}

func (j *Journal) outputPath(op string) (string, error) {
	if !opPattern.MatchString(op) {
		return "", ops.Errorf(ops.Invalid, "keep output", "%q is no name of an action", op)
	}
	return filepath.Join(j.dir, outputsDir, op+".out"), nil
}
