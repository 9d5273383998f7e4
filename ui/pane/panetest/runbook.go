// Package panetest builds the States that tests of panes, overlays and whole screens draw: one
// incident of a small shop, from a quiet night to the verdict on its remedy. The states are made by
// hand, so that a test of a picture does not depend on a parser.
package panetest

import (
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
)

func ptr(v float64) *float64 { return &v }

// Runbook is the team's runbook, as far as the screens show it.
func Runbook() *runbook.Runbook {
	return &runbook.Runbook{
		Title: "Aurora Concierge: Incident Response", Path: "runbooks/aurora-concierge.md",
		SHA256:     "3fa2c4d1e0b98f7766554433221100ffeeddccbbaa99887766554433221100ff",
		Severities: severities(), Escalation: escalation(), Scenarios: scenarios(),
		Procedures: procedures(), Checklists: checklists(), Templates: templates(),
	}
}

func severities() []runbook.Severity {
	measured := func(id, text string, s signal.Name, q float64, low, high *float64, open bool) runbook.Criterion {
		return runbook.Criterion{ID: id, Text: text, Kind: runbook.Measured, Predicate: &runbook.Predicate{
			Signal: s, Quantile: q, Min: low, Max: high, MinOpen: open,
		}}
	}
	asked := func(id, text string) runbook.Criterion {
		return runbook.Criterion{ID: id, Text: text, Kind: runbook.Asked}
	}
	return []runbook.Severity{
		{Part: part("sev-1", "SEV-1: Critical (P0)", 20), Level: 1, Names: []string{"SEV-1", "P0", "Critical"},
			Impact: "Complete service outage or data loss", Response: ptr(900), Update: ptr(1800), Resolution: ptr(3600),
			Escalation: "Immediate page to on-call engineer + notify engineering lead", Communication: "Post in #incidents every 30 minutes",
			Channels: []string{"#incidents"}, Criteria: []runbook.Criterion{
				asked("sev-1-1", "Widget completely unavailable for all users"),
				asked("sev-1-2", "Database corruption or data loss"),
				asked("sev-1-3", "Security breach or PII exposure"),
				measured("sev-1-4", "API error rate > 50 %", signal.ErrorRatio, 0, ptr(.5), nil, true),
			}},
		{Part: part("sev-2", "SEV-2: High (P1)", 36), Level: 2, Names: []string{"SEV-2", "P1", "High"},
			Impact: "Significant degradation affecting majority of users", Response: ptr(1800), Resolution: ptr(14400),
			Escalation: "Notify on-call engineer via Slack", Channels: []string{"#incidents", "#aurora-concierge-alerts"},
			Criteria: []runbook.Criterion{
				asked("sev-2-1", "Widget available but key features broken"),
				measured("sev-2-2", "API latency > 5 seconds (p95)", signal.LatencyP95, .95, ptr(5), nil, true),
				measured("sev-2-3", "Error rate 20–50 %", signal.ErrorRatio, 0, ptr(.2), ptr(.5), false),
				asked("sev-2-4", "Dashboard unavailable for admins"),
			}},
		{Part: part("sev-3", "SEV-3: Medium (P2)", 52), Level: 3, Names: []string{"SEV-3", "P2", "Medium"},
			Impact: "Limited functionality degraded, workarounds available", Response: ptr(7200), ResponseNote: "business hours", Resolution: ptr(86400),
			Channels: []string{"#aurora-concierge-alerts"}, Criteria: []runbook.Criterion{
				measured("sev-3-2", "API latency 2–5 seconds (p95)", signal.LatencyP95, .95, ptr(2), ptr(5), false),
				measured("sev-3-3", "Error rate 10–20 %", signal.ErrorRatio, 0, ptr(.1), ptr(.2), false),
				asked("sev-3-4", "Affecting < 10 % of users"),
			}},
		{Part: part("sev-4", "SEV-4: Low (P3)", 68), Level: 4, Names: []string{"SEV-4", "P3", "Low"},
			Impact: "Minor issues, cosmetic problems", ResponseNote: "next business day", Resolution: ptr(604800),
			Criteria: []runbook.Criterion{asked("sev-4-1", "Styling issues"), asked("sev-4-2", "Typos in copy")}},
	}
}

func escalation() []runbook.Escalation {
	return []runbook.Escalation{
		{Part: part("level-1", "On-Call Engineer", 90), Level: 1, Contact: "Slack #aurora-concierge-oncall or PagerDuty",
			Scope: "Initial triage and common issues", EscalateIf: "Cannot resolve within 30 minutes (SEV-1/2)", After: ptr(1800), ForLevels: []int{1, 2}},
		{Part: part("level-2", "Engineering Lead", 98), Level: 2, Contact: "@engineering-lead (PagerDuty escalation)",
			Scope: "Complex technical issues, architectural decisions", EscalateIf: "Requires code changes or infrastructure modifications"},
		{Part: part("level-3", "CTO / VP Engineering", 104), Level: 3, Contact: "Via PagerDuty (auto-escalates after 1 hour for SEV-1)",
			Scope: "Business-critical decisions, vendor escalation", Auto: ptr(3600), ForLevels: []int{1}},
		{Part: part("deepseek", "DeepSeek API Issues", 112), Contact: "support@deepseek.com", External: true},
	}
}

func part(id, title string, line int) runbook.Part {
	return runbook.Part{ID: id, Title: title, Line: line}
}

func sh(id, title, text string, risk shell.Risk, line int) runbook.Step {
	return runbook.Step{Part: part(id, title, line), Kind: runbook.ShellStep, Text: text, Risk: risk}
}

func scenarios() []runbook.Scenario {
	return []runbook.Scenario{
		scenario("scenario-1", 1, "Widget Button Not Appearing", 3, 210, []runbook.Symptom{
			probed("s1-1", "Users report that the widget is missing", signal.Widget, "no"), askedSymptom("s1-2", "Console shows an error"), probed("s1-3", "Feature flag is off", signal.Widget, "no"),
		}),
		highErrorRate(), poolExhausted(),
		scenario("scenario-4", 4, "DeepSeek API Rate Limit Exceeded", 2, 300, []runbook.Symptom{
			logged("s4-1", "429 errors in logs", "429"), askedSymptom("s4-2", "Chat answers with an apology"), logged("s4-3", "DeepSeek dashboard shows the limit", "rate limit"),
		}),
		scenario("scenario-5", 5, "Memory Leak Causing OOM Crashes", 2, 330, []runbook.Symptom{
			probed("s5-1", "App restarts by itself", signal.AppRestarts, ""), probed("s5-2", "Memory climbs steadily", signal.AppMemory, ""), logged("s5-3", "Logs: JavaScript heap out of memory", "heap out of memory"),
		}),
	}
}

func scenario(id string, n int, title string, level, line int, symptoms []runbook.Symptom) runbook.Scenario {
	return runbook.Scenario{
		Part: part(id, "Scenario "+string(rune('0'+n))+": "+title, line), Number: n, Symptoms: symptoms,
		Severity: runbook.CaseSeverity{Level: level},
	}
}

func probed(id, text string, s signal.Name, equals string) runbook.Symptom {
	return runbook.Symptom{ID: id, Text: text, Kind: runbook.Probed, Predicate: &runbook.Predicate{Signal: s, Equals: equals}}
}

func logged(id, text, signature string) runbook.Symptom {
	return runbook.Symptom{ID: id, Text: text, Kind: runbook.Logged, Signatures: []string{signature}}
}

func askedSymptom(id, text string) runbook.Symptom {
	return runbook.Symptom{ID: id, Text: text, Kind: runbook.Asked}
}

func highErrorRate() runbook.Scenario {
	s := scenario("scenario-2", 2, "High Error Rate on /api/support/products", 2, 230, []runbook.Symptom{
		{ID: "s2-1", Text: "Metrics dashboard shows error rate > 20 %", Kind: runbook.Measured, Predicate: &runbook.Predicate{Signal: signal.ErrorRatio, Min: ptr(.2), MinOpen: true}},
		askedSymptom("s2-2", `Users report "No products found"`),
		probed("s2-3", "Alert triggered", signal.ErrorRatio, ""),
	})
	s.Diagnosis = []runbook.Step{
		sh("s2-d1", "Check API metrics", `curl "https://glowglitch.com/api/metrics?format=summary" | jq`, shell.Reads, 240),
		sh("s2-d2", "Check MongoDB connection", "mongosh $MONGODB_URI --eval \"db.adminCommand('ping')\"", shell.Reads, 243),
		sh("s2-d3", "Check application logs", "pm2 logs glowglitch-app --lines 100 --nostream", shell.Reads, 246),
	}
	s.Resolution = []runbook.Item{
		remedy("s2-r1", 1, "", "Verify MongoDB is responding", sh("s2-r1-1", "", "mongosh $MONGODB_URI --eval \"db.adminCommand('ping')\"", shell.Reads, 252)),
		remedy("s2-r5", 5, "", "Restart application if connection pool exhausted", sh("s2-r5-1", "", "pm2 restart glowglitch-app", shell.Changes, 262)),
		remedy("s2-r6", 6, "", "Scale up if CPU/memory constrained"),
	}
	return s
}

func poolExhausted() runbook.Scenario {
	s := scenario("scenario-3", 3, "Database Connection Pool Exhausted", 1, 266, []runbook.Symptom{
		probed("s3-1", "All APIs returning 500 errors", signal.FailedRoutes, ""),
		logged("s3-2", `Logs: "MongoPoolClearedError" or "Connection timeout"`, "MongoPoolClearedError"),
		probed("s3-3", "Health check fails for database", signal.DBHealth, "error"),
	})
	s.Diagnosis = []runbook.Step{
		sh("s3-d1", "Check current connections", `mongosh $MONGODB_URI --eval "db.serverStatus().connections"`, shell.Reads, 274),
		sh("s3-d2", "Check pool settings in code", "grep -r maxPoolSize src/lib/mongodb.ts", shell.Reads, 277),
	}
	restart := sh("s3-r1-1", "", "pm2 restart glowglitch-app", shell.Changes, 282)
	restart.Expect = &shell.Expect{Text: "db health ok, error ratio < 20 %, within 60 s"}
	code := runbook.Step{Part: part("s3-r2-1", "", 286), Kind: runbook.CodeStep, Text: "maxPoolSize: 50, // Increase from default 10", Language: "typescript", File: "src/lib/mongodb.ts"}
	s.Resolution = []runbook.Item{
		remedy("s3-r1", 1, "Immediate", "restart application to clear pool", restart),
		remedy("s3-r2", 2, "Short-term", "increase pool size, src/lib/mongodb.ts", code),
		remedy("s3-r3", 3, "Long-term", "optimise queries, pooling layer (Redis)"),
	}
	return s
}

func remedy(id string, n int, horizon, title string, steps ...runbook.Step) runbook.Item {
	return runbook.Item{Part: part(id, title, 280+n), Number: n, Horizon: horizon, Text: title, Steps: steps}
}

func procedures() []runbook.Procedure {
	return []runbook.Procedure{
		{Part: part("immediate-rollback", "Immediate Rollback (Feature Flag)", 128), Kind: runbook.Rollback, Summary: "Fastest option",
			Estimate: []float64{0, 120}, Steps: []runbook.Step{
				sh("fr-1", "Set feature flag to disable", "export NEXT_PUBLIC_CONCIERGE_ENABLED=false", shell.Changes, 135),
				sh("fr-2", "Restart app", "pm2 restart glowglitch-app", shell.Changes, 138),
				sh("fr-3", "Verify widget is disabled", `curl https://glowglitch.com/ | grep -c "glowglitch-aurora-widget"`, shell.Reads, 141),
			}},
		{Part: part("code-rollback", "Code Rollback", 148), Kind: runbook.Rollback, Estimate: []float64{300, 600}, Steps: []runbook.Step{
			sh("cr-1", "Identify last known good deployment", "git log --oneline -10", shell.Reads, 154),
			{Part: part("cr-2", "Check out previous version", 157), Kind: runbook.ShellStep, Text: "git checkout <last-known-good-commit>", Risk: shell.Changes,
				Placeholders: []shell.Placeholder{{Name: "last-known-good-commit", Text: "<last-known-good-commit>"}}},
			sh("cr-3", "Rebuild", "npm ci\nnpm run build", shell.Changes, 160),
			sh("cr-4", "Restart", "pm2 restart glowglitch-app", shell.Changes, 164),
			sh("cr-5", "Verify health", "curl https://glowglitch.com/api/health", shell.Reads, 167),
		}},
		{Part: part("database-rollback", "Database Rollback", 172), Kind: runbook.Rollback, Caution: "Only for data corruption scenarios",
			Estimate: []float64{900, 1800}, Steps: []runbook.Step{
				sh("dr-1", "Stop application to prevent new writes", "pm2 stop glowglitch-app", shell.Changes, 177),
				sh("dr-2", "Restore from latest backup", `mongorestore --uri="$MONGODB_URI" --dir=/backups/latest --drop`, shell.Destroys, 180),
				sh("dr-3", "Verify data integrity", `mongosh $MONGODB_URI --eval "db.stylistTickets.countDocuments()"`, shell.Reads, 183),
				sh("dr-4", "Restart application", "pm2 start glowglitch-app", shell.Changes, 186),
				sh("dr-5", "Monitor for errors", "pm2 logs glowglitch-app --lines 100", shell.Reads, 189),
			}},
		{Part: part("kill-switch", "Emergency Kill Switch", 545), Kind: runbook.KillSwitch, Summary: "only in extreme scenarios",
			Approval: &runbook.Approval{By: []string{"Engineering Lead @john-doe", "CTO"}, Except: "security incidents"},
			Steps:    []runbook.Step{sh("ks-1", "Disable the widget", "export NEXT_PUBLIC_CONCIERGE_ENABLED=false\npm2 restart glowglitch-app", shell.Changes, 550)}},
	}
}

func checklists() []runbook.Checklist {
	list := func(id, title string, line int, items ...string) runbook.Checklist {
		c := runbook.Checklist{Part: part(id, title, line)}
		for i, text := range items {
			c.Items = append(c.Items, runbook.ChecklistItem{ID: id + "-" + string(rune('1'+i)), Text: text, Line: line + i + 1})
		}
		return c
	}
	return []runbook.Checklist{
		list("start", "When Incident Starts", 520, "Acknowledge alert within 5 minutes", "Create incident thread in #incidents", "Assign incident commander", "Post initial status update", "Start diagnosis using scenarios above"),
		list("during", "During Incident", 528, "Post updates every 15-30 minutes", "Document all actions taken", "Escalate if needed"),
		list("after", "After Resolution", 536, "Post resolution message", "Verify all systems stable for 15 minutes", "Schedule post-mortem (within 48 hours)"),
	}
}

func templates() []runbook.Template {
	return []runbook.Template{
		{Part: part("t-initial", "Initial Incident Notification", 400), Purpose: runbook.InitialMessage, Body: "INCIDENT: Aurora Concierge Widget\n\nSeverity: [SEV-X]\nETA: [Time estimate]", Fields: []string{"[SEV-X]", "[Time estimate]"}},
		{Part: part("t-update", "Status Update", 420), Purpose: runbook.UpdateMessage, Body: "UPDATE: Aurora Concierge Widget Incident\n\nStatus: [Status]\nETA to Resolution: [Time estimate]\nNext update in [15/30/60] minutes", Fields: []string{"[Status]", "[Time estimate]"}},
	}
}
