package lint

import (
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

var destroyWithoutBackup = Rule{
	ID: "destroy-without-backup", Level: Warning,
	Title: "Data is destroyed, and no step before keeps a copy",
	Why: "A dropped table or a deleted volume claim is gone when the command returns. " +
		"At night the wrong namespace or database is one tab away.",
	Mend: "Take a dump or a snapshot in a step before it, and say where it lies.",
	Bad: `## Empty the old table

~~~bash
psql -d shop -c 'DROP TABLE orders_old'
~~~
`,
	Good: `## Empty the old table

~~~bash
pg_dump -d shop -t orders_old -f /var/tmp/orders_old.sql
psql -d shop -c 'DROP TABLE orders_old'
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			for _, s := range seq.sites {
				if s.step.Risk != shell.Destroys || s.step.Kind != runbook.ShellStep || restores(s) || !losesData(s) || s.Has("--dry-run") || savedBefore(s) {
					continue
				}
				if seq.says(0, "backup", "back up", "snapshot", "dump") {
					continue
				}
				p.finding(s, "`"+spelled(s.Call)+"` destroys data here, and no step before it keeps a copy", "Dump, snapshot or copy it first, in a step of its own.")
			}
		}
	},
}

// restores are the programs that drop-without-dump looks after.
func restores(s site) bool {
	return s.Program == "mongorestore" || s.Program == "pg_restore" || s.Program == "mongoimport"
}

// losesData reports whether a call is one after which data is gone that nothing makes again by
// itself. A deleted pod comes back; a deleted claim does not.
func losesData(s site) bool {
	switch s.Program {
	case "mongorestore", "mongoimport":
		return s.Has("--drop")
	case "pg_restore":
		return s.Has("-c --clean")
	case "dropdb", "mkfs", "mkfs.ext4", "mkfs.xfs":
		return true
	case "psql", "mysql", "mariadb":
		return sqlLoses(s)
	case "mongosh", "mongo":
		script, _ := s.Value("--eval")
		return containsAny(script.Text, []string{"dropDatabase(", ".drop(", "deleteMany({})"})
	case "kubectl", "oc":
		return s.Is(s.Program, "delete") && ofData(s)
	case "docker":
		text := s.written()
		return containsAny(text, []string{" volume rm", " volume prune"}) || strings.Contains(text, " prune") && s.Has("--volumes") || strings.Contains(text, " down") && s.Has("-v --volumes")
	case "terraform", "tofu":
		return s.Is(s.Program, "destroy")
	case "aws":
		text := s.written()
		return strings.Contains(text, "--skip-final-snapshot") || strings.HasPrefix(text, "aws s3 rm") && strings.Contains(text, "--recursive")
	}
	return false
}

func ofData(s site) bool {
	for _, o := range s.Operands() {
		kind, _, _ := strings.Cut(o.Text, "/")
		switch strings.ToLower(kind) {
		case "pvc", "persistentvolumeclaim", "persistentvolumeclaims", "pv", "persistentvolume", "namespace", "ns", "crd":
			return true
		}
	}
	return false
}

func sqlLoses(s site) bool {
	statement, ok := s.Value("-c --command -e --execute")
	if !ok {
		return false
	}
	up := strings.ToUpper(statement.Text)
	if containsAny(up, []string{"DROP TABLE", "DROP DATABASE", "DROP SCHEMA", "TRUNCATE "}) {
		return true
	}
	return strings.Contains(up, "DELETE FROM") && !strings.Contains(up, "WHERE")
}
