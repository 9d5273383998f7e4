package plan

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"calm/ops/restore"
)

// written is a mongorestore of a runbook, understood: what calm can do beside the database in use.
type written struct {
	dir      string
	db       string // of --db
	address  restore.Address
	uri      string
	drop     bool
	gzip     bool
	include  []string // patterns of namespaces; empty for all
	exclude  []string
	only     string   // collection
	flags    []string // for mongorestore, as they are
	computed []string // variables that it reads
}

// Flags of mongorestore that calm passes on: how it restores, and not what or where to. Those in the
// second list take a value.
var (
	passedOn = []string{
		"--noIndexRestore", "--noOptionsRestore", "--keepIndexVersion", "--maintainInsertionOrder", "--stopOnError",
		"--bypassDocumentValidation", "--objcheck", "--verbose", "-v", "-vv", "-vvv", "--quiet", "--convertLegacyIndexes", "--fixDottedHashIndex",
	}
	passedOnWith = []string{"--numParallelCollections", "-j", "--numInsertionWorkersPerCollection", "--writeConcern"}
)

// understand reads a command that is one mongorestore and nothing else. why says what stands against
// doing it beside; it is empty when nothing does.
func understand(command string, env []string) (w written, why string) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(command), "")
	if err != nil || len(file.Stmts) != 1 {
		return w, "it is more than one command"
	}
	stmt := file.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(call.Assigns) > 0 || len(stmt.Redirs) > 0 || stmt.Background || stmt.Negated {
		return w, "it is more than the command alone"
	}
	words, err := expand.Fields(&expand.Config{Env: expand.ListEnviron(env...), NoUnset: true}, call.Args...)
	if err != nil || len(words) == 0 {
		return w, "what it is given is only known when it runs"
	}
	if filepath.Base(words[0]) != "mongorestore" {
		return w, "it starts mongorestore by way of " + filepath.Base(words[0])
	}
	syntax.Walk(call, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil {
			w.computed = append(w.computed, p.Param.Value)
		}
		return true
	})
	if why := w.read(words[1:]); why != "" {
		return w, why
	}
	return w, w.locate(env)
}

// read takes the words after the program's name.
func (w *written) read(words []string) (why string) {
	host, port := "", ""
	into := map[string]*string{
		"--uri": &w.uri, "--config": &w.address.File, "--dir": &w.dir, "--db": &w.db, "-d": &w.db, "--collection": &w.only, "-c": &w.only,
		"--host": &host, "-h": &host, "--port": &port,
	}
	for i := 0; i < len(words); i++ {
		flag, value, has := strings.Cut(words[i], "=")
		next := func() bool {
			if has {
				return true
			}
			if i++; i >= len(words) {
				return false
			}
			value = words[i]
			return true
		}
		switch to := into[flag]; {
		case !strings.HasPrefix(flag, "-"):
			if w.dir != "" {
				return "it names two folders"
			}
			w.dir = words[i]
		case flag == "--drop" && !has:
			w.drop = true
		case flag == "--gzip" && !has:
			w.gzip = true
		case slices.Contains(passedOn, words[i]):
			w.flags = append(w.flags, words[i])
		case to == nil && !slices.Contains(passedOnWith, flag) && flag != "--nsInclude" && flag != "--nsExclude":
			return "calm does not do its " + flag
		case !next():
			return flag + " has no value"
		case to != nil:
			*to = value
		case flag == "--nsInclude":
			w.include = append(w.include, value)
		case flag == "--nsExclude":
			w.exclude = append(w.exclude, value)
		default:
			w.flags = append(w.flags, flag+"="+value)
		}
	}
	if w.uri == "" && w.address.File == "" {
		w.uri = "mongodb://" + orElse(host, "localhost") + ":" + orElse(port, "27017") + "/"
	} else if host+port != "" {
		return "it has an address and a host"
	}
	return ""
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// locate says where the address is to be found by the one who restores.
func (w *written) locate(env []string) (why string) {
	switch {
	case !w.drop:
		return "without --drop it only adds what is missing"
	case w.dir == "-":
		return "it reads a stream"
	case strings.ContainsAny(strings.Join(slices.Concat(w.include, w.exclude), ""), `\$`):
		return "its patterns are not plain ones"
	case w.address.File != "" && w.uri != "":
		return "it has two addresses"
	case w.address.File != "":
		return ""
	}
	for _, name := range w.computed {
		if v, ok := lookup(env, name); ok && v == w.uri {
			w.address.Variable = name
			return ""
		}
	}
	if hasPassword(w.uri) {
		return "the address with its password stands in the command"
	}
	w.address.Plain = w.uri
	return ""
}

// takes says whether a collection is among those that the command restores.
func (w *written) takes(db, name string) bool {
	ns := db + "." + name
	if w.only != "" && w.only != name || len(w.include) > 0 && !slices.ContainsFunc(w.include, matching(ns)) {
		return false
	}
	return !slices.ContainsFunc(w.exclude, matching(ns))
}

// matching holds for a pattern of namespaces that takes one: * stands for anything.
func matching(ns string) func(string) bool {
	return func(pattern string) bool {
		re, err := regexp.Compile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
		return err == nil && re.MatchString(ns)
	}
}
