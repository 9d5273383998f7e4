package signal

import (
	"slices"
	"strings"
	"time"
)

// Bound is one threshold of a severity scheme, without the scheme: the signal, the level that
// begins there, and the value above which it begins.
type Bound struct {
	Signal    Name
	Level     int
	LevelName string // "SEV-2"
	At        float64
	Open      bool // At itself is still in bounds
}

// How old a reading may grow before it is unknown. Each is several times the interval at which its
// source is asked, so that one slow answer under load does not blank a row.
const (
	staleFast  = 30 * time.Second
	staleDisk  = 60 * time.Second
	stalePage  = 90 * time.Second
	staleLog   = 2 * time.Minute // a quiet log says nothing for a while and is still right
	ownLimitAt = 0.95            // of the disk or of memory: calm's own, the runbook may name another
)

// Specs is the table of signals: their order and labels on screen, units, and limits. The bounds
// are the runbook's; upstream names the API whose refusals RateLimited counts ("DeepSeek"), and may
// be empty. Signals that only a bound names are added at the end, kept and shown when out.
func Specs(bounds []Bound, upstream string) []Spec {
	specs := standard(upstream)
	for _, b := range sorted(bounds) {
		i := slices.IndexFunc(specs, func(s Spec) bool { return s.Name == b.Signal })
		if i < 0 {
			specs = append(specs, Default(b.Signal))
			i = len(specs) - 1
		}
		specs[i].Limits = append(specs[i].Limits, b.limit(specs[i].Unit))
	}
	for i := range specs {
		sortLimits(specs[i].Limits)
	}
	return specs
}

// standard is the table without a runbook's bounds.
func standard(upstream string) []Spec {
	if upstream = strings.TrimSpace(upstream); upstream == "" || len([]rune(upstream)) > 11 {
		upstream = "upstream"
	}
	// A restart zeroes the app's own metrics; nginx's log keeps what users saw.
	log := []string{"nginx", "log"}
	return []Spec{
		{Name: ErrorRatio, Label: "error ratio", Unit: Ratio, Stale: staleLog, Prefer: log},
		{Name: LatencyP95, Label: "p95 latency", Unit: Seconds, Stale: staleLog, Prefer: log},
		{Name: DBHealth, Label: "db health", Unit: State, Stale: staleFast, Limits: must("ok")},
		{Name: DBPool, Label: "db pool in use", Unit: Count, Stale: staleFast, Limits: []Limit{{Text: "full", Full: true}}},
		{Name: AppRestarts, Label: "app restarts", Unit: Count, Stale: staleFast, Rise: true},
		{Name: AppMemory, Label: "app memory", Unit: Bytes, Stale: staleFast, Limits: []Limit{{Text: "heap", Full: true}}},
		{Name: DBPing, Label: "mongod ping", Unit: Seconds, Stale: staleFast},
		{Name: Nginx, Label: "nginx", Unit: State, Stale: staleFast, Limits: must("up")},
		{Name: RateLimited, Label: upstream + " 429", Unit: PerMinute, Stale: staleLog, Limits: []Limit{{Text: "a rise", Open: true}}},
		{Name: Widget, Label: "widget on page", Unit: State, Stale: stalePage, Limits: must("yes")},
		{Name: Traffic, Label: "traffic", Unit: PerSecond, Stale: staleLog, Prefer: log},
		{Name: HostCPU, Label: "host cpu", Unit: Ratio, Stale: staleFast},
		{Name: DiskRoot, Label: "disk /", Unit: Ratio, Stale: staleDisk, Limits: own(ownLimitAt)},

		{Name: Health, Label: "health", Unit: State, Stale: staleFast, Limits: must("ok"), Quiet: true},
		{Name: AppStatus, Label: "app status", Unit: State, Stale: staleFast, Limits: must("online"), Quiet: true},
		{Name: HostMemory, Label: "host memory", Unit: Ratio, Stale: staleFast, Limits: own(ownLimitAt), Quiet: true},
		{Name: FailedRoutes, Label: "failed routes", Unit: Count, Stale: staleLog, Prefer: log, Quiet: true},
		{Name: LatencyP50, Label: "p50 latency", Unit: Seconds, Stale: staleLog, Prefer: log, Quiet: true},
		{Name: LatencyP99, Label: "p99 latency", Unit: Seconds, Stale: staleLog, Prefer: log, Quiet: true},
		{Name: AppCPU, Label: "app cpu", Unit: Ratio, Stale: staleFast, Quiet: true},
		{Name: AppUptime, Label: "app uptime", Unit: Seconds, Stale: staleFast, Quiet: true},
	}
}

// Names lists the signals that calm knows by itself, in the order of the table.
func Names() []Name {
	specs := standard("")
	names := make([]Name, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	return names
}

// Default is the spec of a signal that is in no table: one route of another, a log signature, or a
// name that only a runbook knows. It is kept and usable in rules, and no row of its own.
func Default(n Name) Spec {
	if base, route, ok := n.Split(); ok {
		if base == DocumentsOf {
			_, coll, _ := strings.Cut(route, ".")
			return Spec{Name: n, Label: coll, Unit: Count, Quiet: true}
		}
		for _, s := range standard("") {
			if s.Name == base {
				return Spec{Name: n, Label: route, Unit: s.Unit, Stale: s.Stale, Prefer: s.Prefer, Quiet: true}
			}
		}
	}
	for _, s := range standard("") {
		if s.Name == n {
			s.Limits, s.Quiet = nil, true
			return s
		}
	}
	return Spec{Name: n, Label: strings.TrimPrefix(string(n), "log:"), Unit: Count, Stale: staleLog, Quiet: true}
}

// Split takes a route off a name: error_ratio@/api/x is error_ratio and /api/x.
func (n Name) Split() (base Name, route string, ok bool) {
	if strings.HasPrefix(string(n), "log:") {
		return n, "", false
	}
	b, r, found := strings.Cut(string(n), "@")
	return Name(b), r, found
}

func must(want string) []Limit { return []Limit{{Text: "must be " + want, Want: want}} }

func own(at float64) []Limit { return []Limit{{Text: "≥ " + FormatValue(Ratio, at), At: at}} }

func (b Bound) limit(u Unit) Limit {
	sign := "≥ "
	if b.Open {
		sign = "> "
	}
	return Limit{Level: b.Level, Text: strings.TrimSpace(b.LevelName + " " + sign + FormatValue(u, b.At)), At: b.At, Open: b.Open}
}

// sorted puts bounds worst first, and drops one that says nothing new: the same or a higher value
// for a level that is reached already.
func sorted(bounds []Bound) []Bound {
	bs := slices.Clone(bounds)
	slices.SortStableFunc(bs, func(a, b Bound) int {
		switch {
		case a.Signal != b.Signal:
			return strings.Compare(string(a.Signal), string(b.Signal))
		case a.Level != b.Level:
			return a.Level - b.Level
		case a.At != b.At:
			return sign(a.At - b.At)
		case a.Open != b.Open && a.Open:
			return 1
		case a.Open != b.Open:
			return -1
		}
		return 0
	})
	return slices.CompactFunc(bs, func(a, b Bound) bool { return a.Signal == b.Signal && a.Level == b.Level })
}

// sortLimits puts the worst first; limits that the runbook ties to no level come last.
func sortLimits(ls []Limit) {
	rank := func(l Limit) int {
		if l.Level == 0 {
			return 1 << 30
		}
		return l.Level
	}
	slices.SortStableFunc(ls, func(a, b Limit) int { return rank(a) - rank(b) })
}

func sign(v float64) int {
	switch {
	case v < 0:
		return -1
	case v > 0:
		return 1
	}
	return 0
}

// LimitText is the limit that a row names: the broken one when it is out, else the first that
// would be reached, "—" when there is none.
func (r Reading) LimitText() string {
	l := r.Limit
	if l == nil {
		l = r.Spec.first()
	}
	switch {
	case l == nil:
		return "—"
	case l.Full && r.Spec.Unit == Bytes && r.Good.Of > 0:
		return l.Text + " " + FormatValue(Bytes, r.Good.Of)
	case l.Full && r.Good.Of <= 0 && !r.Good.At.IsZero():
		return "—"
	}
	return l.Text
}

var riseLimit = Limit{Text: "a rise"}

// first is the mildest limit: the one that a healthy value would reach first.
func (s Spec) first() *Limit {
	if n := len(s.Limits); n > 0 {
		return &s.Limits[n-1]
	}
	if s.Rise {
		return &riseLimit
	}
	return nil
}
