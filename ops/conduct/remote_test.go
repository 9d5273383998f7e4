package conduct

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/plan"
	"calm/ops/practice"
)

// overThere is a procedure that is meant for another host. HOME is the home of whoever logs in there.
const overThere = "# Shop\n\n## Rollback by flag\n\n```bash\n" +
	"# Say it here\nexport FLAG=here; cd OUT\n\n" +
	"# Log in\nssh -A -o StrictHostKeyChecking=no production.example.com\n\n" +
	"# Go to the app\ncd ~/srv/app\n\n" +
	"# Turn the flag off\nexport FLAG=\"off there\"\n\n" +
	"# Write it down\nprintf '%s in %s' \"$FLAG\" \"$PWD\" > ~/flag\n\n" +
	"# Restart\npm2 restart shop\n\n" +
	"# Hop on\nssh db.example.com\n\n" +
	"# Too far\nls\n\n" +
	"# Come back\nexit\n\n" +
	"# Leave\nlogout\n\n" +
	"# Look here\nprintf '%s in %s' \"$FLAG\" \"$PWD\" > OUT/flag\n" +
	"```\n\n" +
	"## Code Rollback\n\n```bash\n# Into the database\ndocker exec -it db bash\n\n# Drop it\nrm -rf /data\n```\n"

func TestRemoteBlock(t *testing.T) {
	e, err := practice.StartElsewhere(t.Context(), practice.Options{Dir: t.TempDir(), Log: func(s string) { t.Log(s) }}, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	if err := os.MkdirAll(filepath.Join(e.Home, "srv/app"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := newShop(t)
	if s.runbook, err = runbook.Parse("shop.md", []byte(strings.ReplaceAll(overThere, "OUT", s.out))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.trust.Give(s.runbook, ana); err != nil {
		t.Fatal(err)
	}
	c := New(Options{
		Runbook: func() *runbook.Runbook { return s.runbook }, Trust: s.trust, Leases: s.leases,
		Planner: plan.New(plan.Options{
			Dir: s.out, Host: "practice", Env: config.Environment{"PATH": e.Bin + ":" + os.Getenv("PATH")},
			Bind: func(text string) (string, []config.Substitution) {
				return strings.ReplaceAll(text, "production.example.com", practice.ElsewhereName), nil
			},
		}),
		Journal: func() (incident.Journal, bool) { return s.journal, true },
	})
	do := func(title string) (action.Plan, action.Progress) {
		t.Helper()
		p := s.begin(c, title)
		return p, s.end(c, p.Op)
	}
	do("Say it here")
	p, got := do("Log in")
	if !p.Check || !strings.HasSuffix(p.Host, "@elsewhere") || !strings.Contains(p.Where(), "(by ssh, host key known)") || got.Outcome != "ok" || !strings.Contains(got.Raw, " on ") {
		t.Errorf("%+v\n%+v", p, got)
	}
	if all := strings.Join(p.Changes, "; "); !strings.Contains(all, "-A is left out") || !strings.Contains(all, "StrictHostKeyChecking=no is left out") || strings.Contains(strings.Join(p.Connect, " "), "StrictHost") {
		t.Errorf("%q %q", p.Changes, p.Connect)
	}
	if p.Dir != "" || len(p.Carries) > 0 {
		t.Errorf("what was set here goes along: %q %+v", p.Dir, p.Carries)
	}
	for _, n := range p.Notes {
		if strings.Contains(n, "commands-after-ssh") {
			t.Errorf("%q", n)
		}
	}
	do("Go to the app")
	do("Turn the flag off")
	p, got = do("Write it down")
	if b, err := os.ReadFile(filepath.Join(e.Home, "flag")); err != nil || !strings.HasPrefix(string(b), "off there in ") || !strings.HasSuffix(string(b), "/srv/app") {
		t.Errorf("%q %v %+v", b, err, got)
	}
	if len(p.Carries) != 1 || p.Carries[0].From != "step 4" || !strings.HasSuffix(p.Dir, "/srv/app") || !strings.HasPrefix(p.Lease, p.Host+"/") || s.has("flag") {
		t.Errorf("%+v", p)
	}
	p = s.plan(c, "Restart")
	for _, want := range []string{"pm2: whether it is there is not known", "the readings are of this host, not of " + p.Host} {
		if !strings.Contains(strings.Join(p.Notes, "\n"), want) {
			t.Errorf("%q is not in %q", want, p.Notes)
		}
	}
	if strings.Contains(strings.Join(p.Notes, "\n"), "not found") || p.Lease != p.Host+"/pm2:shop" {
		t.Errorf("%q %s", p.Notes, p.Lease)
	}
	for _, x := range p.Expect {
		if x.Signal == signal.AppRestarts {
			t.Error("it waits for this host's app to be restarted")
		}
	}
	refused := func(title, want string) {
		t.Helper()
		if _, err := c.Propose(t.Context(), action.Request{Ref: s.ref(title)}); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", title, err)
		}
	}
	refused("Hop on", "two prompts away")
	refused("Too far", "two prompts away")
	refused("Into the database", "calm types at none")
	refused("Drop it", "is meant for the prompt that `docker exec -it db bash` opens")
	for _, title := range []string{"Come back", "Leave"} {
		if _, err := c.Propose(t.Context(), action.Request{Ref: s.ref(title)}); !errors.Is(err, action.ErrHere) {
			t.Errorf("%s: %v", title, err)
		}
	}
	p, _ = do("Look here")
	if p.Host != "" || p.Dir != s.out || s.read("flag") != "here in "+s.out {
		t.Errorf("%q %+v", s.read("flag"), p)
	}
	e.Stop()
	p = s.plan(c, "Write it down")
	if _, err := c.Begin(t.Context(), s.journal, p, ana, "y"); err == nil || !strings.Contains(err.Error(), "there is no connection to "+p.Host) {
		t.Errorf("nobody listens on %s: %v", strconv.Itoa(e.Port), err)
	}
	if f := s.finished(p.Op); f.Outcome != incident.OutcomeFailed {
		t.Errorf("%+v", f)
	}
}
