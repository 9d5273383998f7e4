package plan

import (
	"testing"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// What takes the service from all users is one key in a bad incident, and its name in a mild one.
func TestSeverityScalesWhatIsAsked(t *testing.T) {
	killing := &runbook.Runbook{
		Severities: []runbook.Severity{{Level: 3, Names: []string{"SEV-3", "P2"}}},
		Procedures: []runbook.Procedure{{Part: runbook.Part{ID: "kill"}, Kind: runbook.KillSwitch}},
	}
	for _, test := range []struct {
		name  string
		text  string
		level int
		ref   action.Ref
		want  string
	}{
		{"stopped while all is lost", "pm2 stop glowglitch-app", 1, action.Ref{}, ""},
		{"stopped while most is lost", "pm2 stop glowglitch-app", 2, action.Ref{}, ""},
		{"stopped for a mild incident", "pm2 stop glowglitch-app", 3, action.Ref{}, "glowglitch-app"},
		{"all stopped for a mild incident", "pm2 stop all", 4, action.Ref{}, "all"},
		{"another app stopped", "pm2 stop worker", 3, action.Ref{}, ""},
		{"restarted for a mild incident", "pm2 restart glowglitch-app", 3, action.Ref{}, ""},
		{"nothing is declared", "pm2 stop glowglitch-app", 0, action.Ref{}, ""},
		{"a kill switch in a mild incident", "pm2 restart glowglitch-app", 3, action.Ref{Part: "kill"}, "glowglitch-app"},
		{"a kill switch in a bad one", "pm2 restart glowglitch-app", 1, action.Ref{Part: "kill"}, ""},
		{"a check of a kill switch", "pm2 list", 3, action.Ref{Part: "kill"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := propose(t, planner(t, shop()), Request{Runbook: killing, Step: step(test.text), Level: test.level, Ref: test.ref})
			if got.Target != test.want {
				t.Errorf("typed: %q, want %q", got.Target, test.want)
			}
			if test.want != "" && test.level == 3 {
				contains(t, "notes", got.Notes, "declared as SEV-3")
			}
		})
	}
}

// A way back is never made harder.
func TestUndoIsNotWeighed(t *testing.T) {
	p := planner(t, shop())
	done := propose(t, p, Request{Step: step("pm2 stop glowglitch-app"), Level: 3})
	done.Inverse = &action.Inverse{Kind: action.Shell, Command: "pm2 stop glowglitch-app", Dir: done.Dir}
	got, err := p.Inverse(t.Context(), done, Request{Level: 3})
	if err != nil || got.Target != "" {
		t.Errorf("typed: %q, %v", got.Target, err)
	}
}

func TestRehearsal(t *testing.T) {
	p := planner(t, shop())
	r := Request{Step: step("rsync -a --delete a/ b/"), Rehearse: true, Ref: action.Ref{Step: "s1"}}
	r.Step.Expect = &shell.Expect{Text: "Should return 0"}
	got := propose(t, p, r)
	if got.Command != "rsync -a --delete a/ b/ --dry-run" || !got.Check || got.Risk != "reads" || got.Target != "" || got.Lease != "" || len(got.Expect) != 0 {
		t.Errorf("%+v", got)
	}
	if got.Ref.Step == "s1" {
		t.Error("what was rehearsed would count as done")
	}
	r.Step = step("pm2 restart glowglitch-app")
	if _, err := p.Plan(t.Context(), r); err == nil {
		t.Error("pm2 knows no dry run")
	}
}
