package find_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"calm/ui/find"
	"calm/ui/row"
	"calm/ui/theme"
)

func press(f *find.Finder, keys ...string) (taken bool) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape}
	for _, k := range keys {
		if c, ok := codes[k]; ok {
			taken = f.Update(tea.KeyPressMsg{Code: c})
			continue
		}
		taken = f.Update(tea.KeyPressMsg{Code: rune(k[0]), Text: k})
	}
	return taken
}

var lines = []string{"Error: pool", "ok", "an error again", "ERROR", "fine"}

func TestGoingThroughTheHits(t *testing.T) {
	var f find.Finder
	press(&f, "/", "e", "r", "r", "o", "r")
	if !f.Typing() || f.Cursor() == nil {
		t.Fatal("the word is not being typed")
	}
	press(&f, "enter")
	hits := f.Hits(lines)
	var went []int
	for range 4 {
		at, ok := f.Hit(hits)
		if !ok {
			t.Fatal("no hit")
		}
		went = append(went, at)
		press(&f, "n")
	}
	if want := []int{0, 2, 3, 0}; !slices.Equal(went, want) {
		t.Errorf("n goes to %v, want %v", went, want)
	}
	press(&f, "N", "N")
	if at, _ := f.Hit(hits); at != 3 {
		t.Errorf("N goes to %d, want 3", at)
	}
	press(&f, "esc")
	if f.Active() || f.Hits(lines) != nil {
		t.Error("esc did not end the search")
	}
}

func TestWithoutAWordNIsNotTaken(t *testing.T) {
	var f find.Finder
	for _, k := range []string{"n", "N", "esc", "x", "enter"} {
		if press(&f, k) {
			t.Errorf("%q was taken", k)
		}
	}
}

func TestMarkSetsTheWordOff(t *testing.T) {
	var f find.Finder
	press(&f, "/", "o", "o", "enter")
	st := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	got := f.Mark(row.New(), &st, st.Text, "Pool pOOl").String()
	if strings.Count(got, st.ChipNext.Open()) != 2 || !strings.Contains(got, "OO") {
		t.Errorf("got %q", got)
	}
}
