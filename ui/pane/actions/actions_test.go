package actions_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/incident"
	"calm/ui/pane"
	"calm/ui/pane/actions"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

func press(p pane.Pane, s pane.State, keys ...tea.KeyPressMsg) (in pane.Intent) {
	for _, k := range keys {
		in, _ = p.Update(k, s)
	}
	return in
}

var (
	enter = tea.KeyPressMsg{Code: tea.KeyEnter}
	down  = tea.KeyPressMsg{Code: tea.KeyDown}
	esc   = tea.KeyPressMsg{Code: tea.KeyEscape}
)

func view(p pane.Pane, s pane.State) string { return ansi.Strip(p.View(s, 79, 40, true)) }

func TestAProcedureGoesOnWhereItStands(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	in, ok := press(actions.New(), s, enter).(pane.Propose)
	if !ok || in.Ref.Part != "immediate-rollback" || in.Ref.Step != "fr-1" || in.Ref.Group != "procedure" || in.Ref.Of != 3 {
		t.Errorf("enter gave %#v", in)
	}
	s.Done = append(s.Done, "fr-1")
	if in = press(actions.New(), s, enter).(pane.Propose); in.Ref.Step != "fr-2" || in.Ref.Index != 2 {
		t.Errorf("with step 1 done enter gave %#v", in)
	}
	// A selected procedure shows its steps, and any of them can be chosen.
	p := actions.New()
	press(p, s, down)
	if got := view(p, s); !strings.Contains(got, "[ ] 3 Rebuild") {
		t.Errorf("the steps are not shown:\n%s", got)
	}
	if in = press(p, s, down, down, down, enter).(pane.Propose); in.Ref.Step != "cr-3" || in.Ref.Index != 3 {
		t.Errorf("enter on the third step gave %#v", in)
	}
}

func TestChoicesAfterAVerdict(t *testing.T) {
	s := panetest.NoEffect(theme.Styles{})
	p := actions.New()
	if _, ok := press(p, s, enter).(pane.Propose); !ok {
		t.Error("enter did not take the first choice")
	}
	if in := press(p, s, down, down, enter); in != (pane.Show{Overlay: "escalate"}) {
		t.Errorf("the third choice gave %#v", in)
	}
	if in := press(p, s, esc); in != (pane.Focus{Pane: pane.Guide}) {
		t.Errorf("esc gave %#v", in)
	}
}

func TestNothingIsChosenWhileItRuns(t *testing.T) {
	for _, s := range []pane.State{panetest.Running(theme.Styles{}), panetest.Verifying(theme.Styles{})} {
		if in := press(actions.New(), s, down, enter); in != nil {
			t.Errorf("enter gave %#v", in)
		}
	}
}

func TestALostActionIsSettledByAPerson(t *testing.T) {
	s := panetest.Verifying(theme.Styles{})
	s.Action.Stage = pane.Lost
	if got := view(actions.New(), s); !strings.Contains(got, "OUTCOME UNKNOWN") || strings.Contains(got, "WORKED") {
		t.Errorf("%s", got)
	}
	if in := press(actions.New(), s, down, enter); in != (pane.Settle{Outcome: "did not run"}) {
		t.Errorf("the second answer gave %#v", in)
	}
}

// TestVerdictsAreWords: each is told apart without a colour.
func TestVerdictsAreWords(t *testing.T) {
	for want, s := range map[string]pane.State{
		"✓ WORKED": panetest.Worked(theme.Styles{}), "● NO EFFECT": panetest.NoEffect(theme.Styles{}), "▲ WORSE": panetest.Worse(theme.Styles{}),
	} {
		if got := view(actions.New(), s); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestUnknownRowsStayUnknown: a reading that is missing is never drawn as holding.
func TestUnknownRowsStayUnknown(t *testing.T) {
	for l := range strings.Lines(view(actions.New(), panetest.Verifying(theme.Styles{}))) {
		if strings.Contains(l, "p95") && (!strings.Contains(l, "(?)") || !strings.Contains(l, "unknown")) {
			t.Errorf("%s", l)
		}
	}
}

func TestBandCountsWhatWasDone(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	if got, want := actions.New().Band(s), "2 checks done, nothing running"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Incident.Runs = []incident.Run{{Risk: "reads"}, {Risk: "changes"}}
	if got, want := actions.New().Band(s), "1 action, 1 check done, nothing running"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := actions.New().Band(panetest.Verifying(theme.Styles{})), "run 3 · Scenario 3, resolution 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
