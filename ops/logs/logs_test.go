package logs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/signal"
	"calm/ops"
)

const (
	poolCleared = "MongoPoolClearedError"
	outOfMemory = "JavaScript heap out of memory"
	limited     = "DeepSeek 429"
)

// host is a folder of logs with a clock.
type host struct {
	*Source
	t   *testing.T
	dir string
	at  time.Time
}

// newHost begins at the present: the time at which a file was last changed is the kernel's.
func newHost(t *testing.T, names ...string) *host {
	t.Helper()
	h := &host{t: t, dir: t.TempDir(), at: time.Now()}
	h.open(names...)
	return h
}

func (h *host) open(names ...string) {
	var files []File
	for _, n := range names {
		files = append(files, File{n, h.path(n)})
	}
	h.Source = New(files, Options{Signatures: []string{poolCleared, outOfMemory, limited, "Connection timeout"}, Upstreams: []string{"DeepSeek"}})
	h.now = func() time.Time { return h.at }
	h.t.Cleanup(h.Close)
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

func (h *host) write(name, text string) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		h.t.Fatal(err)
	}
}

// stamped is a line written ago before the clock.
func (h *host) stamped(ago time.Duration, text string) string {
	return h.at.Add(-ago).UTC().Format(time.RFC3339) + " " + text + "\n"
}

func (h *host) collect() (map[signal.Name]signal.Sample, error) {
	h.t.Helper()
	samples, err := h.Collect(context.Background())
	got := map[signal.Name]signal.Sample{}
	for _, s := range samples {
		if !s.At.Equal(h.at) || s.Source != "logs" {
			h.t.Errorf("%+v", s)
		}
		got[s.Name] = s
	}
	for _, n := range h.signals() {
		if s, ok := got[n]; !ok || err != nil && s.Known() {
			h.t.Errorf("%s: %+v, %v", n, s, err)
		}
	}
	return got, err
}

func (h *host) want(counts map[string]float64) map[signal.Name]signal.Sample {
	h.t.Helper()
	got, err := h.collect()
	if err != nil {
		h.t.Fatal(err)
	}
	for sig, n := range counts {
		if s := got[signal.Logged(sig)]; !s.Known() || s.Value != n {
			h.t.Fatalf("%s: %+v, want %v", sig, s, n)
		}
	}
	return got
}

func TestSignaturesAreCountedForFiveMinutes(t *testing.T) {
	h := newHost(t, "out", "err")
	h.write("out", "listening\n")
	h.write("err", "")
	h.want(map[string]float64{poolCleared: 0, limited: 0})
	h.write("err", "mongopoolclearederror: x\nMongoPoolClearedError again\n")
	h.write("out", "429 from deepseek\nconnection 7 to 127.0.0.1 got a TimeoutError\n")
	h.want(map[string]float64{poolCleared: 2, limited: 1, "Connection timeout": 1, outOfMemory: 0})
	h.at = h.at.Add(4 * time.Minute)
	h.write("err", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n")
	h.want(map[string]float64{poolCleared: 2, outOfMemory: 1})
	h.at = h.at.Add(2 * time.Minute)
	h.want(map[string]float64{poolCleared: 0, outOfMemory: 1})
}

func TestRefusalsOfTheUpstream(t *testing.T) {
	h := newHost(t, "out", "err")
	h.write("out", "")
	h.write("err", "")
	h.want(nil)
	h.write("err", "the same again: DeepSeek answered 429\n")
	h.write("out", strings.Join([]string{
		"DeepSeek answered 429",
		"429 Too Many Requests",
		"deepseek: rate limit reached",
		`{"endpoint":"/api/x","latencyMs":429}`,
		"deepseek took 14290 ms",
		"rate limiter started",
	}, "\n")+"\n")
	got := h.want(nil)
	if s := got[signal.RateLimited]; !s.Known() || s.Value != 3 {
		t.Errorf("%+v", s)
	}
	h.at = h.at.Add(61 * time.Second)
	if s := h.want(nil)[signal.RateLimited]; s.Value != 0 {
		t.Errorf("a minute later: %+v", s)
	}
}

func TestTheBacklogByItsTimes(t *testing.T) {
	h := newHost(t)
	h.write("err", h.stamped(time.Hour, poolCleared)+"    at undated, an hour ago: "+poolCleared+"\n")
	h.write("err", h.stamped(4*time.Minute, "ERROR "+poolCleared)+"    at undated, four minutes ago: "+poolCleared+"\n")
	h.write("err", h.stamped(time.Minute, "ok"))
	h.open("err")
	h.want(map[string]float64{poolCleared: 2})
	if lines := h.Recent(); len(lines) != 2 || lines[0].At.After(h.at.Add(-4*time.Minute)) {
		t.Errorf("%+v", lines)
	}
	h.at = h.at.Add(2 * time.Minute)
	h.want(map[string]float64{poolCleared: 0})
}

func TestTheBacklogBetweenTimes(t *testing.T) {
	h := newHost(t)
	h.write("err", h.stamped(time.Hour, "start")+outOfMemory+"\n"+h.stamped(time.Minute, "start"))
	h.open("err")
	got := h.want(map[string]float64{poolCleared: 0})
	if s := got[signal.Logged(outOfMemory)]; s.Known() || s.Err != "in 1 lines without a time" {
		t.Errorf("%+v", s)
	}
}

func TestTheBacklogWithoutTimes(t *testing.T) {
	filler := strings.Repeat("    at Object.<anonymous> (/srv/app/x.js)\n", 400)
	h := newHost(t)
	h.write("old", poolCleared+"\n"+filler)
	h.write("crash", "<--- Last few GCs --->\n"+outOfMemory+"\n")
	h.write("stale", outOfMemory+"\n")
	long := h.at.Add(-time.Hour)
	if err := os.Chtimes(h.path("stale"), long, long); err != nil {
		t.Fatal(err)
	}
	h.open("old", "crash", "stale")
	// The last words of a log that was just written are new; what stands before them may be of any
	// age; a log that nobody wrote to is old.
	got := h.want(map[string]float64{outOfMemory: 1})
	if s := got[signal.Logged(poolCleared)]; s.Known() || s.Err != "in 1 lines without a time" {
		t.Errorf("%+v", s)
	}
	h.at = h.at.Add(6 * time.Minute)
	h.want(map[string]float64{poolCleared: 0, outOfMemory: 0})
}

func TestALogThatAppearsLaterIsNew(t *testing.T) {
	h := newHost(t, "out", "late")
	h.write("out", "")
	if s := h.want(nil)[signal.Logged(poolCleared)]; s.Note != "late can't be read" {
		t.Errorf("%+v", s)
	}
	h.write("late", poolCleared+"\n"+strings.Repeat("filler of some length\n", 1000))
	h.want(map[string]float64{poolCleared: 1})
}

func TestRotation(t *testing.T) {
	h := newHost(t, "out")
	h.write("out", "start\n")
	h.want(nil)
	h.write("out", poolCleared+" no end yet")
	h.want(map[string]float64{poolCleared: 0})
	if err := os.Rename(h.path("out"), h.path("out.1")); err != nil {
		t.Fatal(err)
	}
	h.write("out", poolCleared+"\n")
	h.want(map[string]float64{poolCleared: 2})
	if err := os.Truncate(h.path("out"), 0); err != nil {
		t.Fatal(err)
	}
	h.write("out", "cut: "+poolCleared+"\n")
	h.want(map[string]float64{poolCleared: 3})
}

func TestNoLog(t *testing.T) {
	h := newHost(t, "nosuch", "neither")
	got, err := h.collect()
	if ops.CodeOf(err) != ops.Unreachable || !strings.Contains(got[signal.RateLimited].Err, "logs: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v, %+v", err, got)
	}
	h = newHost(t)
	if _, err := h.collect(); err == nil {
		t.Error("no log, no error")
	}
}

func TestFollowKeepsThePlace(t *testing.T) {
	h := newHost(t, "out")
	h.write("out", "x\n")
	h.want(nil)
	h.write("out", poolCleared+"\n")
	h.write("err", poolCleared+"\n")
	h.Follow([]File{{"app", h.path("out")}, {"err", h.path("err")}, {"again", h.path("out")}})
	h.want(map[string]float64{poolCleared: 2})
	h.Follow([]File{{"err", h.path("err")}})
	h.write("out", poolCleared+"\n")
	h.want(map[string]float64{poolCleared: 2})
}

func TestRecentFoldsAndCleans(t *testing.T) {
	h := newHost(t, "app")
	h.write("app", "")
	h.want(nil)
	for i := range 50 {
		h.write("app", fmt.Sprintf("2026-11-23T03:00:%02dZ ERROR /api/support/products [c21e-face-%x] pool timeout after %d ms\n", i, i*7919, i))
	}
	h.write("app", "\x1b[31mError\x1b[0m: \tmongodb://ann:geheim@db/ \x07 Bearer sk-1234567890abcdef \xff \u202e\x1b]52;c;cm0gLXJm\x07\n")
	h.write("app", `{"level":"info","message":"0 errors"}`+"\nall fine\n")
	h.write("app", "Error: "+strings.Repeat("é", 5000)+"\n")
	h.want(nil)
	lines := h.Recent()
	if len(lines) != 3 {
		t.Fatalf("%d lines: %+v", len(lines), lines)
	}
	if i := slices.IndexFunc(lines, func(l Line) bool { return l.Count == 50 }); i < 0 || !strings.Contains(lines[i].Text, "49 ms") || lines[i].File != "app" {
		t.Errorf("%+v", lines)
	}
	i := slices.IndexFunc(lines, func(l Line) bool { return strings.Contains(l.Text, "mongodb") })
	want := regexp.MustCompile(`^Error:     mongodb://‹login#[0-9a-f]{4}›@db/ \^G Bearer ‹authorization#[0-9a-f]{4}› \\xff \\u202e$`)
	if i < 0 || !want.MatchString(lines[i].Text) {
		t.Errorf("%q, want %s", lines[i].Text, want)
	}
	if i := slices.IndexFunc(lines, func(l Line) bool { return strings.HasPrefix(l.Text, "Error: éé") }); i < 0 || !strings.HasSuffix(lines[i].Text, "é…") {
		t.Errorf("%+v", lines)
	}
}

func TestRecentIsBounded(t *testing.T) {
	h := newHost(t, "app")
	h.write("app", "")
	h.want(nil)
	for i := range 2000 {
		h.write("app", fmt.Sprintf("Error: %c%c%c\n", 'a'+i%26, 'a'+i/26%26, 'a'+i/26/26))
	}
	h.want(nil)
	if n := len(h.Recent()); n != maxRecent {
		t.Errorf("%d lines", n)
	}
}

func TestLinesDatedFarFromTheirArrivalCountNow(t *testing.T) {
	h := newHost(t, "app")
	h.write("app", "")
	h.want(nil)
	h.write("app", h.stamped(3*time.Hour, poolCleared)+h.stamped(-3*time.Hour, poolCleared)+h.stamped(10*time.Minute, poolCleared))
	h.want(map[string]float64{poolCleared: 2})
}

func BenchmarkLine(b *testing.B) {
	var sigs []string
	for i := range 30 {
		sigs = append(sigs, fmt.Sprintf("Some%cKindOf%cError", 'A'+i%26, 'a'+i%26))
	}
	m := newMatcher(sigs, []string{"DeepSeek"})
	line := []byte(`{"type":"metric","timestamp":"2026-11-23T03:00:00.000Z","endpoint":"/api/support/products","method":"GET","status":200,"latencyMs":12.4,"cache":"miss"}`)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var into []int
	for b.Loop() {
		into = m.line(line, into).sigs
	}
}
