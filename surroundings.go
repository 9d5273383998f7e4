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
	"calm/model/signal"
	"calm/ops/config"
	"calm/ops/git"
	"calm/ops/pm2"
	"calm/ops/run"
	"calm/ui/pane"
)

// recently is how far back a change may lie and still be worth a look beside a scenario.
const recently = 24 * time.Hour

// surroundings looks up what stands around the signals: what changed on the host, and whether one
// could act if one had to. Everything here only reads.
type surroundings struct {
	cfg     config.Config
	runbook *runbook.Runbook
	pm2     *pm2.Client
	state   string
	observe bool // nothing is written, a trial of the disk included
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
	s.runbook.EachStep(func(ref runbook.StepRef) bool {
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

// Ready says whether the runbook could be acted on now.
func (s surroundings) Ready(ctx context.Context) []pane.Fact {
	facts := []pane.Fact{s.programs(), s.processes(ctx)}
	if path, at, ok := s.backup(); ok {
		facts = append(facts, pane.Fact{State: "ok", Text: "newest backup " + filepath.Base(path), Note: signal.Span(time.Since(at)) + " old"})
	} else if len(s.backupFolders()) > 0 {
		facts = append(facts, pane.Fact{State: "warn", Text: "no backup where the runbook restores from", Note: strings.Join(s.backupFolders(), ", ")})
	}
	return append(facts, s.journal())
}

// programs says which of the runbook's programs are on this host.
func (s surroundings) programs() pane.Fact {
	path := s.cfg.Env["PATH"]
	if path == "" {
		path = os.Getenv("PATH")
	}
	named, missing := map[string]bool{}, []string{}
	s.runbook.EachStep(func(ref runbook.StepRef) bool {
		for _, p := range ref.Step.Programs {
			named[p] = true
		}
		return true
	})
	for p := range named {
		if _, err := run.LookPath(p, path); err != nil && !run.Builtin(p) {
			missing = append(missing, p)
		}
	}
	slices.Sort(missing)
	if len(missing) == 0 {
		return pane.Fact{State: "ok", Text: fmt.Sprintf("all %d programs of the runbook are here", len(named))}
	}
	return pane.Fact{State: "warn", Text: "not here: " + strings.Join(missing, ", "), Note: fmt.Sprintf("of %d programs", len(named))}
}

func (s surroundings) processes(ctx context.Context) pane.Fact {
	found, err := s.pm2.Processes(ctx)
	if err != nil {
		return pane.Fact{State: "unknown", Text: "pm2 does not answer", Note: err.Error()}
	}
	for _, name := range s.runbook.ProcessNames() {
		name, _ = s.cfg.Bind(name)
		if !slices.ContainsFunc(found, func(p pm2.Process) bool { return p.Name == name }) {
			return pane.Fact{State: "warn", Text: "pm2 has no " + name, Note: "the runbook names it"}
		}
	}
	return pane.Fact{State: "ok", Text: "pm2 has every process that the runbook names"}
}

func (s surroundings) journal() pane.Fact {
	if s.observe {
		return pane.Fact{State: "ok", Text: "nothing is written: this console only observes"}
	}
	begin := time.Now()
	f, err := os.CreateTemp(s.state, ".ready-*")
	if err != nil {
		return pane.Fact{State: "warn", Text: "journal not writable", Note: err.Error()}
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err = f.WriteString("ready\n"); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return pane.Fact{State: "warn", Text: "journal not writable", Note: err.Error()}
	}
	return pane.Fact{State: "ok", Text: "journal writable", Note: fmt.Sprintf("%.1f ms a sync", float64(time.Since(begin))/1e6)}
}
