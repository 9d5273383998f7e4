package main

import (
	"time"

	"calm/ops/logs"
	"calm/ui/pane"
)

// logTail shows the log source's notable lines to the panes. Lines are made safe for the screen when
// they are asked for, so they are asked for at most once a second. It is for one goroutine.
type logTail struct {
	source *logs.Source
	at     time.Time
	lines  []pane.LogLine
	totals []total // one a second, over the last minute
}

// total is how many notable lines there had been at a time.
type total struct {
	at    time.Time
	count int
}

// Recent gives the notable lines, newest first.
func (l *logTail) Recent() []pane.LogLine {
	now := time.Now()
	if now.Sub(l.at) < time.Second {
		return l.lines
	}
	l.at = now
	found := l.source.Recent()
	l.lines = make([]pane.LogLine, len(found))
	sum := 0
	for i, x := range found {
		l.lines[i] = pane.LogLine{At: x.At, File: x.File, Text: x.Text, Count: x.Count}
		sum += x.Count
	}
	l.totals = append(l.totals, total{now, sum})
	for len(l.totals) > 1 && now.Sub(l.totals[0].at) > time.Minute {
		l.totals = l.totals[1:]
	}
	return l.lines
}

// Rate is notable lines a minute; negative while it was not watched long enough to say.
func (l *logTail) Rate() float64 {
	if len(l.totals) < 2 {
		return -1
	}
	first, last := l.totals[0], l.totals[len(l.totals)-1]
	span := last.at.Sub(first.at)
	if span < 10*time.Second {
		return -1
	}
	return max(0, float64(last.count-first.count)/span.Minutes())
}
