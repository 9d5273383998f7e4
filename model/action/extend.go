package action

import (
	"encoding/json"
	"time"
)

// Extend gives the effect that much longer and returns the new deadline. A verdict that was given
// stays.
func (j *Judge) Extend(d time.Duration) time.Time {
	j.due = j.due.Add(d)
	return j.due
}

// EncodeRows writes rows for the journal; none is null.
func EncodeRows(rows []Row) json.RawMessage {
	raw, err := json.Marshal(rows)
	if err != nil {
		return nil // a row holds strings and finite numbers only
	}
	return raw
}

// Measurable says whether the plan has an effect without which it has not worked.
func (p Plan) Measurable() bool {
	for _, e := range p.Expect {
		if e.Needed {
			return true
		}
	}
	return false
}
