package lint

import "calm/model/runbook/shell"

var dropWithoutDump = Rule{
	ID: "drop-without-dump", Level: Error,
	Title: "A restore drops what is there, and nothing was dumped first",
	Why: "A restore that drops the collections (or the database) before it writes is the end of what was there: everything since the backup, " +
		"and all of it when the backup turns out to be old, empty or another one's.",
	Mend: "Dump first, to a folder of its own: `mongodump --config=… --out=\"$HOME/before-restore-$(date -u +%Y%m%dT%H%M%SZ)\"`; that is the undo as well.",
	Bad: `## Bring the data back

~~~bash
mongorestore --config=mongo.yaml --dir=/backups/nightly/shop --drop
~~~
`,
	Good: `## Bring the data back

~~~bash
mongodump --config=mongo.yaml --out=/var/tmp/before-restore
mongorestore --config=mongo.yaml --dir=/backups/nightly/shop --drop
~~~
`,
	check: func(p *pass) {
		for _, s := range p.commands().of("mongorestore", "pg_restore", "mongoimport") {
			drops := s.Has("--drop") || s.Program == "pg_restore" && s.Has("-c --clean")
			if !drops || savedBefore(s) {
				continue
			}
			help := "Dump first: `mongodump --config=… --out=…`."
			if s.Program == "pg_restore" {
				help = "Dump first: `pg_dump -Fc -f … DATABASE`."
			}
			p.finding(s, s.Program+" drops what is there now, and no step before it keeps a copy", help)
		}
	},
}

// savedBefore reports whether a copy of the data was made before a call.
func savedBefore(s site) bool {
	for _, b := range s.before() {
		if makesCopy(b) {
			return true
		}
	}
	return false
}

func makesCopy(s site) bool {
	switch s.Program {
	case "mongodump", "mongoexport", "pg_dump", "pg_dumpall", "pg_basebackup", "mysqldump", "mariadb-dump", "mydumper", "xtrabackup", "velero", "restic", "borg", "pgbackrest", "wal-g", "barman":
		return true
	case "tar", "cp", "rsync", "zip", "scp":
		return true
	case "redis-cli", "valkey-cli":
		for _, o := range s.Operands() {
			if o.Text == "BGSAVE" || o.Text == "SAVE" || o.Text == "bgsave" {
				return true
			}
		}
		return s.Has("--rdb")
	}
	for _, a := range s.Args() {
		if containsAny(a.Text, []string{"backup", "snapshot", "export"}) {
			return true
		}
	}
	return s.Is("kubectl", "get") && s.Place&shell.Feeds == 0 && len(s.Redirects) > 0
}
