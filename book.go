package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"calm/model/runbook"
)

// book is the runbook that is followed, for all who follow it, and the file that it was read from.
type book struct {
	path    string // of a plain file; empty for the built-in runbook and for a pipe, which can't be read again
	current atomic.Pointer[runbook.Runbook]

	mu   sync.Mutex
	seen stamp  // of the file when its text was sum
	sum  string // SHA-256
}

// stamp tells a file that was written from one that was not, without reading it.
type stamp struct {
	modified time.Time
	size     int64
}

// openBook reads a runbook; no path is the built-in one.
func openBook(path string) (*book, error) {
	rb, err := readRunbook(path)
	if err != nil {
		return nil, err
	}
	b := &book{}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		b.path = path
	}
	b.current.Store(rb)
	return b, nil
}

// Followed is the text that is followed now.
func (b *book) Followed() *runbook.Runbook { return b.current.Load() }

// Follow takes another text of it.
func (b *book) Follow(rb *runbook.Runbook) { b.current.Store(rb) }

// How near to now a file's time may be. A file that was written a moment ago may still be written to,
// and a second write within the clock's step would leave its stamp as it is.
const (
	writing = 300 * time.Millisecond
	coarse  = 2 * time.Second
)

// Reread gives the text on disk when it is not the one with the hash have, and nil when it is. It reads
// the file only when its time or size is another. One that is empty is an error: some editors empty a
// file before they write it.
func (b *book) Reread(have string) (*runbook.Runbook, error) {
	if b.path == "" {
		return nil, nil
	}
	info, err := os.Stat(b.path)
	if err != nil {
		return nil, unread(b.path, err)
	}
	now := stamp{info.ModTime(), info.Size()}
	age := time.Since(now.modified)
	b.mu.Lock()
	same := now == b.seen && b.sum == have && (age < 0 || age > coarse)
	b.mu.Unlock()
	if same || age >= 0 && age < writing {
		return nil, nil
	}
	source, err := b.read()
	if err != nil {
		return nil, err
	}
	sum := sumOf(source)
	b.mu.Lock()
	b.seen, b.sum = now, sum
	b.mu.Unlock()
	if sum == have {
		return nil, nil
	}
	return runbook.Parse(b.path, source)
}

// Sum is the SHA-256 of the file as it is now.
func (b *book) Sum() (string, error) {
	if b.path == "" {
		return b.Followed().SHA256, nil
	}
	source, err := b.read()
	if err != nil {
		return "", err
	}
	return sumOf(source), nil
}

func (b *book) read() ([]byte, error) {
	info, err := os.Stat(b.path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no plain file any more", b.path)
	}
	source, err := os.ReadFile(b.path)
	if err != nil {
		return nil, unread(b.path, err)
	}
	if len(bytes.TrimSpace(source)) == 0 {
		return nil, fmt.Errorf("%s is empty", b.path)
	}
	return source, nil
}

// unread says why the file can't be read, in one line.
func unread(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("%s can't be read: %w", path, err)
}

func sumOf(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:])
}
