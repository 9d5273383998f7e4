package survey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"calm/model/doctor"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/git"
	"calm/ops/pm2"
	"calm/ops/run"
)

// apart are folders of programs that an operator's PATH often lacks.
const apart = "/usr/local/sbin:/usr/sbin:/sbin"

func (s *survey) program(name string) answer {
	if run.Builtin(name) {
		return there("built into the shell")
	}
	look := name
	if strings.Contains(name, "/") && !filepath.IsAbs(name) {
		look = filepath.Join(s.Config.Workdir, name)
	}
	path, _ := s.lookup(s.env, "PATH")
	found, err := run.LookPath(look, path)
	if err == nil {
		return there(found)
	}
	if found, err := run.LookPath(look, apart); err == nil {
		return missing("not in the PATH that commands get", fmt.Sprintf("it is %s: add %s to PATH under env in calm.yaml", found, filepath.Dir(found)))
	}
	if strings.Contains(name, "/") {
		return missing("no such program in "+cmp.Or(s.Config.Workdir, "the working directory"), "set workdir in calm.yaml, or mend the runbook")
	}
	return missing("not in the PATH that commands get", "install it, or add its folder to PATH under env in calm.yaml")
}

func (s *survey) process(ctx context.Context, name string) answer {
	if s.PM2 == nil {
		return unknown("pm2 is not asked here", "set pm2.home in calm.yaml")
	}
	name = s.bind(name)
	all, err := s.processes.get(ctx, "pm2", s.PM2.Processes)
	if err != nil {
		return unknown(err.Error(), "start pm2, or set pm2.home in calm.yaml and run calm as its user")
	}
	var others []string
	for _, p := range all {
		if p.Name == name {
			return there(s.status(p))
		}
		if !p.Module && !slices.Contains(others, p.Name) {
			others = append(others, p.Name)
		}
	}
	return missing("pm2 has "+several(others, "no process"), bound(name, "start it with pm2"))
}

func (s *survey) status(p pm2.Process) string {
	if p.Online() && !p.Started.IsZero() {
		return "online for " + signal.Span(s.Now().Sub(p.Started))
	}
	return p.Status
}

// bound is what to do about a name that this host has not.
func bound(name, or string) string {
	return fmt.Sprintf("if it has another name here, say so under bind in calm.yaml (%q: …); else %s", name, or)
}

func several(names []string, none string) string {
	const most = 5
	switch n := len(names); {
	case n == 0:
		return none
	case n > most:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(names, ", ")
}

func (s *survey) path(t doctor.Thing) answer {
	name := s.bind(t.Name)
	var places []string
	if t.How.Beside && s.Config.Runbook != "" {
		places = append(places, filepath.Dir(s.Config.Runbook))
	}
	places = append(places, s.Config.Workdir)
	var a answer
	for _, dir := range places {
		full, ok := s.absolute(name, dir)
		if !ok {
			a = unknown("the folder that it begins in is not known", "set workdir in calm.yaml")
			continue
		}
		if a = s.file(full, t); a.state == doctor.There {
			break
		}
	}
	return a
}

func (s *survey) absolute(name, dir string) (string, bool) {
	if name == "~" || strings.HasPrefix(name, "~/") {
		home, ok := s.lookup(s.env, "HOME")
		return filepath.Join(home, name[1:]), ok
	}
	if filepath.IsAbs(name) {
		return name, true
	}
	return filepath.Join(dir, name), dir != ""
}

func (s *survey) file(full string, t doctor.Thing) answer {
	_, err := os.Stat(full)
	if errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(full, "*?[") {
		if found, _ := filepath.Glob(full); len(found) > 0 {
			return there(fmt.Sprintf("%d fit", len(found)))
		}
	}
	switch {
	case err == nil && filepath.IsAbs(t.Name):
		return there("")
	case err == nil:
		return there(full)
	case errors.Is(err, fs.ErrPermission):
		return unknown("it can't be looked at: no permission", "run calm as the user that the runbook's steps run as")
	case !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "not a directory"):
		return unknown(ops.Wrap("stat", err).Error(), "look at the disk")
	case t.How.Beside:
		return missing("no such file beside the runbook or in "+s.Config.Workdir, "mend the link in the runbook")
	case filepath.IsAbs(t.Name):
		return missing(standing(full), bound(t.Name, "make it"))
	}
	return missing("no such file in "+filepath.Dir(full), "set workdir in calm.yaml, or mend the runbook")
}

// standing says how far a path goes that goes nowhere.
func standing(full string) string {
	for dir := filepath.Dir(full); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			return fmt.Sprintf("no such file; of its folders %s is there", dir)
		}
		if dir == filepath.Dir(dir) {
			return "no such file"
		}
	}
}

// variable looks where a step's command would: what only the app has, a shell does not see.
func (s *survey) variable(ctx context.Context, name string) answer {
	const help = "put it under env in calm.yaml, or export it before calm starts"
	if v, ok := s.lookup(s.Env(name), name); ok && v != "" {
		if _, configured := s.Config.Env[name]; configured {
			return there("from " + cmp.Or(s.Config.Origin["env"], "env in calm.yaml"))
		}
		return there("from calm's own environment")
	} else if ok {
		return missing("it is set, and empty", help)
	}
	app := s.Config.PM2.App
	if s.PM2 == nil || app == "" {
		return missing("commands do not get it", help)
	}
	theirs, err := s.apps.get(ctx, "pm2", func(ctx context.Context) (map[string]string, error) { return s.PM2.Env(ctx, app, s.variables) })
	switch _, has := theirs[name]; {
	case err != nil:
		return missing("commands do not get it; whether "+app+" has it is not known", help)
	case has:
		return missing(app+" has it, but a command in a shell does not see that", "let the step read the app's own environment, or put it under env in calm.yaml")
	}
	return missing("neither commands nor "+app+" have it", help)
}

func (s *survey) commit(ctx context.Context, name string) answer {
	dir := s.Config.Workdir
	if dir == "" {
		return unknown("the checkout is not known", "set workdir in calm.yaml")
	}
	repo := git.Repo{Dir: dir, Exec: s.Exec, Env: s.env}
	head, branch, err := repo.Head(ctx)
	switch {
	case err != nil && ops.CodeOf(err) == ops.Invalid:
		return missing(dir+" is no checkout with a commit", "set workdir in calm.yaml to the checkout that the steps work in")
	case err != nil:
		return unknown(err.Error(), "install git, or set workdir in calm.yaml")
	case name == "HEAD":
		return there(joined(head.Short+" "+head.Subject, branch))
	}
	bound := s.bind(name)
	if c, err := repo.Resolve(ctx, bound); err == nil {
		return there(c.Short + " " + c.Subject)
	} else if ops.CodeOf(err) != ops.Invalid {
		return unknown(err.Error(), "look at the checkout in "+dir)
	}
	if _, err := os.Stat(filepath.Join(dir, bound)); err == nil {
		return there("a file of the checkout")
	}
	return missing(dir+" has no such commit, branch or tag", "fetch it, or mend the runbook")
}
