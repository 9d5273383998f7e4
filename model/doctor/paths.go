package doctor

import (
	"path"
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/pattern"
	"calm/model/runbook"
)

// reader says which operands of a program are files that must be there.
type reader struct {
	skip   int    // operands before the files: a pattern, a script
	most   int    // how many files there are; 0 is all the rest
	valued string // flags that take the next word
	inline string // flags that bring what is skipped otherwise, or make the file needless
}

var readers = map[string]reader{
	"cat": {}, "less": {}, "more": {}, "ls": {valued: "-I"}, "wc": {}, "du": {valued: "-d"}, "file": {}, "readlink": {}, "zcat": {},
	"md5sum": {}, "sha256sum": {}, "cd": {most: 1}, "source": {most: 1}, ".": {most: 1},
	"head": {valued: "-n -c"}, "tail": {valued: "-n -c -s"}, "stat": {valued: "-c -f"},
	"grep": greps, "egrep": greps, "fgrep": greps, "zgrep": greps,
	"sed": {skip: 1, valued: "-e -f", inline: "-e"}, "awk": {skip: 1, valued: "-F -v -f", inline: "-f"},
	"jq":   {skip: 1, valued: "-f --indent", inline: "-f"},
	"node": {most: 1, valued: "-r --require", inline: "-e --eval -p --print"}, "python": script, "python3": script, "bash": script, "sh": script,
}

var (
	greps  = reader{skip: 1, valued: "-e -f -A -B -C -m", inline: "-e"}
	script = reader{most: 1, inline: "-c -m -s"}
)

// fileFlags are flags whose value is a file that must be there.
var fileFlags = map[string][]string{
	"nginx": {"-c"}, "mongosh": {"--file", "-f"}, "mongorestore": {"--dir", "--config"}, "mongodump": {"--config"}, "psql": {"-f", "--file"},
}

// makers say where a program puts what it makes: flags with the place, or its operands.
var makers = map[string]struct {
	flags string
	last  bool // the last operand
	all   bool // every operand
}{
	"mkdir": {all: true}, "touch": {all: true}, "tee": {all: true},
	"cp": {last: true}, "mv": {last: true}, "ln": {last: true}, "install": {last: true}, "rsync": {last: true}, "scp": {last: true},
	"mongodump": {flags: "--out -o --archive"}, "mongoexport": {flags: "--out -o"}, "curl": {flags: "-o --output"}, "wget": {flags: "-O"},
	"tar": {flags: "-f --file"}, "pg_dump": {flags: "-f --file"},
}

// removers name what need not be there: it is gone afterwards either way.
var removers = []string{"rm", "rmdir", "unlink", "shred"}

// paths notes the files that a step reads, and remembers those that it makes.
func (g *gatherer) paths(s runbook.Step, c calls, p *part, at Place) {
	made := slices.Clone(c.out)
	var needed, gone []string
	for _, call := range c.list {
		name, words := call.Words[0], call.Words[1:]
		if r, ok := readers[name]; ok {
			needed = append(needed, r.files(words)...)
		}
		for _, flag := range fileFlags[name] {
			if v, ok := call.Value(flag); ok {
				needed = append(needed, v)
			}
		}
		made = append(made, makes(call)...)
		if slices.Contains(removers, name) {
			gone = append(gone, words...)
		}
		if name == "cd" {
			p.enter(operands(words, ""))
		}
	}
	for _, t := range s.Touches {
		if t.Kind == "path" && !slices.Contains(gone, t.Name) {
			needed = append(needed, t.Name)
		}
	}
	for _, m := range made {
		if m != "" {
			p.made = append(p.made, p.under(m))
		}
	}
	for _, name := range append(needed, c.in...) {
		if plain(name) && !p.makes(p.under(name)) {
			g.add(Path, p.under(name), at)
		}
	}
}

func (r reader) files(words []string) []string {
	skip := r.skip
	for _, flag := range strings.Fields(r.inline) {
		if slices.Contains(words, flag) {
			if skip == 0 {
				return nil
			}
			skip = 0
		}
	}
	list := operands(words, r.valued)
	list = list[min(skip, len(list)):]
	if r.most > 0 {
		list = list[:min(r.most, len(list))]
	}
	return list
}

func makes(call action.Call) []string {
	m, ok := makers[call.Words[0]]
	if !ok {
		return nil
	}
	var out []string
	for _, flag := range strings.Fields(m.flags) {
		if v, ok := call.Value(flag); ok {
			out = append(out, v)
		}
	}
	switch list := operands(call.Words[1:], "-m"); {
	case m.all:
		out = append(out, list...)
	case m.last && len(list) > 1:
		out = append(out, list[len(list)-1])
	}
	return out
}

// enter follows a cd. Where it leads is not known when its word is computed.
func (p *part) enter(to []string) {
	if len(to) == 1 && plain(to[0]) {
		p.dir = p.under(to[0])
	}
}

// under is a path as seen from where the steps begin.
func (p *part) under(name string) string {
	if p.dir == "" || path.IsAbs(name) || strings.HasPrefix(name, "~") {
		return name
	}
	return path.Join(p.dir, name)
}

// makes says whether an earlier step has made a path, or a folder above it.
func (p *part) makes(name string) bool {
	return slices.ContainsFunc(p.made, func(m string) bool {
		return name == m || strings.HasPrefix(name, strings.TrimSuffix(m, "/")+"/")
	})
}

var (
	pathLike = pattern.New(`^[\w.~/@%+,:*?\[\]-]+$`)
	worded   = pattern.New(`[A-Za-z]`)
)

// plain says whether a word names a file by itself, and not only a device, a number or a wildcard.
func plain(name string) bool {
	switch {
	case name == "" || name == "-" || open(name), !pathLike.MatchString(name), !worded.MatchString(name):
		return false
	case strings.HasPrefix(name, "-"), strings.HasPrefix(name, "/dev/"), strings.HasPrefix(name, "/proc/"), strings.Contains(name, "://"):
		return false
	}
	// host:file is another host's.
	before, _, remote := strings.Cut(name, ":")
	return !remote || strings.Contains(before, "/")
}
