package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/ops"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sys/unix"
)

// Console is a console that has an incident open.
type Console struct {
	User  string    `json:"user"`
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// String says it for a person: "ben has this incident open since 03:12 UTC (pid 123)".
func (c Console) String() string {
	return fmt.Sprintf("%s has this incident open since %s UTC (pid %d)", c.User, c.Since.UTC().Format("15:04"), c.PID)
}

// Presence is the mark of this process as a console: a file that is locked for as long as the
// process lives, so that a mark without a lock is one whose console died.
type Presence struct {
	file *os.File
	path string
}

// Join marks this process as a console on the incident. Leave it, or close the process: the mark of
// a process that ended counts for nothing.
func (j *Journal) Join(user string) (*Presence, error) {
	if err := j.ReadOnly(); err != nil {
		return nil, err
	}
	op := "join " + j.dir
	mark, err := json.Marshal(Console{User: user, PID: os.Getpid(), Host: hostName(), Since: time.Now().UTC()})
	if err != nil {
		return nil, ops.Errorf(ops.Invalid, op, "%w", err)
	}
	dir := filepath.Join(j.dir, consolesDir)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, ops.Wrap(op, err)
	}
	name := ulid.Make().String()
	// Locked before it has the name that others look for, or they would think it dead.
	temp := filepath.Join(dir, "."+name)
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, ops.Wrap(op, err)
	}
	if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
		_, err = f.Write(mark)
	}
	path := filepath.Join(dir, name+".json")
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(temp)
		return nil, ops.Wrap(op, err)
	}
	j.mu.Lock()
	j.seat = name + ".json"
	j.mu.Unlock()
	return &Presence{file: f, path: path}, nil
}

// Leave takes the mark away.
func (p *Presence) Leave() error { return errors.Join(os.Remove(p.path), p.file.Close()) }

// Others lists the consoles, other than this one, that have the incident open now, the longest
// first.
func (j *Journal) Others() ([]Console, error) {
	alive, _, err := j.consoles()
	return alive, err
}

// bury takes away the marks of consoles that ended without leaving, and returns them.
func (j *Journal) bury() []Console {
	_, dead, err := j.consoles()
	if err != nil {
		return nil
	}
	var buried []Console
	for name, c := range dead {
		if os.Remove(filepath.Join(j.dir, consolesDir, name)) == nil {
			buried = append(buried, c)
		}
	}
	slices.SortFunc(buried, func(a, b Console) int { return a.Since.Compare(b.Since) })
	return buried
}

func (j *Journal) consoles() (alive []Console, dead map[string]Console, err error) {
	dir := filepath.Join(j.dir, consolesDir)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, ops.Wrap("read "+dir, bare(err))
	}
	dead = map[string]Console{}
	for _, e := range entries {
		if e.Name() == j.seat || !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		c, lives, ok := readMark(filepath.Join(dir, e.Name()))
		switch {
		case ok && lives:
			alive = append(alive, c)
		case ok:
			dead[e.Name()] = c
		}
	}
	slices.SortFunc(alive, func(a, b Console) int { return a.Since.Compare(b.Since) })
	return alive, dead, nil
}

// maxMark bounds what is read of a mark, in bytes.
const maxMark = 4 << 10

// readMark reads a mark and whether its process lives. It is not ok for a file that is no mark, or
// whose console left while it was looked at.
func readMark(path string) (c Console, lives, ok bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return c, false, false
	}
	defer func() { _ = f.Close() }()
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	lives = errors.Is(err, unix.EWOULDBLOCK)
	if err != nil && !lives {
		return c, false, false
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMark))
	return c, lives, err == nil && json.Unmarshal(text, &c) == nil && !gone(f)
}
