package severity

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// wide is the width from which every level is shown with what it asks for.
const wide = 76

// drawer draws the pane at one width.
type drawer struct {
	p       *Pane
	s       pane.State
	st      *theme.Styles
	w       int
	focused bool
	reasons map[string]severity.Reason
	missing map[string]severity.Missing
	line    int // of the selected criterion

	counting bool // only how many lines there are is asked for
}

func newDrawer(p *Pane, s pane.State, w int, focused bool) *drawer {
	d := &drawer{p: p, s: s, st: &s.Theme, w: w, focused: focused, reasons: map[string]severity.Reason{}, missing: map[string]severity.Missing{}}
	for _, r := range s.Severity.Reasons {
		d.reasons[r.ID] = r
	}
	for _, m := range s.Severity.Unknown {
		d.missing[m.ID] = m
	}
	return d
}

// full is every level with its criteria; tapes under the measured ones where there is room.
func (d *drawer) full(tapes bool) row.Block {
	var b row.Block
	for _, sev := range d.s.Runbook.Severities {
		b.Put(d.level(sev))
		for _, c := range sev.Criteria {
			if d.focused && c.ID == d.p.at {
				d.line = len(b)
			}
			b.Put(d.criterion(c, ""))
			if tapes {
				d.tape(&b, c)
			}
		}
	}
	return b
}

// level is the head of a severity: its names, and what it asks of the team.
func (d *drawer) level(sev runbook.Severity) *row.Row {
	st := d.st
	style := st.Bold
	if d.s.Declared() && sev.Level == d.s.Incident.Level {
		style = st.LevelBold(sev.Level)
	}
	r := row.New().Gap(2).Add(style, sev.Name())
	if n := len(sev.Names); n > 1 && !strings.HasPrefix(sev.Names[n-1], "P") {
		r.Gap(2).Add(style, sev.Names[n-1])
	}
	if d.s.Declared() && sev.Level == d.s.Incident.Level {
		r.Gap(2).Add(st.Text, "declared")
	} else if sev.Impact != "" {
		r.Gap(2).Flex(st.Muted, lowerFirst(sev.Impact))
	}
	if text := duties(sev); text != "" {
		r.Tail(st.Muted, text)
	}
	return r
}

func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[n:]
}

// duties are the times that a severity sets: "respond 15m · update 30m · resolve 1h".
func duties(sev runbook.Severity) string {
	var parts []string
	add := func(word string, seconds *float64, note string) {
		if d, ok := runbook.Seconds(seconds); ok {
			word += " " + signal.Short(d)
		} else if note == "" {
			return
		}
		if note != "" {
			word += " " + note
		}
		parts = append(parts, word)
	}
	add("respond", sev.Response, sev.ResponseNote)
	add("update", sev.Update, "")
	add("resolve", sev.Resolution, "")
	return strings.Join(parts, " · ")
}

// criterion is one line: a bracket, the runbook's words, what is known.
func (d *drawer) criterion(c runbook.Criterion, level string) *row.Row {
	st := d.st
	r := row.New()
	text := st.Text
	if d.focused && c.ID == d.p.at {
		r.Gap(1).Add(st.Accent, "▸").Gap(1)
		text = st.Current
	} else {
		r.Gap(3)
	}
	mark, style := d.bracket(c)
	r.Add(style, mark).Gap(1)
	if level != "" {
		r.Add(text, level).Gap(2)
	}
	r.Flex(text, c.Text)
	d.known(c, r)
	return r
}

func (d *drawer) bracket(c runbook.Criterion) (string, theme.Style) {
	st := d.st
	_, holds := d.reasons[c.ID]
	if c.Kind == runbook.Asked {
		switch d.s.Incident.Answers[c.ID] {
		case "yes":
			return "[y]", st.Bad
		case "no":
			return "[n]", st.Text
		case "unknown":
			return "[?]", st.Unknown
		}
		return "[ ]", st.Text
	}
	if holds {
		return "(●)", st.Bad
	}
	if _, unknown := d.missing[c.ID]; unknown {
		return "(?)", st.Unknown
	}
	return "( )", st.Text
}

// known is what stands at the right of a criterion.
func (d *drawer) known(c runbook.Criterion, r *row.Row) {
	st := d.st
	reason, holds := d.reasons[c.ID]
	missing, unknown := d.missing[c.ID]
	switch {
	case d.p.asking == c.ID && d.focused:
		r.Tail(st.Accent, "y").Tail(st.Text, " yes  ").Tail(st.Accent, "n").Tail(st.Text, " no  ").Tail(st.Accent, "u").Tail(st.Text, " not known")
	case c.Kind == runbook.Asked && d.s.Incident.Answers[c.ID] != "":
		r.Tail(st.Muted, d.whoAnswered(c.ID))
	case c.Kind == runbook.Asked:
		r.Tail(st.Accent, "a").Tail(st.Muted, " answer")
	case holds:
		r.Tail(st.Text, d.value(c)).TailNum(st.Muted, d.lasts(reason), 9)
	case unknown:
		r.Tail(st.Unknown, row.Cut(st.Unknown.Clean(missing.Why), max(12, d.w/2), st.ASCII))
	default:
		r.Tail(st.Text, d.value(c)).Tail(st.Muted, d.beside(c))
	}
}

func (d *drawer) value(c runbook.Criterion) string {
	if c.Predicate == nil {
		return ""
	}
	return d.s.Snapshot.Reading(c.Signal).Text()
}

// beside says where a value lies that is not in the range: worse than it, or not there yet.
func (d *drawer) beside(c runbook.Criterion) string {
	if c.Predicate == nil || c.Max == nil {
		return ""
	}
	if r := d.s.Snapshot.Reading(c.Signal); r.Status != signal.Unknown && r.Sample.Value > *c.Max {
		return ", above it"
	}
	return ""
}

func (d *drawer) lasts(r severity.Reason) string {
	if r.Since == nil || r.Since.IsZero() {
		return ""
	}
	return signal.Span(d.s.Now.Sub(*r.Since))
}

// whoAnswered says who gave the answer that counts, and when.
func (d *drawer) whoAnswered(id string) string {
	events := d.s.Incident.Events
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Type != incident.Answered {
			continue
		}
		var a incident.AnsweredData
		if events[i].Decode(&a) == nil && a.ID == id {
			return events[i].Actor.Name + " " + events[i].At.UTC().Format("15:04")
		}
	}
	return d.s.Incident.Answers[id]
}

// brief is what matters beside other panes: what holds, what comes next, how many questions wait.
func (d *drawer) brief(tapes bool) row.Block {
	var b row.Block
	if len(d.reasons) == 0 && !d.s.Declared() {
		d.quiet(&b)
		return b
	}
	next := runbook.Criterion{}
	best := bestLevel(d.s)
	for _, sev := range d.s.Runbook.Severities {
		for _, c := range sev.Criteria {
			_, holds := d.reasons[c.ID]
			if c.Kind == runbook.Measured && sev.Level == best-1 && next.ID == "" {
				next = c
				next.Text = sev.Name() + ": " + c.Text
			}
			if !holds || len(b) >= 6 {
				continue
			}
			name := ""
			if d.s.Declared() {
				name = sev.Name()
			}
			b.Put(d.criterion(c, name))
			if tapes {
				d.tape(&b, c)
			}
		}
	}
	if next.ID != "" && !d.s.Declared() {
		b.Put(d.criterion(next, ""))
	}
	d.questions(&b)
	return b
}

func bestLevel(s pane.State) int {
	if s.Severity.Level == nil {
		return 0
	}
	return *s.Severity.Level
}

// questions counts what only a person can say.
func (d *drawer) questions(b *row.Block) {
	all, open := 0, 0
	for _, c := range criteria(d.s) {
		if c.Kind != runbook.Asked {
			continue
		}
		all++
		if d.s.Incident.Answers[c.ID] == "" {
			open++
		}
	}
	if open == 0 {
		return
	}
	text := strconv.Itoa(open) + " questions could raise it"
	if open < all {
		text = strconv.Itoa(open) + " of " + strconv.Itoa(all) + " questions open"
	}
	b.Put(row.New().Gap(3).Add(d.st.Text, "[ ] ").Flex(d.st.Muted, text).Tail(d.st.Accent, "2 to answer"))
}

// quiet is a healthy night: how near the nearest limits are.
func (d *drawer) quiet(b *row.Block) {
	st := d.st
	if near := d.nearest(); near != "" {
		b.Put(row.New().Gap(3).Add(st.Muted, "nearest ").Flex(st.Text, near))
	}
	asked := 0
	for _, c := range criteria(d.s) {
		if c.Kind == runbook.Asked {
			asked++
		}
	}
	if asked > 0 {
		b.Put(row.New().Gap(3).Flex(st.Muted, strconv.Itoa(asked)+" criteria are asked of a person"))
	}
}

// nearest names the two signals that have come furthest towards a limit of the runbook.
func (d *drawer) nearest() string {
	type near struct {
		text string
		part float64
	}
	var best [2]near
	for _, n := range d.s.Snapshot.Order {
		r := d.s.Snapshot.Readings[n]
		if r.Status != signal.In || len(r.Spec.Limits) == 0 {
			continue
		}
		l := r.Spec.Limits[len(r.Spec.Limits)-1]
		if l.Level == 0 || l.At <= 0 {
			continue
		}
		x := near{r.Spec.Label + " " + r.Text() + " of " + signal.FormatValue(r.Spec.Unit, l.At), r.Sample.Value / l.At}
		if x.part > best[0].part || best[0].text == "" {
			best[0], best[1] = x, best[0]
		} else if x.part > best[1].part || best[1].text == "" {
			best[1] = x
		}
	}
	both := strings.Trim(best[0].text+", "+best[1].text, ", ")
	if theme.Width(both) > d.w-len("   nearest ") {
		return best[0].text
	}
	return both
}

// tenMinutes is how far back the open circle of a tape looks.
const tenMinutes = 10 * time.Minute
