package overlay

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/report"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// message shows a filled message, lets a person say what only a person can, and records that it
// went out. It sends nothing.
type message struct {
	dialog
	draft  report.Draft
	body   string
	open   []string // placeholders that are still in the body, in order
	at     int      // which of them is being filled; -1 for none
	last   int      // which of them was filled last, so that tab goes on from there
	value  field.Field
	warned bool // y was pressed once though fields are open
}

// NewMessage opens a message that was filled from the incident.
func NewMessage(draft report.Draft) Overlay {
	m := &message{draft: draft, body: draft.Body, at: -1, last: -1}
	m.look()
	return m
}

// look finds what is still open in the body.
func (m *message) look() {
	m.open = nil
	for _, f := range m.draft.Open {
		if f.Text != "" && strings.Contains(m.body, f.Text) {
			m.open = append(m.open, f.Text)
		}
	}
	if len(m.open) == 0 {
		m.at = -1
	}
}

// Update fills fields, copies, records, scrolls.
func (m *message) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	m.wrong = ""
	if m.at >= 0 {
		m.fill(msg)
		return m, nil, nil
	}
	switch k := pressed(msg); k {
	case "esc":
		return nil, nil, nil
	case "tab":
		m.next()
	case "c":
		m.wrong = "copied; y when it is sent"
		return m, pane.Copy{Text: m.body}, nil
	case "y":
		return m.sent()
	case "down", "j":
		m.top++
	case "up", "k":
		m.top = max(0, m.top-1)
	case "pgdown":
		m.top += 8
	case "pgup":
		m.top = max(0, m.top-8)
	}
	return m, nil, nil
}

// next goes to the next open field.
func (m *message) next() {
	if len(m.open) == 0 {
		m.wrong = "nothing is left to fill"
		return
	}
	m.at = turn(m.last, 1, len(m.open))
	m.last = m.at
	m.value.Set("")
}

// fill takes keys for the field at hand; enter puts the value into the body.
func (m *message) fill(msg tea.Msg) {
	switch pressed(msg) {
	case "esc":
		m.at = -1
	case "tab":
		m.put()
		m.next()
	case "enter":
		m.put()
	default:
		m.value.Update(msg)
	}
}

// put takes the value into the body; the field at hand is then none, and next finds the one after.
func (m *message) put() {
	was := m.at
	if !m.value.Empty() {
		m.body = strings.Replace(m.body, m.open[was], strings.TrimSpace(m.value.Text()), 1)
		was--
	}
	m.look()
	m.last, m.at, m.warned = was, -1, false
	m.value.Set("")
}

// sent records the message; with open fields only after a second y.
func (m *message) sent() (Overlay, pane.Intent, tea.Cmd) {
	if len(m.open) > 0 && !m.warned {
		m.warned = true
		m.wrong = plural(len(m.open), "field") + " open; y again all the same"
		return m, nil, nil
	}
	return nil, pane.SendMessage{MessageData: incident.MessageData{
		Purpose: m.draft.Purpose, Body: m.body, Channels: m.draft.Channels, Sent: true,
	}}, nil
}

// View draws the message as the channel will show it.
func (m *message) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Message: " + m.draft.Purpose, foot: m.foot(), top: m.top}
	if s.Incident.Number > 0 {
		b.right, b.rightStyle = "#"+strconv.Itoa(s.Incident.Number), st.Accent
	}
	to := strings.Join(m.draft.Channels, "  ")
	if to == "" {
		to = "whoever the runbook names"
	}
	b.body.Put(row.New().Cell(st.Muted, "to", 8).Flex(st.Text, to))
	m.dueIn(&b, s)
	b.body.Blank()
	for _, l := range row.Wrap(st.Text, m.body, inner(w)-2) {
		b.body.Put(marked(row.New().Gap(2), st, l, m.open))
	}
	column := m.ask(&b, st, inner(w))
	hints := [][2]string{{"y", "it is sent"}, {"c", "copy"}, {"tab", "next field"}, {"↑ ↓", "scroll"}, {"esc", "back"}}
	if m.at >= 0 {
		hints = [][2]string{{"enter", "put it in"}, {"tab", "next field"}, {"esc", "leave it open"}}
	}
	view, shown := m.finish(&b, st, w, h, hints)
	m.top = b.top
	m.cursor = nil
	if column >= 0 {
		m.cursor = cursorAt(column, shown+1)
	}
	return view
}

func (m *message) dueIn(b *box, s pane.State) {
	for _, c := range s.Clocks {
		if c.ID == incident.ClockUpdate && !c.Done {
			b.body.Put(row.New().Cell(s.Theme.Muted, "due", 8).Flex(s.Theme.Text, clockLeft(c)))
			return
		}
	}
}

// ask is the line in which a field is filled, at the foot so that the message can scroll above it.
func (m *message) ask(b *box, st *theme.Styles, width int) (column int) {
	if m.at < 0 {
		return -1
	}
	r := row.New().Flex(st.Warn, row.Cut(st.Warn.Clean(m.open[m.at]), width/2, st.ASCII)).Gap(1)
	column = m.value.Draw(r, st.Bold, max(1, width-r.Len()-1))
	b.feet.Put(r)
	return column
}

func (m *message) foot() string {
	if len(m.open) == 0 {
		return "every field is filled"
	}
	return plural(len(m.open), "field") + " yours to fill; nothing is invented"
}

// marked adds a line in which open fields stay visible.
func marked(r *row.Row, st *theme.Styles, line string, open []string) *row.Row {
	for line != "" {
		first, word := len(line), ""
		for _, o := range open {
			if i := strings.Index(line, o); i >= 0 && i < first {
				first, word = i, o
			}
		}
		r.Flex(st.Text, line[:first]).Flex(st.Warn, word)
		line = line[min(len(line), first+len(word)):]
	}
	return r
}
