package nginx

import (
	"math/bits"
	"slices"
)

// maxRoutes bounds the routes that are told apart; requests to others count in the totals only.
const maxRoutes = 256

// tally counts the requests to one route.
type tally struct{ all, failed uint32 }

// second counts the requests of one second.
type second struct {
	unix             int64
	all, failed, cut uint32 // cut: 499, the client went away
	timed            uint32
	times            [buckets]uint32
	routes           [maxRoutes]tally
}

// window counts requests in a ring of seconds, in constant memory whatever the traffic.
type window struct {
	ring   []second
	routes map[string]int // to the index in second.routes
	names  [maxRoutes]string
}

func newWindow(seconds int) *window {
	return &window{ring: make([]second, seconds), routes: map[string]int{}}
}

// span is the window's length in seconds.
func (w *window) span() int64 { return int64(len(w.ring)) }

// count counts a request. One older than the window is left out; now is the present.
func (w *window) count(e entry, name []byte, now int64) {
	// A clock that is set back must not make the newest requests vanish.
	at := min(e.at, now)
	if at <= now-w.span() || at < 0 {
		return
	}
	s := &w.ring[at%w.span()]
	if s.unix != at {
		if s.unix > at {
			return
		}
		*s = second{unix: at}
	}
	failed := e.status >= 500 && e.status <= 599
	s.all++
	if failed {
		s.failed++
	}
	if e.status == 499 {
		s.cut++
	}
	if e.millis >= 0 {
		s.timed++
		s.times[bucket(e.millis)]++
	}
	if i, ok := w.index(name); ok {
		s.routes[i].all++
		if failed {
			s.routes[i].failed++
		}
	}
}

// index finds the place of a route, or gives it one while there are some.
func (w *window) index(name []byte) (i int, ok bool) {
	if len(name) == 0 {
		return 0, false
	}
	if i, ok = w.routes[string(name)]; ok || len(w.routes) == maxRoutes {
		return i, ok
	}
	i = slices.Index(w.names[:], "")
	w.names[i] = string(name)
	w.routes[w.names[i]] = i
	return i, true
}

// routeTally is a route with its counts.
type routeTally struct {
	name string
	tally
}

// sum is what happened within a window.
type sum struct {
	all, failed, cut, timed uint32
	times                   [buckets]uint32
	routes                  []routeTally // busiest first
}

// sum adds up the window that ends now, and forgets the routes that nobody asked for in it.
func (w *window) sum(now int64) *sum {
	var total sum
	var routes [maxRoutes]tally
	for i := range w.ring {
		s := &w.ring[i]
		if s.unix <= now-w.span() || s.all == 0 {
			continue
		}
		total.all += s.all
		total.failed += s.failed
		total.cut += s.cut
		total.timed += s.timed
		for j, n := range s.times {
			total.times[j] += n
		}
		for j, r := range s.routes {
			routes[j].all += r.all
			routes[j].failed += r.failed
		}
	}
	for name, i := range w.routes {
		if routes[i].all == 0 {
			w.forget(name, i)
			continue
		}
		total.routes = append(total.routes, routeTally{name, routes[i]})
	}
	slices.SortFunc(total.routes, func(a, b routeTally) int {
		if a.all != b.all {
			return int(b.all) - int(a.all)
		}
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return &total
}

// forget frees a route's place. Seconds that have passed may still hold its counts.
func (w *window) forget(name string, i int) {
	delete(w.routes, name)
	w.names[i] = ""
	for j := range w.ring {
		w.ring[j].routes[i] = tally{}
	}
}

// Times are counted in buckets of a thirty-second part of their power of two: exact to the
// millisecond below 64 ms, and to 3 % above.
const (
	subBits = 5
	exact   = 2 << subBits // ms
	maxTime = 1<<21 - 1    // ms; longer ones count as this
	buckets = exact + (21-subBits-1)<<subBits
)

func bucket(ms int64) int {
	v := uint64(min(max(ms, 0), maxTime))
	if v < exact {
		return int(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return exact + (shift-1)<<subBits + int(v>>shift) - 1<<subBits
}

// middle is the time in the middle of a bucket, in seconds.
func middle(i int) float64 {
	if i < exact {
		return float64(i) / 1000
	}
	shift := (i-exact)>>subBits + 1
	low := ((i-exact)&(1<<subBits-1) + 1<<subBits) << shift
	return (float64(low) + float64(int(1)<<shift)/2) / 1000
}

// quantile gives the time that the share q of the requests did not exceed, by nearest rank, in
// seconds.
func (s *sum) quantile(q float64) float64 {
	rank := uint32(q*float64(s.timed) + 0.9999999)
	seen := uint32(0)
	for i, n := range s.times {
		if seen += n; seen >= max(rank, 1) {
			return middle(i)
		}
	}
	return 0
}
