package npm

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"calm/ops"
)

const lock = `{"name":"shop","lockfileVersion":3,"packages":{
	"":{"version":"1.0.0"},
	"node_modules/a":{"version":"1.0.0","integrity":"sha512-a","hasInstallScript":true},
	"node_modules/a/node_modules/b":{"version":"2.0.0"},
	"node_modules/fsevents":{"version":"2.3.3","optional":true,"os":["darwin"],"hasInstallScript":true},
	"node_modules/jest":{"version":"29.0.0","dev":true},
	"node_modules/own":{"resolved":"packages/own","link":true},
	"packages/own":{"version":"0.0.1"}}}`

// tree writes a folder of files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMissing(t *testing.T) {
	whole := map[string]string{
		"package-lock.json": lock,
		"node_modules/.package-lock.json": `{"packages":{
			"node_modules/a":{"version":"1.0.0","integrity":"sha512-a"},
			"node_modules/a/node_modules/b":{"version":"2.0.0"},
			"node_modules/own":{"resolved":"packages/own","link":true}}}`,
		"node_modules/a/package.json":                "{}",
		"node_modules/a/node_modules/b/package.json": "{}",
		"node_modules/own/package.json":              "{}",
	}
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   []string
	}{
		"as locked":  {func(map[string]string) {}, nil},
		"never done": {func(f map[string]string) { delete(f, "node_modules/.package-lock.json") }, []string{"a", "b", "own"}},
		"another version": {func(f map[string]string) {
			f["package-lock.json"] = strings.Replace(lock, `"version":"2.0.0"`, `"version":"2.1.0"`, 1)
		}, []string{"b"}},
		"another text of it": {func(f map[string]string) {
			f["package-lock.json"] = strings.Replace(lock, "sha512-a", "sha512-z", 1)
		}, []string{"a"}},
		"written down and not there": {func(f map[string]string) { delete(f, "node_modules/a/node_modules/b/package.json") }, []string{"b"}},
		"some of what is for development": {func(f map[string]string) {
			f["node_modules/.package-lock.json"] = strings.Replace(f["node_modules/.package-lock.json"], `{"packages":{`, `{"packages":{"node_modules/mocha":{"version":"1.0.0","dev":true},`, 1)
		}, []string{"jest"}},
	} {
		files := map[string]string{}
		for k, v := range whole {
			files[k] = v
		}
		c.change(files)
		if got, err := Missing(tree(t, files)); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := Missing(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no lock: %v", err)
	}
	for _, text := range []string{"", "{", `{"lockfileVersion":1,"dependencies":{}}`} {
		if _, err := Missing(tree(t, map[string]string{"package-lock.json": text})); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestScriptsAndDifferences(t *testing.T) {
	one, err := ParseLock([]byte(lock))
	if err != nil {
		t.Fatal(err)
	}
	if got := one.WithScripts(); !slices.Equal(got, []string{"a", "fsevents"}) {
		t.Errorf("%q", got)
	}
	other, err := ParseLock([]byte(strings.Replace(strings.Replace(lock, `"1.0.0"}`, `"1.1.0"}`, 1), `"node_modules/jest":{"version":"29.0.0","dev":true},`, "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if n := one.Differs(other); n != 1 {
		t.Errorf("%d packages differ; the project's own version is none", n)
	}
	if one.Differs(one) != 0 {
		t.Error("it differs from itself")
	}
}
