package incident

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// seconds turns a number of seconds from the journal into a duration. A number that no duration
// holds becomes zero: a journal must never be able to stop the console.
func seconds(s float64) time.Duration {
	const most = float64(1<<62) / float64(time.Second)
	if !(s > -most && s < most) {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}

// span writes a length of time as the runbook would: 45s, 30m, 1h 30m, 2d.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 0:
		return "-" + span(-d)
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return pair(d, time.Minute, "m", time.Second, "s")
	case d < 24*time.Hour:
		return pair(d, time.Hour, "h", time.Minute, "m")
	}
	return pair(d, 24*time.Hour, "d", time.Hour, "h")
}

func pair(d, big time.Duration, bigUnit string, small time.Duration, smallUnit string) string {
	text := fmt.Sprintf("%d%s", d/big, bigUnit)
	if rest := d % big / small; rest > 0 {
		text += fmt.Sprintf(" %02d%s", rest, smallUnit)
	}
	return text
}

// oneLine makes text from outside fit for one line of a terminal: white space becomes one blank,
// and what a terminal would obey or hide becomes visible.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
