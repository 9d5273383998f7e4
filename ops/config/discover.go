package config

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook"
)

// Discover fills in what the settings leave open, from the environment, the runbook's own commands
// and the host's nginx configuration, and notes in Origin where each thing comes from. What is not
// found stays empty. It changes nothing on the host and asks nobody over the network.
func (c *Config) Discover(rb *runbook.Runbook, o Options) {
	l, err := newLoader(o)
	if err != nil {
		l = &loader{Options: o}
	}
	f := finder{Config: c, getenv: l.Getenv, nginxConf: filepath.Join(cmp.Or(l.System, "/etc"), "nginx", "nginx.conf")}
	if c.Origin == nil {
		c.Origin = map[string]string{}
	}
	f.pm2(rb)
	f.mongo()
	f.urls(rb)
	f.service(rb)
	f.nginx()
}

type finder struct {
	*Config
	getenv    func(string) string
	nginxConf string
}

// found sets a setting that is still empty.
func (f *finder) found(name string, field *string, value, origin string) {
	if *field == "" && value != "" {
		*field, f.Origin[name] = value, origin
	}
}

func (f *finder) pm2(rb *runbook.Runbook) {
	f.found("pm2.home", &f.PM2.Home, f.Env["PM2_HOME"], "env.PM2_HOME")
	f.found("pm2.home", &f.PM2.Home, f.getenv("PM2_HOME"), "variable PM2_HOME")
	f.found("pm2.home", &f.PM2.Home, filepath.Join(home(f.getenv), ".pm2"), "default")
	name, line := f.app(rb)
	f.found("pm2.app", &f.PM2.App, name, fmt.Sprintf("the runbook, line %d", line))
}

// app is the pm2 process that the runbook's commands name most often.
func (f *finder) app(rb *runbook.Runbook) (name string, line int) {
	times := map[string]int{}
	first := map[string]int{}
	for _, s := range steps(rb) {
		for _, t := range s.Touches {
			if t.Kind != "pm2" || !appName.MatchString(t.Name) || t.Name == "all" {
				continue
			}
			if times[t.Name]++; first[t.Name] == 0 {
				first[t.Name] = s.Line
			}
			if n := times[t.Name]; n > times[name] || n == times[name] && first[t.Name] < first[name] {
				name = t.Name
			}
		}
	}
	return name, first[name]
}

// appName leaves out ids, flags, placeholders and files.
var appName = pattern.New(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// defaultMongo is where mongod listens when nobody says otherwise.
const defaultMongo = "mongodb://127.0.0.1:27017"

func (f *finder) mongo() {
	name := cmp.Or(f.Mongo.URIEnv, "MONGODB_URI")
	for _, from := range []struct{ value, origin string }{
		{f.Env[name], "env." + name}, {f.getenv(name), "variable " + name}, {defaultMongo, "default"},
	} {
		if !f.Mongo.URI.Set() && from.value != "" {
			f.Mongo.URI, f.Origin["mongo.uri"] = NewSecret(name, from.value), from.origin
		}
	}
}

// quoted is what a check of the page looks for.
var quoted = pattern.New(`\bgrep\b[^|\n]*?["']([^"'\n]+)["']`)

// urls takes the first address of each kind that the runbook's own commands ask.
func (f *finder) urls(rb *runbook.Runbook) {
	for _, s := range steps(rb) {
		for _, t := range s.Touches {
			u, err := url.Parse(t.Name)
			if t.Kind != "url" || err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				continue
			}
			bound, _ := f.Bind(t.Name)
			origin := fmt.Sprintf("the runbook, line %d", s.Line)
			path := strings.ToLower(u.Path)
			switch {
			case strings.Contains(path, "health"):
				f.found("health_url", &f.HealthURL, bound, origin)
			case strings.Contains(path, "metrics"):
				f.found("metrics_url", &f.MetricsURL, bound, origin)
			case path == "" || path == "/":
				f.found("page_url", &f.PageURL, bound, origin)
				if m := quoted.FindStringSubmatch(s.Text); m != nil {
					f.found("page_marker", &f.PageMarker, m[1], origin)
				}
			}
		}
	}
}

// steps are all commands of a runbook, in its order within each part.
func steps(rb *runbook.Runbook) []runbook.Step {
	if rb == nil {
		return nil
	}
	var list []runbook.Step
	for _, p := range rb.Procedures {
		list = append(list, p.Steps...)
	}
	for _, s := range rb.Scenarios {
		list = append(list, s.Diagnosis...)
		for _, item := range s.Resolution {
			list = append(list, item.Steps...)
		}
	}
	return list
}

// genre is the part of a runbook's title that says what it is, not what it is about.
var genre = pattern.New(`(?i)\s*[-–—:|]?\s*\b(incident(\s+response)?|operations|ops|on-?call)?\s*(runbook|playbook|handbook)\b\s*[-–—:|]?\s*(for\s+)?`)

func (f *finder) service(rb *runbook.Runbook) {
	if rb == nil {
		return
	}
	about := strings.TrimSpace(genre.ReplaceAllString(rb.Title, ""))
	f.found("service", &f.Service, strings.Join(strings.Fields(strings.ToLower(about)), "-"), "the runbook's title")
}

func (f *finder) nginx() {
	conf := readNginx(f.nginxConf)
	host := ""
	if u, err := url.Parse(f.PageURL); err == nil {
		host = u.Hostname()
	}
	site := conf.site(host)
	origin := func(d directive) string { return fmt.Sprintf("%s, line %d", d.file, d.line) }
	f.found("nginx.status_url", &f.Nginx.StatusURL, conf.status.value, origin(conf.status))
	f.found("nginx.site", &f.Nginx.Site, site.at.file, origin(site.at))
	for _, log := range []struct {
		name        string
		field       *string
		own, common directive
	}{
		{"nginx.access_log", &f.Nginx.AccessLog, site.access, conf.access},
		{"nginx.error_log", &f.Nginx.ErrorLog, site.failed, conf.failed},
	} {
		f.found(log.name, log.field, log.own.value, origin(log.own))
		f.found(log.name, log.field, log.common.value, origin(log.common))
	}
}
