package overlay

import (
	"strconv"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/runbook/shell"
	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
)

// fill asks for the values of a step's placeholders.
type fill struct {
	dialog
	ref     action.Ref
	holes   []shell.Placeholder
	suggest map[string][]string
	values  []field.Field
	picked  []int // which suggestion was taken last; -1 for none
	at      int
	done    func(map[string]string) pane.Intent
}

// NewFill asks for a value for each placeholder of a step, with suggestions by the placeholder's
// text. Values come to done by the placeholder's text.
func NewFill(ref action.Ref, holes []shell.Placeholder, suggest map[string][]string, done func(map[string]string) pane.Intent) Overlay {
	f := &fill{ref: ref, holes: distinct(holes), suggest: suggest, done: done}
	f.values = make([]field.Field, len(f.holes))
	f.picked = make([]int, len(f.holes))
	for i := range f.picked {
		f.picked[i] = -1
	}
	return f
}

// distinct leaves out a placeholder that occurs again: it is asked for once.
func distinct(holes []shell.Placeholder) []shell.Placeholder {
	var out []shell.Placeholder
	seen := map[string]bool{}
	for _, h := range holes {
		if !seen[h.Text] {
			seen[h.Text] = true
			out = append(out, h)
		}
	}
	return out
}

// Update types, takes suggestions, and goes on when nothing is missing.
func (f *fill) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	if len(f.holes) == 0 {
		return nil, f.done(nil), nil
	}
	f.wrong = ""
	switch k := pressed(msg); k {
	case "esc":
		return nil, nil, nil
	case "tab":
		f.at = turn(f.at, 1, len(f.holes))
	case "shift+tab":
		f.at = turn(f.at, -1, len(f.holes))
	case "down":
		f.pick(1)
	case "up":
		f.pick(-1)
	case "enter":
		return f.enter()
	default:
		f.values[f.at].Update(msg)
	}
	return f, nil, nil
}

// pick takes the next suggestion for the value at hand.
func (f *fill) pick(by int) {
	list := f.suggest[f.holes[f.at].Text]
	if len(list) == 0 {
		return
	}
	from := f.picked[f.at]
	if from < 0 && by < 0 {
		from = 0
	}
	f.picked[f.at] = turn(from, by, len(list))
	f.values[f.at].Set(value(list[f.picked[f.at]]))
}

// value is the part of a suggestion that is filled in; what stands after two blanks explains it.
func value(suggestion string) string {
	for i := 0; i+1 < len(suggestion); i++ {
		if suggestion[i] == ' ' && suggestion[i+1] == ' ' {
			return suggestion[:i]
		}
	}
	return suggestion
}

func (f *fill) enter() (Overlay, pane.Intent, tea.Cmd) {
	out := map[string]string{}
	for i, h := range f.holes {
		if f.values[i].Empty() {
			f.at = i
			f.wrong = h.Text + " has no value yet"
			return f, nil, nil
		}
		out[h.Text] = f.values[i].Text()
	}
	return nil, f.done(out), nil
}

// View draws the values and the suggestions for the one at hand.
func (f *fill) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Fill in: " + f.ref.Title, top: f.top}
	if f.ref.Line > 0 {
		b.foot = "runbook line " + strconv.Itoa(f.ref.Line) + " · nothing runs yet: the plan is shown next"
	}
	column, line := 0, 0
	for i, hole := range f.holes {
		focused := i == f.at
		r := row.New()
		if focused {
			r.Add(st.Accent, "▸ ").Add(st.Current, hole.Text)
		} else {
			r.Gap(2).Add(st.Muted, hole.Text)
		}
		b.body.Put(r)
		r = row.New().Gap(4)
		c := f.values[i].Draw(r, st.Bold, inner(w)-6)
		if focused {
			column, line = c, len(b.body)
		}
		b.body.Put(r)
		if focused {
			f.suggestions(&b.body, s, hole)
		}
	}
	view, shown := f.finish(&b, st, w, h, [][2]string{{"enter", "go on"}, {"↑ ↓", "suggestions"}, {"tab", "next"}, {"esc", "back"}})
	f.place(&b, column, line, shown)
	return view
}

func (f *fill) suggestions(b *row.Block, s pane.State, hole shell.Placeholder) {
	st := &s.Theme
	list := f.suggest[hole.Text]
	if len(list) == 0 {
		b.Put(row.New().Gap(4).Flex(st.Muted, "calm knows no value for it"))
	}
	const most = 6
	from := max(0, min(f.picked[f.at]-most+1, len(list)-most))
	for i := from; i < len(list) && i < from+most; i++ {
		style := st.Muted
		mark := "  "
		if i == f.picked[f.at] {
			style, mark = st.Text, "▸ "
		}
		b.Put(row.New().Gap(4).Add(st.Accent, mark).Flex(style, list[i]))
	}
}
