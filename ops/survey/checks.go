package survey

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"calm/model/doctor"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops/journal"
)

// mostFiles bounds how many files of a backup are added up.
const mostFiles = 20_000

// restored are the folders that the runbook restores from, as this host has them.
func (s *survey) restored() []string {
	var out []string
	s.runbook.EachStep(func(ref runbook.StepRef) bool {
		if slices.Contains(ref.Step.Programs, "mongorestore") {
			for _, t := range ref.Step.Touches {
				if path, _ := s.Config.Bind(t.Name); t.Kind == "path" && filepath.IsAbs(path) && !slices.Contains(out, path) {
					out = append(out, path)
				}
			}
		}
		return true
	})
	return out
}

// backup is the newest that the runbook restores from, its age and size, and the room beside it.
func (s *survey) backup(ctx context.Context) (doctor.Check, bool) {
	c := doctor.Check{Name: "backup"}
	folders := s.restored()
	if len(folders) == 0 {
		return c, false
	}
	var path string
	var newest time.Time
	var bytes int64
	var whole bool
	for _, dir := range folders {
		if at, size, all := measure(ctx, dir); at.After(newest) {
			path, newest, bytes, whole = dir, at, size, all
		}
	}
	if path == "" {
		c.State, c.Text, c.Detail = doctor.Missing, "no backup where the runbook restores from", strings.Join(folders, ", ")
		c.Help = "make one (mongodump), or bind the folder in calm.yaml"
		if other := beside(folders[0]); other != "" {
			c.Detail, c.Help = "the newest folder beside it is "+other, bound(folders[0], "make one (mongodump)")
		}
		return c, true
	}
	size := signal.FormatValue(signal.Bytes, float64(bytes))
	if !whole {
		size = "more than " + size
	}
	c.State, c.Detail = doctor.There, path
	c.Text = fmt.Sprintf("newest backup %s old, %s", signal.Rough(s.Now().Sub(newest)), size)
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err == nil {
		free := float64(st.Bavail) * float64(st.Bsize)
		c.Text += "; " + signal.FormatValue(signal.Bytes, free) + " free"
		if free < float64(bytes) {
			c.State, c.Help = doctor.Missing, "make room: a copy of what is there now would not fit beside it"
		}
	}
	return c, true
}

// measure gives when a folder's newest file was written and how large all are; the zero time for a
// folder without any.
func measure(ctx context.Context, dir string) (newest time.Time, bytes int64, whole bool) {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	n := 0
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n++; n > mostFiles || ctx.Err() != nil {
			return fs.SkipAll
		}
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
			if info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
		return nil
	})
	return newest, bytes, err == nil && n <= mostFiles && ctx.Err() == nil
}

// beside is the newest folder next to one that is not there.
func beside(dir string) string {
	parent := filepath.Dir(dir)
	entries, _ := os.ReadDir(parent)
	newest, at := "", time.Time{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && info.ModTime().After(at) {
			newest, at = filepath.Join(parent, e.Name()), info.ModTime()
		}
	}
	return newest
}

// journal tries the disk that incidents are written to.
func (s *survey) journal(context.Context) (doctor.Check, bool) {
	c := doctor.Check{Name: "journal", State: doctor.There}
	dir := s.Config.State
	if s.Observe {
		c.Text = "nothing is written: this calm only observes"
		return c, true
	}
	bad := func(why string) (doctor.Check, bool) {
		c.State, c.Text, c.Detail = doctor.Missing, "journal not writable", why
		c.Help = "choose another folder with --state DIR or CALM_STATE"
		if full := journal.Blocked(dir); strings.HasPrefix(full, "disk full: ") {
			c.Help = strings.TrimPrefix(full, "disk full: ")
		}
		return c, true
	}
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		for !exists(dir) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
		if err := syscall.Access(dir, 2); err != nil {
			return bad(dir + ": " + err.Error())
		}
		c.Text, c.Detail = "journal will be made with the first incident", s.Config.State
		return c, true
	}
	begin := s.Now()
	if err := trial(dir); err != nil {
		return bad(err.Error())
	}
	c.Text, c.Detail = fmt.Sprintf("journal writable, %.1f ms a sync", float64(s.Now().Sub(begin))/1e6), dir
	return c, true
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// trial writes a file, syncs it, and takes it away.
func trial(dir string) error {
	f, err := os.CreateTemp(dir, ".ready-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer func() { _ = f.Close() }()
	if _, err := f.WriteString("ready\n"); err != nil {
		return err
	}
	return f.Sync()
}

// placeholders says whether what a person must fill in can be suggested.
func (s *survey) placeholders(ctx context.Context) (doctor.Check, bool) {
	c := doctor.Check{Name: "placeholders", State: doctor.There}
	var open, bare []string
	s.runbook.EachStep(func(ref runbook.StepRef) bool {
		if ref.Step.Kind != runbook.ShellStep || len(ref.Step.Placeholders) == 0 {
			return true
		}
		var found map[string][]string
		if s.Fillings != nil {
			// Without suggestions a person types the value, whatever the reason.
			found, _ = s.Fillings(ctx, ref.Step)
		}
		for _, ph := range ref.Step.Placeholders {
			if slices.Contains(open, ph.Text) {
				continue
			}
			open = append(open, ph.Text)
			if len(found[ph.Text]) == 0 {
				bare = append(bare, ph.Text)
			}
		}
		return true
	})
	switch {
	case len(open) == 0:
		return c, false
	case len(bare) == 0:
		c.Text, c.Detail = "every placeholder has suggestions from this host", several(open, "")
	default:
		c.State = doctor.Unknown
		c.Text = fmt.Sprintf("%d of %d placeholders have no suggestions", len(bare), len(open))
		c.Detail, c.Help = several(bare, ""), "know what to write there before it is needed"
	}
	return c, true
}
