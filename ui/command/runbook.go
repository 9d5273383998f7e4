package command

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/lint"
	"calm/model/runbook/revision"
)

// RunbookMsg is a look at the runbook's file, and at what is trusted.
type RunbookMsg struct {
	Runbook  *runbook.Runbook  // the text on disk, where it is another one; nil where it is not
	Standing revision.Standing // of that text, else of the one that is followed
	Known    bool              // Standing was looked up
	Err      error             // the file can't be read
}

// LookAtRunbook looks whether the runbook's file has another text than the one that is followed, and
// whether a person trusts it.
func LookAtRunbook(s Session) tea.Cmd {
	followed := s.Runbook
	return func() tea.Msg {
		var msg RunbookMsg
		if s.Reload != nil {
			msg.Runbook, msg.Err = s.Reload(followed.SHA256)
		}
		text := followed
		if msg.Runbook != nil {
			text = msg.Runbook
		}
		if s.Trust != nil {
			msg.Standing, msg.Known = s.Trust.Standing(text), true
		}
		return msg
	}
}

// TrustedMsg is the answer to a person's word that a text may run.
type TrustedMsg struct {
	Standing revision.Standing
	Err      error
}

// GiveTrust lets a text run.
func GiveTrust(t Trust, rb *runbook.Runbook, by incident.Actor) tea.Cmd {
	return func() tea.Msg {
		if _, err := t.Give(rb, by); err != nil {
			return TrustedMsg{Standing: revision.Standing{SHA256: rb.SHA256}, Err: err}
		}
		return TrustedMsg{Standing: t.Standing(rb)}
	}
}

// LintedMsg is what lint finds in a text.
type LintedMsg struct {
	SHA256   string
	Findings []lint.Finding
}

// Lint looks for what is wrong with a runbook.
func Lint(rb *runbook.Runbook) tea.Cmd {
	return func() tea.Msg { return LintedMsg{SHA256: rb.SHA256, Findings: lint.Check(rb)} }
}

// RevisedMsg says that an incident goes by another text of the runbook, or why that is not written
// down.
type RevisedMsg struct {
	Journal incident.Journal
	Events  []incident.Event
	Err     error
}

// Revise writes down that an incident goes by another text of the runbook.
func Revise(i Incidents, j incident.Journal, was string, rb *runbook.Runbook, actor incident.Actor) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		events, err := i.Revise(ctx, j, was, rb, actor)
		return RevisedMsg{Journal: j, Events: events, Err: err}
	}
}
