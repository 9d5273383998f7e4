package output_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/ui/pane"
	"calm/ui/pane/output"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

func press(p pane.Pane, s pane.State, keys ...string) (in pane.Intent) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "left": tea.KeyLeft, "right": tea.KeyRight}
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		if c, ok := codes[k]; ok {
			msg = tea.KeyPressMsg{Code: c}
		}
		in, _ = p.Update(msg, s)
	}
	return in
}

func view(p pane.Pane, s pane.State) string { return ansi.Strip(p.View(s, 79, 12, true)) }

func TestOlderAndNewer(t *testing.T) {
	p, s := output.New(), panetest.Declared(theme.Styles{})
	if got := view(p, s); !strings.Contains(got, "Check pool settings") || !strings.Contains(got, "calm adds not set, so 10") {
		t.Errorf("the newest:\n%s", got)
	}
	press(p, s, "left")
	if got := view(p, s); !strings.Contains(got, "available: 51186") || !strings.Contains(got, "2 of 2") {
		t.Errorf("the one before:\n%s", got)
	}
	if in, ok := press(p, s, "y").(pane.Copy); !ok || !strings.Contains(in.Text, "$ mongosh") || !strings.Contains(in.Text, "totalCreated: 9021") {
		t.Errorf("y gave %#v", in)
	}
}

func TestItFollowsUntilSomebodyScrolls(t *testing.T) {
	p, s := output.New(), panetest.Running(theme.Styles{})
	line := func(n int) {
		for range n {
			s.Action.Output = append(s.Action.Output, fmt.Sprintf("line %d", len(s.Action.Output)))
		}
	}
	line(100)
	if got := view(p, s); !strings.Contains(got, "line 105") {
		t.Errorf("the end is not in view:\n%s", got)
	}
	press(p, s, "k", "k")
	line(50)
	if got := view(p, s); strings.Contains(got, "line 155") {
		t.Errorf("it moved away from where a person reads:\n%s", got)
	}
	press(p, s, "f")
	if got := view(p, s); !strings.Contains(got, "line 155") {
		t.Errorf("f does not follow again:\n%s", got)
	}
}

func TestSearchGoesToTheHit(t *testing.T) {
	p, s := output.New(), panetest.Running(theme.Styles{})
	for i := range 100 {
		s.Action.Output = append(s.Action.Output, fmt.Sprintf("line %d", i))
	}
	view(p, s)
	press(p, s, "/", "e", " ", "4", "2", "enter")
	if got := view(p, s); !strings.Contains(got, "line 42") || !strings.Contains(got, "1 of 1 hits") {
		t.Errorf("the hit is not in view:\n%s", got)
	}
}

func TestNothingYet(t *testing.T) {
	if got := view(output.New(), pane.State{}); !strings.Contains(got, "Run a check to see its output (c).") {
		t.Errorf("%s", got)
	}
}
