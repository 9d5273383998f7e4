package nginx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/action"
	"calm/ops"
	"calm/ops/run"
)

func TestLocations(t *testing.T) {
	tests := []struct {
		name, fragment, want string
		changes              int
	}{
		{"the runbook's", "# Add to nginx config:\nlocation /api/support/ {\n  return 503;\n}\n",
			"location ^~ /api/support/ {\n  return 503;\n}\nlocation = /api/support {\n  return 503;\n}\n", 2},
		{"nothing to sharpen", "location = /x { return 410; }", "location = /x { return 410; }\n", 0},
		{"exact path is there", "location ^~ /x/ { return 503; }\nlocation = /x { return 503; }", "location ^~ /x/ { return 503; }\nlocation = /x { return 503; }\n", 0},
		{"regular expression", `location ~ \.php$ { deny all; }`, "location ~ \\.php$ { deny all; }\n", 0},
		{"braces in quotes and comments", "location /a { # }\n add_header X '}'; if ($x) { return 503; } }", "location ^~ /a { # }\n add_header X '}'; if ($x) { return 503; } }\n", 1},
		{"the root", "location / { return 503; }", "location ^~ / { return 503; }\n", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, changes, err := Locations(tt.fragment)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, l := range list {
				got.WriteString(l.String())
			}
			if got.String() != tt.want || len(changes) != tt.changes {
				t.Errorf("%q, %q", got.String(), changes)
			}
		})
	}
	list, _, err := Locations("location /api/support/ {\n  return 503; # off\n}")
	if err != nil || len(list) != 2 || list[0].Status != 503 || list[1].Path != "/api/support" {
		t.Errorf("%+v %v", list, err)
	}
	for _, bad := range []string{"", "# nothing", "server { location / {} }", "location / { return 503;", "return 503;", "location / {}\nnginx -s reload", "location {}", "location a b c {}"} {
		if _, _, err := Locations(bad); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// site is an nginx that lies as it is told. It answers /x by whether the snippet that it read at
// its last reload holds a return.
type site struct {
	mu       sync.Mutex
	dir      string
	log      string
	live     int      // requests that still get the old answer
	status   int      // by the configuration that is read
	calls    []string // "-t", "-s reload"
	bad      string   // a word in a snippet that -t refuses
	deaf     bool     // reload exits 0 and changes nothing
	binds    bool     // reload exits 0 and its error log says that it could not bind
	noReload bool     // reload exits 1
	lag      int
}

func newSite(t *testing.T) (*site, Change) {
	t.Helper()
	s := &site{dir: t.TempDir(), status: 200}
	s.log = filepath.Join(t.TempDir(), "error.log")
	if err := os.WriteFile(s.log, []byte("2026/11/23 [emerg] an old one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, Change{
		Path: filepath.Join(s.dir, "calm-x.conf"), Text: "location ^~ /x { return 503; }\n", Command: []string{"sudo", "-n", "nginx"},
		ErrorLog: s.log, Probes: []Probe{{URL: server.URL + "/x", Want: 503}},
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	if s.live > 0 {
		// Old and new workers answer in turns.
		if s.live--; s.live%2 == 0 {
			status = 200
		}
	}
	w.WriteHeader(status)
}

func (s *site) snippets() string {
	all, _ := filepath.Glob(filepath.Join(s.dir, "*.conf"))
	text := ""
	for _, path := range all {
		b, _ := os.ReadFile(path)
		text += string(b)
	}
	return text
}

func (s *site) Run(_ context.Context, c run.Command) (run.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := strings.TrimPrefix(run.Line(c.Argv), "sudo -n nginx ")
	s.calls = append(s.calls, what)
	failed := func(said string) (run.Result, error) {
		return run.Result{Exit: 1, Stderr: []byte(said)}, &ops.Error{Code: ops.Failed, Op: what, Err: errors.New("exit 1")}
	}
	text := s.snippets()
	switch {
	case what == "-t" && s.bad != "" && strings.Contains(text, s.bad):
		return failed("nginx: [emerg] duplicate location \"/x\" in calm-x.conf:1\nnginx: configuration file test failed\n")
	case what == "-t":
	case what != "-s reload":
		return failed("unexpected " + what)
	case s.noReload && text != "":
		return failed("nginx: [error] open() \"nginx.pid\" failed")
	case s.binds && text != "":
		f, _ := os.OpenFile(s.log, os.O_APPEND|os.O_WRONLY, 0)
		_, _ = f.WriteString("2026/11/23 [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n")
		_ = f.Close()
	case s.deaf:
	default:
		s.status, s.live = 200, s.lag
		if strings.Contains(text, "return 503") {
			s.status = 503
		}
	}
	return run.Result{}, nil
}

func TestApply(t *testing.T) {
	tests := []struct {
		name string
		lie  func(*site)
		want string // in the error; empty for success
	}{
		{"well", func(*site) {}, ""},
		{"old answers for a while", func(s *site) { s.lag = 17 }, ""},
		{"the test refuses it", func(s *site) { s.bad = "return" }, "duplicate location"},
		{"nginx does not run", func(s *site) { s.noReload = true }, "put back"},
		{"exit 0 and nothing happens", func(s *site) { s.deaf = true }, "still answers 200 and not 503"},
		{"exit 0 and could not bind", func(s *site) { s.binds = true }, "Address already in use"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := newSite(t)
			tt.lie(s)
			var out bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := c.Apply(ctx, s, &out)
			_, there := os.Stat(c.Path)
			if tt.want == "" {
				if err != nil || there != nil || s.status != 503 || s.live != 0 || !strings.Contains(out.String(), "answers 503, 5 times in a row") {
					t.Errorf("%v, file %v\n%s", err, there, &out)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "it was put back") {
				t.Errorf("%v", err)
			}
			if there == nil || s.status != 200 {
				t.Errorf("not put back: %v, status %d\n%s", there, s.status, &out)
			}
			if left, _ := os.ReadDir(s.dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// Without an address to ask, the error log is all there is.
func TestApplyWithoutProbes(t *testing.T) {
	s, c := newSite(t)
	c.Probes, s.binds = nil, true
	if err := c.Apply(t.Context(), s, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "Address already in use") {
		t.Error(err)
	}
	s, c = newSite(t)
	c.Probes = nil
	if err := c.Apply(t.Context(), s, &bytes.Buffer{}); err != nil {
		t.Error(err)
	}
}

func TestApplyToWhatIsBroken(t *testing.T) {
	s, c := newSite(t)
	s.bad = "oops"
	if err := os.WriteFile(filepath.Join(s.dir, "other.conf"), []byte("oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := c.Apply(t.Context(), s, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "before any change") || len(s.calls) != 1 {
		t.Errorf("%v %q", err, s.calls)
	}
}

// A stop while it waits for the answer goes the way back all the same.
func TestApplyCancelled(t *testing.T) {
	s, c := newSite(t)
	old := "# what was there\n"
	if err := os.WriteFile(c.Path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	s.deaf = true
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelOn{cancel: cancel, word: "exit 0, which is not enough"}
	if err := c.Apply(ctx, s, out); err == nil || !strings.Contains(err.Error(), "put back") {
		t.Error(err)
	}
	if b, _ := os.ReadFile(c.Path); string(b) != old {
		t.Errorf("%q", b)
	}
}

type cancelOn struct {
	cancel func()
	word   string
}

func (c *cancelOn) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.word) {
		c.cancel()
	}
	return len(p), nil
}

func TestUndo(t *testing.T) {
	s, c := newSite(t)
	back, err := c.Undo([]Probe{{URL: c.Probes[0].URL, Want: 200}})
	if err != nil || back.Text != "" {
		t.Fatal(back, err)
	}
	if err := c.Apply(t.Context(), s, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := back.Apply(t.Context(), s, &bytes.Buffer{}); err != nil || s.status != 200 {
		t.Error(err, s.status)
	}
	if _, err := os.Stat(c.Path); err == nil {
		t.Error("the snippet is still there")
	}
}

func TestKindNeedsItsDetail(t *testing.T) {
	for _, raw := range []string{"", "null", `{"path":`} {
		if err := Kind(t.Context(), action.Plan{Detail: json.RawMessage(raw)}, &bytes.Buffer{}); ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%q: %v", raw, err)
		}
	}
}
