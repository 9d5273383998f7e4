package practice

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"calm/ops"
)

// deepSeekKey is what the stand-in for the DeepSeek API takes; it opens nothing else.
const deepSeekKey = "sk-practice-not-a-secret"

// config is calm.yaml, in the schema of calm's own configuration.
type config struct {
	Service    string            `yaml:"service"`
	Host       string            `yaml:"host"`
	PM2        pm2Config         `yaml:"pm2"`
	Mongo      mongoConfig       `yaml:"mongo"`
	Nginx      nginxConfig       `yaml:"nginx"`
	HealthURL  string            `yaml:"health_url"`
	PageURL    string            `yaml:"page_url"`
	PageMarker string            `yaml:"page_marker"`
	MetricsURL string            `yaml:"metrics_url"`
	Logs       []logConfig       `yaml:"logs"`
	Workdir    string            `yaml:"workdir"`
	Env        map[string]string `yaml:"env"`
	Bind       map[string]string `yaml:"bind"`
}

type pm2Config struct {
	Home string `yaml:"home"`
	App  string `yaml:"app"`
}

type mongoConfig struct {
	URIEnv string `yaml:"uri_env"`
	URI    string `yaml:"uri"`
}

type nginxConfig struct {
	StatusURL string `yaml:"status_url"`
	AccessLog string `yaml:"access_log"`
	ErrorLog  string `yaml:"error_log"`
	Site      string `yaml:"site"`
	Snippets  string `yaml:"snippets"`
}

type logConfig struct {
	Name string `yaml:"name"`
	Path string `yaml:"path"`
}

func (h *Host) config() config {
	site := h.siteURL()
	return config{
		Service: "aurora-concierge",
		Host:    "practice",
		PM2:     pm2Config{Home: h.path("pm2"), App: AppName},
		Mongo:   mongoConfig{URIEnv: "MONGODB_URI", URI: h.mongoURI()},
		Nginx: nginxConfig{
			StatusURL: site + statusPath, AccessLog: h.accessLog(), ErrorLog: h.path("nginx", "logs", "error.log"),
			Site: h.path("nginx", "sites", "glowglitch.conf"), Snippets: h.path("nginx", "snippets"),
		},
		HealthURL:  site + "/api/health?check=db",
		PageURL:    site + "/",
		PageMarker: widgetMarker,
		MetricsURL: site + "/api/metrics",
		Logs: []logConfig{
			{"app", h.path("pm2", "logs", AppName+"-out.log")},
			{"app-error", h.path("pm2", "logs", AppName+"-error.log")},
			{"nginx", h.path("nginx", "logs", "error.log")},
			{"mongod", h.path("log", "mongod.log")},
		},
		Workdir: h.checkout(),
		Env:     h.environment(),
		Bind: map[string]string{
			"https://glowglitch.com":    site,
			"https://api.deepseek.com":  h.deepSeekURL(),
			"/backups/latest":           h.rec.Backup,
			"production.glowglitch.com": "localhost",
		},
	}
}

func (h *Host) siteURL() string     { return "http://" + address(h.rec.Ports.Nginx) }
func (h *Host) deepSeekURL() string { return "http://" + address(h.rec.Ports.DeepSeek) }
func (h *Host) checkout() string    { return h.path("srv", "glowglitch") }
func (h *Host) accessLog() string   { return h.path("nginx", "logs", "access.log") }

func (h *Host) mongoURI() string {
	return fmt.Sprintf("mongodb://%s/glowglitch?replicaSet=%s&directConnection=true", address(h.rec.Ports.Mongod), replicaSet)
}

// Env is the environment of an operator's shell on this host, NAME=value: the host's own programs
// first in PATH, and everything that a program would write to its home below the host's folder.
func (h *Host) Env() []string {
	var env []string
	for name, value := range h.environment() {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

// environment has nothing of the app's own variables: an operator's shell does not know them either.
func (h *Host) environment() map[string]string {
	env := map[string]string{
		"PATH":             h.searchPath(),
		"HOME":             h.dir,
		"PM2_HOME":         h.path("pm2"),
		"MONGODB_URI":      h.mongoURI(),
		"DEEPSEEK_API_KEY": deepSeekKey,
		"LANG":             "C.UTF-8",
	}
	for _, name := range []string{"USER", "LOGNAME", "SHELL", "TERM", "TMPDIR"} {
		if v := os.Getenv(name); v != "" {
			env[name] = v
		}
	}
	return env
}

func (h *Host) searchPath() string {
	dirs := []string{h.path("bin")}
	for _, program := range []string{h.rec.Tools.Node, h.rec.Tools.NPM, h.rec.Tools.Git} {
		dirs = append(dirs, filepath.Dir(program))
	}
	dirs = append(dirs, "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
	var unique []string
	for _, dir := range dirs {
		if !slices.Contains(unique, dir) {
			unique = append(unique, dir)
		}
	}
	return strings.Join(unique, ":")
}

// daemonEnv is the operator's environment with the host's mark and what a program needs besides.
func (h *Host) daemonEnv(more ...string) []string {
	return append(append(h.Env(), marker+"="+h.dir), more...)
}

// writeConfig writes calm.yaml, and calm-env.sh, which gives a shell the operator's environment.
func (h *Host) writeConfig() error {
	text, err := yaml.MarshalWithOptions(h.config(), yaml.IndentSequence(true))
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	if err := writeFile(h.ConfigPath(), 0o600, text); err != nil {
		return err
	}
	var sh strings.Builder
	sh.WriteString("# The environment of an operator on this practice host: . " + shellQuote(h.path("calm-env.sh")) + "\n")
	state, err := baseFolder("XDG_STATE_HOME", ".local/state")
	if err != nil {
		return err
	}
	// HOME is this host's folder from here on, but calm must go on keeping its incidents where it does.
	own := []string{"CALM_CONFIG=" + h.ConfigPath(), "XDG_STATE_HOME=" + state}
	for _, v := range append(h.Env(), own...) {
		name, value, _ := strings.Cut(v, "=")
		sh.WriteString("export " + name + "=" + shellQuote(value) + "\n")
	}
	sh.WriteString("cd " + shellQuote(h.checkout()) + "\n")
	return writeFile(h.path("calm-env.sh"), 0o600, []byte(sh.String()))
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
