package plan_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
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
	"calm/ops/mongo"
	"calm/ops/nginx"
	"calm/ops/plan"
	"calm/ops/pm2"
	"calm/ops/practice"
	"calm/ops/release"
	"calm/ops/restore"
	"calm/ops/run"
)

func TestMain(m *testing.M) {
	run.Main(map[string]run.Kind{action.Nginx: nginx.Kind, action.Restore: restore.Kind, action.Release: release.Kind})
	os.Exit(m.Run())
}

// real is a practice host and what is needed to run steps on it.
type real struct {
	*plan.Planner
	cfg  config.Config
	pm2  *pm2.Client
	sup  run.Supervisor
	done run.Carried
}

func setUp(t *testing.T) *real {
	t.Helper()
	// pm2's sockets need a short path.
	dir, err := os.MkdirTemp("", "calm-plan")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	h, err := practice.Up(t.Context(), practice.Options{Dir: filepath.Join(dir, "host"), Log: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Down(context.Background()); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	t.Logf("up after %s", time.Since(began))
	cfg, err := config.Load(config.Options{Config: h.ConfigPath(), Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	r := &real{cfg: cfg, pm2: pm2.New(pm2.Options{Home: cfg.PM2.Home, App: cfg.PM2.App})}
	db := mongo.New(mongo.Options{URI: cfg.Mongo.URI.Reveal()})
	t.Cleanup(func() { r.pm2.Close(); db.Close(context.Background()) })
	site, _, _ := strings.Cut(strings.TrimPrefix(cfg.PageURL, "http://"), "/")
	r.Planner = plan.New(plan.Options{
		Bind: cfg.Bind, Dir: cfg.Workdir, Env: cfg.Env, App: cfg.PM2.App, Host: cfg.Host, PM2: r.pm2, Mongo: db,
		Dumps: filepath.Join(dir, "dumps"),
		Site:  plan.Site{Snippets: cfg.Nginx.Snippets, ErrorLog: cfg.Nginx.ErrorLog, URL: "http://" + site},
	})
	r.sup = run.Supervisor{Dir: filepath.Join(dir, "actions"), Leases: filepath.Join(dir, "leases")}
	return r
}

func step(text string) runbook.Step {
	a := shell.Analyze(text)
	return runbook.Step{Kind: runbook.ShellStep, Text: text, Risk: a.Risk, EnvReads: a.EnvReads, Placeholders: shell.Placeholders(text), Remote: a.RemoteHost}
}

// do plans a step, runs it to its end under a supervisor, and carries what it leaves.
func (r *real) do(t *testing.T, s runbook.Step, asWritten bool) (action.Plan, run.Progress) {
	t.Helper()
	p, err := r.Plan(t.Context(), plan.Request{Step: s, Carried: r.done, AsWritten: asWritten})
	if err != nil {
		t.Fatal(err)
	}
	got := r.start(t, p)
	r.done = r.done.Then(got.Carried, "a step")
	return p, got
}

// start runs a plan to its end under a supervisor.
func (r *real) start(t *testing.T, p action.Plan) run.Progress {
	t.Helper()
	h, err := r.sup.Start(t.Context(), run.Job{Plan: p, Env: r.done.Apply(r.EnvOf(p)), By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %s\n%s", p.Command, got.Exit.Text, got.Output)
	return got
}

func (r *real) body(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := http.Get(strings.TrimSuffix(r.cfg.PageURL, "/") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

const (
	marker  = "glowglitch-aurora-widget"
	enabled = "NEXT_PUBLIC_CONCIERGE_ENABLED"
)

// The steps of the procedures on a practice host: the real pm2, nginx, mongorestore and git.
func TestOnAPracticeHost(t *testing.T) {
	r := setUp(t)
	t.Run("flag", r.flag)
	t.Run("documents", r.documents)
	t.Run("kill switch", r.killSwitch)
	t.Run("restore", r.restore)
	t.Run("passwords", r.passwords)
	t.Run("failures", r.failures)
}

func (r *real) flag(t *testing.T) {
	if _, got := r.do(t, step("export "+enabled+"=false"), false); got.Exit.Outcome != "ok" || got.Carried.Set[enabled] != "false" {
		t.Fatalf("%+v", got)
	}
	restart := step("pm2 restart glowglitch-app")
	// As the runbook has it, pm2 keeps the old value: exit 0 and no effect.
	if p, got := r.do(t, restart, true); got.Exit.Outcome != "ok" || p.Carries[0].Was != "true" {
		t.Fatalf("%+v %+v", p.Carries, got.Exit)
	}
	r.settles(t, "the widget is still there", true)
	p, got := r.do(t, restart, false)
	if got.Exit.Outcome != "ok" || !strings.HasSuffix(p.Command, "--update-env") {
		t.Fatalf("%q %+v", p.Command, got.Exit)
	}
	r.settles(t, "the widget is gone", false)
	// The app's own variables were not in this shell, and are still there.
	env, err := r.pm2.Env(t.Context(), "glowglitch-app", []string{enabled, "PORT", "NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE"})
	if err != nil || env[enabled] != "false" || env["PORT"] == "" || env["NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE"] != "100" {
		t.Errorf("%v %v", env, err)
	}
	r.done.Set[enabled] = "true"
	r.do(t, restart, false)
	r.settles(t, "the widget is back", true)
	r.done = run.Carried{}
}

// settles waits until the page is served with or without the widget.
func (r *real) settles(t *testing.T, what string, widget bool) {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for time.Now().Before(end) {
		if status, body := r.body(t, "/"); status == http.StatusOK && strings.Contains(body, marker) == widget {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

func (r *real) killSwitch(t *testing.T) {
	s := runbook.Step{Kind: runbook.NginxStep, Text: "# Add to nginx config:\nlocation /api/support/ {\n  return 503;\n}\n"}
	p, got := r.do(t, s, false)
	if got.Exit.Outcome != "ok" || !strings.Contains(string(got.Output), "answers 503, 5 times in a row") {
		t.Fatalf("%+v\n%s", got.Exit, got.Output)
	}
	for path, want := range map[string]int{"/api/support/products": 503, "/api/support": 503, "/api/health": 200, "/": 200} {
		if status, _ := r.body(t, path); status != want {
			t.Errorf("GET %s answers %d, want %d", path, status, want)
		}
	}
	var c nginx.Change
	if err := json.Unmarshal(p.Detail, &c); err != nil {
		t.Fatal(err)
	}
	c.Text, c.Probes = "", []nginx.Probe{{URL: c.Probes[0].URL + "products", Want: 200}}
	var out strings.Builder
	if err := c.Apply(t.Context(), run.Local{}, &out); err != nil {
		t.Fatalf("undo: %v\n%s", err, &out)
	}
}

// restore runs the seed's restore as it is written, which restores nothing and exits 0, and then as calm
// does it; what must be there afterwards is counted.
func (r *real) restore(t *testing.T) {
	s := step(`mongorestore --uri="$MONGODB_URI" --dir=/backups/latest --drop`)
	p, got := r.do(t, s, true)
	if problem := action.OutputProblem(p, string(got.Output)); got.Exit.Outcome != "ok" || !strings.Contains(problem, "restored 0 documents") {
		t.Errorf("as written: %+v %q", got.Exit, problem)
	}
	p, got = r.do(t, s, false)
	if p.Kind != action.Restore || p.Target != "glowglitch" || p.Risk != "destroys" || got.Exit.Outcome != "ok" || len(p.Addresses) > 0 {
		t.Errorf("%s %q %q %+v", p.Kind, p.Target, p.Risk, got.Exit)
	}
	for _, want := range []string{"only its glowglitch: of the whole dump mongorestore restores 0 documents", "restores beside"} {
		if !slices.ContainsFunc(p.Changes, func(c string) bool { return strings.Contains(c, want) }) {
			t.Errorf("%q is not in %q", want, p.Changes)
		}
	}
	if verdict, text := r.judged(t, p, got); verdict != action.Worked {
		t.Errorf("%s: %s", verdict, text)
	}
	// What undoes it restores the fresh dump.
	back, err := r.Inverse(t.Context(), p, plan.Request{})
	if err != nil || back.Kind != action.Restore || !strings.Contains(back.Command, "glowglitch") {
		t.Fatalf("%+v %v", back, err)
	}
	if got := r.start(t, back); got.Exit.Outcome != "ok" {
		t.Errorf("undo: %+v", got.Exit)
	}
	if _, err := r.Plan(t.Context(), plan.Request{Step: step(`mongorestore --uri="$MONGODB_URI" --dir=/backups/latest --nsInclude='nowhere.*' --drop`)}); err == nil || !strings.Contains(err.Error(), "restore 0 documents") {
		t.Errorf("it would restore nothing, and nobody says so: %v", err)
	}
}

// judged is the verdict on a restore that has ended, by what is counted now.
func (r *real) judged(t *testing.T, p action.Plan, got run.Progress) (action.Verdict, string) {
	t.Helper()
	found := r.Found(t.Context(), p, r.EnvOf(p))
	judge := action.NewJudge(p, signal.Snapshot{}, got.Ended)
	judge.Command(action.Ended{Exit: got.Exit.Code, Outcome: got.Exit.Outcome, Output: string(got.Output), Problem: found.Problem, Found: found.Samples})
	_, verdict, text := judge.Observe(signal.Snapshot{At: time.Now()})
	return verdict, text
}

func (r *real) failures(t *testing.T) {
	p, got := r.do(t, step("pm2 restart nobody"), false)
	if got.Exit.Outcome != "failed" || len(p.Notes) == 0 || !strings.Contains(p.Notes[0], "pm2 has no process nobody") {
		t.Errorf("%+v %q", got.Exit, p.Notes)
	}
	// The site has this location already: nginx would refuse a second one.
	taken := runbook.Step{Kind: runbook.NginxStep, Text: "location = /nginx_status { return 503; }"}
	if _, err := r.Plan(t.Context(), plan.Request{Step: taken}); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), "has a location /nginx_status already") {
		t.Errorf("a second location gave %v", err)
	}
	// What only nginx -t can tell is taken back.
	p, got = r.do(t, runbook.Step{Kind: runbook.NginxStep, Text: "location /never { no_such_directive on; }"}, false)
	if got.Exit.Outcome != "failed" || !strings.Contains(got.Exit.Text, "unknown directive") || !strings.Contains(got.Exit.Text, "put back") {
		t.Errorf("%+v", got.Exit)
	}
	if left, _ := os.ReadDir(r.cfg.Nginx.Snippets); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if status, _ := r.body(t, "/"); status != http.StatusOK {
		t.Errorf("GET / answers %d after %s", status, p.Title)
	}
	if _, got := r.do(t, step("pm2 logs glowglitch-app --lines 20 | wc -l"), false); got.Exit.Outcome != "ok" || got.Ended.Sub(got.Started) > 20*time.Second {
		t.Errorf("%+v", got.Exit)
	}
}
