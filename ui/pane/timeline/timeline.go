// Package timeline is pane 5: what happened, newest first, by kind and by word. Before there is an
// incident it shows what changed on the host.
package timeline

import (
	"sort"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/ui/field"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the timeline.
type Pane struct {
	at     uint64 // seq of the selected event; 0 follows the newest
	kind   int    // index into kinds; 0 is all
	typing bool
	word   field.Field
	caret  int
	scroll row.Scroll
	page   int
	said   cache
}

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Timeline }

// Cursor is where the filter is typed.
func (p *Pane) Cursor() *tea.Cursor {
	if !p.typing {
		return nil
	}
	return tea.NewCursor(p.caret, 0)
}

func bind(k, does string, keys ...string) key.Binding {
	if len(keys) == 0 {
		keys = []string{k}
	}
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(k, does))
}

var (
	slash   = bind("/", "filter")
	kindly  = bind("← →", "kind", "left", "right", "h", "l")
	copyRow = bind("y", "copy")
	all     = bind("esc", "all")
)

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding {
	if p.filtered() {
		return []key.Binding{slash, kindly, copyRow, all}
	}
	return []key.Binding{slash, kindly, copyRow}
}

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// kinds are the filters, all first.
var kinds = append([]string{"all"}, incident.Kinds()...)

func (p *Pane) filtered() bool { return p.kind > 0 || !p.word.Empty() }

// Update moves the selection and filters.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if p.typing {
		p.typed(msg)
		return nil, nil
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	switch k := press.String(); k {
	case "/":
		p.typing = true
	case "left", "h":
		p.kind = (p.kind + len(kinds) - 1) % len(kinds)
	case "right", "l":
		p.kind = (p.kind + 1) % len(kinds)
	case "esc":
		p.at, p.kind = 0, 0
		p.word.Set("")
	case "y":
		return p.copied(s), nil
	default:
		p.move(k, s)
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
		p.word.Set("")
	default:
		p.word.Update(msg)
	}
}

func (p *Pane) move(k string, s pane.State) {
	sel := p.selection(s)
	if to, ok := row.Move(k, sel.place(p.at), sel.n(), p.page); ok && sel.n() > 0 {
		p.at = sel.event(to).Seq
	}
}

// Action is the Op of the action that the selected event is about; empty for none.
func (p *Pane) Action(s pane.State) string {
	for _, e := range s.Incident.Events {
		if e.Seq == p.at && p.at != 0 {
			var about struct{ Op string }
			_ = e.Decode(&about) // an event about something else has none
			return about.Op
		}
	}
	return ""
}

func (p *Pane) copied(s pane.State) pane.Intent {
	for _, e := range s.Incident.Events {
		if e.Seq == p.at {
			l := p.said.line(s, e)
			return pane.Copy{Text: e.At.UTC().Format("15:04:05") + " " + l.text + "  " + l.who}
		}
	}
	return nil
}

// selection is the events that pass the filter, newest first. An incident may have very many, so
// without a filter nothing is copied.
type selection struct {
	events []incident.Event
	some   []int // places of those that pass; only when filtered
	all    bool
}

func (x selection) n() int {
	if x.all {
		return len(x.events)
	}
	return len(x.some)
}

func (x selection) event(i int) incident.Event {
	if x.all {
		return x.events[len(x.events)-1-i]
	}
	return x.events[x.some[i]]
}

// place is where an event stands, -1 when it is not there.
func (x selection) place(seq uint64) int {
	if seq == 0 {
		return -1
	}
	i := sort.Search(x.n(), func(i int) bool { return x.event(i).Seq <= seq })
	if i < x.n() && x.event(i).Seq == seq {
		return i
	}
	return -1
}

func (p *Pane) selection(s pane.State) selection {
	x := selection{events: s.Incident.Events, all: !p.filtered()}
	if x.all {
		return x
	}
	want := strings.ToLower(strings.TrimSpace(p.word.Text()))
	for i := len(x.events) - 1; i >= 0; i-- {
		l := p.said.line(s, x.events[i])
		if p.kind > 0 && l.kind != kinds[p.kind] {
			continue
		}
		if want == "" || strings.Contains(strings.ToLower(l.text+" "+l.who), want) {
			x.some = append(x.some, i)
		}
	}
	return x
}

// Want is how many lines the pane could use.
func (p *Pane) Want(s pane.State, _ int) layout.Want {
	n := len(s.Incident.Events)
	if n == 0 {
		n = len(s.Changes)
	}
	n = max(1, n)
	return layout.Want{Sizes: []int{min(n, 3), min(n, 10), n}, Scrolls: true}
}

// Band says in which order events stand.
func (p *Pane) Band(s pane.State) string {
	if len(s.Incident.Events) == 0 && len(s.Changes) > 0 {
		return "this host, newest first"
	}
	if p.filtered() {
		return "newest first, filtered"
	}
	return "newest first"
}
