package practice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"calm/ops"
)

// probeTimeout bounds one question to a part of the host.
const probeTimeout = 2 * time.Second

// Heal brings the host back to its healthy baseline, whatever was done to it: the release, the app's
// environment, the data, nginx's configuration and every part that should run. Logs begin anew, the
// old ones kept beside them with ".1".
func (h *Host) Heal(ctx context.Context) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := h.load(); err != nil {
		return err
	}
	return h.heal(ctx)
}

func (h *Host) heal(ctx context.Context) error {
	h.log("healing")
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return h.stop(ctx, "dashboards") },
		h.removeApp,
		h.resetCheckout,
		h.startMongod,
		h.restoreDatabase,
		h.resetNginx,
		func(ctx context.Context) error { return h.startDeepSeek(ctx, usualLimit) },
		h.bringUp,
		h.waitHealthy,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	h.rec.Fault, h.rec.FaultAt = "", time.Time{}
	return h.save()
}

// restoreDatabase makes the database what the newest dump holds.
func (h *Host) restoreDatabase(ctx context.Context) error {
	if err := h.initDatabase(ctx, "empty"); err != nil {
		return err
	}
	uri := "mongodb://" + address(h.rec.Ports.Mongod) + "/?directConnection=true"
	_, err := h.run(ctx, "", nil, "mongorestore", "--quiet", "--uri="+uri, "--drop", "--dir="+h.rec.Backup)
	return err
}

// resetNginx writes the healthy configuration, turns the logs over while the app is away, and makes
// nginx read both anew.
func (h *Host) resetNginx(ctx context.Context) error {
	if err := h.layOut(); err != nil {
		return err
	}
	c := h.config()
	for _, path := range []string{c.Nginx.AccessLog, c.Nginx.ErrorLog, c.Logs[0].Path, c.Logs[1].Path} {
		if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return ops.Wrap("practice heal", err)
		}
	}
	if _, ok := h.nginx(); !ok {
		return nil
	}
	_, err := h.run(ctx, "", nil, "nginx", "-s", "reload")
	return err
}

// waitHealthy waits until visitors are served without an error.
func (h *Host) waitHealthy(ctx context.Context) error {
	var why string
	healthy := func() bool { why = h.unhealthy(ctx); return why == "" }
	if poll(ctx, startWithin, healthy) {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return ops.Wrap("practice", err)
	}
	return ops.Errorf(ops.Timeout, "practice", "the host is not healthy after %s: %s", startWithin, why)
}

// unhealthy says what of the healthy baseline can't be seen, or nothing.
func (h *Host) unhealthy(ctx context.Context) string {
	for _, see := range []struct {
		path string
		ok   func(status int, body string) bool
	}{
		{"/", func(s int, b string) bool { return s == http.StatusOK && strings.Contains(b, widgetMarker) }},
		{"/api/health?check=db", func(s int, b string) bool { return s == http.StatusOK && strings.Contains(b, `"database":"ok"`) }},
		{"/api/support/products?category=rings", func(s int, b string) bool { return s == http.StatusOK && strings.Contains(b, `"sku"`) }},
		{"/api/metrics?format=summary", func(s int, b string) bool { return s == http.StatusOK && servesWell([]byte(b)) }},
	} {
		status, body, err := h.get(ctx, see.path)
		if err != nil {
			return fmt.Sprintf("GET %s: %v", see.path, err)
		}
		if !see.ok(status, body) {
			return fmt.Sprintf("GET %s answers %d %.200s", see.path, status, strings.TrimSpace(body))
		}
	}
	return h.recentErrors()
}

// servesWell reads the app's metrics: visitors have searched and chatted, and hardly ever in vain.
func servesWell(body []byte) bool {
	var m struct {
		Summary map[string]struct {
			Latency struct{ Count int }
			Errors  struct{ Rate float64 }
		}
	}
	if json.Unmarshal(body, &m) != nil {
		return false
	}
	for _, endpoint := range []string{"/api/support/products", "/api/support/chat"} {
		if s := m.Summary[endpoint]; s.Latency.Count == 0 || s.Errors.Rate > 0.05 {
			return false
		}
	}
	return true
}

// recentErrors looks at the last requests in nginx's log.
func (h *Host) recentErrors() string {
	const requests = 20
	lines := tail(h.accessLog(), 16<<10)
	if len(lines) < requests {
		return fmt.Sprintf("%d requests in %s so far", len(lines), h.accessLog())
	}
	for _, line := range lines[len(lines)-requests:] {
		if _, after, ok := strings.Cut(line, `" 5`); ok && len(after) > 2 && after[2] == ' ' {
			return "nginx answered: " + line
		}
	}
	return ""
}

// tail gives the whole lines within the last bytes of a file.
func tail(path string, size int64) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-size)
	text, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
	if err != nil {
		return nil
	}
	lines := strings.Split(string(text), "\n")
	if from > 0 {
		lines = lines[1:]
	}
	return lines[:max(0, len(lines)-1)]
}

// freshClient opens a connection of its own: one that was kept open would still reach a worker of
// nginx that is on its way out.
func freshClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// get asks the host through nginx, as a visitor would.
func (h *Host) get(ctx context.Context, path string) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.siteURL()+path, nil)
	if err != nil {
		return 0, "", ops.Wrap("GET "+path, err)
	}
	res, err := freshClient().Do(req)
	if err != nil {
		return 0, "", ops.Wrap("GET "+path, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, string(text), ops.Wrap("GET "+path, err)
}
