package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"calm/model/incident"
	"calm/model/runbook/library"
	"calm/ops/folder"
	"calm/ops/journal"
	"calm/ui/cli"
	"calm/ui/command"
	"calm/ui/index"
	"calm/ui/screen"
)

// one settles which runbook is meant where the flags or the configuration name a folder: that of the
// open incident, or the only one. What else is in the folder has to be chosen by a person.
func one(f cli.Flags) (cli.Flags, error) {
	path, err := wanted(f)
	if err != nil || !folder.Is(path) {
		return f, err
	}
	x, err := folder.Read(path)
	if err != nil {
		return f, err
	}
	e, ok := pinned(f, x)
	if !ok {
		e, ok = x.Only()
	}
	if !ok {
		return f, several(x)
	}
	return inFolder(f, path, folder.Path(x, e)), nil
}

// inFolder is the flags with a runbook that was taken from a folder.
func inFolder(f cli.Flags, dir, path string) cli.Flags {
	f.Runbook, f.Folder = path, dir
	return f
}

// several says how to choose one of a folder.
func several(x library.Index) error {
	if len(x.Entries) == 0 {
		return fmt.Errorf("%s has no runbook: no file in it ends in .md, .markdown or .mdx; name another folder or a file", x.Dir)
	}
	return fmt.Errorf("%s is a folder of %d runbooks: name one, such as %s; calm runbook list %s has them all",
		x.Dir, len(x.Entries), filepath.Join(x.Dir, x.Entries[0].Path), x.Dir)
}

// wanted is the runbook that the flags name, else the configuration's; empty for the built-in one.
func wanted(f cli.Flags) (string, error) {
	if f.Runbook != "" {
		return f.Runbook, nil
	}
	cfg, err := settings(f)
	return cfg.Runbook, err
}

// pinned is the runbook of the open incident, where it is in the folder as the incident has it.
func pinned(f cli.Flags, x library.Index) (library.Entry, bool) {
	inc, ok := unfinished(f)
	if !ok {
		return library.Entry{}, false
	}
	return x.BySHA256(inc.Runbook)
}

// unfinished is the open incident, looked at and not touched. One that can't be read is for the
// console to speak of.
func unfinished(f cli.Flags) (incident.Incident, bool) {
	cfg, err := settings(f)
	if err != nil {
		return incident.Incident{}, false
	}
	dir := journal.Look(cfg.State)
	number, ok, err := dir.Current()
	if err != nil || !ok {
		return incident.Incident{}, false
	}
	j, events, err := dir.OpenIncident(number)
	if err != nil {
		return incident.Incident{}, false
	}
	defer j.Close()
	inc, err := incident.Fold(events)
	return inc, err == nil
}

// listFolder reads a folder of runbooks and counts what each of them has.
func listFolder(f cli.Flags) (library.Index, error) {
	path, err := wanted(f)
	if err != nil {
		return library.Index{}, err
	}
	if !folder.Is(path) {
		return library.Index{}, fmt.Errorf("%s is no folder: name one that holds runbooks", cmp.Or(path, "the built-in runbook"))
	}
	x, err := folder.Read(path)
	if err != nil {
		return x, err
	}
	return folder.Count(x), nil
}

// shelf is a folder of runbooks that a person chooses from, for as long as the program runs.
type shelf struct {
	flags   cli.Flags
	dir     string
	display *screen.Screen
	again   bool // a console was open before
	search  string
	remark  string // why it is shown again
}

// choose gives the flags with the runbook that a person chose; ok is false when they left. At the
// start the open incident and --alert choose by themselves.
func (s *shelf) choose(ctx context.Context) (f cli.Flags, ok bool, err error) {
	x, err := folder.Read(s.dir)
	if err == nil && len(x.Entries) == 0 {
		err = several(x)
	}
	if err != nil {
		return s.flags, false, cli.Unusable(err)
	}
	if !s.again {
		if e, ok := s.atOnce(x); ok {
			return inFolder(s.flags, s.dir, folder.Path(x, e)), true, nil
		}
	}
	app := index.New(x, index.Options{
		Theme: s.flags.Theme, ASCII: s.flags.ASCII || !unicodeLocale(), Terminal: s.display, Search: s.search, Remark: s.remark,
		Count: func(e library.Entry) command.HoldsMsg {
			holds, err := folder.Holds(x, e)
			return command.HoldsMsg{Path: e.Path, Holds: holds, Err: err}
		},
	})
	if err := show(ctx, app, s.display); err != nil {
		return s.flags, false, err
	}
	e, ok := app.Chosen()
	s.search = app.Search()
	return inFolder(s.flags, s.dir, folder.Path(x, e)), ok, nil
}

// atOnce is the runbook that needs no choice.
func (s *shelf) atOnce(x library.Index) (library.Entry, bool) {
	if s.flags.Alert == "" {
		inc, open := unfinished(s.flags)
		e, found := x.BySHA256(inc.Runbook)
		if open && !found {
			s.remark = fmt.Sprintf("incident #%d is open; its runbook is not in this folder as it was", inc.Number)
		}
		return e, open && found
	}
	hits := x.Alert(s.flags.Alert)
	if len(hits) == 1 {
		return hits[0], true
	}
	s.search = s.flags.Alert
	if len(hits) == 0 {
		s.remark = "no runbook names the alert " + s.flags.Alert
		if len(x.Search(s.search)) == 0 {
			s.search = ""
		}
	} else {
		s.remark = fmt.Sprintf("%d runbooks are for %s", len(hits), s.flags.Alert)
	}
	return library.Entry{}, false
}

// browse opens one runbook of the folder after the other, until the person leaves.
func (s *shelf) browse(ctx context.Context) error {
	for {
		f, ok, err := s.choose(ctx)
		if err != nil || !ok {
			return err
		}
		s.again, s.remark = true, ""
		another, err := oneConsole(ctx, f, s.display)
		switch {
		case cli.IsUnusable(err):
			s.remark = err.Error()
		case err != nil || !another:
			return err
		}
	}
}
