package signals

import (
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
)

// one shows a signal alone: its chart and where the reading comes from.
func (p *Pane) one(s pane.State, w, h int) row.Block {
	r := s.Snapshot.Reading(p.detail)
	var b row.Block
	b.Put(chartTitle(s, r))
	facts := facts(s, r)
	if rows := min(2*tallRows, h-len(facts)-4); r.Spec.Unit != signal.State && rows >= 3 {
		for _, l := range plot(s, r, w, rows) {
			b.Put(row.Drawn(l))
		}
	} else if line := spark(s, r, w-6); line != "" {
		b.Put(row.New().Gap(3).Drawn(line, w-6))
	}
	b.Blank()
	for _, f := range facts {
		b.Put(row.New().Gap(3).Cell(s.Theme.Muted, f[0], 8).Flex(s.Theme.Text, f[1]))
	}
	return b
}

// facts is what is known about a reading, or why nothing is.
func facts(s pane.State, r signal.Reading) [][2]string {
	var out [][2]string
	if r.Sample.Source != "" {
		from := r.Sample.Source
		if !r.Good.At.IsZero() {
			from += ", " + signal.Span(r.Age) + " old"
		}
		out = append(out, [2]string{"from", from})
	}
	if why := r.Why(); why != "" {
		out = append(out, [2]string{"why", why})
		if !r.Good.At.IsZero() {
			out = append(out, [2]string{"was", r.Spec.Format(r.Good) + ", " + signal.Span(r.Age) + " ago"})
		}
	}
	if r.Sample.Note != "" {
		out = append(out, [2]string{"note", r.Sample.Note})
	}
	for _, l := range r.Spec.Limits {
		state := "not reached"
		for _, b := range r.Broken {
			if b.Limit == l {
				state = "broken for " + signal.Span(s.Now.Sub(b.Since))
			}
		}
		if r.Status == signal.Unknown || r.Status == signal.Absent {
			state = "unknown"
		}
		out = append(out, [2]string{"limit", l.Text + "   " + state})
	}
	return out
}
