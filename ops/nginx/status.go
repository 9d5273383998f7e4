// Package nginx is what calm does with the nginx of the host: it reads its status page and its
// access log, and writes one snippet of its configuration when a step of the runbook is one. It
// never changes any other file of nginx's, and counts requests in constant memory.
package nginx

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"time"

	"calm/model/signal"
	"calm/ops/probe"
	"calm/ops/reading"
)

// Status asks nginx's stub_status page.
type Status struct {
	client *probe.Client
}

// NewStatus makes a source for the URL of a stub_status page.
func NewStatus(url string) *Status {
	return &Status{client: probe.NewClient(url, "text/plain, */*;q=0.1")}
}

// Name is "nginx".
func (s *Status) Name() string { return "nginx" }

// Close ends the kept connection.
func (s *Status) Close() { s.client.Close() }

// Collect gives nginx as up, with its open connections, or as down: a connection that is refused
// says for certain that nobody listens. An answer that is no stub_status page, or none in time,
// leaves it unknown.
func (s *Status) Collect(ctx context.Context) ([]signal.Sample, error) {
	b := reading.New(s.Name(), time.Now())
	a, err := s.client.Get(ctx)
	if errors.Is(err, syscall.ECONNREFUSED) {
		b.State(signal.Nginx, "down", "connection refused")
		return b.Samples, nil
	}
	if err != nil {
		return b.Fail(err, signal.Nginx)
	}
	active, ok := stubStatus(a.Body)
	switch {
	case !a.OK():
		b.Unknown("stub_status answers HTTP "+strconv.Itoa(a.Status), signal.Nginx)
	case !ok:
		b.Unknown("the answer is no stub_status page", signal.Nginx)
	default:
		b.State(signal.Nginx, "up", strconv.Itoa(active)+" connections")
	}
	return b.Samples, nil
}

// stubStatus reads the number of open connections from the page's first line; the two lines of
// counters after it must be there too.
func stubStatus(body []byte) (active int, ok bool) {
	first, rest, _ := strings.Cut(string(body[:min(len(body), 1024)]), "\n")
	number, found := strings.CutPrefix(strings.TrimSpace(first), "Active connections:")
	active, err := strconv.Atoi(strings.TrimSpace(number))
	return active, found && err == nil && strings.Contains(rest, "accepts handled requests")
}
