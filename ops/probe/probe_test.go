package probe

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"calm/model/signal"
	"calm/ops"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// health gives the two readings as "text (note)" or "? why".
func health(t *testing.T, url string) (whole, db string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	h := NewHealth(url)
	defer h.Close()
	samples, _ := h.Collect(ctx)
	if len(samples) != 2 || samples[0].Name != signal.Health || samples[1].Name != signal.DBHealth {
		t.Fatalf("samples %+v", samples)
	}
	said := func(s signal.Sample) string {
		if s.At.IsZero() {
			t.Errorf("%s has no time", s.Name)
		}
		if !s.Known() {
			return "? " + s.Err
		}
		return s.Text
	}
	return said(samples[0]), said(samples[1])
}

func TestHealth(t *testing.T) {
	const json = "application/json"
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		whole, db               string
	}{
		{"documented", json, `{"status":"ok","timestamp":"2026-11-23T03:00:00Z"}`, 200, "ok", "? HTTP 200 says nothing about the database"},
		{"documented, db", json, `{"status":"ok","checks":{"database":"ok"}}`, 200, "ok", "ok"},
		{"later", json, `{"ok":true,"checks":{"uptimeSec":7,"version":"dev","db":"ok"}}`, 200, "ok", "ok"},
		{"later, db in error with 200", json, `{"ok":true,"checks":{"uptimeSec":7,"db":"error"}}`, 200, "error", "error"},
		{"later, crash", json, `{"ok":false,"error":"boom"}`, 500, "error", "? HTTP 500 says nothing about the database"},
		{"db object", json, `{"status":"UP","components":{"mongo":{"status":"DOWN"}}}`, 200, "error", "error"},
		{"503 with report", json, `{"status":"error","checks":{"database":"error"}}`, 503, "error", "error"},
		{"says ok with 503", json, `{"status":"ok","checks":{"db":"ok"}}`, 503, "error", "ok"},
		{"says false with 200", json, `{"ok":false}`, 200, "error", "? HTTP 200 says nothing about the database"},
		{"status beats ok", json, `{"ok":true,"status":"error"}`, 200, "error", "? HTTP 200 says nothing about the database"},
		{"plain", "text/plain", "OK\n", 200, "ok", "? HTTP 200 says nothing about the database"},
		{"bad gateway", "text/html", "<h1>502</h1>", 502, "error", "? HTTP 502 says nothing about the database"},
		{"html with 200", "text/html; charset=utf-8", "<html>log in</html>", 200, "? the answer is no health report but text/html", "? the answer is no health report but text/html"},
		{"half json", json, `{"status":"ok","checks":{"da`, 200, "? the answer is no health report but broken JSON", "? the answer is no health report but broken JSON"},
		{"empty", json, "", 200, "? the answer is no health report but empty", "? the answer is no health report but empty"},
		{"other json", json, `{"hello":1}`, 200, "? the answer names no status", "? the answer names no status"},
		{"unknown word", json, `{"status":"pondering"}`, 200, "? the answer names no status", "? the answer names no status"},
		{"array", json, `[1,2]`, 200, "? the answer is no health report but broken JSON", "? the answer is no health report but broken JSON"},
		{"10 MB", json, `{"status":"ok","pad":"` + strings.Repeat("x", 10<<20) + `"}`, 200, "? the answer is larger than 1 MiB", "? the answer is larger than 1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			whole, db := health(t, serve(t, answer(c.status, c.contentType, c.body))+"/api/health")
			if whole != c.whole || db != c.db {
				t.Errorf("got %q, %q; want %q, %q", whole, db, c.whole, c.db)
			}
		})
	}
}

func TestHealthAsksForTheDatabaseAsCalm(t *testing.T) {
	var got *http.Request
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	})
	health(t, url+"/api/health")
	if got.URL.RawQuery != "check=db" || got.Header.Get("User-Agent") != UserAgent {
		t.Errorf("asked %s as %q", got.URL, got.Header.Get("User-Agent"))
	}
	health(t, url+"/api/health?x=1")
	if got.URL.RawQuery != "x=1" {
		t.Errorf("asked %s", got.URL)
	}
}

func TestSilentServers(t *testing.T) {
	hang := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	if whole, db := health(t, hang+"/api/health"); whole != "? GET /api/health: no answer in time" || db != whole {
		t.Errorf("hangs: %q, %q", whole, db)
	}
	slow := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"status":`))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	if whole, _ := health(t, slow+"/api/health"); whole != "? GET /api/health: no answer in time" {
		t.Errorf("stops half way: %q", whole)
	}
	broken := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	})
	if whole, _ := health(t, broken+"/api/health"); !strings.HasPrefix(whole, "? GET /api/health: the answer broke off") {
		t.Errorf("breaks off: %q", whole)
	}
	s := httptest.NewServer(nil)
	s.Close()
	if whole, _ := health(t, s.URL+"/api/health"); whole != "? GET /api/health: connection refused on "+s.URL[7:] {
		t.Errorf("refuses: %q", whole)
	}
}

func TestErrorsHoldNoSecretsAndOneLine(t *testing.T) {
	for _, url := range []string{"ftp://ann:geheim@x/", "http://ann:geheim@127.0.0.1:1/api", "http://ann:geheim@\n/", ""} {
		c := NewClient(url, "*/*")
		_, err := c.Get(context.Background())
		if err == nil || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := NewClient("glowglitch.com/api", "*/*").Get(context.Background()); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("no scheme: %v", err)
	}
}

func TestTheConnectionIsKept(t *testing.T) {
	peers := map[string]bool{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		peers[r.RemoteAddr] = true
		_, _ = w.Write(bytes.Repeat([]byte("x"), 100_000))
	})
	c := NewClient(url, "*/*")
	defer c.Close()
	for range 3 {
		if _, err := c.Get(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if len(peers) != 1 {
		t.Errorf("%d connections", len(peers))
	}
}

func TestPage(t *testing.T) {
	const marker = "glowglitch-aurora-widget"
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"there", 200, `<button id="` + marker + `">`, "yes"},
		{"not there", 200, "<html></html>", "no"},
		{"error page that has it", 500, marker, "? HTTP 500"},
		{"empty", 200, "", "? the page is empty"},
		{"too long", 200, strings.Repeat(" ", 2<<20) + marker, "? not in the first 1 MiB of the page"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPage(serve(t, answer(c.status, "text/html", c.body)), marker)
			defer p.Close()
			samples, err := p.Collect(context.Background())
			if err != nil || len(samples) != 1 {
				t.Fatalf("%v, %v", samples, err)
			}
			got := samples[0].Text
			if !samples[0].Known() {
				got = "? " + samples[0].Err
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	p := NewPage("http://127.0.0.1:1/", marker)
	if samples, err := p.Collect(context.Background()); err == nil || samples[0].Known() {
		t.Errorf("%+v, %v", samples, err)
	}
}
