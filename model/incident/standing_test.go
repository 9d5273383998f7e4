package incident

import (
	"slices"
	"testing"
)

// ran adds a run that has ended.
func (s *story) ran(op, step, risk, outcome string, undoable bool) *story {
	return s.add(Intent, IntentData{Op: op, Title: op, Risk: risk, Step: step, Undoable: undoable}).
		add(Finished, FinishedData{Op: op, Outcome: outcome})
}

func TestStanding(t *testing.T) {
	for _, test := range []struct {
		name  string
		story func(*story)
		want  []string
	}{
		{"nothing was done", func(*story) {}, nil},
		{"a check", func(s *story) { s.ran("a", "1", "reads", OutcomeOK, false) }, nil},
		{"a restart leaves nothing behind", func(s *story) { s.ran("a", "1", "changes", OutcomeOK, false) }, nil},
		{"a change", func(s *story) { s.ran("a", "1", "changes", OutcomeOK, true) }, []string{"a"}},
		{"a change whose command failed may have changed something", func(s *story) { s.ran("a", "1", "changes", OutcomeFailed, true) }, []string{"a"}},
		{"a change that runs", func(s *story) { s.add(Intent, IntentData{Op: "a", Risk: "changes", Undoable: true}) }, nil},
		{"what is not known", func(s *story) { s.ran("a", "1", "destroys", OutcomeUnknown, false) }, []string{"a"}},
		{"what a person found out about", func(s *story) {
			s.ran("a", "1", "destroys", OutcomeUnknown, false).add(Judged, JudgedData{Op: "a", Verdict: "worked"})
		}, nil},
		{"what a person left unknown", func(s *story) {
			s.ran("a", "1", "destroys", OutcomeUnknown, false).add(Judged, JudgedData{Op: "a", Verdict: "unknown"})
		}, []string{"a"}},
		{"taken back", func(s *story) {
			s.ran("a", "1", "changes", OutcomeOK, true).ran("b", "a", "changes", OutcomeOK, true)
		}, nil},
		{"an undo that failed", func(s *story) {
			s.ran("a", "1", "changes", OutcomeOK, true).ran("b", "a", "changes", OutcomeFailed, true)
		}, []string{"a"}},
		{"kept", func(s *story) {
			s.ran("a", "1", "changes", OutcomeOK, true).add(Kept, KeptData{Op: "a", Why: "it is the cure"})
		}, nil},
		{"two, one kept", func(s *story) {
			s.ran("a", "1", "changes", OutcomeOK, true).ran("b", "2", "changes", OutcomeOK, true).add(Kept, KeptData{Op: "a", Why: "it is the cure"})
		}, []string{"b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStory(t)
			test.story(s)
			var got []string
			for _, r := range s.fold().Standing() {
				got = append(got, r.Op)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("standing: %v, want %v", got, test.want)
			}
		})
	}
}

// What is kept names a run that was begun.
func TestKeptOfNothing(t *testing.T) {
	s := newStory(t).add(Kept, KeptData{Op: "nothing", Why: "so"})
	if _, err := Fold(s.events); err == nil {
		t.Error("it was kept, and never begun")
	}
}
