package frame

import (
	"strconv"
	"strings"
	"time"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// Shares of a clock's time below which it draws attention.
const (
	warnBelow = 0.40
	badBelow  = 0.10
)

// clock shows the running clocks, the one that runs out next first.
func clock(s pane.State, w int) *row.Row {
	r := label(s, "clock")
	if !s.Declared() {
		return clockBefore(s, r, w)
	}
	running, done := split(s.Clocks)
	r.Tail(s.Theme.Text, open(s))
	if w < narrow {
		r = label(s, "clock")
	}
	room := w - 1 - gutter - r.TailLen() - 1
	shownClocks, more := fittingClocks(running, room, w)
	for i, c := range shownClocks {
		if i > 0 {
			r.Gap(3)
		}
		runningClock(s, c, i == 0, w, r)
	}
	if len(running) == 0 {
		r.Add(s.Theme.Muted, "none running")
	}
	if more > 0 {
		return r.Gap(3).Add(s.Theme.Muted, "+"+strconv.Itoa(more))
	}
	return doneClocks(s, done, w, r)
}

func clockBefore(s pane.State, r *row.Row, w int) *row.Row {
	st := &s.Theme
	c, ok := firstClock(s)
	if !ok || suggested(s) == 0 {
		return r.Add(st.Muted, "none running")
	}
	r.Add(st.Muted, "none until declared · ")
	if w < narrow {
		return r.Add(st.Bold, clockText(c, true))
	}
	r.Flex(st.Text, c.Why+": ")
	if c.Overdue {
		return r.Add(st.Critical, " overdue "+signal.Clock(c.Left)+" ")
	}
	r.Add(clockStyle(st, c), signal.Clock(c.Left)+" left")
	if w >= wide {
		r.Flex(st.Muted, "  counted from the onset")
	}
	return r
}

func split(clocks []incident.Clock) (running, done []incident.Clock) {
	for _, c := range clocks {
		if c.Done {
			done = append(done, c)
		} else {
			running = append(running, c)
		}
	}
	return running, done
}

// fittingClocks gives the clocks that there is room for, and how many are left.
func fittingClocks(all []incident.Clock, room, w int) ([]incident.Clock, int) {
	used := 0
	for i, c := range all {
		need := theme.Width(clockText(c, w < narrow))
		if i > 0 {
			need += 3
		} else {
			need += 2
		}
		if c.Overdue {
			need += 2
		}
		if used+need > room && i > 0 {
			// The number of others needs room too.
			if used+3+2 > room && i > 1 {
				i--
			}
			return all[:i], len(all) - i
		}
		used += need
	}
	return all, 0
}

// runningClock draws one clock by how much of it is left; an overdue one is reversed.
func runningClock(s pane.State, c incident.Clock, first bool, w int, r *row.Row) {
	st := &s.Theme
	text := clockText(c, w < narrow)
	mark := ""
	if first {
		mark = "▸ "
	}
	switch {
	case c.Overdue:
		r.Add(st.Critical, " "+mark+text+" ")
	case first:
		r.Add(clockStyle(st, c), mark+text)
	default:
		r.Add(laterStyle(st, c), text)
	}
}

func clockText(c incident.Clock, short bool) string {
	label := c.Label
	if short {
		label = strings.TrimPrefix(label, "escalate to ")
	}
	if c.Overdue {
		return label + " overdue " + signal.Clock(c.Left)
	}
	if short && label != c.Label {
		return label + " in " + signal.Clock(c.Left)
	}
	return label + " " + signal.Clock(c.Left)
}

// clockStyle is how pressing a clock is. The first one is always bold.
func clockStyle(st *theme.Styles, c incident.Clock) theme.Style {
	switch part := share(c); {
	case part < badBelow:
		return st.BadBold
	case part < warnBelow:
		return st.WarnBold
	}
	return st.Bold
}

func laterStyle(st *theme.Styles, c incident.Clock) theme.Style {
	switch part := share(c); {
	case part < badBelow:
		return st.Bad
	case part < warnBelow:
		return st.Warn
	}
	return st.Text
}

// share is the part of a clock's time that is left.
func share(c incident.Clock) float64 {
	if c.Total <= 0 {
		return 1
	}
	return float64(c.Left) / float64(c.Total)
}

// doneClocks shows what was done in time, as far as there is room.
func doneClocks(s pane.State, done []incident.Clock, w int, r *row.Row) *row.Row {
	if w < narrow {
		return r
	}
	room := w - 1 - r.TailLen() - 1
	for i, c := range done {
		text, gap := c.Label+" ✓", "   "
		if w >= wide && !c.DoneAt.IsZero() {
			text += " " + c.DoneAt.UTC().Format("15:04")
		}
		if i > 0 {
			gap = " · "
		}
		if r.Len()+theme.Width(gap+text) > room {
			return r
		}
		r.Add(s.Theme.Muted, gap+text)
	}
	return r
}

// open is how long the incident has been open.
func open(s pane.State) string {
	if !s.Incident.ResolvedAt.IsZero() {
		return "was open " + minutes(s.Incident.ResolvedAt.Sub(s.Incident.DeclaredAt))
	}
	return "open " + signal.Clock(s.Now.Sub(s.Incident.DeclaredAt))
}

func minutes(d time.Duration) string {
	if d < time.Hour {
		return strconv.Itoa(int(d/time.Minute)) + "m"
	}
	return signal.Span(d)
}
