package guide

import (
	"strconv"
	"strings"

	"calm/model/incident"
	"calm/ui/frame"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// drawer draws items at one width.
type drawer struct {
	s       pane.State
	st      *theme.Styles
	w       int
	at      string
	focused bool
	asking  string
	age     int // columns of ages
}

// tightBelow is the height below which headings give way to what they head.
const tightBelow = 14

// View draws the pane.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	p.page = max(1, h-2)
	p.tight = h < tightBelow
	items := p.items(s)
	d := drawer{s: s, st: &s.Theme, w: w, at: p.selected(items), focused: focused, asking: p.asking, age: ages(items)}
	var b row.Block
	from, to := 0, 1
	for _, it := range items {
		start := len(b)
		b.Put(d.draw(it)...)
		if it.id != "" && it.id == d.at {
			from, to = start, len(b)
		}
	}
	if p.at == "" && to <= h {
		from = 0
	}
	top := p.scroll.Show(len(b), h, from, min(to, from+h))
	more(b, s, top, w, h)
	return b.Render(w, h, top)
}

// more says at the foot how many lines are below, where nothing else stands.
func more(b row.Block, s pane.State, top, w, h int) {
	below := len(b) - top - h
	if h < 4 || below <= 0 {
		return
	}
	text := "↓ " + strconv.Itoa(below)
	if last := b[top+h-1]; !last.HasTail() && last.Len()+1+theme.Width(text) <= w {
		last.Tail(s.Theme.Muted, text)
	}
}

// Want is how many lines the guide could use: the scenario first, all of it if there is room.
func (p *Pane) Want(s pane.State, w int) layout.Want {
	p.tight = false
	items := p.items(s)
	d := drawer{s: s, st: &s.Theme, w: w, at: p.selected(items)}
	main, all := 0, 0
	for _, it := range items {
		n := len(d.draw(it))
		all += n
		if it.kind != failsRow && it.kind != checkRow && main == all-n {
			main = all
		}
	}
	return layout.Want{Sizes: []int{min(main, 8), main, all}, Scrolls: true}
}

// Band says which scenario leads and what else there is.
func (p *Pane) Band(s pane.State) string {
	if s.Runbook == nil {
		return "no runbook"
	}
	id := p.scenario(s)
	switch {
	case id == "" && !supported(s):
		return "no scenario is supported by the readings"
	case id == "":
		return "which scenario? ranked by what is measured"
	case s.Action != nil && s.Action.Stage >= pane.Running && s.Action.Stage <= pane.Verifying && s.Action.Plan.Ref.Part == id:
		return "step " + strconv.Itoa(s.Action.Plan.Ref.Index) + " of " + strconv.Itoa(s.Action.Plan.Ref.Of) + " in work"
	}
	return s.Theme.Text.Clean(leads(s, id))
}

// leads says since when the open scenario leads, or which one does, and what comes after.
func leads(s pane.State, id string) string {
	if len(s.Cases) == 0 || !s.Cases[0].Leads() {
		return "opened by hand; no scenario leads"
	}
	text := "leads"
	if lead := s.Cases[0].Scenario; lead.ID != id {
		text = "opened by hand; " + name(lead.Number, lead.Title) + " leads"
	} else if at, ok := leadsSince(s.Incident.Events, id); ok {
		text += " since " + at
	}
	var others []string
	for _, c := range s.Cases {
		if c.Scenario.ID != id && c.Scenario.ID != s.Cases[0].Scenario.ID && len(others) < 2 {
			others = append(others, name(c.Scenario.Number, c.Scenario.Title)+" ("+evidence(c, true, false)+")")
		}
	}
	if len(others) > 0 {
		text += "; then " + strings.Join(others, ", ")
	}
	return text
}

func name(number int, title string) string {
	if number > 0 {
		return strconv.Itoa(number)
	}
	return title
}

func leadsSince(events []incident.Event, id string) (string, bool) {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Type != incident.Leads {
			continue
		}
		var d incident.LeadsData
		if events[i].Decode(&d) == nil && d.Scenario == id && !d.Chosen {
			return events[i].At.UTC().Format("15:04:05"), true
		}
		return "", false
	}
	return "", false
}

// draw gives the lines of one item.
func (d drawer) draw(it item) []*row.Row {
	st := d.st
	switch it.kind {
	case headingRow:
		r := row.New().Gap(3)
		if it.indent {
			r = row.New().Gap(2)
		}
		r.Flex(st.Muted, it.text)
		if it.note != "" {
			r.Tail(st.Muted, it.note)
		}
		return []*row.Row{r}
	case titleRow:
		return []*row.Row{d.title(it)}
	case scenarioRow:
		return []*row.Row{d.scenario(it)}
	case symptomRow:
		return d.symptom(it)
	case stepRow, remedyRow, checkRow:
		return d.tickable(it)
	case failsRow:
		return d.fails()
	case bestRow:
		return d.best(it)
	case bandRow:
		return []*row.Row{row.Drawn(frame.Band("  "+it.text, it.note, false, d.w, st))}
	case changeRow:
		return []*row.Row{d.change(it)}
	case factRow:
		return []*row.Row{d.fact(it)}
	case alsoRow:
		return []*row.Row{row.New().Gap(2).Add(st.Muted, "also").Gap(2).Flex(st.Text, it.text)}
	case foldedRow:
		return []*row.Row{row.New().Gap(3).Add(st.Text, "[✓] ").Flex(st.Text, it.text).Tail(st.Muted, it.note)}
	case emptyRow:
		return []*row.Row{row.New().Gap(3).Flex(st.Muted, it.text)}
	}
	return []*row.Row{row.New()}
}
