package nginx

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/model/signal"
	"calm/ops"
)

// traffic is an access log with a clock of its own.
type traffic struct {
	*AccessLog
	t    *testing.T
	path string
	at   time.Time
}

func newTraffic(t *testing.T, watch ...string) *traffic {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	tr := &traffic{AccessLog: NewAccessLog(path, watch...), t: t, path: path, at: time.Date(2026, 11, 23, 3, 2, 0, 0, time.UTC)}
	tr.now = func() time.Time { return tr.at }
	t.Cleanup(tr.Close)
	return tr
}

func (tr *traffic) write(text string) {
	tr.t.Helper()
	f, err := os.OpenFile(tr.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		tr.t.Fatal(err)
	}
}

// requests logs n requests, ago before the clock, with the extra text appended to each line.
func (tr *traffic) requests(n int, ago time.Duration, path string, status int, extra string) {
	tr.t.Helper()
	line := fmt.Sprintf("203.0.113.9 - - [%s] \"GET %s HTTP/1.1\" %d 31 \"-\" \"Mozilla/5.0\"%s\n", tr.at.Add(-ago).Format(clock), path, status, extra)
	tr.write(strings.Repeat(line, n))
}

func (tr *traffic) collect() (map[signal.Name]signal.Sample, error) {
	tr.t.Helper()
	samples, err := tr.Collect(context.Background())
	got := map[signal.Name]signal.Sample{}
	for _, s := range samples {
		if !s.At.Equal(tr.at) || s.Source != "nginx log" {
			tr.t.Errorf("%+v", s)
		}
		if _, twice := got[s.Name]; twice {
			tr.t.Errorf("%s twice", s.Name)
		}
		got[s.Name] = s
	}
	for _, n := range logSignals {
		if _, ok := got[n]; !ok {
			tr.t.Errorf("no %s", n)
		}
	}
	return got, err
}

func (tr *traffic) want(n signal.Name, value float64) signal.Sample {
	tr.t.Helper()
	got, err := tr.collect()
	if s := got[n]; err != nil || !s.Known() || math.Abs(s.Value-value) > 1e-9 {
		tr.t.Fatalf("%s: %+v, %v; want %v", n, s, err, value)
	}
	return got[n]
}

func TestTheLastMinute(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(100, 70*time.Second, "/", 500, "") // too old
	tr.requests(60, 30*time.Second, "/api/support/products?page=1", 200, " 0.100 200")
	tr.requests(20, 10*time.Second, "/api/support/products", 502, " 6.400 502")
	tr.requests(10, 5*time.Second, "/api/support/chat", 200, " 0.020 200")
	tr.requests(10, 5*time.Second, "/", 404, " 0.001 -")
	got, err := tr.collect()
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[signal.Name]float64{
		signal.Traffic:    100.0 / 60,
		signal.ErrorRatio: 0.2,
		signal.Route(signal.ErrorRatio, "/api/support/products"): 0.25,
		signal.Route(signal.ErrorRatio, "/api/support/chat"):     0,
		signal.Route(signal.ErrorRatio, "/"):                     0,
		signal.FailedRoutes:                                      0,
	} {
		if s := got[n]; !s.Known() || math.Abs(s.Value-want) > 1e-9 {
			t.Errorf("%s: %+v, want %v", n, s, want)
		}
	}
	for n, want := range map[signal.Name]float64{signal.LatencyP50: 0.1, signal.LatencyP95: 6.4, signal.LatencyP99: 6.4} {
		if s := got[n]; !s.Known() || math.Abs(s.Value-want) > want*0.03 {
			t.Errorf("%s: %+v, want about %v", n, s, want)
		}
	}
	if f := got[signal.FailedRoutes]; f.Of != 2 || f.Note != "0 of 2 API routes" {
		t.Errorf("failed routes %+v", f)
	}
}

func TestTheWindowSlides(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(20, 0, "/api/a", 500, "")
	tr.want(signal.ErrorRatio, 1)
	tr.at = tr.at.Add(40 * time.Second)
	tr.requests(20, 0, "/api/a", 200, "")
	tr.want(signal.ErrorRatio, 0.5)
	tr.at = tr.at.Add(20 * time.Second)
	tr.want(signal.ErrorRatio, 0)
	tr.at = tr.at.Add(time.Hour)
	got, err := tr.collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []signal.Name{signal.ErrorRatio, signal.LatencyP95, signal.FailedRoutes} {
		if got[n].Err != "no requests in 60 s" {
			t.Errorf("%s without requests: %+v", n, got[n])
		}
	}
	if s := got[signal.Traffic]; !s.Known() || s.Value != 0 {
		t.Errorf("traffic: %+v", s)
	}
}

func TestARouteWithoutRequestsTurnsUnknown(t *testing.T) {
	name := signal.Route(signal.ErrorRatio, "/api/a")
	tr := newTraffic(t, "/api/watched")
	tr.requests(20, 0, "/api/a", 500, "")
	tr.want(name, 1)
	tr.at = tr.at.Add(90 * time.Second)
	tr.requests(20, 0, "/api/b", 200, "")
	got, _ := tr.collect()
	for _, n := range []signal.Name{name, signal.Route(signal.ErrorRatio, "/api/watched")} {
		if s, ok := got[n]; !ok || s.Err != "no requests in 60 s" {
			t.Errorf("%s: %+v", n, s)
		}
	}
	tr.at = tr.at.Add(10 * time.Minute)
	if got, _ := tr.collect(); got[name].Name != "" {
		t.Errorf("a route of long ago is still given: %+v", got[name])
	}
}

func TestFailedRoutes(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(10, 0, "/", 200, "")
	tr.requests(10, 0, "/widget.js", 200, "")
	for i, p := range []string{"/api/a", "/api/b", "/api/c", "/api/d"} {
		tr.requests(4, 0, p, 500, "")
		if i == 3 {
			tr.requests(5, 0, p, 200, "")
		}
	}
	tr.requests(1, 0, "/api/once", 500, "")
	tr.requests(20, 0, "/api/health?check=db", 200, "")
	tr.requests(20, 0, "/api/metrics", 200, "")
	if s := tr.want(signal.FailedRoutes, 3); s.Of != 4 || s.Note != "3 of 4 API routes" {
		t.Errorf("%+v", s)
	}
}

func TestWithoutAnAPIEveryRouteCounts(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(5, 0, "/", 502, "")
	tr.requests(5, 0, "/shop", 502, "")
	if s := tr.want(signal.FailedRoutes, 2); s.Of != 2 || s.Note != "2 of 2 routes" {
		t.Errorf("%+v", s)
	}
}

func TestFewRequestsAreSaid(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(3, 0, "/", 500, " 0.100")
	if s := tr.want(signal.ErrorRatio, 1); s.Note != "too few requests: 3" {
		t.Errorf("%+v", s)
	}
	got, _ := tr.collect()
	if s := got[signal.LatencyP95]; s.Known() || s.Err != "too few requests: 3" {
		t.Errorf("%+v", s)
	}
}

func TestOwnRequestsAndThoseWhoGaveUp(t *testing.T) {
	tr := newTraffic(t)
	tr.write(fmt.Sprintf("127.0.0.1 - - [%s] \"GET /api/health HTTP/1.1\" 500 5 \"-\" \"calm/1 (probe)\"\n", tr.at.Format(clock)))
	got, _ := tr.collect()
	if got[signal.ErrorRatio].Known() {
		t.Errorf("calm's own request counts: %+v", got[signal.ErrorRatio])
	}
	tr.requests(15, 0, "/", 200, "")
	tr.requests(5, 0, "/", 499, "")
	if s := tr.want(signal.ErrorRatio, 0); s.Note != "25 % gave up waiting (499)" {
		t.Errorf("%+v", s)
	}
	if s := got[signal.LatencyP95]; s.Known() {
		t.Errorf("a percentile without times: %+v", s)
	}
}

func TestRotationKeepsTheWindow(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(10, 0, "/", 500, "")
	tr.want(signal.ErrorRatio, 1)
	tr.requests(10, 0, "/", 500, "")
	if err := os.Rename(tr.path, tr.path+".1"); err != nil {
		t.Fatal(err)
	}
	tr.requests(20, 0, "/", 200, "")
	tr.want(signal.ErrorRatio, 0.5)
	if err := os.Truncate(tr.path, 0); err != nil {
		t.Fatal(err)
	}
	tr.requests(10, 0, "/", 200, "")
	tr.want(signal.ErrorRatio, 0.4)
}

func TestMissingLog(t *testing.T) {
	tr := newTraffic(t, "/api/a")
	got, err := tr.collect()
	want := "nginx log: " + tr.path + ": no such file or directory"
	if ops.CodeOf(err) != ops.Unreachable || got[signal.ErrorRatio].Err != want || got[signal.Traffic].Known() {
		t.Errorf("%v, %+v", err, got)
	}
	if s := got[signal.Route(signal.ErrorRatio, "/api/a")]; s.Known() || s.Err == "" {
		t.Errorf("%+v", s)
	}
	tr.requests(10, 0, "/", 500, "")
	tr.want(signal.ErrorRatio, 1)
}

func TestALogThatIsNone(t *testing.T) {
	tr := newTraffic(t)
	for _, l := range notEntries {
		tr.write(l + "\n")
	}
	got, err := tr.collect()
	if ops.CodeOf(err) != ops.Invalid || !strings.Contains(got[signal.ErrorRatio].Err, "neither combined nor JSON") || got[signal.Traffic].Known() {
		t.Errorf("%v, %+v", err, got)
	}
	// Garbage among lines that are understood does no harm.
	tr.requests(10, 0, "/", 500, "")
	tr.write("\x00\xff garbage\n")
	tr.want(signal.ErrorRatio, 1)
}

func TestABusyLogIsBegunNearItsEnd(t *testing.T) {
	tr := newTraffic(t)
	tr.requests(150_000, time.Second, "/"+strings.Repeat("x", 60), 200, "") // over 16 MiB
	got, err := tr.collect()
	if err != nil {
		t.Fatal(err)
	}
	// The second of the first line that was read is the beginning of what is known.
	if s := got[signal.Traffic]; s.Value < 50_000 {
		t.Errorf("%+v", s)
	}
}

func TestManyRoutesAreBounded(t *testing.T) {
	tr := newTraffic(t)
	for i := range 1000 {
		tr.requests(1, 0, fmt.Sprintf("/page-%c%c%c", 'g'+i%10, 'g'+i/10%10, 'g'+i/100), 500, "")
	}
	got, err := tr.collect()
	if err != nil || len(got) > len(logSignals)+topRoutes {
		t.Fatalf("%d signals, %v", len(got), err)
	}
	if s := got[signal.Traffic]; math.Abs(s.Value-1000.0/60) > 1e-9 {
		t.Errorf("%+v", s)
	}
	// The places of routes that are gone are given to new ones.
	tr.at = tr.at.Add(2 * time.Minute)
	if _, err := tr.collect(); err != nil {
		t.Fatal(err)
	}
	tr.requests(10, 0, "/new", 500, "")
	tr.want(signal.Route(signal.ErrorRatio, "/new"), 1)
}

func TestBuckets(t *testing.T) {
	last := -1
	for ms := int64(0); ms <= maxTime; ms += 1 + ms/50 {
		i := bucket(ms)
		if i < last || i >= buckets {
			t.Fatalf("%d ms in bucket %d after %d", ms, i, last)
		}
		last = i
		if got := middle(i) * 1000; math.Abs(got-float64(ms)) > 0.5+float64(ms)/32 {
			t.Fatalf("%d ms become %v", ms, got)
		}
	}
	if bucket(-5) != 0 || bucket(1<<40) != buckets-1 {
		t.Error("times beyond the range")
	}
}
