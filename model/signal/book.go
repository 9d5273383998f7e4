package signal

import (
	"math"
	"slices"
	"time"
)

// Bounds on what a book keeps: routes, log signatures and the names of sources come from outside.
const (
	maxNames   = 512
	maxSources = 8 // of one signal
)

// Book is the bounded recent history of every signal, and from it what each one means now. It is
// not safe for concurrent use: one goroutine owns it and hands out Snapshots, which are values.
//
// Two sources may measure the same signal. The history is then of one of them at a time: the best
// by Spec.Prefer that says something and is fresh, so that the log's error ratio goes on while the
// app's own metrics start again from zero, and the metrics are used when the log is gone.
type Book struct {
	order  []Name
	tracks map[Name]*track
}

// track is one signal: what each source last said, the history, and since when limits are broken.
type track struct {
	spec    Spec
	sources []feed // in order of first appearance
	history history
	breach  []run // one for each of spec.Limits
	any     run   // any of them
	in      run   // in bounds
	rise    riser
	first   time.Time // of the first reading that said something
	failing time.Time // of the first failure before anything was ever known
}

// feed is one source of a signal.
type feed struct {
	name string
	rank int
	last Sample
	good Sample // the newest that said something
}

// NewBook starts an empty book over a table of signals.
func NewBook(specs []Spec) *Book {
	b := &Book{tracks: make(map[Name]*track, len(specs))}
	for _, s := range specs {
		if _, ok := b.tracks[s.Name]; ok || s.Name == "" {
			continue
		}
		b.track(s)
	}
	return b
}

func (b *Book) track(s Spec) *track {
	s.Limits = slices.Clone(s.Limits)
	t := &track{spec: s, breach: make([]run, len(s.Limits))}
	b.order = append(b.order, s.Name)
	b.tracks[s.Name] = t
	return t
}

// Specs is the table in order, with the signals that came in without being in it.
func (b *Book) Specs() []Spec {
	specs := make([]Spec, len(b.order))
	for i, n := range b.order {
		specs[i] = b.tracks[n].spec
	}
	return specs
}

// Add takes in readings, in the order in which each source made them. A sample without a name or a
// time is dropped: nothing could be said about its age. A number that is none is a failed reading.
func (b *Book) Add(samples ...Sample) {
	for _, x := range samples {
		if x.Name == "" || x.At.IsZero() {
			continue
		}
		if x.Err == "" && (math.IsNaN(x.Value) || math.IsInf(x.Value, 0)) {
			x.Err = "not a number"
		}
		t, ok := b.tracks[x.Name]
		if !ok {
			if len(b.tracks) >= maxNames {
				continue
			}
			t = b.track(Default(x.Name))
		}
		t.add(x)
	}
}

// Expect says that a counter will rise by so much between two times because somebody makes it rise:
// a restart that a person asked for is no crash. A further rise counts as ever.
func (b *Book) Expect(n Name, by float64, from, until time.Time) {
	if t, ok := b.tracks[n]; ok {
		t.rise.wanted = append(t.rise.wanted, wanted{from, until, by})
	}
}

func (t *track) add(x Sample) {
	f := t.feed(x.Source)
	f.last = x
	if x.Known() {
		f.good = x
	}
	// Only the source that speaks for the signal writes its history; the failure of another does
	// too once nobody speaks.
	if best := t.best(x.At); best != f && t.fresh(best, x.At) {
		return
	}
	t.history.add(x)
	if !x.Known() {
		if t.first.IsZero() && t.failing.IsZero() {
			t.failing = x.At
		}
		return
	}
	t.note(x)
}

// note moves the runs on by one known reading.
func (t *track) note(x Sample) {
	prev := t.history.before(x.At)
	if t.first.IsZero() || t.first.After(x.At) {
		t.first = x.At
	}
	rising := false
	if t.spec.Rise {
		rising = t.rise.note(x)
	}
	out := t.breaks(x, prev) || rising
	t.any.note(out, prev, x.At)
	t.in.note(!out, prev, x.At)
}

// breaks moves the runs of the limits on and says whether one of them is broken.
func (t *track) breaks(x Sample, prev time.Time) (out bool) {
	for i, l := range t.spec.Limits {
		broken := l.Breaks(x)
		t.breach[i].note(broken, prev, x.At)
		out = out || broken
	}
	return out
}

// feed finds a source's state, and makes it on its first sample.
func (t *track) feed(name string) *feed {
	for i := range t.sources {
		if t.sources[i].name == name {
			return &t.sources[i]
		}
	}
	f := feed{name: name, rank: t.spec.rank(name)}
	if len(t.sources) < maxSources {
		t.sources = append(t.sources, f)
		return &t.sources[len(t.sources)-1]
	}
	oldest := 0
	for i := range t.sources {
		if t.sources[i].last.At.Before(t.sources[oldest].last.At) {
			oldest = i
		}
	}
	t.sources[oldest] = f
	return &t.sources[oldest]
}

// best is the source that speaks for the signal at a moment: the preferred one of those that say
// something and are fresh; when none does, the preferred one of those that failed last.
func (t *track) best(now time.Time) *feed {
	var best *feed
	for i := range t.sources {
		f := &t.sources[i]
		switch {
		case best == nil:
			best = f
		case t.fresh(f, now) != t.fresh(best, now):
			if t.fresh(f, now) {
				best = f
			}
		case f.rank < best.rank:
			best = f
		}
	}
	return best
}

// fresh says whether a source's newest reading can be relied on. One from the future can: the
// host's clock was set back, and the reading is the newest there is.
func (t *track) fresh(f *feed, now time.Time) bool {
	return f.last.Known() && (t.spec.Stale <= 0 || now.Sub(f.last.At) <= t.spec.Stale)
}

// Series is the history of a signal in the last hour, oldest first: whole for the newest part,
// thinned before it with its extremes kept. Failed readings are in it, so that no line is drawn
// through them. Samples carry no source and no note.
func (b *Book) Series(n Name) []Sample {
	t, ok := b.tracks[n]
	if !ok {
		return nil
	}
	return t.history.samples(n)
}

// Snapshot is every reading as it stands now.
func (b *Book) Snapshot(now time.Time) Snapshot {
	s := Snapshot{At: now, Order: slices.Clone(b.order), Readings: make(map[Name]Reading, len(b.order))}
	for _, n := range b.order {
		s.Readings[n] = b.tracks[n].reading(now)
	}
	return s
}
