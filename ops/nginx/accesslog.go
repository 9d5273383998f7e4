package nginx

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/reading"
	"calm/ops/tail"
)

const (
	windowSeconds = 60
	readBack      = 16 << 20 // bytes before the end of a log that is opened for the first time
	topRoutes     = 20       // routes that get signals of their own
	fewRequests   = 10       // below it a ratio is given with a remark
	fewTimes      = 5        // below it a percentile says nothing
	routeTraffic  = 2        // requests from which on a route can fail as a whole
	apiPrefix     = "/api/"
	logSource     = "nginx log"
)

// logSignals are what the access log gives each time, known or not, beside the routes'.
var logSignals = []signal.Name{signal.Traffic, signal.ErrorRatio, signal.LatencyP50, signal.LatencyP95, signal.LatencyP99, signal.FailedRoutes}

// AccessLog follows an access log in the combined format, with or without $request_time appended,
// or in a JSON format, and keeps the counts of the last minute. calm's own requests are left out.
type AccessLog struct {
	file   *tail.File
	watch  []string // routes that always get signals
	window *window
	reader entryReader
	route  []byte
	now    func() time.Time

	complete   time.Time // from when on every request is in the window
	understood bool      // a line in a known format was seen
	odd        int       // lines in none, since one was
	shown      map[string]time.Time
}

// NewAccessLog makes a source for an access log. The routes in watch get signals of their own
// however few their requests are, beside the busiest.
func NewAccessLog(path string, watch ...string) *AccessLog {
	l := &AccessLog{watch: watch, window: newWindow(windowSeconds), now: time.Now, shown: map[string]time.Time{}}
	l.file = &tail.File{Path: path, Back: readBack, Age: l.age}
	return l
}

// Name is "nginx log".
func (l *AccessLog) Name() string { return logSource }

// Close lets go of the file.
func (l *AccessLog) Close() { l.file.Close() }

// Collect reads what was logged since the last time and gives the last minute's traffic, the ratio
// of answers 5xx to all, the percentiles of the requests' time where the log has it, the error
// ratio by route, and how many routes fail. Without requests there is no ratio: it is unknown.
func (l *AccessLog) Collect(ctx context.Context) ([]signal.Sample, error) {
	now := l.now()
	b := reading.New(logSource, now)
	first := time.Time{}
	p, err := l.file.Read(ctx, func(line []byte) {
		e, ok := l.reader.read(line)
		if !ok {
			l.odd++
			return
		}
		l.understood, l.odd = true, 0
		if first.IsZero() {
			first = time.Unix(e.at, 0)
		}
		if !e.own {
			l.route = route(l.route, e.path)
			l.window.count(e, l.route, now.Unix())
		}
	})
	if p.Partial || p.Skipped > 0 {
		l.complete = first
	}
	switch {
	case err != nil:
		return b.Fail(named(err), slices.Concat(logSignals, l.routeNames(now))...)
	case !l.understood && l.odd > 0:
		return b.Fail(ops.Errorf(ops.Invalid, logSource, "its format is neither combined nor JSON"), logSignals...)
	}
	l.give(b, now)
	return b.Samples, nil
}

// age says whether a line was logged before the window.
func (l *AccessLog) age(line []byte) (old, dated bool) {
	e, ok := l.reader.read(line)
	return e.at < l.now().Unix()-l.window.span(), ok
}

// named makes the source the subject of an error of its file.
func named(err error) error {
	return &ops.Error{Code: ops.CodeOf(err), Op: logSource, Detail: err.Error(), Err: err}
}

func (l *AccessLog) give(b *reading.Batch, now time.Time) {
	s := l.window.sum(now.Unix())
	covered := min(max(now.Sub(l.complete).Seconds(), 1), float64(l.window.span()))
	b.Value(signal.Traffic, float64(s.all)/covered)
	if s.all == 0 {
		b.Unknown(l.none(), slices.Concat(logSignals[1:], l.routeNames(now))...)
		return
	}
	b.Add(signal.Sample{Name: signal.ErrorRatio, Value: ratio(s.failed, s.all), Note: remark(s)})
	l.latency(b, s)
	failedRoutes(b, s.routes)
	l.byRoute(b, s, now)
}

func (l *AccessLog) none() string {
	return fmt.Sprintf("no requests in %d s", l.window.span())
}

func (l *AccessLog) latency(b *reading.Batch, s *sum) {
	names := []signal.Name{signal.LatencyP50, signal.LatencyP95, signal.LatencyP99}
	switch {
	case s.timed == 0:
		b.Unknown("the log has no request times", names...)
		return
	case s.timed < fewTimes:
		b.Unknown(few(s.timed), names...)
		return
	}
	note := ""
	if s.timed < fewRequests {
		note = few(s.timed)
	}
	for i, q := range []float64{0.50, 0.95, 0.99} {
		b.Add(signal.Sample{Name: names[i], Value: s.quantile(q), Note: note})
	}
}

// monitored are the last segments of routes that monitors ask and users don't. They are made to
// answer when nothing else does.
var monitored = []string{"health", "healthz", "ready", "readyz", "live", "livez", "ping", "metrics", "status"}

// failedRoutes counts the routes of which half and more of the answers are 5xx, among those with
// traffic from users. Where the service has an API only its routes are looked at: pages and
// pictures that still load, and the guesses of robots, are no sign that it works.
func failedRoutes(b *reading.Batch, routes []routeTally) {
	routes = slices.DeleteFunc(slices.Clone(routes), func(r routeTally) bool {
		return slices.Contains(monitored, r.name[strings.LastIndexByte(r.name, '/')+1:])
	})
	api := slices.ContainsFunc(routes, func(r routeTally) bool { return r.all >= routeTraffic && strings.HasPrefix(r.name, apiPrefix) })
	failing, all := 0, 0
	for _, r := range routes {
		if r.all < routeTraffic || api && !strings.HasPrefix(r.name, apiPrefix) {
			continue
		}
		all++
		if 2*r.failed >= r.all {
			failing++
		}
	}
	if all == 0 {
		b.Unknown("no route with more than one request", signal.FailedRoutes)
		return
	}
	note := fmt.Sprintf("%d of %d routes", failing, all)
	if api {
		note = fmt.Sprintf("%d of %d API routes", failing, all)
	}
	b.Add(signal.Sample{Name: signal.FailedRoutes, Value: float64(failing), Of: float64(all), Note: note})
}

// byRoute gives the error ratio of the watched routes and of the busiest. A route that was given
// once stays, as unknown, for a while: its last value must not pass for its present one.
func (l *AccessLog) byRoute(b *reading.Batch, s *sum, now time.Time) {
	given := map[string]bool{}
	give := func(r routeTally) {
		given[r.name], l.shown[r.name] = true, now
		note := ""
		if r.all < fewRequests {
			note = few(r.all)
		}
		b.Add(signal.Sample{Name: signal.Route(signal.ErrorRatio, r.name), Value: ratio(r.failed, r.all), Note: note})
	}
	for i, r := range s.routes {
		if i < topRoutes || slices.Contains(l.watch, r.name) {
			give(r)
		}
	}
	for _, n := range l.routeNames(now) {
		if _, r, _ := n.Split(); !given[r] {
			b.Unknown(l.none(), n)
		}
	}
}

// routeNames are the signals of the watched routes and of those given lately.
func (l *AccessLog) routeNames(now time.Time) []signal.Name {
	for r, at := range l.shown {
		if now.Sub(at) > 5*time.Minute {
			delete(l.shown, r)
		}
	}
	var names []signal.Name
	for _, r := range l.watch {
		if _, ok := l.shown[r]; !ok {
			names = append(names, signal.Route(signal.ErrorRatio, r))
		}
	}
	for r := range l.shown {
		names = append(names, signal.Route(signal.ErrorRatio, r))
	}
	slices.Sort(names)
	return names
}

func ratio(part, whole uint32) float64 { return float64(part) / float64(whole) }

func few(n uint32) string { return fmt.Sprintf("too few requests: %d", n) }

// remark belongs to the error ratio: how little it rests on, or how many users did not wait for
// their answer. Those count as no failure, since nobody knows what the answer would have been.
func remark(s *sum) string {
	switch {
	case s.all < fewRequests:
		return few(s.all)
	case s.cut*20 >= s.all:
		return fmt.Sprintf("%.0f %% gave up waiting (499)", 100*ratio(s.cut, s.all))
	}
	return ""
}
