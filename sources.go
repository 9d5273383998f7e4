package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops/config"
	"calm/ops/host"
	"calm/ops/logs"
	"calm/ops/mongo"
	"calm/ops/nginx"
	"calm/ops/pm2"
	"calm/ops/probe"
	"calm/ops/prom"
	"calm/ops/run"
	"calm/ops/secret"
	"calm/ui/command"
)

// How often each kind of source is asked, and how long it has to answer.
const (
	often   = 2 * time.Second
	seldom  = 10 * time.Second
	patient = 10 * time.Second // a health URL's own monitor waits as long
	brisk   = 5 * time.Second
)

// sources is what is asked on this host: each outside thing that the configuration names, once.
type sources struct {
	polls []command.Poll
	pm2   *pm2.Client
	mongo *mongo.Client
	logs  *logs.Source
	found []pm2.Process // of the configured app, when calm started; none when pm2 did not answer
	close []func()
}

func (s *sources) add(src command.Source, every, timeout time.Duration, gives ...signal.Name) {
	s.polls = append(s.polls, command.Poll{Source: src, Every: every, Timeout: timeout, Gives: gives})
	if c, ok := src.(interface{ Close() }); ok {
		s.close = append(s.close, c.Close)
	}
}

// newSources adds the app's own secrets to what must not be seen.
func newSources(cfg config.Config, rb *runbook.Runbook, hide *secret.Set) *sources {
	s := &sources{}
	s.pm2 = pm2.New(pm2.Options{Home: cfg.PM2.Home, App: cfg.PM2.App, Exec: run.Local{}})
	s.found = s.processes(cfg.PM2.App)
	hide.Known = append(hide.Known, s.secrets()...)
	s.add(s.pm2, often, brisk, signal.AppStatus, signal.AppRestarts, signal.AppMemory, signal.AppCPU, signal.AppUptime)
	if cfg.Mongo.URI.Set() {
		s.mongo = mongo.New(mongo.Options{URI: cfg.Mongo.URI.Reveal(), MaxPool: cfg.Mongo.MaxPool, Uptime: s.pm2.Uptime, Health: cfg.HealthURL == ""})
		s.add(s.mongo, often, brisk, signal.DBPing, signal.DBPool)
	}
	if cfg.Nginx.StatusURL != "" {
		s.add(nginx.NewStatus(cfg.Nginx.StatusURL), often, brisk, signal.Nginx)
	}
	if cfg.Nginx.AccessLog != "" {
		s.add(nginx.NewAccessLog(cfg.Nginx.AccessLog, routes(rb)...), often, brisk, signal.ErrorRatio, signal.LatencyP95, signal.Traffic)
	}
	if cfg.HealthURL != "" {
		s.add(probe.NewHealth(cfg.HealthURL), often, patient, signal.Health, signal.DBHealth)
	}
	if cfg.MetricsURL != "" {
		s.add(prom.New(cfg.MetricsURL), often, brisk, signal.ErrorRatio, signal.LatencyP95)
	}
	if cfg.PageURL != "" && cfg.PageMarker != "" {
		s.add(probe.NewPage(cfg.PageURL, cfg.PageMarker), seldom, brisk, signal.Widget)
	}
	s.add(host.New(), often, brisk, signal.HostCPU, signal.HostMemory, signal.DiskRoot)
	if files := s.logFiles(cfg); len(files) > 0 {
		s.logs = logs.New(files, logs.Options{Signatures: rb.Signatures(), Upstreams: named(upstream(rb)), Hide: hide.Redactor()})
		s.add(s.logs, often, brisk, append(logged(rb), signal.RateLimited)...)
	}
	return s
}

// processes are the app's under pm2. What is configured is used all the same when there is no daemon.
func (s *sources) processes(app string) []pm2.Process {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	all, _ := s.pm2.Processes(ctx)
	return slices.DeleteFunc(all, func(p pm2.Process) bool { return app != "" && p.Name != app })
}

// secrets are those of the app, as pm2 holds them. Where pm2 does not answer, what they look like
// hides them.
func (s *sources) secrets() []secret.Known {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	var all []secret.Known
	for _, p := range s.found {
		own, _ := s.pm2.Secrets(ctx, p.Name)
		all = append(all, own...)
	}
	return all
}

// workdir is where commands run when nobody said: in the app's own folder, else where calm was
// started, which is at least a place that a person chose.
func (s *sources) workdir() string {
	for _, p := range s.found {
		if p.Dir != "" {
			return p.Dir
		}
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}

// logFiles are the configured logs and those that pm2 and nginx write.
func (s *sources) logFiles(cfg config.Config) []logs.File {
	var out []logs.File
	seen := map[string]bool{}
	add := func(name, path string) {
		if path != "" && path != "/dev/null" && !seen[path] {
			seen[path] = true
			out = append(out, logs.File{Name: name, Path: path})
		}
	}
	for _, l := range cfg.Logs {
		add(l.Name, l.Path)
	}
	for _, p := range s.found {
		add("app", p.OutLog)
		add("app", p.ErrLog)
	}
	if len(s.found) == 0 && cfg.PM2.App != "" {
		// Where pm2 keeps the logs of an app that says nothing else.
		add("app", filepath.Join(cfg.PM2.Home, "logs", cfg.PM2.App+"-out.log"))
		add("app", filepath.Join(cfg.PM2.Home, "logs", cfg.PM2.App+"-error.log"))
	}
	add("nginx", cfg.Nginx.ErrorLog)
	return out
}

func logged(rb *runbook.Runbook) []signal.Name {
	var out []signal.Name
	for _, sig := range rb.Signatures() {
		out = append(out, signal.Logged(sig))
	}
	return out
}

// routes are the paths that the scenarios' titles name: they get signals of their own.
func routes(rb *runbook.Runbook) []string {
	var out []string
	for _, s := range rb.Scenarios {
		for _, w := range strings.Fields(s.Title) {
			if strings.HasPrefix(w, "/") && len(w) > 1 {
				out = append(out, w)
			}
		}
	}
	return out
}

// named is a list of one, or of none when there is no name.
func named(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// refusing finds whose refusals a symptom speaks of: "429 errors from DeepSeek".
var refusing = regexp.MustCompile(`\b429\b.*\bfrom\s+(\w+)`)

// upstream is the API that the runbook fears to be refused by; empty when it names none.
func upstream(rb *runbook.Runbook) string {
	for _, s := range rb.Scenarios {
		for _, symptom := range s.Symptoms {
			if m := refusing.FindStringSubmatch(symptom.Text); m != nil {
				return m[1]
			}
		}
	}
	return ""
}
