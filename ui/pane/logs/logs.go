// Package logs is pane 7: the notable lines of the logs, newest first, repeats counted.
package logs

import (
	"strconv"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/signal"
	"calm/ui/find"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the logs.
type Pane struct {
	find   find.Finder
	at     mark // the selected line; zero follows the newest
	scroll row.Scroll
	page   int
	last   int
}

// mark finds a line again when others have come before it.
type mark struct {
	at   time.Time
	file string
	text string
}

func of(l pane.LogLine) mark { return mark{l.At, l.File, l.Text} }

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Logs }

// Cursor is where a search is typed.
func (p *Pane) Cursor() *tea.Cursor { return p.find.Cursor() }

var copyRow = key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "copy the line"))

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding { return append(p.find.Bindings(), copyRow) }

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// Update moves the selection and searches.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if p.find.Update(msg) {
		p.last = 0
		return nil, nil
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	at := p.place(s)
	switch k := press.String(); k {
	case "esc":
		p.at = mark{}
	case "y":
		if at >= 0 {
			return pane.Copy{Text: s.Logs[at].Text}, nil
		}
	default:
		if to, ok := row.Move(k, at, len(s.Logs), p.page); ok && len(s.Logs) > 0 {
			p.at = of(s.Logs[to])
		}
	}
	return nil, nil
}

// place is where the selected line is now, -1 when none is.
func (p *Pane) place(s pane.State) int {
	if p.at == (mark{}) {
		return -1
	}
	for i, l := range s.Logs {
		if of(l) == p.at {
			return i
		}
	}
	return -1
}

// Band says how many errors a minute there are.
func (p *Pane) Band(s pane.State) string {
	if s.LogRate < 0 {
		return "rate unknown"
	}
	return "errors, " + signal.FormatValue(signal.Count, float64(int(s.LogRate+.5))) + " a minute"
}

// Want is how many lines the pane could use.
func (p *Pane) Want(s pane.State, _ int) layout.Want {
	n := max(1, len(s.Logs))
	return layout.Want{Sizes: []int{0, min(n, 5), n}, Scrolls: true}
}

// View draws the lines.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	st := &s.Theme
	texts := make([]string, len(s.Logs))
	for i, l := range s.Logs {
		texts[i] = l.Text
	}
	hits := p.find.Hits(texts)
	if line, ok := p.find.Hit(hits); ok && line+1 != p.last {
		p.last, p.at = line+1, of(s.Logs[line])
	}
	var b row.Block
	if line := p.find.Row(st, len(hits), w); line != nil {
		b.Put(line)
	}
	if len(s.Logs) == 0 {
		b.Put(row.New().Gap(3).Flex(st.Muted, "No line of note yet."))
		return b.Render(w, h, 0)
	}
	p.page = max(1, h-len(b))
	at := p.place(s)
	from, to := 0, 1
	for i, l := range s.Logs {
		start := len(b)
		b.Put(p.line(s, l, w, focused && i == at)...)
		if i == at {
			from, to = start, len(b)
		}
	}
	return b.Render(w, h, p.scroll.Show(len(b), h, from, min(to, from+h)))
}

// line is one entry; the selected one is shown whole.
func (p *Pane) line(s pane.State, l pane.LogLine, w int, selected bool) []*row.Row {
	st := &s.Theme
	r := row.New()
	if selected {
		r.Add(st.Accent, "▸").Gap(1)
	} else {
		r.Gap(2)
	}
	r.Add(st.Muted, l.At.UTC().Format("15:04:05")).Gap(1).Cell(st.Text, l.File, 7).Gap(1)
	indent := r.Len()
	if !selected {
		p.find.Mark(r, st, st.Text, l.Text)
		return []*row.Row{times(s, r, l)}
	}
	lines := row.Wrap(st.Text, l.Text, max(10, w-indent-8))
	r.Flex(st.Text, lines[0])
	out := []*row.Row{times(s, r, l)}
	for _, x := range lines[1:] {
		out = append(out, row.New().Gap(indent).Flex(st.Text, x))
	}
	return out
}

func times(s pane.State, r *row.Row, l pane.LogLine) *row.Row {
	if l.Count > 1 {
		r.Add(s.Theme.Muted, " ×"+strconv.Itoa(l.Count))
	}
	return r
}
