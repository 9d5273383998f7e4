package signal

import (
	"testing"
	"time"
)

// TestRespec: another table takes the readings over, and since when its limits are broken from them.
func TestRespec(t *testing.T) {
	spec := func(limit float64) Spec {
		return Spec{Name: ErrorRatio, Label: "error ratio", Unit: Ratio, Stale: time.Minute, Limits: []Limit{{Level: 1, At: limit}}}
	}
	begin := time.Unix(1_800_000_000, 0)
	b := NewBook([]Spec{spec(.5), {Name: Traffic, Limits: []Limit{{Level: 2, At: .5}}}})
	for i := range 10 {
		b.Add(Sample{Name: ErrorRatio, Value: .05 * float64(i), At: begin.Add(time.Duration(i) * time.Second), Source: "log"})
		b.Add(Sample{Name: Traffic, Value: 9, At: begin.Add(time.Duration(i) * time.Second), Source: "log"})
	}
	now := begin.Add(10 * time.Second)
	if r := b.Snapshot(now).Reading(ErrorRatio); r.Status != In {
		t.Fatalf("below its limit it is %s", r.Status)
	}
	b.Respec([]Spec{{Name: Widget}, spec(.1)})
	snap := b.Snapshot(now)
	r := snap.Reading(ErrorRatio)
	if r.Status != Out || r.Since.Before(begin.Add(time.Second)) || r.Since.After(begin.Add(3*time.Second)) {
		t.Errorf("above its new limit since %s it is %s", r.Since.Sub(begin), r.Status)
	}
	if len(b.Series(ErrorRatio)) != 10 {
		t.Errorf("%d readings are left", len(b.Series(ErrorRatio)))
	}
	if r := snap.Reading(Traffic); r.Status != In {
		t.Errorf("without a limit it is %s", r.Status)
	}
	if snap.Order[0] != Widget || len(snap.Order) != 3 {
		t.Errorf("the order is %v", snap.Order)
	}
}
