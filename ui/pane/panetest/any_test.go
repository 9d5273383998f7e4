package panetest_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"calm/model/signal"
	"calm/ui/frame"
	"calm/ui/layout"
	"calm/ui/overlay"
	"calm/ui/pane"
	"calm/ui/pane/panetest"
	"calm/ui/theme"
)

var states = map[string]func(theme.Styles) pane.State{
	"empty": func(st theme.Styles) pane.State { return pane.State{Theme: st} },
	"watch": panetest.Watch, "out": panetest.Out, "declared": panetest.Declared, "running": panetest.Running,
	"verifying": panetest.Verifying, "worked": panetest.Worked, "no effect": panetest.NoEffect, "worse": panetest.Worse,
	"blind": blind, "hostile": hostile, "lost": lost,
}

// blind is a host on which nothing answers.
func blind(st theme.Styles) pane.State {
	s := panetest.Watch(st)
	for n, r := range s.Snapshot.Readings {
		r.Status, r.Sample.Err = signal.Unknown, "connection refused"
		r.Good = signal.Sample{}
		s.Snapshot.Readings[n] = r
	}
	s.Series = func(signal.Name) []signal.Sample { return nil }
	return s
}

// hostile is a state in which texts from outside try to break the picture.
func hostile(st theme.Styles) pane.State {
	s := panetest.Verifying(st)
	evil := "\x1b[2J\x1b]52;c;eA==\x07\ttab\nline\u202e👩‍👩‍👧 🇩🇪 가 \u0301x " + strings.Repeat("長い", 60)
	s.Service, s.Host, s.Incident.Title, s.Me = evil, evil, evil, evil
	s.Next.Title, s.Next.Detail = evil, evil
	s.Action.Why, s.Action.Output = evil, []string{evil, evil}
	s.Action.Plan.Title, s.Action.Plan.Command, s.Action.Plan.Notes = evil, evil, []string{evil}
	s.Action.Rows[0].Label, s.Action.Rows[0].Note, s.Action.Rows[0].Now = evil, evil, evil
	s.Logs[0].Text, s.Logs[0].File = evil, evil
	s.Outputs[0].Lines, s.Outputs[0].Adds, s.Outputs[0].Title = []string{evil}, []string{evil}, evil
	s.Cases[0].Scenario.Title, s.Cases[0].Symptoms[0].Text, s.Cases[0].Symptoms[0].Reading = evil, evil, evil
	s.Runbook.Checklists[0].Items[0].Text, s.Runbook.Severities[0].Criteria[0].Text = evil, evil
	s.Runbook.Procedures[0].Title, s.Runbook.Procedures[2].Caution, s.Runbook.Severities[0].Impact = evil, evil, evil
	for n, r := range s.Snapshot.Readings {
		r.Spec.Label, r.Sample.Source = evil, evil
		if r.Spec.Unit == signal.State {
			r.Sample.Text = evil
		}
		s.Snapshot.Readings[n] = r
	}
	return s
}

// lost is an action that was running when calm ended.
func lost(st theme.Styles) pane.State {
	s := panetest.Verifying(st)
	s.Action.Stage, s.Action.Why = pane.Lost, "calm ended at 03:29:37 while this ran"
	return s
}

// keys that panes and overlays may get, in any order.
var keys = []string{"j", "k", "G", "enter", "space", "esc", "/", "a", "y", "n", "u", "-", ">", "left", "right", "tab", "pgdown", "home", "e", "x", "o", "v", "3"}

func press(name string) tea.KeyPressMsg {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "space": tea.KeySpace}
	if c, ok := codes[name]; ok {
		return tea.KeyPressMsg{Code: c}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func overlays(s pane.State) []overlay.Overlay {
	out := []overlay.Overlay{
		overlay.NewConfirm(panetest.Changes(), s.Now, false), overlay.NewConfirm(panetest.Destroys(), s.Now, true),
		overlay.NewConfirm(panetest.Approval(), s.Now, false), overlay.NewDeclare(s), overlay.NewSeverity(s),
		overlay.NewPrompt("Note", "hint", "text", true, func(string) pane.Intent { return nil }),
		overlay.NewHelp(panetest.Keys()), overlay.NewPalette(panetest.Entries()), overlay.NewMessage(panetest.Draft()),
		overlay.NewEscalate(s), overlay.NewRoles(s),
	}
	return out
}

// TestAnyStateAtAnySize: whatever is shown, at whatever size, after whatever keys, a line is never
// wider than it may be and there are never too many.
func TestAnyStateAtAnySize(t *testing.T) {
	themes := []theme.Styles{
		{}, theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
		theme.New(theme.Options{Profile: colorprofile.ASCII, ASCII: true}),
	}
	rapid.Check(t, func(t *rapid.T) {
		s := states[rapid.SampledFrom(names()).Draw(t, "state")](rapid.SampledFrom(themes).Draw(t, "theme"))
		s.Now = s.Now.Add(time.Duration(rapid.IntRange(0, 200_000).Draw(t, "later")) * time.Second)
		w, h := rapid.IntRange(0, 250).Draw(t, "w"), rapid.IntRange(0, 80).Draw(t, "h")
		pressed := rapid.SliceOfN(rapid.SampledFrom(keys), 0, 12).Draw(t, "keys")
		p := panes()[pane.ID(rapid.IntRange(1, 7).Draw(t, "pane"))]
		bounds(t, p.ID().Title(), p.View(s, w, h, true), w, h)
		for _, k := range pressed {
			p.Update(press(k), s)
			bounds(t, p.ID().Title()+" after "+k, p.View(s, w, h, true), w, h)
		}
		bounds(t, p.ID().Title()+" band", p.Band(s), 1<<20, 1)
		p.(interface {
			Want(pane.State, int) layout.Want
		}).Want(s, w)
		all := overlays(s)
		o := all[rapid.IntRange(0, len(all)-1).Draw(t, "overlay")]
		bounds(t, "overlay", o.View(s, w, h), w, h)
		for _, k := range pressed {
			if o, _, _ = o.Update(press(k), s); o == nil {
				break
			}
			bounds(t, "overlay after "+k, o.View(s, w, h), w, h)
		}
		if w >= layout.MinWidth {
			exact(t, frame.Header(s, w), w, 4)
			exact(t, frame.Next(s, w), w, 1)
			exact(t, frame.Tabs(s, pane.Guide, []pane.ID{1, 2, 3, 4, 5, 6, 7}, w), w, 1)
		}
		bounds(t, "too small", frame.TooSmall(s, w, h), w, 2)
	})
}

func names() []string {
	out := make([]string, 0, len(states))
	for _, n := range []string{"empty", "watch", "out", "declared", "running", "verifying", "worked", "no effect", "worse", "blind", "hostile", "lost"} {
		if states[n] != nil {
			out = append(out, n)
		}
	}
	return out
}

// bounds says what is wrong with a picture that is larger than it may be.
func bounds(t *rapid.T, what, view string, w, h int) {
	lines := strings.Split(view, "\n")
	if view != "" && len(lines) > h {
		t.Fatalf("%s: %d lines, of %d", what, len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > w {
			t.Fatalf("%s: line %d has %d columns, of %d: %q", what, i, n, w, l)
		}
		if strings.ContainsAny(ansi.Strip(l), "\x1b\t\r\x07\u202e") {
			t.Fatalf("%s: line %d has control bytes: %q", what, i, l)
		}
	}
}

func exact(t *rapid.T, view string, w, h int) {
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), h, view)
	}
	for _, l := range lines {
		if n := ansi.StringWidth(l); n != w {
			t.Fatalf("%d columns, want %d: %q", n, w, l)
		}
	}
}

// TestThemes keeps one screen with its colours for each kind of terminal.
func TestThemes(t *testing.T) {
	for name, o := range map[string]theme.Options{
		"dark":     {Dark: true, Profile: colorprofile.TrueColor},
		"light":    {Profile: colorprofile.TrueColor},
		"256":      {Dark: true, Profile: colorprofile.ANSI256},
		"16":       {Dark: true, Profile: colorprofile.ANSI},
		"16-light": {Profile: colorprofile.ANSI},
		"nocolor":  {Dark: true, Profile: colorprofile.ASCII},
		"ascii":    {Dark: true, Profile: colorprofile.ASCII, ASCII: true},
	} {
		t.Run(name, func(t *testing.T) {
			x := screen{"3-declared", panetest.Declared, pane.Guide, layout.Declared, nil}
			drawn := x.draw(theme.New(o), 120, 40)
			keep(t, "theme-"+name+"-120x40", drawn)
			golden.RequireEqual(t, []byte(strings.ReplaceAll(drawn, "\x1b", "␛")))
			if o.ASCII {
				for _, r := range ansi.Strip(drawn) {
					if r > '~' {
						t.Errorf("%q is not ASCII", r)
					}
				}
			}
		})
	}
}

// BenchmarkScreen is what one message costs in drawing.
func BenchmarkScreen(b *testing.B) {
	st := theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})
	for _, x := range screens {
		if x.over != nil {
			continue
		}
		s := x.state(st)
		all := panes()
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				want := func(id pane.ID, w int) layout.Want {
					return all[id].(interface {
						Want(pane.State, int) layout.Want
					}).Want(s, w)
				}
				f := layout.Compute(120, 40, layout.Mode{Stage: x.stage, Focus: x.focus, Want: want})
				frame.Header(s, 120)
				for _, p := range f.Panes {
					w, h := p.Inner()
					all[p.ID].View(s, w, h, p.ID == x.focus)
				}
				frame.Next(s, 120)
			}
		})
	}
}
