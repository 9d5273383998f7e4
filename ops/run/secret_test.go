package run

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/action"
	"calm/ops/secret"
)

const (
	canaryURI = "mongodb://calm:c4nary-passw0rd@127.0.0.1:1/aurora"
	canaryKey = "c4nary-0123456789-abcdef"
)

// inFolder says whether a text is in any file of a folder.
func inFolder(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			t.Logf("%s is in %s", text, path)
			found = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// secretive is a job whose environment and whose app hold secrets.
func secretive(command string) Job {
	j := job(command, func(p *action.Plan) { p.Dir = "/" })
	j.Env = append(j.Env, "MONGODB_URI="+canaryURI)
	j.Hide = secret.Set{Key: bytes.Repeat([]byte{1}, 32), Known: []secret.Known{{Name: "DEEPSEEK_API_KEY", Value: canaryKey}}}
	return j
}

func TestOutputHidesSecrets(t *testing.T) {
	for name, command := range map[string]string{
		"of the environment": `echo "to $MONGODB_URI"`,
		"its password":       `echo "${MONGODB_URI:15:15}" `,
		"of the app":         "echo key " + `c4nary-"0123456789"-abcdef`,
		"in pieces":          `printf c4nary-012345; sleep 0.1; printf 6789-abcdef; echo`,
		"among colours":      `printf 'c4nary-\033[31m0123456789\033[0m-abcdef\n'`,
		"in base64":          `printf %s "$MONGODB_URI" | base64 -w0`,
		"on stderr":          `echo "$MONGODB_URI" >&2`,
		"in an error":        `"$MONGODB_URI"; true`,
	} {
		h := start(t, supervisor(t), secretive(command))
		p := finish(t, h)
		if p.State != Finished || !strings.Contains(string(p.Output), "‹") {
			t.Errorf("%s: %s, output %q", name, p.Exit.Text, p.Output)
		}
		for _, value := range []string{canaryURI, canaryKey, "c4nary-passw0rd", "bW9uZ29kYjovL2Nhb"} {
			if inFolder(t, h.Dir, value) {
				t.Errorf("%s: %s was left behind", name, value)
			}
		}
	}
}

func TestCarriedSecretsAreSealed(t *testing.T) {
	j := secretive(`export API_TOKEN=c4nary-token COPY="x$MONGODB_URI" PLAIN=1`)
	h := start(t, supervisor(t), j)
	c := finish(t, h).Carried
	if len(c.Set) != 1 || c.Set["PLAIN"] != "1" || len(c.Sealed) != 2 {
		t.Fatalf("carried %+v", c)
	}
	if inFolder(t, h.Dir, "c4nary-passw0rd") || strings.Contains(c.Sealed["API_TOKEN"], "c4nary") {
		t.Error("a carried secret lies open")
	}
	open, err := c.Opened(j.Hide.Key)
	if err != nil || open.Set["API_TOKEN"] != "c4nary-token" || open.Set["COPY"] != "x"+canaryURI || open.Set["PLAIN"] != "1" || open.Sealed != nil {
		t.Errorf("opened %+v, %v", open, err)
	}
	if _, err := c.Opened(bytes.Repeat([]byte{2}, 32)); err == nil {
		t.Error("opened with another key")
	}
	c.Sealed["COPY"] = c.Sealed["API_TOKEN"]
	if _, err := c.Opened(j.Hide.Key); err == nil {
		t.Error("opened under another name")
	}
}
