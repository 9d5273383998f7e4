package folder

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/ops"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReadTakesRunbooksAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	for path, text := range map[string]string{
		"b.md": "# Beta\n\nIt is the second.\n", "deep/er/a.MARKDOWN": "# Alpha\n", "c.mdx": "# Gamma\n",
		".hidden/x.md": "# X\n", ".dot.md": "# X\n", "node_modules/y/README.md": "# Y\n", "notes.txt": "# Z\n", "md": "# Z\n",
		"empty.md": "\n", "binary.md": "\x00\x01\x02",
	} {
		write(t, filepath.Join(dir, path), text)
	}
	for link, to := range map[string]string{"deep/loop": "..", "twice": "deep", "gone.md": "nowhere", "again.md": "b.md"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	x, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range x.Entries {
		got = append(got, e.Path+"="+e.Title)
	}
	want := []string{"deep/er/a.MARKDOWN=Alpha", "again.md=Beta", "b.md=Beta", "c.mdx=Gamma", "binary.md=binary.md", "empty.md=empty.md"}
	if !slices.Equal(got, want) || len(x.LeftOut) > 0 {
		t.Errorf("%q, left out %q", got, x.LeftOut)
	}
	if e := x.Entries[4]; e.Error == nil || !strings.Contains(*e.Error, "is not text") {
		t.Errorf("%+v", e)
	}
	counted := Count(x)
	if h := counted.Entries[2].Holds; h == nil || h.String() != "words only" || counted.Entries[4].Holds != nil || x.Entries[2].Holds != nil {
		t.Errorf("%+v", counted.Entries)
	}
	if _, ok := x.Only(); ok {
		t.Error("it has several")
	}
}

func TestReadSaysWhatItLeavesOut(t *testing.T) {
	dir := t.TempDir()
	for i := range MaxRunbooks + 3 {
		write(t, filepath.Join(dir, fmt.Sprintf("%04d.md", i)), "# T\n")
	}
	write(t, filepath.Join(dir, "zz.md"), "# T\n")
	x, err := Read(dir)
	if err != nil || len(x.Entries) != MaxRunbooks || len(x.LeftOut) != 1 || !strings.Contains(x.LeftOut[0], "more than 2000 runbooks") {
		t.Errorf("%d entries, %q, %v", len(x.Entries), x.LeftOut, err)
	}
	dir = t.TempDir()
	write(t, filepath.Join(dir, strings.Repeat("d/", MaxDepth+1)+"x.md"), "# Deep\n")
	write(t, filepath.Join(dir, "large.md"), "# L\n"+strings.Repeat("x", MaxSize))
	x, err = Read(dir)
	if err != nil || len(x.Entries) != 1 || len(x.LeftOut) != 1 || !strings.Contains(x.LeftOut[0], "deeper than 12") {
		t.Errorf("%+v, %v", x, err)
	}
	if e := x.Entries[0]; e.Error == nil || !strings.Contains(*e.Error, "larger than 4 MB") {
		t.Errorf("%+v", e)
	}
	if _, err := Read(filepath.Join(dir, "none")); ops.CodeOf(err) == "" {
		t.Errorf("%v", err)
	}
}

// A folder of hundreds is there before a person has looked up.
func TestReadIsQuick(t *testing.T) {
	dir := t.TempDir()
	page := "# Alert%d\n\nIt fires when the queue grows.\n\n" + strings.Repeat("## Part\n\nSome words about it, and `a command`.\n\n```sh\nls -l /tmp\n```\n\n", 40)
	for i := range 500 {
		write(t, filepath.Join(dir, fmt.Sprint(i%20), fmt.Sprint(i)+".md"), fmt.Sprintf(page, i))
	}
	began := time.Now()
	x, err := Read(dir)
	if took := time.Since(began); err != nil || len(x.Entries) != 500 || took > 2*time.Second {
		t.Errorf("%d entries after %s, %v", len(x.Entries), took, err)
	} else {
		t.Log(took)
	}
}

// TestFilesAreThoseOfTheIndex: lint looks at the runbooks that the index shows, and at no others.
func TestFilesAreThoseOfTheIndex(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.md", "sub/b.markdown", "sub/c.mdx", "d.txt", ".hidden/e.md", "node_modules/f.md"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("# x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A link back must not lead round for ever.
	if err := os.Symlink(dir, filepath.Join(dir, "sub", "back")); err != nil {
		t.Fatal(err)
	}
	paths, leftOut, err := Files(dir)
	x, readErr := Read(dir)
	if err != nil || readErr != nil || len(leftOut) != 0 || len(paths) != 3 || len(x.Entries) != 3 {
		t.Fatalf("%v, %v, %v, %v", paths, leftOut, err, readErr)
	}
	for i, name := range []string{"a.md", "sub/b.markdown", "sub/c.mdx"} {
		if paths[i] != filepath.Join(dir, name) {
			t.Errorf("%s, want %s", paths[i], name)
		}
	}
	if _, _, err := Files(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a folder that is not there was read")
	}
}
