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
