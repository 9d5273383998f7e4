// Package output is pane 6: what steps have written, newest first, and what calm adds to it. It
// shows only lines that were sanitised, and cleans them again.
package output

import (
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/signal"
	"calm/ui/find"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/row"
)

// Pane is how a person looks at the outputs.
type Pane struct {
	find   find.Finder
	back   int    // how many results before the newest
	shown  string // which result was drawn last: another one starts at its top
	scroll row.Scroll
	moved  bool // a person scrolled: no following
	page   int
	rows   int // of the result that was drawn last
	last   int // line of the last hit that was gone to, plus one
}

// New makes the pane.
func New() pane.Pane { return &Pane{} }

// ID says which pane it is.
func (p *Pane) ID() pane.ID { return pane.Output }

// Cursor is where a search is typed.
func (p *Pane) Cursor() *tea.Cursor { return p.find.Cursor() }

var (
	older   = key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←", "older"))
	newer   = key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("→", "newer"))
	follow  = key.NewBinding(key.WithKeys("f"), key.WithHelp("f", "follow"))
	copyAll = key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "copy"))
)

// ShortHelp gives the keys in force.
func (p *Pane) ShortHelp() []key.Binding {
	keys := p.find.Bindings()
	if p.moved {
		keys = append(keys, follow)
	}
	return append(keys, older, newer, copyAll)
}

// FullHelp gives the same, for the help overlay.
func (p *Pane) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }

// Update scrolls, searches, and goes from one result to the next.
func (p *Pane) Update(msg tea.Msg, s pane.State) (pane.Intent, tea.Cmd) {
	if p.find.Update(msg) {
		p.last = 0
		return nil, nil
	}
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil, nil
	}
	switch k := press.String(); k {
	case "left", "h":
		p.back = min(len(s.Outputs)-1, p.back+1)
	case "right", "l":
		p.back = max(0, p.back-1)
	case "f":
		p.moved = false
	case "esc":
		return pane.Focus{Pane: pane.Guide}, nil
	case "y":
		if r, ok := p.result(s); ok {
			return pane.Copy{Text: text(r)}, nil
		}
	default:
		if to, ok := row.Move(k, p.scroll.Top, max(1, p.rows-p.page+1), p.page); ok {
			p.scroll.Top, p.moved = to, true
		}
	}
	return nil, nil
}

func text(r pane.Result) string {
	out := "$ " + r.Command + "\n"
	for _, l := range r.Lines {
		out += l + "\n"
	}
	return out
}

// result is the one that is shown: what runs now, else the newest, else an older one.
func (p *Pane) result(s pane.State) (pane.Result, bool) {
	if a := s.Action; a != nil && p.back <= 0 && a.Stage >= pane.Running && a.Stage != pane.Judged {
		r := pane.Result{Title: a.Plan.Title, At: a.StartedAt, Command: a.Plan.Command, Lines: a.Output, Check: a.Plan.Check, Exit: -1}
		if a.Stage == pane.Verifying {
			r.Exit, r.Took = a.Exit, a.EndedAt.Sub(a.StartedAt)
		}
		return r, true
	}
	if len(s.Outputs) == 0 {
		return pane.Result{}, false
	}
	p.back = max(0, min(p.back, len(s.Outputs)-1))
	return s.Outputs[p.back], true
}

func running(s pane.State, r pane.Result) bool {
	return s.Action != nil && s.Action.Stage == pane.Running && r.At.Equal(s.Action.StartedAt)
}

// Band says what was run, when, and how it ended.
func (p *Pane) Band(s pane.State) string { return s.Theme.Text.Clean(p.band(s)) }

func (p *Pane) band(s pane.State) string {
	r, ok := p.result(s)
	switch {
	case !ok:
		return ""
	case running(s, r):
		return r.Title + ", running"
	}
	text := r.Title + ", " + r.At.UTC().Format("15:04:05")
	if r.Exit >= 0 {
		text += ", exit " + strconv.Itoa(r.Exit) + ", " + signal.FormatValue(signal.Seconds, r.Took.Seconds())
	}
	if r.Verdict != action.Pending && !r.Check {
		text += ", " + string(r.Verdict)
	}
	return text
}

// Want is how many lines the pane could use.
func (p *Pane) Want(s pane.State, w int) layout.Want {
	r, ok := p.result(s)
	if !ok {
		return layout.Want{Sizes: []int{1}}
	}
	n := len(r.Lines) + len(r.Adds)
	return layout.Want{Sizes: []int{min(n, 2), min(n, 8), n}, Scrolls: true}
}

// View draws the output.
func (p *Pane) View(s pane.State, w, h int, focused bool) string {
	r, ok := p.result(s)
	if !ok {
		b := row.Block{row.New().Gap(3).Flex(s.Theme.Muted, "Run a check to see its output (c).")}
		return b.Render(w, h, 0)
	}
	if r.At.String()+r.Step != p.shown {
		p.shown, p.moved, p.scroll.Top = r.At.String()+r.Step, false, 0
	}
	hits := p.find.Hits(r.Lines)
	head := p.head(s, r, len(hits), w)
	b := p.body(s, r, w)
	p.page = max(1, h-len(head))
	p.rows = len(b)
	p.place(s, r, hits, len(b))
	return row.Under(head, b, w, h, p.scroll.Clamp(len(b), p.page))
}

// place scrolls to the hit that was asked for, and to the end of what is still being written.
func (p *Pane) place(s pane.State, r pane.Result, hits []int, n int) {
	if line, ok := p.find.Hit(hits); ok && line+1 != p.last {
		p.last, p.moved = line+1, true
		p.scroll.Show(n, p.page, line, line+1)
	}
	if running(s, r) && !p.moved {
		p.scroll.Top = n
	}
}

// head is what stands above the output and does not scroll: the search, and which result it is.
func (p *Pane) head(s pane.State, r pane.Result, hits, w int) row.Block {
	var b row.Block
	if line := p.find.Row(&s.Theme, hits, w); line != nil {
		b.Put(line)
	}
	if w >= 76 {
		line := row.New().Gap(3).Flex(s.Theme.Bold, p.Band(s))
		if n := len(s.Outputs); n > 1 {
			line.Tail(s.Theme.Muted, strconv.Itoa(p.back+1)+" of "+strconv.Itoa(n))
		}
		b.Put(line, row.New().Gap(3).Flex(s.Theme.Muted, "$ "+r.Command))
	}
	return b
}

func (p *Pane) body(s pane.State, r pane.Result, w int) row.Block {
	st := &s.Theme
	var b row.Block
	for _, l := range r.Lines {
		b.Put(p.find.Mark(row.New().Gap(3), st, st.Text, l))
	}
	if len(r.Lines) == 0 {
		b.Put(row.New().Gap(3).Flex(st.Muted, "no output"))
	}
	for i, add := range r.Adds {
		label := "calm adds"
		if i > 0 {
			label = ""
		}
		for _, l := range row.Wrap(st.Text, add, max(10, w-14)) {
			b.Put(row.New().Gap(3).Cell(st.Muted, label, 10).Flex(st.Text, l))
			label = ""
		}
	}
	return b
}
