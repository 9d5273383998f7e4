package action

import (
	"encoding/json"
	"math"
	"time"
)

// Journals and `calm run --json` hold plans, where durations are in seconds and only what is not
// known is null. What is read back is the same plan, with the same hash.

// MarshalJSON writes durations in seconds and lists that are empty as such.
func (p Plan) MarshalJSON() ([]byte, error) {
	type bare Plan
	p.Changes, p.Carries, p.Programs, p.EnvNames = list(p.Changes), list(p.Carries), list(p.Programs), list(p.EnvNames)
	p.Touches, p.Expect, p.Guards, p.Notes = list(p.Touches), list(p.Expect), list(p.Guards), list(p.Notes)
	return json.Marshal(struct {
		bare
		Deadline float64 `json:"deadline_seconds"`
		Timeout  float64 `json:"timeout_seconds"`
	}{bare(p), p.Deadline.Seconds(), p.Timeout.Seconds()})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Plan) UnmarshalJSON(b []byte) error {
	type bare Plan
	in := struct {
		*bare
		Deadline float64 `json:"deadline_seconds"`
		Timeout  float64 `json:"timeout_seconds"`
	}{bare: (*bare)(p)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	p.Deadline, p.Timeout = duration(in.Deadline), duration(in.Timeout)
	return nil
}

// MarshalJSON writes the hold in seconds.
func (e Expectation) MarshalJSON() ([]byte, error) {
	type bare Expectation
	return json.Marshal(struct {
		bare
		Hold float64 `json:"hold_seconds,omitempty"`
	}{bare(e), e.Hold.Seconds()})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Expectation) UnmarshalJSON(b []byte) error {
	type bare Expectation
	in := struct {
		*bare
		Hold float64 `json:"hold_seconds,omitempty"`
	}{bare: (*bare)(e)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	e.Hold = duration(in.Hold)
	return nil
}

// duration rounds to the nanosecond that was written, so that a plan keeps its hash.
func duration(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
