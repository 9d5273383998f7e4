package console

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
	"calm/ui/command"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// lookEvery is how often the runbook's file and what is trusted are looked at, in seconds.
const lookEvery = 2

// book is what the console knows of the runbook besides its text.
type book struct {
	standing revision.Standing
	known    bool // standing was looked up, for the text that is followed
	looking  bool // a look is under way: no second one
	unread   string
	readAt   time.Time            // when the text that is followed was read
	differs  *revision.Difference // of the text that is followed to the one before, until it is trusted
	findings []lint.Finding
}

// trusted says whether the steps of the text that is followed may run, as far as is known here. Where
// nobody can say, the Conductor does.
func (a *App) trusted() bool {
	return a.session.Trust == nil || a.book.known && a.book.standing.Trusted
}

// look asks for the runbook's file and for what is trusted.
func (a *App) look() tea.Cmd {
	if a.book.looking || a.session.Trust == nil && a.session.Reload == nil {
		return nil
	}
	a.book.looking = true
	return command.LookAtRunbook(a.session)
}

// looked takes in what a look found.
func (a *App) looked(msg command.RunbookMsg) tea.Cmd {
	a.book.looking = false
	a.book.unread = ""
	if msg.Err != nil {
		a.book.unread = msg.Err.Error()
	}
	switch rb := a.session.Runbook; {
	case msg.Runbook != nil && msg.Runbook.SHA256 != rb.SHA256:
		return a.follow(msg.Runbook, msg)
	case msg.Known && msg.Standing.SHA256 == rb.SHA256:
		a.stand(msg.Standing)
	}
	return nil
}

// stand takes in whether the text that is followed is trusted.
func (a *App) stand(st revision.Standing) {
	a.book.standing, a.book.known = st, true
	if st.Trusted {
		a.book.differs = nil
	}
}

// follow goes over to another text of the runbook: ticks, answers and the selection stay with the same
// steps. What was proposed or agreed to under the older text is not good for this one.
func (a *App) follow(rb *runbook.Runbook, msg command.RunbookMsg) tea.Cmd {
	was := a.session.Runbook
	d := revision.Compare(was, rb)
	a.session.Runbook, a.book.readAt, a.book.findings = rb, a.now(), nil
	a.book.known = false
	a.book.differs = &d
	if a.session.Follow != nil {
		a.session.Specs = a.session.Follow(rb)
	}
	a.watch.Follow(rb, a.session.Specs)
	for i := range a.early {
		a.early[i].ID = d.ID(a.early[i].ID)
	}
	for i := range a.results {
		a.results[i].Step = d.ID(a.results[i].Step)
	}
	if msg.Known {
		a.stand(msg.Standing)
	}
	if a.trusted() {
		a.say("the runbook was read again: " + d.Steps())
	}
	a.assess()
	a.refresh()
	return tea.Batch(a.broadcast(pane.Revised{Difference: d}), command.Lint(rb), a.revise(was.SHA256), a.reconsider(d))
}

// revise has the incident go by the text that is followed.
func (a *App) revise(was string) tea.Cmd {
	if a.journal == nil || a.session.Observe {
		return nil
	}
	return command.Revise(a.session.Incidents, a.journal, was, a.session.Runbook, a.session.Actor)
}

// revised takes in that the incident goes by another text.
func (a *App) revised(msg command.RevisedMsg) tea.Cmd {
	if msg.Journal != a.journal {
		return nil
	}
	if msg.Err != nil {
		a.say("that the runbook changed is not written down: " + msg.Err.Error())
	}
	return a.take(msg.Events)
}

// reconsider goes over what is open on the screen after the text has changed. A plan is made anew; until
// then nothing confirms the one that is shown. What else names steps of the older text is closed.
func (a *App) reconsider(d revision.Difference) tea.Cmd {
	if overlay.Retrust(a.over, a.book.standing, nil, a.now()) {
		return nil
	}
	shown, open := overlay.Planned(a.over)
	switch {
	case shown.Ref.Group == action.UndoGroup:
		return nil // what takes an action back was recorded with it
	case overlay.Names(a.over):
		a.over = nil
		a.say("the runbook changed under the dialog; open it again")
		return nil
	case open:
		overlay.Void(a.over)
	case a.proposing.plan != nil:
		shown, a.proposing.plan = *a.proposing.plan, nil
	case a.proposing.under:
		a.proposing.under = false
		a.say("the runbook changed; propose the step again")
		return nil
	default:
		return nil
	}
	ref, ok := a.moved(shown.Ref, d)
	if !ok {
		if open {
			a.over = nil
		}
		a.say("the runbook has no such step any more: " + shown.Title)
		return a.by(incident.Refused, incident.RefusedData{Op: shown.Op, What: shown.Title, Why: "the runbook has the step no more"})
	}
	return tea.Batch(
		a.by(incident.Refused, incident.RefusedData{Op: shown.Op, What: shown.Title, Why: "the runbook changed before it was confirmed"}),
		a.request(proposing{ref: ref, fill: a.proposing.fill, written: a.proposing.written, renewed: true}))
}

// moved is where a step of the older text stands in the one that is followed.
func (a *App) moved(ref action.Ref, d revision.Difference) (action.Ref, bool) {
	found, ok := a.session.Runbook.StepByID(d.ID(ref.Step))
	if !ok {
		return ref, false
	}
	ref.Step, ref.Part, ref.Item, ref.Line = found.Step.ID, found.Part, found.Item, found.Step.Line
	ref.Title, ref.Group = found.Title, found.Group
	if found.Group != "resolution" {
		ref.Index, ref.Of = found.Index, found.Of
	}
	return ref, true
}

// askTrust opens the dialog that a runbook which nobody trusts leads to.
func (a *App) askTrust() {
	switch {
	case !a.book.known:
		a.say("whether the runbook is trusted is being looked up; try again")
	case a.over == nil:
		a.over = overlay.NewTrust(a.book.standing, a.book.findings)
	}
}

// giveTrust lets the text that was shown run, if it is still the one that is followed.
func (a *App) giveTrust(in pane.Trust) tea.Cmd {
	if in.SHA256 != a.session.Runbook.SHA256 || a.session.Trust == nil {
		a.say("the runbook changed; T shows it again")
		return nil
	}
	return command.GiveTrust(a.session.Trust, a.session.Runbook, a.session.Actor)
}

// given takes in that a text may run.
func (a *App) given(msg command.TrustedMsg) tea.Cmd {
	if msg.Err != nil {
		a.say("not trusted: " + msg.Err.Error())
		return nil
	}
	if msg.Standing.SHA256 == a.session.Runbook.SHA256 {
		a.stand(msg.Standing)
		a.say("trusted: " + revision.Short(msg.Standing.SHA256))
	}
	if a.journal == nil {
		return nil
	}
	return a.by(incident.Trusted, incident.TrustedData{SHA256: msg.Standing.SHA256, Path: msg.Standing.Path})
}

// noTrust says why there is nothing to trust.
func (a *App) noTrust() string {
	switch why := a.observing(); {
	case why != "":
		return why
	case a.session.Trust == nil:
		return "nothing here says what is trusted"
	case a.trusted() && a.book.standing.BuiltIn:
		return "the built-in runbook is a part of this program"
	case a.trusted():
		return a.book.standing.Text()
	}
	return ""
}
