package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"calm/model/action"
	"calm/ops"
	"calm/ops/git"
	"calm/ops/npm"
	"calm/ops/release"
)

// making is what a command does to packages and builds.
type making struct {
	install, build bool
	other          string // a program, or a verb of one, that does something else
	away           string // a flag that leads out of the folder
	scripts        bool   // the packages' own programs run at their installation
}

// installers are the verbs that install; those of builds begin with "build".
var (
	installers = []string{"ci", "install", "i", "clean-install", "add"}
	elsewhere  = []string{"-g", "--global", "--prefix", "-C", "--cwd", "--dir", "--location"}
	harmless   = []string{"echo", "printf", "true", "test", "[", "set", "date", "node", "cat", "ls", "grep", "head", "tail"}
)

// makes reads a command's calls.
func makes(calls []action.Call) making {
	m := making{scripts: true}
	for _, c := range calls {
		program := c.Words[0]
		switch program {
		case "npm", "yarn", "pnpm":
			m.manager(c)
		case "git":
			if !plainRead([]action.Call{c}) {
				m.other = "git " + verbOf(c)
			}
		default:
			if !slices.Contains(harmless, program) {
				m.other = program
			}
		}
	}
	return m
}

func (m *making) manager(c action.Call) {
	verb, operands := verbOf(c), c.Operands()
	script := verb
	if verb == "run" || verb == "run-script" {
		if script = ""; len(operands) > 0 {
			script = operands[0]
		}
	} else if c.Words[0] == "npm" {
		script = ""
	}
	for _, flag := range elsewhere {
		if c.Has(flag) {
			m.away = c.Words[0] + " " + flag
		}
	}
	switch {
	case slices.Contains(installers, verb), verb == "" && c.Words[0] == "yarn":
		m.install = true
		m.scripts = m.scripts && !c.Has("--ignore-scripts")
	case strings.HasPrefix(script, "build"):
		m.build = true
	case verb == "ls" || verb == "list" || verb == "version":
	default:
		m.other = strings.TrimSpace(c.Words[0] + " " + cmp.Or(script, verb))
	}
}

// builds has a command that installs or builds run beside the app, where that can be; where it can't,
// it says what a failure leaves behind.
func (d *draft) builds(ctx context.Context) error {
	m := makes(d.calls)
	if d.plan.Check || !m.install && !m.build {
		return nil
	}
	top, err := d.repo().Layout(ctx)
	d.scripts(m, top.Top)
	why := d.mustBeInPlace(m)
	switch {
	case why != "":
	case err != nil:
		why = "no checkout of git: " + err.Error()
	case top.Submodules || top.Sparse || top.Partial:
		why = "the checkout has submodules, or is not whole"
	default:
		if why, err = d.copied(ctx, m, top); err != nil {
			return err
		}
	}
	if why == "" {
		return nil
	}
	d.note("builds in place (" + why + "): a failed or cancelled one leaves node_modules and the build half done under the app that runs")
	return d.inPlace(m)
}

// mustBeInPlace says what in the command itself keeps it from being run beside.
func (d *draft) mustBeInPlace(m making) string {
	switch {
	case d.AsWritten:
		return "as written"
	case m.other != "":
		return "it does more than install and build: " + m.other
	case m.away != "":
		return m.away + " leads elsewhere"
	case len(d.known.EnvSets) > 0:
		return "it sets variables for the steps after it"
	case d.known.Sudo:
		return "it runs as another user"
	case d.plan.Endless || d.plan.Terminal || len(d.plan.Addresses) > 0:
		return "it does not end by itself, or needs the terminal"
	}
	return ""
}

// copied makes the plan one that calm itself runs: in a copy, which is put in place when it is whole. why
// is empty when that can be.
func (d *draft) copied(ctx context.Context, m making, l git.Layout) (why string, err error) {
	at, _, err := d.repo().Head(ctx)
	if err != nil {
		return err.Error(), nil //nolint:nilerr // The reason is what is wanted.
	}
	real, err := filepath.EvalSymlinks(d.plan.Dir)
	if err != nil {
		return err.Error(), nil //nolint:nilerr // The reason is what is wanted.
	}
	c := release.Change{Top: l.Top}.Of(d.plan.Op)
	if c.Sub, err = filepath.Rel(l.Top, real); err != nil || !filepath.IsLocal(c.Sub) {
		return "its folder is not in the checkout " + l.Top, nil //nolint:nilerr // The reason is what is wanted.
	}
	if c.Sub == "." {
		c.Sub = ""
	}
	c.Head, c.Install, c.Build = at.Hash, m.install, m.build
	// An installation that may not happen leaves the packages that are there to the build.
	c.Clone = m.build && (!m.install || strings.ContainsAny(d.plan.Command, "|&") || strings.Contains(d.plan.Command, "if "))
	found, err := c.Look(ctx, d.env)
	var e *ops.Error
	if errors.As(err, &e) {
		return e.Detail, nil
	}
	if err != nil {
		return "", err
	}
	if len(found.Behind) > 0 {
		d.note("not copied for the build, because git does not know them: " + some(found.Behind))
	}
	if d.plan.Detail, err = json.Marshal(c); err != nil {
		return "", err
	}
	d.plan.Kind = action.Release
	d.plan.Sets = git.Safe()
	d.change(fmt.Sprintf("it runs in a copy beside (%s) that takes the place of what is there only when it is whole", filepath.Base(c.Stage)))
	d.plan.Undo = "put back what it replaces, which is kept beside for a day"
	return "", nil
}

// inPlace records what the host must show after a command that is run where the app is.
func (d *draft) inPlace(m making) error {
	var h head
	if len(d.plan.Detail) > 0 {
		if err := json.Unmarshal(d.plan.Detail, &h); err != nil {
			return ops.Wrap(d.plan.Title, err)
		}
	}
	h.Install, h.Build = m.install, m.build
	raw, err := json.Marshal(h)
	d.plan.Detail = raw
	return err
}

// scripts names the programs that an installation and a build bring along, before they run.
func (d *draft) scripts(m making, top string) {
	own := npm.Scripts(d.plan.Dir)
	if m.build {
		for _, c := range d.calls {
			for _, name := range append(c.Operands(), verbOf(c)) {
				if text, ok := own[name]; ok && strings.HasPrefix(name, "build") {
					d.plan.Touches = append(d.plan.Touches, c.Words[0]+" run "+name+": "+cutText(text, 60))
				}
			}
		}
	}
	if !m.install {
		return
	}
	if !m.scripts || npm.IgnoresScripts(d.plan.Dir) {
		d.note("install scripts are off, as the command or .npmrc has it")
		return
	}
	for _, name := range []string{"preinstall", "install", "postinstall", "prepare"} {
		if text, ok := own[name]; ok {
			d.note(fmt.Sprintf("the app's own script %s runs: %s", name, cutText(text, 60)))
		}
	}
	lock, err := npm.ReadLock(d.plan.Dir)
	if errors.Is(err, fs.ErrNotExist) && top != "" {
		lock, err = npm.ReadLock(top)
	}
	if err != nil {
		d.note("which packages run programs when they are installed is not known: " + err.Error())
		return
	}
	if with := lock.WithScripts(); len(with) > 0 {
		d.note(fmt.Sprintf("%s programs of their own when they are installed: %s", count(len(with), "package runs", "packages run"), some(with)))
	} else {
		d.note("no package of the lock runs a program when it is installed")
	}
}

// invertBuild puts back what the build replaces.
func (d *draft) invertBuild() {
	var c release.Change
	if json.Unmarshal(d.plan.Detail, &c) != nil {
		return
	}
	raw, err := json.Marshal(release.Change{Top: c.Top, Back: []string{c.Of(d.plan.Op).Kept}})
	if err != nil {
		return
	}
	d.plan.Inverse = &action.Inverse{Kind: action.Release, Command: "# put back what it replaced", Dir: d.plan.Dir, Detail: raw,
		Notes: []string{"a restart brings it to users"}}
}

// withBuilds joins the way back of a checkout with that of the builds that came after it: what ran
// before was neither only the one nor only the other.
func (p *Planner) withBuilds(ctx context.Context, done action.Plan, inv *action.Inverse) *action.Inverse {
	var h head
	id, err := ulid.ParseStrict(done.Op)
	if err != nil || inv.Kind != action.Shell || inv.Runbook || json.Unmarshal(inv.Detail, &h) != nil || h.Head == "" {
		return inv
	}
	l, err := git.Repo{Dir: inv.Dir, Exec: p.Exec, Env: p.Env()}.Layout(ctx)
	if err != nil {
		return inv
	}
	dirs, replaced := release.Since(l.Top, ulid.Time(id.Time()))
	revision, ok := strings.CutPrefix(inv.Command, "git checkout ")
	if len(dirs) == 0 || !ok {
		return inv
	}
	c := release.Change{Top: l.Top, Back: dirs, Head: h.Head}
	c.Checkout, c.Detach = strings.CutPrefix(revision, "--detach ")
	raw, err := json.Marshal(c)
	if err != nil {
		return inv
	}
	return &action.Inverse{Kind: action.Release, Command: inv.Command + "\n# then put back " + strings.Join(replaced, ", "), Dir: inv.Dir, Detail: raw,
		Notes: []string{"a restart brings it to users"}}
}

// putsBack plans the putting back of builds, and of the commit before them.
func (d *draft) putsBack(ctx context.Context, inv *action.Inverse) error {
	var c release.Change
	if err := json.Unmarshal(inv.Detail, &c); err != nil || c.Top == "" {
		return ops.Errorf(ops.Invalid, d.plan.Title, "what was recorded to take it back can't be read; take it back by hand: %s", inv.Command)
	}
	replaced, err := release.Replaced(c.Back)
	if err != nil {
		return err
	}
	if c.Checkout != "" {
		if err := d.shell(ctx); err != nil {
			return err
		}
	} else {
		d.plan.Command = "# put back " + strings.Join(replaced, ", ")
		d.plan.Risk, d.plan.Lease, d.plan.Timeout = "changes", "dir:"+inv.Dir, 5*time.Minute
	}
	d.plan.Kind, d.plan.Detail, d.plan.Inverse = action.Release, inv.Detail, nil
	d.plan.Sets = git.Safe()
	for i, dir := range c.Back {
		d.plan.Touches = append(d.plan.Touches, fmt.Sprintf("put back from %s%s", dir, map[bool]string{true: ", first"}[i == 0 && len(c.Back) > 1]))
	}
	d.plan.Touches = append(d.plan.Touches, strings.Join(replaced, ", ")+" of "+c.Top)
	d.plan.Undo = "none by itself: build again"
	if _, err := os.Stat(c.Top); err != nil {
		return ops.Wrap(d.plan.Title, err)
	}
	return nil
}

// wrongBuild says what the host tells against a build in place that ended well.
func (p *Planner) wrongBuild(done action.Plan, h head) string {
	if h.Install {
		if err := release.Installed(done.Dir, done.Dir); err != nil {
			return err.Error()
		}
	}
	if !h.Build {
		return ""
	}
	if id, err := ulid.ParseStrict(done.Op); err == nil {
		if why, ok := release.Fresh(done.Dir, ulid.Time(id.Time())); !ok {
			return why
		}
	}
	now, _, err := git.Repo{Dir: done.Dir, Exec: p.Exec, Env: p.Env()}.Head(context.Background())
	if of, says := release.BuiltFrom(done.Dir); err == nil && says && of.Commit != now.Hash {
		return fmt.Sprintf("%s says that it was built from %s, not from %s", of.File, of.Commit[:7], now.Short)
	}
	return ""
}

// wrongRelease says what the host tells against a build that was put in place, or put back.
func (p *Planner) wrongRelease(ctx context.Context, c release.Change) string {
	if c.Checkout != "" {
		if why := p.wrongHead(ctx, c.Top, head{Head: c.Head}); why != "" {
			return why
		}
	}
	if err := c.Standing(); err != nil {
		return err.Error()
	}
	return ""
}
