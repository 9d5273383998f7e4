package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// old gives a file a time that is long enough ago to be believed.
func old(t *testing.T, path string, ago time.Duration) {
	t.Helper()
	at := time.Now().Add(-ago)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReread: another text is found by the file's time or size, one that is being written is waited
// for, and one that is empty or gone is an error.
func TestReread(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.md")
	put(t, path, "# One\n")
	old(t, path, time.Hour)
	b, err := openBook(path)
	if err != nil {
		t.Fatal(err)
	}
	have := b.Followed().SHA256
	if rb, err := b.Reread(have); rb != nil || err != nil {
		t.Fatalf("the same text: %v, %v", rb, err)
	}
	put(t, path, "# Two\n")
	if rb, err := b.Reread(have); rb != nil || err != nil {
		t.Errorf("a file that is being written was read: %v, %v", rb, err)
	}
	if sum, err := b.Sum(); err != nil || sum == have {
		t.Errorf("its sum is that of the older text: %s, %v", sum, err)
	}
	old(t, path, time.Minute)
	rb, err := b.Reread(have)
	if err != nil || rb == nil || rb.Title != "Two" {
		t.Fatalf("another text: %+v, %v", rb, err)
	}
	b.Follow(rb)
	if again, err := b.Reread(rb.SHA256); again != nil || err != nil {
		t.Errorf("read once more: %v, %v", again, err)
	}
	put(t, path, " \n")
	old(t, path, 30*time.Second)
	if rb, err := b.Reread(rb.SHA256); rb != nil || err == nil {
		t.Errorf("an empty file: %v, %v", rb, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if rb, err := b.Reread(rb.SHA256); rb != nil || err == nil {
		t.Errorf("no file: %v, %v", rb, err)
	}
	if _, err := b.Sum(); err == nil {
		t.Error("no file has a sum")
	}
}

// TestBuiltInIsNoFile: there is nothing to read again.
func TestBuiltInIsNoFile(t *testing.T) {
	b, err := openBook("")
	if err != nil {
		t.Fatal(err)
	}
	if rb, err := b.Reread("another"); rb != nil || err != nil {
		t.Errorf("%v, %v", rb, err)
	}
	if sum, err := b.Sum(); err != nil || sum != b.Followed().SHA256 || !openTrust(t.TempDir()).BuiltIn(sum) {
		t.Errorf("%s, %v", sum, err)
	}
}
