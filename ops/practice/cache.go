package practice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"calm/ops"
	"calm/ops/run"
)

// fetchTimeout bounds one download or installation.
const fetchTimeout = 10 * time.Minute

// cache is the folder of programs that practice hosts share. Each installation in it has a name that
// says what exactly it holds, and is there whole or not at all.
type cache struct {
	dir string
	log func(string)
}

// tools are the programs of a practice host, as absolute paths.
type tools struct {
	Node          string            `json:"node"`
	NPM           string            `json:"npm"`
	Git           string            `json:"git"`
	NodeModules   string            `json:"node_modules"` // holds pm2, mongosh and the mongodb driver
	ReleaseCache  string            `json:"release_cache"`
	Mongod        string            `json:"mongod"`
	Mongodump     string            `json:"mongodump"`
	Mongorestore  string            `json:"mongorestore"`
	Nginx         string            `json:"nginx"`
	SSH           string            `json:"ssh,omitempty"`
	SSHD          string            `json:"sshd,omitempty"`
	NginxTakesLog bool              `json:"nginx_takes_log"`     // knows the option -e
	Libraries     map[string]string `json:"libraries,omitempty"` // program → folder of shared libraries it needs besides the machine's
}

// fetch makes sure that every program is there, and says where.
func (c cache) fetch(ctx context.Context) (tools, error) {
	var t tools
	err := c.with(ctx, &t, c.machine, c.packages, c.releasePackages, c.mongod, c.mongoTools, c.nginx)
	return t, err
}

// with takes the steps that fill the cache, one calm at a time.
func (c cache) with(ctx context.Context, t *tools, steps ...func(context.Context, *tools) error) error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return ops.Wrap("practice up", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(c.dir, "install.lock"), func() { c.log("another calm is installing here; waiting for it") })
	if err != nil {
		return err
	}
	defer unlock()
	c.clearInterrupted()
	for _, step := range steps {
		if err := step(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// install fills the folder name of the cache by the given function, unless it is there. The folder
// appears under its name only when it is whole.
func (c cache) install(name, what string, fill func(dir string) error) (string, error) {
	target := filepath.Join(c.dir, name)
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	c.log("fetching " + what)
	dir, err := os.MkdirTemp(c.dir, "new-")
	if err != nil {
		return "", ops.Wrap("practice up", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := fill(dir); err != nil {
		return "", err
	}
	// MkdirTemp makes what only its owner may enter; nginx's workers may be somebody else.
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", ops.Wrap("practice up", err)
	}
	return target, ops.Wrap("practice up", os.Rename(dir, target))
}

// clearInterrupted removes what an installation that was cut off left behind.
func (c cache) clearInterrupted() {
	left, _ := filepath.Glob(filepath.Join(c.dir, "new-*"))
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
}

// run runs an installer with calm's whole environment: proxies, mirrors and certificates are set
// there. Its error ends with what to do.
func (c cache) run(ctx context.Context, dir, advice string, argv ...string) error {
	res, err := run.Local{}.Run(ctx, run.Command{Argv: argv, Dir: dir, Env: os.Environ(), Timeout: fetchTimeout})
	if err != nil {
		return ops.Errorf(ops.CodeOf(err), run.Line(argv), "%s; %s", lastLine(res.Stderr, err), advice)
	}
	return nil
}

// lastLine gives the last line of an installer's stderr, where pip and apt say what was wrong.
func lastLine(stderr []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(stderr)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}

// verify compares a file's SHA-256 with the pinned one.
func verify(path, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return ops.Wrap("practice up", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return ops.Errorf(ops.Invalid, "practice up", "%s is not what was pinned: SHA-256 %s, expected %s; nothing of it was used", filepath.Base(path), got, want)
	}
	return nil
}

// lockFile holds an exclusive lock on a file until the returned function is called. It waits for
// another holder, after calling busy once.
func lockFile(ctx context.Context, path string, busy func()) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, ops.Wrap("lock "+path, err)
	}
	lock := flock.New(path)
	held, err := lock.TryLock()
	if err == nil && !held {
		busy()
		held, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil || !held {
		return nil, ops.Wrap("lock "+path, err)
	}
	return func() { _ = lock.Unlock() }, nil
}
