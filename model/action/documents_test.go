package action

import (
	"strings"
	"testing"
	"time"

	"calm/model/signal"
)

// counts are what was found of two collections.
func counts(tickets, orders signal.Sample) Found {
	return Found{signal.Documents("shop.tickets"): tickets, signal.Documents("shop.orders"): orders}
}

func sample(n float64, note string) signal.Sample {
	s := signal.Sample{Value: n, At: time.Unix(100, 0), Note: note}
	if note == "as it was" {
		s.Text = note
	}
	return s
}

func TestJudgeOfARestore(t *testing.T) {
	none := signal.Sample{At: time.Unix(100, 0), Err: "mongod: no answer in time"}
	for name, test := range map[string]struct {
		ended Ended
		want  Verdict
		text  string
	}{
		"as in the dump":          {Ended{Outcome: "ok", Found: counts(sample(240, ""), sample(50, ""))}, Worked, "tickets 216 → 240 documents"},
		"the app writes":          {Ended{Outcome: "ok", Found: counts(sample(243, "3 more since"), sample(50, ""))}, Worked, "216 → 243"},
		"something deletes":       {Ended{Outcome: "ok", Found: counts(sample(200, "40 fewer since"), sample(50, ""))}, Unsure, "40 fewer since"},
		"nothing swapped":         {Ended{Outcome: "ok", Problem: "nothing was swapped", Found: counts(sample(216, "as it was"), sample(50, "as it was"))}, NoEffect, "nothing was swapped"},
		"as many, but the old":    {Ended{Outcome: "ok", Problem: "nothing was swapped", Found: counts(sample(240, "as it was"), sample(50, "as it was"))}, NoEffect, "nothing was swapped"},
		"half done":               {Ended{Outcome: "failed", Exit: 1, Problem: "half done: a, b", Found: counts(sample(240, ""), sample(50, "as it was"))}, Worse, "half done: a, b"},
		"failed before the swap":  {Ended{Outcome: "failed", Exit: 1, Output: "no room", Found: counts(sample(216, "as it was"), sample(50, "as it was"))}, NoEffect, "exit 1: no room"},
		"not counted":             {Ended{Outcome: "ok", Found: counts(none, none)}, Unsure, "no answer in time"},
		"nobody looked":           {Ended{Outcome: "ok"}, Unsure, "not counted"},
		"unknown, and it is done": {Ended{Outcome: "unknown", Found: counts(sample(240, ""), sample(50, ""))}, Worked, "216 → 240"},
		"unknown, and it is half": {Ended{Outcome: "unknown", Problem: "half done: a, b", Found: counts(sample(240, ""), sample(50, "as it was"))}, Worse, "half done"},
		"unknown, and it is not":  {Ended{Outcome: "unknown", Problem: "nothing was swapped", Found: counts(sample(216, "as it was"), sample(50, "as it was"))}, NoEffect, "nothing was swapped"},
		"stopped before the swap": {Ended{Outcome: "cancelled", Found: counts(sample(216, "as it was"), sample(50, "as it was"))}, Unsure, "stopped before its end"},
	} {
		p := Plan{Kind: Restore, Command: "Put tickets back"}
		p.Expect, p.Guards, p.Deadline = Expectations(Input{Plan: p, Counted: []Expectation{Counted("shop.tickets", 240, 216), Counted("shop.orders", 50, 40)}})
		at := time.Unix(99, 0)
		j := NewJudge(p, signal.Snapshot{}, at)
		j.Command(test.ended)
		_, verdict, text := j.Observe(signal.Snapshot{At: at.Add(time.Minute)})
		if verdict != test.want || !strings.Contains(text, test.text) {
			t.Errorf("%s: %s, %q", name, verdict, text)
		}
		for _, r := range j.rows() {
			if r.Label == "tickets" && r.Before != "216" {
				t.Errorf("%s: before %q", name, r.Before)
			}
		}
	}
}
