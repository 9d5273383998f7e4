package practice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"calm/ops"
)

// AppName is the name that the shop's process has in pm2.
const AppName = "glowglitch-app"

// recordName is the file by which a folder is known to be a practice host.
const recordName = "practice.json"

// longestDir bounds the host's folder: pm2 listens on a socket below it, and Linux takes at most 107
// bytes for a socket's path.
const longestDir = 107 - len("/pm2/interactor.sock")

// Options say where a host is. The zero value is the user's own default host, silent.
type Options struct {
	Dir   string            // the host's folder; "" means $XDG_STATE_HOME/calm/practice
	Cache string            // fetched programs, shared by hosts; "" means $XDG_CACHE_HOME/calm/practice
	Log   func(line string) // told what is being done, one line at a time; may be nil
}

// Host is a practice host in a folder.
type Host struct {
	dir string
	rec record
	log func(string)
}

// record is what a host must remember between two programs that drive it.
type record struct {
	Cache         string             `json:"cache"`
	Tools         tools              `json:"tools"`
	Ports         ports              `json:"ports"`
	Backup        string             `json:"backup"` // the newest mongodump's folder
	Registry      string             `json:"registry"`
	Processes     map[string]process `json:"processes"`
	DeepSeekLimit int                `json:"deepseek_limit"` // requests a minute
	Fault         string             `json:"fault,omitempty"`
	FaultAt       time.Time          `json:"fault_at,omitzero"`
}

// ports are the host's, all on 127.0.0.1.
type ports struct {
	Nginx    int `json:"nginx"`
	App      int `json:"app"`
	Mongod   int `json:"mongod"`
	DeepSeek int `json:"deepseek"`
}

// Up fetches what is needed, lays the host out, starts what does not run and waits until it is
// healthy and visitors are served. On a host that is up it only makes sure of that. A fault that was
// applied and not healed stays: then Up waits only until every part runs.
func Up(ctx context.Context, o Options) (*Host, error) {
	h, err := locate(o)
	if err != nil {
		return nil, err
	}
	if o.Cache == "" {
		// The one that the host was made with, when it is there: HOME may have changed since.
		_ = h.load()
	}
	unlock, err := h.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := h.claim(ctx); err != nil {
		return nil, err
	}
	c := cache{dir: h.rec.Cache, log: h.log}
	if h.rec.Tools, err = c.fetch(ctx); err != nil {
		return nil, err
	}
	if err := h.bringUp(ctx); err != nil {
		return nil, err
	}
	if h.rec.Fault != "" {
		h.log("up, with the fault " + h.rec.Fault)
		return h, nil
	}
	if err := h.waitHealthy(ctx); err != nil {
		return nil, err
	}
	h.log("healthy, and visitors are served")
	return h, nil
}

// Open gives a host that Up has made. It starts nothing.
func Open(dir string) (*Host, error) {
	h, err := locate(Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := h.load(); err != nil {
		return nil, err
	}
	return h, nil
}

// Down ends everything that runs for the host, by process id, and removes its folder. It does
// nothing, without an error, where there is no host.
func (h *Host) Down(ctx context.Context) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := h.load(); ops.CodeOf(err) == ops.Unreachable {
		return nil
	} else if err != nil {
		return err
	}
	// What ended may have started something in its last moment, or written a file into a folder that was
	// being removed, so look again until nothing is found.
	for {
		for running := h.everything(); len(running) > 0; running = h.everything() {
			if err := endAll(ctx, running); err != nil {
				return err
			}
		}
		err := os.RemoveAll(h.dir)
		if !errors.Is(err, syscall.ENOTEMPTY) || ctx.Err() != nil {
			return ops.Wrap("practice down", err)
		}
	}
}

// Dir is the host's folder, absolute.
func (h *Host) Dir() string { return h.dir }

// ConfigPath is the host's calm.yaml.
func (h *Host) ConfigPath() string { return h.path("calm.yaml") }

func (h *Host) path(elem ...string) string {
	return filepath.Join(append([]string{h.dir}, elem...)...)
}

// locate finds out where the host is, and reads nothing.
func locate(o Options) (*Host, error) {
	h := &Host{log: o.Log}
	if h.log == nil {
		h.log = func(string) {}
	}
	var err error
	if h.dir, err = folder(o.Dir, "XDG_STATE_HOME", ".local/state"); err != nil {
		return nil, err
	}
	if h.rec.Cache, err = folder(o.Cache, "XDG_CACHE_HOME", ".cache"); err != nil {
		return nil, err
	}
	if strings.ContainsAny(h.dir, "\"'\\$*?[]{};#\n") {
		return nil, ops.Errorf(ops.Invalid, "practice", "%q has characters that configuration files would read as something else: choose another folder", h.dir)
	}
	if len(h.dir) > longestDir {
		return nil, ops.Errorf(ops.Invalid, "practice", "%s is too long for pm2's sockets: choose a folder of at most %d characters", h.dir, longestDir)
	}
	return h, nil
}

// folder gives the chosen folder, else calm/practice below an XDG base directory.
func folder(chosen, variable, below string) (string, error) {
	if chosen == "" {
		base, err := baseFolder(variable, below)
		if err != nil {
			return "", err
		}
		chosen = filepath.Join(base, "calm", "practice")
	}
	abs, err := filepath.Abs(chosen)
	return abs, ops.Wrap("practice", err)
}

// baseFolder gives an XDG base directory: the variable's, else the one below HOME.
func baseFolder(variable, below string) (string, error) {
	if base := os.Getenv(variable); base != "" {
		return base, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", ops.Errorf(ops.Invalid, "practice", "neither %s nor HOME is set: set one of them", variable)
	}
	return filepath.Join(home, below), nil
}

// lock keeps two programs from driving the same host at once. The file is in the cache, because Down
// removes the folder.
func (h *Host) lock(ctx context.Context) (func(), error) {
	sum := sha256.Sum256([]byte(h.dir))
	path := filepath.Join(h.rec.Cache, "locks", hex.EncodeToString(sum[:8]))
	return lockFile(ctx, path, func() { h.log("another calm is busy with this practice host; waiting for it") })
}

// claim takes the folder: one that is a host already, an empty one, or one that is not there yet.
func (h *Host) claim(ctx context.Context) error {
	cache := h.rec.Cache
	err := h.load()
	if err == nil {
		h.rec.Cache = cache
		return nil
	}
	if ops.CodeOf(err) != ops.Unreachable {
		return err
	}
	if entries, _ := os.ReadDir(h.dir); len(entries) > 0 {
		return ops.Errorf(ops.Conflict, "practice up", "%s is not empty and is no practice host: choose another folder", h.dir)
	}
	chosen, err := freePorts(ctx)
	if err != nil {
		return err
	}
	h.rec = record{Cache: cache, Ports: chosen, Processes: map[string]process{}}
	return h.save()
}

func (h *Host) load() error {
	text, err := os.ReadFile(h.path(recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return ops.Errorf(ops.Unreachable, "practice", "no practice host in %s: run `calm practice up`", h.dir)
	}
	if err != nil {
		return ops.Wrap("practice", err)
	}
	var rec record
	if err := json.Unmarshal(text, &rec); err != nil {
		return ops.Errorf(ops.Invalid, "practice", "%s can't be read (%w): end its processes and remove the folder", h.path(recordName), err)
	}
	if rec.Processes == nil {
		rec.Processes = map[string]process{}
	}
	h.rec = rec
	return nil
}

func (h *Host) save() error {
	text, err := json.MarshalIndent(h.rec, "", "  ")
	if err != nil {
		return ops.Wrap("practice", err)
	}
	return writeFile(h.path(recordName), 0o600, append(text, '\n'))
}
