package timeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/incident"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/pane/timeline"
	"calm/ui/theme"
)

func press(p pane.Pane, s pane.State, keys ...string) (in pane.Intent) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown, "right": tea.KeyRight}
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

func state() pane.State { return panetest.NoEffect(theme.Styles{}) }

func TestNewestFirst(t *testing.T) {
	got := view(timeline.New(), state(), 79, 20)
	last, first := strings.Index(got, "NO EFFECT"), strings.Index(got, "declared SEV-2")
	if last < 0 || first < 0 || last > first {
		t.Errorf("%s", got)
	}
}

func TestKinds(t *testing.T) {
	p, s := timeline.New(), state()
	press(p, s, "right", "right", "right", "right")
	got := view(p, s, 79, 20)
	if !strings.Contains(got, "catalog query lost its index") || strings.Contains(got, "declared SEV-2") || !strings.Contains(got, "1 of 14") {
		t.Errorf("notes only:\n%s", got)
	}
	press(p, s, "esc")
	if got = view(p, s, 79, 20); !strings.Contains(got, "14 of 14") {
		t.Errorf("esc did not show all:\n%s", got)
	}
}

func TestFilterIsTyped(t *testing.T) {
	p, s := timeline.New(), state()
	press(p, s, "/", "b", "e", "n")
	if p.Cursor() == nil {
		t.Error("there is no cursor while it is typed")
	}
	press(p, s, "enter")
	got := view(p, s, 79, 20)
	if strings.Contains(got, "acknowledged") || !strings.Contains(got, "Check current connections") || p.Cursor() != nil {
		t.Errorf("by ben only:\n%s", got)
	}
	press(p, s, "/", "x", "x", "x", "x", "enter")
	if got = view(p, s, 79, 20); !strings.Contains(got, "esc shows all") {
		t.Errorf("nothing found:\n%s", got)
	}
}

func TestTheSelectedEventIsWholeAndStays(t *testing.T) {
	p, s := timeline.New(), state()
	long := strings.Repeat("a long note ", 12) + "to its end"
	data, err := json.Marshal(incident.NoteData{Text: long})
	if err != nil {
		t.Fatal(err)
	}
	add := func(d []byte) {
		n := len(s.Incident.Events)
		s.Incident.Events = append(s.Incident.Events, incident.Event{Seq: uint64(n + 1), At: s.Now, Type: incident.Note, Actor: incident.Actor{Name: "ana"}, Data: d})
	}
	add(data)
	if got := view(p, s, 79, 20); strings.Contains(got, "to its end") {
		t.Fatalf("a long event is not cut:\n%s", got)
	}
	press(p, s, "down")
	add([]byte(`{"text":"a newer one"}`))
	got := view(p, s, 79, 20)
	if !strings.Contains(got, "to its end") || !strings.Contains(got, "▸ 03:30:42 n \"a long note") {
		t.Errorf("the selected event:\n%s", got)
	}
	if in, ok := press(p, s, "y").(pane.Copy); !ok || !strings.Contains(in.Text, "to its end") {
		t.Errorf("y gave %#v", in)
	}
}

func TestBeforeAnIncident(t *testing.T) {
	if got := view(timeline.New(), panetest.Out(theme.Styles{}), 53, 6); !strings.Contains(got, "release 4f2c1a9") {
		t.Errorf("%s", got)
	}
	if got := view(timeline.New(), pane.State{}, 79, 6); !strings.Contains(got, "Nothing yet; n writes a note.") {
		t.Errorf("%s", got)
	}
}

// TestALongIncidentIsDrawnAsFastAsAShortOne: only what is in view is put into words.
func TestALongIncidentIsDrawnAsFastAsAShortOne(t *testing.T) {
	s := state()
	s.Incident.Events = nil
	for i := range 200_000 {
		s.Incident.Events = append(s.Incident.Events, incident.Event{
			Seq: uint64(i + 1), At: s.Now.Add(time.Duration(i) * time.Millisecond), Type: incident.Note, Data: []byte(fmt.Sprintf(`{"text":"note %d"}`, i)),
		})
	}
	p := timeline.New()
	allocs := testing.AllocsPerRun(5, func() { p.View(s, 79, 20, true) })
	if allocs > 2000 {
		t.Errorf("%v allocations to draw 20 lines", allocs)
	}
	if got := view(p, s, 79, 20); !strings.Contains(got, "note 199999") {
		t.Errorf("%s", got)
	}
	press(p, s, "G")
	if got := view(p, s, 79, 20); !strings.Contains(got, `"note 0"`) {
		t.Errorf("the end:\n%s", got)
	}
}
