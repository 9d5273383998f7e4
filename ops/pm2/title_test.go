package pm2

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"calm/ops/run"
)

// titled starts a process that waits under the given name and gives its pid: pm2's daemon is known
// by the title that it gives itself.
func titled(t *testing.T, title string) string {
	t.Helper()
	sleep, err := run.LookPath("sleep", os.Getenv("PATH"))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), filepath.Dir(title))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, filepath.Base(title))
	if err := os.Symlink(sleep, link); err != nil {
		t.Fatal(err)
	}
	p, err := run.Local{}.Start(run.Command{Argv: []string{link, "60"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Kill()
		_, _ = p.Wait()
	})
	return strconv.Itoa(p.Pid)
}
