package overlay_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/incident"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
)

// asked is a state in which the kill switch waits for its approval.
func asked() pane.State { return panetest.Asked(state().Theme) }

func given(g incident.GrantedData) pane.State {
	s := asked()
	g.Hash = s.Incident.Approvals[0].Hash
	s.Incident.Approvals[0].Granted = &g
	return s
}

// TestApproval: nothing that is typed or pasted here lets the plan run; it is handed in, and what the
// incident says about it counts.
func TestApproval(t *testing.T) {
	s := asked()
	s.Means.NoName = ""
	hash := s.Incident.Approvals[0].Hash
	wait := func() overlay.Overlay { return overlay.NewConfirm(panetest.Approval(), s.Now, false) }
	for _, k := range []string{"enter", "n", "e", "o", "1", "2"} {
		if _, in := press(t, wait(), s, k); in != nil {
			t.Errorf("%s gave %#v", k, in)
		}
	}
	if o, in := press(t, wait(), s, "y"); o == nil || !strings.Contains(in.(pane.Copy).Text, "echo 'calm approve: ") || !strings.Contains(in.(pane.Copy).Text, hash) {
		t.Errorf("y gave %#v", in)
	}
	if o, in := press(t, wait(), s, "esc"); o != nil || in != nil {
		t.Errorf("esc gave %#v: the wait goes on", in)
	}
	for first, how := range map[string]string{"3": incident.ByException, "4": incident.BySaying} {
		o, in := press(t, wait(), s, first, "enter")
		if in != nil {
			t.Errorf("%s without a word gave %#v", how, in)
		}
		_, in = press(t, o, s, append(typed("y e s"), "enter")...)
		got, ok := in.(pane.Approve)
		if !ok || got.Hash != hash || got.Consent.How != how || got.Consent.Text != "y e s" {
			t.Errorf("%s gave %#v", how, in)
		}
	}
	s.Means.NoName = "there are keys"
	if _, in := press(t, wait(), s, append(append([]string{"4"}, typed("john")...), "enter")...); in != nil {
		t.Errorf("a name where there are keys gave %#v", in)
	}
}

// TestAWholeSignatureIsHandedIn, and only a whole one.
func TestAWholeSignatureIsHandedIn(t *testing.T) {
	const begin, end = "-----BEGIN SSH SIGNATURE-----\n", "U1NI\nU0lH\n-----END SSH SIGNATURE-----"
	s := asked()
	paste := func(texts ...string) (in pane.Intent, view string) {
		o := overlay.NewConfirm(panetest.Approval(), s.Now, false)
		for _, text := range texts {
			o, in, _ = o.Update(tea.PasteMsg{Content: text}, s)
		}
		return in, ansi.Strip(o.View(s, 84, 30))
	}
	if in, view := paste(begin); in != nil || !strings.Contains(view, "not whole yet") {
		t.Errorf("half of one gave %#v", in)
	}
	for _, texts := range [][]string{{begin + end}, {begin, end}, {"here:\r\n" + begin, end + "\r\nbye\r\n"}} {
		in, view := paste(texts...)
		got, ok := in.(pane.Approve)
		if !ok || got.Consent.How != incident.BySignature || !strings.Contains(got.Consent.Text, "U0lH") || !strings.Contains(view, "being checked") {
			t.Errorf("%q gave %#v", texts, in)
		}
	}
	if in, view := paste("y\n"); in != nil || !strings.Contains(view, "that is no signature") {
		t.Errorf("another paste gave %#v", in)
	}
}

// TestApproved: a plan whose approval was given is confirmed like any other; one whose wait is over is
// asked for again.
func TestApproved(t *testing.T) {
	s := given(incident.GrantedData{How: incident.BySignature, By: "john@example.com"})
	o, in := press(t, overlay.NewConfirm(panetest.Approval(), s.Now, false), s, "y")
	if run, ok := in.(pane.Run); !ok || run.How != "y" || o != nil {
		t.Errorf("y gave %#v", in)
	}
	plan := panetest.Approval()
	plan.Target, plan.Risk = "aurora", "destroys"
	plan.Seal()
	if _, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, append(typed("aurora"), "enter")...); in != nil {
		t.Errorf("another plan went through by that approval: %#v", in)
	}
	s = asked()
	o, _ = press(t, overlay.NewConfirm(panetest.Approval(), s.Now, false), s, "down")
	s.Incident.Approvals[0].Ended = "nobody gave it in time"
	if view := ansi.Strip(o.View(s, 84, 30)); !strings.Contains(view, "No approval: nobody gave it in time") {
		t.Errorf("it still waits:\n%s", view)
	}
	if _, in := press(t, o, s, "enter"); in.(pane.Propose).Ref != panetest.Approval().Ref {
		t.Errorf("enter gave %#v", in)
	}
}
