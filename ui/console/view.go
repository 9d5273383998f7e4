package console

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"calm/model/incident"
	"calm/ui/frame"
	"calm/ui/layout"
	"calm/ui/pane"
	"calm/ui/screen"
)

// refresh brings the state that everything draws up to date.
func (a *App) refresh() {
	s := &a.state
	s.Now, s.Service, s.Host, s.Me, s.Observe = a.now(), a.session.Service, a.session.Host, a.session.Actor.Name, a.session.Observe
	s.Runbook, s.Incident = a.session.Runbook, a.inc
	s.Differs = a.book.standing.Since
	s.Untrusted, s.Findings, s.Gone = a.book.known && !a.trusted(), a.book.findings, a.gone()
	if len(a.early) > 0 {
		s.Incident.Answers = map[string]string{}
		for _, x := range a.early {
			s.Incident.Answers[x.ID] = x.Answer
		}
	}
	s.Snapshot, s.Severity, s.Cases, s.Series = a.latest.Snapshot, a.latest.Severity, a.latest.Cases, a.watch.Series
	s.Clocks, s.Last = a.clocks(), a.last
	s.Outputs, s.Changes, s.Ready, s.ReadyAt = a.results, a.changes, append(a.readiness(), a.ready...), a.examined
	s.Done = a.doneList()
	s.Best = a.best()
	s.Action = nil
	if a.act != nil {
		a.offer()
		view := a.act.view
		s.Action = &view
	}
	if a.session.Logs != nil {
		s.Logs, s.LogRate = a.session.Logs.Recent(), a.session.Logs.Rate()
	}
	s.Banner = a.banner()
	s.Next = a.nextTrust(a.next())
}

func (a *App) clocks() []incident.Clock {
	inc := a.inc
	if !inc.Open() {
		inc = incident.Incident{Suggested: a.latest.Level()}
		if at, margin, ok := a.latest.Snapshot.Onset(); ok {
			inc.Onset, inc.Margin = at, margin
		}
	}
	return incident.Clocks(inc, a.session.Runbook, a.now())
}

func (a *App) banner() *pane.Banner {
	if a.trouble == "" {
		return a.bookBanner()
	}
	if a.writes.failed {
		return a.gapBanner()
	}
	return &pane.Banner{Text: a.trouble, Help: "Reads go on; changing and destroying are refused."}
}

func (a *App) doneList() []string {
	done := a.doneSteps()
	out := make([]string, 0, len(done))
	for id := range done {
		out = append(out, id)
	}
	return out
}

// Frame is the current picture. It is made anew only when something changed since the last one.
func (a *App) Frame() screen.Frame {
	if a.stale || a.drawn.Content == "" {
		a.drawn = a.draw()
		a.stale = false
	}
	return a.drawn
}

func (a *App) draw() screen.Frame {
	f := a.frame()
	if f.TooSmall {
		return screen.Frame{Content: frame.TooSmall(a.state, a.w, a.h)}
	}
	lines := make([]string, 0, a.h)
	lines = append(lines, rows(frame.Header(a.state, a.w), 4)...)
	if f.Tabs.H > 0 {
		lines = append(lines, frame.Tabs(a.state, a.focus, a.visible(), a.w))
	} else {
		lines = append(lines, "")
	}
	body, cursor := a.body(f)
	lines = append(lines, body...)
	if f.Banner.H > 0 {
		lines = append(lines, rows(frame.Banner(a.state, a.w), f.Banner.H)...)
	}
	lines = append(lines, frame.Next(a.state, a.w), a.keysRow())
	return screen.Frame{Content: strings.Join(lines, "\n"), Cursor: cursor}
}

func (a *App) frame() layout.Frame {
	return layout.Compute(a.w, a.h, layout.Mode{
		Stage: a.stage(), Focus: a.focus, Zoom: a.zoom, Banner: frame.BannerLines(a.state, a.w), Want: a.want,
	})
}

func (a *App) stage() layout.Stage {
	switch {
	case a.act != nil && !a.act.view.Plan.Check:
		return layout.Running
	case a.inc.Open():
		return layout.Declared
	}
	return layout.Watch
}

func (a *App) want(id pane.ID, w int) layout.Want {
	type wanter interface {
		Want(s pane.State, w int) layout.Want
	}
	if p, ok := a.panes[id].(wanter); ok {
		return p.Want(a.state, w)
	}
	return layout.Want{}
}

// visible are the panes in the order in which tab goes through them.
func (a *App) visible() []pane.ID {
	f := a.frame()
	if f.Columns > 1 && !a.zoom && !f.TooSmall {
		ids := make([]pane.ID, 0, len(f.Panes))
		for _, b := range f.Panes {
			ids = append(ids, b.ID)
		}
		return ids
	}
	return []pane.ID{pane.Signals, pane.Severity, pane.Guide, pane.Actions, pane.Timeline, pane.Output, pane.Logs}
}

// body draws the panes into their places, and an overlay over them.
func (a *App) body(f layout.Frame) ([]string, *tea.Cursor) {
	canvas := newCanvas(f.Body)
	var cursor *tea.Cursor
	for _, b := range f.Panes {
		p := a.panes[b.ID]
		focused := b.ID == a.focus && a.over == nil
		w, h := b.Inner()
		y := b.Y
		if b.Band {
			canvas.put(b.X, y, frame.Band(frame.TitleOf(b.ID), p.Band(a.state), focused, b.W, &a.state.Theme))
			y++
		}
		for i, line := range rows(p.View(a.state, w, h, focused), h) {
			canvas.put(b.X, y+i, line)
		}
		if c := p.Cursor(); focused && c != nil {
			cursor = tea.NewCursor(b.X+c.X, y+c.Y)
		}
	}
	if a.over == nil {
		return canvas.lines(), cursor
	}
	return a.float(canvas, f)
}

// float draws the overlay over the body, which goes into the background.
func (a *App) float(under canvas, f layout.Frame) ([]string, *tea.Cursor) {
	box := f.Overlay()
	picture := rows(a.over.View(a.state, box.W, box.H), box.H)
	w := 0
	for _, line := range picture {
		w = max(w, ansi.StringWidth(line))
	}
	box.W, box.H = w, len(picture)
	lines := under.dim(a.state.Theme.Track)
	for i, line := range picture {
		at := box.Y - f.Body.Y + i
		if at < 0 || at >= len(lines) {
			continue
		}
		left := ansi.Truncate(lines[at], box.X, "")
		left += strings.Repeat(" ", max(0, box.X-ansi.StringWidth(left)))
		lines[at] = left + line + ansi.TruncateLeft(lines[at], box.X+ansi.StringWidth(line), "")
	}
	var cursor *tea.Cursor
	if c := a.over.Cursor(); c != nil {
		cursor = tea.NewCursor(box.X+c.X, box.Y+c.Y)
	}
	return lines, cursor
}

// keysRow is what is said at the foot: a remark, the overlay's keys, or the keys in force here.
func (a *App) keysRow() string {
	if a.flash != "" {
		return frame.Remark(a.flash, a.w, &a.state.Theme)
	}
	if a.over != nil {
		if keys := a.over.Keys(); keys != "" {
			return frame.Remark(keys, a.w, &a.state.Theme)
		}
		return frame.Keys(nil, a.w, &a.state.Theme)
	}
	return frame.Keys(a.hints(), a.w, &a.state.Theme)
}

// hints are the keys that matter here and now, most wanted first.
func (a *App) hints() []frame.Hint {
	var out []frame.Hint
	if a.writes.failed {
		out = append(out, frame.Hint{Key: "r", Does: "try again"}, frame.Hint{Key: ":", Does: "break glass"})
	}
	if next := a.state.Next.Intent; next != nil && next != (pane.Refresh{}) {
		out = append(out, frame.Hint{Key: ".", Does: verb(a.state.Next.Intent)})
	}
	for _, b := range a.panes[a.focus].ShortHelp() {
		if b.Enabled() && b.Help().Key != "" {
			out = append(out, frame.Hint{Key: b.Help().Key, Does: b.Help().Desc})
		}
	}
	add := func(key, does string, when bool) {
		if when {
			out = append(out, frame.Hint{Key: key, Does: does})
		}
	}
	add("x", "stop", a.nothingRuns() == "")
	add("w", "wait longer", a.nothingMeasured() == "")
	add("s", "declare", !a.inc.Open())
	add("s", "severity", a.inc.Open())
	add("tab", "pane", true)
	add("n", "note", a.inc.Open())
	add("m", "message", a.inc.Open())
	add(":", "all", !a.writes.failed)
	add("?", "help", true)
	add("q", "leave", true)
	return out
}

// verb is what "." does, in one word.
func verb(in pane.Intent) string {
	switch in := in.(type) {
	case pane.Propose:
		return "propose"
	case pane.Show:
		return in.Overlay
	case pane.Focus:
		return "show"
	case pane.Milestone:
		return "mark"
	}
	return "do"
}

// copyPane copies the text of the focused pane.
func (a *App) copyPane() tea.Cmd {
	text := ansi.Strip(a.panes[a.focus].View(a.state, max(a.w, 80), 500, true))
	return a.apply(pane.Copy{Text: strings.TrimRight(text, "\n ") + "\n"})
}

func rows(text string, most int) []string {
	lines := strings.Split(text, "\n")
	return lines[:min(len(lines), most)]
}
