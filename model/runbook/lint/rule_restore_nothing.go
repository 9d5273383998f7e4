package lint

import (
	"path"
	"strings"

	"calm/model/runbook/shell"
)

var restoreNothing = Rule{
	ID: "restore-nothing", Level: Error,
	Title: "mongorestore is given a database and a dump's root, and restores nothing",
	Why: "With a database in the address, mongorestore takes the directory for that database's own dump. Given the root above it, " +
		"it finds no collection there, restores nothing and exits 0; with --drop this looks like a finished restore.",
	Mend: "Give it the database's folder (`--dir=/backups/2026-11-23/shop`), or an address without a database and `--nsInclude='shop.*'`.",
	Bad: `## Bring the data back

~~~bash
mongorestore --uri=mongodb://db.internal/shop --dir=/backups/nightly
~~~
`,
	Good: `## Bring the data back

~~~bash
mongorestore --uri=mongodb://db.internal/shop --dir=/backups/nightly/shop
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("mongorestore") {
			dir, named := dumpOf(s)
			if !named || s.Has("--archive --nsInclude --nsFrom --db -d --help --version") || !aRoot(dir) {
				continue
			}
			uri, ok := addressOf(s)
			db, known := databaseIn(uri)
			switch {
			case !ok || known && db == "":
			case known && path.Base(dir.Text) != db:
				p.finding(s, "the address names the database "+db+", and "+shown(dir)+" is the dump's root: nothing is restored, with exit 0", "Write `--dir="+strings.TrimSuffix(dir.Text, "/")+"/"+db+"`.")
			case !known:
				p.finding(s, "if "+shown(uri)+" names a database, nothing is restored from the root "+shown(dir)+", with exit 0", "Name the database's folder, `--dir="+strings.Trim(strings.TrimSuffix(dir.Raw, "/"), `"'`)+"/DATABASE`, or leave the database out of the address and add `--nsInclude='DATABASE.*'`.")
			}
		}
	},
}

func dumpOf(s site) (shell.Word, bool) {
	if w, ok := s.Value("--dir"); ok {
		return bare(w), true
	}
	for _, o := range s.Operands() {
		if !strings.Contains(o.Text, "://") && !strings.HasPrefix(o.Text, "\x02") {
			return o, true
		}
	}
	return shell.Word{}, false
}

func addressOf(s site) (shell.Word, bool) {
	if w, ok := s.Value("--uri"); ok {
		return bare(w), true
	}
	for _, o := range s.Operands() {
		if strings.HasPrefix(o.Text, "mongodb") {
			return o, true
		}
	}
	return shell.Word{}, false
}

// bare is a flag's value without the flag, as written.
func bare(w shell.Word) shell.Word {
	if name, value, ok := strings.Cut(w.Raw, "="); ok && strings.HasPrefix(name, "--") {
		w.Raw = value
	}
	return w
}

// databaseIn is the database that an address names; known is false where only the running shell can
// tell.
func databaseIn(uri shell.Word) (db string, known bool) {
	_, rest, ok := strings.Cut(uri.Text, "://")
	if !ok {
		return "", false
	}
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	_, db, _ = strings.Cut(rest, "/")
	return db, db == "" || !strings.ContainsAny(db, "\x01\x02\x03")
}

// aRoot reports whether a directory's name says that it is a whole dump rather than one database's.
func aRoot(dir shell.Word) bool {
	base := strings.ToLower(path.Base(strings.TrimSuffix(dir.Text, "/")))
	if strings.ContainsAny(base, "\x01\x02\x03*") || base == "." || base == "" {
		return true
	}
	if containsAny(base, []string{"backup", "dump", "latest", "nightly", "daily", "current", "snapshot", "restore"}) {
		return true
	}
	return base[0] >= '0' && base[0] <= '9'
}
