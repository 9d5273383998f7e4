package console

import (
	"calm/model/incident"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// help is every key: what works here, what works everywhere, and what of that does not now, with the
// reason, so that nobody looks for it in vain.
func (a *App) help() (here, everywhere []overlay.Binding, not []overlay.Unavailable) {
	for _, b := range a.panes[a.focus].ShortHelp() {
		if b.Enabled() {
			here = append(here, overlay.Binding{Key: b.Help().Key, Does: b.Help().Desc})
		}
	}
	for _, b := range bindings() {
		if why := b.unavailable(a); why != "" {
			not = append(not, overlay.Unavailable{Key: b.name(), Why: why})
		}
		everywhere = append(everywhere, overlay.Binding{Key: b.name(), Does: b.does})
	}
	everywhere = append(everywhere,
		overlay.Binding{Key: "1-7", Does: "a pane by its number"},
		overlay.Binding{Key: "g then s v u a t o l", Does: "the panes, by their first letters"},
		overlay.Binding{Key: "ctrl-c", Does: "stop what runs"},
		overlay.Binding{Key: "ctrl-l", Does: "draw again"},
	)
	return here, everywhere, not
}

// entries is every action by name: the keys, the runbook's procedures and scenarios, the roles.
func (a *App) entries() []overlay.Entry {
	var out []overlay.Entry
	for _, b := range bindings() {
		if b.key != ":" {
			out = append(out, overlay.Entry{Name: b.does, From: "key", Key: b.name(), Intent: pane.Press{Key: b.key}, Why: b.unavailable(a)})
		}
	}
	why := a.noIncident()
	for _, p := range a.session.Runbook.Procedures {
		if len(p.Steps) > 0 {
			out = append(out, overlay.Entry{Name: p.Title, From: "runbook", Risk: string(worst(p.Steps)), Intent: pane.Propose{Ref: ProcedureRef(p, opening(p))}, Why: why})
		}
	}
	for _, s := range a.session.Runbook.Scenarios {
		out = append(out, overlay.Entry{Name: s.Title, From: "scenario", Intent: pane.Choose{Scenario: s.ID}, Why: why})
	}
	out = append(append(out, a.approvalEntry()), a.glassEntries()...)
	return append(out, a.milestones(why)...)
}

func (a *App) milestones(why string) []overlay.Entry {
	var out []overlay.Entry
	add := func(name string, t incident.Type, not string) {
		e := overlay.Entry{Name: name, From: "incident", Intent: pane.Milestone{Type: t}, Why: why}
		if why == "" {
			e.Why = not
		}
		out = append(out, e)
	}
	already := func(done bool, text string) string {
		if done {
			return text
		}
		return ""
	}
	add("Mark mitigated", incident.Mitigated, already(!a.inc.MitigatedAt.IsZero(), "it is mitigated already"))
	add("Mark resolved", incident.Resolved, already(!a.inc.ResolvedAt.IsZero(), "it is resolved already"))
	add("Close the incident", incident.Closed, already(a.inc.ResolvedAt.IsZero(), "it is not resolved yet"))
	return out
}
