package prom

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"calm/model/signal"
	"calm/ops"
)

// app is a metrics URL with a clock beside it.
type app struct {
	*Source
	t      *testing.T
	at     time.Time
	status int
	body   string
	asked  string
}

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{t: t, at: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC), status: 200}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked = r.URL.String()
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.body))
	}))
	t.Cleanup(server.Close)
	a.Source = New(server.URL + "/api/metrics")
	a.now = func() time.Time { return a.at }
	t.Cleanup(a.Close)
	return a
}

// summary is contract A for one route.
func summary(route string, requests, failed int, p95 float64) string {
	rate := 0.0
	if requests > 0 {
		rate = float64(failed) / float64(requests)
	}
	return fmt.Sprintf(`{"summary":{%q:{"latency":{"count":%d,"p50":10.5,"p95":%g,"p99":900,"avg":20},"errors":{"count":%d,"rate":%g}}}}`, route, requests, p95, failed, rate)
}

func (a *app) collect() (map[signal.Name]signal.Sample, error) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	samples, err := a.Collect(ctx)
	got := map[signal.Name]signal.Sample{}
	for _, s := range samples {
		if !s.At.Equal(a.at) || s.Source != "metrics" {
			a.t.Errorf("%+v", s)
		}
		got[s.Name] = s
	}
	for _, n := range always {
		if s, ok := got[n]; !ok || err != nil && s.Known() {
			a.t.Errorf("%s: %+v, %v", n, s, err)
		}
	}
	return got, err
}

func (a *app) want(body string, n signal.Name, value float64, note string) {
	a.t.Helper()
	a.body = body
	got, err := a.collect()
	if s := got[n]; err != nil || !s.Known() || math.Abs(s.Value-value) > 1e-9 || s.Note != note {
		a.t.Fatalf("%s: %+v, %v; want %v (%s)", n, s, err, value, note)
	}
}

func (a *app) wantUnknown(body string, n signal.Name, why string) {
	a.t.Helper()
	a.body = body
	got, err := a.collect()
	if s := got[n]; s.Known() || !strings.Contains(s.Err, why) {
		a.t.Fatalf("%s: %+v, %v; want %q", n, s, err, why)
	}
}

const products = "/api/support/products"

func TestSummary(t *testing.T) {
	a := newApp(t)
	a.want(summary(products, 200, 40, 1234), signal.ErrorRatio, 0.2, "as counted so far")
	a.want(summary(products, 200, 40, 1234), signal.Route(signal.ErrorRatio, products), 0.2, "as counted so far")
	a.want(summary(products, 200, 40, 1234), signal.LatencyP95, 1.234, "worst is "+products)
	if a.asked != "/api/metrics?format=summary" {
		t.Errorf("asked %s", a.asked)
	}
}

func TestTheLastMinuteCounts(t *testing.T) {
	a := newApp(t)
	name := signal.Route(signal.ErrorRatio, products)
	a.want(summary(products, 1000, 0, 100), name, 0, "as counted so far")
	a.at = a.at.Add(30 * time.Second)
	a.want(summary(products, 1100, 50, 100), name, 0.5, "")
	a.want(summary(products, 1100, 50, 100), signal.ErrorRatio, 0.5, "")
	a.at = a.at.Add(60 * time.Second)
	a.want(summary(products, 1200, 50, 100), name, 0, "")
	a.at = a.at.Add(60 * time.Second)
	a.want(summary(products, 1204, 51, 100), name, 0.25, "too few requests: 4")
	a.at = a.at.Add(60 * time.Second)
	a.wantUnknown(summary(products, 1204, 51, 100), name, "no requests in 60 s")
	a.wantUnknown(summary(products, 1204, 51, 100), signal.ErrorRatio, "no requests in 60 s")
	a.wantUnknown(summary(products, 1204, 51, 100), signal.LatencyP95, "no requests in 60 s")
}

func TestARestartErasesTheEvidenceAndHealsNothing(t *testing.T) {
	a := newApp(t)
	name := signal.Route(signal.ErrorRatio, products)
	a.want(summary(products, 1000, 900, 100), name, 0.9, "as counted so far")
	a.at = a.at.Add(5 * time.Second)
	for _, empty := range []string{`{"summary":{}}`, summary(products, 0, 0, 0)} {
		a.wantUnknown(empty, signal.ErrorRatio, "no requests counted")
		a.wantUnknown(empty, signal.LatencyP95, "no requests counted")
		a.wantUnknown(empty, name, "no requests counted")
	}
	a.at = a.at.Add(5 * time.Second)
	a.want(summary(products, 40, 10, 100), name, 0.25, "")
}

func TestAnAppThatForgetsOldRequests(t *testing.T) {
	a := newApp(t)
	a.want(summary(products, 5000, 500, 100), signal.ErrorRatio, 0.1, "as counted so far")
	a.at = a.at.Add(5 * time.Second)
	a.want(summary(products, 4990, 499, 100), signal.ErrorRatio, 0.1, "as counted so far")
	a.at = a.at.Add(60 * time.Second)
	a.want(summary(products, 4990, 499, 100), signal.ErrorRatio, 0.1, "as counted so far")
}

const text = "# HELP concierge_api_latency_p95 x\n# TYPE concierge_api_latency_p95 gauge\n" +
	"concierge_api_latency_p95{endpoint=\"/api/support/products\"} 2500\n" +
	"# TYPE nodejs_heap gauge\nnodejs_heap 1e7\nnodejs_version_info{version=\"v20\"} 1\n" +
	"# TYPE concierge_api_errors_total counter\nconcierge_api_errors_total{endpoint=\"/api/support/products\"} 30\n" +
	"concierge_api_error_rate{endpoint=\"/api/support/products\"} 0.3"

func TestPrometheusText(t *testing.T) {
	a := newApp(t)
	for name, body := range map[string]string{"no end of line": text, "whole": text + "\n", "CRLF": strings.ReplaceAll(text, "\n", "\r\n")} {
		t.Run(name, func(*testing.T) {
			a.want(body, signal.ErrorRatio, 0.3, "as counted so far")
			a.want(body, signal.LatencyP95, 2.5, "worst is "+products)
		})
	}
	healthy := "concierge_api_latency_p95{endpoint=\"/a\"} 25\nconcierge_api_errors_total{endpoint=\"/a\"} 0\nconcierge_api_error_rate{endpoint=\"/a\"} 0\n"
	a = newApp(t)
	a.want(healthy, signal.ErrorRatio, 0, "as counted so far")
	// How much of all the failures of one route are is not told where another's requests are not.
	a.wantUnknown(healthy+text, signal.ErrorRatio, "does not count")
	a.wantUnknown("concierge_api_latency_p95{endpoint=\"/a\"} 0\nconcierge_api_error_rate{endpoint=\"/a\"} 0\n", signal.ErrorRatio, "no requests counted")
	a.wantUnknown("# nothing yet\n", signal.ErrorRatio, "no requests counted")
	a.wantUnknown("", signal.ErrorRatio, "no requests counted")
}

func TestPoints(t *testing.T) {
	a := newApp(t)
	a.want(`[{"name":"concierge_api_latency_p95","value":120,"timestamp":1,"labels":{"endpoint":"/a"}},
	  {"name":"concierge_api_errors_total","value":5,"timestamp":1,"labels":{"endpoint":"/a"}},
	  {"name":"concierge_api_error_rate","value":0.05,"timestamp":1,"labels":{"endpoint":"/a"}}]`, signal.ErrorRatio, 0.05, "as counted so far")
}

const later = `{"timestamp":"x","redis":{"connected":true,"metrics":{"totalRequests":1250}},"summary":{"primarySource":"redis","p95LatencyMs":45,"totalRequests":%d,"cacheHitRate":0.65,"errorRate":0.02,"timeRange":"last 1 day(s)"},"config":{}}`

func TestTheLaterContract(t *testing.T) {
	a := newApp(t)
	a.want(fmt.Sprintf(later, 1250), signal.ErrorRatio, 0.02, "last 1 day(s)")
	a.want(fmt.Sprintf(later, 1250), signal.LatencyP95, 0.045, "last 1 day(s)")
	a.wantUnknown(fmt.Sprintf(later, 0), signal.ErrorRatio, "no requests counted")
	a.status = 403
	a.wantUnknown(`{"error":"Forbidden"}`, signal.ErrorRatio, "admin's session")
	if _, err := a.collect(); ops.CodeOf(err) != ops.Denied {
		t.Errorf("%v", err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, body := range map[string]string{
		"html":        "<html>log in</html>",
		"half json":   summary(products, 10, 1, 100)[:60],
		"other json":  `{"hello":1}`,
		"array":       `[1,2]`,
		"binary":      "\x00\xff\x00\xff",
		"words":       "not found",
		"long":        text + strings.Repeat(" ", 2<<20),
		"bad ratio":   strings.Replace(summary(products, 10, 0, 100), `"count":0,"rate":0`, `"count":20,"rate":2`, 1),
		"null":        "null",
		"bad numbers": "concierge_api_latency_p95{endpoint=\"/a\"} lots\n",
	} {
		a := newApp(t)
		a.body = body
		got, err := a.collect()
		if s := got[signal.ErrorRatio]; s.Known() || strings.Contains(s.Err, "\n") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	a := newApp(t)
	a.status, a.body = 500, summary(products, 10, 1, 100)
	a.wantUnknown(a.body, signal.ErrorRatio, "HTTP 500")
}

func TestRoutesSurviveAFailureAsUnknown(t *testing.T) {
	a := newApp(t)
	a.want(summary(products, 100, 10, 100), signal.ErrorRatio, 0.1, "as counted so far")
	a.status = 502
	got, _ := a.collect()
	if s, ok := got[signal.Route(signal.ErrorRatio, products)]; !ok || s.Known() {
		t.Errorf("%+v", s)
	}
}

func BenchmarkDecodeText(b *testing.B) {
	var body strings.Builder
	for i := range 30 {
		fmt.Fprintf(&body, "# HELP nodejs_metric_%d about something\n# TYPE nodejs_metric_%d gauge\n", i, i)
		for j := range 10 {
			fmt.Fprintf(&body, "nodejs_metric_%d{space=\"s%d\"} %d\n", i, j, i*j)
		}
	}
	body.WriteString(text)
	data := []byte(body.String())
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
