package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/signal"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
)

// roles gives the roles of the incident to people.
type roles struct {
	dialog
	at  int
	who field.Field
}

// duties of the roles, in the field's words.
var duties = []struct{ role, name, does string }{
	{incident.IncidentCommander, "commander", "decides, gives orders, runs no commands"},
	{incident.OperationsLead, "operations", "works on the host; the only one who changes it"},
	{incident.CommunicationsLead, "comms", "writes the updates, answers questions"},
	{incident.Scribe, "scribe", "keeps the timeline"},
}

// NewRoles opens the dialog on the first role that nobody has.
func NewRoles(s pane.State) Overlay {
	r := &roles{}
	for i, d := range duties {
		if s.Incident.Roles[d.role] == "" {
			r.at = i
			break
		}
	}
	r.who.Set(s.Me)
	return r
}

// Update chooses a role and types who takes it; an empty name lays it down.
func (r *roles) Update(msg tea.Msg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	switch k := pressed(msg); k {
	case "esc":
		return nil, nil, nil
	case "enter":
		who := strings.TrimSpace(r.who.Text())
		if who == "" && s.Incident.Roles[duties[r.at].role] == "" {
			r.wrong = "type who takes it"
			return r, nil, nil
		}
		return nil, pane.TakeRole{RoleData: incident.RoleData{Role: duties[r.at].role, Who: who}}, nil
	case "up", "shift+tab":
		r.at = turn(r.at, -1, len(duties))
	case "down", "tab":
		r.at = turn(r.at, 1, len(duties))
	default:
		r.who.Update(msg)
		r.wrong = ""
	}
	return r, nil, nil
}

// View draws the roles and who has them.
func (r *roles) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Roles", foot: "an empty name lays a role down", top: r.top}
	for i, d := range duties {
		line := row.New()
		style := st.Text
		if i == r.at {
			line.Add(st.Accent, "▸ ")
			style = st.Bold
		} else {
			line.Gap(2)
		}
		line.Cell(style, d.name, 12)
		if who := s.Incident.Roles[d.role]; who != "" {
			line.Cell(style, who, 16)
		} else {
			line.Cell(st.Warn, "open", 16)
		}
		b.body.Put(line.Gap(1).Flex(st.Muted, d.does))
	}
	b.body.Blank()
	line := row.New().Gap(2).Add(st.Text, duties[r.at].name+" becomes ")
	column, at := r.who.Draw(line, st.Bold, inner(w)-line.Len()-1), len(b.body)
	b.body.Put(line)
	view, shown := r.finish(&b, st, w, h, [][2]string{{"enter", "hand over"}, {"↑ ↓", "role"}, {"esc", "back"}})
	r.place(&b, column, at, shown)
	return view
}

// clockLeft is how long a clock has, or how long it is overdue.
func clockLeft(c incident.Clock) string {
	if c.Overdue {
		return "overdue " + signal.Clock(c.Left)
	}
	return "in " + signal.Clock(c.Left)
}
