package chart_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"calm/ui/chart"
	"calm/ui/theme"
)

var (
	from = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	to   = from.Add(time.Hour)
	bare theme.Styles
)

// steps is a value that is low for half an hour and high after.
func steps(low, high float64) []chart.Point {
	var out []chart.Point
	for m := range 61 {
		p := chart.Point{At: from.Add(time.Duration(m) * time.Minute), Value: low}
		if m >= 30 {
			p.Value = high
		}
		out = append(out, p)
	}
	return out
}

func percent(v float64) string { return strconv.FormatFloat(v*100, 'g', 3, 64) + "%" }

func TestPlot(t *testing.T) {
	p := chart.Plot{
		Points: steps(.02, .58), From: from, To: to, Rows: 5, Axis: percent,
		Limits: []chart.Limit{{At: .5, Label: "SEV-1", Level: 1}, {At: .2, Label: "SEV-2", Level: 2}},
		Marks:  []chart.Mark{{At: from.Add(30 * time.Minute), Label: "onset", Kind: chart.Onset}},
	}
	want := []string{
		" 70%          ⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀       ",
		"     ┄┄┄┄┄┄┄┄┄⢸┄┄┄┄┄┄┄┄┄┄ SEV-1 ",
		"              ⢸                 ",
		"     ┄┄┄┄┄┄┄┄┄⢸┄┄┄┄┄┄┄┄┄┄ SEV-2 ",
		"  0% ⠤⠤⠤⠤⠤⠤⠤⠤⠤⠜                 ",
		"     02:00  onset               ",
	}
	got := p.Draw(32, &bare)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNoLineThroughTheUnknown: what was not read is shaded, from top to bottom, and nothing else.
func TestNoLineThroughTheUnknown(t *testing.T) {
	points := steps(.4, .4)
	for i := 20; i < 40; i++ {
		points[i].Unknown = true
	}
	p := chart.Plot{Points: points, From: from, To: to, Rows: 4, Max: 1}
	lines := p.Draw(72, &bare)
	for y, l := range lines[:4] {
		middle := string([]rune(l)[5+60*20/60+1 : 5+60*40/60-2])
		if strings.Trim(middle, "░") != "" {
			t.Errorf("line %d is drawn through the gap: %q", y, middle)
		}
	}
	if !strings.ContainsAny(lines[2], "⠒⠤⣀⠉") {
		t.Errorf("what was read is not drawn: %q", lines)
	}
}

// TestColourIsThatOfTheWorstLimitReached: text until a limit, then the limit's.
func TestColourIsThatOfTheWorstLimitReached(t *testing.T) {
	st := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	p := chart.Plot{Points: steps(.02, .58), From: from, To: to, Rows: 5, Limits: []chart.Limit{{At: .5, Label: "SEV-1", Level: 1}}}
	lines := p.Draw(40, &st)
	if top := lines[0]; !strings.Contains(top, st.Bad.Open()+"⢀⣀⣀") {
		t.Errorf("above the limit it is not bad: %q", top)
	}
	if bottom := lines[4]; !strings.Contains(bottom, " ⠤⠤⠤") {
		t.Errorf("below the limit it is bad: %q", bottom)
	}
}

func TestASCIIPlot(t *testing.T) {
	st := theme.New(theme.Options{Profile: colorprofile.ASCII, ASCII: true})
	p := chart.Plot{Points: steps(.02, .58), From: from, To: to, Rows: 5, Limits: []chart.Limit{{At: .5, Label: "SEV-1", Level: 1}}}
	for _, l := range p.Draw(40, &st) {
		for _, r := range ansi.Strip(l) {
			if r > '~' {
				t.Fatalf("%q in %q", r, l)
			}
		}
	}
}

func TestRound(t *testing.T) {
	for v, want := range map[float64]float64{.638: .7, .55: .6, 7.04: 8, 9.02: 10, 1: 1, 1.1: 1.2, 0: 1, 123: 150, 9.9: 10} {
		if got := chart.Round(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("Round(%v) = %v, want %v", v, got, want)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), -3} {
		if got := chart.Round(v); got != 1 {
			t.Errorf("Round(%v) = %v", v, got)
		}
	}
}

func TestSpark(t *testing.T) {
	points := steps(.1, 1)
	points[58].Unknown, points[59].Unknown, points[60].Unknown = true, true, true
	k := chart.Spark{Points: points[12:], From: from, To: to, Max: 1}
	if got, want := k.Draw(10, &bare), "  ▁▁▁████░"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTapeAndBar(t *testing.T) {
	before, now := .4, .58
	tape := chart.Tape{Max: 1, Edges: []chart.Edge{{At: .1, Level: 3}, {At: .2, Level: 2}, {At: .5, Level: 1}}, Before: &before, Now: &now}
	if got, want := tape.Draw(20, &bare, bare.Bad), "┄┄3┄2┄┄┄○┄1●┄┄┄┄┄┄┄┄"; got != want {
		t.Errorf("tape %q, want %q", got, want)
	}
	for part, want := range map[float64]string{0: "░░░░", .5: "██░░", 1: "████", 7: "████", -1: "░░░░", math.NaN(): "░░░░"} {
		if got := chart.Bar(4, part, bare.Text, bare.Track); got != want {
			t.Errorf("Bar(%v) = %q, want %q", part, got, want)
		}
	}
}

// TestAnyPoints: no readings, however odd, break a chart or make it wider.
func TestAnyPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []chart.Point
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			points = append(points, chart.Point{
				At:    from.Add(time.Duration(rapid.IntRange(-4000, 8000).Draw(t, "at")) * time.Second),
				Value: rapid.Float64().Draw(t, "value"), Unknown: rapid.Bool().Draw(t, "unknown"),
			})
		}
		w, rows := rapid.IntRange(0, 120).Draw(t, "w"), rapid.IntRange(0, 20).Draw(t, "rows")
		limit := chart.Limit{At: rapid.Float64().Draw(t, "limit"), Label: "SEV-1", Level: rapid.IntRange(0, 5).Draw(t, "level")}
		p := chart.Plot{Points: points, From: from, To: to, Rows: rows, Limits: []chart.Limit{limit}, Axis: percent,
			Marks: []chart.Mark{{At: from.Add(time.Duration(rapid.IntRange(-100, 5000).Draw(t, "mark")) * time.Second), Label: "declared"}}}
		for _, l := range p.Draw(w, &bare) {
			if n := ansi.StringWidth(l); n != w {
				t.Fatalf("%d columns, want %d: %q", n, w, l)
			}
		}
		k := chart.Spark{Points: points, From: from, To: to}
		if l := k.Draw(w, &bare); l != "" && ansi.StringWidth(l) != w {
			t.Fatalf("spark: %q is not %d wide", l, w)
		}
	})
}
