package action

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"calm/model/signal"
)

// rows writes every expectation, then every guard that no expectation shows already.
func (j *Judge) rows() []Row {
	var out []Row
	shown := make(map[signal.Name]bool)
	for _, w := range j.watches {
		shown[w.Signal] = true
		out = append(out, w.row())
	}
	for _, g := range j.guards {
		switch {
		case g.name == signal.AppRestarts:
			out = append(out, g.loopRow())
		case !shown[g.name] || g.broken:
			out = append(out, g.row())
		}
	}
	return out
}

func (w *watch) row() Row {
	r := Row{
		Label: w.Label, Signal: w.Signal, Wanted: w.wanted(w.spec), State: w.state,
		Before: format(w.spec, w.before), Now: format(w.spec, w.now), Note: w.note(),
		BeforeValue: number(w.spec, w.before), NowValue: number(w.spec, w.now),
	}
	if w.ofCommand() {
		r.Before, r.NowValue, r.BeforeValue = "", nil, nil
		if w.now.Known() {
			r.Now = cut(lastOf(w.now.Text), 12)
		}
	}
	return r
}

// lastOf is the last line of an output.
func lastOf(s string) string { return s[strings.LastIndexAny(s, "\r\n")+1:] }

// cut shortens a text to some runes, and says so.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func (w *watch) note() string {
	spell := w.last.At.Sub(w.since)
	switch {
	case w.state == unsure:
		return w.why
	case w.remark != "":
		return w.remark
	case w.state == holds && w.Hold > 0:
		return signal.Span(spell)
	case w.state == holds:
		return "yes"
	case w.good:
		return fmt.Sprintf("%s, %d to go", signal.Span(spell), int((w.Hold-spell+time.Second-1)/time.Second))
	case w.spell.length > 0:
		return fmt.Sprintf("%s for %s only", format(w.spec, w.spell.value), signal.Span(w.spell.length))
	}
	return "no"
}

func (g *guard) row() Row {
	r := Row{
		Label: g.spec.Label, Signal: g.name, Guard: true, State: holds, Wanted: "no worse",
		Before: format(g.spec, g.before.Good), Now: format(g.spec, g.now), Note: g.why,
		BeforeValue: number(g.spec, g.before.Good), NowValue: number(g.spec, g.now),
	}
	switch {
	case g.broken:
		r.State, r.Note = broken, "worse"
	case g.why != "":
		r.State = unsure
	}
	return r
}

func (g *guard) loopRow() Row {
	r := g.row()
	r.Label, r.Wanted = "crash loops", "0"
	if g.why != "" {
		return r
	}
	zero, n := 0.0, g.loopCount()
	r.Before, r.Now = "0", signal.FormatValue(signal.Count, n)
	r.BeforeValue, r.NowValue = &zero, &n
	if g.broken {
		r.Now += " in " + signal.Span(g.took)
		r.Note = "guard broken"
	}
	return r
}

// worked is the sentence of a cure: the reading that was bad, before and now, and how long it took.
func (j *Judge) worked() string {
	w := j.headline()
	if w.ofCommand() {
		return w.Text
	}
	if w.ofHost() {
		if w.before.Known() && w.before.Value == w.now.Value {
			return w.Label + " as in the dump, " + format(w.spec, w.now) + " documents"
		}
		return w.change() + " documents"
	}
	took := time.Duration(0)
	for _, o := range j.watches {
		if o.Needed && !o.ofCommand() && !o.ofHost() {
			took = max(took, o.since.Sub(j.ended))
		}
	}
	return w.change() + " in " + signal.Span(max(took.Round(time.Second), time.Second))
}

func (j *Judge) noEffect() string {
	var parts []string
	for _, w := range j.sorted() {
		if !w.Needed || w.state != open || len(parts) == 2 {
			continue
		}
		text := w.change()
		if w.good {
			text += ", too late to tell"
		}
		if w.spell.length >= time.Second {
			text += fmt.Sprintf("; it %s %s for %s and came back", w.verb(), format(w.spec, w.spell.value), signal.Span(w.spell.length))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// mismatch is the sentence of an exit code or an output that is not the wanted one.
func (w *watch) mismatch() string {
	got := cut(lastOf(w.now.Text), 60)
	if got == "" {
		got = "nothing"
	}
	return w.Label + " is " + got + ", wanted " + cmp.Or(w.Range.Equals, w.wanted(w.spec))
}

func (w *watch) verb() string {
	if w.spec.Unit == signal.State || w.Range.Equals != "" {
		return "was"
	}
	return "fell to"
}

func (j *Judge) unsure() string {
	var parts []string
	for _, w := range j.watches {
		if w.Needed && w.state == unsure {
			parts = append(parts, w.Label+": "+w.why)
		}
	}
	if len(parts) == 0 {
		return "the readings stopped before it could be told"
	}
	return "not known: " + strings.Join(parts, "; ")
}

func (j *Judge) worse() string {
	var parts []string
	for _, g := range j.guards {
		switch {
		case !g.broken:
		case g.name == signal.AppRestarts:
			every := time.Duration(float64(g.took) / max(g.loopCount(), 1)).Round(time.Second)
			parts = append(parts, "app restarts every "+signal.Span(max(every, time.Second)))
		default:
			parts = append(parts, g.spec.Label+" "+format(g.spec, g.before.Good)+" → "+format(g.spec, g.now))
		}
	}
	return strings.Join(parts, "; ")
}

// sensed adds how the headline reads now, where it is known.
func (j *Judge) sensed() string {
	for _, w := range j.sorted() {
		if w.Needed && !w.ofCommand() && w.now.Known() {
			return "; " + w.change()
		}
	}
	return ""
}

func (w *watch) change() string {
	return w.Label + " " + format(w.spec, w.before) + " → " + format(w.spec, w.now)
}

func (j *Judge) headline() *watch { return j.sorted()[0] }

// sorted puts what a person cares about first: needed numbers that were bad, then needed states
// that were bad, then the page, then the rest as listed.
func (j *Judge) sorted() []*watch {
	out := make([]*watch, 0, len(j.watches))
	for rank := range 5 {
		for _, w := range j.watches {
			if w.rank() == rank {
				out = append(out, w)
			}
		}
	}
	return out
}

func (w *watch) rank() int {
	bad := w.before.Known() && w.Rise == 0 && !w.met(w.before)
	switch {
	case !w.Needed:
		return 4
	case bad && w.Range.Equals == "":
		return 0
	case bad:
		return 1
	case w.Signal == signal.Widget:
		return 2
	}
	return 3
}

func format(spec signal.Spec, s signal.Sample) string {
	if !s.Known() {
		return "unknown"
	}
	return spec.Format(s)
}

func number(spec signal.Spec, s signal.Sample) *float64 {
	if !s.Known() || spec.Unit == signal.State || spec.Unit == "" {
		return nil
	}
	v := s.Value
	return &v
}
