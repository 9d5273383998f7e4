// Package signals is pane 1: every reading with its direction, its limit and since when, harm
// first, and charts of what is out of bounds as far as there is room.
package signals

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/signal"
	"calm/ui/field"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the signals.
type Pane struct {
	at     signal.Name // the selected row; empty until a key moved it
	detail signal.Name // the one that is shown alone
	scroll row.Scroll
	page   int

	typing bool
	filter field.Field
	caret  int
}

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Signals }

var (
	open   = key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "chart"))
	back   = key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back"))
	filter = key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "filter"))
)

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding {
	if p.detail != "" || !p.filter.Empty() {
		return []key.Binding{open, back, filter}
	}
	return []key.Binding{open, filter}
}

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// Cursor is where the filter is typed.
func (p *Pane) Cursor() *tea.Cursor {
	if !p.typing {
		return nil
	}
	return tea.NewCursor(p.caret, 0)
}

// Update moves the selection, opens a chart, or takes a filter.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if p.typing {
		p.typed(msg)
		return nil, nil
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	names := p.names(s)
	switch k := press.String(); k {
	case "/":
		p.typing = true
	case "esc":
		p.leave()
	case "enter", "space":
		p.toggle(names)
	default:
		p.move(k, names)
	}
	return nil, nil
}

func (p *Pane) typed(msg tea.Msg) {
	press, ok := msg.(tea.KeyPressMsg)
	switch {
	case ok && press.String() == "enter":
		p.typing = false
	case ok && press.String() == "esc":
		p.typing = false
		p.filter.Set("")
	default:
		p.filter.Update(msg)
	}
}

func (p *Pane) leave() {
	switch {
	case p.detail != "":
		p.detail = ""
	case !p.filter.Empty():
		p.filter.Set("")
	default:
		p.at = ""
	}
}

func (p *Pane) toggle(names []signal.Name) {
	switch {
	case p.detail != "":
		p.detail = ""
	case len(names) > 0:
		p.at = names[max(0, index(names, p.at))]
		p.detail = p.at
	}
}

func (p *Pane) move(k string, names []signal.Name) {
	at := index(names, p.at)
	if at < 0 && (k == "down" || k == "j") {
		at = -1
	}
	to, ok := row.Move(k, at, len(names), p.page)
	if !ok || len(names) == 0 {
		return
	}
	p.at = names[to]
	if p.detail != "" {
		p.detail = p.at
	}
}

func index(names []signal.Name, n signal.Name) int {
	for i, x := range names {
		if x == n {
			return i
		}
	}
	return -1
}

// names are the rows that can be selected, in the order in which they are drawn.
func (p *Pane) names(s pane.State) []signal.Name {
	var out []signal.Name
	for _, r := range p.readings(s) {
		out = append(out, r.Spec.Name)
	}
	return out
}

// readings are those that have a row: all but the quiet ones, which show up only when out. Harm
// first: by status, what is out by severity; the order of the specs otherwise.
func (p *Pane) readings(s pane.State) []signal.Reading {
	want := strings.ToLower(strings.TrimSpace(p.filter.Text()))
	out := make([]signal.Reading, 0, len(s.Snapshot.Order))
	for _, n := range s.Snapshot.Order {
		r := s.Snapshot.Readings[n]
		if r.Spec.Quiet && r.Status != signal.Out {
			continue
		}
		if want != "" && !strings.Contains(strings.ToLower(r.Spec.Label), want) {
			continue
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b signal.Reading) int {
		if a.Status != b.Status {
			return int(a.Status) - int(b.Status)
		}
		return rank(a) - rank(b)
	})
	return out
}

// rank puts the worst level first, and limits that no level belongs to last.
func rank(r signal.Reading) int {
	if level := r.Level(); level > 0 {
		return level
	}
	return 1 << 10
}

// Want is how many lines the pane could use.
func (p *Pane) Want(s pane.State, w int) layout.Want {
	c := count(p.readings(s))
	folded, full := c.folded(), c.full()
	if p.detail != "" {
		return layout.Want{Sizes: []int{folded, max(folded, chartRows+6)}}
	}
	if c.out+c.unknown == 0 {
		return layout.Want{Sizes: []int{1, full}}
	}
	if !s.Declared() || c.charts == 0 {
		return layout.Want{Sizes: []int{folded, full}}
	}
	chart := folded + chartRows + 1
	return layout.Want{Sizes: []int{folded, chart, chart + tallRows - chartRows}}
}

// counts is how many rows of each kind there are.
type counts struct{ out, unknown, in, absent, charts int }

func count(rs []signal.Reading) counts {
	var c counts
	for _, r := range rs {
		switch r.Status {
		case signal.Out:
			c.out++
			if r.Spec.Unit != signal.State && !r.Spec.Rise {
				c.charts++
			}
		case signal.Unknown:
			c.unknown++
		case signal.In:
			c.in++
		case signal.Absent:
			c.absent++
		}
	}
	return c
}

// folded is the table with one line for all that is in bounds.
func (c counts) folded() int { return c.out + c.unknown + min(1, c.in+c.absent) }

// full is the table with its head and a line for each.
func (c counts) full() int { return 1 + c.out + c.unknown + c.in + c.absent }
