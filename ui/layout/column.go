package layout

import (
	"slices"

	"calm/ui/pane"
)

// keeps is the order in which panes get lines, and so the reverse of the order in which they give
// them up: Logs first, then Output, Timeline, Actions, Severity.
var keeps = []pane.ID{pane.Signals, pane.Guide, pane.Severity, pane.Actions, pane.Timeline, pane.Output, pane.Logs}

// keepsRunning is that order while an action is on its way: its verdict, and what comes after it,
// go before the guide.
var keepsRunning = []pane.ID{pane.Signals, pane.Actions, pane.Guide, pane.Severity, pane.Timeline, pane.Output, pane.Logs}

// stack is a column while it is filled.
type stack struct {
	keeps []pane.ID
	ids   []pane.ID
	wants map[pane.ID]Want
	lines map[pane.ID]int
	left  int
}

// column shares the height of a column among its panes.
func column(ids []pane.ID, r Rect, screen int, m Mode) []Box {
	if screen < lowest || r.H < 8 {
		return []Box{{ID: only(ids, m.Focus), Rect: r, Band: true}}
	}
	if len(ids) == 1 {
		return []Box{{ID: ids[0], Rect: r, Band: true}}
	}
	s := stack{keeps: keeps, ids: slices.Clone(ids), wants: map[pane.ID]Want{}, lines: map[pane.ID]int{}, left: r.H}
	if m.Stage == Running {
		s.keeps = keepsRunning
	}
	for _, id := range ids {
		s.wants[id] = want(m, id, r)
	}
	s.least(m.Focus)
	gaps := len(s.ids) - 1
	s.grow(1, gaps)
	if s.left < gaps {
		gaps = 0
	}
	s.left -= gaps
	for level := 2; level < 8; level++ {
		s.grow(level, 0)
	}
	return s.boxes(r, gaps > 0)
}

// only is the pane that a low column holds: the focused one when it belongs here.
func only(ids []pane.ID, focus pane.ID) pane.ID {
	if slices.Contains(ids, focus) {
		return focus
	}
	return ids[0]
}

func want(m Mode, id pane.ID, r Rect) Want {
	if m.Want != nil {
		if w := m.Want(id, r.W); len(w.Sizes) > 0 {
			return w
		}
	}
	return Want{Sizes: []int{1, r.H / 3}, Scrolls: true}
}

// order is the stack's panes by what they keep, the focused one first.
func (s *stack) order(focus pane.ID) []pane.ID {
	out := make([]pane.ID, 0, len(s.ids))
	if slices.Contains(s.ids, focus) {
		out = append(out, focus)
	}
	for _, id := range s.keeps {
		if id != focus && slices.Contains(s.ids, id) {
			out = append(out, id)
		}
	}
	return out
}

// least gives each pane its band and its smallest size; a pane for which that is too much goes.
func (s *stack) least(focus pane.ID) {
	for _, id := range s.order(focus) {
		need := s.wants[id].Sizes[0]
		if s.left < 1 {
			s.ids = slices.DeleteFunc(s.ids, func(x pane.ID) bool { return x == id })
			continue
		}
		s.lines[id] = min(need, s.left-1)
		s.left -= s.lines[id] + 1
	}
}

// grow raises panes to their next size, as far as there are lines. Sizes past the last stay. A pane
// that scrolls leaves the lines between panes free: it loses nothing by being a little shorter.
func (s *stack) grow(level, gaps int) {
	for _, id := range s.order(0) {
		w := s.wants[id]
		if level >= len(w.Sizes) {
			continue
		}
		need := w.Sizes[level] - s.lines[id]
		if w.Scrolls {
			need = min(need, s.left-gaps)
		}
		if need > 0 && need <= s.left {
			s.lines[id] += need
			s.left -= need
		}
	}
}

func (s *stack) boxes(r Rect, gaps bool) []Box {
	var out []Box
	y := r.Y
	for _, id := range s.ids {
		h := s.lines[id] + 1
		out = append(out, Box{ID: id, Rect: Rect{r.X, y, r.W, h}, Band: true})
		y += h
		if gaps {
			y++
		}
	}
	return out
}
