// Package find is how a person looks for a word in lines: / types it, n and N go through the hits.
// It owns the word and where in the hits one is; the lines belong to whoever shows them.
package find

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"calm/ui/field"
	"calm/ui/row"
	"calm/ui/theme"
)

// Finder is one search. The zero value looks for nothing.
type Finder struct {
	typing bool
	word   field.Field
	at     int // which hit
	caret  int
}

// The keys of a search.
var (
	Slash    = key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "search"))
	Next     = key.NewBinding(key.WithKeys("n"), key.WithHelp("n", "next hit"))
	Previous = key.NewBinding(key.WithKeys("N"), key.WithHelp("N", "hit before"))
	End      = key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "end search"))
)

// Bindings are the keys in force.
func (f *Finder) Bindings() []key.Binding {
	if f.Active() {
		return []key.Binding{Slash, Next, Previous, End}
	}
	return []key.Binding{Slash}
}

// Typing says that keys are letters of the word.
func (f *Finder) Typing() bool { return f.typing }

// Active says that a word is looked for.
func (f *Finder) Active() bool { return !f.typing && !f.word.Empty() }

// Word is what is looked for, in lower case.
func (f *Finder) Word() string { return strings.ToLower(strings.TrimSpace(f.word.Text())) }

// Cursor is where the word is typed, on the first line.
func (f *Finder) Cursor() *tea.Cursor {
	if !f.typing {
		return nil
	}
	return tea.NewCursor(f.caret, 0)
}

// Update takes a key and says whether it was for the search.
func (f *Finder) Update(msg tea.Msg) bool {
	press, isKey := msg.(tea.KeyPressMsg)
	k := ""
	if isKey {
		k = press.String()
	}
	switch {
	case f.typing && k == "enter":
		f.typing, f.at = false, 0
	case f.typing && k == "esc", !f.typing && k == "esc" && !f.word.Empty():
		f.typing = false
		f.word.Set("")
	case f.typing:
		f.word.Update(msg)
		f.at = 0
	case k == "/":
		f.typing = true
	case f.Active() && k == "n":
		f.at++
	case f.Active() && k == "N":
		f.at--
	default:
		return false
	}
	return true
}

// Hits are the lines that have the word.
func (f *Finder) Hits(lines []string) []int {
	word := f.Word()
	if word == "" {
		return nil
	}
	var out []int
	for i, l := range lines {
		if strings.Contains(strings.ToLower(l), word) {
			out = append(out, i)
		}
	}
	return out
}

// Hit is the hit one is at; ok is false when there is none.
func (f *Finder) Hit(hits []int) (line int, ok bool) {
	if len(hits) == 0 {
		return 0, false
	}
	f.at = (f.at%len(hits) + len(hits)) % len(hits)
	return hits[f.at], true
}

// Row is the line in which the word stands while there is one, nil otherwise.
func (f *Finder) Row(st *theme.Styles, hits, w int) *row.Row {
	if !f.typing && f.word.Empty() {
		return nil
	}
	r := row.New().Gap(1).Add(st.Accent, "/").Gap(1)
	f.caret = f.word.Draw(r, st.Text, max(1, w-20))
	switch {
	case f.word.Empty():
	case hits == 0:
		r.Tail(st.Muted, "no hit")
	case f.typing:
		r.Tail(st.Muted, strconv.Itoa(hits)+" hits")
	default:
		r.Tail(st.Muted, strconv.Itoa(f.at+1)+" of "+strconv.Itoa(hits)+" hits")
	}
	return r
}

// Mark adds a text to a line, with the word in it set off.
func (f *Finder) Mark(r *row.Row, st *theme.Styles, s theme.Style, text string) *row.Row {
	word := f.Word()
	lower := strings.ToLower(text)
	// A change of case may change the length of a text; then nothing is set off rather than a wrong part.
	if word == "" || len(lower) != len(text) {
		return r.Flex(s, text)
	}
	for {
		i := strings.Index(lower, word)
		if i < 0 {
			return r.Flex(s, text)
		}
		r.Flex(s, text[:i]).Flex(st.ChipNext, text[i:i+len(word)])
		text, lower = text[i+len(word):], lower[i+len(word):]
	}
}
