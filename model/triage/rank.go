package triage

import (
	"cmp"
	"slices"
	"strings"

	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
)

// Rank weighs every scenario of the runbook against the readings and a person's answers, best
// supported first: by what is seen less what is contradicted, then by how much is seen, then by how
// much of that was measured rather than said, then by what is not contradicted; ties go to the
// worse severity and then to the order of the file.
//
// A symptom that is also true of a healthy host ("health checks passing") is Normal: it counts as
// seen only beside a sign of something wrong, so that no scenario leads where nothing is the matter.
func Rank(rb *runbook.Runbook, snap signal.Snapshot, answers severity.Answers) []Case {
	if rb == nil {
		return nil
	}
	cases := make([]Case, 0, len(rb.Scenarios))
	for _, s := range rb.Scenarios {
		cases = append(cases, weigh(s, snap, answers))
	}
	slices.SortStableFunc(cases, func(a, b Case) int {
		return cmp.Or(
			cmp.Compare(b.Seen-b.Contradicted, a.Seen-a.Contradicted),
			cmp.Compare(b.Seen, a.Seen),
			cmp.Compare(b.measured(), a.measured()),
			cmp.Compare(a.Contradicted, b.Contradicted),
			cmp.Compare(rankLevel(a.Level), rankLevel(b.Level)),
		)
	})
	return cases
}

// Evidence is the case as severity.ByScenario wants it.
func (c Case) Evidence() severity.Evidence {
	return severity.Evidence{ID: c.Scenario.ID, Title: c.Scenario.Title, Level: c.Level, Seen: c.Seen, Contradicted: c.Contradicted, Of: len(c.Symptoms)}
}

// measured counts the seen symptoms that a reading shows.
func (c Case) measured() int {
	n := 0
	for _, s := range c.Symptoms {
		if s.State == Seen && !s.Normal && !s.Answered {
			n++
		}
	}
	return n
}

// rankLevel puts a scenario without a severity behind all that have one.
func rankLevel(level int) int {
	if level <= 0 {
		return 1 << 30
	}
	return level
}

func weigh(s runbook.Scenario, snap signal.Snapshot, answers severity.Answers) Case {
	c := Case{Scenario: s, Level: levelOf(s.Severity, answers), Symptoms: make([]Symptom, 0, len(s.Symptoms))}
	w := witness{snap: snap, route: routeIn(s.Title)}
	wrong := false
	for _, sym := range s.Symptoms {
		e := w.ask(sym)
		e.answer(answers[sym.ID])
		wrong = wrong || e.State == Seen && !e.Normal
		c.Symptoms = append(c.Symptoms, e)
	}
	for _, e := range c.Symptoms {
		switch e.State {
		case Seen:
			if wrong {
				c.Seen++
			}
		case Contradicted:
			c.Contradicted++
		case Unknown:
			c.Unknown++
		case Open:
			c.Open++
		}
	}
	return c
}

// answer puts a person's word in. As with the criteria of severity, a yes counts beside a reading
// that says otherwise, because people see what no probe does; a no never overrules a reading.
func (s *Symptom) answer(a severity.Answer) {
	open := s.State == Open || s.State == Unknown
	switch {
	case a == severity.Yes && s.State != Seen:
		if s.State == Contradicted {
			s.Reading += ", answered yes"
		} else {
			s.Reading = "answered yes"
		}
		s.State, s.Normal, s.Answered = Seen, false, true
	case a == severity.No && open:
		s.State, s.Reading, s.Answered = Contradicted, "answered no", true
	case a == severity.NotKnown && open:
		s.State, s.Reading, s.Answered = Unknown, "answered: not known", true
	}
}

// levelOf applies the unless-clauses that a person has answered yes; the worst of them counts.
func levelOf(s runbook.CaseSeverity, answers severity.Answers) int {
	level := s.Level
	applied := 0
	for _, u := range s.Unless {
		if answers[u.ID] == severity.Yes && u.Level > 0 && (applied == 0 || u.Level < applied) {
			applied = u.Level
		}
	}
	if applied > 0 {
		return applied
	}
	return level
}

// routeIn finds a route in a scenario's title: "High Error Rate on /api/support/products".
func routeIn(title string) string {
	for w := range strings.FieldsSeq(title) {
		w = strings.Trim(w, "`\"'.,:;()")
		if len(w) > 1 && w[0] == '/' {
			return w
		}
	}
	return ""
}
