package nginx

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"calm/model/signal"
)

const stubPage = "Active connections: 291 \nserver accepts handled requests\n 16630948 16630948 31070465 \nReading: 6 Writing: 179 Waiting: 106 \n"

func status(t *testing.T, h http.HandlerFunc) signal.Sample {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	return statusOfURL(t, server.URL+"/nginx_status")
}

func statusOfURL(t *testing.T, url string) signal.Sample {
	t.Helper()
	s := NewStatus(url)
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	samples, _ := s.Collect(ctx)
	if len(samples) != 1 || samples[0].Name != signal.Nginx || samples[0].Source != "nginx" || samples[0].At.IsZero() {
		t.Fatalf("%+v", samples)
	}
	return samples[0]
}

func TestStatus(t *testing.T) {
	say := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(body))
		}
	}
	if s := status(t, say(200, stubPage)); s.Text != "up" || s.Note != "291 connections" || !s.Known() {
		t.Errorf("%+v", s)
	}
	for name, h := range map[string]http.HandlerFunc{
		"forbidden":  say(403, "<h1>403</h1>"),
		"a web page": say(200, "<html>hello</html>"),
		"empty":      say(200, ""),
		"half":       say(200, stubPage[:20]),
		"hangs":      func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		if s := status(t, h); s.Known() {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestStatusOfNobody(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	if s := statusOfURL(t, server.URL); !s.Known() || s.Text != "down" {
		t.Errorf("%+v", s)
	}
}
