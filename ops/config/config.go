// Package config is what calm was told about the host it runs on: calm.yaml, the environment and
// flags, and what it finds by itself where it was told nothing. It owns the names of the settings
// and remembers where each one comes from.
//
// It reads files and the environment and starts nothing: whether the things that it names answer is
// for the packages that ask them.
package config

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"calm/ops/secret"
)

// Config is all settings. Empty means that nothing is known; paths are absolute.
type Config struct {
	Service    string            `json:"service" yaml:"service"`
	Host       string            `json:"host" yaml:"host"`
	Runbook    string            `json:"runbook" yaml:"runbook"` // path; empty is the built-in one
	State      string            `json:"state" yaml:"state"`     // the folder of the incidents
	PM2        PM2               `json:"pm2" yaml:"pm2"`
	Mongo      Mongo             `json:"mongo" yaml:"mongo"`
	Nginx      Nginx             `json:"nginx" yaml:"nginx"`
	HealthURL  string            `json:"health_url" yaml:"health_url"`
	PageURL    string            `json:"page_url" yaml:"page_url"`
	PageMarker string            `json:"page_marker" yaml:"page_marker"` // text that the page has while the widget is on
	MetricsURL string            `json:"metrics_url" yaml:"metrics_url"`
	Logs       []Log             `json:"logs" yaml:"logs"`       // beside those that pm2 and nginx write
	Workdir    string            `json:"workdir" yaml:"workdir"` // where commands run; empty is the app's own
	Env        Environment       `json:"env" yaml:"env"`         // what commands see beside calm's own
	Approval   Approval          `json:"approval" yaml:"approval"`
	Bindings   map[string]string `json:"bind" yaml:"bind"` // text of the runbook → what it is on this host

	Path   string            `json:"path" yaml:"-"`   // of the file that was read; empty when there is none
	Origin map[string]string `json:"origin" yaml:"-"` // where a setting comes from, by its name: "pm2.app" → "the runbook, line 124"
}

// PM2 is the process manager and the app that incidents are about.
type PM2 struct {
	Home string `json:"home" yaml:"home"`
	App  string `json:"app" yaml:"app"`
}

// Mongo is the database. URIEnv names the variable that the runbook's commands use for the URI. Dumps is
// the folder for the fresh dumps that calm takes before a restore; empty is dumps in the state folder.
type Mongo struct {
	URIEnv  string `json:"uri_env" yaml:"uri_env"`
	URI     Secret `json:"uri" yaml:"uri"`
	MaxPool int    `json:"max_pool" yaml:"max_pool"` // of the app's driver; 0 when not known
	Dumps   string `json:"dumps" yaml:"dumps"`
}

// Nginx is the web server before the app. Site is the file of its server block, Snippets the folder
// for fragments that calm puts there, Command what drives it: "sudo -n nginx".
type Nginx struct {
	StatusURL string `json:"status_url" yaml:"status_url"`
	AccessLog string `json:"access_log" yaml:"access_log"`
	ErrorLog  string `json:"error_log" yaml:"error_log"`
	Site      string `json:"site" yaml:"site"`
	Snippets  string `json:"snippets" yaml:"snippets"`
	Command   string `json:"command" yaml:"command"`
}

// Approval is what counts when the runbook asks for somebody else's: signatures by the keys in Signers, an
// allowed_signers file, and the users of this host that Approvers names. Roles say who has which role of
// those that a runbook asks for; without them, each of the others counts for each.
type Approval struct {
	Signers   string              `json:"signers" yaml:"signers"`
	Approvers []string            `json:"approvers" yaml:"approvers"`
	Roles     map[string][]string `json:"roles" yaml:"roles"`
}

// Log is one log file to look for the runbook's signatures in.
type Log struct {
	Name string `json:"name" yaml:"name"`
	Path string `json:"path" yaml:"path"`
}

// Secret is a value that no screen, file or error shows: printed, in any way, it is its name.
type Secret struct {
	Name  string
	value string
}

// NewSecret keeps a value under the name that is shown in its place.
func NewSecret(name, value string) Secret { return Secret{Name: name, value: value} }

// Reveal gives the value, for the one who connects with it.
func (s Secret) Reveal() string { return s.value }

// Set says whether there is a value.
func (s Secret) Set() bool { return s.value != "" }

// String gives the name in ‹…›, or nothing when there is no value.
func (s Secret) String() string {
	if !s.Set() {
		return ""
	}
	return "‹" + cmp.Or(s.Name, "secret") + "›"
}

// Format prints the name for every verb, those that look into the struct included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.String()) }

// MarshalJSON gives the name.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalYAML reads the value; the name is given by whoever knows what it is.
func (s *Secret) UnmarshalYAML(read func(any) error) error { return read(&s.value) }

// Environment is variables for commands. Printed, those that look like secrets are their names.
type Environment map[string]string

// List gives NAME=VALUE, values as they are, sorted by name: for a process to be started.
func (e Environment) List() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, name+"="+e[name])
	}
	return list
}

// Shown gives the variables with secrets hidden.
func (e Environment) Shown() map[string]string {
	shown := make(map[string]string, len(e))
	for name, value := range e {
		if secret.Hidden(name, value) {
			value = NewSecret(name, value).String()
		}
		shown[name] = value
	}
	return shown
}

// Format prints what Shown gives, for every verb.
func (e Environment) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, e.Shown()) }

// MarshalJSON gives what Shown gives.
func (e Environment) MarshalJSON() ([]byte, error) { return json.Marshal(e.Shown()) }

// home is the user's own folder; empty when even that is not known.
func home(getenv func(string) string) string {
	if dir := getenv("HOME"); dir != "" {
		return dir
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return dir
}

// stateDir is where incidents are kept when nobody said.
func stateDir(getenv func(string) string) string {
	base := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // the XDG specification has relative ones ignored
		base = filepath.Join(home(getenv), ".local", "state")
	}
	return filepath.Join(base, "calm")
}
