package overlay_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
)

func untrusted() revision.Standing {
	return revision.Standing{
		SHA256: strings.Repeat("3fa2", 15) + "0091", Path: "/srv/own\x1b[2J.md", Title: "Our \u202erunbook",
		Count: revision.Count{Destroys: 1, Changes: 9}, Before: &revision.Grant{By: "ana", At: panetest.At("02:00:00")},
		Since: revision.Difference{Changes: []revision.Change{{Kind: revision.Changed, Title: "Restart", Risk: "changes", Was: "pm2 restart a", Now: "pm2 restart \u202eb", Line: 12}}},
	}
}

// TestTrustTakesOneKey: T gives the hash that is shown; nothing else gives anything.
func TestTrustTakesOneKey(t *testing.T) {
	s := state()
	for _, k := range []string{"y", "enter", "t", ".", "space", "down", "x"} {
		o, in, _ := overlay.NewTrust(untrusted(), nil).Update(key(k), s)
		if in != nil || o == nil {
			t.Errorf("%s gave %+v", k, in)
		}
	}
	if o, in, _ := overlay.NewTrust(untrusted(), nil).Update(key("T"), s); o != nil || in != (pane.Trust{SHA256: untrusted().SHA256}) {
		t.Errorf("T gave %+v", in)
	}
	if _, in, _ := overlay.NewTrust(untrusted(), nil).Update(key("e"), s); in != (pane.Edit{Line: 12}) {
		t.Errorf("e gave %+v", in)
	}
	if o, in, _ := overlay.NewTrust(untrusted(), nil).Update(tea.PasteMsg{Content: "T"}, s); o == nil || in != nil {
		t.Errorf("a paste gave %+v", in)
	}
}

// TestTrustOfAnotherText: what takes the place of the text that was shown is trusted by no key for a
// second.
func TestTrustOfAnotherText(t *testing.T) {
	s := state()
	o := overlay.NewTrust(untrusted(), nil)
	other := untrusted()
	other.SHA256 = strings.Repeat("0", 64)
	if !overlay.Retrust(o, other, nil, s.Now) || overlay.Retrust(overlay.NewRoles(s), other, nil, s.Now) {
		t.Fatal("it replaces what it should not, or does not what it should")
	}
	if next, in, _ := o.Update(key("T"), s); next == nil || in != nil {
		t.Errorf("T gave %+v at once", in)
	}
	if !strings.Contains(o.View(s, 84, 20), "changed, read again") {
		t.Error("it does not say so")
	}
	s.Now = s.Now.Add(2 * time.Second)
	if _, in, _ := o.Update(key("T"), s); in != (pane.Trust{SHA256: other.SHA256}) {
		t.Errorf("T gave %+v", in)
	}
}

// TestTrustHidesNothing: what a screen would obey is written out.
func TestTrustHidesNothing(t *testing.T) {
	s := state()
	found := []lint.Finding{{Rule: "a", Level: lint.Error}, {Rule: "b", Level: lint.Warning}}
	for _, w := range []int{58, 76, 84} {
		view := overlay.NewTrust(untrusted(), found).View(s, w, 40)
		for _, want := range []string{"/srv/own<U+001B>[2J.md", "pm2 restart <U+202E>b", "1 error, 1 warning", "3fa2…91"} {
			if !strings.Contains(view, want) {
				t.Errorf("%q is not in\n%s", want, view)
			}
		}
	}
}
