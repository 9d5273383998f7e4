package runbook

import "encoding/json"

// MarshalJSON writes the level of an outside party, which has none, as null.
func (e Escalation) MarshalJSON() ([]byte, error) {
	type bare Escalation
	return json.Marshal(struct {
		bare
		Level *int `json:"level"`
	}{bare(e), someLevel(e.Level)})
}

// MarshalJSON writes the level of a scenario that names none as null.
func (c CaseSeverity) MarshalJSON() ([]byte, error) {
	type bare CaseSeverity
	return json.Marshal(struct {
		bare
		Level *int `json:"level"`
	}{bare(c), someLevel(c.Level)})
}

func someLevel(level int) *int {
	if level == 0 {
		return nil
	}
	return &level
}
