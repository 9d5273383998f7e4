package secret

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestKeyIsMadeOnceAndStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	keys := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := Key(dir)
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	wg.Wait()
	for _, k := range keys {
		if len(k) != keySize || !bytes.Equal(k, keys[0]) {
			t.Fatalf("keys %x and %x", keys[0], k)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDamagedKeyIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"short":   func(p string) error { return os.WriteFile(p, []byte("abc"), 0o600) },
		"empty":   func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"long":    func(p string) error { return os.WriteFile(p, make([]byte, 99), 0o600) },
		"symlink": func(p string) error { return os.Symlink("/etc/hostname", p) },
		"folder":  func(p string) error { return os.Mkdir(p, 0o700) },
	} {
		dir := t.TempDir()
		if err := spoil(filepath.Join(dir, keyFile)); err != nil {
			t.Fatal(err)
		}
		if k, err := Key(dir); err == nil || k != nil {
			t.Errorf("%s: %x, %v", name, k, err)
		}
	}
}
