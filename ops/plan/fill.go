package plan

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"calm/model/runbook"
	"calm/ops/git"
)

// suggestions bounds how many values are offered for one placeholder.
const suggestions = 8

// Fillings suggests values for a step's placeholders, by their text, best first. What follows two
// blanks in a value is for people. A placeholder without suggestions is not in the map; the error
// is the first of a source that could not be asked.
func (p *Planner) Fillings(ctx context.Context, s runbook.Step) (map[string][]string, error) {
	out := map[string][]string{}
	var first error
	for _, ph := range s.Placeholders {
		values, err := p.fillings(ctx, strings.ToLower(ph.Name))
		if err != nil && first == nil {
			first = err
		}
		if len(values) > 0 {
			out[ph.Text] = values
		}
	}
	return out, first
}

func (p *Planner) fillings(ctx context.Context, name string) ([]string, error) {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case has("commit", "sha", "revision", "release", "version", "tag"):
		return p.commits(ctx, has("bad", "broken"))
	case has("backup", "dump"):
		return p.dumps(), nil
	case has("app", "process", "service"):
		return p.apps(ctx)
	}
	return nil, nil
}

// commits are those that can be gone back to: not the one that runs, unless that is what is meant.
func (p *Planner) commits(ctx context.Context, bad bool) ([]string, error) {
	list, err := git.Repo{Dir: p.Dir, Exec: p.Exec, Env: p.Env()}.Log(ctx, suggestions+1)
	if err != nil {
		return nil, err
	}
	if !bad && len(list) > 0 {
		list = list[1:]
	}
	var out []string
	for _, c := range list {
		out = append(out, c.String())
	}
	return out[:min(len(out), suggestions)], nil
}

// dumps are the folders beside the runbook's own backup, newest name first.
func (p *Planner) dumps() []string {
	at, _ := p.Bind("/backups/latest")
	entries, err := os.ReadDir(filepath.Dir(at))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range slices.Backward(entries) {
		if e.IsDir() && len(out) < suggestions {
			out = append(out, filepath.Join(filepath.Dir(at), e.Name()))
		}
	}
	return out
}

func (p *Planner) apps(ctx context.Context) ([]string, error) {
	if p.PM2 == nil {
		return nil, nil
	}
	procs, err := p.PM2.Processes(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, q := range procs {
		if !q.Module && !slices.Contains(out, q.Name) {
			out = append(out, q.Name)
		}
	}
	return out, nil
}
