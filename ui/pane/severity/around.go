package severity

import (
	"strconv"
	"strings"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ui/chart"
	"calm/ui/frame"
	"calm/ui/row"
	"calm/ui/theme"
)

// tape puts a number line under a criterion that is measured by a number and holds.
func (d *drawer) tape(b *row.Block, c runbook.Criterion) {
	if _, holds := d.reasons[c.ID]; !holds || c.Predicate == nil {
		return
	}
	r := d.s.Snapshot.Reading(c.Signal)
	if r.Status != signal.Out || r.Spec.Unit == signal.State {
		return
	}
	if d.counting {
		b.Blank()
		return
	}
	t := chart.Tape{Max: chart.Round(r.Sample.Value * 1.2), Now: &r.Sample.Value}
	for _, l := range r.Spec.Limits {
		if l.Level > 0 && l.At > 0 {
			t.Edges = append(t.Edges, chart.Edge{At: l.At, Level: l.Level})
			t.Max = max(t.Max, chart.Round(l.At*1.2))
		}
	}
	if r.Spec.Unit == signal.Ratio {
		t.Max = 1
	}
	if v, ok := d.before(c.Signal); ok {
		t.Before = &v
	}
	end := signal.FormatValue(r.Spec.Unit, t.Max)
	w := d.w - 7 - 2 - theme.Width(end) - 2
	b.Put(row.New().Gap(7).Drawn(t.Draw(w, d.st, d.st.Level(r.Level())), w).Gap(2).Add(d.st.Muted, end))
}

// before is what a signal read ten minutes ago.
func (d *drawer) before(n signal.Name) (v float64, ok bool) {
	if d.s.Series == nil {
		return 0, false
	}
	all := d.s.Series(n)
	at := d.s.Now.Add(-tenMinutes)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Known() && !all[i].At.After(at) {
			return all[i].Value, true
		}
	}
	return 0, false
}

// around is what a wide screen shows below: the clocks as bars, people and checklists.
func (d *drawer) around() row.Block {
	if !d.s.Declared() {
		return nil
	}
	var b row.Block
	b.Blank()
	b.Put(row.Drawn(frame.Band("  CLOCKS", "from the runbook", false, d.w, d.st)))
	for i, c := range d.s.Clocks {
		if !c.Done {
			b.Put(d.clock(c, i == 0))
		}
	}
	b.Blank()
	b.Put(row.Drawn(frame.Band("  PEOPLE, CHECKLISTS", "", false, d.w, d.st)))
	b.Put(d.people())
	for _, list := range d.s.Runbook.Checklists {
		done := 0
		for _, it := range list.Items {
			if t := d.s.Incident.Ticks[it.ID].State; t == "done" || t == "skipped" {
				done++
			}
		}
		n := len(list.Items)
		r := row.New().Gap(3).Cell(d.st.Text, list.Title, 22).Gap(1)
		bar := max(4, min(20, d.w-40))
		r.Drawn(chart.Bar(bar, float64(done)/float64(max(1, n)), d.st.Muted, d.st.Track), bar)
		b.Put(r.Gap(2).Add(d.st.Text, strconv.Itoa(done)+" of "+strconv.Itoa(n)))
	}
	return b
}

func (d *drawer) clock(c incident.Clock, first bool) *row.Row {
	st := d.st
	style, part := st.Text, 0.0
	if c.Total > 0 {
		part = float64(c.Left) / float64(c.Total)
	}
	mark := "  "
	if first {
		mark, style = "▸ ", st.Bold
	}
	switch {
	case c.Overdue || part < .1:
		style = st.BadBold
	case part < .4:
		style = st.WarnBold
	}
	r := row.New().Gap(3).Cell(style, mark+c.Label, 20).Num(style, signal.Clock(c.Left), 8).Gap(2)
	bar := max(4, min(17, d.w-46))
	fill := st.Muted
	if first {
		fill = style
	}
	r.Drawn(chart.Bar(bar, max(0, part), fill, st.Track), bar)
	when := "at "
	if c.Overdue {
		when = "since "
	}
	return r.Tail(st.Text, when+c.Due.UTC().Format("15:04"))
}

func (d *drawer) people() *row.Row {
	st := d.st
	r := row.New().Gap(3)
	for i, x := range []struct{ role, word string }{
		{incident.IncidentCommander, "commander"}, {incident.OperationsLead, "operations"},
		{incident.CommunicationsLead, "comms"}, {incident.Scribe, "scribe"},
	} {
		if i > 0 {
			r.Add(st.Muted, " · ")
		}
		r.Add(st.Text, x.word+" ")
		if who := strings.TrimSpace(d.s.Incident.Roles[x.role]); who != "" {
			r.Flex(st.Text, who)
		} else {
			r.Add(st.Warn, "open")
		}
	}
	return r
}
