package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/ops"
)

func step(line int, text string, touches ...string) runbook.Step {
	s := runbook.Step{Part: runbook.Part{Line: line}, Text: text}
	for _, t := range touches {
		kind, name, _ := strings.Cut(t, " ")
		s.Touches = append(s.Touches, shell.Touch{Kind: kind, Name: name})
	}
	return s
}

func book() *runbook.Runbook {
	return &runbook.Runbook{
		Title: "Aurora Concierge Widget - Incident Response Runbook",
		Procedures: []runbook.Procedure{{Steps: []runbook.Step{
			step(124, "pm2 restart all", "pm2 all"),
			step(125, "pm2 restart other", "pm2 other"),
			step(126, "pm2 restart glowglitch-app", "pm2 glowglitch-app"),
			step(129, `curl https://glowglitch.com/ | grep -c "glowglitch-aurora-widget"`, "url https://glowglitch.com/"),
			step(153, "curl https://glowglitch.com/api/health", "url https://glowglitch.com/api/health"),
			step(154, "curl ftp://x/health", "url ftp://x/health"),
		}}},
		Scenarios: []runbook.Scenario{{
			Diagnosis:  []runbook.Step{step(230, "curl …", "url https://glowglitch.com/api/metrics?format=summary")},
			Resolution: []runbook.Item{{Steps: []runbook.Step{step(270, "pm2 restart glowglitch-app", "pm2 glowglitch-app")}}},
		}},
	}
}

func (h *host) discover(c Config, rb *runbook.Runbook) Config {
	c.Discover(rb, Options{Getenv: func(name string) string { return h.env[name] }, Dir: h.root, System: filepath.Join(h.root, "etc")})
	return c
}

func TestDiscoverFromTheRunbook(t *testing.T) {
	h := newHost(t)
	c := h.discover(Config{Bindings: map[string]string{"https://glowglitch.com": "http://127.0.0.1:8"}}, book())
	for name, v := range map[string][3]string{
		"pm2.app":     {c.PM2.App, "glowglitch-app", "the runbook, line 126"},
		"pm2.home":    {c.PM2.Home, h.env["HOME"] + "/.pm2", "default"},
		"health_url":  {c.HealthURL, "http://127.0.0.1:8/api/health", "the runbook, line 153"},
		"page_url":    {c.PageURL, "http://127.0.0.1:8/", "the runbook, line 129"},
		"page_marker": {c.PageMarker, "glowglitch-aurora-widget", "the runbook, line 129"},
		"metrics_url": {c.MetricsURL, "http://127.0.0.1:8/api/metrics?format=summary", "the runbook, line 230"},
		"mongo.uri":   {c.Mongo.URI.Reveal(), "mongodb://127.0.0.1:27017", "default"},
		"service":     {c.Service, "aurora-concierge-widget", "the runbook's title"},
	} {
		if v[0] != v[1] || c.Origin[name] != v[2] {
			t.Errorf("%s: %q from %q, want %q from %q", name, v[0], c.Origin[name], v[1], v[2])
		}
	}
	if c.Nginx != (Nginx{}) {
		t.Errorf("found an nginx where there is none: %+v", c.Nginx)
	}
}

func TestDiscoverLeavesWhatWasSaid(t *testing.T) {
	h := newHost(t)
	h.env["PM2_HOME"], h.env["DB"] = "/var/pm2", "mongodb://u:hunter2@h/x"
	said := Config{PM2: PM2{App: "mine"}, HealthURL: "http://x/h", Mongo: Mongo{URIEnv: "DB"}}
	c := h.discover(said, book())
	if c.PM2.App != "mine" || c.HealthURL != "http://x/h" || c.Origin["pm2.app"] != "" {
		t.Errorf("what was said is gone: %+v", c)
	}
	if c.PM2.Home != "/var/pm2" || c.Origin["pm2.home"] != "variable PM2_HOME" {
		t.Errorf("PM2_HOME: %s from %s", c.PM2.Home, c.Origin["pm2.home"])
	}
	if c.Mongo.URI.Reveal() != h.env["DB"] || c.Mongo.URI.String() != "‹DB›" || c.Origin["mongo.uri"] != "variable DB" {
		t.Errorf("%v from %s", c.Mongo.URI, c.Origin["mongo.uri"])
	}
	said.Env = Environment{"DB": "mongodb://config"}
	if c := h.discover(said, nil); c.Mongo.URI.Reveal() != "mongodb://config" || c.PM2.App != "mine" || c.PageURL != "" {
		t.Errorf("without a runbook: %+v", c)
	}
}

func TestDiscoverNginx(t *testing.T) {
	h := newHost(t)
	h.write("etc/nginx/nginx.conf", `
user www-data; # a comment with { and ;
error_log /var/log/nginx/error.log notice;
events { worker_connections 768; }
http {
	access_log "/var/log/nginx/access.log" combined;
	log_format x '$remote_addr; { "quoted" }';
	include conf.d/*.conf;
	include /nowhere/*.conf;
}`)
	h.write("etc/nginx/conf.d/status.conf", `
server {
	listen [::]:8081;
	listen 127.0.0.1:8081;
	location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }
}`)
	site := h.write("etc/nginx/conf.d/site.conf", `
server {
	listen 80;
	server_name glowglitch.com www.glowglitch.com;
	access_log logs/site.log;
	location /static/ { access_log off; }
	location / { proxy_pass http://127.0.0.1:3000; }
}
server {
	listen 80;
	server_name other.example;
	access_log /var/log/other.log;
	location / { proxy_pass http://127.0.0.1:4000; }
}`)
	c := h.discover(Config{}, book())
	conf := h.root + "/etc/nginx"
	for name, v := range map[string][3]string{
		"nginx.status_url": {c.Nginx.StatusURL, "http://127.0.0.1:8081/nginx_status", conf + "/conf.d/status.conf, line 5"},
		"nginx.site":       {c.Nginx.Site, site, site + ", line 2"},
		"nginx.access_log": {c.Nginx.AccessLog, conf + "/logs/site.log", site + ", line 5"},
		"nginx.error_log":  {c.Nginx.ErrorLog, "/var/log/nginx/error.log", conf + "/nginx.conf, line 3"},
	} {
		if v[0] != v[1] || c.Origin[name] != v[2] {
			t.Errorf("%s: %q from %q, want %q from %q", name, v[0], c.Origin[name], v[1], v[2])
		}
	}
}

func TestNginxThatIncludesItself(t *testing.T) {
	h := newHost(t)
	path := h.write("etc/nginx/nginx.conf", "include nginx.conf;\ninclude nginx.conf;\naccess_log a.log;\n}}\nserver {")
	if c := readNginx(path); c.files > nginxFiles || c.access.value != filepath.Join(filepath.Dir(path), "a.log") {
		t.Errorf("%d files read, log %q", c.files, c.access.value)
	}
}

func FuzzNginx(f *testing.F) {
	f.Add("http { server { listen 80; location /s { stub_status; } } }")
	f.Add("server { listen unix:/x; listen 1:2:3; location ~ ^/x { stub_status; } }")
	f.Fuzz(func(t *testing.T, text string) {
		h := newHost(t)
		c := readNginx(h.write("nginx.conf", text))
		c.site("x")
	})
}

func TestSites(t *testing.T) {
	h := newHost(t)
	site := h.write("etc/nginx/sites/shop.conf", `
server {
	server_name shop.example *.shop.example;
	include snippets/*.conf;
	location / { proxy_pass http://127.0.0.1:3000; }
	location ^~ /api/support/ {
		if (-f /run/calm/closed) { return 503; }
		proxy_pass http://127.0.0.1:3000;
	}
}
server { server_name other.example; if ($host = x) { return 301 https://y; } }`)
	path := h.write("etc/nginx/nginx.conf", "http { include sites/*.conf; }")
	got, err := Sites(path)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	want := Site{
		Names: []string{"shop.example", "*.shop.example"}, File: site, Line: 2, Flags: []Flag{{Location: "^~ /api/support/", File: "/run/calm/closed", Status: 503}},
		Includes: []string{filepath.Join(filepath.Dir(path), "snippets/*.conf")}, Locations: []string{"/", "^~ /api/support/"},
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("%+v\n want %+v", got[0], want)
	}
	if len(got[1].Flags) != 0 || len(got[1].Includes) != 0 || got[1].Names[0] != "other.example" {
		t.Errorf("%+v", got[1])
	}
	// The same as nginx prints it, without the files.
	dump := "# configuration file " + path + ":\nhttp { include sites/*.conf; }\n\n# configuration file " + site + ":\n"
	text, err := os.ReadFile(site)
	if err != nil {
		t.Fatal(err)
	}
	if printed, ok := SitesOf([]byte(dump + string(text))); !ok || !reflect.DeepEqual(printed, got) {
		t.Errorf("%+v\n want %+v", printed, got)
	}
	if _, ok := SitesOf([]byte("nginx: [emerg] open() failed\n")); ok {
		t.Error("what is no configuration counts as one without sites")
	}
	if !got[0].Takes(filepath.Join(filepath.Dir(path), "snippets/calm-x.conf")) || got[0].Takes(filepath.Join(filepath.Dir(path), "snippets/calm-x.conf.new")) || got[1].Takes("x") {
		t.Error("which of them includes a file")
	}
	if _, err := Sites(h.root + "/nowhere"); ops.CodeOf(err) != ops.Unreachable {
		t.Errorf("a configuration that can't be read is no empty one: %v", err)
	}
}
