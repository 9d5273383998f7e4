package overlay

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// trusting shows a text of the runbook that nobody lets run, and asks whether it may. The key is one
// that runs nothing anywhere, so that no habit gives it.
type trusting struct {
	dialog
	standing revision.Standing
	findings []lint.Finding
	changed  time.Time // when another text took the place of the one that was shown
}

// NewTrust asks whether the steps of a text may run.
func NewTrust(st revision.Standing, findings []lint.Finding) Overlay {
	return &trusting{standing: st, findings: findings}
}

// Retrust shows another text in the place of one that a person may be reading; for a second nothing
// trusts it. On another overlay it has no effect and is false.
func Retrust(o Overlay, st revision.Standing, findings []lint.Finding, now time.Time) bool {
	t, ok := o.(*trusting)
	if !ok {
		return false
	}
	if t.standing.SHA256 != st.SHA256 {
		t.changed, t.top = now, 0
	}
	t.standing, t.findings = st, findings
	return true
}

// Keys is what the keys row says.
func (t *trusting) Keys() string { return "T trusts it; no other key does" }

// Update trusts the text that is shown, opens it in the editor, scrolls, and closes.
func (t *trusting) Update(msg tea.Msg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	k := pressed(msg)
	if k != "" {
		t.wrong = ""
	}
	switch k {
	case "T":
		if !t.changed.IsZero() && s.Now.Sub(t.changed) < settle {
			t.wrong = "changed, read again"
			return t, nil, nil
		}
		return nil, pane.Trust{SHA256: t.standing.SHA256}, nil
	case "esc":
		return nil, nil, nil
	case "e":
		return nil, pane.Edit{Line: max(1, t.line())}, nil
	case "y", "enter":
		t.wrong = "T trusts it"
	case "down", "j":
		t.top++
	case "up", "k":
		t.top = max(0, t.top-1)
	case "pgdown", "space":
		t.top += 10
	case "pgup":
		t.top = max(0, t.top-10)
	}
	return t, nil, nil
}

// line is where the first change is.
func (t *trusting) line() int {
	for _, c := range t.standing.Since.Changes {
		if c.Line > 0 {
			return c.Line
		}
	}
	return 0
}

// View draws what it is, what it would run, what has changed, and what lint finds.
func (t *trusting) View(s pane.State, w, h int) string {
	st := &s.Theme
	title := "Trust this runbook?"
	if t.standing.Before != nil {
		title = "The runbook changed: trust it again?"
	}
	b := box{edge: st.Unknown, title: title, right: "not trusted", foot: "hash " + revision.Short(t.standing.SHA256), top: t.top}
	b.rightStyle = b.edge
	width := inner(w)
	t.body(&b.body, st, width)
	b.feet.Blank()
	t.keys(&b.feet, s, width)
	view, _ := b.render(st, w, h)
	t.top = b.top
	return view
}

func (t *trusting) body(b *row.Block, st *theme.Styles, width int) {
	x := t.standing
	if x.Before == nil {
		wrapped(b, st.Text, "Nothing of it runs until somebody who has read it says so. It shows and measures all the same.", width)
		b.Blank()
	}
	labelled(b, st, "file", st.Bold, width, revision.Visible(x.Path))
	if x.Before == nil {
		labelled(b, st, "title", st.Text, width, revision.Visible(x.Title))
	}
	labelled(b, st, "steps", st.Text, width, x.Count.String())
	switch {
	case x.Before != nil:
		labelled(b, st, "since", st.Warn, width, x.Since.Steps()+" since "+x.Before.At.UTC().Format("2 Jan 15:04")+", trusted by "+x.Before.By)
		t.changes(b, st, width)
	default:
		labelled(b, st, "since", st.Text, width, "no text of this file was trusted before")
		labelled(b, st, "now", st.Text, width, x.Why)
	}
	if n := lint.Tally(t.findings); n != "" {
		labelled(b, st, "lint", st.Warn, width, n+": the guide shows each beside its step")
	}
}

// changes are the steps that are not as they were, with what they ran and would run.
func (t *trusting) changes(b *row.Block, st *theme.Styles, width int) {
	for _, c := range t.standing.Since.Changes {
		r := row.New().Cell(st.Warn, c.Kind, 9).Flex(st.Text, revision.Visible(c.Title))
		if c.Kind != revision.Removed && c.Risk != "" {
			r.Tail(st.Risk(c.Risk), c.Risk)
		}
		b.Put(r)
		if c.Kind == revision.Moved {
			continue
		}
		for _, l := range c.Lines() {
			style := st.Muted
			if l[0] == '+' {
				style = st.Text
			}
			for _, part := range row.Wrap(style, l, max(8, width-9)) {
				b.Put(row.New().Gap(9).Flex(style, part))
			}
		}
	}
}

func (t *trusting) keys(b *row.Block, s pane.State, width int) {
	st := &s.Theme
	r := row.New()
	switch {
	case !t.changed.IsZero() && s.Now.Sub(t.changed) < settle:
		r.Tail(st.Warn, "changed, read again")
	case t.wrong != "":
		r.Tail(st.Warn, t.wrong)
	}
	r.Add(st.Current, "T").Gap(1).Add(st.Text, "I have read it: trust it").Gap(3)
	if width >= 60 {
		r.Add(st.Accent, "e").Gap(1).Add(st.Text, "read it").Gap(3)
	}
	b.Put(r.Add(st.Accent, "esc").Gap(1).Add(st.Text, "back"))
}
