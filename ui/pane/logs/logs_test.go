package logs_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/ui/pane"
	"calm/ui/pane/logs"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

func view(p pane.Pane, s pane.State) string { return ansi.Strip(p.View(s, 63, 8, true)) }

func TestRepeatsAreCountedAndTheSelectedLineIsWhole(t *testing.T) {
	p, s := logs.New(), panetest.Out(theme.Styles{})
	got := view(p, s)
	if !strings.Contains(got, "×52") || strings.Contains(got, "pool") {
		t.Errorf("%s", got)
	}
	p.Update(tea.KeyPressMsg{Code: tea.KeyDown}, s)
	if got = view(p, s); !strings.Contains(got, "pool") {
		t.Errorf("the selected line is cut:\n%s", got)
	}
	// A newer line comes in above; the selection stays.
	s.Logs = append([]pane.LogLine{{At: s.Now, File: "app", Text: "newer"}}, s.Logs...)
	if got = view(p, s); !strings.Contains(got, "▸ 03:07:11 app") {
		t.Errorf("the selection moved:\n%s", got)
	}
	in, _ := p.Update(tea.KeyPressMsg{Code: 'y', Text: "y"}, s)
	if c, ok := in.(pane.Copy); !ok || !strings.HasPrefix(c.Text, "products: timed out") {
		t.Errorf("y gave %#v", in)
	}
}

func TestBandAndEmpty(t *testing.T) {
	s := panetest.Out(theme.Styles{})
	if got, want := logs.New().Band(s), "errors, 214 a minute"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.LogRate = -1
	if got, want := logs.New().Band(s), "rate unknown"; got != want {
		t.Errorf("an unknown rate is %q, want %q", got, want)
	}
	s.Logs = nil
	if got := view(logs.New(), s); !strings.Contains(got, "No line of note yet.") {
		t.Errorf("%s", got)
	}
}
