// Package field is one line of text that a person types. It owns the text and the place in it; it
// draws nothing but the text, and knows nothing of what the text is for.
package field

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"calm/ui/row"
	"calm/ui/theme"
)

// most is the number of runes a field takes; a paste beyond it is cut.
const most = 4000

// Field is a line being typed. The zero value is empty.
type Field struct {
	text []rune
	at   int
}

// New begins with a text, the cursor at its end.
func New(text string) Field {
	var f Field
	f.insert(text)
	return f
}

// Text is what has been typed.
func (f Field) Text() string { return string(f.text) }

// Empty says that nothing but blanks has been typed.
func (f Field) Empty() bool { return strings.TrimSpace(string(f.text)) == "" }

// Set replaces the text.
func (f *Field) Set(text string) {
	f.text, f.at = nil, 0
	f.insert(text)
}

// Update takes a key or a paste, and says whether it was for the field.
func (f *Field) Update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		f.insert(msg.Content)
		return true
	case tea.KeyPressMsg:
		return f.key(msg)
	}
	return false
}

func (f *Field) key(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "left", "ctrl+b":
		f.at = max(0, f.at-1)
	case "right", "ctrl+f":
		f.at = min(len(f.text), f.at+1)
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "backspace", "ctrl+h":
		f.remove(f.at-1, f.at)
	case "delete":
		f.remove(f.at, f.at+1)
	case "ctrl+u":
		f.remove(0, f.at)
	case "ctrl+k":
		f.remove(f.at, len(f.text))
	case "ctrl+w":
		f.remove(f.wordStart(), f.at)
	default:
		if msg.Text == "" {
			return false
		}
		f.insert(msg.Text)
	}
	return true
}

// insert adds text at the cursor, without what a terminal would obey.
func (f *Field) insert(text string) {
	var clean []rune
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			clean = append(clean, ' ')
		case unicode.IsPrint(r):
			clean = append(clean, r)
		}
	}
	if room := most - len(f.text); len(clean) > room {
		clean = clean[:max(0, room)]
	}
	rest := append([]rune(nil), f.text[f.at:]...)
	f.text = append(append(f.text[:f.at:f.at], clean...), rest...)
	f.at += len(clean)
}

func (f *Field) remove(from, to int) {
	from, to = max(0, from), min(len(f.text), to)
	if from >= to {
		return
	}
	f.text = append(f.text[:from:from], f.text[to:]...)
	f.at = from
}

func (f *Field) wordStart() int {
	i := f.at
	for i > 0 && f.text[i-1] == ' ' {
		i--
	}
	for i > 0 && f.text[i-1] != ' ' {
		i--
	}
	return i
}

// Draw adds the text to a line, at most w columns of it, with the part around the cursor in view,
// and gives the column of the line at which the cursor stands.
func (f Field) Draw(r *row.Row, s theme.Style, w int) (cursor int) {
	if w <= 0 {
		return r.Len()
	}
	start := 0
	for theme.Width(string(f.text[start:f.at])) >= w {
		start++
	}
	end := len(f.text)
	for end > start && theme.Width(string(f.text[start:end])) > w {
		end--
	}
	cursor = r.Len() + theme.Width(s.Clean(string(f.text[start:f.at])))
	r.Add(s, string(f.text[start:end]))
	return cursor
}
