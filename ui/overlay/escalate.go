package overlay

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
)

// escalate records that the next people were called. calm pages nobody by itself: a person calls
// them and says so here.
type escalate struct {
	dialog
	people []runbook.Escalation
	at     int
	reason field.Field
}

// NewEscalate opens the dialog on the level that comes next.
func NewEscalate(s pane.State) Overlay {
	e := &escalate{}
	if s.Runbook != nil {
		e.people = s.Runbook.Escalation
	}
	for i, x := range e.people {
		if !x.External && x.Level > s.Incident.EscalatedTo {
			e.at = i
			break
		}
	}
	return e
}

// Update chooses whom, types why, and records it.
func (e *escalate) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	e.wrong = ""
	switch k := pressed(msg); k {
	case "esc":
		return nil, nil, nil
	case "enter":
		if len(e.people) == 0 {
			return nil, nil, nil
		}
		x := e.people[e.at]
		return nil, pane.Escalate{EscalatedData: incident.EscalatedData{
			Level: x.Level, Contact: who(x), Reason: strings.TrimSpace(e.reason.Text()),
		}}, nil
	case "up":
		e.at = max(0, e.at-1)
	case "down", "tab":
		e.at = turn(e.at, 1, len(e.people))
	default:
		e.reason.Update(msg)
	}
	return e, nil, nil
}

// who names the people: their contact, else their title.
func who(x runbook.Escalation) string {
	if x.Contact != "" {
		return x.Contact
	}
	return x.Title
}

// View draws the levels; the chosen one whole.
func (e *escalate) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Escalate", foot: "you call them; calm writes down that you did", top: e.top}
	if len(e.people) == 0 {
		b.body.Put(row.New().Flex(st.Muted, "The runbook names nobody to escalate to."))
		view, _ := e.finish(&b, st, w, h, [][2]string{{"esc", "back"}})
		return view
	}
	for i, x := range e.people {
		b.body.Put(e.line(s, i, x))
		if i != e.at {
			continue
		}
		for _, text := range append([]string{x.Scope, orEmpty("goes on if: ", x.EscalateIf)}, x.Details...) {
			for _, l := range row.Wrap(st.Muted, text, inner(w)-7) {
				if l != "" {
					b.body.Put(row.New().Gap(7).Flex(st.Muted, l))
				}
			}
		}
	}
	b.body.Blank()
	r := row.New().Gap(2).Cell(st.Muted, "why", 5)
	column, line := e.reason.Draw(r, st.Text, inner(w)-9), len(b.body)
	b.body.Put(r)
	b.top = max(0, line-12)
	view, shown := e.finish(&b, st, w, h, [][2]string{{"enter", "called"}, {"↑ ↓", "whom"}, {"esc", "back"}})
	e.place(&b, column, line, shown)
	return view
}

func (e *escalate) line(s pane.State, i int, x runbook.Escalation) *row.Row {
	st := &s.Theme
	r := row.New()
	style := st.Text
	if i == e.at {
		r.Add(st.Accent, "▸ ")
		style = st.Bold
	} else {
		r.Gap(2)
	}
	name := "out"
	if !x.External {
		name = "L" + strconv.Itoa(x.Level)
	}
	r.Cell(style, name, 5).Flex(style, x.Title)
	if !x.External && x.Level <= s.Incident.EscalatedTo {
		r.Tail(st.Muted, "has it")
		return r
	}
	if x.Contact != "" {
		r.Gap(2).Flex(st.Muted, x.Contact)
	}
	for _, c := range s.Clocks {
		if !c.Done && c.Level == x.Level && c.Level > 0 {
			r.Tail(st.Text, clockLeft(c))
			break
		}
	}
	return r
}

func orEmpty(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}
