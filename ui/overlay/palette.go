package overlay

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"calm/ui/field"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// Entry is one action that the palette finds by its name.
type Entry struct {
	Name   string
	From   string // where it comes from: "Code Rollback, 5 steps"
	Risk   string
	Key    string
	Intent pane.Intent
	Why    string // why it can't be done now; empty when it can
}

// palette finds every action by name. What can't be done stays in the list, with the reason.
type palette struct {
	dialog
	all   []Entry
	hits  []hit
	word  field.Field
	at    int
	first int
}

// hit is an entry that matches, with the places of the letters that do.
type hit struct {
	Entry
	letters []int
}

// NewPalette opens the list of all actions.
func NewPalette(entries []Entry) Overlay {
	p := &palette{all: entries}
	p.search()
	return p
}

// Keys is what the keys row says.
func (p *palette) Keys() string { return "enter open   ↑ ↓ move   tab complete   esc back" }

// names is the list as the fuzzy search wants it.
type names []Entry

func (n names) String(i int) string { return n[i].Name }
func (n names) Len() int            { return len(n) }

func (p *palette) search() {
	p.hits, p.at = nil, 0
	word := strings.TrimSpace(p.word.Text())
	if word == "" {
		for _, e := range p.all {
			p.hits = append(p.hits, hit{Entry: e})
		}
		return
	}
	for _, m := range fuzzy.FindFrom(word, names(p.all)) {
		p.hits = append(p.hits, hit{p.all[m.Index], m.MatchedIndexes})
	}
}

// Update types the word, moves, and opens what was found.
func (p *palette) Update(msg tea.Msg, _ pane.State) (Overlay, pane.Intent, tea.Cmd) {
	p.wrong = ""
	switch k := pressed(msg); k {
	case "esc":
		return nil, nil, nil
	case "up", "ctrl+p":
		p.at = max(0, p.at-1)
	case "down", "ctrl+n":
		p.at = max(0, min(len(p.hits)-1, p.at+1))
	case "pgdown":
		p.at = max(0, min(len(p.hits)-1, p.at+10))
	case "pgup":
		p.at = max(0, p.at-10)
	case "tab":
		if len(p.hits) > 0 {
			p.word.Set(p.hits[p.at].Name)
			p.search()
		}
	case "enter":
		return p.open()
	default:
		if p.word.Update(msg) {
			p.search()
		}
	}
	return p, nil, nil
}

func (p *palette) open() (Overlay, pane.Intent, tea.Cmd) {
	switch {
	case len(p.hits) == 0:
		p.wrong = "nothing has this name"
	case p.hits[p.at].Why != "":
		p.wrong = "not now: " + p.hits[p.at].Why
	default:
		return nil, p.hits[p.at].Intent, nil
	}
	return p, nil, nil
}

// View draws the word and what it finds.
func (p *palette) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Every action", foot: "enter opens it; nothing dangerous runs from here"}
	width := inner(w)
	r := row.New().Add(st.Muted, ": ")
	column := p.word.Draw(r, st.Bold, width-16)
	b.body.Put(r.Tail(st.Muted, strconv.Itoa(len(p.hits))+" of "+strconv.Itoa(len(p.all))))
	b.body.Blank()
	// The frame takes two lines, the word two, and what is wrong one.
	most := max(1, min(h, boxHeight)-5)
	p.first = max(min(p.first, p.at), p.at-most+1)
	for i := p.first; i < len(p.hits) && i < p.first+most; i++ {
		b.body.Put(p.line(st, p.hits[i], i == p.at, width))
	}
	if len(p.hits) == 0 {
		b.body.Put(row.New().Gap(2).Flex(st.Muted, "Nothing has this name."))
	}
	if p.wrong != "" {
		b.feet.Put(row.New().Flex(st.Warn, p.wrong))
	}
	view, _ := b.render(st, w, h)
	p.cursor = cursorAt(column, 1)
	return view
}

func (p *palette) line(st *theme.Styles, e hit, selected bool, width int) *row.Row {
	r := row.New()
	style := st.Text
	switch {
	case selected:
		r.Add(st.Accent, "▸ ")
	default:
		r.Gap(2)
	}
	if e.Why != "" {
		style = st.Muted
	}
	letters(r, st, style, e)
	from, fromStyle := e.From, st.Muted
	if e.Why != "" {
		from = "— " + e.Why
	}
	r.To(min(26, width/2)).Gap(1).Flex(fromStyle, from)
	switch {
	case e.Why != "":
	case e.Risk != "":
		r.Tail(st.Risk(e.Risk), e.Risk)
	case e.Key != "":
		r.Tail(st.Accent, e.Key)
	}
	return r
}

// letters sets off the letters that were typed.
func letters(r *row.Row, st *theme.Styles, style theme.Style, e hit) {
	typed := map[int]bool{}
	for _, i := range e.letters {
		typed[i] = true
	}
	start, on := 0, false
	flush := func(end int) {
		if end > start {
			s := style
			if on {
				s = style.Over(st.Title)
			}
			r.Flex(s, e.Name[start:end])
		}
		start = end
	}
	for i := range e.Name {
		if typed[i] != on {
			flush(i)
			on = typed[i]
		}
	}
	flush(len(e.Name))
}
