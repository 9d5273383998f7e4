package severity_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	sev "calm/model/severity"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/pane/severity"
	"calm/ui/theme"
)

func press(p pane.Pane, s pane.State, keys ...string) (in pane.Intent) {
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		if k == "down" {
			msg = tea.KeyPressMsg{Code: tea.KeyDown}
		}
		in, _ = p.Update(msg, s)
	}
	return in
}

func view(p pane.Pane, s pane.State, w int, focused bool) string {
	return ansi.Strip(p.View(s, w, 40, focused))
}

func TestQuestionsAreAnsweredInTheirOrder(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	p := severity.New()
	in, ok := press(p, s, "a", "n").(pane.Answer)
	if !ok || in.ID != "sev-1-2" || in.Answer != "no" || in.Text != "Database corruption or data loss" {
		t.Errorf("the first open question: %#v", in)
	}
	in, ok = press(severity.New(), s, "down", "a", "u").(pane.Answer)
	if !ok || in.ID != "sev-1-1" || in.Answer != "unknown" {
		t.Errorf("the selected question: %#v", in)
	}
	if in := press(severity.New(), s, "a", "x"); in != nil {
		t.Errorf("another key answered: %#v", in)
	}
}

func TestBrackets(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	s.Severity.Unknown = []sev.Missing{{ID: "sev-3-3", Text: "Error rate 10–20 %", Why: "mongod: refused"}}
	s.Incident.Answers["sev-2-1"] = "yes"
	s.Incident.Answers["sev-2-4"] = "unknown"
	got := view(severity.New(), s, 79, true)
	for _, want := range []string{
		"(●) API error rate > 50 %", "( ) Error rate 20–50 %", "(?) Error rate 10–20 %", "mongod: refused", "[ ] Database corruption",
		"[y] Widget available but", "[n] Security breach", "[?] Dashboard unavailable", "58 %, above it", "respond 15m · update 30m · resolve 1h",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestBesideOthersItSaysWhatMatters(t *testing.T) {
	got := view(severity.New(), panetest.Out(theme.Styles{}), 53, false)
	for _, want := range []string{"(●) Error rate 20–50 %", "( ) SEV-1: API error rate > 50 %", "questions could raise it", "2 to answer"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got = view(severity.New(), panetest.Watch(theme.Styles{}), 53, false); !strings.Contains(got, "nearest p95 latency 0.18 s of 2 s ") {
		t.Errorf("a quiet night:\n%s", got)
	}
}

func TestBand(t *testing.T) {
	for want, s := range map[string]pane.State{
		"none suggested": panetest.Watch(theme.Styles{}), "SEV-2 suggested": panetest.Out(theme.Styles{}),
		"declared SEV-2, SEV-1 suggested": panetest.Declared(theme.Styles{}), "declared SEV-1": panetest.Running(theme.Styles{}),
	} {
		if got := ansi.Strip(severity.New().Band(s)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
