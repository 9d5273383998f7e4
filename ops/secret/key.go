package secret

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"calm/ops"
)

// keySize is the length of the key of the marks, in bytes.
const keySize = 32

const keyFile = "secret.key"

// Key gives the key of the marks of a state folder, and makes it when there is none. It is beside
// the incidents and in none of them, so that an incident can be given away without it.
func Key(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyFile)
	for {
		key, err := Existing(dir)
		if !errors.Is(err, fs.ErrNotExist) {
			return key, err
		}
		if err := create(dir, path); err != nil {
			return nil, err
		}
	}
}

// Existing gives the key of a state folder; the error is fs.ErrNotExist where none was made yet.
func Existing(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyFile)
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, ops.Wrap("read "+path, err)
	}
	defer f.Close()
	key := make([]byte, keySize+1)
	n, err := f.Read(key)
	if err != nil || n != keySize {
		return nil, ops.Errorf(ops.Invalid, "read "+path, "it is no key of calm's: move it away, and calm makes another")
	}
	return key[:n], nil
}

// create puts a whole key in its place, or leaves the one that another console has put there.
func create(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ops.Wrap("make "+path, err)
	}
	f, err := os.CreateTemp(dir, keyFile+".*")
	if err != nil {
		return ops.Wrap("make "+path, err)
	}
	defer os.Remove(f.Name())
	key := make([]byte, keySize)
	_, err = rand.Read(key)
	if err == nil {
		_, err = f.Write(key)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return ops.Wrap("make "+path, err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return ops.Wrap("make "+path, err)
	}
	return nil
}

// Passing gives a key for one process, where nothing may be written. Its marks compare with each
// other and with no one else's.
func Passing() []byte {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails
	return key
}
