package panetest

import (
	"encoding/json"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/theme"
)

// raised is the incident at SEV-1, from 03:28:10 on.
func raised(clock string, styles theme.Styles) pane.State {
	s := Declared(styles)
	s.Now = At(clock)
	s.Snapshot.At = s.Now
	s.Incident.Level, s.Incident.LeveledAt, s.Incident.LeveledBy = 1, At("03:28:10"), "ana"
	s.Incident.EscalatedTo, s.Incident.EscalatedAt = 2, At("03:28:30")
	s.Incident.LastUpdate = At("03:09:10")
	s.Incident.Events = events(s.Now)
	s.Clocks = incident.Clocks(s.Incident, s.Runbook, s.Now)
	return s
}

// Changes is a plan that changes something, waiting for y.
func Changes() action.Plan {
	return action.Plan{
		Op: "01JCHANGE", Kind: action.Shell, Title: "Restart app", Risk: "changes",
		Ref:     action.Ref{Part: "immediate-rollback", Title: "Immediate Rollback", Group: "procedure", Step: "fr-2", Index: 2, Of: 3, Line: 138},
		Written: "pm2 restart glowglitch-app", Command: "pm2 restart glowglitch-app --update-env",
		Changes: []string{"--update-env is added: without it pm2 keeps the old value"},
		Carries: []action.Variable{{Name: "NEXT_PUBLIC_CONCIERGE_ENABLED", Was: "true", Now: "false", WasSet: true, From: "step 1"}},
		Dir:     "/srv/glowglitch", User: "deploy", Programs: []action.Program{{Name: "pm2", Path: "/usr/bin/pm2", Version: "7.0.4"}},
		EnvNames: []string{"NEXT_PUBLIC_CONCIERGE_ENABLED", "PATH", "HOME"}, Lease: "pm2:glowglitch-app",
		Touches:  []string{"pm2 glowglitch-app: id 0, 1 process, up 3m 10s; no other app", "refuses requests for about 2 s, 21 /s now"},
		Undo:     "the same with true, about 10 s, kept ready as u",
		Expect:   []action.Expectation{{Text: "restarts +1"}, {Text: "online 30 s"}, {Text: "health 200"}, {Text: "widget gone"}},
		Guards:   []signal.Name{signal.ErrorRatio, signal.AppMemory},
		Deadline: time.Minute, Timeout: time.Minute,
		Notes: []string{"NEXT_PUBLIC_ is read at build time: browsers may keep the widget. calm checks the page itself, not the exit code."},
		Hash:  "9f3ca1d2e4",
	}
}

// Destroys is a plan that destroys something, waiting for the target's name.
func Destroys() action.Plan {
	return action.Plan{
		Op: "01JDESTROY", Kind: action.Shell, Title: "Restore from latest backup", Risk: "destroys", Target: "aurora",
		Ref:     action.Ref{Part: "database-rollback", Title: "Database Rollback", Group: "procedure", Step: "dr-2", Index: 2, Of: 5, Line: 180},
		Written: `mongorestore --uri="$MONGODB_URI" --dir=/backups/latest --drop`,
		Command: `mongorestore --uri="$MONGODB_URI" --dir=/backups/20261123 --drop`,
		Changes: []string{"/backups/latest does not exist; newest is /backups/20261123"},
		Dir:     "/srv/glowglitch", User: "deploy", Programs: []action.Program{{Name: "mongorestore", Path: "/usr/bin/mongorestore", Version: "100.9.4"}},
		EnvNames: []string{"MONGODB_URI"}, Lease: "mongo:aurora", Touches: []string{"mongo aurora: every collection of the dump"},
		Lost: "243 tickets written since 02:00:04", Kept: "every other collection · the fresh dump, 30 days, 41 GB free",
		Undo: "restore the fresh dump, about 6 min", Timeout: 30 * time.Minute,
		Hash: "c41e07aa",
	}
}

// Approval is a plan that somebody else must agree to.
func Approval() action.Plan {
	p := Changes()
	p.Op, p.Title, p.Hash = "01JAPPROVE", "Disable the widget", "7be240f1"
	p.Ref = action.Ref{Part: "kill-switch", Title: "Emergency Kill Switch", Group: "procedure", Step: "ks-1", Index: 1, Of: 3, Line: 550}
	p.Approval = &runbook.Approval{By: []string{"Engineering Lead @john-doe", "CTO"}, Except: "security incidents"}
	p.Notes, p.Carries, p.Changes = nil, nil, nil
	p.Seal()
	return p
}

// Asked is the state in which that approval is waited for.
func Asked(styles theme.Styles) pane.State {
	s, p := raised("03:32:48", styles), Approval()
	ask := action.Ask{
		Title: p.Ref.Title, Part: p.Ref.Part, First: p.Ref.Step, Plan: p.Hash, Deed: p.Deed(), Host: "prod-1", Incident: 7,
		By: incident.Actor{Name: "ana"}, Until: At("03:42:29"), Nonce: "01J",
		Steps: []action.AskedStep{
			{ID: p.Ref.Step, Title: "Disable the widget", Text: p.Written},
			{ID: "ks-2", Title: "Close the API's routes"}, {ID: "ks-3", Title: "Restart the app"},
		},
	}
	ask.Seal()
	raw, _ := json.Marshal(ask)
	plan, _ := json.Marshal(p)
	s.Incident.Approvals = []incident.Approval{{AskedData: incident.AskedData{
		Hash: ask.Hash, Title: ask.Title, Needs: action.Approvers(*p.Approval), Until: ask.Until, Ask: raw, Plan: plan,
	}, AskedBy: "ana", AskedAt: At("03:32:29")}}
	s.Means = action.Means{Signers: "/etc/calm/allowed_signers", NoName: "there are keys"}
	s.Next = pane.Next{Chip: "next", Title: "Waiting for approval 9:41: Emergency Kill Switch", Risk: "changes", Intent: pane.Propose{Ref: p.Ref}}
	return s
}

func restart() action.Plan {
	return action.Plan{
		Op: "01B", Kind: action.Shell, Title: "Restart application to clear pool", Ref: restartRef(), Risk: "changes",
		Written: "pm2 restart glowglitch-app", Command: "pm2 restart glowglitch-app", Timeout: time.Minute, Deadline: time.Minute, Hash: "51d03e00",
		Notes: []string{`pm2 says "online" also while an app fails; calm measures next`},
	}
}

// Running is the restart while it runs.
func Running(styles theme.Styles) pane.State {
	s := raised("03:29:42", styles)
	s.Action = &pane.Action{
		Plan: restart(), Stage: pane.Running, By: "ana", ConfirmedAt: At("03:29:35"), StartedAt: At("03:29:35"),
		Deadline: At("03:30:35"), PID: 21874, Number: 3, Output: []string{
			"Use --update-env to update environment variables", "[PM2] Applying action restartProcessId on app",
			"      [glowglitch-app](ids: [ 0 ])", "[PM2] [glowglitch-app](0) ✓",
			"id  name            mode  restarts  status  cpu  memory", "0   glowglitch-app  fork  1         online  0%   31 MB",
		},
	}
	s.Next = pane.Next{Chip: "run", Title: "Restart application to clear pool", Detail: "0:07 of 1:00", Intent: pane.Focus{Pane: pane.Actions}}
	return s
}

func row(label, before, now, wanted, note, state string, guard bool) action.Row {
	return action.Row{Label: label, Before: before, Now: now, Wanted: wanted, Note: note, State: state, Guard: guard}
}

// Verifying is the restart while its effect is measured.
func Verifying(styles theme.Styles) pane.State {
	s := Running(styles)
	s.Now = At("03:30:14")
	s.Clocks = incident.Clocks(s.Incident, s.Runbook, s.Now)
	a := *s.Action
	a.Stage, a.EndedAt, a.Deadline, a.Outcome = pane.Verifying, At("03:29:38"), At("03:30:38"), "ok"
	a.Rows = []action.Row{
		row("restarts", "0", "1", "+1", "yes", "holds", false),
		row("pm2 status", "online", "online", "online 30 s", "36 s", "holds", false),
		row("db health", "error", "ok", "ok 30 s", "17 s, 13 to go", "open", false),
		row("error ratio", "58 %", "22 %", "< 20 %", "rising, was 9 %", "open", false),
		row("p95", "8.2 s", "unknown", "—", "too few requests", "unknown", false),
		row("memory", "431 MB", "212 MB", "< 600 MB", "", "holds", true),
		row("crash loops", "0", "0", "0", "", "holds", true),
	}
	s.Action = &a
	s.Next = pane.Next{Chip: "check", Title: "Restart application to clear pool", Detail: "its effect is measured, 0:24 left", Intent: pane.Focus{Pane: pane.Actions}}
	return s
}

// judged is the restart with a verdict.
func judged(clock string, styles theme.Styles, v action.Verdict, why string, rows []action.Row, choices ...pane.Choice) pane.State {
	s := Verifying(styles)
	s.Now = At(clock)
	s.Incident.Events = events(s.Now)
	s.Clocks = incident.Clocks(s.Incident, s.Runbook, s.Now)
	a := *s.Action
	a.Stage, a.Verdict, a.Why, a.Rows, a.Choices = pane.Judged, v, why, rows, choices
	s.Action = &a
	s.Next = pane.Next{Chip: "next", Title: choices[0].Title, Risk: choices[0].Risk, Intent: choices[0].Intent}
	return s
}

// NoEffect is the verdict that the pool filled again.
func NoEffect(styles theme.Styles) pane.State {
	return judged("03:30:42", styles, action.NoEffect, "error ratio 58 % → 55 %; it fell to 9 % for 25 s and came back", []action.Row{
		row("restarts", "0", "1", "+1", "yes", "holds", false),
		row("error ratio", "58 %", "55 %", "< 20 %", "no", "open", false),
		row("db health", "error", "error", "ok 30 s", "ok for 22 s only", "open", false),
		row("pool in use", "10 of 10", "10 of 10", "< 10", "full after 26 s", "open", false),
		row("memory", "431 MB", "240 MB", "< 600 MB", "guard held", "holds", true),
	},
		pane.Choice{Title: "Immediate Rollback (Feature Flag)", Note: "< 2 min, takes the load off", Risk: "changes", Intent: pane.Propose{}},
		pane.Choice{Title: "2 Short-term: increase pool size", Note: "5–10 min, needs a build", Risk: "code", Intent: pane.Focus{Pane: pane.Guide}},
		pane.Choice{Title: "Escalate to L3", Note: "by itself in 37:20", Risk: "E", Intent: pane.Show{Overlay: "escalate"}},
	)
}

// Worked is the verdict of the flag rollback that came after.
func Worked(styles theme.Styles) pane.State {
	s := judged("03:34:02", styles, action.Worked, "error ratio 57 % → 1.2 % in 44 s", []action.Row{
		row("error ratio", "57 %", "1.2 %", "< 20 %", "since 03:33:41", "holds", false),
		row("db health", "error", "ok", "ok 30 s", "since 03:33:36", "holds", false),
		row("widget on page", "1", "0", "0", "5 new requests", "holds", false),
	},
		pane.Choice{Title: "Mark mitigated", Note: "starts the stability clock", Intent: pane.Milestone{Type: incident.Mitigated}},
		pane.Choice{Title: "Send an update", Note: "filled from the timeline", Risk: "m", Intent: pane.Show{Overlay: "message"}},
	)
	s.Snapshot = well(s.Now)
	s.Series = Series(s.Snapshot)
	s.Severity.Level, s.Severity.Reasons = nil, nil
	return s
}

// Worse is a verdict that must not be missed.
func Worse(styles theme.Styles) pane.State {
	return judged("03:41:12", styles, action.Worse, "error ratio 57 % → 98 %; app restarts every 4 s", []action.Row{
		row("crash loops", "0", "6 in 24 s", "0", "guard broken", "broken", true),
		row("error ratio", "57 %", "98 %", "< 20 %", "worse", "broken", false),
		row("health", "500", "refused", "200", "nginx 502", "open", false),
		row("HEAD", "4f2c1a9", "91bd0e2", "91bd0e2", "yes", "holds", false),
	},
		pane.Choice{Title: "Undo: back to 4f2c1a9 and its build", Note: "about 40 s", Risk: "changes", Intent: pane.Propose{}},
		pane.Choice{Title: "Escalate to L3", Risk: "E", Intent: pane.Show{Overlay: "escalate"}},
	)
}
