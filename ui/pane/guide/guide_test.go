package guide_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/incident"
	"calm/model/triage"
	"calm/ui/pane"
	"calm/ui/pane/guide"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

func press(p pane.Pane, s pane.State, keys ...string) (in pane.Intent) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "space": tea.KeySpace, "home": tea.KeyHome}
	for _, k := range keys {
		msg := tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
		if c, ok := codes[k]; ok {
			msg = tea.KeyPressMsg{Code: c}
		}
		in, _ = p.Update(msg, s)
	}
	return in
}

func view(p pane.Pane, s pane.State, w, h int) string { return ansi.Strip(p.View(s, w, h, true)) }

// cursor is the line that keys act on.
func cursor(t *testing.T, p pane.Pane, s pane.State) string {
	t.Helper()
	for l := range strings.Lines(view(p, s, 79, 60)) {
		if strings.Contains(l, "▸") {
			return strings.TrimSpace(l)
		}
	}
	t.Fatalf("no row is selected:\n%s", view(p, s, 79, 60))
	return ""
}

func TestItStandsOnTheFirstOpenStep(t *testing.T) {
	p, s := guide.New(), panetest.Declared(theme.Styles{})
	if got := cursor(t, p, s); !strings.Contains(got, "1 Immediate: restart") {
		t.Errorf("the cursor is at %q", got)
	}
	in, ok := press(p, s, "enter").(pane.Propose)
	if !ok || in.Ref.Step != "s3-r1-1" || in.Ref.Item != "s3-r1" || in.Ref.Group != "resolution" || in.Ref.Index != 1 || in.Ref.Of != 3 || in.Ref.Line != 282 {
		t.Errorf("enter gave %#v", in)
	}
	// With the step done, what is at hand is the next one, without a key.
	s.Done = append(s.Done, "s3-r1-1")
	if got := cursor(t, p, s); !strings.Contains(got, "2 Short-term") {
		t.Errorf("after it the cursor is at %q", got)
	}
}

func TestTheCursorStaysOnItsRow(t *testing.T) {
	p, s := guide.New(), panetest.Declared(theme.Styles{})
	press(p, s, "up")
	before := cursor(t, p, s)
	if !strings.Contains(before, "Check pool settings") {
		t.Fatalf("up went to %q", before)
	}
	// Another symptom appears above it.
	c := s.Cases[0]
	c.Symptoms = append([]triage.Symptom{{}}, c.Symptoms...)
	c.Symptoms[0].ID, c.Symptoms[0].Text = "new", "something new"
	s.Cases[0] = c
	if got := cursor(t, p, s); got != before {
		t.Errorf("it moved to %q", got)
	}
}

func TestTicks(t *testing.T) {
	s := panetest.Declared(theme.Styles{})
	tick := func(keys ...string) incident.TickedData {
		in, ok := press(guide.New(), s, keys...).(pane.Tick)
		if !ok {
			t.Fatalf("%v gave no tick", keys)
		}
		return in.TickedData
	}
	if got := tick("space"); got.ID != "s3-r1" || got.State != "done" {
		t.Errorf("space on an open step: %#v", got)
	}
	if got := tick("up", "space"); got.ID != "s3-d2" || got.State != "open" {
		t.Errorf("space on a done step: %#v", got)
	}
	if got := tick("home", "space"); got.ID != "s3-1" || got.State != "acknowledged" {
		t.Errorf("space on a symptom that is seen: %#v", got)
	}
	if got := tick("home", "down", "space"); got.ID != "s3-2" || got.State != "open" {
		t.Errorf("space on an acknowledged one: %#v", got)
	}
	for k, state := range map[string]string{"-": "skipped", ">": "deferred"} {
		show, ok := press(guide.New(), s, k).(pane.Show)
		if arg, isTick := show.Arg.(pane.Tick); !ok || !isTick || show.Overlay != "reason" || arg.State != state || arg.ID != "s3-r1" {
			t.Errorf("%s gave %#v", k, show)
		}
	}
}

func TestChecklistsAreBelow(t *testing.T) {
	p, s := guide.New(), panetest.Declared(theme.Styles{})
	all := view(p, s, 79, 60)
	for _, want := range []string{"When Incident Starts", "[ ] Acknowledge alert within 5 minutes", "After Resolution", "if it fails  Immediate Rollback < 2 min"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	in, ok := press(p, s, "G", "space").(pane.Tick)
	if !ok || in.ID != "after-3" || in.State != "done" {
		t.Errorf("the last item gave %#v", in)
	}
	s.Incident.Ticks["after-3"] = incident.TickedData{ID: "after-3", State: "skipped", Reason: "no time"}
	if all = view(p, s, 79, 60); !strings.Contains(all, "[-] Schedule post-mortem") || !strings.Contains(all, "no time") {
		t.Errorf("a skipped item does not say why:\n%s", all)
	}
}

func TestAnswers(t *testing.T) {
	s := panetest.Out(theme.Styles{})
	for k, want := range map[string]string{"y": "yes", "n": "no", "u": "unknown"} {
		p := guide.New()
		press(p, s, "a")
		enabled := false
		for _, b := range p.ShortHelp() {
			enabled = enabled || b.Enabled() && b.Keys()[0] == k
		}
		if !enabled {
			t.Errorf("%s is not among the keys while a question is asked", k)
		}
		in, ok := press(p, s, k).(pane.Answer)
		if !ok || in.ID != "s2-2" || in.Answer != want {
			t.Errorf("%s gave %#v", k, in)
		}
	}
	if in := press(guide.New(), s, "a", "esc"); in != nil {
		t.Errorf("esc answered: %#v", in)
	}
	s.Incident.Answers = map[string]string{"s2-2": "no"}
	if all := view(guide.New(), s, 79, 60); !strings.Contains(all, "[n] Users report") {
		t.Errorf("the answer is not shown:\n%s", all)
	}
}

func TestTheListOpensAScenario(t *testing.T) {
	p, s := guide.New(), panetest.Out(theme.Styles{})
	press(p, s, "down", "down", "down", "down")
	if in := press(p, s, "enter"); in != nil {
		t.Errorf("with no incident to remember it: %#v", in)
	}
	if got := view(p, s, 79, 40); !strings.Contains(got, "3 Database Connection Pool Exhausted") || !strings.Contains(got, "resolution") {
		t.Errorf("it did not open:\n%s", got)
	}
	press(p, s, "esc")
	if got := view(p, s, 79, 40); !strings.Contains(got, "High Error Rate") {
		t.Errorf("esc did not go back:\n%s", got)
	}

	p, s = guide.New(), panetest.Declared(theme.Styles{})
	press(p, s, "esc")
	if got := p.Band(s); !strings.Contains(got, "which scenario") {
		t.Errorf("the list's band is %q", got)
	}
	in, ok := press(p, s, "home", "enter").(pane.Choose)
	if !ok || in.Scenario != "scenario-3" {
		t.Errorf("choosing gave %#v", in)
	}
}

func TestBestCheck(t *testing.T) {
	s := panetest.Out(theme.Styles{})
	in, ok := press(guide.New(), s, "G", "enter").(pane.Propose)
	if !ok || in.Ref.Step != "s3-d1" {
		t.Errorf("enter on the best check gave %#v", in)
	}
}

// TestUnknownIsNeverSeen: a symptom without a reading has its own mark and its reason.
func TestUnknownIsNeverSeen(t *testing.T) {
	got := view(guide.New(), panetest.Out(theme.Styles{}), 79, 40)
	if !strings.Contains(got, "(?) Health check fails for database") || !strings.Contains(got, "no answer") {
		t.Errorf("%s", got)
	}
}

func TestEstimate(t *testing.T) {
	for want, e := range map[string][]float64{
		"< 2 min": {0, 120}, "5–10 min": {300, 600}, "15–30 min": {900, 1800}, "< 30 s": {0, 30}, "10 min": {600, 600}, "4–24 h": {14400, 86400}, "": {},
	} {
		if got := guide.Estimate(e); got != want {
			t.Errorf("%v is %q, want %q", e, got, want)
		}
	}
}
