package plan

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/nginx"
	"calm/ops/pm2"
	"calm/ops/run"
)

const flag = "NEXT_PUBLIC_CONCIERGE_ENABLED"

// host is a pm2 and a mongod that answer from memory.
type host struct {
	procs []pm2.Process
	env   map[string]string
	docs  map[string]int64
	err   error
}

func (h host) Processes(context.Context) ([]pm2.Process, error) { return h.procs, h.err }

func (h host) Env(_ context.Context, _ string, names []string) (map[string]string, error) {
	out := map[string]string{}
	for _, n := range names {
		if v, ok := h.env[n]; ok {
			out[n] = v
		}
	}
	return out, h.err
}

func (h host) Count(_ context.Context, db, coll string) (int64, error) {
	n, ok := h.docs[db+"."+coll]
	if !ok {
		return 0, errors.New("no such collection")
	}
	return n, nil
}

func (h host) Matching(_ context.Context, db, coll, filter string) (int64, error) {
	n, ok := h.docs[db+"."+coll+" "+filter]
	if !ok {
		return 0, ops.Errorf(ops.Invalid, "mongod", "the filter is no plain one")
	}
	return n, nil
}

func (h host) Collections(_ context.Context, db string) ([]string, error) {
	var out []string
	for name := range h.docs {
		if coll, ok := strings.CutPrefix(name, db+"."); ok && !strings.Contains(coll, " ") {
			out = append(out, coll)
		}
	}
	return out, h.err
}

func (h host) Serves(address string) (string, bool) {
	return "aurora", strings.HasSuffix(address, "@127.0.0.1/aurora")
}

func shop() host {
	return host{
		procs: []pm2.Process{{ID: 0, Name: "glowglitch-app", Status: "online", Started: time.Now().Add(-190 * time.Second), ExecMode: "fork_mode"}},
		env:   map[string]string{flag: "true", "DEEPSEEK_API_KEY": "sk-old"},
		docs:  map[string]int64{"aurora.stylistTickets": 18204},
	}
}

func planner(t *testing.T, h host) *Planner {
	t.Helper()
	cfg := config.Config{Bindings: map[string]string{"https://glowglitch.com": "http://127.0.0.1:8080", "production.glowglitch.com": "localhost"}}
	return New(Options{
		Bind: cfg.Bind, Dir: t.TempDir(), App: "glowglitch-app", PM2: h, Mongo: h,
		Env: config.Environment{"MONGODB_URI": "mongodb://u:hunter2@127.0.0.1/aurora", "PATH": os.Getenv("PATH")},
	})
}

func step(text string) runbook.Step {
	a := shell.Analyze(text)
	return runbook.Step{
		Part: runbook.Part{ID: "s1", Title: "Do it"}, Kind: runbook.ShellStep, Text: text, Risk: a.Risk, Programs: a.Programs,
		Placeholders: shell.Placeholders(text), EnvReads: a.EnvReads, EnvSets: a.EnvSets, Endless: a.Endless,
		Interactive: a.Interactive, Touches: a.Touches, Remote: a.RemoteHost,
	}
}

func propose(t *testing.T, p *Planner, r Request) action.Plan {
	t.Helper()
	got, err := p.Plan(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Matches(got.Hash) {
		t.Error("the plan is not sealed")
	}
	return got
}

func contains(t *testing.T, what string, list []string, want string) {
	t.Helper()
	if !slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, want) }) {
		t.Errorf("%s: %q is not in %q", what, want, list)
	}
}

func TestFlagRollback(t *testing.T) {
	carried := run.Carried{}.Then(run.Carried{Set: map[string]string{flag: "false"}}, "step 1")
	r := Request{Step: step("pm2 restart glowglitch-app"), Carried: carried, Snapshot: signal.Snapshot{
		Readings: map[signal.Name]signal.Reading{signal.Traffic: {
			Status: signal.In, Spec: signal.Spec{Unit: signal.PerSecond}, Good: signal.Sample{Value: 21, At: time.Now()}}}}}
	p := planner(t, shop())
	got := propose(t, p, r)
	if got.Command != "pm2 restart glowglitch-app --update-env" || got.Written != "pm2 restart glowglitch-app" {
		t.Errorf("%q", got.Command)
	}
	contains(t, "changes", got.Changes, "--update-env is added: without it pm2 keeps the old value")
	if want := (action.Variable{Name: flag, Was: "true", Now: "false", WasSet: true, From: "step 1"}); len(got.Carries) != 1 || got.Carries[0] != want {
		t.Errorf("%+v", got.Carries)
	}
	contains(t, "touches", got.Touches, "pm2 glowglitch-app: id 0, 1 process, up 3m 1")
	contains(t, "touches", got.Touches, "; no other app; refuses requests for about 2 s, 21 /s now")
	contains(t, "notes", got.Notes, "read at build time")
	if got.Risk != "changes" || got.Check || got.Lease != "pm2:glowglitch-app" || got.Target != "" || len(got.Op) != 26 {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(got.Undo, "the same with "+flag+"=true") {
		t.Error(got.Undo)
	}
	if !strings.HasSuffix(got.Summary(), "; by 60 s") || !strings.HasPrefix(got.Summary(), "restarts +1, online 10 s") || !strings.Contains(got.Summary(), "widget gone") {
		t.Error(got.Summary())
	}

	again := r
	again.Step = step("pm2 start glowglitch-app")
	if got := propose(t, p, again); got.Command != "pm2 start glowglitch-app --update-env" {
		t.Errorf("%q", got.Command)
	}
	r.AsWritten = true
	if got := propose(t, p, r); got.Command != "pm2 restart glowglitch-app" || len(got.Changes) != 0 {
		t.Errorf("as written: %q %q", got.Command, got.Changes)
	}
	r.AsWritten, r.Carried.Set[flag] = false, "true"
	if got := propose(t, p, r); got.Command != "pm2 restart glowglitch-app" {
		t.Errorf("nothing differs: %q", got.Command)
	}
}

func TestSecretsAreHidden(t *testing.T) {
	carried := run.Carried{}.Then(run.Carried{Set: map[string]string{"DEEPSEEK_API_KEY": "sk-new"}}, "step 1")
	got := propose(t, planner(t, shop()), Request{Step: step("pm2 restart glowglitch-app; echo $MONGODB_URI"), Carried: carried})
	b, _ := json.Marshal(got)
	for _, secret := range []string{"sk-old", "sk-new", "hunter2"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("%s is in the plan: %s", secret, b)
		}
	}
	if got.Carries[0].Now != "‹DEEPSEEK_API_KEY›" || got.Carries[0].Was != "‹DEEPSEEK_API_KEY›" {
		t.Errorf("%+v", got.Carries)
	}
}

func TestPm2Logs(t *testing.T) {
	p := planner(t, shop())
	got := propose(t, p, Request{Step: step("pm2 logs glowglitch-app --lines 200 | grep 'support/products'")})
	if got.Command != "pm2 logs glowglitch-app --lines 200 --nostream | grep 'support/products'" || got.Endless || !got.Check || got.Timeout == 0 {
		t.Errorf("%+v", got)
	}
	got = propose(t, p, Request{Step: step("pm2 logs glowglitch-app --lines 100")})
	if got.Command != "pm2 logs glowglitch-app --lines 100" || !got.Endless || got.Timeout != 0 {
		t.Errorf("%+v", got)
	}
	if got = propose(t, p, Request{Step: step("pm2 monit")}); !got.Terminal || got.Lease != "" {
		t.Errorf("%+v", got)
	}
}

func TestBindingIsSaid(t *testing.T) {
	s := step(`curl https://glowglitch.com/ | grep -c "glowglitch-aurora-widget"`)
	s.Expect = &shell.Expect{Text: "Should return 0", Output: "0"}
	got := propose(t, planner(t, shop()), Request{Step: s})
	if got.Command != `curl http://127.0.0.1:8080/ | grep -c "glowglitch-aurora-widget"` || !got.Check || got.Lease != "" {
		t.Errorf("%+v", got)
	}
	contains(t, "changes", got.Changes, "https://glowglitch.com is http://127.0.0.1:8080 here")
	if len(got.Expect) != 1 || got.Expect[0].Signal != action.Output || got.Expect[0].Text != "Should return 0" {
		t.Errorf("%+v", got.Expect)
	}
	if i := slices.IndexFunc(got.Programs, func(p action.Program) bool { return p.Name == "grep" }); i < 0 || !filepath.IsAbs(got.Programs[i].Path) {
		t.Errorf("%+v", got.Programs)
	}
}

func TestRefusals(t *testing.T) {
	p := planner(t, shop())
	missing := step("true")
	for name, tt := range map[string]struct {
		r    Request
		code ops.Code
		want string
	}{
		"a placeholder is open": {Request{Step: step("git checkout <last-known-good-commit>")}, ops.Invalid, "<last-known-good-commit> is not filled in"},
		"a value with a shell in it": {Request{Step: step("git checkout <last-known-good-commit>"),
			Fill: map[string]string{"<last-known-good-commit>": "x;rm -rf /"}}, ops.Invalid, "can't be"},
		"a value that is a flag":   {Request{Step: step("git checkout <sha>"), Fill: map[string]string{"<sha>": "--force"}}, ops.Invalid, "can't be"},
		"a variable is not set":    {Request{Step: step(`mongorestore --uri="$OTHER_URI" --drop dump/`)}, ops.Invalid, "$OTHER_URI is not set"},
		"words":                    {Request{Step: runbook.Step{Kind: runbook.ProseStep, Text: "Notify people"}}, ops.Invalid, "for a person"},
		"a crontab line":           {Request{Step: runbook.Step{Kind: runbook.CronStep, Text: "0 * * * * x"}}, ops.Invalid, "a crontab line"},
		"code":                     {Request{Step: runbook.Step{Kind: runbook.CodeStep, Text: "x", File: "src/lib/mongodb.ts"}}, ops.Invalid, "src/lib/mongodb.ts"},
		"a folder that is not":     {Request{Step: missing, Carried: run.Carried{Dir: "/no/such"}}, ops.Invalid, "/no/such is not there"},
		"ssh to this host":         {Request{Step: step("ssh production.glowglitch.com")}, ops.Conflict, "already"},
		"a fragment and no folder": {Request{Step: runbook.Step{Kind: runbook.NginxStep, Text: "location /x { return 503; }"}}, ops.Invalid, "no folder for snippets"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.Plan(t.Context(), tt.r)
			if ops.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %+v", err, got)
			}
		})
	}
	if _, err := p.Plan(t.Context(), Request{Step: step("ssh production.glowglitch.com")}); !errors.Is(err, ErrHere) {
		t.Error("not told apart:", err)
	}
	got := propose(t, p, Request{Step: step("ssh db1.example.com")})
	if !got.Terminal {
		t.Errorf("%+v", got)
	}
	contains(t, "notes", got.Notes, "gives you the terminal, and sees nothing")
}

func TestWhatTheHostSays(t *testing.T) {
	h := shop()
	got := propose(t, planner(t, h), Request{Step: step("pm2 restart other")})
	contains(t, "notes", got.Notes, "pm2 has no process other; it has glowglitch-app")
	h.err = errors.New("no daemon")
	carried := run.Carried{}.Then(run.Carried{Set: map[string]string{flag: "false"}}, "step 1")
	got = propose(t, planner(t, h), Request{Step: step("pm2 restart glowglitch-app"), Carried: carried})
	contains(t, "notes", got.Notes, "pm2 does not answer: no daemon")
	if got.Carries[0].WasSet || !strings.HasSuffix(got.Command, "--update-env") {
		t.Errorf("unknown was taken for known: %+v %q", got.Carries, got.Command)
	}
	got = propose(t, planner(t, shop()), Request{Step: step("echo $" + flag)})
	contains(t, "notes", got.Notes, "glowglitch-app itself runs with "+flag+"=true")
	contains(t, "notes", got.Notes, "$"+flag+" is not set here")
}

func TestKillSwitchNeedsApproval(t *testing.T) {
	rb := &runbook.Runbook{Procedures: []runbook.Procedure{{Part: runbook.Part{ID: "ks"}, Kind: runbook.KillSwitch, Approval: &runbook.Approval{By: []string{"CTO"}}}}}
	p := planner(t, shop())
	got := propose(t, p, Request{Runbook: rb, Ref: action.Ref{Part: "ks"}, Step: step("pm2 restart glowglitch-app")})
	if got.Approval == nil || len(got.Guards) != 0 {
		t.Errorf("%+v", got)
	}
	if got := propose(t, p, Request{Runbook: rb, Ref: action.Ref{Part: "ks"}, Step: step("pm2 list")}); got.Approval != nil {
		t.Error("a check wants an approval")
	}
}

func TestNginxFragment(t *testing.T) {
	p := planner(t, shop())
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "nginx"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.Options.Env["PATH"] = bin
	p.Site = Site{Snippets: "/etc/nginx/calm", ErrorLog: "/var/log/nginx/error.log", URL: "http://127.0.0.1:8080"}
	got := propose(t, p, Request{Step: runbook.Step{Kind: runbook.NginxStep, Text: "location /api/support/ {\n  return 503;\n}"}, Last: true})
	var c nginx.Change
	if err := json.Unmarshal(got.Detail, &c); err != nil {
		t.Fatal(err)
	}
	if c.Path != "/etc/nginx/calm/calm-api-support.conf" || c.Command[0] != filepath.Join(bin, "nginx") || len(c.Probes) != 2 ||
		c.Probes[1] != (nginx.Probe{URL: "http://127.0.0.1:8080/api/support", Want: 503}) || c.Text != got.Command {
		t.Errorf("%+v", c)
	}
	if got.Kind != action.Nginx || got.Lease != "nginx" || len(got.Changes) != 2 || got.Check || got.Risk == "reads" {
		t.Errorf("%+v", got)
	}
	contains(t, "touches", got.Touches, "GET http://127.0.0.1:8080/api/support/ will answer 503")
}
