package signal

import (
	"math"
	"testing"
	"time"
)

func TestFormatValue(t *testing.T) {
	tests := []struct {
		unit Unit
		v    float64
		want string
	}{
		{Ratio, 0.31, "31 %"}, {Ratio, 0.004, "0.4 %"}, {Ratio, 0.012, "1.2 %"}, {Ratio, 0, "0 %"},
		{Ratio, 1, "100 %"}, {Ratio, 0.0001, "< 0.1 %"}, {Ratio, 0.0999, "10 %"}, {Ratio, 0.02, "2 %"},
		{Seconds, 6.4, "6.4 s"}, {Seconds, 0.18, "0.18 s"}, {Seconds, 0.003, "3 ms"}, {Seconds, 2, "2 s"},
		{Seconds, 10, "10 s"}, {Seconds, 0.5, "0.5 s"}, {Seconds, 0, "0 s"}, {Seconds, 0.0001, "< 1 ms"},
		{Seconds, 300, "5m 00s"}, {Seconds, 0.0999, "0.1 s"},
		{Bytes, 412 << 20, "412 MB"}, {Bytes, 4 << 30, "4 GB"}, {Bytes, 41 << 30, "41 GB"}, {Bytes, 1.5 * (1 << 30), "1.5 GB"},
		{Bytes, 512, "512 B"}, {Bytes, 640 << 10, "640 kB"},
		{PerSecond, 21, "21 /s"}, {PerSecond, 0.44, "0.4 /s"}, {PerMinute, 0, "0 /min"}, {PerMinute, 1240, "1,240 /min"},
		{Count, 0, "0"}, {Count, 18204, "18,204"}, {Count, 999, "999"},
		{Count, math.NaN(), "unknown"}, {Ratio, math.Inf(1), "unknown"},
	}
	for _, tt := range tests {
		if got := FormatValue(tt.unit, tt.v); got != tt.want {
			t.Errorf("FormatValue(%s, %v) = %q, want %q", tt.unit, tt.v, got, tt.want)
		}
	}
}

func TestFormatSample(t *testing.T) {
	at := time.Unix(1, 0)
	pool := Spec{Name: DBPool, Unit: Count}
	if got := pool.Format(Sample{Value: 10, Of: 10, At: at}); got != "10 of 10" {
		t.Errorf("pool = %q", got)
	}
	if got := (Spec{Unit: Bytes}).Format(Sample{Value: 412 << 20, Of: 600 << 20, At: at}); got != "412 MB" {
		t.Errorf("memory = %q", got)
	}
	if got := (Spec{Unit: State}).Format(Sample{Text: "ok", At: at}); got != "ok" {
		t.Errorf("state = %q", got)
	}
	if got := pool.Format(Sample{At: at, Err: "refused"}); got != "unknown" {
		t.Errorf("failed = %q", got)
	}
	if got := pool.Format(Sample{Value: 3}); got != "unknown" {
		t.Errorf("without a time = %q", got)
	}
}

func TestDurations(t *testing.T) {
	tests := []struct {
		d                  time.Duration
		span, clock, short string
	}{
		{18 * time.Second, "18 s", "0:18", "18s"},
		{3*time.Minute + 2*time.Second, "3m 02s", "3:02", "182s"},
		{24*time.Minute + 38*time.Second, "24m 38s", "24:38", "1478s"},
		{62 * time.Minute, "1h 02m", "1:02:00", "62m"},
		{30 * time.Minute, "30m 00s", "30:00", "30m"},
		{24 * time.Hour, "1d 00h", "24:00:00", "24h"},
		{7 * 24 * time.Hour, "7d 00h", "168:00:00", "1w"},
		{11*time.Minute + 14*time.Second + 999*time.Millisecond, "11m 14s", "11:14", "674s"},
		{-2 * time.Minute, "-2m 00s", "2:00", "-2m"},
		{0, "0 s", "0:00", "0s"},
	}
	for _, tt := range tests {
		if got := Span(tt.d); got != tt.span {
			t.Errorf("Span(%v) = %q, want %q", tt.d, got, tt.span)
		}
		if got := Clock(tt.d); got != tt.clock {
			t.Errorf("Clock(%v) = %q, want %q", tt.d, got, tt.clock)
		}
		if got := Short(tt.d); got != tt.short {
			t.Errorf("Short(%v) = %q, want %q", tt.d, got, tt.short)
		}
	}
}
