package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ui/command"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// glass is a step that a person wants to run although the journal can't be written, and why.
type glass struct {
	ref    action.Ref
	reason string
}

// compose puts what waits for the journal on top of what is in it.
func (a *App) compose() {
	wait := a.writes.waiting
	if a.writes.failed {
		for i, q := range a.writes.queue {
			raw, err := json.Marshal(q.Data)
			if err != nil {
				continue // the journal says that it takes no such thing
			}
			wait = append(wait[:len(wait):len(wait)], incident.Event{ID: fmt.Sprintf("queued %d", i), At: q.at, Actor: q.Actor, Type: q.Type, Data: raw})
		}
	}
	a.inc = a.base.With(wait)
	a.stale = true
}

// fails takes in that the journal can't be written, and what it says about that.
func (a *App) fails(err error) {
	since := a.writes.gap.Since
	if !a.writes.failed {
		since = a.now()
	}
	var gap *incident.NotWritable
	if errors.As(err, &gap) {
		a.writes.gap = *gap
	} else {
		a.writes.gap = incident.NotWritable{Why: err.Error()}
	}
	if a.writes.gap.Since.IsZero() {
		a.writes.gap.Since = since
	}
	a.writes.failed, a.trouble = true, notWritable+err.Error()
}

// retry tries to write what waits.
func (a *App) retry() tea.Cmd {
	s, ok := a.journal.(incident.Spooling)
	switch {
	case !a.writes.failed || a.writes.sent > 0 || a.writes.merging:
		return nil
	case len(a.writes.queue) > 0 || !ok:
		return a.flush()
	}
	a.writes.merging = true
	return command.Merge(s, a.base.Last)
}

// merged takes in whether the journal can be written again.
func (a *App) merged(msg command.MergedMsg) tea.Cmd {
	if msg.Journal != a.journal {
		return nil
	}
	a.writes.merging, a.writes.waiting = false, msg.Pending
	if msg.Err != nil {
		a.fails(msg.Err)
		a.compose()
		return nil
	}
	a.writes.failed, a.trouble = false, ""
	return tea.Batch(a.takeAll(msg.Events), a.flush())
}

// counted says a number of events.
func counted(n int) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}

// gapBanner says for how long the journal can't be written, what waits, and what to do. It is another
// one while an action runs, or ran, without it.
func (a *App) gapBanner() *pane.Banner {
	g := a.writes.gap
	text := strings.TrimSpace(notWritable)
	help := fmt.Sprintf("%s %s", g.Why, signal.Clock(a.now().Sub(g.Since)))
	if n := g.Kept + len(a.writes.queue); n > 0 {
		help += ", " + counted(n) + " in memory"
	}
	if g.By != "" {
		help += ". " + g.Help
		broken := fmt.Sprintf("by %s: %s. ", g.By, g.Glass.Reason)
		if g.Glass.Syslog != "" {
			broken = strings.TrimSuffix(broken, ". ") + " (" + g.Glass.Syslog + "). "
		}
		return &pane.Banner{Text: "GLASS BROKEN", Help: broken + strings.ToUpper(text[:1]) + strings.ToLower(text[1:]) + ", " + help}
	}
	return &pane.Banner{Text: text, Help: strings.TrimSpace(help + ". Reads go on; changing and destroying are refused. " + g.Help)}
}

// remedies are what a person does about the causes that the journal knows, in a few words.
var remedies = map[string]string{
	"disk full": "Free space", "files may not grow": "Raise the limit", "disk read-only": "Mount it for writing",
	"disk errors": "Mend the disk", "no file descriptors": "Close files", "no permission": "Let calm write",
}

func (a *App) nextOfGap() pane.Next {
	do := cmp.Or(remedies[a.writes.gap.Why], "Mend it")
	return pane.Next{Chip: "next", Title: do + ", then r to try again", Risk: "restart: break glass, :", Intent: pane.Refresh{}}
}

// glassEntries are the steps that may run without the journal, for the palette.
func (a *App) glassEntries() []overlay.Entry {
	why := a.noIncident()
	if !a.writes.failed {
		return []overlay.Entry{{Name: "break glass", From: "without the journal", Why: cmp.Or(why, "the journal can be written")}}
	}
	var out []overlay.Entry
	named := map[string]bool{}
	add := func(name string, s runbook.Step, ref action.Ref) {
		if !named[name] {
			named[name] = true
			out = append(out, overlay.Entry{
				Name: "break glass: " + name, From: "without the journal", Risk: string(s.Risk), Intent: pane.Show{Overlay: "glass", Arg: ref}, Why: why,
			})
		}
	}
	rb, done := a.session.Runbook, a.doneSteps()
	for _, p := range rb.Procedures {
		for i, s := range p.Steps {
			if !runs(s) || p.Kind == runbook.KillSwitch && done[s.ID] {
				continue
			}
			if p.Kind == runbook.KillSwitch {
				add(p.Title, s, ProcedureRef(p, i))
				break
			}
			if action.BreaksGlass(rb, ProcedureRef(p, i), s.Text) {
				add(firstLine(s.Text), s, ProcedureRef(p, i))
			}
		}
	}
	for _, sc := range rb.Scenarios {
		for i, item := range sc.Resolution {
			for _, s := range item.Steps {
				ref := action.Ref{Part: sc.ID, Title: item.Title, Group: "resolution", Item: item.ID, Step: s.ID, Index: i + 1, Of: len(sc.Resolution), Line: s.Line}
				if runs(s) && action.BreaksGlass(rb, ref, s.Text) {
					add(firstLine(s.Text), s, ref)
				}
			}
		}
	}
	return out
}

// askGlass asks why a step has to run now.
func (a *App) askGlass(arg any) tea.Cmd {
	ref, ok := arg.(action.Ref)
	if !ok {
		return nil
	}
	title := ref.Title
	if found, ok := a.session.Runbook.StepByID(ref.Step); ok {
		title = firstLine(found.Step.Text) + ", of " + ref.Title
	}
	a.over = overlay.NewGlass(title, a.writes.gap, func(reason string) pane.Intent { return pane.BreakGlass{Ref: ref, Reason: reason} })
	return nil
}

// breakGlass proposes a step with the reason why it must not wait for the journal. Where that can be
// written again meanwhile, it is a step like any other.
func (a *App) breakGlass(in pane.BreakGlass) tea.Cmd {
	a.glass = glass{}
	if a.writes.failed {
		a.glass = glass{ref: in.Ref, reason: in.Reason}
	}
	return a.propose(pane.Propose{Ref: in.Ref, Fill: in.Fill})
}

// mayBreak says whether a plan is the one that a person wants to run without the journal, and may.
func (a *App) mayBreak(p action.Plan) bool {
	return a.writes.failed && a.glass.reason != "" && p.Ref == a.glass.ref && action.BreaksGlass(a.session.Runbook, p.Ref, p.Command)
}

// starts begins a confirmed plan, with or without the journal.
func (a *App) starts(in pane.Run) tea.Cmd {
	broken := a.glass
	if !a.mayBreak(in.Plan) {
		return command.Begin(a.session.Conductor, a.journal, in.Plan, a.session.Actor, in.How)
	}
	a.glass = glass{}
	return command.BreakGlass(a.session.Conductor, a.journal, in.Plan, a.session.Actor, in.How, broken.reason)
}
