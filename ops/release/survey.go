package release

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"calm/ops"
)

// Survey is what a build beside would find.
type Survey struct {
	Files  int      // that are copied, without packages
	Behind []string // folders that git does not know and that are not copied
}

// looking bounds how long packages are measured while somebody waits for a proposal.
const looking = 1500 * time.Millisecond

// Look says what a build beside would copy. The error says why it can't be beside.
func (c Change) Look(ctx context.Context, env []string) (Survey, error) {
	parent := filepath.Dir(c.Top)
	var here, there syscall.Stat_t
	if err := syscall.Stat(c.Top, &here); err != nil {
		return Survey{}, ops.Wrap("look at "+c.Top, err)
	}
	if err := syscall.Stat(parent, &there); err != nil {
		return Survey{}, ops.Wrap("look at "+parent, err)
	}
	switch {
	case parent == c.Top || here.Dev != there.Dev:
		return Survey{}, ops.Errorf(ops.Invalid, "build beside", "%s is a file system of its own, and nothing beside it is on it", c.Top)
	case unix.Access(parent, unix.W_OK|unix.X_OK) != nil:
		return Survey{}, ops.Errorf(ops.Denied, "build beside", "%s can't be written by this user", parent)
	}
	b := building{Change: c, env: env}
	list, err := b.listing(ctx)
	if err != nil {
		return Survey{}, err
	}
	if err := list.fits(c.Top, looking); err != nil {
		return Survey{}, err
	}
	s := Survey{Files: len(list.tracked) + len(list.loose)}
	for _, dir := range list.others {
		info, err := os.Lstat(filepath.Join(c.Top, dir))
		if err == nil && info.IsDir() && !isOutput(c.Sub, dir) {
			s.Behind = append(s.Behind, dir+"/")
		}
	}
	slices.Sort(s.Behind)
	return s, nil
}
