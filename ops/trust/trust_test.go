package trust

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
	"calm/ops"
)

var ana = incident.Actor{Name: "ana", UID: 1000, LoginUID: 1000}

func book(t *testing.T, path, command string) *runbook.Runbook {
	t.Helper()
	rb, err := runbook.Parse(path, []byte("# Shop\n\n## Rollback Procedures\n\n### By flag\n\n```bash\n# Do it\n"+command+"\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	return rb
}

// given is a store in which one text is trusted.
func given(t *testing.T) (*Store, *runbook.Runbook) {
	t.Helper()
	s := New(t.TempDir())
	rb := book(t, "/srv/shop.md", "touch a")
	if _, err := s.Give(rb, ana); err != nil {
		t.Fatal(err)
	}
	return s, rb
}

// denied checks that a text is not trusted, and why.
func denied(t *testing.T, s *Store, sha, why string) {
	t.Helper()
	_, err := s.Check(sha)
	if ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") {
		t.Errorf("check gave %v, and not that %s", err, why)
	}
}

func TestNobodyHasTrustedIt(t *testing.T) {
	s := New(t.TempDir())
	rb := book(t, "/srv/shop.md", "touch a")
	denied(t, s, rb.SHA256, "nobody has trusted it")
	if st := s.Standing(rb); st.Trusted || st.Why != "nobody has trusted it" || st.Before != nil || st.Count.Changes != 1 {
		t.Errorf("it stands as %+v", st)
	}
	if entries, _ := os.ReadDir(filepath.Dir(s.dir)); len(entries) != 0 {
		t.Errorf("looking made %v", entries)
	}
	denied(t, s, "../../etc/passwd", "no SHA-256")
}

func TestGiveCheckTake(t *testing.T) {
	s, rb := given(t)
	g, err := s.Check(rb.SHA256)
	if err != nil || g.By != "ana" || g.UID != 1000 || g.Path != "/srv/shop.md" || g.Title != "Shop" || g.At.Location() != time.UTC {
		t.Fatalf("check gave %+v, %v", g, err)
	}
	for name, mode := range map[string]os.FileMode{".": 0o700, rb.SHA256 + grantSuffix: 0o600, rb.SHA256 + textSuffix: 0o600} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if all, bad := s.List(); len(all) != 1 || all[0] != g || len(bad) != 0 {
		t.Errorf("the list is %+v, %v", all, bad)
	}
	if err := s.Take(rb.SHA256); err != nil {
		t.Fatal(err)
	}
	denied(t, s, rb.SHA256, "nobody has trusted it")
	if err := s.Take(rb.SHA256); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("taken twice: %v", err)
	}
	if left, _ := os.ReadDir(s.dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBuiltIn(t *testing.T) {
	rb := book(t, "built-in.md", "touch a")
	s := New(t.TempDir(), rb.SHA256)
	if st := s.Standing(rb); !st.Trusted || !st.BuiltIn {
		t.Errorf("it stands as %+v", st)
	}
	if err := s.Take(rb.SHA256); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("trust in the program was taken back: %v", err)
	}
}

// TestWhatChanged is told against the newest text of the same file that was trusted.
func TestWhatChanged(t *testing.T) {
	s, first := given(t)
	at := time.Now()
	s.now = func() time.Time { at = at.Add(time.Minute); return at }
	second := book(t, "/srv/shop.md", "touch b")
	for _, rb := range []*runbook.Runbook{book(t, "/srv/other.md", "touch z"), second} {
		if _, err := s.Give(rb, ana); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Standing(book(t, "/srv/shop.md", "touch c"))
	if st.Trusted || st.Before == nil || st.Before.SHA256 != second.SHA256 || len(st.Since.Changes) != 1 || strings.TrimSpace(st.Since.Changes[0].Was) != "touch b" {
		t.Errorf("it stands as %+v", st)
	}
	if st := s.Standing(first); !st.Trusted {
		t.Errorf("a text that was trusted once is not any more: %+v", st)
	}
	// A text beside the grant that is not the one that was trusted says nothing about what changed.
	if err := os.WriteFile(filepath.Join(s.dir, second.SHA256+textSuffix), []byte("# Forged\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if st := s.Standing(book(t, "/srv/shop.md", "touch c")); st.Before == nil || st.Before.SHA256 != first.SHA256 {
		t.Errorf("it stands as %+v", st)
	}
}

// TestWhatDoesNotCount: a grant that is damaged, or that somebody else could have put there, is none.
func TestWhatDoesNotCount(t *testing.T) {
	for name, x := range map[string]struct {
		spoil func(t *testing.T, s *Store, path string)
		why   string
	}{
		"empty":    {func(t *testing.T, _ *Store, path string) { write(t, path, "") }, "is damaged"},
		"cut":      {func(t *testing.T, _ *Store, path string) { write(t, path, `{"sha256":"3fa2`) }, "is damaged"},
		"nobody's": {func(t *testing.T, _ *Store, path string) { write(t, path, `{}`) }, "is damaged"},
		"another text's": {func(t *testing.T, s *Store, path string) {
			other := book(t, "/srv/shop.md", "touch b")
			if _, err := s.Give(other, ana); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(s.Path(other.SHA256), path); err != nil {
				t.Fatal(err)
			}
		}, "is damaged"},
		"huge":           {func(t *testing.T, _ *Store, path string) { write(t, path, strings.Repeat(" ", 1<<20)) }, "too large"},
		"a link":         {func(t *testing.T, _ *Store, path string) { link(t, path, os.Symlink) }, "symbolic link"},
		"two names":      {func(t *testing.T, _ *Store, path string) { link(t, path, os.Link) }, "not a plain file with one name"},
		"a folder":       {func(t *testing.T, _ *Store, path string) { check(t, os.Remove(path), os.Mkdir(path, 0o700)) }, "not a plain file"},
		"open to all":    {func(t *testing.T, _ *Store, path string) { check(t, os.Chmod(path, 0o666)) }, "others may write to"},
		"an open folder": {func(t *testing.T, s *Store, _ string) { check(t, os.Chmod(s.dir, 0o777)) }, "others may write to"},
		"a linked folder": {func(t *testing.T, s *Store, _ string) {
			check(t, os.Rename(s.dir, s.dir+"-real"), os.Symlink(s.dir+"-real", s.dir))
		}, "a link to one, which calm does not follow"},
	} {
		t.Run(name, func(t *testing.T) {
			s, rb := given(t)
			x.spoil(t, s, s.Path(rb.SHA256))
			denied(t, s, rb.SHA256, x.why)
			if st := s.Standing(rb); st.Trusted || st.Why == "" {
				t.Errorf("it stands as %+v", st)
			}
			if all, _ := s.List(); len(all) > 0 && all[0].SHA256 == rb.SHA256 {
				t.Errorf("the list has %+v", all)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	check(t, os.WriteFile(path, []byte(text), 0o600))
}

func link(t *testing.T, path string, by func(old, new string) error) {
	t.Helper()
	real := filepath.Join(t.TempDir(), "real")
	check(t, os.Rename(path, real), by(real, path))
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestGiveIntoWhatIsNotSafe gives nothing, and says why.
func TestGiveIntoWhatIsNotSafe(t *testing.T) {
	rb := book(t, "/srv/shop.md", "touch a")
	state := t.TempDir()
	elsewhere := t.TempDir()
	check(t, os.Symlink(elsewhere, filepath.Join(state, folder)))
	if _, err := New(state).Give(rb, ana); err == nil || !strings.Contains(err.Error(), "does not follow") {
		t.Errorf("through a link: %v", err)
	}
	if left, _ := os.ReadDir(elsewhere); len(left) > 0 {
		t.Errorf("it wrote %v", left)
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	if _, err := New(file).Give(rb, ana); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("into a file: %v", err)
	}
	if _, err := New(t.TempDir()).Give(&runbook.Runbook{}, ana); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("a text without a hash: %v", err)
	}
}

// TestSharedFolder: who may read the folder may read what is in it.
func TestSharedFolder(t *testing.T) {
	state := t.TempDir()
	check(t, os.Mkdir(filepath.Join(state, folder), 0o755), os.Chmod(filepath.Join(state, folder), 0o755))
	s, rb := New(state), book(t, "/srv/shop.md", "touch a")
	if _, err := s.Give(rb, ana); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(s.Path(rb.SHA256)); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestTwoWriters: whoever is last, what is read is always one whole grant.
func TestTwoWriters(t *testing.T) {
	s := New(t.TempDir())
	rb := book(t, "/srv/shop.md", "touch a")
	var wg sync.WaitGroup
	for _, name := range []string{"ana", "ben"} {
		wg.Go(func() {
			for range 40 {
				if _, err := s.Give(rb, incident.Actor{Name: name}); err != nil {
					t.Error(err)
				}
				if g, err := s.Check(rb.SHA256); err != nil || g.By != "ana" && g.By != "ben" {
					t.Errorf("%+v, %v", g, err)
				}
			}
		})
	}
	wg.Wait()
	if left, _ := os.ReadDir(s.dir); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

func TestShort(t *testing.T) {
	if got := revision.Short(strings.Repeat("3fa2", 15) + "0091"); got != "3fa2…91" {
		t.Errorf("%q", got)
	}
}
