package action

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
	"calm/model/triage"
)

func num(v float64) *float64 { return &v }

func seen(kind string, p runbook.Predicate) triage.Symptom {
	return triage.Symptom{Symptom: runbook.Symptom{Kind: kind, Predicate: &p}}
}

func logged(text string) triage.Symptom {
	return triage.Symptom{Symptom: runbook.Symptom{Kind: runbook.Logged, Signatures: []string{text}}}
}

// needed lists the texts of the needed expectations, those that only inform in brackets.
func needed(list []Expectation) string {
	var out []string
	for _, e := range list {
		if e.Needed {
			out = append(out, e.Text)
		} else {
			out = append(out, "["+e.Text+"]")
		}
	}
	return strings.Join(out, ", ")
}

func TestExpectations(t *testing.T) {
	well := cured()
	pool := &triage.Case{Symptoms: []triage.Symptom{
		seen(runbook.Probed, runbook.Predicate{Signal: signal.DBHealth, Equals: "error"}), logged("heap out of memory"),
	}}
	const restart = "pm2 restart glowglitch-app"
	flagOff := []Variable{{Name: "NEXT_PUBLIC_CONCIERGE_ENABLED", Was: "true", Now: "false"}}
	tests := []struct {
		name   string
		plan   Plan
		in     Input
		before world
		want   string
		guards int
		due    time.Duration
	}{
		{"restart, last", Plan{Command: restart}, Input{Last: true, Case: pool}, failing(),
			"restarts +1, online 10 s, health ok 10 s, db health ok 30 s, error ratio < 20 %, [p95 latency ≤ 5 s]", 4, 60 * time.Second},
		{"restart of what crashed, with only a log beside", Plan{Command: restart}, Input{Last: true, Case: &triage.Case{Symptoms: []triage.Symptom{
			seen(runbook.Measured, runbook.Predicate{Signal: signal.AppRestarts, Trend: "up"}), logged("heap out of memory"),
		}}}, well.with(world{signal.Logged("heap out of memory"): 2.0}), "restarts +1, online 1m 00s, health ok 10 s, [heap out of memory 0]", 4, 120 * time.Second},
		{"restart, a step of more", Plan{Command: restart}, Input{Case: pool}, failing(),
			"restarts +1, online 10 s, health ok 10 s, [db health ok 30 s]", 4, 60 * time.Second},
		{"restart on a host that is well", Plan{Command: restart}, Input{Last: true}, well, "restarts +1, online 10 s, health ok 10 s", 4, 60 * time.Second},
		{"restart of another app", Plan{Command: "pm2 restart other"}, Input{}, failing(), "", 2, 0},
		{"restart by sudo and path", Plan{Command: "sudo -u deploy /usr/bin/pm2 reload glowglitch-app"}, Input{}, well, "restarts +1, online 10 s, health ok 10 s", 4, 60 * time.Second},
		{"flag off", Plan{Command: restart + " --update-env", Carries: flagOff}, Input{}, well, "restarts +1, online 10 s, health ok 10 s, widget gone", 4, 60 * time.Second},
		{"rollout to none", Plan{Command: restart, Carries: []Variable{{Name: "NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE", Now: "0"}}}, Input{}, well,
			"restarts +1, online 10 s, health ok 10 s, widget gone", 4, 60 * time.Second},
		{"rollout to some", Plan{Command: restart, Carries: []Variable{{Name: "NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE", Now: "50"}}}, Input{}, well,
			"restarts +1, online 10 s, health ok 10 s", 4, 60 * time.Second},
		{"export alone shows nothing on the page", Plan{Command: "export NEXT_PUBLIC_CONCIERGE_ENABLED=false", Carries: flagOff}, Input{}, well, "exit 0", 1, 0},
		{"heap", Plan{Command: restart, Carries: []Variable{{Name: "NODE_OPTIONS", Now: "--max-old-space-size=4096"}}}, Input{}, well,
			"restarts +1, online 1m 00s, health ok 10 s", 4, 120 * time.Second},
		{"kill switch", Plan{Command: restart, Carries: flagOff}, Input{Last: true, Cuts: true}, failing(),
			"restarts +1, online 10 s, health ok 10 s, widget gone, [db health ok 30 s]", 0, 60 * time.Second},
		{"start", Plan{Command: "pm2 start glowglitch-app"}, Input{}, well.with(world{signal.AppStatus: "stopped"}), "online 10 s, health ok 10 s", 4, 60 * time.Second},
		{"stop", Plan{Command: "pm2 stop glowglitch-app"}, Input{Last: true, Case: pool}, failing(), "app status stopped 10 s", 1, 60 * time.Second},
		{"checkout", Plan{Command: "git checkout 4f2c1a9"}, Input{}, failing(), "exit 0", 1, 0},
		{"checkout by a commit", Plan{Command: "git checkout --detach 4f2c1a9"}, Input{}, failing(), "exit 0", 1, 0},
		{"packages where they differ", Plan{Command: "git diff --quiet '@{-1}' HEAD -- package-lock.json || npm ci"}, Input{}, failing(), "exit 0", 1, 0},
		{"a file for a secret", Plan{Command: `(umask 077; printf 'uri: "%s"' "$U" >"$F")`}, Input{}, failing(), "exit 0", 1, 0},
		{"build", Plan{Command: "npm ci\nnpm run build"}, Input{}, failing(), "exit 0", 1, 0},
		{"restore", Plan{Command: `mongorestore --uri="$MONGODB_URI" --drop`}, Input{}, failing(), "exit 0", 1, 0},
		{"nginx fragment that nothing shows", Plan{Kind: Nginx, Command: "location /x { deny all; }"}, Input{Last: true}, failing(),
			"", 0, 0},
		{"nginx fragment", Plan{Kind: Nginx, Detail: json.RawMessage(`{"probes":[{}]}`), Command: "location /api/support/ { return 503; }"}, Input{Last: true, Cuts: true}, failing(),
			"calm itself sees the new answer on new connections", 0, 20 * time.Second},
		{"not shell", Plan{Command: "if then ("}, Input{}, well, "", 2, 0},
		{"unknown program, last", Plan{Command: "systemctl restart thing"}, Input{Last: true}, failing(), "error ratio < 20 %, [p95 latency ≤ 5 s], [db health ok]", 2, 60 * time.Second},
		{"only latency is out", Plan{Command: "systemctl restart thing"}, Input{Last: true}, well.with(world{signal.LatencyP95: 3.0}), "p95 latency < 2 s", 2, 60 * time.Second},
		{"only a log says so", Plan{Command: "systemctl restart thing"}, Input{Last: true, Case: pool},
			well.with(world{signal.Logged("heap out of memory"): 214.0}), "db health ok 30 s, heap out of memory 0", 2, 330 * time.Second},
		{"check", Plan{Command: "curl x | grep -c w", Check: true}, Input{Expect: &ExpectedOutput{Text: "Should return 0", Output: "0"}}, failing(), "Should return 0", 0, 0},
		{"check without words", Plan{Command: "pm2 list", Check: true}, Input{Last: true}, failing(), "", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.App, tt.in.Before = "glowglitch-app", tt.before.snapshot(ended)
			p := expecting(tt.plan, tt.in)
			if got := needed(p.Expect); got != tt.want {
				t.Errorf("expects %s\n   want %s", got, tt.want)
			}
			if len(p.Guards) != tt.guards {
				t.Errorf("guards %v, want %d", p.Guards, tt.guards)
			}
			if p.Deadline != tt.due {
				t.Errorf("deadline %s, want %s", p.Deadline, tt.due)
			}
		})
	}
}

// A symptom that says something good, or that nobody has seen, is nothing to be cured.
func TestCuresOnlyWhatIsBad(t *testing.T) {
	c := &triage.Case{Symptoms: []triage.Symptom{
		seen(runbook.Probed, runbook.Predicate{Signal: signal.Health, Equals: "ok"}),
		seen(runbook.Measured, runbook.Predicate{Signal: signal.ErrorRatio, Max: num(.01)}),
		seen(runbook.Probed, runbook.Predicate{Signal: signal.Widget, Equals: "no"}),
		{State: triage.Contradicted, Symptom: runbook.Symptom{Kind: runbook.Measured, Predicate: &runbook.Predicate{Signal: signal.LatencyP95, Min: num(1)}}},
		{State: triage.Seen, Symptom: runbook.Symptom{Kind: runbook.Asked, Text: "users complain"}},
	}}
	p := expecting(Plan{Command: "systemctl restart x"}, Input{Last: true, Case: c, Before: cured().with(world{signal.Widget: "no"}).snapshot(ended)})
	if got := needed(p.Expect); got != "widget on page yes 30 s" {
		t.Error(got)
	}
}

// The page asks for the route no more once the widget is off: the whole site's ratio decides then.
func TestARouteOfWhatIsSwitchedOff(t *testing.T) {
	c := &triage.Case{Symptoms: []triage.Symptom{seen(runbook.Measured, runbook.Predicate{Signal: signal.Route(signal.ErrorRatio, "/api/x"), Min: num(.2)})}}
	p := Plan{Command: "pm2 restart app --update-env", Carries: []Variable{{Name: "WIDGET_ENABLED", Now: "false"}}}
	if got := needed(expecting(p, Input{Last: true, Case: c, Before: failing().snapshot(ended)}).Expect); !strings.Contains(got, "widget gone, db health ok 30 s, error ratio < 20 %, [/api/x < 20 %]") {
		t.Error(got)
	}
	p.Carries[0].Now = "true"
	if got := needed(expecting(p, Input{Last: true, Case: c, Before: failing().snapshot(ended)}).Expect); strings.Contains(got, "[/api/x") {
		t.Error(got)
	}
}

// DeepSeek may go on refusing while users get the fallback: the errors they see decide.
func TestRefusalsInTheLogInform(t *testing.T) {
	s := seen(runbook.Logged, runbook.Predicate{Signal: signal.RateLimited, Min: num(0), MinOpen: true})
	c := &triage.Case{Symptoms: []triage.Symptom{s}}
	p := expecting(Plan{Command: "pm2 restart app"}, Input{Last: true, Case: c, Before: failing().with(world{signal.RateLimited: 40.0}).snapshot(ended)})
	if got := needed(p.Expect); !strings.Contains(got, "error ratio < 20 %") || !strings.Contains(got, "[DeepSeek 429 0 /min]") {
		t.Error(got)
	}
}

func TestRateLimitedNeedsItsMinute(t *testing.T) {
	c := &triage.Case{Symptoms: []triage.Symptom{seen(runbook.Logged, runbook.Predicate{Signal: signal.RateLimited, Min: num(0), MinOpen: true})}}
	before := cured().with(world{signal.RateLimited: 40.0})
	p := expecting(Plan{Command: "pm2 restart app"}, Input{Last: true, Case: c, Before: before.snapshot(ended)})
	if got := needed(p.Expect); !strings.Contains(got, "DeepSeek 429 0") || p.Deadline != deadlineRates {
		t.Error(got, p.Deadline)
	}
	got, text, sec, _ := judge(p, before, &Ended{Outcome: "ok"}, from(62, before.with(world{signal.AppRestarts: 5.0}), cured().with(world{signal.AppRestarts: 5.0})))
	if got != Worked || sec < 90 {
		t.Error(got, text, sec)
	}
}

func TestCalls(t *testing.T) {
	tests := []struct {
		text string
		want string
		ends []int
	}{
		{"pm2 restart app", "pm2 restart app", []int{15}},
		{"pm2 logs app | grep -i \"a|b\"", "pm2 logs app |; grep -i a|b", []int{12, 28}},
		{"sudo -n -u deploy env A=1 timeout 5 nginx -s reload", "nginx -s reload", []int{51}},
		{"export A=1\n/usr/bin/pm2 start \"$APP\" && true", "pm2 start ; true", []int{36, 44}},
		{"mongorestore --uri=\"$U\" --dir=/b", "mongorestore  --dir=/b", []int{32}},
		{"kill -USR2 $(pgrep node)", "kill -USR2 ; pgrep node", []int{24, 23}},
	}
	for _, tt := range tests {
		calls, ok := Calls(tt.text)
		var got []string
		var ends []int
		for _, c := range calls {
			line := strings.Join(c.Words, " ")
			if c.Piped {
				line += " |"
			}
			got, ends = append(got, line), append(ends, c.End)
		}
		if !ok || strings.Join(got, "; ") != tt.want || !slices.Equal(ends, tt.ends) {
			t.Errorf("%q: %q %v", tt.text, got, ends)
		}
	}
	if _, ok := Calls("git checkout <a b>"); ok {
		t.Error("took what bash would not")
	}
}
