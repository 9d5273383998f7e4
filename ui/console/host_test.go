package console_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
	"calm/runbooks"
	"calm/ui/command"
)

const mb = 1 << 20

// The products route, as scenario 2 of the runbook names it.
var productsErrors = signal.Route(signal.ErrorRatio, "/api/support/products")

// well is what a healthy host answers.
func well() map[signal.Name]signal.Sample {
	return map[signal.Name]signal.Sample{
		signal.ErrorRatio: {Value: .004}, signal.LatencyP95: {Value: .18}, signal.Traffic: {Value: 21},
		signal.FailedRoutes: {Value: 0, Of: 4}, signal.RateLimited: {}, productsErrors: {Value: .003},
		signal.Logged("MongoPoolClearedError"): {}, signal.Logged("Connection timeout"): {}, signal.Logged("JavaScript heap out of memory"): {},
		signal.Health: {Text: "ok"}, signal.DBHealth: {Text: "ok"}, signal.DBPool: {Value: 3, Of: 10}, signal.DBPing: {Value: .003},
		signal.AppStatus: {Text: "online"}, signal.AppRestarts: {}, signal.AppMemory: {Value: 398 * mb, Of: 600 * mb},
		signal.Nginx: {Text: "up"}, signal.Widget: {Text: "yes"}, signal.HostCPU: {Value: .14}, signal.DiskRoot: {Value: .61},
	}
}

// host is the host of the tests: what it answers, and how its sources fail.
type host struct {
	mu     sync.Mutex
	values map[signal.Name]signal.Sample
	fails  map[string]func(context.Context) error // by source
	asked  map[string]int
	open   map[string]int // Collects under way, by source
	worst  map[string]int // the most of them at once
}

func newHost() *host {
	return &host{values: well(), fails: map[string]func(context.Context) error{}, asked: map[string]int{}, open: map[string]int{}, worst: map[string]int{}}
}

// set changes what is measured.
func (h *host) set(n signal.Name, x signal.Sample) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.values[n] = x
}

func (h *host) value(n signal.Name, v float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.values[n]
	x.Value = v
	h.values[n] = x
}

func (h *host) state(n signal.Name, text string) { h.set(n, signal.Sample{Text: text}) }

func (h *host) heal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	restarts := h.values[signal.AppRestarts]
	h.values = well()
	h.values[signal.AppRestarts] = restarts
}

// restart is what pm2 counts and an app that comes back.
func (h *host) restart() {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.values[signal.AppRestarts]
	x.Value++
	h.values[signal.AppRestarts] = x
}

// exhaust holds every connection of the pool: scenario 3.
func (h *host) exhaust() {
	h.value(signal.ErrorRatio, .31)
	h.value(signal.LatencyP95, 6.4)
	h.value(signal.FailedRoutes, 4)
	h.value(signal.DBPool, 10)
	h.value(signal.Logged("MongoPoolClearedError"), 214)
	h.state(signal.DBHealth, "error")
	h.value(productsErrors, .12)
}

// fail makes a source answer with what f gives; nil mends it.
func (h *host) fail(source string, f func(context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fails[source] = f
}

func refuses(text string) func(context.Context) error {
	return func(context.Context) error { return errors.New(text) }
}

// hangs answers only when its time is up, as a client that honours its context does.
func hangs(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func panics(context.Context) error { panic("a bug in a source") }

// source is one of the host's sources.
type source struct {
	*host
	name  string
	takes time.Duration // each its own, so that the order of answers is always the same
	gives []signal.Name
}

func (s source) Name() string { return s.name }

func (s source) Collect(ctx context.Context) ([]signal.Sample, error) {
	s.mu.Lock()
	fail := s.fails[s.name]
	s.asked[s.name]++
	s.open[s.name]++
	s.worst[s.name] = max(s.worst[s.name], s.open[s.name])
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.open[s.name]--
		s.mu.Unlock()
	}()
	time.Sleep(s.takes)
	if fail != nil {
		if err := fail(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]signal.Sample, 0, len(s.gives))
	for _, n := range s.gives {
		x := s.values[n]
		x.Name, x.At, x.Source = n, time.Now(), s.name
		out = append(out, x)
	}
	return out, nil
}

// The sources, and what each of them measures.
var gives = map[string][]signal.Name{
	"nginx log": {signal.ErrorRatio, signal.LatencyP95, signal.Traffic, signal.FailedRoutes, productsErrors, signal.RateLimited,
		signal.Logged("MongoPoolClearedError"), signal.Logged("Connection timeout"), signal.Logged("JavaScript heap out of memory")},
	"app":   {signal.Health, signal.DBHealth, signal.DBPool},
	"pm2":   {signal.AppStatus, signal.AppRestarts, signal.AppMemory},
	"mongo": {signal.DBPing},
	"nginx": {signal.Nginx},
	"page":  {signal.Widget},
	"host":  {signal.HostCPU, signal.DiskRoot},
}

func (h *host) polls() []command.Poll {
	var out []command.Poll
	for i, name := range []string{"nginx log", "app", "pm2", "mongo", "nginx", "page", "host"} {
		out = append(out, command.Poll{Source: source{h, name, time.Duration(i+1) * 10 * time.Millisecond, gives[name]}, Every: 4 * time.Second, Timeout: 3 * time.Second, Gives: gives[name]})
	}
	return out
}

// builtin is the runbook that calm comes with.
var builtin = sync.OnceValue(func() *runbook.Runbook {
	rb, err := runbook.Parse(runbooks.Default())
	if err != nil {
		panic(err) // runbooks' own test says why
	}
	return rb
})

func specs() []signal.Spec { return signal.Specs(severity.Bounds(builtin()), "DeepSeek") }
