package console

import (
	"calm/model/report"
	"calm/ui/overlay"
)

// openMessage shows a message filled from what is known now.
func (a *App) openMessage(purpose string) {
	t, _ := a.session.Runbook.TemplateFor(purpose)
	a.over = overlay.NewMessage(report.Message(t, report.Input{
		Incident: a.inc, Runbook: a.session.Runbook, Now: a.now(), Readings: a.latest.Snapshot,
	}))
}
