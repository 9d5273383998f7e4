package signal

import (
	"testing"
	"time"
)

func TestAWantedRiseIsNoSign(t *testing.T) {
	begin := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	at := func(sec int) time.Time { return begin.Add(time.Duration(sec) * time.Second) }
	sample := func(sec int, v float64) Sample {
		return Sample{Name: AppRestarts, Value: v, At: at(sec), Source: "pm2"}
	}
	b := NewBook([]Spec{{Name: AppRestarts, Label: "app restarts", Unit: Count, Rise: true, Stale: time.Minute}})
	b.Add(sample(0, 4))
	b.Expect(AppRestarts, 1, at(1), at(30))
	b.Add(sample(2, 5), sample(4, 5))
	if got := b.Snapshot(at(4)).Reading(AppRestarts); got.Status != In {
		t.Errorf("after the restart that was asked for it is %v", got.Status)
	}
	b.Add(sample(6, 6))
	if got := b.Snapshot(at(6)).Reading(AppRestarts); got.Status != Out || got.Rose != 1 {
		t.Errorf("after one more it is %v, rose %v", got.Status, got.Rose)
	}
	b.Expect(AppRestarts, 1, at(7), at(8))
	b.Add(sample(20, 7))
	if got := b.Snapshot(at(20)).Reading(AppRestarts); got.Rose != 2 {
		t.Errorf("a rise after the time that was expected counts as %v", got.Rose)
	}
}
