package row_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"calm/ui/row"
	"calm/ui/theme"
)

var st = theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})

func TestWhatGivesWay(t *testing.T) {
	line := func() *row.Row {
		return row.New().Gap(3).Add(st.Bad, "(●)").Gap(1).Flex(st.Text, "All APIs returning 500 errors").
			Tail(st.Text, "4 of 4 routes, 58 %").Tail(st.Text, "  ").TailNum(st.Muted, "3 s", 4)
	}
	for w, want := range map[int]string{
		63: "   (●) All APIs returning 500 errors  4 of 4 routes, 58 %   3 s",
		59: "   (●) All APIs returning 500 er… 4 of 4 routes, 58 %   3 s",
		40: "   (●) All AP… 4 of 4 routes, 58 %   3 s",
		30: "   … 4 of 4 routes, 58 %   3 s",
		10: "4 of 4 ro…",
	} {
		if got := ansi.Strip(line().Render(w)); got != want {
			t.Errorf("at %d:\n got %q\nwant %q", w, got, want)
		}
	}
}

func TestCellsAndNumbers(t *testing.T) {
	got := row.New().Cell(st.Text, "error ratio", 15).Num(st.Text, "1,234,567", 4).Gap(1).Cell(st.Text, "a long limit", 6).Render(40)
	if want := "error ratio    1,234,567 a lon…         "; got != want {
		t.Errorf("got %q, want %q: a number must not be cut", got, want)
	}
}

func TestGroundFillsTheLine(t *testing.T) {
	got := row.On(st.Band).Add(st.Accent, "3").Render(4)
	if !strings.HasSuffix(got, "   "+theme.Reset) || strings.Count(got, "48;2;") != 2 {
		t.Errorf("the ground does not reach the end: %q", got)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		want []string
	}{
		{"pm2 restart glowglitch-app --update-env", 28, []string{"pm2 restart glowglitch-app", "--update-env"}},
		{"short", 28, []string{"short"}},
		{"", 5, []string{""}},
		{"aaaaaaaaaaaa", 5, []string{"aaaaa", "aaaaa", "aa"}},
		{"two\nlines", 9, []string{"two", "lines"}},
		{"  indented text here", 12, []string{"  indented", "text here"}},
	} {
		got := row.Wrap(st.Text, c.text, c.w)
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.text, c.w, got, c.want)
		}
	}
}

// TestAlwaysExactlyAsWideAsAsked holds for any pieces and any width.
func TestAlwaysExactlyAsWideAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := row.New()
		for range rapid.IntRange(0, 8).Draw(t, "pieces") {
			text := rapid.String().Draw(t, "text")
			n := rapid.IntRange(0, 30).Draw(t, "n")
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				r.Add(st.Bad, text)
			case 1:
				r.Flex(st.Text, text)
			case 2:
				r.Cell(st.Muted, text, n)
			case 3:
				r.Num(st.Muted, text, n)
			case 4:
				r.Tail(st.Warn, text)
			case 5:
				r.TailNum(st.Warn, text, n)
			}
		}
		w := rapid.IntRange(0, 120).Draw(t, "w")
		if got := ansi.StringWidth(r.Render(w)); got != w {
			t.Fatalf("%d columns, want %d: %q", got, w, r.Render(w))
		}
		for _, l := range row.Wrap(st.Text, rapid.String().Draw(t, "long"), max(2, w)) {
			if n := theme.Width(l); n > max(2, w) {
				t.Fatalf("a wrapped line has %d columns, of %d: %q", n, w, l)
			}
		}
	})
}

func TestScrollMovesAsLittleAsNeeded(t *testing.T) {
	var s row.Scroll
	for _, c := range []struct{ from, to, want int }{{0, 1, 0}, {12, 14, 4}, {8, 9, 4}, {2, 3, 2}, {49, 50, 40}} {
		if got := s.Show(50, 10, c.from, c.to); got != c.want {
			t.Errorf("lines %d–%d: top %d, want %d", c.from, c.to, got, c.want)
		}
	}
	if got := s.Clamp(5, 10); got != 0 {
		t.Errorf("a list that fits is scrolled to %d", got)
	}
}
