// Package triage ranks the runbook's scenarios by what is measured now, and names the check that
// would tell the best two apart. It reads nothing and runs nothing.
package triage

import (
	"time"

	"calm/model/runbook"
)

// State is what is known about one symptom now.
type State int

// The states of a symptom.
const (
	Seen         State = iota // the reading, or a person, says it is there
	Contradicted              // the reading, or a person, says it is not
	Unknown                   // it is measured, but there is no reading
	Open                      // only a person can say, and nobody has
)

// Symptom is a symptom with its evidence.
type Symptom struct {
	runbook.Symptom
	State    State
	Normal   bool          // true of any healthy host: counts only beside something wrong
	Answered bool          // a person said so
	Reading  string        // the value behind it, as shown: "31 %", "214 in 5 min", "db: error"
	Age      time.Duration // of that reading
	Since    time.Time     // since when it is seen; zero when not known
}

// Case is a scenario with its evidence.
type Case struct {
	Scenario     runbook.Scenario
	Symptoms     []Symptom
	Seen         int // signs of something wrong, and with them the normal ones that are there too
	Contradicted int
	Unknown      int
	Open         int
	Level        int // the scenario's severity now, its unless-clauses applied; 0 when it has none
}

// Leads says whether the case has evidence enough to be opened by itself: something seen that is
// wrong, and more for than against.
func (c Case) Leads() bool { return c.Seen > 0 && c.Seen > c.Contradicted }
