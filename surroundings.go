package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/model/runbook"
	"calm/ops/config"
	"calm/ops/git"
	"calm/ops/pm2"
	"calm/ops/run"
	"calm/ui/pane"
)

// recently is how far back a change may lie and still be worth a look beside a scenario.
const recently = 24 * time.Hour

// surroundings looks up what stands around the signals: what changed on the host. Everything here
// only reads.
type surroundings struct {
	cfg  config.Config
	book *book
	pm2  *pm2.Client
}

// Changes are releases, restarts and backups of the last day, newest first. What can't be read is
// left out: this list suggests, it proves nothing.
func (s surroundings) Changes(ctx context.Context) []pane.Change {
	var out []pane.Change
	now := time.Now()
	if head, err := s.repo().Log(ctx, 3); err == nil {
		for i, c := range head {
			text := "commit " + c.Short + "  " + c.Subject
			if i == 0 {
				text = "release " + c.Short + "  " + c.Subject
			}
			out = append(out, pane.Change{At: c.Date, Text: text})
		}
	}
	if processes, err := s.pm2.Processes(ctx); err == nil {
		for _, p := range processes {
			if !p.Started.IsZero() && !p.Module {
				out = append(out, pane.Change{At: p.Started, Text: fmt.Sprintf("pm2 start of %s", p.Name), Note: fmt.Sprintf("%d restarts", p.Restarts)})
			}
		}
	}
	if newest, at, ok := s.backup(); ok {
		out = append(out, pane.Change{At: at, Text: "backup " + filepath.Base(newest)})
	}
	out = slices.DeleteFunc(out, func(c pane.Change) bool { return now.Sub(c.At) > recently })
	slices.SortFunc(out, func(a, b pane.Change) int { return b.At.Compare(a.At) })
	return out
}

func (s surroundings) repo() git.Repo { return git.Repo{Dir: s.cfg.Workdir, Exec: run.Local{}} }

// backup is the newest folder beside the one that the runbook restores from.
func (s surroundings) backup() (path string, at time.Time, ok bool) {
	for _, dir := range s.backupFolders() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && e.IsDir() && info.ModTime().After(at) {
				path, at, ok = filepath.Join(dir, e.Name()), info.ModTime(), true
			}
		}
	}
	return path, at, ok
}

// backupFolders are the parents of what mongorestore reads in the runbook, as this host has them.
func (s surroundings) backupFolders() []string {
	var out []string
	s.book.Followed().EachStep(func(ref runbook.StepRef) bool {
		if slices.Contains(ref.Step.Programs, "mongorestore") {
			for _, t := range ref.Step.Touches {
				if path, _ := s.cfg.Bind(t.Name); t.Kind == "path" && strings.HasPrefix(path, "/") {
					out = append(out, filepath.Dir(path))
				}
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}
