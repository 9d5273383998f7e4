package severity

import (
	"cmp"
	"slices"
	"time"

	"calm/model/signal"
)

// Classify suggests a severity. The worst criterion that holds decides.
//
// A measured criterion holds when its reading lies in its range. Two levels that meet or overlap
// both hold, so the worse decides; a value between two ranges, or above the top of the highest,
// falls to the worse neighbour, or to the highest range itself where nothing worse is written down.
// A criterion with only a top ("error rate < 10 %") is a floor: true of every healthy service, it
// speaks only when the service is visibly wrong: its own signal is out of bounds, a state that must
// hold does not, or another criterion of its level holds. On a healthy host the level is nil and
// there are no reasons.
//
// A reading that is unknown suggests nothing new, and nothing milder: what it last said while out
// of bounds stands, marked as last known, until it is read again; it is listed as unknown as well.
// A question holds when it was answered yes. A person's yes also decides a measured criterion; a
// person's no never overrules a reading.
func (r Rules) Classify(snap signal.Snapshot, answers Answers) Classification {
	c := Classification{Names: []string{}, Reasons: []Reason{}, Unknown: []Missing{}, At: snap.At}
	for _, k := range r.criteria {
		if k.measured() && k.floor() {
			continue
		}
		r.weigh(k, snap, answers, &c)
	}
	for _, k := range r.criteria {
		if k.measured() && k.floor() {
			r.weighFloor(k, snap, answers, &c)
		}
	}
	r.settle(&c)
	return c
}

// weigh adds what one criterion says.
func (r Rules) weigh(k criterion, snap signal.Snapshot, answers Answers, c *Classification) {
	answer := answers[k.ID]
	if !k.measured() {
		switch answer {
		case Yes:
			c.Reasons = append(c.Reasons, k.reason())
		case No:
		case NotKnown:
			c.Unknown = append(c.Unknown, k.missing("answered: not known"))
		default:
			c.Unknown = append(c.Unknown, k.missing("not answered"))
		}
		return
	}
	read := snap.Reading(k.name())
	holds, note, lastKnown := r.holds(k, read)
	if read.Status == signal.Unknown || read.Status == signal.Absent {
		c.Unknown = append(c.Unknown, k.missing(read.Why()))
	}
	switch {
	case holds:
		reason := k.reason()
		reason.take(read)
		reason.Since = since(read, k)
		reason.Note, reason.LastKnown = note, lastKnown
		c.Reasons = append(c.Reasons, reason)
	case answer == Yes:
		c.Reasons = append(c.Reasons, k.reason())
	}
}

// holds asks a measured criterion. A note says why a value outside the range counts.
func (r Rules) holds(k criterion, read signal.Reading) (holds bool, note string, lastKnown bool) {
	x := read.Sample
	switch read.Status {
	case signal.Absent:
		return false, "", false
	case signal.Unknown:
		if x = read.Good; !x.Known() {
			return false, "", false
		}
		lastKnown = true
	}
	switch {
	case k.Equals != "":
		return x.Text == k.Equals, "", lastKnown
	case k.Trend == "up":
		return read.Trend == signal.Climbing, "", lastKnown
	case k.Trend != "":
		return false, "", false
	case k.Holds(x.Value):
		return true, "", lastKnown
	}
	beyond, note := r.beyond(k, read.Spec.Unit, x.Value)
	return beyond, note, lastKnown
}

// beyond says whether a value that lies in no range of its signal falls to this criterion: the
// worst whose top it has passed gives it to the next worse one, or keeps it when there is none.
func (r Rules) beyond(k criterion, u signal.Unit, v float64) (bool, string) {
	var passed, next *criterion // the worst criterion whose top v has passed; the next worse than it
	for i := range r.criteria {
		o := &r.criteria[i]
		if !o.measured() || o.floor() || o.name() != k.name() || o.Equals != "" || o.Trend != "" {
			continue
		}
		if o.Holds(v) {
			return false, ""
		}
		if o.past(v) {
			passed = o
			break
		}
		next = o
	}
	if passed == nil {
		return false, ""
	}
	if next == nil {
		next = passed
	}
	if next.ID != k.ID || next.level != k.level {
		return false, ""
	}
	if next == passed {
		return true, signal.FormatValue(u, v) + " is beyond it, and the runbook has nothing worse"
	}
	return true, signal.FormatValue(u, v) + " lies between the ranges of two levels; the worse counts"
}

// past says whether a value is on the bad side of the whole range.
func (k criterion) past(v float64) bool {
	if lowIsWorse(k.Signal) {
		return k.Min != nil && (v < *k.Min || k.MinOpen && v == *k.Min)
	}
	return k.Max != nil && (v > *k.Max || k.MaxOpen && v == *k.Max)
}

// weighFloor adds a floor where it has something to hold up.
func (r Rules) weighFloor(k criterion, snap signal.Snapshot, answers Answers, c *Classification) {
	read := snap.Reading(k.name())
	if read.Status == signal.Unknown || read.Status == signal.Absent {
		c.Unknown = append(c.Unknown, k.missing(read.Why()))
		if answers[k.ID] == Yes {
			c.Reasons = append(c.Reasons, k.reason())
		}
		return
	}
	wrong := read.Status == signal.Out || visiblyWrong(snap) ||
		slices.ContainsFunc(c.Reasons, func(x Reason) bool { return x.Level == k.level })
	if answers[k.ID] != Yes && !(wrong && k.Holds(read.Sample.Value)) {
		return
	}
	reason := k.reason()
	reason.take(read)
	c.Reasons = append(c.Reasons, reason)
}

// visiblyWrong says whether a state that must hold does not: the database, the page, the proxy. A
// count that rose or a full disk alone is no degradation of the service.
func visiblyWrong(snap signal.Snapshot) bool {
	for _, read := range snap.Readings {
		if read.Status == signal.Out && read.Spec.Unit == signal.State {
			return true
		}
	}
	return false
}

// settle orders the reasons and takes the level from the worst.
func (r Rules) settle(c *Classification) {
	order := make(map[string]int, len(r.criteria))
	for i, k := range r.criteria {
		order[k.ID] = i
	}
	slices.SortStableFunc(c.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(order[a.ID], order[b.ID]))
	})
	slices.SortStableFunc(c.Unknown, func(a, b Missing) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(order[a.ID], order[b.ID]))
	})
	if len(c.Reasons) == 0 {
		return
	}
	level := c.Reasons[0].Level
	c.Level = &level
	if names := r.names[level]; len(names) > 0 {
		c.Names = slices.Clone(names)
	}
}

func (k criterion) reason() Reason {
	x := Reason{ID: k.ID, Text: k.Text, Level: k.level}
	if k.measured() {
		x.Signal = k.name()
	}
	return x
}

func (k criterion) missing(why string) Missing {
	return Missing{ID: k.ID, Text: k.Text, Level: k.level, Why: why}
}

// take puts the reading behind a reason beside it.
func (x *Reason) take(read signal.Reading) {
	if read.Spec.Unit == signal.State || !read.Good.Known() {
		return
	}
	v := read.Good.Value
	x.Value = &v
}

// since is when the criterion's own threshold was crossed, which is later than the onset of its
// signal when a milder one was crossed before.
func since(read signal.Reading, k criterion) *time.Time {
	at := read.Since
	if read.Status != signal.Out {
		at = time.Time{}
	}
	for _, b := range read.Broken {
		if k.Min != nil && b.Limit.At == *k.Min && b.Limit.Open == k.MinOpen && b.Limit.Level == k.level {
			at = b.Since
		}
	}
	if at.IsZero() {
		return nil
	}
	return &at
}
