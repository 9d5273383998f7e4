package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"calm/ops"
)

// host is a made-up user on a made-up host, in a folder of its own.
type host struct {
	t    testing.TB
	root string
	env  map[string]string
}

func newHost(t testing.TB) *host {
	h := &host{t: t, root: t.TempDir(), env: map[string]string{}}
	h.env["HOME"] = filepath.Join(h.root, "home")
	return h
}

func (h *host) write(path, text string) string {
	h.t.Helper()
	full := filepath.Join(h.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return full
}

func (h *host) load(o Options) (Config, error) {
	o.Getenv = func(name string) string { return h.env[name] }
	o.Dir = filepath.Join(h.root, "cwd")
	o.System = filepath.Join(h.root, "etc")
	return Load(o)
}

func (h *host) loaded(o Options) Config {
	h.t.Helper()
	c, err := h.load(o)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

const everything = `
service: aurora-concierge
host: practice
runbook: books/aurora.md
state: ../state
pm2: {home: pm2, app: glowglitch-app}
mongo: {uri_env: MONGODB_URI, uri: "mongodb://app:hunter2@127.0.0.1:1/aurora", max_pool: 10}
nginx: {status_url: "http://127.0.0.1:1/status", access_log: logs/access.log, error_log: /var/log/e.log, site: site.conf, snippets: snippets}
health_url: http://127.0.0.1:1/api/health
page_url: http://127.0.0.1:1/
page_marker: glowglitch-aurora-widget
metrics_url: http://127.0.0.1:1/api/metrics
logs:
  - {name: app, path: ~/app.log}
workdir: .
approval: {signers: keys/allowed_signers, approvers: [john, cto], roles: {CTO: [mary, cto]}}
env: {PATH: /bin, PM2_HOME: /p, MONGODB_URI: "mongodb://app:hunter2@h/db", LOG_LEVEL: debug, DEEPSEEK_API_KEY: sk-123}
bind: {"https://glowglitch.com": "http://127.0.0.1:1"}
`

func TestEverySettingIsRead(t *testing.T) {
	h := newHost(t)
	path := h.write("conf/calm.yaml", everything)
	c := h.loaded(Options{Config: path})
	dir := filepath.Dir(path)
	want := map[string][2]string{
		"service": {c.Service, "aurora-concierge"}, "host": {c.Host, "practice"},
		"runbook": {c.Runbook, dir + "/books/aurora.md"}, "state": {c.State, h.root + "/state"},
		"home": {c.PM2.Home, dir + "/pm2"}, "app": {c.PM2.App, "glowglitch-app"},
		"uri": {c.Mongo.URI.Reveal(), "mongodb://app:hunter2@127.0.0.1:1/aurora"}, "status": {c.Nginx.StatusURL, "http://127.0.0.1:1/status"},
		"access": {c.Nginx.AccessLog, dir + "/logs/access.log"}, "error": {c.Nginx.ErrorLog, "/var/log/e.log"},
		"signers": {c.Approval.Signers, dir + "/keys/allowed_signers"}, "approvers": {strings.Join(c.Approval.Approvers, " "), "john cto"},
		"roles": {strings.Join(c.Approval.Roles["CTO"], " "), "mary cto"},
		"site":  {c.Nginx.Site, dir + "/site.conf"}, "snippets": {c.Nginx.Snippets, dir + "/snippets"},
		"health": {c.HealthURL, "http://127.0.0.1:1/api/health"}, "page": {c.PageURL, "http://127.0.0.1:1/"},
		"marker": {c.PageMarker, "glowglitch-aurora-widget"}, "metrics": {c.MetricsURL, "http://127.0.0.1:1/api/metrics"},
		"log": {c.Logs[0].Path, h.env["HOME"] + "/app.log"}, "workdir": {c.Workdir, dir},
		"env": {c.Env["LOG_LEVEL"], "debug"}, "bind": {c.Bindings["https://glowglitch.com"], "http://127.0.0.1:1"},
		"path": {c.Path, path}, "origin": {c.Origin["pm2.app"], path + ", line 6"},
	}
	for name, v := range want {
		if v[0] != v[1] {
			t.Errorf("%s: %q, want %q", name, v[0], v[1])
		}
	}
	if c.Mongo.MaxPool != 10 {
		t.Errorf("max_pool %d", c.Mongo.MaxPool)
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	h := newHost(t)
	c := h.loaded(Options{Config: h.write("calm.yaml", everything)})
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(raw), fmt.Sprint(c), fmt.Sprintf("%+v %#v %q %s %x", c, c.Mongo, c.Mongo.URI, c.Mongo.URI, c.Mongo.URI), fmt.Sprintf("%#v %s", c.Env, c.Env),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "sk-123") || strings.Contains(text, "68756e746572") {
			t.Errorf("a secret is printed: %s", text)
		}
		if !strings.Contains(text, "‹MONGODB_URI›") {
			t.Errorf("the secret's name is not printed: %s", text)
		}
	}
	if !strings.Contains(string(raw), `"LOG_LEVEL":"debug"`) {
		t.Error("what is no secret is hidden")
	}
	if got := c.Env.List(); len(got) != 5 || got[0] != "DEEPSEEK_API_KEY=sk-123" {
		t.Errorf("a process would get %d variables, the first %s", len(got), got[0])
	}
}

func TestWhatBeatsWhat(t *testing.T) {
	h := newHost(t)
	if c := h.loaded(Options{}); c.Path != "" || c.State != h.env["HOME"]+"/.local/state/calm" || c.Host == "" || c.Origin["state"] != "default" {
		t.Errorf("without anything: %+v", c)
	}
	h.env["XDG_STATE_HOME"] = h.root + "/xdg"
	if c := h.loaded(Options{}); c.State != h.root+"/xdg/calm" {
		t.Errorf("XDG_STATE_HOME: %s", c.State)
	}
	for _, step := range []struct{ path, service string }{
		{"etc/calm/config.yaml", "system"}, {"home/.config/calm/config.yaml", "user"}, {"team/calm.yaml", "team"},
	} {
		h.write(step.path, "service: "+step.service+"\nstate: /from/file\n")
		if c := h.loaded(Options{Runbook: "../team/book.md"}); c.Service != step.service || c.Runbook != h.root+"/team/book.md" {
			t.Errorf("%s: service %q, runbook %q", step.path, c.Service, c.Runbook)
		}
	}
	named := h.write("other.yaml", "service: named\n")
	h.env["CALM_CONFIG"] = named
	if c := h.loaded(Options{Runbook: "../team/book.md"}); c.Service != "named" {
		t.Errorf("CALM_CONFIG: %q", c.Service)
	}
	h.env["CALM_SERVICE"], h.env["CALM_STATE"], h.env["CALM_MONGO_MAX_POOL"] = "variable", "rel", "7"
	c := h.loaded(Options{})
	if c.Service != "variable" || c.State != h.root+"/cwd/rel" || c.Mongo.MaxPool != 7 || c.Origin["service"] != "variable CALM_SERVICE" {
		t.Errorf("variables: %+v", c)
	}
	if c := h.loaded(Options{State: "flag"}); c.State != h.root+"/cwd/flag" || c.Origin["state"] != "--state" {
		t.Errorf("flag: %s (%s)", c.State, c.Origin["state"])
	}
	h.env["CALM_MONGO_MAX_POOL"] = "many"
	if _, err := h.load(Options{}); err == nil || err.Error() != `read CALM_MONGO_MAX_POOL: it must be a whole number, and is "many"` {
		t.Errorf("%v", err)
	}
}

// A folder of runbooks has its settings in it, for every runbook that is chosen from it.
func TestSettingsOfAFolder(t *testing.T) {
	h := newHost(t)
	h.write("books/calm.yaml", "service: folder\n")
	h.write("books/deep/book.md", "# Book\n")
	for _, o := range []Options{{Runbook: "../books"}, {Runbook: "../books/deep/book.md", Folder: "../books"}} {
		if c := h.loaded(o); c.Service != "folder" {
			t.Errorf("%+v: service %q", o, c.Service)
		}
	}
	if c := h.loaded(Options{Runbook: "../books/deep/book.md"}); c.Service != "" {
		t.Errorf("settings of a folder that it was not chosen from: %q", c.Service)
	}
	h.write("books/deep/calm.yaml", "service: own\n")
	if c := h.loaded(Options{Runbook: "../books/deep/book.md", Folder: "../books"}); c.Service != "own" {
		t.Errorf("its own folder's go first: %q", c.Service)
	}
}

func TestBadFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":      {"service: x\npm3: {}\n", `calm.yaml:2:1: there is no setting "pm3"; is it "pm2"?`},
		"unknown, nested":  {"nginx:\n  acess_log: x\n", `calm.yaml:2:3: there is no setting "acess_log"; is it "access_log"?`},
		"unknown, in list": {"logs:\n  - {name: a, file: b}\n", `calm.yaml:2:15: there is no setting "file"; `},
		"far from any":     {"kubernetes: yes\n", `calm.yaml:1:1: there is no setting "kubernetes"; the manual`},
		"type":             {"mongo: {max_pool: many}\n", "calm.yaml:1:19: this must be a whole number"},
		"list for text":    {"service: [a, b]\n", "calm.yaml:1:10: this must be text"},
		"secret's type":    {"mongo:\n  uri: [a]\n", "calm.yaml:2:8: this must be text"},
		"text for mapping": {"pm2: glowglitch\n", "calm.yaml:1:6: this is a string, and must be a mapping"},
		"not a mapping":    {"just words\n", "calm.yaml:1:1: this is a string, and must be a mapping"},
		"twice":            {"host: a\nhost: b\n", `calm.yaml:2:1: mapping key "host" already defined`},
		"syntax":           {"host: 'a\n", "calm.yaml:1:7: could not find end character"},
		"two documents":    {"host: a\n---\nhost: b\n", "more than one document"},
		"binary":           {"host: \x00\x01", "it is not text"},
		"latin-1":          {"host: caf\xe9", "it is not text"},
		"URL":              {"service: x\nhealth_url: glowglitch.com/health\n", `calm.yaml:2: health_url must begin with http:// or https://, and is "glowglitch.com/health"`},
		"negative":         {"mongo: {max_pool: -1}\n", "calm.yaml:1: mongo.max_pool can't be -1"},
		"log without path": {"logs:\n  - {name: a}\n", "calm.yaml:1: logs has an entry without a path"},
		"empty binding":    {"bind: {\"\": x}\n", "calm.yaml:1: bind has an empty text"},
		"too large":        {"# " + strings.Repeat("x", maxFile), "no settings file is that large"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			_, err := h.load(Options{Config: h.write("calm.yaml", c.text)})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
			if ops.CodeOf(err) != ops.Invalid {
				t.Errorf("code %s", ops.CodeOf(err))
			}
		})
	}
}

func TestFilesThatAreNoTrouble(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "comments": "# nothing yet\n", "null": "pm2:\nhost: null\n", "marks": "---\nhost: a\n"} {
		h := newHost(t)
		if _, err := h.load(Options{Config: h.write("calm.yaml", text)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	h := newHost(t)
	if _, err := h.load(Options{Config: "nowhere.yaml"}); ops.CodeOf(err) != ops.Unreachable || !strings.Contains(err.Error(), h.root+"/cwd/nowhere.yaml: there is no such file; check --config") {
		t.Errorf("missing: %v", err)
	}
	if _, err := h.load(Options{Config: h.root}); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("folder: %v", err)
	}
	if _, err := h.load(Options{Config: "/dev/zero"}); err == nil || !strings.Contains(err.Error(), "not a plain file") {
		t.Errorf("device: %v", err)
	}
	if _, err := h.load(Options{Config: "/proc/self/mem"}); err == nil || !strings.HasPrefix(err.Error(), "read /proc/self/mem: ") {
		t.Errorf("unreadable: %v", err)
	}
	if err := os.Symlink("loop.yaml", filepath.Join(h.root, "loop.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := h.load(Options{Config: filepath.Join(h.root, "loop.yaml")}); err == nil {
		t.Error("a link to itself was read")
	}
}

func TestBind(t *testing.T) {
	c := Config{Bindings: map[string]string{
		"https://glowglitch.com":    "http://127.0.0.1:8080",
		"production.glowglitch.com": "localhost",
		"glowglitch.com":            "localhost:8080",
		"/backups/latest":           "/p/dump",
		"/backups":                  "/p/backups",
	}}
	for in, want := range map[string]string{
		"curl https://glowglitch.com/api/health":   "curl http://127.0.0.1:8080/api/health",
		"curl https://glowglitch.com.":             "curl http://127.0.0.1:8080.",
		"ssh deploy@production.glowglitch.com":     "ssh deploy@localhost",
		"mongorestore --dir=/backups/latest":       "mongorestore --dir=/p/dump",
		"ls /backups/latest.old /backups/latest2":  "ls /p/backups/latest.old /p/backups/latest2",
		"ls /mnt/backups/latest /backups":          "ls /mnt/backups/latest /p/backups",
		"dig www.glowglitch.com glowglitch.com.tr": "dig www.glowglitch.com glowglitch.com.tr",
		"pm2 restart glowglitch-app":               "pm2 restart glowglitch-app",
		"":                                         "",
	} {
		if got, _ := c.Bind(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	_, did := c.Bind("/backups/latest https://glowglitch.com /backups/latest")
	want := []Substitution{{"/backups/latest", "/p/dump", 2}, {"https://glowglitch.com", "http://127.0.0.1:8080", 1}}
	if !reflect.DeepEqual(did, want) {
		t.Errorf("did %v, want %v", did, want)
	}
	if out, did := (Config{}).Bind("x"); out != "x" || did != nil {
		t.Errorf("without bindings: %q %v", out, did)
	}
	if list := c.Bound(); len(list) != 5 || list[0].From != "production.glowglitch.com" || list[4].From != "/backups" {
		t.Errorf("%v", list)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(everything)
	f.Add("a: &x [*x]\n")
	f.Add("? {\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := parse("calm.yaml", []byte(text)); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %q", err)
		}
	})
}

func FuzzBind(f *testing.F) {
	f.Add("curl https://a.b/x", "https://a.b", "http://c")
	f.Fuzz(func(t *testing.T, text, from, to string) {
		if from == "" {
			return
		}
		out, did := Config{Bindings: map[string]string{from: to}}.Bind(text)
		if len(did) == 0 && out != text {
			t.Errorf("%q became %q, and nothing was done", text, out)
		}
	})
}
