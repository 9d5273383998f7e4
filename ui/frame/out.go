package frame

import (
	"slices"
	"strconv"
	"time"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// outReadings are the readings beyond a limit, worst first; quiet ones too, because what is out is
// never hidden.
func outReadings(s pane.State) []signal.Reading { return withStatus(s, signal.Out) }

func unknownReadings(s pane.State) []signal.Reading { return withStatus(s, signal.Unknown) }

func withStatus(s pane.State, status signal.Status) []signal.Reading {
	var out []signal.Reading
	for _, n := range s.Snapshot.Order {
		r := s.Snapshot.Readings[n]
		if r.Status == status && (!r.Spec.Quiet || status == signal.Out) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b signal.Reading) int { return rank(a) - rank(b) })
	return out
}

// rank orders by harm: severity first, then limits without one.
func rank(r signal.Reading) int {
	if r.Level() == 0 {
		return 9
	}
	return r.Level()
}

// shown counts the readings that have a row of their own.
func shown(s pane.State) (n, known int, oldest time.Duration) {
	for _, name := range s.Snapshot.Order {
		r := s.Snapshot.Readings[name]
		if r.Spec.Quiet || r.Status == signal.Absent {
			continue
		}
		n++
		if r.Status != signal.Unknown {
			known++
			oldest = max(oldest, r.Age)
		}
	}
	return n, known, oldest
}

func allUnknown(s pane.State) bool {
	_, known, _ := shown(s)
	return known == 0
}

// item is one entry of the out row.
type item struct {
	mark, text string
	style      theme.Style
}

// out lists what is out of bounds and what is unknown.
func out(s pane.State, w int) *row.Row {
	r := label(s, "out")
	items := outItems(s)
	if len(items) == 0 {
		return outNone(s, r, w)
	}
	since(s, w, r)
	room := w - 1 - gutter - tailWidth(s, w) - 1
	shownItems, rest := fittingItems(items, room, w)
	for i, it := range shownItems {
		if i > 0 {
			r.Gap(2)
		}
		r.Add(it.style, it.mark).Gap(1).Flex(s.Theme.Text, it.text)
	}
	if rest > 0 {
		r.Gap(2).Add(s.Theme.Bold, "+"+strconv.Itoa(rest))
	}
	return r
}

func outItems(s pane.State) []item {
	var items []item
	for _, r := range outReadings(s) {
		items = append(items, item{"▲", shortLabel(r) + outValue(r), s.Theme.Level(r.Level())})
	}
	unknown := unknownReadings(s)
	if len(unknown) > 2 {
		return append(items, item{"?", strconv.Itoa(len(unknown)) + " unknown", s.Theme.Unknown})
	}
	for _, r := range unknown {
		items = append(items, item{"?", shortLabel(r), s.Theme.Unknown})
	}
	return items
}

// outValue is the value beside the label; a state that only fails needs no word but its name.
func outValue(r signal.Reading) string {
	if r.Spec.Unit == signal.State {
		if r.Sample.Text == "error" || r.Sample.Text == "no" || r.Sample.Text == "down" {
			return ""
		}
	}
	return " " + r.Text()
}

var shorter = map[signal.Name]string{
	signal.LatencyP95: "p95", signal.LatencyP50: "p50", signal.LatencyP99: "p99", signal.DBPool: "pool",
	signal.AppRestarts: "restarts", signal.AppMemory: "memory", signal.DBPing: "mongod", signal.Widget: "widget",
	signal.AppStatus: "app",
}

// shortLabel is a label for a row that holds many.
func shortLabel(r signal.Reading) string {
	if s, ok := shorter[r.Spec.Name]; ok {
		return s
	}
	return r.Spec.Label
}

// fittingItems gives as many entries as fit; at less than 76 columns two, and the number of others.
func fittingItems(items []item, room, w int) ([]item, int) {
	most := len(items)
	if w < narrow {
		most = min(most, 2)
	}
	used, n := 0, 0
	for n < most {
		need := theme.Width(items[n].text) + 2
		if n > 0 {
			need += 2
		}
		if used+need > room-rest(len(items)-n-1) && n > 0 {
			break
		}
		used += need
		n++
	}
	return items[:n], len(items) - n
}

// rest is the room that the number of others takes.
func rest(n int) int {
	if n == 0 {
		return 0
	}
	return 4 + len(strconv.Itoa(n)) - 1
}

func outNone(s pane.State, r *row.Row, w int) *row.Row {
	st := &s.Theme
	n, known, oldest := shown(s)
	if s.Declared() {
		since(s, w, r)
		return r.Add(st.OK, "✓ none out now").Flex(st.Text, " · "+strconv.Itoa(known)+" in bounds")
	}
	r.Add(st.Muted, "none").Flex(st.Text, " · "+strconv.Itoa(known)+" of "+strconv.Itoa(n)+" signals read")
	if known > 0 && w >= narrow {
		r.Flex(st.Text, ", oldest "+signal.Span(oldest)+" ago")
	}
	return r
}

// onset is when it began: as it was declared, else as the readings say now.
func onset(s pane.State) (at time.Time, margin time.Duration, ok bool) {
	if s.Declared() && !s.Incident.Onset.IsZero() {
		return s.Incident.Onset, s.Incident.Margin, true
	}
	return s.Snapshot.Onset()
}

// since puts how long it has lasted at the right end.
func since(s pane.State, w int, r *row.Row) {
	at, margin, ok := onset(s)
	if !ok {
		return
	}
	st := &s.Theme
	lasts := s.Now.Sub(at)
	if w < wide {
		r.Tail(st.Bold, sinceText(s, lasts))
		return
	}
	r.Tail(st.Muted, "since ").Tail(st.Text, at.UTC().Format("15:04:05"))
	if margin >= time.Second {
		r.Tail(st.Text, " ±"+signal.Span(margin))
	}
	r.Tail(st.Text, ", ").Tail(st.Bold, signal.Span(lasts))
}

// sinceText is the time without seconds once an incident is declared: minutes are what counts.
func sinceText(s pane.State, d time.Duration) string {
	if !s.Declared() {
		return signal.Span(d)
	}
	return minutesOrSpan(d)
}

// minutesOrSpan is a time in whole minutes once there are any.
func minutesOrSpan(d time.Duration) string {
	if d < time.Minute || d >= time.Hour {
		return signal.Span(d)
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}

func tailWidth(s pane.State, w int) int {
	r := row.New()
	since(s, w, r)
	return r.TailLen()
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return ", by " + who
}

func ago(s pane.State, at time.Time) string {
	d := s.Now.Sub(at)
	return minutesOrSpan(d) + " ago"
}

// clockTime is a time of day, with the date when it was not today.
func clockTime(s pane.State, at time.Time) string {
	if s.Now.Sub(at) > 20*time.Hour {
		return at.UTC().Format("2 Jan 15:04")
	}
	return at.UTC().Format("15:04:05")
}

// firstClock is the clock that runs out next.
func firstClock(s pane.State) (incident.Clock, bool) {
	for _, c := range s.Clocks {
		if !c.Done {
			return c, true
		}
	}
	return incident.Clock{}, false
}
