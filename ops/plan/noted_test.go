package plan

import (
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
	"calm/ops/run"
)

// noted is a runbook on disk with one procedure of the given fences.
func noted(t *testing.T, fences ...string) *runbook.Runbook {
	t.Helper()
	path := filepath.Join(t.TempDir(), "book.md")
	src := "# Shop\n\n## Rollback\n\n**Requires**: approval of the Owner\n\n" + strings.Join(fences, "\n\nThen\n\n") + "\n"
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	rb, err := runbook.Parse(path, []byte(src))
	if err != nil || len(rb.Procedures) != 1 || len(rb.Warnings) > 0 {
		t.Fatalf("%v %+v", err, rb)
	}
	return rb
}

// commandOf is the request for the step that runs a command.
func commandOf(t *testing.T, rb *runbook.Runbook, text string) Request {
	t.Helper()
	p := rb.Procedures[0]
	i := slices.IndexFunc(p.Steps, func(s runbook.Step) bool { return strings.TrimSpace(s.Text) == text })
	if i < 0 {
		t.Fatalf("no step %q in %+v", text, p.Steps)
	}
	return Request{Runbook: rb, Ref: action.Ref{Part: p.ID, Step: p.Steps[i].ID}, Step: p.Steps[i]}
}

func TestNoteReachesThePlan(t *testing.T) {
	rb := noted(t, "```sh {\"timeout\":\"90s\",\"effect\":\"db health ok for 7s; error rate < 5 % within 3m\",\"undo\":\"back\",\"approval\":\"CTO, Team Lead\",\"exit\":3,\"expect\":\"/^done$/\"}\n"+
		"pm2 restart glowglitch-app\n```", "```sh {\"name\":\"back\"}\npm2 restart old\n```")
	p := planner(t, shop())
	got := propose(t, p, commandOf(t, rb, "pm2 restart glowglitch-app"))
	if got.Timeout != 90*time.Second || got.Deadline != 3*time.Minute {
		t.Errorf("timeout %s, deadline %s", got.Timeout, got.Deadline)
	}
	if got.Approval == nil || !slices.Equal(got.Approval.By, []string{"CTO", "Team Lead"}) {
		t.Errorf("%+v", got.Approval)
	}
	if got.Undo != "back, line 14 of the runbook: pm2 restart old" {
		t.Error(got.Undo)
	}
	want := map[signal.Name]func(e action.Expectation) bool{
		action.Output:     func(e action.Expectation) bool { return e.Pattern == "^done$" },
		action.ExitCode:   func(e action.Expectation) bool { return e.Range.Equals == "3" && e.Text == "exit 3" },
		signal.DBHealth:   func(e action.Expectation) bool { return e.Range.Equals == "ok" && e.Hold == 7*time.Second },
		signal.ErrorRatio: func(e action.Expectation) bool { return *e.Range.Max == 0.05 && e.Hold == action.DefaultHold },
		signal.AppStatus:  func(e action.Expectation) bool { return e.Range.Equals == "online" },
	}
	for _, e := range got.Expect {
		if ok := want[e.Signal]; ok != nil && e.Needed && ok(e) {
			delete(want, e.Signal)
		}
	}
	if len(want) > 0 {
		t.Errorf("not expected as noted: %v in %+v", want, got.Expect)
	}
	if got.Outcome(3, "x\ndone\n") != "ok" || got.Outcome(1, "undone") != "failed" {
		t.Error("the noted exit or output is not the wanted one")
	}
	if got := propose(t, p, commandOf(t, rb, "pm2 restart old")); got.Approval == nil || got.Approval.By[0] != "Owner" || got.Timeout != 5*time.Minute {
		t.Errorf("a step without a note has another's: %+v %s", got.Approval, got.Timeout)
	}
}

func TestNotedRiskInThePlan(t *testing.T) {
	p := planner(t, shop())
	for _, tt := range []struct{ command, said, risk, note string }{
		{"frobnicate", "reads", "changes", "the runbook says reads; calm can't tell"},
		{"frobnicate", "changes", "changes", "the runbook says changes; calm can't tell"},
		{"frobnicate", "destroys", "destroys", "it counts as destroys because the runbook says so"},
		{"ls /tmp", "changes", "changes", "it counts as changes because the runbook says so"},
		{"pm2 restart glowglitch-app", "reads", "changes", "the runbook says reads; its text says changes"},
		{"rm -rf /srv/x", "reads", "destroys", "the runbook says reads; its text says destroys"},
	} {
		rb := noted(t, "```sh {risk="+tt.said+"}\n"+tt.command+"\n```")
		got := propose(t, p, commandOf(t, rb, tt.command))
		if got.Risk != tt.risk || got.Check {
			t.Errorf("%s said to be %s: %s, check %v", tt.command, tt.said, got.Risk, got.Check)
		}
		contains(t, tt.command, got.Notes, tt.note)
		if (got.Target != "") != (tt.risk == "destroys") {
			t.Errorf("%s: %q must be typed", tt.command, got.Target)
		}
	}
	// What a placeholder turns the command into counts, whatever the note says.
	rb := noted(t, "```sh {risk=reads}\nfrobnicate <what>\n```")
	r := commandOf(t, rb, "frobnicate <what>")
	r.Step.Text, r.Step.Placeholders = "bash -c <what>", shell.Placeholders("bash -c <what>")
	r.Fill = map[string]string{"<what>": "reboot"}
	if got := propose(t, p, r); got.Check {
		t.Errorf("%+v", got)
	}
}

func TestNotedFolder(t *testing.T) {
	p := planner(t, shop())
	rb := noted(t, "```sh {cwd=app}\nls x\n```", "```sh\nls y\n```")
	app := filepath.Join(filepath.Dir(rb.Path), "app")
	if err := os.MkdirAll(filepath.Join(app, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	real, err := filepath.EvalSymlinks(app)
	if err != nil {
		t.Fatal(err)
	}
	r := commandOf(t, rb, "ls x")
	if got := propose(t, p, r); got.Dir != real {
		t.Errorf("in %s, not beside the runbook", got.Dir)
	}
	r.Carried = run.Carried{Dir: filepath.Join(real, "sub")}
	if got := propose(t, p, r); got.Dir != filepath.Join(real, "sub") {
		t.Errorf("in %s: the step before went further down", got.Dir)
	}
	r.Carried = run.Carried{Dir: "/"}
	if got := propose(t, p, r); got.Dir != real {
		t.Errorf("in %s", got.Dir)
	}
	if got := propose(t, p, commandOf(t, rb, "ls y")); got.Dir != p.Dir {
		t.Errorf("in %s: the folder of another fence", got.Dir)
	}
	r.Step.Cwd = "/no/such/folder"
	if _, err := p.Plan(t.Context(), r); err == nil || !strings.Contains(err.Error(), "/no/such/folder is not there") {
		t.Error(err)
	}
}

func TestNotedTerminalAndBackground(t *testing.T) {
	p := planner(t, shop())
	for _, tt := range []struct {
		info, command     string
		endless, terminal bool
	}{
		{"interactive=true", "frobnicate", false, true},
		{"interactive=false", "vim x", false, false},
		{"background=true timeout=5s", "frobnicate", true, false},
	} {
		got := propose(t, p, commandOf(t, noted(t, "```sh "+tt.info+"\n"+tt.command+"\n```"), tt.command))
		if got.Terminal != tt.terminal || got.Endless != tt.endless {
			t.Errorf("%s: endless %v, terminal %v", tt.info, got.Endless, got.Terminal)
		}
		if strings.Contains(tt.info, "timeout") && got.Timeout != 0 {
			t.Errorf("%s is ended after %s", tt.info, got.Timeout)
		}
	}
	got := propose(t, p, commandOf(t, noted(t, "```sh timeout=5s\nmongorestore --drop --dir=/x\n```"), "mongorestore --drop --dir=/x"))
	contains(t, "notes", got.Notes, "half a restore is worse")
	if got.Timeout != 0 {
		t.Errorf("a restore is ended after %s", got.Timeout)
	}
}
