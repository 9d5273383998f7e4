package nginx

import (
	"strings"
	"testing"
	"time"
)

const combinedLine = `203.0.113.9 - - [23/Nov/2026:03:01:40 +0000] "GET /api/support/products?category=rings HTTP/1.1" 500 31 "https://glowglitch.com/" "Mozilla/5.0 (X11; Linux x86_64)"`

var lineTime = time.Date(2026, 11, 23, 3, 1, 40, 0, time.UTC).Unix()

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       entry
	}{
		{"combined", combinedLine, entry{at: lineTime, path: []byte("/api/support/products?category=rings"), status: 500, millis: -1}},
		{"request time", combinedLine + " 0.042 500", entry{at: lineTime, path: []byte("/api/support/products?category=rings"), status: 500, millis: 42}},
		{"named time after an upstream's", combinedLine + ` "-" urt="0.900" rt=1.250`, entry{at: lineTime, path: []byte("/api/support/products?category=rings"), status: 500, millis: 1250}},
		{"quoted time", combinedLine + ` "10.000"`, entry{at: lineTime, path: []byte("/api/support/products?category=rings"), status: 500, millis: 10_000}},
		{"another zone", `::1 - - [23/Nov/2026:06:01:40 +0300] "GET / HTTP/2.0" 200 5 "-" "-"`, entry{at: lineTime, path: []byte("/"), status: 200, millis: -1}},
		{"user with brackets", `1.2.3.4 - a [b] c [23/Nov/2026:03:01:40 +0000] "POST /x HTTP/1.1" 204 0 "-" "-"`, entry{at: lineTime, path: []byte("/x"), status: 204, millis: -1}},
		{"no HTTP", `1.2.3.4 - - [23/Nov/2026:03:01:40 +0000] "\x16\x03\x01" 400 157 "-" "-"`, entry{at: lineTime, status: 400, millis: -1}},
		{"empty request", `1.2.3.4 - - [23/Nov/2026:03:01:40 +0000] "" 408 0 "-" "-"`, entry{at: lineTime, status: 408, millis: -1}},
		{"ours", `127.0.0.1 - - [23/Nov/2026:03:01:40 +0000] "GET /api/health HTTP/1.1" 200 5 "-" "calm/1 (probe)"`, entry{at: lineTime, path: []byte("/api/health"), status: 200, millis: -1, own: true}},
		{"JSON", `{"time_iso8601":"2026-11-23T03:01:40+00:00","request":"GET /a?b HTTP/1.1","status":"503","request_time":"0.120","http_user_agent":"x"}`, entry{at: lineTime, path: []byte("/a?b"), status: 503, millis: 120}},
		{"JSON, numbers", `{"msec":1795402900.123,"request_uri":"/a","status":200,"request_time":0.007}`, entry{at: 1795402900, path: []byte("/a"), status: 200, millis: 7}},
		{"JSON, ours", `{"time_local":"23/Nov/2026:03:01:40 +0000","uri":"/a","status":200,"http_user_agent":"calm/2"}`, entry{at: lineTime, path: []byte("/a"), status: 200, millis: -1, own: true}},
	} {
		var r entryReader
		for range 2 { // the second time from the kept clock
			got, ok := r.read([]byte(c.line))
			if !ok || got.at != c.want.at || string(got.path) != string(c.want.path) || got.status != c.want.status || got.millis != c.want.millis || got.own != c.want.own {
				t.Errorf("%s: %+v, %v; want %+v", c.name, got, ok, c.want)
			}
		}
	}
}

var notEntries = []string{
	"", " ", "[", "{", "{}", `{"status":200}`, `{"time_local":"23/Nov/2026:03:01:40 +0000"}`, "\x00\xff\x1b[2J [[[ \"", strings.Repeat("x", 3000),
	`2026/11/23 03:01:40 [error] 77#77: *1 connect() failed (111: Connection refused) while connecting to upstream`,
	`1.2.3.4 - - [23/Nov/2026:03:01:40 +0000] "GET / HTTP/1.1" abc 5 "-" "-"`,
	`1.2.3.4 - - [99/Foo/2026:03:01:40 +0000] "GET / HTTP/1.1" 200 5 "-" "-"`,
	combinedLine[:70], combinedLine[:95],
}

func TestWhatIsNoEntry(t *testing.T) {
	var r entryReader
	for _, line := range notEntries {
		if e, ok := r.read([]byte(line)); ok {
			t.Errorf("%q passed for %+v", line, e)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(combinedLine + " 0.042"))
	f.Add([]byte(`{"time_iso8601":"2026-11-23T03:01:40+00:00","request":"GET /a?b HTTP/1.1","status":"503","request_time":"0.120"}`))
	for _, l := range notEntries {
		f.Add([]byte(l))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var r entryReader
		e, ok := r.read(line)
		if ok && (e.status < 100 || e.status > 999 || e.millis < -1) {
			t.Fatalf("%+v", e)
		}
		if got := route(nil, e.path); len(got) > 2*maxRoute+1 {
			t.Fatalf("a route of %d bytes", len(got))
		}
	})
}

func TestRoute(t *testing.T) {
	for path, want := range map[string]string{
		"/":                                    "/",
		"/api/support/products?category=rings": "/api/support/products",
		"/api/orders/12345":                    "/api/orders/:id",
		"/api/orders/12345/items/7?x=1":        "/api/orders/:id/items/:id",
		"/u/0b5c1f6e-9b7d-4a53-8f8e-3d3f0a1b2c3d":           "/u/:id",
		"/c/65a1b2c3d4e5f60718293a4b":                       "/c/:id",
		"/c/deadbeef/x":                                     "/c/deadbeef/x",
		"/_next/static/chunks/main-5f4dcc3b5aa765d61d83.js": "/_next/static/chunks/:id",
		"/v2/api":  "/v2/api",
		"/a//b":    "/a//b",
		"/a/;jsid": "/a/",
	} {
		if got := string(route(nil, []byte(path))); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	line := []byte(combinedLine + " 0.042 500")
	var r entryReader
	w := newWindow(windowSeconds)
	var name []byte
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		e, ok := r.read(line)
		if !ok {
			b.Fatal("not read")
		}
		name = route(name, e.path)
		w.count(e, name, lineTime+1)
	}
}

func BenchmarkReadJSON(b *testing.B) {
	line := []byte(`{"time_local":"23/Nov/2026:03:01:40 +0000","remote_addr":"203.0.113.9","request":"GET /api/support/products?category=rings HTTP/1.1","status":"503","request_time":"0.120","http_user_agent":"Mozilla/5.0 (X11; Linux x86_64)"}`)
	var r entryReader
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := r.read(line); !ok {
			b.Fatal("not read")
		}
	}
}
