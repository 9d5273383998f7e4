package action

import (
	"encoding/json"
	"slices"

	"calm/model/incident"
)

// Recorded is the plan of an action as it was shown and journaled.
func Recorded(i incident.Incident, op string) (Plan, bool) {
	for _, e := range slices.Backward(i.Events) {
		if e.Type != incident.Proposed {
			continue
		}
		var data incident.ProposedData
		var p Plan
		if e.Decode(&data) == nil && data.Op == op && json.Unmarshal(data.Plan, &p) == nil {
			return p, true
		}
	}
	return Plan{}, false
}
