// Package survey holds a runbook's inventory against this host: it looks for every thing that the
// runbook names, and for what else one needs to act, a backup and a journal.
//
// It changes nothing on the host: it reads files, asks pm2, mongod and git what they have, gets the
// addresses that the runbook's own commands read, and to other hosts only opens a connection. The
// one thing that it writes is a trial of the disk in calm's own folder, and not even that when it
// is told to observe. Each look is bounded in time, and few are under way at once.
package survey

import (
	"context"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"calm/model/doctor"
	"calm/model/runbook"
	"calm/ops/config"
	"calm/ops/mongo"
	"calm/ops/pm2"
	"calm/ops/run"
)

// Limits of a survey: the whole, one look of it, and how many are under way at once.
const (
	whole   = 2500 * time.Millisecond
	each    = 1200 * time.Millisecond
	abreast = 4
)

// Processes is pm2, as far as it is asked.
type Processes interface {
	Processes(ctx context.Context) ([]pm2.Process, error)
	Env(ctx context.Context, app string, names []string) (map[string]string, error)
}

// Database is mongod, as far as it is asked.
type Database interface {
	Database() string
	Databases(ctx context.Context) ([]string, error)
	Collections(ctx context.Context, db string) ([]string, error)
	Indexes(ctx context.Context, db, coll string) ([]mongo.Index, error)
}

// Options are the ways to look. Without PM2 or Mongo what they would tell is unknown.
type Options struct {
	Config   config.Config
	PM2      Processes
	Mongo    Database
	Exec     run.Exec                       // runs git
	Env      func(names ...string) []string // the environment of a step's command
	Fillings func(context.Context, runbook.Step) (map[string][]string, error)
	Observe  bool   // nothing is written, the trial of the disk neither
	Nginx    string // nginx's configuration; empty is /etc/nginx/nginx.conf
	Now      func() time.Time
}

// Look holds a runbook against the host. What is not found out in time is unknown.
func Look(ctx context.Context, rb *runbook.Runbook, o Options) doctor.Report {
	ctx, cancel := context.WithTimeout(ctx, whole)
	defer cancel()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Nginx == "" {
		o.Nginx = "/etc/nginx/nginx.conf"
	}
	if o.Exec == nil {
		o.Exec = run.Local{}
	}
	r := doctor.Report{Runbook: rb.Path, SHA256: rb.SHA256, Things: doctor.Inventory(rb)}
	s := &survey{Options: o, runbook: rb, env: o.Env()}
	for _, t := range r.Things {
		if t.Kind == doctor.Variable {
			s.variables = append(s.variables, t.Name)
		}
	}
	s.prepare()
	var checks []func(context.Context) (doctor.Check, bool)
	checks = append(checks, s.backup, s.journal, s.placeholders)
	found := make([]*doctor.Check, len(checks))
	jobs := make([]job, 0, len(r.Things)+len(checks))
	for i := range r.Things {
		r.Things[i].Here = s.called(r.Things[i])
		t, asked := &r.Things[i], r.Things[i] // a look that is left behind has its own
		jobs = append(jobs, job{
			look: func(ctx context.Context) func() { a := s.thing(ctx, asked); return func() { a.settle(t) } },
			late: func() { late.settle(t) },
		})
	}
	for i, check := range checks {
		jobs = append(jobs, job{
			look: func(ctx context.Context) func() {
				c, ok := check(ctx)
				return func() {
					if ok {
						found[i] = &c
					}
				}
			},
			late: func() {},
		})
	}
	abide(ctx, jobs)
	for _, c := range found {
		if c != nil {
			r.Checks = append(r.Checks, *c)
		}
	}
	r.Notes = s.notes(r)
	r.Sort()
	return r
}

// survey is one look at the host. What several things are asked of is asked once.
type survey struct {
	Options
	runbook   *runbook.Runbook
	env       []string
	variables []string // that the runbook names

	sites     func() ([]config.Site, error)
	processes shared[[]pm2.Process]
	apps      shared[map[string]string] // variables of the app
	listed    shared[[]string]          // databases, collections
	indexes   shared[[]mongo.Index]
}

func (s *survey) prepare() {
	s.sites = sync.OnceValues(s.readSites)
}

// answer is what a look gave.
type answer struct {
	state   doctor.State
	detail  string
	help    string
	instead string // what serves meanwhile
}

func (a answer) settle(t *doctor.Thing) {
	if t.How.Asked && a.state == doctor.Unknown && a.detail == "" {
		return // the inventory says why
	}
	t.State, t.Detail, t.Help, t.How.Instead = a.state, a.detail, a.help, a.instead
}

func there(detail string) answer { return answer{state: doctor.There, detail: detail} }
func missing(detail, help string) answer {
	return answer{state: doctor.Missing, detail: detail, help: help}
}
func unknown(detail, help string) answer {
	return answer{state: doctor.Unknown, detail: detail, help: help}
}

var late = unknown("not found out in time", "run calm doctor again when the host has less to do")

// thing looks for one thing.
func (s *survey) thing(ctx context.Context, t doctor.Thing) answer {
	switch t.Kind {
	case doctor.Program:
		return s.program(t.Name)
	case doctor.Process:
		return s.process(ctx, t.Name)
	case doctor.Path:
		return s.path(t)
	case doctor.URL:
		return s.url(ctx, t)
	case doctor.Variable:
		return s.variable(ctx, t.Name)
	case doctor.Database:
		return s.database(ctx, t.Name)
	case doctor.Collection:
		return s.collection(ctx, t.Name)
	case doctor.Index:
		return s.index(ctx, t)
	case doctor.Site:
		return s.site(t.Name)
	case doctor.Commit:
		return s.commit(ctx, t.Name)
	case doctor.Host:
		return s.host(ctx, t)
	}
	return answer{state: doctor.Unknown}
}

// bind is a name as this host has it.
func (s *survey) bind(name string) string {
	here, _ := s.Config.Bind(name)
	return here
}

// called is what a thing is called here, where that is another name.
func (s *survey) called(t doctor.Thing) string {
	here := s.bind(t.Name)
	if here == t.Name {
		return ""
	}
	if u, err := url.Parse(here); err == nil && t.Kind == doctor.URL {
		return u.Redacted()
	}
	return here
}

// lookup finds a variable of the commands' environment.
func (s *survey) lookup(env []string, name string) (string, bool) {
	for _, kv := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// local says whether a name means this host.
func (s *survey) local(name string) bool {
	own, _ := os.Hostname()
	return name != "" && slices.Contains([]string{"localhost", "127.0.0.1", "::1", own, s.Config.Host}, name)
}

// joined puts remarks into one.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}
