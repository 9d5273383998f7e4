package overlay_test

import (
	"reflect"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook/shell"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

func TestDeclareTakesWhatIsSuggestedWithOneEnter(t *testing.T) {
	s := panetest.Out(theme.Styles{})
	_, in := press(t, overlay.NewDeclare(s), s, "enter")
	if want := (pane.Declare{Level: 2, Title: "High Error Rate on /api/support/products", Scenario: "scenario-2"}); in != want {
		t.Errorf("enter gave %#v", in)
	}
	_, in = press(t, overlay.NewDeclare(s), s, append([]string{"1", "tab", "ctrl+u"}, append(typed("all down"), "tab", "right", "enter")...)...)
	if want := (pane.Declare{Level: 1, Title: "all down", Scenario: "scenario-3"}); in != want {
		t.Errorf("a changed declaration is %#v", in)
	}
}

func TestDeclareByHandWantsATitle(t *testing.T) {
	s := panetest.Watch(theme.Styles{})
	o, in := press(t, overlay.NewDeclare(s), s, "enter")
	if in != nil || o == nil {
		t.Fatalf("nothing but silence was declared: %#v", in)
	}
	_, in = press(t, o, s, append(typed("users complain"), "enter")...)
	if d, ok := in.(pane.Declare); !ok || d.Title != "users complain" || d.Level != 3 || d.Scenario != "" {
		t.Errorf("by hand: %#v", in)
	}
}

func TestSeverityStandsOnTheSuggestion(t *testing.T) {
	s := state()
	_, in := press(t, overlay.NewSeverity(s), s, "enter")
	if want := (pane.SetSeverity{Level: 1, Reason: "error ratio 58 % > 50 %"}); in != want {
		t.Errorf("enter gave %#v", in)
	}
	o, in := press(t, overlay.NewSeverity(s), s, "3", "enter")
	if in != nil || o == nil {
		t.Fatalf("it was lowered without a reason: %#v", in)
	}
	_, in = press(t, o, s, append(typed("one shop only"), "enter")...)
	if want := (pane.SetSeverity{Level: 3, Reason: "one shop only"}); in != want {
		t.Errorf("lowering gave %#v", in)
	}
	if _, in = press(t, overlay.NewSeverity(s), s, "2", "enter"); in != nil {
		t.Errorf("the declared level was set again: %#v", in)
	}
}

func TestPrompt(t *testing.T) {
	s := state()
	note := func(text string) pane.Intent { return pane.AddNote{Text: text} }
	if o, in := press(t, overlay.NewPrompt("Note", "", "", false, note), s, "enter"); in != nil || o == nil {
		t.Errorf("an empty note gave %#v", in)
	}
	if _, in := press(t, overlay.NewPrompt("Note", "", "", false, note), s, append(typed("ben saw it"), "enter")...); in != (pane.AddNote{Text: "ben saw it"}) {
		t.Errorf("a note gave %#v", in)
	}
	keys := append(append(typed("one"), "enter"), append(typed("two"), "ctrl+d")...)
	if _, in := press(t, overlay.NewPrompt("Note", "", "", true, note), s, keys...); in != (pane.AddNote{Text: "one\ntwo"}) {
		t.Errorf("two lines gave %#v", in)
	}
	if o, in := press(t, overlay.NewPrompt("Note", "", "kept", false, note), s, "esc"); in != nil || o != nil {
		t.Errorf("esc gave %#v", in)
	}
}

func TestFill(t *testing.T) {
	s := state()
	holes := []shell.Placeholder{{Name: "good", Text: "<good>"}, {Name: "name", Text: "<name>"}, {Name: "good", Text: "<good>"}}
	suggest := map[string][]string{"<good>": {"91bd0e2  2 days ago, by ci", "77ac001  5 days ago, by ana"}}
	var got map[string]string
	open := func() overlay.Overlay {
		return overlay.NewFill(action.Ref{Title: "Code Rollback"}, holes, suggest, func(v map[string]string) pane.Intent {
			got = v
			return pane.Propose{Fill: v}
		})
	}
	o, in := press(t, open(), s, "down", "down", "enter")
	if in != nil || o == nil {
		t.Fatalf("it went on without a name: %#v", in)
	}
	_, in = press(t, o, s, append(typed("x y"), "enter")...)
	want := map[string]string{"<good>": "77ac001", "<name>": "x y"}
	if _, ok := in.(pane.Propose); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("filled with %v, want %v", got, want)
	}
}

func TestEscalateStandsOnTheNextLevel(t *testing.T) {
	s := state()
	_, in := press(t, overlay.NewEscalate(s), s, append(typed("pool full"), "enter")...)
	want := pane.Escalate{EscalatedData: incident.EscalatedData{Level: 2, Contact: "@engineering-lead (PagerDuty escalation)", Reason: "pool full"}}
	if in != want {
		t.Errorf("enter gave %#v", in)
	}
	s.Runbook.Escalation = nil
	if o, in := press(t, overlay.NewEscalate(s), s, "enter"); o != nil || in != nil {
		t.Errorf("with nobody to call: %#v", in)
	}
}

func TestRolesGiveTheFirstOpenOne(t *testing.T) {
	s := state()
	_, in := press(t, overlay.NewRoles(s), s, append([]string{"ctrl+u"}, append(typed("cara"), "enter")...)...)
	if want := (pane.TakeRole{RoleData: incident.RoleData{Role: incident.CommunicationsLead, Who: "cara"}}); in != want {
		t.Errorf("enter gave %#v", in)
	}
	o, in := press(t, overlay.NewRoles(s), s, "ctrl+u", "enter")
	if in != nil || o == nil {
		t.Errorf("a role that nobody has was laid down: %#v", in)
	}
	if _, in = press(t, overlay.NewRoles(s), s, "up", "ctrl+u", "enter"); in != (pane.TakeRole{RoleData: incident.RoleData{Role: incident.OperationsLead}}) {
		t.Errorf("laying down gave %#v", in)
	}
}

func TestMessageKeepsOpenWhatNobodyFilled(t *testing.T) {
	s := state()
	o, in := press(t, overlay.NewMessage(panetest.Draft()), s, "y")
	if in != nil || o == nil {
		t.Fatalf("it went out with fields open: %#v", in)
	}
	if _, in = press(t, o, s, "y"); in == nil {
		t.Error("a second y does not send it as it stands")
	}
	keys := append(append([]string{"tab"}, typed("none")...), append(append([]string{"tab"}, typed("04:00 UTC")...), "enter", "y")...)
	_, in = press(t, overlay.NewMessage(panetest.Draft()), s, keys...)
	m, ok := in.(pane.SendMessage)
	if !ok || !strings.Contains(m.Body, "Blockers: none") || !strings.Contains(m.Body, "ETA to Resolution: 04:00 UTC") {
		t.Errorf("filled: %#v", in)
	}
	if ok && (!m.Sent || len(m.Channels) != 2 || m.Purpose != "update") {
		t.Errorf("recorded as %#v", m.MessageData)
	}
	o, in = press(t, overlay.NewMessage(panetest.Draft()), s, "c")
	if c, ok := in.(pane.Copy); !ok || o == nil || !strings.Contains(c.Text, "[Time estimate]") {
		t.Errorf("c gave %#v", in)
	}
}

func TestPaletteFindsByNameAndSaysWhyNot(t *testing.T) {
	s := state()
	_, in := press(t, overlay.NewPalette(panetest.Entries()), s, append(typed("note"), "enter")...)
	if in != (pane.Show{Overlay: "note"}) {
		t.Errorf("note gave %#v", in)
	}
	o, in := press(t, overlay.NewPalette(panetest.Entries()), s, append(typed("approve"), "enter")...)
	if in != nil || o == nil || !strings.Contains(o.View(s, 76, 17), "not now: no plan waits for approval") {
		t.Errorf("what can't be done gave %#v", in)
	}
	o, in = press(t, overlay.NewPalette(panetest.Entries()), s, append(typed("zzzz"), "enter")...)
	if in != nil || o == nil {
		t.Errorf("nothing found gave %#v", in)
	}
}

func TestHelpFindsAKey(t *testing.T) {
	s := state()
	o := overlay.NewHelp(panetest.Keys())
	o, _ = press(t, o, s, append([]string{"/"}, append(typed("sever"), "enter")...)...)
	view := o.View(s, 76, 17)
	if !strings.Contains(view, "severity: declare") || strings.Contains(view, "every action") {
		t.Errorf("looking for a key shows:\n%s", view)
	}
	o, _ = press(t, o, s, "esc")
	if o == nil || !strings.Contains(o.View(s, 76, 17), "nothing is running") {
		t.Error("esc did not end the search only")
	}
	if o, _ = press(t, o, s, "esc"); o != nil {
		t.Error("esc did not close help")
	}
}
