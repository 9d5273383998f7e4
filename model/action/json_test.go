package action

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A plan is hashed as JSON, journaled as JSON, and checked again by the supervisor: it must come
// back as the plan that it was.
func TestPlanComesBackFromJSONWithItsHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.Int64Range(0, int64(24*time.Hour))
		p := Plan{
			Op: "01", Title: rapid.String().Draw(t, "title"), Command: "pm2 restart glowglitch-app",
			Deadline: time.Duration(span.Draw(t, "deadline")), Timeout: time.Duration(span.Draw(t, "timeout")),
			Expect: []Expectation{{Text: "online 10 s", Hold: time.Duration(span.Draw(t, "hold")), Needed: true}},
		}
		p.Seal()
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Plan
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if !back.Matches(p.Hash) || back.Deadline != p.Deadline || back.Timeout != p.Timeout || back.Expect[0].Hold != p.Expect[0].Hold {
			t.Fatalf("wrote %+v\nread %+v", p, back)
		}
	})
}

func TestPlanInJSONHasSecondsAndNoNullLists(t *testing.T) {
	raw, err := json.Marshal(Plan{Deadline: 90 * time.Second, Timeout: 1500 * time.Millisecond, Expect: []Expectation{{Hold: 10 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"deadline_seconds":90`, `"timeout_seconds":1.5`, `"hold_seconds":10`, `"changes":[]`, `"guards":[]`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
}
