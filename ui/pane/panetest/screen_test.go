package panetest_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"calm/model/action"
	"calm/ui/frame"
	"calm/ui/layout"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/actions"
	"calm/ui/pane/guide"
	"calm/ui/pane/logs"
	"calm/ui/pane/output"
	"calm/ui/pane/panetest"
	"calm/ui/pane/severity"
	"calm/ui/pane/signals"
	"calm/ui/pane/timeline"
	"calm/ui/theme"
)

// shots is where the screens go as terminals get them, to be looked at.
var shots = flag.String("shots", "", "write the screens with their colours into this folder")

// screen is one picture: a state, what has the focus, and what floats.
type screen struct {
	name  string
	state func(theme.Styles) pane.State
	focus pane.ID
	stage layout.Stage
	over  func(pane.State) overlay.Overlay
}

var screens = []screen{
	{"1-watch", panetest.Watch, pane.Signals, layout.Watch, nil},
	{"2-out", panetest.Out, pane.Guide, layout.Watch, nil},
	{"2-out-signals", panetest.Out, pane.Signals, layout.Watch, nil},
	{"3-declared", panetest.Declared, pane.Guide, layout.Declared, nil},
	{"4a-changes", panetest.Declared, pane.Guide, layout.Declared, func(s pane.State) overlay.Overlay {
		return overlay.NewConfirm(panetest.Changes(), s.Now, false)
	}},
	{"4b-destroys", panetest.Declared, pane.Guide, layout.Declared, func(s pane.State) overlay.Overlay {
		return overlay.NewConfirm(panetest.Destroys(), s.Now, false)
	}},
	{"4c-approval", panetest.Asked, pane.Guide, layout.Declared, func(s pane.State) overlay.Overlay {
		return overlay.NewConfirm(panetest.Approval(), s.Now, false)
	}},
	{"2-declare", panetest.Out, pane.Guide, layout.Watch, overlay.NewDeclare},
	{"3-severity", panetest.Declared, pane.Guide, layout.Declared, overlay.NewSeverity},
	{"3-note", panetest.Declared, pane.Guide, layout.Declared, func(pane.State) overlay.Overlay {
		return overlay.NewPrompt("Note", "goes into the timeline", "catalog query lost its index in 4f2c1a9?", false, nil)
	}},
	{"3-fill", panetest.Declared, pane.Guide, layout.Declared, func(s pane.State) overlay.Overlay {
		step := s.Runbook.Procedures[1].Steps[1]
		return overlay.NewFill(action.Ref{Title: "Code Rollback", Line: 157}, step.Placeholders,
			map[string][]string{step.Placeholders[0].Text: {"91bd0e2  2 days ago, by ci", "77ac001  5 days ago, by ana"}}, nil)
	}},
	{"3-escalate", panetest.Declared, pane.Guide, layout.Declared, overlay.NewEscalate},
	{"3-roles", panetest.Declared, pane.Guide, layout.Declared, overlay.NewRoles},
	{"9-message", panetest.Declared, pane.Guide, layout.Declared, func(pane.State) overlay.Overlay {
		return overlay.NewMessage(panetest.Draft())
	}},
	{"11a-palette", panetest.Declared, pane.Guide, layout.Declared, func(s pane.State) overlay.Overlay {
		o := overlay.NewPalette(panetest.Entries())
		for _, r := range "rol" {
			o, _, _ = o.Update(tea.KeyPressMsg{Code: r, Text: string(r)}, s)
		}
		return o
	}},
	{"11b-help", panetest.Declared, pane.Guide, layout.Declared, func(pane.State) overlay.Overlay {
		return overlay.NewHelp(panetest.Keys())
	}},
	{"5a-running", panetest.Running, pane.Actions, layout.Running, nil},
	{"5b-verifying", panetest.Verifying, pane.Actions, layout.Running, nil},
	{"5c-worked", panetest.Worked, pane.Actions, layout.Running, nil},
	{"5d-no-effect", panetest.NoEffect, pane.Actions, layout.Running, nil},
	{"5e-worse", panetest.Worse, pane.Actions, layout.Running, nil},
	{"6-severity", panetest.Declared, pane.Severity, layout.Declared, nil},
	{"8-timeline", panetest.NoEffect, pane.Timeline, layout.Declared, nil},
}

func panes() map[pane.ID]pane.Pane {
	out := map[pane.ID]pane.Pane{}
	for _, p := range []pane.Pane{
		signals.New(), severity.New(), guide.New(), actions.New(), timeline.New(), output.New(), logs.New(),
	} {
		out[p.ID()] = p
	}
	return out
}

// draw puts a whole screen together as the console does.
func (x screen) draw(st theme.Styles, w, h int) string {
	s := x.state(st)
	all := panes()
	want := func(id pane.ID, w int) layout.Want {
		if p, ok := all[id].(interface {
			Want(pane.State, int) layout.Want
		}); ok {
			return p.Want(s, w)
		}
		return layout.Want{}
	}
	f := layout.Compute(w, h, layout.Mode{Stage: x.stage, Focus: x.focus, Want: want})
	if f.TooSmall {
		return frame.TooSmall(s, w, h)
	}
	var over overlay.Overlay
	if x.over != nil {
		over = x.over(s)
	}
	cells := newCells(w, h)
	cells.put(f.Header, frame.Header(s, w))
	if f.Tabs.H > 0 {
		cells.put(f.Tabs, frame.Tabs(s, x.focus, []pane.ID{1, 2, 3, 4, 5, 6, 7}, w))
	}
	for _, b := range f.Panes {
		p := all[b.ID]
		if p == nil {
			continue
		}
		bw, bh := b.Inner()
		at := b.Rect
		if b.Band {
			cells.put(at, frame.Band(frame.TitleOf(b.ID), p.Band(s), b.ID == x.focus, b.W, &s.Theme))
			at.Y++
		}
		cells.put(at, p.View(s, bw, bh, b.ID == x.focus && over == nil))
	}
	if over != nil {
		cells.dim(f.Body, s.Theme.Track)
		cells.dim(f.Tabs, s.Theme.Track)
		r := f.Overlay()
		cells.put(r, over.View(s, r.W, r.H))
	}
	cells.put(f.Next, frame.Next(s, w))
	cells.put(f.Keys, frame.Keys([]frame.Hint{{Key: ".", Does: "propose"}, {Key: "space", Does: "tick"}, {Key: "?", Does: "help"}}, w, &s.Theme))
	return cells.String()
}

// cells is a screen as lines with escape sequences.
type cells struct {
	w     int
	lines []string
}

func newCells(w, h int) *cells {
	c := &cells{w: w}
	for range h {
		c.lines = append(c.lines, strings.Repeat(" ", w))
	}
	return c
}

func (c *cells) put(r layout.Rect, text string) {
	for i, line := range strings.Split(text, "\n") {
		y := r.Y + i
		if y >= len(c.lines) {
			return
		}
		n := ansi.StringWidth(line)
		c.lines[y] = ansi.Truncate(c.lines[y], r.X, "") + line + ansi.TruncateLeft(c.lines[y], r.X+n, "")
	}
}

func (c *cells) dim(r layout.Rect, st theme.Style) {
	for y := r.Y; y < r.Y+r.H; y++ {
		c.lines[y] = st.Render(ansi.Strip(c.lines[y]))
	}
}

func (c *cells) String() string { return strings.Join(c.lines, "\n") }

var sizes = [][2]int{{60, 18}, {80, 24}, {120, 40}, {200, 60}}

// hashes are what an approval is told by. They change with every field that a plan gets.
var hashes = regexp.MustCompile(`plan [0-9a-f]{4}·[0-9a-f]{4}|[0-9a-f]{64}|calm approve [0-9a-f]{4}`)

// masked is a screen without what an approval is told by.
func masked(screen string) []byte {
	digits := regexp.MustCompile(`[0-9a-f]`)
	return hashes.ReplaceAllFunc([]byte(screen), func(b []byte) []byte {
		at := bytes.LastIndexByte(b, ' ') + 1
		return append(b[:at:at], digits.ReplaceAll(b[at:], []byte("#"))...)
	})
}

// TestScreens draws whole screens of the incident at every size.
func TestScreens(t *testing.T) {
	dark := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	for _, x := range screens {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", x.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				drawn := x.draw(dark, size[0], size[1])
				keep(t, name, drawn)
				checkSize(t, drawn, size[0], size[1])
				golden.RequireEqual(t, masked(plain(drawn)))
			})
		}
	}
}

func keep(t *testing.T, name, drawn string) {
	t.Helper()
	if *shots == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".ansi"), []byte(drawn), 0o600); err != nil {
		t.Fatal(err)
	}
}

func checkSize(t *testing.T, drawn string, w, h int) {
	t.Helper()
	lines := strings.Split(drawn, "\n")
	if len(lines) != h {
		t.Errorf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Errorf("line %d is %d columns wide, want %d: %q", i, n, w, ansi.Strip(l))
		}
	}
}

// plain is a screen as a person could copy it: no colours, no blanks at the ends of lines.
func plain(drawn string) string {
	lines := strings.Split(ansi.Strip(drawn), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
