package signals_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/pane/signals"
	"calm/ui/theme"
)

func press(p pane.Pane, s pane.State, keys ...string) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown}
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		if c, ok := codes[k]; ok {
			msg = tea.KeyPressMsg{Code: c}
		}
		p.Update(msg, s)
	}
}

func view(p pane.Pane, s pane.State, w, h int) string { return ansi.Strip(p.View(s, w, h, true)) }

func TestHarmFirst(t *testing.T) {
	got := view(signals.New(), panetest.Out(theme.Styles{}), 79, 17)
	at := -1
	for _, want := range []string{"▲ error ratio", "▲ p95 latency", "▲ db pool in use", "? db health", "  app restarts"} {
		i := strings.Index(got, want)
		if i <= at {
			t.Errorf("%q is not there or out of order:\n%s", want, got)
		}
		at = i
	}
}

// TestUnknownSaysWhy and never shows the number it last had as if it were one of now.
func TestUnknownSaysWhy(t *testing.T) {
	s := panetest.Out(theme.Styles{})
	for l := range strings.Lines(view(signals.New(), s, 79, 17)) {
		if strings.Contains(l, "db health") && (!strings.Contains(l, "unknown") || !strings.Contains(l, "timeout 10 s") || !strings.Contains(l, "1m 40s")) {
			t.Errorf("%s", l)
		}
	}
	p := signals.New()
	press(p, s, "down", "down", "down", "down", "enter")
	got := view(p, s, 79, 17)
	if !strings.Contains(got, "why     timeout 10 s") || !strings.Contains(got, "was     ok") {
		t.Errorf("alone it does not say why:\n%s", got)
	}
}

func TestAQuietSignalShowsUpWhenItIsOut(t *testing.T) {
	s := panetest.Watch(theme.Styles{})
	r := signal.Reading{Spec: signal.Spec{Name: "x", Label: "app status", Unit: signal.State, Quiet: true}, Status: signal.In}
	s.Snapshot.Order = append(s.Snapshot.Order, "x")
	s.Snapshot.Readings["x"] = r
	if got := view(signals.New(), s, 79, 17); strings.Contains(got, "app status") {
		t.Errorf("%s", got)
	}
	r.Status = signal.Out
	s.Snapshot.Readings["x"] = r
	if got := view(signals.New(), s, 79, 17); !strings.Contains(got, "▲ app status") {
		t.Errorf("%s", got)
	}
}

func TestEnterShowsOneAlone(t *testing.T) {
	p, s := signals.New(), panetest.Declared(theme.Styles{})
	press(p, s, "down", "enter")
	got := view(p, s, 79, 30)
	for _, want := range []string{"▲ error ratio 58 % ↑", "2m 12s above 50 %", "onset", "declared", "from    fixture", "SEV-1 > 50 %   broken for 2m 12s"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	press(p, s, "esc")
	if got = view(p, s, 79, 17); !strings.Contains(got, "db pool in use") {
		t.Errorf("esc does not go back:\n%s", got)
	}
}

func TestWhatIsInBoundsGivesWay(t *testing.T) {
	got := view(signals.New(), panetest.Out(theme.Styles{}), 53, 6)
	if !strings.Contains(got, "? db health") || !strings.Contains(got, "9 in bounds: restarts 0") {
		t.Errorf("%s", got)
	}
}

func TestFilter(t *testing.T) {
	p, s := signals.New(), panetest.Watch(theme.Styles{})
	press(p, s, "/", "m", "o", "n", "g")
	if p.Cursor() == nil {
		t.Error("no cursor while it is typed")
	}
	press(p, s, "enter")
	if got := view(p, s, 79, 17); !strings.Contains(got, "mongod ping") || strings.Contains(got, "nginx") {
		t.Errorf("%s", got)
	}
	press(p, s, "esc")
	if got := view(p, s, 79, 17); !strings.Contains(got, "nginx") {
		t.Errorf("esc keeps the filter:\n%s", got)
	}
}

func TestNoSource(t *testing.T) {
	if got := view(signals.New(), pane.State{}, 79, 17); !strings.Contains(got, "No source answers yet; calm doctor says why.") {
		t.Errorf("%s", got)
	}
}
