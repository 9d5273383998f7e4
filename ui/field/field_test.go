package field_test

import (
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"calm/ui/field"
	"calm/ui/row"
	"calm/ui/theme"
)

func press(f *field.Field, keys ...string) {
	codes := map[string]rune{"left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}
	for _, k := range keys {
		switch {
		case codes[k] != 0:
			f.Update(tea.KeyPressMsg{Code: codes[k]})
		case strings.HasPrefix(k, "ctrl+"):
			f.Update(tea.KeyPressMsg{Code: rune(k[5]), Mod: tea.ModCtrl})
		default:
			f.Update(tea.KeyPressMsg{Code: []rune(k)[0], Text: k})
		}
	}
}

func TestEditing(t *testing.T) {
	for _, c := range []struct {
		start string
		keys  []string
		want  string
	}{
		{"", []string{"a", "b", "c"}, "abc"},
		{"abc", []string{"left", "x"}, "abxc"},
		{"abc", []string{"home", "x", "end", "y"}, "xabcy"},
		{"abc", []string{"backspace", "home", "delete", "delete", "delete", "delete"}, ""},
		{"one two", []string{"ctrl+w"}, "one "},
		{"one two", []string{"ctrl+u"}, ""},
		{"one two", []string{"home", "right", "ctrl+k"}, "o"},
		{"é", []string{"backspace", "ü"}, "ü"},
	} {
		f := field.New(c.start)
		press(&f, c.keys...)
		if f.Text() != c.want {
			t.Errorf("%q and %v: %q, want %q", c.start, c.keys, f.Text(), c.want)
		}
	}
}

func TestPasteIsTextOnOneLine(t *testing.T) {
	var f field.Field
	f.Update(tea.PasteMsg{Content: "y\nrm -rf\t/\x1b[31m\x07"})
	if got, want := f.Text(), "y rm -rf /[31m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Update(tea.PasteMsg{Content: strings.Repeat("x", 1<<20)})
	if n := len(f.Text()); n > 5000 {
		t.Errorf("a paste of a megabyte left %d bytes", n)
	}
}

func TestOtherKeysAreNotTaken(t *testing.T) {
	var f field.Field
	for _, m := range []tea.Msg{tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyEscape}, tea.KeyPressMsg{Code: tea.KeyTab}, tea.FocusMsg{}} {
		if f.Update(m) {
			t.Errorf("%v was taken", m)
		}
	}
}

// TestTheCursorIsInView for any text, place and width.
func TestTheCursorIsInView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := field.New(rapid.StringOf(rapid.RuneFrom(nil, unicode.Latin, unicode.Han, unicode.Digit)).Draw(t, "text"))
		for range rapid.IntRange(0, 30).Draw(t, "left") {
			press(&f, "left")
		}
		w := rapid.IntRange(1, 60).Draw(t, "w")
		r := row.New().Gap(2)
		at := f.Draw(r, theme.Style{}, w)
		if at < 2 || at > 2+w {
			t.Fatalf("the cursor is at %d, of %d", at, w)
		}
		if n := ansi.StringWidth(r.String()); n > 2+w {
			t.Fatalf("%d columns drawn, of %d", n, w+2)
		}
	})
}
