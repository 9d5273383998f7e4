package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// canaries are twenty secrets, each in a place of its own. A value is random, so that finding it means
// that it came from there.
type canaries struct {
	t      *testing.T
	values map[string]string // by place
}

func newCanaries(t *testing.T) *canaries { return &canaries{t, map[string]string{}} }

// in makes the canary of a place. Some have what must be escaped in them.
func (c *canaries) in(place string) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
	b := make([]byte, 24)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	v := string(b)
	switch place {
	case "JSON":
		v = v[:8] + `"\` + v[8:]
	case "percent":
		v = v[:8] + `+/ &` + v[8:]
	}
	c.values[place] = v
	return v
}

// forms are the ways in which a value might lie somewhere.
func forms(v string) []string {
	j := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)
	return []string{v, j, url.QueryEscape(v), url.PathEscape(v), base64.StdEncoding.EncodeToString([]byte(v))[:28], hex.EncodeToString([]byte(v))}
}

// absent looks for every canary in a text.
func (c *canaries) absent(where string, text []byte) {
	c.t.Helper()
	for place, v := range c.values {
		for _, f := range forms(v) {
			if bytes.Contains(text, []byte(f)) {
				c.t.Errorf("the secret of %s is in %s, as %s", place, where, f)
			}
		}
	}
}

// folder looks for every canary in every file below a folder. The copies of the runbook are its text to
// the byte, as somebody has trusted it: what stands in it stands in them.
func (c *canaries) folder(dir string) {
	c.t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.HasSuffix(path, ".md") {
			b = bytes.ReplaceAll(b, []byte(c.values["the runbook"]), nil)
		}
		c.absent(path, b)
		files++
		return err
	})
	if err != nil || files < 20 {
		c.t.Errorf("%d files were looked at, %v", files, err)
	}
}

// watch looks at what every process shows of itself until stop is called. What a person types as an
// argument is theirs.
func (c *canaries) watch(typed ...string) (stop func() int) {
	end, done := make(chan struct{}), make(chan struct{})
	var looks int
	found := map[string]bool{}
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			default:
			}
			looks++
			dirs, _ := filepath.Glob("/proc/[0-9]*")
			for _, d := range dirs {
				argv, _ := os.ReadFile(d + "/cmdline")
				env, _ := os.ReadFile(d + "/environ")
				for place, v := range c.values {
					if bytes.Contains(argv, []byte(v)) && !strings.Contains(strings.Join(typed, " "), place) {
						found["the secret of "+place+" is in the arguments of "+string(argv)] = true
					}
				}
				// The command has what it needs, and nothing of calm's own.
				if bytes.HasPrefix(argv, []byte("bash\x00")) && bytes.Contains(env, []byte(c.values["calm's environment"])) {
					found["calm's own environment reached "+string(argv)] = true
				}
			}
		}
	}()
	return sync.OnceValue(func() int {
		close(end)
		<-done
		for f := range found {
			c.t.Error(f)
		}
		return looks
	})
}

// canaryBook is a runbook whose commands do with secrets what people's do. DIR is a folder of the test.
const canaryBook = "# Shop\n\n## Rollback Procedures\n\n### Leaky\n\n```bash\n" +
	"# Take a token along\nexport DEPLOY_TOKEN=$(cat DIR/token)\n\n" +
	"# Use the token\necho \"deploying with $DEPLOY_TOKEN\"; sleep 0.3; touch DIR/deployed\n\n" +
	"# Say them\necho $DEEPSEEK_API_KEY; echo \"to $DATABASE_URL\"; cat DIR/own; cat DIR/dotenv; echo \"$MONGODB_URI\"; touch DIR/said\n\n" +
	"# Say them otherwise\nprintf %s \"$A_SECRET\" | base64 -w0; echo; printf %s \"$B_SECRET\" | od -An -tx1 | tr -d ' \\n'; echo; cat DIR/json DIR/percent; touch DIR/otherwise\n\n" +
	"# Say them badly\nprintf %s \"${C_SECRET:0:10}\"; sleep 0.2; echo \"${C_SECRET:10}\"; echo \"$D_SECRET\" >&2; head -c 999 /dev/urandom; printf %s \"$E_SECRET\"; head -c 999 /dev/urandom; echo; cd \"$F_SECRET\"; touch DIR/badly\n\n" +
	"# Dump it\nmongodump --uri=\"$MONGODB_URI\" --out DIR/dump\n```\n\n" +
	"### Failing\n\n```bash\n# Say it and fail\ntouch DIR/failed; echo \"can't log in with $G_SECRET\"; exit 1\n```\n\n" +
	"### Careless\n\n```bash\n# Send it\ncurl -H \"X-Key: LITERAL\" http://127.0.0.1:9/; touch DIR/sent\n```\n\n" +
	"### Filled\n\n```bash\n# Fill it\ntouch DIR/filled-<key>\n```\n"

// newLeaky is a host whose every corner holds a canary.
func newLeaky(t *testing.T) (*bare, *canaries) {
	t.Helper()
	b, c := newBare(t), newCanaries(t)
	b.env = append(b.env, "OPS_TOKEN="+c.in("calm's environment"))
	quoted := func(place string) string { return "'" + c.in(place) + "'" }
	b.write("calm.yaml", `service: nothing-here
pm2: {home: pm2, app: glowglitch-app}
mongo: {uri: "mongodb://calm:`+c.in("the URI")+`@127.0.0.1:9/none?serverSelectionTimeoutMS=200"}
health_url: http://ops:`+c.in("a URL's password")+`@127.0.0.1:9/api/health
page_url: http://127.0.0.1:9/
metrics_url: http://127.0.0.1:9/api/metrics
env:
  DEEPSEEK_API_KEY: `+quoted("the app's key")+`
  DATABASE_URL: 'postgres://app:`+c.in("an address")+`@127.0.0.1:9/x'
  MONGODB_URI: 'mongodb://calm:`+c.in("an argument")+`@127.0.0.1:9/none'
  A_SECRET: `+quoted("base64")+`
  B_SECRET: `+quoted("hex")+`
  C_SECRET: `+quoted("pieces")+`
  D_SECRET: `+quoted("stderr")+`
  E_SECRET: `+quoted("binary")+`
  F_SECRET: `+quoted("a shell's error")+`
  G_SECRET: `+quoted("a failure")+`
  H_SECRET: `+quoted("JSON")+`
  I_SECRET: `+quoted("percent")+`
  J_SECRET: `+quoted("a note")+`
  K_SECRET: `+quoted("a filling")+`
  L_SECRET: `+quoted("the runbook")+`
`)
	b.write("token", c.in("an export"))
	b.write("own", c.values["calm's environment"]+"\n")
	b.write("dotenv", "SESSION_PASSWORD="+c.in("a file")+"\n")
	b.write("json", fmt.Sprintf("{\"said\":\"%s\"}\n", forms(c.values["JSON"])[1]))
	b.write("percent", "?q="+forms(c.values["percent"])[2]+"\n")
	bin := filepath.Join(b.dir, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	b.write("bin/mongodump", "#!/bin/bash\nsleep 0.3; [ \"$1\" = --version ] || cat /dev/fd/20; touch "+b.dir+"/dumped; echo \"done dumping $*\" >&2\n")
	if err := os.Chmod(bin+"/mongodump", 0o700); err != nil {
		t.Fatal(err)
	}
	b.env[0] = "PATH=" + bin + ":" + os.Getenv("PATH")
	return b, c
}

// try runs a headless command that may fail.
func (b *bare) try(words ...string) (out string, code int) {
	b.t.Helper()
	cmd := exec.Command(binary, b.args(words...)...)
	cmd.Env = b.env
	raw, _ := cmd.CombinedOutput()
	return string(raw), cmd.ProcessState.ExitCode()
}

// Twenty secrets on every way that they take through calm, and found in nothing that it writes, shows or
// starts. A person's own hand is no exception where calm knows the value: a note hides it, a filling and
// a command that hold it are refused.
func TestCanaries(t *testing.T) {
	t.Parallel()
	b, c := newLeaky(t)
	if len(c.values) != 20 {
		t.Fatalf("there are %d canaries", len(c.values))
	}
	book := b.write("book.md", strings.NewReplacer("DIR", b.dir, "LITERAL", c.values["the runbook"]).Replace(canaryBook))
	b.calm("runbook", "trust", "--yes", book)
	stop := c.watch("a note", "a filling")
	said := map[string]string{}
	run := func(name string, want int, words ...string) {
		t.Helper()
		out, code := b.try(words...)
		said[name] = out
		if code != want {
			t.Errorf("%s: exit %d, not %d:\n%s", name, code, want, out)
		}
	}
	run("doctor", 0, "doctor", "--runbook", book)
	run("a dry run", 0, "run", "leaky", "--dry-run", "--json", "--runbook", book)
	run("a run", 4, "run", "leaky", "--yes", "--runbook", book)
	run("a failing run", 1, "run", "failing", "--yes", "--runbook", book)
	run("a careless run", 6, "run", "careless", "--yes", "--runbook", book)
	run("a filled run", 6, "run", "filled", "--yes", "--set", "key="+c.values["a filling"], "--runbook", book)
	run("a note", 0, "incident", "note", "the key was "+c.values["a note"], "--runbook", book)
	for _, name := range []string{"deployed", "said", "otherwise", "badly", "dumped"} {
		if _, err := os.Stat(filepath.Join(b.dir, name)); err != nil {
			t.Errorf("%s was not run:\n%s", name, said["a run"])
		}
	}
	for _, words := range [][]string{
		{"incident", "show"}, {"incident", "show", "--json"}, {"incident", "timeline"}, {"incident", "export"}, {"incident", "export", "--json"},
		{"check", "--json"}, {"message", "--runbook", book}, {"postmortem", "--runbook", book}, {"incident", "list", "--json"},
	} {
		out, _ := b.try(words...) // what they print is looked at, whatever they say of it
		said["calm "+strings.Join(words, " ")] = out
	}
	said["the console"] = b.screens(book)
	if looks := stop(); looks < 20 {
		t.Errorf("/proc was looked at %d times", looks)
	} else {
		t.Logf("/proc was looked at %d times, %d outputs", looks, len(said))
	}
	for name, out := range said {
		c.absent(name, []byte(out))
	}
	c.folder(b.state)
	if !strings.Contains(said["calm incident export"], "‹") {
		t.Error("nothing was hidden, so nothing was tried")
	}
}

// screens are what the console shows of the incident, on a few of its pages.
func (b *bare) screens(book string) string {
	b.t.Helper()
	x := b.console(160, 50, book)
	x.wait(patience, "Leaky")
	all := x.screen()
	for _, key := range []string{"t", "\t", "\t", "\t", "?", "\x1b"} {
		x.press(key)
		<-time.After(300 * time.Millisecond)
		all += x.screen()
	}
	return all
}
