package git

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"calm/ops"
)

// off are the settings that keep git from running programs of the checkout.
var off = [][2]string{{"core.hooksPath", "/dev/null"}, {"core.fsmonitor", "false"}}

// Safe is what a git command of a step is given besides its environment: no hook and no fsmonitor of
// the checkout runs, and nobody is asked for anything, whose terminal it hasn't.
func Safe() []string {
	env := []string{
		"GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_EDITOR=true", "GIT_SEQUENCE_EDITOR=true", "GIT_ASKPASS=false",
		"GIT_CONFIG_COUNT=" + strconv.Itoa(len(off)),
	}
	for i, s := range off {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s[1]))
	}
	return env
}

// Setting is one setting of a checkout's own configuration that names a program.
type Setting struct {
	Name    string // "filter.crypt.smudge", in lower case but for its middle
	Program string
}

// programs are the settings that name one. Those that only a terminal brings into play are none here.
const programs = `^(core\.(sshcommand|gitproxy|askpass|alternaterefscommand)|credential(\..*)?\.helper|` +
	`filter\..*\.(clean|smudge|process)|merge\..*\.driver|alias\..*|gpg(\..*)?\.program|remote\..*\.(uploadpack|receivepack|vcs)|` +
	`submodule\..*\.update)$`

// verbs are which settings a git command brings into play, by the beginnings of their names.
var verbs = map[string][]string{
	"checkout": {"filter."}, "switch": {"filter."}, "reset": {"filter."}, "restore": {"filter."}, "stash": {"filter."}, "worktree": {"filter."},
	"revert": {"filter.", "merge.", "gpg"}, "merge": {"filter.", "merge.", "gpg"}, "cherry-pick": {"filter.", "merge.", "gpg"}, "rebase": {"filter.", "merge.", "gpg"},
	"commit": {"filter.", "gpg"}, "add": {"filter."}, "status": {"filter."}, "diff": {"filter."},
	"fetch": {"core.", "credential", "remote."}, "push": {"core.", "credential", "remote."}, "ls-remote": {"core.", "credential", "remote."},
	"pull":      {"core.", "credential", "remote.", "filter.", "merge.", "gpg"},
	"submodule": {"core.", "credential", "remote.", "filter.", "submodule."},
}

// Programs are the settings of the checkout itself by which a git command could start a program. What
// the person or the host has set up for every checkout is not among them.
func (r Repo) Programs(ctx context.Context, verb string) ([]Setting, error) {
	all, err := r.settings(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s Setting) bool {
		if s.Name == "alias."+verb {
			return false
		}
		return !slices.ContainsFunc(verbs[verb], func(begin string) bool { return strings.HasPrefix(s.Name, begin) })
	}), nil
}

func (r Repo) settings(ctx context.Context) ([]Setting, error) {
	out, err := r.git(ctx, "config", "--null", "--show-scope", "--includes", "--get-regexp", programs)
	if ops.CodeOf(err) == ops.Failed && out == "" {
		return nil, nil // it exits 1 without a word where there is none
	}
	if err != nil {
		return nil, err
	}
	var all []Setting
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		name, value, _ := strings.Cut(fields[i+1], "\n")
		if scope := fields[i]; (scope == "local" || scope == "worktree") && value != "" && !lfs(name, value) {
			all = append(all, Setting{Name: name, Program: value})
		}
	}
	return all, nil
}

// lfs says whether a setting is one of those that `git lfs install` makes; git-lfs is found in PATH,
// as git is.
func lfs(name, program string) bool {
	return strings.HasPrefix(name, "filter.lfs.") &&
		slices.Contains([]string{"git-lfs clean -- %f", "git-lfs smudge -- %f", "git-lfs filter-process", "git-lfs smudge --skip -- %f", "git-lfs filter-process --skip"}, program)
}

// unfiltered runs a reading command that would start the checkout's own filters to compare files. Files
// that have such a filter may then count as changed.
func (r Repo) unfiltered(ctx context.Context, args ...string) (string, error) {
	all, err := r.settings(ctx)
	if err != nil {
		return "", err
	}
	var without []string
	for _, s := range all {
		if driver, ok := strings.CutPrefix(s.Name, "filter."); ok {
			driver = driver[:strings.LastIndexByte(driver, '.')]
			without = append(without, "-c", s.Name+"=", "-c", "filter."+driver+".required=false")
		}
	}
	return r.git(ctx, append(without, args...)...)
}
