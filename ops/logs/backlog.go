package logs

import (
	"slices"
	"time"
)

// oldLines is what the backlog of one log holds: lines that were written before anybody looked.
// Their own times tell which of them count.
type oldLines struct {
	last    time.Time // the last time that a line told
	bytes   int       // read so far
	pending []oldLine // without a time, after nothing recent
}

// oldLine shows something, at an unknown time.
type oldLine struct {
	text  []byte
	shown seen
	end   int // bytes read up to its end
}

// maxPending bounds the lines that wait for a time.
const maxPending = 2000

// oldLine looks at one line of the backlog. A line without a time is as old as the one before it
// that has one, or younger; an indented one, as of a stack, belongs to the one before it.
func (s *Source) oldLine(f *followed, line []byte, shown seen, now time.Time) {
	o := f.old
	o.bytes += len(line) + 1
	start := now.Add(-window)
	t, dated := stamp(line)
	if dated {
		o.last = t
		if !t.Before(start) {
			s.ageless(o) // written before this one, and nobody knows when
		}
		o.pending = o.pending[:0]
	}
	switch {
	case !shown.notable:
	case !o.last.Before(start):
		s.note(f, line, shown, earlier(o.last, now))
	case dated || !o.last.IsZero() && indented(line):
	case len(o.pending) < maxPending:
		shown.sigs = slices.Clone(shown.sigs)
		o.pending = append(o.pending, oldLine{slices.Clone(line[:min(len(line), maxText)]), shown, o.bytes})
	}
}

func indented(line []byte) bool {
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t' || line[0] == '}')
}

// ageless counts what was shown by lines of which nobody knows how old they are.
func (s *Source) ageless(o *oldLines) {
	for _, l := range o.pending {
		for _, i := range l.shown.sigs {
			s.undated[i]++
		}
	}
}

// settle ends the backlog of a log. Lines without a time in a file that was changed within the
// window may be of any age, but its last words are as old as the change.
func (s *Source) settle(f *followed, changed, now time.Time) {
	o := f.old
	f.old, f.read = nil, true
	if changed.Before(now.Add(-window)) {
		return
	}
	fresh := slices.IndexFunc(o.pending, func(l oldLine) bool { return o.bytes-l.end < lastWords })
	if fresh < 0 {
		fresh = len(o.pending)
	}
	for _, l := range o.pending[fresh:] {
		s.note(f, l.text, l.shown, earlier(changed, now))
	}
	o.pending = o.pending[:fresh]
	s.ageless(o)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// ring counts by the second over the window.
type ring struct {
	seconds [int(window / time.Second)]struct {
		unix int64
		n    uint32
	}
}

func (r *ring) add(at time.Time) {
	unix := at.Unix()
	s := &r.seconds[uint64(unix)%uint64(len(r.seconds))]
	if s.unix > unix {
		return
	}
	if s.unix != unix {
		s.unix, s.n = unix, 0
	}
	s.n++
}

// sum counts what lies within span before now.
func (r *ring) sum(now time.Time, span time.Duration) (n int) {
	end := now.Unix()
	start := end - int64(span/time.Second)
	for i := range r.seconds {
		if s := &r.seconds[i]; s.unix > start && s.unix <= end {
			n += int(s.n)
		}
	}
	return n
}
