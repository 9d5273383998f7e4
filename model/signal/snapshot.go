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

// Reading is what is known about one signal at one moment.
type Reading struct {
	Spec      Spec
	Sample    Sample // the newest, good or failed
	Good      Sample // the newest that said something; zero when there never was one
	Status    Status
	Since     time.Time     // since when it has this status; zero when not known
	Margin    time.Duration // how far Since may be off: half the time between two samples
	Limit     *Limit        // the worst limit that is broken, when Out
	Age       time.Duration // of Good
	Direction int           // -1 falling, 0 steady, +1 rising, over the last minutes
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
