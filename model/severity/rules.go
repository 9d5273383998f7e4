package severity

import (
	"cmp"
	"slices"

	"calm/model/runbook"
	"calm/model/signal"
)

// Rules is a runbook's severity scheme, ready to classify.
type Rules struct {
	criteria []criterion // worst level first, in the order of the file within one
	names    map[int][]string
}

type criterion struct {
	runbook.Criterion
	level int
}

// Question is a criterion that only a person can answer.
type Question struct {
	ID    string
	Text  string
	Level int
	Line  int
}

// RulesOf takes the rules out of a runbook; a runbook without severities has none, and then nothing
// is ever suggested by them.
func RulesOf(rb *runbook.Runbook) Rules {
	r := Rules{names: map[int][]string{}}
	if rb == nil {
		return r
	}
	for _, s := range rb.Severities {
		r.names[s.Level] = s.Names
		for _, c := range s.Criteria {
			r.criteria = append(r.criteria, criterion{Criterion: c, level: s.Level})
		}
	}
	slices.SortStableFunc(r.criteria, func(a, b criterion) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.Line, b.Line), cmp.Compare(a.ID, b.ID))
	})
	return r
}

// Questions lists the criteria that only a person can answer, worst level first.
func Questions(rb *runbook.Runbook) []Question {
	var qs []Question
	for _, c := range RulesOf(rb).criteria {
		if !c.measured() {
			qs = append(qs, Question{ID: c.ID, Text: c.Text, Level: c.level, Line: c.Line})
		}
	}
	return qs
}

// Bounds is where the runbook's measured criteria begin, for the limits of the signals. Criteria
// that name only a top, a state or a trend begin nowhere.
func Bounds(rb *runbook.Runbook) []signal.Bound {
	var bounds []signal.Bound
	for _, c := range RulesOf(rb).criteria {
		if !c.measured() || c.Min == nil || c.Subject != "" || lowIsWorse(c.Signal) {
			continue
		}
		bounds = append(bounds, signal.Bound{Signal: c.Signal, Level: c.level, LevelName: rb.SeverityName(c.level), At: *c.Min, Open: c.MinOpen})
	}
	return bounds
}

// measured says whether a reading can decide the criterion.
func (c criterion) measured() bool {
	return c.Kind == runbook.Measured && c.Predicate != nil && c.Signal != ""
}

// name is the signal that the criterion is about, narrowed to its subject.
func (c criterion) name() signal.Name {
	if c.Subject != "" {
		return signal.Route(c.Signal, c.Subject)
	}
	return c.Signal
}

// floor says whether the criterion only says how good things still are: "error rate < 10 %" is true
// of every healthy service. See Classify.
func (c criterion) floor() bool {
	if c.Equals != "" || c.Trend != "" {
		return false
	}
	if lowIsWorse(c.Signal) {
		return c.Max == nil
	}
	return c.Min == nil
}

// lowIsWorse names the signals of which too little is the trouble.
func lowIsWorse(n signal.Name) bool {
	base, _, _ := n.Split()
	return base == signal.Traffic || base == signal.AppUptime
}
