package release

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestBuiltFrom(t *testing.T) {
	hash := strings.Repeat("4f2c1a9e", 5)
	for name, c := range map[string]struct {
		file, text string
		want       bool
	}{
		"a stamp of its own": {"dist/build.json", `{"commit":"` + hash + `","edited":false}`, true},
		"Next.js":            {".next/BUILD_ID", hash + "\n", true},
		"an ID by chance":    {".next/BUILD_ID", "Yx3-kq9", false},
		"a short hash":       {"dist/build.json", `{"commit":"4f2c1a9"}`, false},
		"somewhere else":     {"src/build.json", hash, false},
		"no file":            {"dist/build.json/x", hash, false},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, c.file), c.text)
		got, ok := BuiltFrom(dir)
		if ok != c.want || ok && (got.Commit != hash || got.File != c.file) {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}
