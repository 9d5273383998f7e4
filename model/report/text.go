package report

import (
	"strings"
	"time"
	"unicode"
)

// plain makes text from outside fit for one line: white space becomes one blank, and what a
// terminal would obey goes.
func plain(s string) string {
	return strings.Join(strings.Fields(visible(s)), " ")
}

// visible drops control characters and keeps line ends and tabs.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) || unicode.IsSpace(r) && r != '\r' {
			return r
		}
		return -1
	}, s)
}

// Text from people and programs must not become Markdown: a bar would open a cell, a backtick a
// code span, an angle bracket HTML.
var escapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", `*`, `\*`, `<`, `&lt;`, `](`, `]\(`, `~~`, `\~\~`)

func escaped(s string) string { return escapes.Replace(plain(s)) }

// cell is text that stays inside one cell of a table.
func cell(s string) string { return strings.ReplaceAll(escaped(s), "|", `\|`) }

// long writes a duration for prose: "59 minutes", "1 hour 23 minutes", "42 seconds".
func long(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	n := func(v int, unit string) string {
		s := itoa(v) + " " + unit
		if v != 1 {
			s += "s"
		}
		return s
	}
	m := int(d / time.Minute)
	switch {
	case m < 2:
		return n(int(d/time.Second), "second")
	case m < 60:
		return n(m, "minute")
	case m < 24*60 && m%60 == 0:
		return n(m/60, "hour")
	case m < 24*60:
		return n(m/60, "hour") + " " + n(m%60, "minute")
	case m/60%24 == 0:
		return n(m/(24*60), "day")
	}
	return n(m/(24*60), "day") + " " + n(m/60%24, "hour")
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// fenceOf is the run of marks that opens or closes a code fence on a line, "" for another line.
func fenceOf(line string) string {
	t := strings.TrimLeft(line, " ")
	if len(line)-len(t) > 3 {
		return ""
	}
	for _, c := range []string{"`", "~"} {
		n := len(t) - len(strings.TrimLeft(t, c))
		if n >= 3 && (c == "~" || !strings.Contains(t[n:], "`")) {
			return t[:n]
		}
	}
	return ""
}

// closes says whether a line ends a fence that opened with the given marks.
func closes(line, open string) bool {
	f := fenceOf(line)
	return f != "" && f[0] == open[0] && len(f) >= len(open) && strings.TrimSpace(line) == f
}

// longer is a fence that no line of the text can close.
func longer(open, text string) string {
	most := len(open)
	for line := range strings.SplitSeq(text, "\n") {
		if f := fenceOf(line); f != "" && f[0] == open[0] && len(f) >= most {
			most = len(f) + 1
		}
	}
	return strings.Repeat(open[:1], most)
}
