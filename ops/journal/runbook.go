package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"calm/ops"
)

// KeepRunbook keeps a further text of the runbook beside the one that the incident was declared under.
// One that is there already stays.
func (j *Journal) KeepRunbook(source []byte) error {
	if err := j.ReadOnly(); err != nil {
		return err
	}
	sha := digest(source)
	if _, err := j.RunbookText(sha); err == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.lock.acquire(context.Background(), lockLimit); err != nil {
		return err
	}
	defer j.lock.release()
	path := j.runbookPath(sha)
	f, err := fillFile(path, source)
	if errors.Is(err, fs.ErrExist) {
		return nil // another console was faster
	}
	if err != nil {
		return unwritable("keep "+path, err)
	}
	return ops.Wrap("keep "+path, f.Close())
}

// RunbookText gives the text of the runbook with a SHA-256, as it was read, where the incident has
// kept it.
func (j *Journal) RunbookText(sha string) ([]byte, error) {
	for _, path := range []string{filepath.Join(j.dir, runbookFile), j.runbookPath(sha)} {
		if source, err := os.ReadFile(path); err == nil && digest(source) == sha {
			return source, nil
		}
	}
	return nil, ops.Errorf(ops.Invalid, "read the runbook of "+j.dir, "the incident has kept no text with the hash %.12s", sha)
}

// runbookPath is the file of a text that came after the first.
func (j *Journal) runbookPath(sha string) string {
	return filepath.Join(j.dir, "runbook-"+sha[:min(12, len(sha))]+".md")
}

func digest(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}
