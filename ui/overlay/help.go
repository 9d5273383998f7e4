package overlay

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/ui/find"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// Binding is a key and what it does.
type Binding struct{ Key, Does string }

// Unavailable is a key that does nothing now, and why.
type Unavailable struct{ Key, Why string }

// helper shows every key in force, and why others are not.
type helper struct {
	dialog
	here, everywhere []Binding
	not              []Unavailable
	find             find.Finder
}

// NewHelp shows the keys of the focused pane, those that work everywhere, and which of these don't
// now.
func NewHelp(here, everywhere []Binding, notNow []Unavailable) Overlay {
	return &helper{here: here, everywhere: everywhere, not: notNow}
}

// Keys is what the keys row says.
func (h *helper) Keys() string { return "/ find   ↑ ↓ scroll   esc back" }

// Update scrolls, searches and closes.
func (h *helper) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	if h.find.Update(msg) {
		h.top = 0
		return h, nil, nil
	}
	switch pressed(msg) {
	case "esc", "?", "q", "enter":
		return nil, nil, nil
	case "down", "j":
		h.top++
	case "up", "k":
		h.top = max(0, h.top-1)
	case "pgdown", "space":
		h.top += 10
	case "pgup":
		h.top = max(0, h.top-10)
	}
	return h, nil, nil
}

// View draws two columns: what works here and not now, and what works everywhere.
func (h *helper) View(s pane.State, w, height int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Keys", right: "/ finds one", rightStyle: st.Accent, foot: "esc back", top: h.top, tall: true}
	width := inner(w)
	half := (width - 1) / 2
	left, right := h.left(st, half), h.right(st)
	h.cursor = nil
	if line := h.find.Row(st, len(left)+len(right), width); line != nil {
		b.body.Put(line)
		if c := h.find.Cursor(); c != nil {
			h.cursor = cursorAt(c.X, 1)
		}
	}
	if width < 60 {
		b.body = append(append(b.body, left...), right...)
	} else {
		for i := range max(len(left), len(right)) {
			b.body.Put(beside(at(left, i), at(right, i), half, width))
		}
	}
	view, _ := b.render(st, w, height)
	h.top = b.top
	return view
}

func at(rows row.Block, i int) *row.Row {
	if i < len(rows) {
		return rows[i]
	}
	return row.New()
}

func beside(l, r *row.Row, half, width int) *row.Row {
	return row.Drawn(l.Render(half) + " " + r.Render(width-half-1))
}

// keyWidth is the column of keys.
const keyWidth = 7

func (h *helper) left(st *theme.Styles, width int) row.Block {
	var b row.Block
	b.Put(row.New().Add(st.Bold, "here"))
	for _, k := range h.here {
		if h.wanted(k.Key, k.Does) {
			b.Put(row.New().Cell(st.Accent, k.Key, keyWidth).Gap(1).Flex(st.Text, k.Does))
		}
	}
	if len(h.not) == 0 {
		return b
	}
	b.Blank()
	b.Put(row.New().Add(st.Muted, "not now"))
	for _, k := range h.not {
		if !h.wanted(k.Key, k.Why) {
			continue
		}
		key := k.Key
		for _, line := range row.Wrap(st.Muted, k.Why, max(8, width-keyWidth-1)) {
			b.Put(row.New().Cell(st.Muted, key, keyWidth).Gap(1).Flex(st.Muted, line))
			key = ""
		}
	}
	return b
}

func (h *helper) right(st *theme.Styles) row.Block {
	var b row.Block
	b.Put(row.New().Add(st.Bold, "everywhere"))
	for _, k := range h.everywhere {
		if !h.wanted(k.Key, k.Does) {
			continue
		}
		key, does := st.Accent, st.Text
		if slices.ContainsFunc(h.not, func(n Unavailable) bool { return n.Key == k.Key }) {
			key, does = st.Muted, st.Muted
		}
		b.Put(row.New().Cell(key, k.Key, keyWidth).Gap(1).Flex(does, k.Does))
	}
	return b
}

func (h *helper) wanted(key, does string) bool {
	word := h.find.Word()
	return word == "" || strings.Contains(strings.ToLower(key+" "+does), word)
}
