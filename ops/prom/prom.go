// Package prom reads the metrics that the app keeps of itself: a summary by endpoint in JSON, or
// Prometheus text. It only asks, and keeps the last minute's answers to tell what is recent: the
// app counts since it was started, and a restart, which is often the remedy, begins at zero again.
package prom

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/probe"
	"calm/ops/reading"
)

const (
	source    = "metrics"
	window    = time.Minute
	few       = 10 // requests; below it a ratio is given with a remark
	maxRoutes = 20
	maxKept   = 128 // scrapes
)

// always are the signals of every Collect, known or not, beside the routes'.
var always = []signal.Name{signal.ErrorRatio, signal.LatencyP95}

// Source asks one metrics URL.
type Source struct {
	client  *probe.Client
	now     func() time.Time
	kept    []dated // the scrapes of the last minute, since the app was started
	sliding bool    // the app forgets old requests: differences of its counts say nothing
	shown   []string
}

type dated struct {
	at time.Time
	*scrape
}

// New makes a source for a metrics URL. Where it has no query, format=summary is asked for; an app
// that knows no formats ignores it.
func New(raw string) *Source {
	if u, err := url.Parse(raw); err == nil && u.RawQuery == "" {
		u.RawQuery = "format=summary"
		raw = u.String()
	}
	return &Source{client: probe.NewClient(raw, "application/json, text/plain;version=0.0.4;q=0.9, */*;q=0.1"), now: time.Now}
}

// Name is "metrics".
func (s *Source) Name() string { return source }

// Close ends the kept connection.
func (s *Source) Close() { s.client.Close() }

// Collect gives the ratio of failed requests and the 95th percentile of latency, over all and by
// route. A ratio is over the last minute where the app counts its requests and has been watched for
// as long; else over all that the app counted so far, which its note says. The percentiles are
// always the app's own, over all that it counted; over all routes it is the worst route's.
func (s *Source) Collect(ctx context.Context) ([]signal.Sample, error) {
	now := s.now()
	b := reading.New(source, now)
	got, err := s.scrape(ctx)
	if err != nil {
		return b.Fail(err, append(s.routeSignals(), always...)...)
	}
	if got.whole != nil {
		s.whole(b, got)
		return b.Samples, nil
	}
	s.keep(now, got)
	s.give(b, now)
	return b.Samples, nil
}

func (s *Source) scrape(ctx context.Context) (*scrape, error) {
	a, err := s.client.Get(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case a.Status == http.StatusForbidden || a.Status == http.StatusUnauthorized:
		return nil, ops.Errorf(ops.Denied, s.client.Name(), "HTTP %d, it wants an admin's session", a.Status)
	case !a.OK():
		return nil, ops.Errorf(ops.Failed, s.client.Name(), "HTTP %d", a.Status)
	case a.Cut:
		return nil, ops.Errorf(ops.Invalid, s.client.Name(), "the answer is larger than 1 MiB")
	}
	got, err := decode(a.Body)
	if err != nil {
		return nil, &ops.Error{Code: ops.Invalid, Op: s.client.Name(), Err: err}
	}
	return got, nil
}

// whole gives the later contract's numbers, which are over a day or more.
func (s *Source) whole(b *reading.Batch, got *scrape) {
	w := got.whole
	if !(w.total > 0) {
		b.Unknown("no requests counted", always...)
		return
	}
	note := cmp.Or(got.span, "as counted so far")
	number(b, signal.ErrorRatio, w.rate, note, "not told")
	number(b, signal.LatencyP95, w.p95, note, "not told")
}

// keep remembers a scrape, and forgets those from before a restart.
func (s *Source) keep(now time.Time, got *scrape) {
	if n := len(s.kept); n > 0 {
		switch before, after := counted(s.kept[n-1].scrape), counted(got); {
		case after < before/2:
			s.kept, s.sliding = nil, false
		case after < before:
			s.sliding = true
		}
	}
	s.kept = append(s.kept, dated{now, got})
	// One from before the window stays, so that the difference spans all of it.
	for len(s.kept) > maxKept || len(s.kept) > 1 && now.Sub(s.kept[1].at) >= window {
		s.kept = s.kept[1:]
	}
}

func counted(s *scrape) (n float64) {
	for _, e := range s.endpoints {
		if e.total > 0 {
			n += e.total
		}
	}
	return n
}

// recent is what is known about a route now.
type recent struct {
	total, failed float64 // NaN when not counted
	ratio         float64 // NaN when unknown
	note, why     string
	p95           float64
}

func (s *Source) give(b *reading.Batch, now time.Time) {
	last := s.kept[len(s.kept)-1].scrape
	routes := make(map[string]recent, len(last.endpoints))
	for name, e := range last.endpoints {
		routes[name] = s.recent(name, e, now)
	}
	if len(routes) == 0 {
		b.Unknown("no requests counted since the app was started", append(s.routeSignals(), always...)...)
		return
	}
	s.overall(b, routes)
	names := slices.SortedFunc(maps.Keys(routes), func(x, y string) int {
		return cmp.Or(cmp.Compare(last.endpoints[y].total, last.endpoints[x].total), cmp.Compare(x, y))
	})
	names = names[:min(len(names), maxRoutes)]
	for _, n := range names {
		r := routes[n]
		number(b, signal.Route(signal.ErrorRatio, n), r.ratio, r.note, r.why)
		number(b, signal.Route(signal.LatencyP95, n), r.p95, "as counted so far", r.why)
	}
	for _, n := range s.shown {
		if !slices.Contains(names, n) {
			b.Unknown("no requests counted since the app was started", signal.Route(signal.ErrorRatio, n), signal.Route(signal.LatencyP95, n))
		}
	}
	s.shown = names
}

// recent compares a route with what it was a minute ago.
func (s *Source) recent(name string, e *endpoint, now time.Time) recent {
	r := recent{total: e.total, failed: e.errors, ratio: e.rate, p95: e.p95, note: "as counted so far"}
	if e.total > 0 && !math.IsNaN(e.errors) {
		r.ratio = e.errors / e.total
	}
	if e.total == 0 || math.IsNaN(e.total) && !(e.p95 > 0) {
		r.total, r.ratio, r.p95, r.why = 0, math.NaN(), math.NaN(), "no requests counted"
		return r
	}
	base := s.kept[0]
	if math.IsNaN(e.total) || s.sliding || len(s.kept) == 1 {
		return r
	}
	var total, failed float64
	if was := base.endpoints[name]; was != nil {
		if math.IsNaN(was.total) {
			return r
		}
		total, failed = orZero(was.total), orZero(was.errors)
	}
	total, failed = e.total-total, orZero(e.errors)-failed
	watched := now.Sub(base.at) >= window
	switch {
	case failed < 0 || total < failed:
		return r
	case total >= few:
		r.note = ""
	case !watched:
		return r
	case total == 0:
		r.why = fmt.Sprintf("no requests in %.0f s", window.Seconds())
		r.total, r.failed, r.ratio, r.p95 = 0, 0, math.NaN(), math.NaN()
		return r
	default:
		r.note = "too few requests: " + strconv.Itoa(int(total))
	}
	r.total, r.failed, r.ratio = total, failed, failed/total
	return r
}

// overall adds the routes up.
func (s *Source) overall(b *reading.Batch, routes map[string]recent) {
	var total, failed, worst float64
	route, note, why := "", "", "no requests counted"
	countless := false
	for _, name := range slices.Sorted(maps.Keys(routes)) {
		r := routes[name]
		switch {
		case r.why != "":
			why = r.why
			continue
		case math.IsNaN(r.total):
			countless = countless || r.ratio != 0
		default:
			total, failed = total+r.total, failed+orZero(r.failed)
		}
		note = cmp.Or(note, r.note)
		if r.p95 > worst {
			worst, route = r.p95, name
		}
	}
	switch {
	case total > 0 && !anyCountless(routes):
		number(b, signal.ErrorRatio, failed/total, note, why)
	case route != "" && !countless && failed == 0:
		number(b, signal.ErrorRatio, 0, note, why)
	case route != "":
		b.Unknown("the app does not count its requests", signal.ErrorRatio)
	default:
		b.Unknown(why, signal.ErrorRatio)
	}
	if route == "" {
		b.Unknown(why, signal.LatencyP95)
		return
	}
	number(b, signal.LatencyP95, worst, "worst is "+route, why)
}

func anyCountless(routes map[string]recent) bool {
	for _, r := range routes {
		if r.why == "" && math.IsNaN(r.total) {
			return true
		}
	}
	return false
}

func (s *Source) routeSignals() []signal.Name {
	var names []signal.Name
	for _, r := range s.shown {
		names = append(names, signal.Route(signal.ErrorRatio, r), signal.Route(signal.LatencyP95, r))
	}
	return names
}

// number adds a value, or the reason why there is none.
func number(b *reading.Batch, n signal.Name, v float64, note, why string) {
	base, _, _ := n.Split()
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 || base == signal.ErrorRatio && v > 1 {
		b.Unknown(cmp.Or(why, "not told"), n)
		return
	}
	b.Add(signal.Sample{Name: n, Value: v, Note: note})
}

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
