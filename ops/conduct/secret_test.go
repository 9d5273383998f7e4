package conduct

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/secret"
)

const canary = "c4nary-t0ken-99"

// TestSecretsStayHidden carries a secret from one step to the next, and looks for it in everything
// that was written.
func TestSecretsStayHidden(t *testing.T) {
	s := newShop(t)
	source := "# Shop\n\n## Rollback by key\n\n```bash\n# Take it\nexport API_TOKEN=$(cat " + s.out + "/token)\n\n" +
		"# Use it\necho \"using $API_TOKEN\"; printf %s \"$API_TOKEN\" > " + s.out + "/used\n\n" +
		"# Say it\necho " + canary + "\n```\n"
	if err := os.WriteFile(filepath.Join(s.out, "token"), []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.runbook, err = runbook.Parse("shop.md", []byte(source)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.trust.Give(s.runbook, ana); err != nil {
		t.Fatal(err)
	}
	s.Conductor = s.console()
	s.Hide = secret.Set{Key: bytes.Repeat([]byte{3}, 32), Known: []secret.Known{{Name: "API_TOKEN", Value: canary}}}
	s.dir.Hide = s.Hide.Redactor()

	s.end(s.Conductor, s.begin(s.Conductor, "Take it").Op)
	p := s.end(s.Conductor, s.begin(s.Conductor, "Use it").Op)
	if s.read("used") != canary {
		t.Errorf("the step got %q", s.read("used"))
	}
	if len(p.Output) != 1 || !strings.HasPrefix(p.Output[0], "using ‹API_TOKEN#") {
		t.Errorf("output %q", p.Output)
	}
	if _, err := s.Propose(t.Context(), action.Request{Ref: s.ref("Say it")}); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), "API_TOKEN") || strings.Contains(err.Error(), canary) {
		t.Errorf("proposed: %v", err)
	}
	err = filepath.WalkDir(s.journal.Path(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(canary)) {
			t.Errorf("%s holds it", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
