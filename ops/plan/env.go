package plan

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"calm/model/action"
	"calm/ops"
	"calm/ops/config"
	"calm/ops/run"
)

// EnvOf is the environment of a plan's command, before anything is carried to it. Where pm2 would
// store it (--update-env), the configured variables that the command itself does not read are left
// out: they are for calm's own tools, and the app would keep them.
func (p *Planner) EnvOf(plan action.Plan) []string {
	if plan.Host != "" {
		return p.Env("SSH_AUTH_SOCK") // it is ssh's own; the command there has that of a login
	}
	names := plan.EnvNames
	calls, _ := action.Calls(plan.Command)
	if slices.ContainsFunc(calls, func(c action.Call) bool { return c.Is("ssh") || c.Is("scp") || c.Is("rsync") || c.Is("sftp") }) {
		names = append(slices.Clone(names), "SSH_AUTH_SOCK")
	}
	env := append(p.Env(names...), plan.Sets...)
	if !slices.ContainsFunc(calls, func(c action.Call) bool { return c.Is("pm2") && c.Has("--update-env") }) {
		return env
	}
	return slices.DeleteFunc(env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return !run.InBase(name) && !slices.Contains(plan.EnvNames, name)
	})
}

// Env is the environment of any command before anything is carried to it: the few variables of
// calm's own that every child gets, those that are named, and over both the configured ones.
func (p *Planner) Env(names ...string) []string {
	env := run.BaseEnv()
	for _, n := range names {
		if v, ok := os.LookupEnv(n); ok && !slices.Contains(env, n+"="+v) {
			env = append(env, n+"="+v)
		}
	}
	env = slices.DeleteFunc(env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		_, configured := p.Options.Env[name]
		return configured
	})
	return append(env, p.Options.Env.List()...)
}

// lookup finds a variable in an environment.
func lookup(env []string, name string) (string, bool) {
	for _, kv := range slices.Backward(env) {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// hidden says whether a variable's value must not be shown.
func hidden(name, value string) bool {
	return config.Environment{name: value}.Shown()[name] != value
}

// shown is a variable's value as it may be shown.
func shown(name, value string) string { return config.Environment{name: value}.Shown()[name] }

// carries lists what earlier steps set, against what the app has now: that is what a restart would
// change. Where no app is restarted it stands against calm's own environment.
func (d *draft) carries(ctx context.Context) {
	names := slices.Sorted(maps.Keys(d.Carried.Set))
	if len(names) == 0 {
		return
	}
	was, err := d.running(ctx, names)
	if err != nil {
		was = nil
		d.note("what " + d.App + " has now is not known: " + err.Error())
	}
	for _, name := range names {
		now := d.Carried.Set[name]
		v := action.Variable{Name: name, Now: shown(name, now), From: d.Carried.From[name]}
		if old, ok := was[name]; ok {
			v.Was, v.WasSet = shown(name, old), true
		}
		d.plan.Carries = append(d.plan.Carries, v)
		if strings.HasPrefix(name, "NEXT_PUBLIC_") && d.restarts() {
			d.note("NEXT_PUBLIC_ is read at build time: browsers may keep the old value. calm checks the page itself, not the exit code.")
		}
	}
	d.plan.Notes = slices.Compact(d.plan.Notes)
}

// running is what named variables are in the place that the command would change.
func (d *draft) running(ctx context.Context, names []string) (map[string]string, error) {
	if d.restarts() && d.PM2 != nil && d.App != "" {
		return d.PM2.Env(ctx, d.App, names)
	}
	was := map[string]string{}
	own := d.Env(names...)
	for _, n := range names {
		if v, ok := lookup(own, n); ok {
			was[n] = v
		}
	}
	return was, nil
}

func (d *draft) restarts() bool {
	return slices.ContainsFunc(d.calls, func(c action.Call) bool { return c.Is("pm2", "restart", "reload", "start") })
}

// variables refuses a command that would run without what it needs. For one that only reads, an
// unset variable may be the very thing that is asked.
func (d *draft) variables(ctx context.Context) error {
	for _, name := range d.plan.EnvNames {
		if _, ok := lookup(d.env, name); ok {
			continue
		}
		if !d.plan.Check {
			return ops.Errorf(ops.Invalid, d.plan.Title, "$%s is not set; put it under env in calm.yaml, or export it before calm starts", name)
		}
		d.note("$" + name + " is not set here")
	}
	d.compare(ctx)
	return nil
}

// compare says where a shell's variable is not what the app runs with.
func (d *draft) compare(ctx context.Context) {
	if !d.plan.Check || d.PM2 == nil || d.App == "" || len(d.plan.EnvNames) == 0 {
		return
	}
	app, err := d.PM2.Env(ctx, d.App, d.plan.EnvNames)
	if err != nil {
		return
	}
	for _, name := range d.plan.EnvNames {
		theirs, has := app[name]
		own, _ := lookup(d.env, name)
		if has && theirs != own && !hidden(name, theirs) {
			d.note(fmt.Sprintf("%s itself runs with %s=%s; a shell does not see that", d.App, name, theirs))
		}
	}
}

// programs finds what the command would start.
func (d *draft) programs() {
	path, _ := lookup(d.env, "PATH")
	for _, name := range d.known.Programs {
		prog := action.Program{Name: filepath.Base(name)}
		if strings.Contains(name, "/") && !filepath.IsAbs(name) {
			name = filepath.Join(d.plan.Dir, name)
		}
		found, err := run.LookPath(name, path)
		if err == nil {
			prog.Path, prog.Version = found, packageVersion(found)
		} else {
			d.note(name + " was not found in PATH")
		}
		d.plan.Programs = append(d.plan.Programs, prog)
	}
}

// identify notes what each program is known by, for the supervisor. One that can't be looked at is not
// held to anything.
func (d *draft) identify() {
	path, _ := lookup(d.env, "PATH")
	for i, p := range d.plan.Programs {
		if p.Path != "" {
			d.plan.Programs[i].Identity, _ = run.Identity(p.Path, path)
		}
	}
}

var versionField = regexp.MustCompile(`"version"\s*:\s*"([^"]{1,40})"`)

// packageVersion is the version of a program that npm installed, read off its package: asking it
// would take as long as starting it.
func packageVersion(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	before, after, ok := strings.Cut(real, "/node_modules/")
	if !ok {
		return ""
	}
	parts := strings.SplitN(after, "/", 3)
	name := parts[0]
	if strings.HasPrefix(name, "@") && len(parts) > 1 {
		name += "/" + parts[1]
	}
	b, err := os.ReadFile(filepath.Join(before, "node_modules", name, "package.json"))
	if err != nil {
		return ""
	}
	if m := versionField.FindSubmatch(b); m != nil {
		return string(m[1])
	}
	return ""
}
