package signal

import "time"

// Status is what a reading means for the service.
type Status int

// The statuses, in the order in which rows are shown after what is out: harm first.
const (
	Out     Status = iota // beyond a limit
	Unknown               // no reading, a failed one, or one that is too old
	In                    // within its limits, or without limits
	Absent                // this host has no such thing, and says so
)

var statusWords = [...]string{Out: "out", Unknown: "unknown", In: "in", Absent: "absent"}

// String is the status in the journal and in JSON: "out", "unknown", "in" or "absent".
func (s Status) String() string { return statusWords[s] }

// ParseStatus reads what String wrote; any other word is In.
func ParseStatus(word string) Status {
	for s, w := range statusWords {
		if w == word {
			return Status(s)
		}
	}
	return In
}

// Reading is what is known about one signal at one moment.
type Reading struct {
	Spec      Spec
	Sample    Sample // the newest, good or failed
	Good      Sample // the newest that said something; zero when there never was one
	Status    Status
	Since     time.Time     // since when it has this status; zero when not known
	Margin    time.Duration // how far Since may be off: half the time between two samples
	Limit     *Limit        // the worst limit that is broken, when Out
	Broken    []Breach      // every limit that is broken, worst first, each with its own Since
	Age       time.Duration // of Good
	Direction int           // -1 falling, 0 steady, +1 rising, over the last two minutes
	Trend     Trend         // what the last ten minutes show
	Rose      float64       // by how much a Rise counter rose within RiseWindow
	Watched   time.Duration // since the first reading that said something
}

// Breach is one broken limit: "58 %, above 50 % for 2m 12s".
type Breach struct {
	Limit  Limit
	Since  time.Time
	Margin time.Duration
}

// Trend says whether a value climbs steadily, which a glance at its direction can't tell.
type Trend int

// The trends. TooEarly is the zero value: without enough readings nothing is claimed.
const (
	TooEarly Trend = iota // watched for too short a time
	Steady                // it does not climb steadily
	Climbing              // it climbs steadily, or climbs and is cut off again and again
)

// Why says in a few words why nothing is known: the error of the newest sample, or its silence.
// It is empty for a reading that is known.
func (r Reading) Why() string {
	switch {
	case r.Status == Absent:
		return r.Spec.Absent
	case r.Status != Unknown:
		return ""
	case r.Sample.Err != "":
		return r.Sample.Err
	case r.Good.At.IsZero():
		return "not measured here"
	}
	return "no reading for " + Span(r.Age)
}

// Text is the value as shown, "unknown" when nothing is known now.
func (r Reading) Text() string {
	switch r.Status {
	case Unknown:
		return "unknown"
	case Absent:
		return "absent"
	}
	return r.Spec.Format(r.Sample)
}

// Level is the severity level of the broken limit, 0 when there is none or it names none.
func (r Reading) Level() int {
	if r.Limit == nil {
		return 0
	}
	return r.Limit.Level
}

// Snapshot is every reading at one moment. It is a value: nothing in it changes later.
type Snapshot struct {
	At       time.Time
	Order    []Name // as the specs were given
	Readings map[Name]Reading
}

// Reading gives the reading of a signal; a signal that nobody measures is Unknown with no sample.
func (s Snapshot) Reading(n Name) Reading {
	if r, ok := s.Readings[n]; ok {
		return r
	}
	return Reading{Spec: Spec{Name: n, Label: string(n)}, Status: Unknown}
}

// Onset is the earliest Since of what is out, and whether anything is.
func (s Snapshot) Onset() (at time.Time, margin time.Duration, ok bool) {
	for _, n := range s.Order {
		r := s.Readings[n]
		if r.Status != Out || r.Since.IsZero() {
			continue
		}
		if !ok || r.Since.Before(at) {
			at, margin, ok = r.Since, r.Margin, true
		}
	}
	return at, margin, ok
}
