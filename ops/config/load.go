package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"calm/ops"
)

// Options is what the command line says.
type Options struct {
	Config  string // --config
	Runbook string // --runbook, or the argument
	Folder  string // that the runbook was chosen from; empty for none
	State   string // --state

	Getenv func(string) string // nil is os.Getenv
	Dir    string              // what relative paths of flags and variables are relative to; empty is the working directory
	System string              // the system's folder for settings; empty is /etc
}

// Load gives the settings: flags over variables (CALM_…) over one file. The file is the one that
// --config names; without that the first there is of calm.yaml beside the runbook,
// $XDG_CONFIG_HOME/calm/config.yaml and /etc/calm/config.yaml. With no file at all only the
// defaults are set. The error is one line that says where, what, and what to do.
func Load(o Options) (Config, error) {
	l, err := newLoader(o)
	if err != nil {
		return Config{}, err
	}
	path, err := l.find()
	if err != nil {
		return Config{}, err
	}
	if path != "" {
		if err := l.file(path); err != nil {
			return Config{}, err
		}
	}
	if err := l.variables(); err != nil {
		return Config{}, err
	}
	l.flags()
	l.defaults()
	return l.c, nil
}

type loader struct {
	Options
	c Config
}

func newLoader(o Options) (*loader, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	o.System = cmp.Or(o.System, "/etc")
	if o.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, ops.Wrap("find the working directory", err)
		}
		o.Dir = dir
	}
	return &loader{Options: o, c: Config{Origin: map[string]string{}}}, nil
}

// find gives the path of the file to read; empty when there is none.
func (l *loader) find() (string, error) {
	if path := cmp.Or(l.Config, l.Getenv("CALM_CONFIG")); path != "" {
		return absolute(path, l.Dir, l.Getenv), nil
	}
	var places []string
	if runbook := cmp.Or(l.Runbook, l.Getenv("CALM_RUNBOOK")); runbook != "" {
		places = l.beside(absolute(runbook, l.Dir, l.Getenv))
	}
	base := l.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(base) {
		base = filepath.Join(home(l.Getenv), ".config")
	}
	places = append(places, filepath.Join(base, "calm", "config.yaml"), filepath.Join(l.System, "calm", "config.yaml"))
	for _, path := range places {
		_, err := os.Stat(path)
		switch {
		case err == nil:
			return path, nil
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission) && path != places[0]:
			// A folder of somebody else's is not a place where this user's settings are.
		default:
			return "", ops.Wrap("read "+path, err)
		}
	}
	return "", nil
}

// beside are the places of a calm.yaml that goes with a runbook: its own folder, and the one that it
// was chosen from. Of a folder of runbooks it is the folder itself.
func (l *loader) beside(runbook string) []string {
	dir := filepath.Dir(runbook)
	if info, err := os.Stat(runbook); err == nil && info.IsDir() {
		dir = runbook
	}
	places := []string{filepath.Join(dir, "calm.yaml")}
	if l.Folder != "" {
		places = append(places, filepath.Join(absolute(l.Folder, l.Dir, l.Getenv), "calm.yaml"))
	}
	return places
}

// setting is one that a variable can give: CALM_ and its name in capitals.
type setting struct {
	name  string
	set   func(c *Config, value string) error
	path  bool
	field func(c *Config) *string // where the file puts it, for those that are text
}

func text(name string, field func(c *Config) *string) setting {
	return setting{name: name, field: field, set: func(c *Config, v string) error { *field(c) = v; return nil }}
}

func pathSetting(name string, field func(c *Config) *string) setting {
	s := text(name, field)
	s.path = true
	return s
}

var settings = []setting{
	text("service", func(c *Config) *string { return &c.Service }),
	text("host", func(c *Config) *string { return &c.Host }),
	pathSetting("runbook", func(c *Config) *string { return &c.Runbook }),
	pathSetting("state", func(c *Config) *string { return &c.State }),
	pathSetting("pm2.home", func(c *Config) *string { return &c.PM2.Home }),
	text("pm2.app", func(c *Config) *string { return &c.PM2.App }),
	text("mongo.uri_env", func(c *Config) *string { return &c.Mongo.URIEnv }),
	{name: "mongo.uri", set: func(c *Config, v string) error {
		c.Mongo.URI = NewSecret(cmp.Or(c.Mongo.URIEnv, "MONGODB_URI"), v)
		return nil
	}},
	{name: "mongo.max_pool", set: func(c *Config, v string) (err error) {
		c.Mongo.MaxPool, err = strconv.Atoi(v)
		return err
	}},
	pathSetting("mongo.dumps", func(c *Config) *string { return &c.Mongo.Dumps }),
	text("nginx.status_url", func(c *Config) *string { return &c.Nginx.StatusURL }),
	pathSetting("nginx.access_log", func(c *Config) *string { return &c.Nginx.AccessLog }),
	pathSetting("nginx.error_log", func(c *Config) *string { return &c.Nginx.ErrorLog }),
	pathSetting("nginx.site", func(c *Config) *string { return &c.Nginx.Site }),
	pathSetting("nginx.snippets", func(c *Config) *string { return &c.Nginx.Snippets }),
	text("nginx.command", func(c *Config) *string { return &c.Nginx.Command }),
	text("health_url", func(c *Config) *string { return &c.HealthURL }),
	text("page_url", func(c *Config) *string { return &c.PageURL }),
	text("page_marker", func(c *Config) *string { return &c.PageMarker }),
	text("metrics_url", func(c *Config) *string { return &c.MetricsURL }),
	pathSetting("approval.signers", func(c *Config) *string { return &c.Approval.Signers }),
	pathSetting("workdir", func(c *Config) *string { return &c.Workdir }),
}

// variables applies CALM_STATE, CALM_PM2_APP and the like. An empty one is not set.
func (l *loader) variables() error {
	for _, s := range settings {
		name := "CALM_" + strings.ToUpper(strings.ReplaceAll(s.name, ".", "_"))
		value := l.Getenv(name)
		if value == "" {
			continue
		}
		if s.path {
			value = absolute(value, l.Dir, l.Getenv)
		}
		if err := s.set(&l.c, value); err != nil {
			return ops.Errorf(ops.Invalid, "read "+name, "it must be a whole number, and is %q", value)
		}
		l.c.Origin[s.name] = "variable " + name
	}
	return nil
}

func (l *loader) flags() {
	if l.Runbook != "" {
		l.c.Runbook, l.c.Origin["runbook"] = absolute(l.Runbook, l.Dir, l.Getenv), "command line"
	}
	if l.State != "" {
		l.c.State, l.c.Origin["state"] = absolute(l.State, l.Dir, l.Getenv), "--state"
	}
}

func (l *loader) defaults() {
	if l.c.State == "" {
		l.c.State, l.c.Origin["state"] = stateDir(l.Getenv), "default"
	}
	if l.c.Host == "" {
		if name, err := os.Hostname(); err == nil {
			l.c.Host, l.c.Origin["host"] = name, "this host's name"
		}
	}
	if l.c.Mongo.URIEnv == "" {
		l.c.Mongo.URIEnv, l.c.Origin["mongo.uri_env"] = "MONGODB_URI", "default"
	}
}

// absolute resolves a path: ~ is the user's own folder, relative ones begin in dir.
func absolute(path, dir string, getenv func(string) string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		path = filepath.Join(home(getenv), path[1:])
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return filepath.Clean(path)
}

// file reads the settings file.
func (l *loader) file(path string) error {
	source, err := readText(path)
	if err != nil {
		return err
	}
	c, lines, err := parse(path, source)
	if err != nil {
		return err
	}
	c.Path = path
	c.Origin = map[string]string{}
	for name, line := range lines {
		c.Origin[name] = fmt.Sprintf("%s, line %d", path, line)
	}
	dir := filepath.Dir(path)
	for _, s := range settings {
		if s.path {
			if field := s.field(&c); *field != "" {
				*field = absolute(*field, dir, l.Getenv)
			}
		}
	}
	for at := range c.Logs {
		c.Logs[at].Path = absolute(c.Logs[at].Path, dir, l.Getenv)
	}
	l.c = c
	return nil
}
