package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/charmbracelet/x/term"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
	"calm/ops/approve"
	"calm/ops/conduct"
	"calm/ops/config"
	"calm/ops/folder"
	"calm/ops/journal"
	"calm/ops/plan"
	"calm/ops/run"
	"calm/ops/trust"
	"calm/runbooks"
	"calm/ui/cli"
	"calm/ui/command"
	"calm/ui/console"
	"calm/ui/screen"
)

// settings reads the configuration that the flags point to.
func settings(f cli.Flags) (config.Config, error) { return config.Load(options(f)) }

func options(f cli.Flags) config.Options {
	return config.Options{Config: f.Config, Runbook: f.Runbook, Folder: f.Folder, State: f.State}
}

// loadRunbook reads the runbook: the one named, else the configuration's, else the built-in one.
func loadRunbook(f cli.Flags) (*runbook.Runbook, error) {
	f, err := one(f)
	if err != nil {
		return nil, err
	}
	path, err := wanted(f)
	if err != nil {
		return nil, err
	}
	return readRunbook(path)
}

func readRunbook(path string) (*runbook.Runbook, error) {
	if path == "" {
		name, source := runbooks.Default()
		return runbook.Parse(name, source)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no runbook at %s: name a Markdown file, or none for the built-in one; calm --help lists the commands", path)
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder: name one Markdown file in it, or none for the built-in runbook", path)
	case err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0:
		// Reading a terminal or a device might never end.
		return nil, fmt.Errorf("%s is no plain file: name a Markdown file, or none for the built-in runbook", path)
	}
	source, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s can't be read: there is no permission; name another runbook, or none for the built-in one", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the runbook can't be read: %w", err)
	}
	return runbook.Parse(path, source)
}

// openArchive gives the incidents on disk. It needs no runbook and makes no folder: what happened
// can be read when neither is to be had.
func openArchive(f cli.Flags) (cli.Archive, error) {
	cfg, err := settings(f)
	if err != nil {
		return nil, err
	}
	hide, err := hidden(cfg, true)
	if err != nil {
		return nil, err
	}
	dir := journal.Look(cfg.State)
	dir.Hide, dir.Bring = hide.Redactor(), conduct.Bring
	return &archive{dir: dir}, nil
}

// stateFolder opens the folder that incidents are kept in; an observer only looks into it. Where it
// can't be written an open incident can be gone on with all the same: what is said is kept in memory.
func stateFolder(path string, observe bool) (*journal.Dir, error) {
	if observe {
		return journal.Look(path), nil
	}
	dir, err := journal.Open(path)
	if err == nil {
		return dir, nil
	}
	look := journal.Look(path)
	if _, open, _ := look.Current(); open {
		return look, nil
	}
	return nil, err
}

// openSession puts together what the console and the headless commands work with.
func openSession(_ context.Context, f cli.Flags) (command.Session, func(), error) {
	f, err := one(f)
	if err != nil {
		return command.Session{}, nil, err
	}
	cfg, err := settings(f)
	if err != nil {
		return command.Session{}, nil, err
	}
	if f.Runbook != "" {
		cfg.Runbook = f.Runbook
	}
	book, err := openBook(cfg.Runbook)
	if err != nil {
		return command.Session{}, nil, err
	}
	rb := book.Followed()
	cfg.Discover(rb, options(f))
	dir, err := stateFolder(cfg.State, f.Observe)
	if err != nil {
		return command.Session{}, nil, err
	}
	hide, err := hidden(cfg, f.Observe)
	if err != nil {
		return command.Session{}, nil, err
	}
	src := newSources(cfg, rb, &hide)
	dir.Hide, dir.Bring = hide.Redactor(), conduct.Bring
	cfg.Workdir = cmp.Or(cfg.Workdir, src.workdir())
	past := &archive{dir: dir, book: book, observe: f.Observe}
	trusted := openTrust(cfg.State)
	planner := plan.New(planOptions(cfg, src))
	s := command.Session{
		Service: cfg.Service, Host: cfg.Host, Actor: journal.Self(), Runbook: rb,
		Specs: specs(rb), Polls: src.polls, Incidents: past,
		Conductor: conduct.New(conduct.Options{
			Runbook: book.Followed, OnDisk: book.Sum, Trust: trusted, Planner: planner, Leases: filepath.Join(cfg.State, "leases"),
			Journal: func() (incident.Journal, bool) { return past.current, past.current != nil },
			Hide:    hide, Approval: approve.Policy{Signers: cfg.Approval.Signers, Approvers: cfg.Approval.Approvers, Roles: cfg.Approval.Roles},
		}),
		Surroundings: surroundings{cfg: cfg, book: book, pm2: src.pm2},
		Doctor:       newExaminer(cfg, book, src, planner, f.Observe),
		Observe:      f.Observe, Folder: f.Folder,
		Blocked: func() string { return journal.Blocked(cfg.State) },
		Copy:    copier(cfg.State, f.Observe), Editor: editor(cfg.Runbook),
		Reload: book.Reread, Trust: trusted,
		Follow: func(rb *runbook.Runbook) []signal.Spec { book.Follow(rb); return specs(rb) },
	}
	if src.logs != nil {
		s.Logs = &logTail{source: src.logs}
	}
	return s, func() {
		past.leave()
		for _, c := range src.close {
			c()
		}
	}, nil
}

// specs are the signals of this host, with the bounds that a runbook gives them.
func specs(rb *runbook.Runbook) []signal.Spec { return signal.Specs(severity.Bounds(rb), upstream(rb)) }

// openTrust gives what is trusted on this host. The built-in runbook is as good as the program.
func openTrust(state string) *trust.Store {
	_, source := runbooks.Default()
	return trust.New(state, sumOf(source))
}

// trustOf gives the same for a command that needs nothing else of the host.
func trustOf(f cli.Flags) (cli.Trust, error) {
	cfg, err := settings(f)
	if err != nil {
		return nil, err
	}
	return openTrust(cfg.State), nil
}

// openConsole runs the console until the person leaves; over a folder, the index before it.
func openConsole(ctx context.Context, f cli.Flags) error {
	debug.SetGCPercent(longLived)
	if err := usable(); err != nil {
		return cli.Unusable(err)
	}
	path, err := wanted(f)
	if err != nil {
		return cli.Unusable(err)
	}
	display := screen.New(os.Stdin, os.Stdout, os.Environ())
	if folder.Is(path) {
		s := &shelf{flags: f, dir: path, display: display}
		return s.browse(ctx)
	}
	if f.Alert != "" {
		return cli.Unusable(fmt.Errorf("--alert chooses from a folder of runbooks: calm DIR --alert %s", f.Alert))
	}
	_, err = oneConsole(ctx, f, display)
	return err
}

// oneConsole runs the console over one runbook. another says that the person wants to choose again.
func oneConsole(ctx context.Context, f cli.Flags, display *screen.Screen) (another bool, err error) {
	s, done, err := openSession(ctx, f)
	if err != nil {
		return false, cli.Unusable(err)
	}
	defer done()
	app := console.New(s, console.Options{Theme: f.Theme, ASCII: f.ASCII || !unicodeLocale(), Terminal: display})
	err = show(ctx, app, display)
	return app.Another(), err
}

// show runs one screen until it ends.
func show(ctx context.Context, m screen.Model, display *screen.Screen) error {
	err := screen.Run(ctx, m, display, os.Stdin, os.Stdout)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// usable says why the console can't be drawn here. A picture on a terminal that can't place text
// would be worse than none.
func usable() error {
	kind := os.Getenv("TERM")
	switch {
	case !term.IsTerminal(os.Stdin.Fd()) || !term.IsTerminal(os.Stdout.Fd()):
		return errors.New("the console needs a terminal; here use calm check, calm run or calm incident")
	case kind == "" || kind == "dumb":
		return fmt.Errorf("the terminal (TERM=%q) can't place text; set TERM, or use calm check, calm run, calm incident", kind)
	}
	return nil
}

// unicodeLocale says whether the locale can show more than ASCII.
func unicodeLocale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			up := strings.ToUpper(v)
			return strings.Contains(up, "UTF-8") || strings.Contains(up, "UTF8")
		}
	}
	// Nothing is set, as over sudo or cron: nearly every terminal shows UTF-8 today.
	return true
}

func planOptions(cfg config.Config, src *sources) plan.Options {
	o := plan.Options{
		Bind: cfg.Bind, Dir: cfg.Workdir, Env: cfg.Env, App: cfg.PM2.App, Host: cfg.Host,
		Site: plan.Site{Conf: cfg.Nginx.Site, Command: strings.Fields(cfg.Nginx.Command), Snippets: cfg.Nginx.Snippets, ErrorLog: cfg.Nginx.ErrorLog, URL: site(cfg.PageURL)},
		Exec: run.Local{}, PM2: src.pm2, Dumps: cmp.Or(cfg.Mongo.Dumps, filepath.Join(cfg.State, "dumps")),
	}
	if src.mongo != nil {
		o.Mongo = src.mongo
	}
	return o
}

// site is a URL without its path.
func site(page string) string {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// copier writes copies into a file, for terminals that swallow the clipboard. An observer has the
// clipboard only.
func copier(state string, observe bool) func(string) (string, error) {
	return func(text string) (string, error) {
		if observe {
			return "", errors.New("a console that only observes writes no file")
		}
		path := filepath.Join(state, "copied.txt")
		return path, os.WriteFile(path, []byte(text), 0o600)
	}
}

// editor opens the runbook at a line in the person's editor. The built-in one is no file.
func editor(path string) func(int) (action.Terminal, error) {
	return func(line int) (action.Terminal, error) {
		name := os.Getenv("VISUAL")
		if name == "" {
			name = os.Getenv("EDITOR")
		}
		switch {
		case path == "":
			return nil, errors.New("the built-in runbook is no file; calm runbook show prints it, calm FILE opens another")
		case name == "":
			return nil, errors.New("no editor: set EDITOR")
		}
		return run.Interactive(append(strings.Fields(name), fmt.Sprintf("+%d", line), path), os.Environ(), ""), nil
	}
}
