package incident

import "time"

// Reached is a milestone with its time.
type Reached struct {
	Name string
	At   time.Time
}

// Milestones are those that the incident has reached, in the order of an incident's life.
func (i Incident) Milestones() []Reached {
	all := []Reached{
		{"started", i.Onset}, {"declared", i.DeclaredAt}, {"acknowledged", i.AckedAt},
		{"mitigated", i.MitigatedAt}, {"resolved", i.ResolvedAt}, {"closed", i.ClosedAt},
	}
	var out []Reached
	for _, m := range all {
		if !m.At.IsZero() {
			out = append(out, m)
		}
	}
	return out
}
