package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/runbook"
	"calm/ops"
	"calm/ops/pm2"
	"calm/ops/run"
)

// back is the plan that takes another back.
func back(t *testing.T, p *Planner, done action.Plan) action.Plan {
	t.Helper()
	got, err := p.Inverse(t.Context(), done, Request{})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Matches(got.Hash) || got.Op == done.Op || got.Ref != action.UndoRef(done) || got.Title != "Undo: "+done.Title {
		t.Errorf("%+v", got)
	}
	return got
}

func TestInverse(t *testing.T) {
	stopped := shop()
	stopped.procs = []pm2.Process{{ID: 0, Name: "glowglitch-app", Status: "stopped"}}
	many := shop()
	many.procs = append(many.procs, many.procs[0])
	dropped := "mongosh --nodb --eval 'db = connect(process.env.MONGODB_URI); db.products.createIndex({ readyToShip: 1, category: 1 })'"
	carried := run.Carried{}.Then(run.Carried{Set: map[string]string{flag: "false"}}, "step 1")
	for name, test := range map[string]struct {
		host    host
		command string
		carried run.Carried
		want    string // "" for none
	}{
		"a flag that was carried":      {shop(), "pm2 restart glowglitch-app", carried, "export " + flag + "=true\npm2 restart glowglitch-app --update-env"},
		"a flag set in the same step":  {shop(), "export " + flag + "=false\npm2 restart glowglitch-app --update-env", run.Carried{}, "export " + flag + "=true\npm2 restart glowglitch-app --update-env"},
		"a variable that was not set":  {shop(), "export NEW=1\npm2 reload glowglitch-app --update-env", run.Carried{}, "export NEW=''\npm2 reload glowglitch-app --update-env"},
		"a secret":                     {shop(), "export DEEPSEEK_API_KEY=sk-new\npm2 restart glowglitch-app --update-env", run.Carried{}, ""},
		"a plain restart":              {shop(), "pm2 restart glowglitch-app", run.Carried{}, ""},
		"a stop":                       {shop(), "pm2 stop glowglitch-app", run.Carried{}, "pm2 start glowglitch-app"},
		"a stop of what is stopped":    {stopped, "pm2 stop glowglitch-app", run.Carried{}, ""},
		"a start":                      {stopped, "pm2 start glowglitch-app", run.Carried{}, "pm2 stop glowglitch-app"},
		"a start of what runs":         {shop(), "pm2 start glowglitch-app", run.Carried{}, ""},
		"a start of something else":    {stopped, "pm2 start other", run.Carried{}, ""},
		"a scale":                      {many, "pm2 scale glowglitch-app 4", run.Carried{}, "pm2 scale glowglitch-app 2"},
		"an index":                     {shop(), dropped, run.Carried{}, strings.Replace(dropped, "createIndex", "dropIndex", 1)},
		"an index with options":        {shop(), "mongosh aurora --eval 'db.a.createIndex({x:1}, {unique: true})'", run.Carried{}, "mongosh aurora --eval 'db.a.dropIndex({x:1})'"},
		"two indexes":                  {shop(), "mongosh aurora --eval 'db.a.createIndex({x:1}); db.a.createIndex({y:1})'", run.Carried{}, ""},
		"two changes at once":          {shop(), "pm2 stop glowglitch-app && npm ci", run.Carried{}, ""},
		"a deletion":                   {shop(), "rm -rf cache", run.Carried{}, ""},
		"what pm2 does not know":       {shop(), "pm2 stop other", run.Carried{}, ""},
		"a value that bash would read": {host{procs: shop().procs, env: map[string]string{"A": "x'; rm -rf ~ $(y)"}}, "export A=1\npm2 restart 0 --update-env", run.Carried{}, `export A=$'x\'; rm -rf ~ $(y)'` + "\npm2 restart 0 --update-env"},
	} {
		p := planner(t, test.host)
		done := propose(t, p, Request{Step: step(test.command), Carried: test.carried})
		switch {
		case test.want == "" && done.Inverse != nil:
			t.Errorf("%s: %q", name, done.Inverse.Command)
		case test.want == "":
			if _, err := p.Inverse(t.Context(), done, Request{}); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), done.Undo) {
				t.Errorf("%s: %v", name, err)
			}
		case done.Inverse == nil || done.Inverse.Command != test.want && !strings.Contains(name, "bash"):
			t.Errorf("%s: %+v, want %q", name, done.Inverse, test.want)
		default:
			if got := back(t, p, done); got.Command != done.Inverse.Command || got.Check {
				t.Errorf("%s: %q, %s", name, got.Command, got.Risk)
			}
		}
	}
}

// TestInverseIsQuoted runs what would set a hostile value again.
func TestInverseIsQuoted(t *testing.T) {
	p := planner(t, host{procs: shop().procs, env: map[string]string{"A": "x'; touch gone $(touch gone) `touch gone`\n\""}})
	done := propose(t, p, Request{Step: step("export A=1\npm2 restart 0 --update-env")})
	line, _, _ := strings.Cut(done.Inverse.Command, "\npm2 ")
	res, err := (run.Local{}).Run(t.Context(), run.Command{Argv: []string{"bash", "-c", line + "\nprintf %s \"$A\""}, Dir: p.Dir})
	if err != nil || string(res.Stdout) != "x'; touch gone $(touch gone) `touch gone`\n\"" {
		t.Errorf("%q, %v", res.Stdout, err)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "gone")); err == nil {
		t.Error("the value was run")
	}
}

// TestInverseOfACheckout goes there and back with git itself.
func TestInverseOfACheckout(t *testing.T) {
	p := planner(t, shop())
	gitRun(t, p.Dir, "init", "--quiet")
	for _, m := range []string{"Release 1.4.1", "Release 1.5.0"} {
		commit(t, p.Dir, m)
	}
	done := propose(t, p, Request{Step: step("git checkout HEAD~1")})
	if done.Inverse == nil || done.Inverse.Command != "git checkout main" || !strings.Contains(done.Undo, "build again") {
		t.Fatalf("%+v, %s", done.Inverse, done.Undo)
	}
	gitRun(t, p.Dir, "checkout", "--quiet", "HEAD~1")
	got := back(t, p, done)
	if why := p.Problem(t.Context(), got); !strings.Contains(why, "HEAD is") {
		t.Errorf("not back yet, and nobody saw it: %q", why)
	}
	gitRun(t, p.Dir, "checkout", "--quiet", "main")
	if why := p.Problem(t.Context(), got); why != "" {
		t.Error(why)
	}
}

func TestInverseOfAFlagFile(t *testing.T) {
	p := planner(t, shop())
	done := propose(t, p, Request{Step: step("touch support-off")})
	if want := "rm " + filepath.Join(p.Dir, "support-off"); done.Inverse == nil || done.Inverse.Command != want || done.Undo != want {
		t.Errorf("%+v, %q", done.Inverse, done.Undo)
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "support-off"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if done := propose(t, p, Request{Step: step("touch support-off")}); done.Inverse != nil {
		t.Errorf("it was there before: %+v", done.Inverse)
	}
}

// TestRunbooksOwnUndo goes before calm's, and has what the steps carry.
func TestRunbooksOwnUndo(t *testing.T) {
	source := "# R\n\n## Database Rollback\n\n```bash\n# Restore\nmongorestore --config=\"$CONF\" --dir=/none --drop\n```\n\n" +
		"**Undo**: `mongorestore --config=\"$CONF\" --dir=\"$DUMP\" --drop` while the app is stopped\n"
	rb, err := runbook.Parse("r.md", []byte(source))
	if err != nil || len(rb.Procedures) != 1 {
		t.Fatal(rb, err)
	}
	p := planner(t, shop())
	carried := run.Carried{}.Then(run.Carried{Set: map[string]string{"CONF": "/c.yaml", "DUMP": "/dump"}}, "step 1")
	proc := rb.Procedures[0]
	done := propose(t, p, Request{Runbook: rb, Ref: action.Ref{Part: proc.ID, Step: proc.Steps[0].ID}, Step: proc.Steps[0], Carried: carried})
	if done.Inverse == nil || !done.Inverse.Runbook || !strings.Contains(done.Undo, "while the app is stopped") {
		t.Fatalf("%+v, %q", done.Inverse, done.Undo)
	}
	got, err := p.Inverse(t.Context(), done, Request{Runbook: rb, Carried: carried})
	if err != nil || got.Risk != "destroys" || got.Command != `mongorestore --config="$CONF" --dir="$DUMP" --drop` {
		t.Errorf("%+v, %v", got, err)
	}
}
