package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"calm/model/signal"
	"calm/ops"
)

// holder is who has a lease; it stands in the lease's file.
type holder struct {
	By    string    `json:"by"`
	Title string    `json:"title"`
	Since time.Time `json:"since"`
	Dir   string    `json:"dir"` // of the action
}

// lease takes the lock on a target for an action. Whoever holds the returned file open holds the
// lease, so it is handed on to the supervisor and ends with it. When the supervisor of the last
// holder died and its command still runs, the lease is not given either.
func lease(dir, target string, h holder) (*os.File, error) {
	op := "lease " + target
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, ops.Wrap(op, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, url.PathEscape(target)), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, ops.Wrap(op, err)
	}
	locked := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	var last holder
	if b, err := io.ReadAll(f); err == nil {
		_ = json.Unmarshal(b, &last)
	}
	if locked != nil || orphaned(last.Dir) {
		_ = f.Close()
		if locked != nil && !errors.Is(locked, syscall.EWOULDBLOCK) {
			return nil, ops.Wrap(op, locked)
		}
		return nil, ops.Errorf(ops.Conflict, op, "another action runs on %s (%s); yours did not start", target, last)
	}
	b, err := json.Marshal(h)
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(append(b, '\n'), 0)
	}
	if err != nil {
		_ = f.Close()
		return nil, ops.Wrap(op, err)
	}
	return f, nil
}

// leaseAmong takes a lease in one folder if nobody has it in the others. Its own is taken first: of two
// that do this at once, both may be turned away, and never none.
func leaseAmong(dir string, others []string, target string, h holder) (*os.File, error) {
	f, err := lease(dir, target, h)
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		if other == dir {
			continue
		}
		if by, taken := leased(filepath.Join(other, url.PathEscape(target))); taken {
			_ = f.Close()
			return nil, ops.Errorf(ops.Conflict, "lease "+target, "another action runs on %s (%s); yours did not start", target, by)
		}
	}
	return f, nil
}

// leased says whether somebody has the lease in a file.
func leased(path string) (by holder, taken bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return holder{}, false
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err == nil {
		_ = json.Unmarshal(b, &by) // one that is being written says nothing yet
	}
	return by, syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil || orphaned(by.Dir)
}

// String says who it is: "ben, pm2 restart glowglitch-app, for 12 s".
func (h holder) String() string {
	if h.Since.IsZero() {
		return "somebody, since just now"
	}
	return fmt.Sprintf("%s, %s, for %s", h.By, h.Title, signal.Span(time.Since(h.Since)))
}

// orphaned says whether the action of a folder still runs although nobody supervises it.
func orphaned(dir string) bool {
	if dir == "" {
		return false
	}
	var c child
	if ok, err := load(filepath.Join(dir, childFile), &c); err != nil || !ok {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, exitFile))
	return err != nil && c.alive()
}
