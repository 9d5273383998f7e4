package reading

import (
	"testing"
	"time"

	"calm/model/signal"
	"calm/ops"
)

func TestBatch(t *testing.T) {
	at := time.Unix(1000, 0)
	b := New("pm2", at)
	b.Value(signal.AppRestarts, 3)
	b.State(signal.AppStatus, "online", "2 of 2")
	samples, err := b.Fail(ops.Errorf(ops.Unreachable, "pm2", "no daemon"), signal.AppCPU)
	if err == nil || len(samples) != 3 {
		t.Fatalf("%v, %v", samples, err)
	}
	for _, s := range samples {
		if !s.At.Equal(at) || s.Source != "pm2" {
			t.Errorf("%s: at %v by %q", s.Name, s.At, s.Source)
		}
	}
	if samples[2].Known() || samples[2].Err != "pm2: no daemon" {
		t.Errorf("failed sample: %+v", samples[2])
	}
	if !samples[0].Known() || !samples[1].Known() {
		t.Error("good samples are not known")
	}
}
