package action

import (
	"testing"
	"time"

	"calm/model/signal"
)

func TestARatioThatWasRisingRisesOnByItself(t *testing.T) {
	ended := time.Date(2026, 11, 23, 3, 30, 0, 0, time.UTC)
	reading := func(v float64, direction int, at time.Time) signal.Reading {
		x := signal.Sample{Name: signal.ErrorRatio, Value: v, At: at, Source: "nginx log"}
		return signal.Reading{Spec: signal.Default(signal.ErrorRatio), Sample: x, Good: x, Status: signal.Out, Direction: direction}
	}
	for _, c := range []struct {
		direction int
		after     time.Duration
		worse     bool
	}{{0, 20 * time.Second, true}, {1, 20 * time.Second, false}, {1, 70 * time.Second, true}} {
		g := newGuard(signal.ErrorRatio, reading(0.4, c.direction, ended.Add(-time.Second)), 0)
		at := ended.Add(c.after)
		g.see(signal.Snapshot{At: at, Order: []signal.Name{signal.ErrorRatio}, Readings: map[signal.Name]signal.Reading{signal.ErrorRatio: reading(0.8, 1, at)}}, ended)
		if g.broken != c.worse {
			t.Errorf("direction %d, %s after the end: worse is %v, want %v (%s)", c.direction, c.after, g.broken, c.worse, g.why)
		}
	}
}
