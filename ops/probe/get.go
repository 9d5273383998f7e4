package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"calm/ops"
)

// UserAgent is what calm calls itself. The access log's reader leaves its requests out of the
// counts, so that watching a dead service does not look like traffic.
const UserAgent = "calm/1 (probe)"

// MaxBody is how much of an answer is read, in bytes.
const MaxBody = 1 << 20

// timeout bounds one request when its context does not: the interval after which the seed
// runbook's own external monitor gives up.
const timeout = 10 * time.Second

// Answer is what came back.
type Answer struct {
	Status   int
	Type     string // Content-Type
	Body     []byte
	Cut      bool // the body was longer than MaxBody
	Duration time.Duration
}

// OK says whether the status is one of success.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Client asks one URL again and again over one kept connection. It is safe for use by several
// goroutines.
type Client struct {
	url    string
	accept string
	op     string
	http   *http.Client
	bad    error // the URL makes no sense
}

// NewClient makes a client for a URL; accept is the Accept header. A URL that makes no sense is
// reported by Get.
func NewClient(raw, accept string) *Client {
	c := &Client{url: raw, accept: accept}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.op = "GET"
		c.bad = ops.Errorf(ops.Invalid, c.op, "not an http or https URL: %s", withoutUser(raw))
		return c
	}
	c.op = "GET " + cmp.Or(u.Path, "/")
	c.http = &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
			MaxIdleConns:           2,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        2 * time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
	return c
}

// Name is the request as a person says it, without host and query: "GET /api/health".
func (c *Client) Name() string { return c.op }

// Get asks once. An answer of any status is no error; no answer, or one that breaks off, is an
// *ops.Error that names the request.
func (c *Client) Get(ctx context.Context) (Answer, error) {
	if c.bad != nil {
		return Answer{}, c.bad
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
	if err != nil {
		return Answer{}, &ops.Error{Code: ops.Invalid, Op: c.op, Err: err}
	}
	req.Header.Set("User-Agent", UserAgent)
	req.Header.Set("Accept", c.accept)
	began := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		return Answer{}, c.explain(err, req.URL)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxBody+1))
	if err != nil {
		return Answer{}, c.explain(fmt.Errorf("the answer broke off: %w", cause(err)), req.URL)
	}
	a := Answer{Status: res.StatusCode, Type: res.Header.Get("Content-Type"), Duration: time.Since(began)}
	a.Body, a.Cut = body[:min(len(body), MaxBody)], len(body) > MaxBody
	return a, nil
}

// Close ends the kept connection.
func (c *Client) Close() {
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
}

func (c *Client) explain(err error, u *url.URL) error {
	code, why := ops.Classify(err), cause(err).Error()
	if code == ops.Timeout {
		why = "no answer in time"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		why = "connection refused on " + u.Host
	}
	return &ops.Error{Code: code, Op: c.op, Detail: oneLine(why), Err: err}
}

// cause takes off the wrappers that repeat method and URL.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var o *net.OpError
	if errors.As(err, &o) {
		err = o.Err
	}
	return err
}

func withoutUser(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return oneLine(raw)
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return oneLine(scheme + "://" + rest)
}

func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) > 120 {
		s = s[:117] + "…"
	}
	return s
}
