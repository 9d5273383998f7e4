package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A step that makes it worse: the guard says so within a few samples, the run ends with 5.
func TestRunMakesItWorse(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	book := b.fragile("```bash\n# Make it better\ntouch DIR/broken\n```\n")
	out, code := b.try("run", "scenario-1", "--yes", "--runbook", book)
	if code != 5 || !strings.Contains(out, "WORSE: error ratio 3") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if told := b.calm("incident", "timeline"); !strings.Contains(told, "WORSE: error ratio") {
		t.Errorf("the timeline is\n%s", told)
	}
}

// A step that is judged by its exit code alone makes it worse once the next check is over: no further
// step is begun.
func TestRunStopsOverHarm(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	book := b.fragile("```bash\n# Break it\ntouch DIR/broken\n\n# Wait\nsleep 12\n\n# Go on\ntouch DIR/never\n```\n")
	out, code := b.try("run", "scenario-1", "--yes", "--runbook", book)
	if code != 5 || !strings.Contains(out, "Break it has made it worse") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if _, err := os.Stat(filepath.Join(b.dir, "never")); err == nil {
		t.Error("the next step was begun")
	}
	if told := b.calm("incident", "timeline"); !strings.Contains(told, "Break it WORSE") && !strings.Contains(told, "WORSE: error ratio") {
		t.Errorf("the timeline is\n%s", told)
	}
}

// fragile makes a shop that has too many errors, and far too many once the file "broken" is in its folder;
// it gives a runbook with this resolution, in which DIR is that folder.
func (b *bare) fragile(resolution string) string {
	b.t.Helper()
	var errors atomic.Int64 // one more each time that somebody looks: there is traffic
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ratio := 0.3
		if _, err := os.Stat(filepath.Join(b.dir, "broken")); err == nil {
			ratio = 0.9
		}
		if strings.Contains(r.URL.Path, "metrics") {
			fmt.Fprintf(w, "shop_error_rate{endpoint=\"/api/x\"} %v\nshop_errors_total{endpoint=\"/api/x\"} %d\n", ratio, errors.Add(1))
			return
		}
		fmt.Fprint(w, `{"status":"ok"}`)
	}))
	b.t.Cleanup(shop.Close)
	b.write("calm.yaml", strings.ReplaceAll(`service: shop
pm2: {home: pm2, app: shop}
mongo: {uri: "mongodb://127.0.0.1:9/none?serverSelectionTimeoutMS=200"}
health_url: URL/api/health
page_url: URL/
metrics_url: URL/api/metrics
`, "URL", shop.URL))
	book := b.write("own.md", strings.ReplaceAll("# Shop\n\n## Incident Severity Classification\n\n### SEV-2: High\n\n**Examples**:\n- Error rate 20-50%\n\n"+
		"## Common Incident Scenarios\n\n### Scenario 1: Errors\n\n**Symptoms**:\n- Error rate above 20%\n\n**Severity**: SEV-2\n\n"+
		"**Resolution**:\n\n"+resolution, "DIR", b.dir))
	b.calm("runbook", "trust", "--yes", book)
	return book
}
