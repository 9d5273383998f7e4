package signal

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Format writes a reading as it is shown: "31 %", "6.4 s", "412 MB", "10 of 10", "21 /s", "ok".
// A sample that says nothing is "unknown", never a number.
func (s Spec) Format(x Sample) string {
	if !x.Known() {
		return "unknown"
	}
	if s.Unit == State {
		return x.Text
	}
	if s.Unit == Count && x.Of > 0 {
		return FormatValue(Count, x.Value) + " of " + FormatValue(Count, x.Of)
	}
	return FormatValue(s.Unit, x.Value)
}

// FormatValue writes a number in its unit, with as many digits as a person can use at a glance.
func FormatValue(u Unit, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "unknown"
	}
	switch u {
	case Ratio:
		return percent(v)
	case Seconds:
		return seconds(v)
	case Bytes:
		return bytes(v)
	case PerSecond:
		return short(v) + " /s"
	case PerMinute:
		return short(v) + " /min"
	}
	if v == math.Trunc(v) {
		return thousands(v)
	}
	return short(v)
}

// percent keeps one digit below 10 %, and never rounds a small failure away to nothing.
func percent(ratio float64) string {
	p := ratio * 100
	if p > 0 && p < 0.05 {
		return "< 0.1 %"
	}
	return short(p) + " %"
}

func seconds(v float64) string {
	a := math.Abs(v)
	switch {
	case a == 0:
		return "0 s"
	case a < 0.0005:
		return "< 1 ms"
	case a < 0.0995:
		return strconv.FormatFloat(v*1000, 'f', 0, 64) + " ms"
	case a < 0.995:
		return trimZeros(strconv.FormatFloat(v, 'f', 2, 64)) + " s"
	case a < 119.5:
		return short(v) + " s"
	}
	return Span(time.Duration(v * float64(time.Second)))
}

// bytes counts in powers of 1024, as pm2, node and top do.
func bytes(v float64) string {
	const k = 1024
	a := math.Abs(v)
	switch {
	case a < k:
		return strconv.FormatFloat(v, 'f', 0, 64) + " B"
	case a < 999.5*k:
		return strconv.FormatFloat(v/k, 'f', 0, 64) + " kB"
	case a < 999.5*k*k:
		return strconv.FormatFloat(v/(k*k), 'f', 0, 64) + " MB"
	case a < 999.5*k*k*k:
		return short(v/(k*k*k)) + " GB"
	}
	return short(v/(k*k*k*k)) + " TB"
}

// short writes one digit after the point below 10, none above.
func short(v float64) string {
	if math.Abs(v) < 9.95 {
		return trimZeros(strconv.FormatFloat(v, 'f', 1, 64))
	}
	return thousands(math.Round(v))
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func thousands(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if v < 0 {
		return "-" + s
	}
	return s
}

// Span writes how long something lasts: "18 s", "3m 02s", "1h 02m", "2d 03h".
func Span(d time.Duration) string {
	if d < 0 {
		return "-" + Span(-d)
	}
	s := int(d / time.Second)
	switch {
	case s < 60:
		return strconv.Itoa(s) + " s"
	case s < 3600:
		return strconv.Itoa(s/60) + "m " + two(s%60) + "s"
	case s < 24*3600:
		return strconv.Itoa(s/3600) + "h " + two(s/60%60) + "m"
	}
	return strconv.Itoa(s/86400) + "d " + two(s/3600%24) + "h"
}

// Rough writes an age in one unit, rounded down: "18 s", "6 min", "1 h", "9 days".
func Rough(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " days"
}

// Clock writes a countdown without its sign: "11:14", "3:41:14".
func Clock(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	s := int(d / time.Second)
	if s < 3600 {
		return strconv.Itoa(s/60) + ":" + two(s%60)
	}
	return strconv.Itoa(s/3600) + ":" + two(s/60%60) + ":" + two(s%60)
}

// Short writes a duration that somebody set, in its largest whole unit: "15m", "4h", "24h", "1w".
// A day is written in hours, as runbooks do; only whole weeks are weeks.
func Short(d time.Duration) string {
	const week = 7 * 24 * time.Hour
	switch {
	case d < 0:
		return "-" + Short(-d)
	case d >= week && d%week == 0:
		return strconv.Itoa(int(d/week)) + "w"
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return strconv.Itoa(int(d/time.Second)) + "s"
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
