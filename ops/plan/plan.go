// Package plan makes the plan of one step: it fills and binds the runbook's text, adds what the
// command needs to do what it says, and looks at the host for what the command would touch, lose
// and need. It starts nothing that changes anything, and decides nothing: a person does.
package plan

import (
	"cmp"
	"context"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"calm/model/action"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/model/signal"
	"calm/model/triage"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/git"
	"calm/ops/pm2"
	"calm/ops/run"
)

// Processes is pm2, as far as a plan asks it.
type Processes interface {
	Processes(ctx context.Context) ([]pm2.Process, error)
	Env(ctx context.Context, app string, names []string) (map[string]string, error)
}

// Documents counts what a database holds.
type Documents interface {
	Count(ctx context.Context, database, collection string) (int64, error)
	Matching(ctx context.Context, database, collection, filter string) (int64, error)
	Collections(ctx context.Context, database string) ([]string, error)
	Serves(address string) (database string, ok bool)
}

// Site is the nginx before the app, for fragments that are put into it.
type Site struct {
	Conf     string   // file of its server block, for when nginx itself can't be asked; empty for not known
	Command  []string // argv that drives it; empty is the nginx in PATH
	Snippets string   // folder that the server block includes; empty where there is none
	ErrorLog string
	URL      string // where the site answers, without a path: "http://127.0.0.1:8080"
}

// Options is what a Planner knows of the host. What is nil or empty is said to be unknown.
type Options struct {
	Bind  func(text string) (string, []config.Substitution)
	Dir   string             // where commands run
	Env   config.Environment // what they see beside calm's own few variables
	App   string             // the pm2 name of the service
	Host  string             // names of this host, for `ssh HOST`: the configured one
	Site  Site
	Exec  run.Exec
	PM2   Processes
	Mongo Documents
	Dumps string        // folder for the fresh dumps that are taken before a restore
	Hold  time.Duration // how long a cure must last; 0 is action.DefaultHold
}

// Request asks for the plan of one step.
type Request struct {
	Runbook   *runbook.Runbook
	Ref       action.Ref
	Step      runbook.Step
	Fill      map[string]string // placeholder as written → value
	Carried   run.Carried       // from the steps before at the same prompt
	Prompt    action.Prompt     // at which a person would type it
	AsWritten bool              // without what calm would add to the command
	Rehearse  bool              // a dry run of it
	Level     int               // the severity that is declared; 0 when none is
	Snapshot  signal.Snapshot
	Case      *triage.Case // whose symptoms must go; nil for none
	Last      bool         // no step after it changes anything
}

// Planner makes plans for one host.
type Planner struct{ Options }

// New makes a planner.
func New(o Options) *Planner {
	if o.Exec == nil {
		o.Exec = run.Local{}
	}
	if o.Bind == nil {
		o.Bind = func(text string) (string, []config.Substitution) { return text, nil }
	}
	return &Planner{o}
}

// Plan gives the plan of a step, sealed. The error has the code Invalid when the step can't be run
// as things are: it is for a person, a placeholder is open, a variable is not set. It is ErrHere
// when the step only leads to the host that calm is on.
func (p *Planner) Plan(ctx context.Context, r Request) (action.Plan, error) {
	d := &draft{Planner: p, Request: r}
	d.plan = action.Plan{
		Op: ulid.Make().String(), Ref: r.Ref, Written: r.Step.Text, User: userName(),
		Title: title(r.Step),
	}
	if r.Runbook != nil {
		d.plan.Runbook = r.Runbook.SHA256
	}
	d.plan.Dir = d.folder()
	var err error
	switch r.Step.Kind {
	case runbook.ShellStep:
		d.plan.Kind = action.Shell
		err = d.shell(ctx)
	case runbook.NginxStep:
		d.plan.Kind = action.Nginx
		err = d.site(ctx)
	default:
		err = ops.Errorf(ops.Invalid, d.plan.Title, "this step is for a person (%s): do it, then tick it", forPerson(r.Step))
	}
	if err != nil {
		return action.Plan{}, err
	}
	d.weigh()
	d.wayBack()
	d.approval()
	d.expect()
	d.identify()
	d.plan.Seal()
	return d.plan, nil
}

// draft is a plan in the making.
type draft struct {
	*Planner
	Request
	plan  action.Plan
	env   []string // of the command
	known shell.Analysis
	calls []action.Call
	asked string        // the command before calm changed it
	procs []pm2.Process // nil when pm2 was not asked or did not answer
	to    *target       // of a checkout; nil where none is known
}

func (d *draft) note(text string) { d.plan.Notes = append(d.plan.Notes, text) }

func (d *draft) change(text string) { d.plan.Changes = append(d.plan.Changes, text) }

// shell plans a step for bash.
func (d *draft) shell(ctx context.Context) error {
	if err := d.place(ctx); err != nil {
		return err
	}
	if d.plan.Host != "" {
		return d.there(ctx)
	}
	if err := d.text(); err != nil {
		return err
	}
	if info, err := os.Stat(d.plan.Dir); d.plan.Dir != "" && (err != nil || !info.IsDir()) {
		return ops.Errorf(ops.Invalid, d.plan.Title, "its folder %s is not there; set workdir in calm.yaml", d.plan.Dir)
	}
	d.look(ctx)
	d.carries(ctx)
	if done, err := d.putBack(ctx); done || err != nil {
		return err
	}
	if !d.AsWritten {
		d.conceal()
		d.amend()
	}
	if err := d.git(ctx); err != nil {
		return err
	}
	if err := d.rehearse(); err != nil {
		return err
	}
	d.analyse()
	if err := d.variables(ctx); err != nil {
		return err
	}
	if err := d.sudo(ctx); err != nil {
		return err
	}
	d.programs()
	d.touches(ctx)
	d.losses(ctx)
	d.documents(ctx)
	d.plan.Undo = d.undo(ctx)
	d.plan.Lease = d.lease()
	d.plan.Timeout = d.limited(d.timeout())
	if err := d.builds(ctx); err != nil {
		return err
	}
	d.invert(ctx)
	return nil
}

// analyse takes the command as it will run: what was filled in may have made it another one.
func (d *draft) analyse() {
	d.known = shell.Analyze(d.plan.Command)
	risk := d.risk()
	d.plan.Risk = string(risk)
	d.plan.Check = risk == shell.Reads
	d.plan.Endless, d.plan.Terminal = d.known.Endless, d.known.Interactive
	d.noted()
	d.plan.EnvNames = needed(&d.plan, d.known.EnvReads)
	d.calls, _ = action.Calls(d.plan.Command)
	if d.known.Sudo {
		d.note("sudo has no terminal here: it fails where it would ask for a password")
	}
	if risk == shell.Unknown {
		d.note("what it does can't be told from its text: it counts as dangerous")
	}
}

func (d *draft) approval() {
	if !d.plan.Check {
		d.plan.Approval = d.agreed(d.procedure().Approval)
	}
}

// procedure is the one that the step is of; the zero one for a step of a scenario.
func (d *draft) procedure() runbook.Procedure {
	if d.Runbook == nil {
		return runbook.Procedure{}
	}
	p, _ := d.Runbook.ProcedureByID(d.Ref.Part)
	return p
}

func (d *draft) expect() {
	if d.Rehearse {
		return // it has no effect
	}
	proc := d.procedure()
	in := action.Input{
		Plan: d.plan, App: d.App, Last: d.Last, Cuts: proc.Kind == runbook.KillSwitch && d.Ref.Group != action.UndoGroup,
		Case: d.Case, Before: d.Snapshot, Hold: d.Hold,
	}
	d.wanted(&in)
	in.Counted = counted(d.plan)
	d.plan.Expect, d.plan.Guards, d.plan.Deadline = action.Expectations(in)
}

// lease is what no two actions may touch at once.
func (d *draft) lease() string {
	if d.plan.Check || d.plan.Terminal {
		return ""
	}
	for _, c := range d.calls {
		switch c.Words[0] {
		case "mongorestore", "mongodump", "mongosh", "mongo", "mongoimport":
			return "mongo"
		case "pm2":
			if ops := c.Operands(); len(ops) > 0 && ops[0] != "" {
				return "pm2:" + ops[0]
			}
			return "pm2"
		case "nginx":
			return "nginx"
		case "git", "npm", "yarn", "pnpm":
			return "dir:" + d.plan.Dir
		}
	}
	return "host"
}

// How long a command may take. A restore is never ended by calm: half a restore is worse than a
// long one.
func (d *draft) timeout() time.Duration {
	limit := 5 * time.Minute
	if d.plan.Check {
		limit = 30 * time.Second
	}
	for _, c := range d.calls {
		switch c.Words[0] {
		case "mongorestore", "mongodump":
			return 0
		case "npm", "yarn", "pnpm":
			limit = max(limit, 20*time.Minute)
		}
	}
	if d.plan.Endless || d.plan.Terminal {
		return 0
	}
	return limit
}

func title(s runbook.Step) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s.Text), "\n")
	return cmp.Or(s.Title, line)
}

func forPerson(s runbook.Step) string {
	switch s.Kind {
	case runbook.CronStep:
		return "a crontab line"
	case runbook.JSStep:
		return "JavaScript for a browser"
	case runbook.CodeStep:
		return strings.TrimSpace("code to edit " + s.File)
	}
	return "words"
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return "uid " + itoa(os.Getuid())
	}
	return u.Username
}

func (d *draft) repo() git.Repo { return git.Repo{Dir: d.plan.Dir, Exec: d.Exec, Env: d.env} }
