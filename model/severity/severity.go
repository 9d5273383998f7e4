// Package severity classifies an incident by the runbook's own rules over readings and a person's
// answers. It suggests, with reasons; it never declares, and it never says that an unknown is good.
package severity

import (
	"time"

	"calm/model/signal"
)

// Answer is what a person said to a question of the runbook.
type Answer string

// The answers. A question nobody has answered is not in Answers at all.
const (
	Yes      Answer = "yes"
	No       Answer = "no"
	NotKnown Answer = "unknown"
)

// Answers holds answers by the ID of a criterion, symptom or unless-clause.
type Answers map[string]Answer

// Classification is a suggestion. Level is nil when nothing can be said, and also when nothing is
// out of bounds; Reasons and Unknown tell the two apart.
type Classification struct {
	Level   *int      `json:"level"` // 1 is worst
	Names   []string  `json:"names"` // of that level: "SEV-2", "P1", "High"
	Reasons []Reason  `json:"reasons"`
	Unknown []Missing `json:"unknown"`
	At      time.Time `json:"at"`
}

// Reason is one rule that holds.
type Reason struct {
	ID     string      `json:"id"`
	Text   string      `json:"text"` // of the rule, as the runbook has it
	Level  int         `json:"level"`
	Signal signal.Name `json:"signal,omitempty"`
	Value  *float64    `json:"value"` // null for an answered question or a state
	Since  *time.Time  `json:"since"`

	LastKnown bool   `json:"last_known,omitempty"` // the reading is unknown now; this is what it said last
	Note      string `json:"note,omitempty"`       // what else is to be known: "lies between two levels"
}

// Missing is one rule about which nothing can be said now.
type Missing struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Level int    `json:"level"`
	Why   string `json:"why"` // "not answered", "mongod: connection refused"
}
