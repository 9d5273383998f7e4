package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/nginx"
	"calm/ops/plan"
	"calm/ops/practice"
	"calm/ops/run"
)

// shopfront is a real nginx with three sites, of which the first is the shop.
type shopfront struct {
	t    *testing.T
	dir  string
	bin  string
	url  string // of the shop
	port int
	next int // of another site, which includes nothing
	app  *httptest.Server
	down atomic.Bool // the app answers 503
}

func newShopfront(t *testing.T, inShop, inFirst string) *shopfront {
	t.Helper()
	s := &shopfront{t: t, dir: t.TempDir()}
	s.bin = s.path("bin/nginx")
	s.app = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if s.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.app.Close)
	s.port, s.next = freePort(t), freePort(t)
	s.url = fmt.Sprintf("http://127.0.0.1:%d", s.port)
	for _, dir := range []string{"bin", "snippets", "run", "temp"} {
		if err := os.MkdirAll(s.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.conf(inShop, inFirst)
	err := practice.WriteNginx(t.Context(), practice.Options{Log: func(line string) { t.Log(line) }}, s.bin, "-p", s.dir+"/", "-c", s.path("nginx.conf"), "-e", s.path("error.log"))
	if err != nil {
		t.Fatal(err)
	}
	s.nginx()
	t.Cleanup(func() { s.nginx("-s", "stop") })
	return s
}

func (s *shopfront) path(name string) string { return filepath.Join(s.dir, name) }

// conf writes the configuration. One site is only there to be another one.
func (s *shopfront) conf(inShop, first string) {
	s.t.Helper()
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	proxy := "location / { proxy_pass " + s.app.URL + "; }"
	text := user + "worker_processes 1;\npid " + s.path("nginx.pid") + ";\nevents {}\nhttp {\naccess_log off;\n"
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		text += what + "_temp_path " + s.path("temp/"+what) + ";\n"
	}
	text += first + fmt.Sprintf("server { listen 127.0.0.1:%d; server_name shop.example; %s %s }\n", s.port, strings.ReplaceAll(inShop, "DIR", s.dir), proxy)
	text += fmt.Sprintf("server { listen 127.0.0.1:%d; server_name next.example; set $password s3cr3t; %s }\n", s.next, proxy)
	text += fmt.Sprintf("server { listen 127.0.0.1:%d; server_name third.example; %s }\n}\n", s.next, proxy)
	if err := os.WriteFile(s.path("nginx.conf"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shopfront) nginx(args ...string) {
	s.t.Helper()
	res, err := run.Local{}.Run(context.Background(), run.Command{Argv: append([]string{s.bin}, args...)})
	if err != nil {
		s.t.Fatalf("%v\n%s", err, res.Stderr)
	}
}

func (s *shopfront) planner() *plan.Planner {
	return plan.New(plan.Options{
		Dir: s.dir, Env: config.Environment{"PATH": s.path("bin") + ":" + os.Getenv("PATH")},
		Site: plan.Site{Snippets: s.path("snippets"), ErrorLog: s.path("error.log"), URL: s.url},
	})
}

var closes = runbook.Step{Kind: runbook.NginxStep, Text: "location /api/support/ {\n  return 503;\n}"}

func (s *shopfront) plan(p *plan.Planner, step runbook.Step) action.Plan {
	s.t.Helper()
	got, err := p.Plan(s.t.Context(), plan.Request{Step: step, Last: true})
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), "s3cr3t") {
		s.t.Error("a secret of nginx's configuration is in the plan")
	}
	return got
}

func (s *shopfront) status(path string) int {
	s.t.Helper()
	res, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func (s *shopfront) runs(p action.Plan) (string, error) {
	var out bytes.Buffer
	err := nginx.Kind(s.t.Context(), p, &out)
	return out.String(), err
}

func (s *shopfront) snippets() int {
	all, _ := os.ReadDir(s.path("snippets"))
	return len(all)
}

func freePort(t *testing.T) int {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

const (
	includes = "include DIR/snippets/*.conf;"
	flagged  = "location ^~ /api/support/ { if (-f DIR/run/closed) { return 503; } return 200; }"
)

func TestSiteFlagFile(t *testing.T) {
	s := newShopfront(t, includes+flagged, "")
	p := s.planner()
	got := s.plan(p, closes)
	if got.Command != "touch "+s.path("run/closed") || got.Undo != "rm "+s.path("run/closed")+", at once" || !strings.Contains(strings.Join(got.Changes, "\n"), "without a reload and without root") {
		t.Errorf("%q %q %q", got.Command, got.Undo, got.Changes)
	}
	out, err := s.runs(got)
	if err != nil || s.status("/api/support/x") != 503 || s.status("/") != 200 || s.snippets() != 0 || strings.Contains(out, "reload") {
		t.Fatalf("%v\n%s", err, out)
	}
	if again := s.plan(p, closes); again.Inverse != nil || !strings.Contains(strings.Join(again.Notes, "\n"), "there already") {
		t.Errorf("%+v", again)
	}
	back, err := p.Inverse(t.Context(), got, plan.Request{})
	if err != nil || back.Command != "rm "+s.path("run/closed") {
		t.Fatalf("%+v %v", back, err)
	}
	if out, err := s.runs(back); err != nil || s.status("/api/support/x") != 200 {
		t.Errorf("%v\n%s", err, out)
	}
	if log, _ := os.ReadFile(s.path("error.log")); strings.Contains(string(log), "reconfiguring") {
		t.Error("nginx was reloaded")
	}
	// As written it is a snippet: and nginx takes no second location of the same head.
	if _, err := p.Plan(t.Context(), plan.Request{Step: closes, AsWritten: true}); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), "has a location /api/support/ already") {
		t.Errorf("%v", err)
	}
}

// A location with a regular expression wins over a plain prefix: the flag file is made and nothing is
// closed.
func TestSiteFlagFileThatIsNotAsked(t *testing.T) {
	s := newShopfront(t, "location /api/support/ { if (-f DIR/run/closed) { return 503; } return 200; } location ~ ^/api/ { return 200; }", "")
	got := s.plan(s.planner(), closes)
	ctx, stop := context.WithTimeout(t.Context(), deadline)
	defer stop()
	var out bytes.Buffer
	err := nginx.Kind(ctx, got, &out)
	if err == nil || !strings.Contains(err.Error(), "still answers 200 and not 503") || !strings.Contains(err.Error(), "put back") {
		t.Errorf("%v\n%s", err, &out)
	}
	if _, err := os.Stat(s.path("run/closed")); err == nil {
		t.Error("the flag file is still there")
	}
}

func TestSiteSnippet(t *testing.T) {
	s := newShopfront(t, includes+"location ~ ^/api/ { return 200; } location = /api/support { return 200; }", "")
	p := s.planner()
	got := s.plan(p, closes)
	if all := strings.Join(got.Touches, "\n"); !strings.Contains(all, fmt.Sprintf("1 of 3 sites: shop.example (127.0.0.1:%d)", s.port)) {
		t.Errorf("%q", got.Touches)
	}
	if !strings.Contains(strings.Join(got.Notes, "\n"), "the exact path /api/support stays as it is") {
		t.Errorf("%q", got.Notes)
	}
	// A connection from before, which an old worker may serve to its end.
	kept, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if out, err := s.runs(got); err != nil || s.status("/api/support/x") != 503 || s.status("/api/support") != 200 {
		t.Fatalf("%v\n%s", err, out)
	}
	back, err := p.Inverse(t.Context(), got, plan.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := s.runs(back); err != nil || s.status("/api/support/x") != 200 || s.snippets() != 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSiteThatIncludesNothing(t *testing.T) {
	s := newShopfront(t, "", "")
	_, err := s.planner().Plan(t.Context(), plan.Request{Step: closes})
	if ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), "none of nginx's 3 server blocks includes") {
		t.Errorf("%v", err)
	}
}

// deadline is how long a change that nothing can show is waited for here.
const deadline = 2e9

func TestSiteLies(t *testing.T) {
	fails := func(t *testing.T, s *shopfront, p *plan.Planner, want string) {
		t.Helper()
		got := s.plan(p, closes)
		ctx, stop := context.WithTimeout(t.Context(), deadline)
		defer stop()
		var out bytes.Buffer
		err := nginx.Kind(ctx, got, &out)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "put back") || s.snippets() != 0 {
			t.Errorf("%v\n%s", err, &out)
		}
	}
	// deaf lets nginx test and print, and loses every reload.
	deaf := func(s *shopfront) []string {
		liar := s.path("bin/liar")
		if err := os.WriteFile(liar, []byte("#!/bin/sh\n[ \"$1\" = -s ] || exec "+s.bin+" \"$@\"\n"), 0o755); err != nil {
			s.t.Fatal(err)
		}
		return []string{liar}
	}
	t.Run("the reload exits 0 and could not bind", func(t *testing.T) {
		s := newShopfront(t, includes, "")
		p := s.planner()
		taken := httptest.NewServer(http.NotFoundHandler())
		defer taken.Close()
		s.conf(includes, "server { listen "+strings.TrimPrefix(taken.URL, "http://")+"; }\n")
		got := s.plan(p, closes)
		out, err := s.runs(got)
		if err == nil || !strings.Contains(err.Error(), "bind() to 127.0.0.1") || s.snippets() != 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("another site answers", func(t *testing.T) {
		s := newShopfront(t, includes, "")
		p := s.planner()
		p.Site.URL = fmt.Sprintf("http://127.0.0.1:%d", s.next)
		fails(t, s, p, "still answers 200 and not 503")
	})
	t.Run("the reload is lost", func(t *testing.T) {
		s := newShopfront(t, includes, "")
		p := s.planner()
		p.Site.Command = deaf(s)
		fails(t, s, p, "still answers 200 and not 503")
	})
	t.Run("the app answers 503 already", func(t *testing.T) {
		s := newShopfront(t, includes, "")
		s.down.Store(true)
		p := s.planner()
		got := s.plan(p, closes)
		if !strings.Contains(got.Command, "{ return 204; }") {
			t.Fatalf("nothing would show it: %q", got.Command)
		}
		if out, err := s.runs(got); err != nil || !strings.Contains(out, "answers 204, 5 times in a row") {
			t.Errorf("%v\n%s", err, out)
		}
		back, err := p.Inverse(t.Context(), got, plan.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := s.runs(back); err != nil || s.snippets() != 0 {
			t.Fatalf("%v\n%s", err, out)
		}
		p.Site.Command = deaf(s)
		fails(t, s, p, "and not 204")
		// The app fails between the proposal and the start.
		p.Site.Command = nil
		s.down.Store(false)
		got = s.plan(p, closes)
		s.down.Store(true)
		if out, err := s.runs(got); ops.CodeOf(err) != ops.Conflict || s.snippets() != 0 {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("killed between the file and the reload", func(t *testing.T) {
		s := newShopfront(t, includes, "")
		p := s.planner()
		got := s.plan(p, closes)
		var c nginx.Change
		if err := json.Unmarshal(got.Detail, &c); err != nil {
			t.Fatal(err)
		}
		if text := nginx.Sense(t.Context(), got); !strings.Contains(text, "is not as the change makes it") {
			t.Error(text)
		}
		if err := os.WriteFile(c.Path, []byte(c.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		if text := nginx.Sense(t.Context(), got); !strings.Contains(text, "answers 200: nginx has not read it") {
			t.Error(text)
		}
		back, err := p.Inverse(t.Context(), got, plan.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := s.runs(back); err != nil || s.snippets() != 0 || s.status("/api/support/x") != 200 {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
