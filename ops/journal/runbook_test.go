package journal

import (
	"os"
	"path/filepath"
	"testing"

	"calm/ops"
)

// TestKeepRunbook: an incident keeps every text that it went by, each found by its hash, and believes
// none that is another.
func TestKeepRunbook(t *testing.T) {
	d := newState(t)
	first, second := []byte("# First\n"), []byte("# Second\n")
	j := must(d.Create(0, "shop", first))(t)
	defer j.Close()
	for range 2 {
		if err := j.KeepRunbook(second); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.KeepRunbook(first); err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{first, second} {
		if got, err := j.RunbookText(digest(text)); err != nil || string(got) != string(text) {
			t.Errorf("%q, %v", got, err)
		}
	}
	kept, _ := filepath.Glob(filepath.Join(j.Path(), "runbook*"))
	if len(kept) != 2 {
		t.Errorf("it keeps %v", kept)
	}
	if err := os.WriteFile(j.runbookPath(digest(second)), []byte("# Forged\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := j.RunbookText(digest(second)); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("a forged text is taken: %v", err)
	}
	if _, err := j.RunbookText("../../etc/passwd"); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("%v", err)
	}
}
