package overlay_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/action"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

// press sends keys to an overlay, one after the other, and gives the last intent.
func press(t *testing.T, o overlay.Overlay, s pane.State, keys ...string) (overlay.Overlay, pane.Intent) {
	t.Helper()
	var in pane.Intent
	for _, k := range keys {
		if o == nil {
			t.Fatalf("the overlay was gone before %q", k)
		}
		o, in, _ = o.Update(key(k), s)
	}
	return o, in
}

// key is a key press by its name.
func key(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "backspace": tea.KeyBackspace,
	}
	if c, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func typed(text string) []string { return strings.Split(text, "") }

func state() pane.State { return panetest.Declared(theme.Styles{}) }

func TestOnlyYConfirmsAChange(t *testing.T) {
	s := state()
	plan := panetest.Changes()
	for _, k := range []string{"enter", "x", "Y", "o ", "a", ".", "space"} {
		o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, k)
		if _, runs := in.(pane.Run); runs || o == nil {
			t.Errorf("%q gave %#v", k, in)
		}
	}
	o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "y")
	run, ok := in.(pane.Run)
	if !ok || run.How != "y" || run.Plan.Hash != plan.Hash || o != nil {
		t.Errorf("y gave %#v", in)
	}
}

func TestBackRefuses(t *testing.T) {
	s := state()
	for _, k := range []string{"n", "esc"} {
		o, in := press(t, overlay.NewConfirm(panetest.Changes(), s.Now, false), s, k)
		if _, ok := in.(pane.Refuse); !ok || o != nil {
			t.Errorf("%q gave %#v", k, in)
		}
	}
}

func TestOtherKeysOfAPlan(t *testing.T) {
	s := state()
	if _, in := press(t, overlay.NewConfirm(panetest.Changes(), s.Now, false), s, "e"); in != (pane.Edit{Line: 138}) {
		t.Errorf("e gave %#v", in)
	}
	_, in := press(t, overlay.NewConfirm(panetest.Changes(), s.Now, false), s, "o")
	if p, ok := in.(pane.Propose); !ok || !p.AsWritten || p.Ref.Step != "fr-2" {
		t.Errorf("o gave %#v", in)
	}
	plan := panetest.Changes()
	plan.Changes = nil
	if o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "o"); in != nil || o == nil {
		t.Errorf("o on a plan that is as written gave %#v", in)
	}
}

func TestDestroyingWantsTheNameWhole(t *testing.T) {
	s := state()
	plan := panetest.Destroys()
	for _, text := range []string{"", "y", "auro", "auroraa", "Aurora"} {
		o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, append(typed(text), "enter")...)
		if in != nil || o == nil {
			t.Errorf("%q gave %#v", text, in)
		}
	}
	_, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, append(typed("aurora"), "enter")...)
	if run, ok := in.(pane.Run); !ok || run.How != "typed aurora" {
		t.Errorf("the name gave %#v", in)
	}
	// The letters of the keys are letters here, and a paste is text.
	o, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "n", "e", "y")
	if in != nil || o == nil {
		t.Errorf("letters acted: %#v", in)
	}
	o, in, _ = overlay.NewConfirm(plan, s.Now, false).Update(tea.PasteMsg{Content: "aurora\n"}, s)
	if in != nil || o == nil {
		t.Errorf("a paste acted: %#v", in)
	}
}

// TestWithoutATargetItStillTakesAWord: a plan that destroys, or whose risk is unknown, is never one key.
func TestWithoutATargetItStillTakesAWord(t *testing.T) {
	s := state()
	for risk, word := range map[string]string{"destroys": "destroy", "unknown": "unknown"} {
		plan := panetest.Destroys()
		plan.Target, plan.Risk = "", risk
		if _, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "y", "enter"); in != nil {
			t.Errorf("%s: y gave %#v", risk, in)
		}
		if _, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, append(typed(word), "enter")...); in == nil {
			t.Errorf("%s: %q gave nothing", risk, word)
		}
	}
}

func TestReadsTakeEnter(t *testing.T) {
	s := state()
	plan := action.Plan{Title: "Check", Command: "pm2 list", Risk: "reads", Check: true, Hash: "abcdef"}
	if _, in := press(t, overlay.NewConfirm(plan, s.Now, false), s, "enter"); in == nil {
		t.Error("enter did not run what only reads")
	}
}

func TestKeysWaitWhenItOpenedByItself(t *testing.T) {
	s := state()
	o := overlay.NewConfirm(panetest.Changes(), s.Now, true)
	for range 5 {
		s.Now = s.Now.Add(overlay.Quiet - time.Millisecond)
		if !strings.Contains(o.View(s, 76, 17), "keys wait") {
			t.Fatal("it does not say that keys wait")
		}
		if _, in := press(t, o, s, "y"); in != nil {
			t.Fatalf("a key within the quiet time gave %#v", in)
		}
	}
	s.Now = s.Now.Add(overlay.Quiet)
	if _, in := press(t, o, s, "y"); in == nil {
		t.Error("y after the quiet time gave nothing")
	}
}

func TestAPlanThatChangedMustBeReadAgain(t *testing.T) {
	s := state()
	o := overlay.NewConfirm(panetest.Changes(), s.Now.Add(-time.Minute), false)
	other := panetest.Changes()
	other.Hash, other.Command = "0000ff", "pm2 restart all"
	overlay.Replace(o, other, s.Now)
	if view := o.View(s, 76, 17); !strings.Contains(view, "changed, read again") || !strings.Contains(view, "pm2 restart all") {
		t.Errorf("it does not say so:\n%s", view)
	}
	if _, in := press(t, o, s, "y"); in != nil {
		t.Fatalf("y at once gave %#v", in)
	}
	s.Now = s.Now.Add(time.Second)
	if _, in := press(t, o, s, "y"); in.(pane.Run).Plan.Hash != "0000ff" {
		t.Errorf("y ran %#v", in)
	}
}

// TestThePlanIsWholeOnDemand: what does not fit at first can be read before it is confirmed.
func TestThePlanIsWholeOnDemand(t *testing.T) {
	s := state()
	plan := panetest.Changes()
	plan.Command = strings.Repeat("echo line\n", 40) + "echo the end"
	o := overlay.NewConfirm(plan, s.Now, false)
	if view := o.View(s, 76, 17); strings.Contains(view, "the end") || !strings.Contains(view, "v shows all") {
		t.Errorf("the short view:\n%s", view)
	}
	o, _ = press(t, o, s, "v")
	seen := ""
	for range 60 {
		seen += o.View(s, 76, 17)
		o, _ = press(t, o, s, "down")
	}
	for _, want := range []string{"the end", plan.Hash, plan.Op, "pm2:glowglitch-app"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the whole plan never shows %q", want)
		}
	}
	if view := o.View(s, 76, 17); !strings.Contains(view, "y run it") {
		t.Error("the keys are gone while it is scrolled")
	}
}

func TestTheCursorIsWhereTheNameIsTyped(t *testing.T) {
	s := state()
	o, _ := press(t, overlay.NewConfirm(panetest.Destroys(), s.Now, false), s, typed("auro")...)
	lines := strings.Split(ansi.Strip(o.View(s, 76, 17)), "\n")
	c := o.Cursor()
	if c == nil {
		t.Fatal("there is no cursor")
	}
	before := string([]rune(lines[c.Y])[:c.X])
	if !strings.HasSuffix(before, "auro") {
		t.Errorf("the cursor stands after %q", before)
	}
}
