package actions

import (
	"strconv"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/signal"
	"calm/ui/chart"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// wide is the width from which notes beside the stages and long names have room.
const wide = 76

// action is the one that is on its way.
func (d *drawer) action(a *pane.Action) {
	st := d.st
	title := row.New().Gap(3).Flex(st.Bold, a.Plan.Title)
	if d.w >= wide {
		text := where(d.s, a)
		if a.Number > 0 {
			text += " · run " + strconv.Itoa(a.Number)
		}
		title.Tail(st.Muted, text)
	}
	d.b.Put(title, d.stages(a))
	d.b.Blank()
	switch a.Stage {
	case pane.Running:
		d.running(a)
	case pane.Verifying:
		d.deadline(a)
		d.table(a)
		d.notes(a)
	case pane.Judged:
		d.verdict(a)
		d.table(a)
		d.after(a)
	case pane.Lost:
		d.lost(a)
	default:
		d.b.Put(row.New().Gap(3).Flex(st.Text, first(a.Plan.Command)))
	}
}

// stage is one step of the strip.
type stage struct {
	name string
	note string
	less string // the note where there is little room
}

// stages is the strip: what is done, the one ▸ that is at hand, what is to come.
func (d *drawer) stages(a *pane.Action) *row.Row {
	for _, brief := range []bool{false, true} {
		if r := d.strip(a, brief); brief || !r.Cuts(d.w) {
			return r
		}
	}
	return row.New()
}

func (d *drawer) strip(a *pane.Action, brief bool) *row.Row {
	st := d.st
	all, at := d.progress(a)
	r := row.New().Gap(3)
	for i, x := range all {
		note := x.note
		if brief {
			note = x.less
		}
		if note != "" {
			note = " " + note
		}
		if i > 0 {
			r.Gap(2)
		}
		switch {
		case i < at:
			r.Add(st.OK, "✓").Add(st.Text, " "+x.name).Add(st.Muted, note)
		case i == at && a.Stage == pane.Lost:
			r.Add(st.Unknown, "▸ "+x.name+note)
		case i == at:
			r.Add(st.Current, "▸ "+x.name+note)
		default:
			r.Add(st.Muted, "  "+x.name)
		}
	}
	return r
}

// progress gives the five stages with what is known of each, and which is at hand.
func (d *drawer) progress(a *pane.Action) ([]stage, int) {
	confirm := stage{"confirm", strings.TrimSpace(a.By), a.By}
	if a.Stage == pane.Running && !a.ConfirmedAt.IsZero() {
		confirm.note += " " + a.ConfirmedAt.UTC().Format("15:04:05")
	}
	run, verify := stage{name: "run"}, stage{name: "verify"}
	at := 0
	switch a.Stage {
	case pane.Confirming:
		at = 1
	case pane.Running:
		at = 2
		run.note = signal.Clock(d.s.Now.Sub(a.StartedAt))
		run.less = run.note
		if a.Plan.Timeout > 0 && !a.Plan.Endless {
			run.note += " of " + signal.Clock(a.Plan.Timeout)
		}
	case pane.Verifying:
		at = 3
		run.note = ended(a)
		verify.less = signal.Clock(a.Deadline.Sub(d.s.Now))
		verify.note = verify.less + " left"
	case pane.Judged:
		at = 5
		run.note = ended(a)
	case pane.Lost:
		at = 2
		run.note, run.less = "unknown", "unknown"
	}
	return []stage{{name: "propose"}, confirm, run, verify, {name: "record"}}, at
}

func ended(a *pane.Action) string {
	if a.Outcome == "unknown" {
		return "unknown"
	}
	text := "exit " + strconv.Itoa(a.Exit)
	if took := a.EndedAt.Sub(a.StartedAt); took > 0 {
		text += ", " + signal.FormatValue(signal.Seconds, took.Seconds())
	}
	return text
}

// shownLines is how much of the output stands in this pane; pane 6 has all of it.
const shownLines = 10

func (d *drawer) running(a *pane.Action) {
	st := d.st
	r := row.New().Gap(3).Flex(st.Text, first(a.Plan.Command))
	if a.PID > 0 {
		r.Tail(st.Muted, "pid "+strconv.Itoa(a.PID)+", supervised")
	}
	d.b.Put(r)
	d.b.Blank()
	lines := a.Output[max(0, len(a.Output)-shownLines):]
	for _, l := range lines {
		d.b.Put(row.New().Gap(3).Flex(st.Text, l))
	}
	if len(lines) == 0 {
		d.b.Put(row.New().Gap(3).Flex(st.Muted, "no output yet"))
	}
	d.b.Blank()
	word := plural(len(a.Output), "line")
	if a.Plan.Endless {
		word += "; it does not end by itself"
	}
	d.b.Put(row.New().Gap(3).Add(st.Muted, word+", following   ").Add(st.Accent, "x").Add(st.Muted, " stop"))
	d.notes(a)
}

func (d *drawer) notes(a *pane.Action) {
	for i, n := range a.Plan.Notes {
		if i == 0 {
			d.b.Blank()
		}
		for _, l := range row.Wrap(d.st.Muted, n, max(10, d.w-4)) {
			d.b.Put(row.New().Gap(3).Flex(d.st.Muted, l))
		}
	}
}

// deadline is how long the effect may still take.
func (d *drawer) deadline(a *pane.Action) {
	st := d.st
	left := a.Deadline.Sub(d.s.Now)
	total := a.Plan.Deadline
	if total <= 0 {
		total = a.Deadline.Sub(a.EndedAt)
	}
	part := 1.0
	if total > 0 {
		part = float64(total-left) / float64(total)
	}
	r := row.New().Gap(3)
	if d.w >= wide {
		r.Add(st.Muted, "deadline ").Add(st.Text, a.Deadline.UTC().Format("15:04:05")).Gap(2)
	}
	bar := min(42, max(4, d.w-r.Len()-24))
	r.Drawn(chart.Bar(bar, part, st.Muted, st.Track), bar).Gap(2).Add(st.Bold, countdown(left))
	if d.w < wide {
		r.Add(st.Text, " to "+a.Deadline.UTC().Format("15:04:05"))
	}
	d.b.Put(r)
	d.b.Blank()
}

func countdown(left time.Duration) string {
	if left < 0 {
		return "over by " + signal.Clock(left)
	}
	return signal.Clock(left)
}

// verdict is one sentence, its word never by colour alone.
func (d *drawer) verdict(a *pane.Action) {
	st := d.st
	r := row.New()
	switch a.Verdict {
	case action.Worked:
		r.Gap(3).Add(st.OK.Over(st.Title), "✓ WORKED")
	case action.NoEffect:
		r.Gap(3).Add(st.WarnBold, "● NO EFFECT")
	case action.Worse:
		r.Gap(3).Add(st.Critical, " ▲ WORSE ")
	default:
		r.Gap(3).Add(st.Unknown, "? UNKNOWN")
	}
	indent := r.Len() + 3
	lines := row.Wrap(st.Text, a.Why, max(10, d.w-indent))
	if len(lines) == 0 {
		lines = []string{""}
	}
	d.b.Put(r.Gap(3).Flex(st.Text, lines[0]))
	for _, l := range lines[1:] {
		d.b.Put(row.New().Gap(indent).Flex(st.Text, l))
	}
	d.b.Blank()
}

// lost is an action that was running when calm ended.
func (d *drawer) lost(a *pane.Action) {
	st := d.st
	d.b.Put(row.New().Gap(3).Add(st.Unknown.Over(st.Title), "? OUTCOME UNKNOWN").Gap(3).Flex(st.Text, a.Why))
	d.b.Blank()
	if !a.StartedAt.IsZero() {
		d.b.Put(row.New().Gap(3).Cell(st.Muted, "started", 10).Flex(st.Text, a.StartedAt.UTC().Format("15:04:05")+", intent on disk"))
	}
	d.b.Put(row.New().Gap(3).Flex(st.Muted, "calm has not run it again and will not by itself"))
	d.b.Blank()
	d.table(a)
	d.choices(a)
}

// after is what can come next; the first choice is what next says already.
func (d *drawer) after(a *pane.Action) {
	if len(a.Choices) == 0 {
		return
	}
	text := "what comes next"
	if a.Verdict != action.Worked {
		text += ", by the runbook"
	}
	d.b.Put(row.New().Gap(3).Add(d.st.Bold, text))
	d.choices(a)
}

func (d *drawer) choices(a *pane.Action) {
	st := d.st
	for i, c := range choices(a) {
		r, style := d.choose("choice-"+string(rune('a'+i)), 5)
		r.Flex(style, c.Title)
		if c.Note != "" {
			r.Gap(2).Flex(st.Muted, c.Note)
		}
		d.b.Put(riskTail(st, r, c.Risk))
	}
}

// riskTail puts a risk word, or the key of a choice, at the right.
func riskTail(st *theme.Styles, r *row.Row, word string) *row.Row {
	if len(word) == 1 {
		return r.Tail(st.Accent, word)
	}
	return r.Tail(st.Risk(word), word)
}
