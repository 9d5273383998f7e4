package layout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"calm/ui/layout"
	"calm/ui/pane"
)

// wants are panes of an incident: how many lines each has to show.
func wants(id pane.ID, _ int) layout.Want {
	return map[pane.ID]layout.Want{
		pane.Signals:  {Sizes: []int{5, 13, 17}},
		pane.Severity: {Sizes: []int{0, 3, 5, 16}},
		pane.Guide:    {Sizes: []int{8, 14, 32}, Scrolls: true},
		pane.Actions:  {Sizes: []int{1, 4, 7}, Scrolls: true},
		pane.Timeline: {Sizes: []int{3, 10, 43}, Scrolls: true},
		pane.Output:   {Sizes: []int{2, 8, 9}, Scrolls: true},
		pane.Logs:     {Sizes: []int{0, 5, 9}, Scrolls: true},
	}[id]
}

// drawn is a frame as boxes, each with the number of its pane.
func drawn(f layout.Frame) string {
	grid := make([][]rune, f.H)
	for y := range grid {
		grid[y] = []rune(strings.Repeat(".", f.W))
	}
	fill := func(r layout.Rect, c rune) {
		for y := r.Y; y < r.Y+r.H; y++ {
			for x := r.X; x < r.X+r.W; x++ {
				grid[y][x] = c
			}
		}
	}
	fill(f.Header, 'h')
	fill(f.Tabs, 't')
	for _, b := range f.Panes {
		fill(b.Rect, rune('0'+b.ID))
		if b.Band {
			fill(layout.Rect{X: b.X, Y: b.Y, W: b.W, H: 1}, '=')
		}
	}
	fill(f.Banner, 'b')
	fill(f.Next, 'n')
	fill(f.Keys, 'k')
	var out strings.Builder
	for _, row := range grid {
		out.WriteString(string(row) + "\n")
	}
	return out.String()
}

func TestBoxes(t *testing.T) {
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 24}, {120, 40}, {200, 60}} {
		for name, m := range map[string]layout.Mode{
			"watch":    {Stage: layout.Watch, Focus: pane.Signals},
			"declared": {Stage: layout.Declared, Focus: pane.Guide},
			"running":  {Stage: layout.Running, Focus: pane.Actions, Banner: 1},
		} {
			m.Want = wants
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				golden.RequireEqual(t, []byte(drawn(layout.Compute(size[0], size[1], m))))
			})
		}
	}
}

func TestColumnsAreWhereTheScreensHaveThem(t *testing.T) {
	place := func(w, h int, id pane.ID) layout.Rect {
		for _, b := range layout.Compute(w, h, layout.Mode{Stage: layout.Declared, Focus: pane.Guide, Want: wants}).Panes {
			if b.ID == id {
				return b.Rect
			}
		}
		t.Fatalf("%v is not on a screen of %d×%d", id, w, h)
		return layout.Rect{}
	}
	for _, c := range []struct {
		w, h, x, width int
		id             pane.ID
	}{
		{80, 24, 0, 79, pane.Guide}, {120, 40, 0, 53, pane.Signals}, {120, 40, 56, 63, pane.Guide},
		{200, 60, 0, 62, pane.Signals}, {200, 60, 65, 70, pane.Guide}, {200, 60, 138, 61, pane.Severity},
	} {
		if r := place(c.w, c.h, c.id); r.X != c.x || r.W != c.width {
			t.Errorf("%v at %d×%d: x %d, w %d; want x %d, w %d", c.id, c.w, c.h, r.X, r.W, c.x, c.width)
		}
	}
}

func TestEveryPaneCanBeFocused(t *testing.T) {
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 24}, {120, 40}, {200, 24}, {200, 60}} {
		for stage := layout.Watch; stage <= layout.Running; stage++ {
			for focus := pane.Signals; focus <= pane.Logs; focus++ {
				f := layout.Compute(size[0], size[1], layout.Mode{Stage: stage, Focus: focus, Want: wants})
				if !slices.ContainsFunc(f.Panes, func(b layout.Box) bool { return b.ID == focus }) {
					t.Errorf("%v at %v in stage %v is not shown: %v", focus.Title(), size, stage, f.Panes)
				}
			}
		}
	}
}

func TestNothingOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 250).Draw(t, "w"), rapid.IntRange(0, 80).Draw(t, "h")
		focus := pane.ID(rapid.IntRange(1, 7).Draw(t, "focus"))
		m := layout.Mode{
			Stage: layout.Stage(rapid.IntRange(0, 2).Draw(t, "stage")), Focus: focus,
			Zoom: rapid.Bool().Draw(t, "zoom"), Banner: rapid.IntRange(0, 3).Draw(t, "banner"), Want: wants,
		}
		f := layout.Compute(w, h, m)
		if f.TooSmall != (w < layout.MinWidth || h < layout.MinHeight) {
			t.Fatalf("too small is %v at %d×%d", f.TooSmall, w, h)
		}
		if f.TooSmall {
			return
		}
		taken := map[[2]int]bool{}
		rects := []layout.Rect{f.Header, f.Tabs, f.Banner, f.Next, f.Keys}
		seen := false
		for _, b := range f.Panes {
			rects = append(rects, b.Rect)
			seen = seen || b.ID == focus
			if _, inner := b.Inner(); inner < 0 || b.H < 1 {
				t.Fatalf("%v has %d lines", b.ID, b.H)
			}
		}
		if !seen {
			t.Fatalf("the focused pane %v is not there: %v", focus, f.Panes)
		}
		for _, r := range rects {
			for y := r.Y; y < r.Y+r.H; y++ {
				for x := r.X; x < r.X+r.W; x++ {
					if x < 0 || y < 0 || x >= w || y >= h || taken[[2]int{x, y}] {
						t.Fatalf("%v is off the screen or over something at %d,%d", r, x, y)
					}
					taken[[2]int{x, y}] = true
				}
			}
		}
		if o := f.Overlay(); o.X < 0 || o.X+o.W > w || o.Y+o.H > f.Next.Y || o.W < 40 || o.H < 8 {
			t.Fatalf("an overlay goes to %v on %d×%d", o, w, h)
		}
	})
}
