package overlay

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/runbook"
	"calm/ui/field"
	"calm/ui/frame"
	"calm/ui/pane"
	"calm/ui/row"
)

// severity changes the declared level, with the duties of each in view: raising is a decision about
// both.
type severity struct {
	dialog
	levels  []runbook.Severity
	at      int
	reason  field.Field
	written bool // a person wrote the reason
	typing  bool
}

// NewSeverity opens the dialog that changes the severity. It stands on what is suggested.
func NewSeverity(s pane.State) Overlay {
	d := &severity{levels: levels(s)}
	level := s.Incident.Level
	if s.Severity.Level != nil && *s.Severity.Level < level {
		level = *s.Severity.Level
	}
	d.at = place(d.levels, level)
	d.reason.Set(d.reasonFor(s))
	return d
}

// reasonFor is the reading behind the chosen level, when that is what the rules suggest.
func (d *severity) reasonFor(s pane.State) string {
	for _, r := range s.Severity.Reasons {
		if r.Level == d.levels[d.at].Level {
			return frame.Reason(s, r, false, true)
		}
	}
	return ""
}

// Update chooses a level and types the reason.
func (d *severity) Update(msg tea.Msg, s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	d.wrong = ""
	k := pressed(msg)
	digit := !d.typing && len(k) == 1 && k[0] >= '1' && k[0] <= '9'
	switch {
	case k == "esc":
		return nil, nil, nil
	case k == "enter":
		return d.enter(s)
	case k == "tab" || k == "shift+tab":
		d.typing = !d.typing
	case k == "up" || k == "down" || digit || !d.typing && (k == "j" || k == "k"):
		d.choose(k, s)
	case d.typing:
		d.written = d.reason.Update(msg) || d.written
	}
	return d, nil, nil
}

func (d *severity) choose(k string, s pane.State) {
	switch k {
	case "up", "k":
		d.at = max(0, d.at-1)
	case "down", "j":
		d.at = min(len(d.levels)-1, d.at+1)
	default:
		d.at = place(d.levels, int(k[0]-'0'))
	}
	if !d.written {
		d.reason.Set(d.reasonFor(s))
	}
}

// enter sets the level. Lowering it, or going against the readings, wants a reason.
func (d *severity) enter(s pane.State) (Overlay, pane.Intent, tea.Cmd) {
	level := d.levels[d.at].Level
	switch {
	case level == s.Incident.Level:
		d.wrong = "that is what is declared"
	case d.reason.Empty():
		d.typing, d.wrong = true, "say why; it goes into the timeline"
	default:
		return nil, pane.SetSeverity{Level: level, Reason: strings.TrimSpace(d.reason.Text())}, nil
	}
	return d, nil, nil
}

// View draws the levels with what each asks for.
func (d *severity) View(s pane.State, w, h int) string {
	st := &s.Theme
	b := box{edge: st.Accent, title: "Severity", foot: "calm never changes it by itself", top: d.top}
	for i, l := range d.levels {
		r := row.New()
		style := st.Text
		if i == d.at {
			r.Add(st.Accent, "▸ ")
			style = st.Bold
		} else {
			r.Gap(2)
		}
		name := l.Name()
		if i == d.at {
			r.Add(st.Chip(l.Level), " "+name+" ")
		} else {
			r.Add(style, " "+name+" ")
		}
		r.Gap(1).Flex(style, oneLine(l.Impact))
		switch {
		case l.Level == s.Incident.Level:
			r.Tail(st.Text, "declared")
		case s.Severity.Level != nil && *s.Severity.Level == l.Level:
			r.Tail(st.Level(l.Level), "suggested")
		}
		b.body.Put(r)
		if i == d.at {
			for _, text := range asks(l) {
				b.body.Put(row.New().Gap(10).Flex(st.Muted, text))
			}
		}
	}
	b.body.Blank()
	r := label(st, "why", d.typing)
	column, line := d.reason.Draw(r, st.Text, inner(w)-13), len(b.body)
	b.body.Put(r)
	view, shown := d.finish(&b, st, w, h, [][2]string{{"enter", "set it"}, {"↑ ↓", "level"}, {"tab", "reason"}, {"esc", "back"}})
	if !d.typing {
		column = -1
	}
	d.place(&b, column, line, shown)
	return view
}
