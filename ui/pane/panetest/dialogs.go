package panetest

import (
	"calm/model/report"
	"calm/ui/overlay"
	"calm/ui/pane"
)

// Draft is an update with two fields that only a person can fill.
func Draft() report.Draft {
	return report.Draft{
		Purpose: "update", Channels: []string{"#incidents", "#aurora-concierge-alerts"},
		Body: "UPDATE: Aurora Concierge Widget Incident\n\nTime: 03:26:48 UTC\nStatus: Identified\n" +
			"Progress:\n- Pool of 10 held by full scans of products since 03:02:10\n- Blockers: [Current blockers, if any]\n" +
			"ETA to Resolution: [Time estimate]",
		Open: []report.Field{{Text: "[Current blockers, if any]"}, {Text: "[Time estimate]"}},
	}
}

// Entries is a palette with one action that can't be done now.
func Entries() []overlay.Entry {
	return []overlay.Entry{
		{Name: "Roll back by flag", From: "Immediate Rollback, 3 steps", Risk: "changes", Intent: pane.Propose{}},
		{Name: "Roll back code", From: "Code Rollback, 5 steps", Risk: "changes", Intent: pane.Propose{}},
		{Name: "Roll back database", From: "only for data corruption", Risk: "destroys", Intent: pane.Propose{}},
		{Name: "Roles: hand over", From: "commander to someone else", Key: "R", Intent: pane.Show{Overlay: "roles"}},
		{Name: "Scenario 1: check rollout percentage", Risk: "reads", Intent: pane.Propose{}},
		{Name: "Approve a plan", Why: "no plan waits for approval"},
		{Name: "Write a note", Key: "n", Intent: pane.Show{Overlay: "note"}},
	}
}

// Keys is what help shows over the guide.
func Keys() (here, everywhere []overlay.Binding, not []overlay.Unavailable) {
	here = []overlay.Binding{
		{Key: ".", Does: "do the next step"}, {Key: "enter", Does: "details of the row"}, {Key: "space", Does: "tick, acknowledge"},
		{Key: "a", Does: "answer, then y, n or u"}, {Key: "-", Does: "skip, with a reason"}, {Key: ">", Does: "defer"},
	}
	everywhere = []overlay.Binding{
		{Key: ":", Does: "every action"}, {Key: "?", Does: "this help"}, {Key: "tab", Does: "next pane, 1–7 that one"},
		{Key: "z", Does: "zoom, esc back"}, {Key: "s", Does: "severity: declare, change"}, {Key: "E", Does: "escalate"},
		{Key: "m", Does: "message"}, {Key: "n", Does: "note"}, {Key: "r", Does: "read all signals now"}, {Key: "q", Does: "leave; incident stays open"},
		{Key: "u", Does: "undo"}, {Key: "x", Does: "stop"},
	}
	not = []overlay.Unavailable{
		{Key: "u", Why: "nothing changed yet"}, {Key: "x", Why: "nothing is running"},
	}
	return here, everywhere, not
}
