package plan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"calm/ops/pm2"
)

// meant are the processes that pm2 takes a command's words for, and the names of the others. unknown
// says why they can't be told.
func (d *draft) meant(words []string) (hit []pm2.Process, others map[string]bool, unknown string) {
	var all []func(pm2.Process) bool
	for _, w := range words {
		takes, why := d.chooses(w)
		if why != "" {
			return nil, nil, why
		}
		all = append(all, takes)
	}
	others = map[string]bool{}
	for _, p := range d.procs {
		switch {
		case slices.ContainsFunc(all, func(takes func(pm2.Process) bool) bool { return takes(p) }):
			hit = append(hit, p)
		case !p.Module:
			others[p.Name] = true
		}
	}
	return hit, others, ""
}

// chooses says which processes pm2 takes one word for: all of them, those of a regular expression, of a
// file, of an id, of a name or of a namespace.
func (d *draft) chooses(word string) (takes func(pm2.Process) bool, unknown string) {
	switch {
	case word == "":
		return nil, "which of pm2's processes it is about is known only when it runs"
	case word == "all":
		return func(pm2.Process) bool { return true }, ""
	case len(word) > 2 && word[0] == '/' && strings.HasSuffix(word, "/"):
		re, err := regexp.Compile(word[1 : len(word)-1])
		if err != nil {
			return nil, "which of pm2's processes " + word + " matches is not known"
		}
		return func(p pm2.Process) bool { return re.MatchString(p.Name) }, ""
	case configFile(word):
		names, ok := d.appsOf(word)
		if !ok {
			return nil, "which of pm2's processes " + word + " names is not known"
		}
		return func(p pm2.Process) bool { return slices.Contains(names, p.Name) }, ""
	}
	id, err := strconv.Atoi(word)
	return func(p pm2.Process) bool {
		return p.Name == word || p.Namespace == word && !p.Module || err == nil && p.ID == id
	}, ""
}

// configFile says whether pm2 takes a word for a file that lists apps.
func configFile(word string) bool {
	for _, end := range []string{".json", ".json5", ".yml", ".yaml", ".config.js", ".config.cjs", ".config.mjs"} {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	return false
}

// appsOf are the names in a file of apps. One in JavaScript is a program, and is not run for this.
func (d *draft) appsOf(file string) (names []string, ok bool) {
	if !strings.HasSuffix(file, ".json") {
		return nil, false
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(d.plan.Dir, file)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	type app struct {
		Name string `json:"name"`
	}
	var list struct {
		Apps []app `json:"apps"`
	}
	if json.Unmarshal(b, &list) != nil || len(list.Apps) == 0 {
		var bare []app
		if json.Unmarshal(b, &bare) != nil {
			return nil, false
		}
		list.Apps = bare
	}
	for _, a := range list.Apps {
		if a.Name == "" {
			return nil, false // pm2 calls it after its script
		}
		names = append(names, a.Name)
	}
	return names, len(names) > 0
}

// namesOf are the names of processes, each once.
func namesOf(list []pm2.Process) string {
	var names []string
	for _, p := range list {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, ", ")
}
