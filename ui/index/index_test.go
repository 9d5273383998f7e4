package index_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"calm/model/runbook/library"
	"calm/ui/command"
	"calm/ui/index"
)

// books is a folder as teams have them: a page an alert, a few long ones, one that is no text.
func books() library.Index {
	x := library.Index{Dir: "/srv/runbooks", LeftOut: []string{}}
	for _, f := range [][2]string{
		{"alerts/KubePersistentVolumeFillingUp.md", "# KubePersistentVolumeFillingUp\n\nA volume has little room left. It fills up.\n"},
		{"alerts/HighErrorRate.md", "# High error rate\n\n**Alert**: `ApiHighErrorRate`\n\nRequests fail.\n"},
		{"payments/incident-response.md", "# Incident Response Runbook\n\nWhat to do when nobody can pay, step by step, from the first page that comes in to the last message that goes out, and whom to ask on the way.\n"},
		{"search/incident-response.md", "# Incident Response Runbook\n\n## Elasticsearch is red\n"},
		{"notes/scan.md", "\x00\x01\x02"},
	} {
		x.Entries = append(x.Entries, library.Look(f[0], []byte(f[1])))
	}
	for i := range 30 {
		x.Entries = append(x.Entries, library.Look(fmt.Sprintf("more/%02d.md", i), []byte(fmt.Sprintf("# Queue %02d grows\n\nWords about it.\n", i))))
	}
	library.Sort(x.Entries)
	return x
}

// screen drives an index without a terminal: commands run at once, until none is left.
type screen struct {
	t   *testing.T
	app *index.App
	end bool
}

func open(t *testing.T, w, h int, o index.Options) *screen {
	t.Helper()
	o.Theme = "dark"
	s := &screen{t: t, app: index.New(books(), o)}
	s.do(s.app.Update(tea.WindowSizeMsg{Width: w, Height: h}))
	s.do(s.app.Init())
	return s
}

func (s *screen) do(cmd tea.Cmd) {
	for cmd != nil {
		msg := cmd()
		if _, ok := msg.(tea.QuitMsg); ok {
			s.end = true
			return
		}
		cmd = s.app.Update(msg)
	}
}

func (s *screen) press(keys ...string) {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp}
	for _, k := range keys {
		if code, ok := special[k]; ok {
			s.do(s.app.Update(tea.KeyPressMsg{Code: code}))
			continue
		}
		for _, r := range k {
			s.do(s.app.Update(tea.KeyPressMsg{Code: r, Text: string(r)}))
		}
	}
}

func (s *screen) text() string { return ansi.Strip(s.app.Frame().Content) }

func counted(e library.Entry) command.HoldsMsg {
	return command.HoldsMsg{Path: e.Path, Holds: &library.Holds{Scenarios: len(e.Title) % 4, Procedures: 1, Signatures: []string{"MongoPool of " + e.Path}}}
}

func TestScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for name, prepare := range map[string]func(*screen){
			"start":  func(*screen) {},
			"search": func(s *screen) { s.press("error") },
			"none":   func(s *screen) { s.press("no such words") },
			"bad":    func(s *screen) { s.press("scan", "enter") },
			"below":  func(s *screen) { s.press("pgdown", "pgdown", "down") },
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				s := open(t, size[0], size[1], index.Options{Count: counted})
				prepare(s)
				lines := strings.Split(s.app.Frame().Content, "\n")
				if len(lines) != size[1] {
					t.Errorf("%d lines", len(lines))
				}
				for i, l := range lines {
					if w := ansi.StringWidth(l); w != size[0] {
						t.Errorf("line %d is %d columns wide: %q", i, w, ansi.Strip(l))
					}
				}
				golden.RequireEqual(t, []byte(s.text()+"\n"))
			})
		}
	}
}

func TestChoose(t *testing.T) {
	s := open(t, 80, 24, index.Options{Count: counted})
	s.press("apihigh", "enter")
	if e, ok := s.app.Chosen(); !s.end || !ok || e.Path != "alerts/HighErrorRate.md" {
		t.Errorf("%v %+v", ok, e)
	}
	if s.app.Search() != "apihigh" {
		t.Errorf("%q is not kept for coming back", s.app.Search())
	}
	s = open(t, 80, 24, index.Options{Search: "incident response"})
	s.press("down", "enter")
	if e, _ := s.app.Chosen(); e.Path != "search/incident-response.md" {
		t.Errorf("%+v", e)
	}
	for _, keys := range [][]string{{"esc"}, {"x", "esc", "esc"}} {
		s = open(t, 80, 24, index.Options{})
		s.press(keys...)
		if _, ok := s.app.Chosen(); ok || !s.end {
			t.Errorf("%q does not leave", keys)
		}
	}
}

// What can't be opened stays in the list and says why; nothing opens by a mistake.
func TestWhatCantBeOpened(t *testing.T) {
	s := open(t, 120, 40, index.Options{Remark: "no runbook names the alert X"})
	if !strings.Contains(s.text(), "▲  no runbook names the alert X") {
		t.Error(s.text())
	}
	s.press("scan", "enter")
	if s.end || !strings.Contains(s.text(), "is not text") {
		t.Error(s.text())
	}
	s.press("esc", "zzz", "enter")
	if _, ok := s.app.Chosen(); s.end || ok {
		t.Error("something was opened")
	}
}

func TestCounting(t *testing.T) {
	asked := map[string]int{}
	s := open(t, 80, 24, index.Options{Count: func(e library.Entry) command.HoldsMsg {
		asked[e.Path]++
		if e.Path == "more/03.md" {
			return command.HoldsMsg{Path: e.Path, Err: errors.New("it is gone")}
		}
		return counted(e)
	}})
	if len(asked) != 34 {
		t.Errorf("%d of 34 were counted", len(asked))
	}
	for path, n := range asked {
		if n != 1 {
			t.Errorf("%s was counted %d times", path, n)
		}
	}
	s.press("mongopool", "down")
	if !strings.Contains(s.text(), "33 of 35") {
		t.Errorf("what logs say is not searched:\n%s", s.text())
	}
	s.press("esc", "queue 03")
	if !strings.Contains(s.text(), "it is gone") {
		t.Error(s.text())
	}
}

// A hostile title draws nothing outside its cell, and a small terminal is no reason to fail.
func TestAnySize(t *testing.T) {
	x := library.Index{Dir: "/\x1b[2J", Entries: []library.Entry{library.Look("\u202ex.md", []byte("# a\x1b[31m\tb 漢字漢字漢字漢字漢字漢字\n\n\x07 words\n"))}}
	for w := 0; w < 130; w += 3 {
		for h := 0; h < 30; h += 3 {
			app := index.New(x, index.Options{})
			app.Update(tea.WindowSizeMsg{Width: w, Height: h})
			for _, l := range strings.Split(app.Frame().Content, "\n") {
				if strings.Contains(l, "\x1b[2J") || strings.ContainsAny(l, "\a\t\u202e") || ansi.StringWidth(l) > w {
					t.Fatalf("%dx%d: %q", w, h, l)
				}
			}
		}
	}
}
