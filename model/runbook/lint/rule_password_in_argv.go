package lint

import (
	"fmt"
	"strings"
)

var passwordInArgv = Rule{
	ID: "password-in-argv", Level: Warning,
	Title: "A password stands in a command's arguments",
	Why: "Everybody on the host can read every process's arguments (`ps`, /proc), and they end up in shell histories and in what audits record. " +
		"A variable is no shelter: the shell writes its value into the argument before the program starts.",
	Mend: "Hand it over by a file that only its user can read, by the environment or by stdin: `--config=FILE`, PGPASSWORD, `mysql --defaults-extra-file=FILE`, " +
		"`db = connect(process.env.MONGODB_URI)` in mongosh.",
	Bad: `## Count the orders

~~~bash
mongosh "$MONGODB_URI" --eval 'db.orders.countDocuments()'
~~~
`,
	Good: `## Count the orders

~~~bash
mongosh --quiet --nodb --eval 'db = connect(process.env.MONGODB_URI); db.orders.countDocuments()'
~~~
`,
	check: func(p *pass) {
		for _, seq := range p.commands().all {
			said := map[string]bool{}
			for _, s := range seq.sites {
				if s.Program == "" || builtin(s.Program) {
					continue
				}
				if what := secretIn(s); what != "" && !said[s.Program+what] {
					said[s.Program+what] = true
					p.finding(s, fmt.Sprintf("%s: everybody on the host can read what %s is started with", what, s.Program), keepsSecret(s.Program))
				}
			}
		}
	},
}

// builtin are the commands that the shell runs itself: their arguments are no process's.
func builtin(program string) bool {
	switch program {
	case "echo", "printf", "export", "test", "[", "read", "set", "declare", "local", "readonly":
		return true
	}
	return false
}

// secretIn says what of a call's arguments is a password; it never holds the password itself.
func secretIn(s site) string {
	for _, a := range s.Args() {
		if userAndPassword(a.Text) {
			return "the address holds a password"
		}
		for _, name := range a.Variables() {
			if isAddress(name) && !s.through("ssh") {
				return "$" + name + " may hold a password"
			}
			if isPassword(name) && !strings.Contains(a.Text, ": ") {
				return "$" + name + " is a secret"
			}
		}
	}
	if joinedPassword(s) {
		return "the password goes into the arguments"
	}
	if w, ok := s.Value(passwordFlags(s.Program)); ok && w.Text != "" {
		if name, value, found := strings.Cut(w.Text, ":"); s.Program == "curl" && (!found || name == "" || value == "" || strings.ContainsAny(value, "\x01")) {
			return ""
		}
		if !strings.ContainsAny(w.Text, "\x01\x02\x03") {
			return "the password goes into the arguments"
		}
	}
	return ""
}

// joinedPassword finds mysql's -pPASSWORD, which is one word.
func joinedPassword(s site) bool {
	if passwordFlags(s.Program) != "--password -p" || !startsWithAny(s.Program, "mysql", "mariadb") {
		return false
	}
	for _, a := range s.Args() {
		if rest, ok := strings.CutPrefix(a.Text, "-p"); ok && rest != "" && !strings.ContainsAny(rest, "\x01\x02\x03") {
			return true
		}
	}
	return false
}

// userAndPassword reports whether an address has both, neither of them to be filled in.
func userAndPassword(text string) bool {
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		return false
	}
	host, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(host, '@')
	if at < 0 {
		return false
	}
	user, password, ok := strings.Cut(host[:at], ":")
	return ok && user != "" && password != "" && !strings.Contains(password, "\x01") && strings.Trim(password, "*.x") != ""
}

func isAddress(name string) bool {
	return (strings.HasSuffix(name, "_URI") || strings.HasSuffix(name, "_URL") || strings.HasSuffix(name, "_DSN")) &&
		containsAny(name, []string{"MONGO", "DATABASE", "DB_", "POSTGRES", "PG_", "MYSQL", "REDIS", "AMQP", "RABBIT"})
}

func isPassword(name string) bool {
	for _, end := range []string{"PASSWORD", "PASSWD", "_PASS", "SECRET", "SECRET_KEY"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// passwordFlags are the flags whose value is a password, by program.
func passwordFlags(program string) string {
	switch program {
	case "mysql", "mysqldump", "mysqladmin", "mariadb", "mongosh", "mongo", "mongodump", "mongorestore", "mongoexport", "mongoimport":
		return "--password -p"
	case "redis-cli", "valkey-cli":
		return "-a --pass"
	case "curl":
		return "-u --user"
	case "sshpass":
		return "-p"
	}
	return "--password"
}

func keepsSecret(program string) string {
	switch program {
	case "mongosh", "mongo":
		return "Write `mongosh --nodb --eval 'db = connect(process.env.MONGODB_URI); …'`: the environment is its user's own."
	case "mongodump", "mongorestore", "mongoexport", "mongoimport":
		return "Put `uri: …` into a file with umask 077, and write `--config=FILE`."
	case "psql", "pg_dump", "pg_restore":
		return "Set PGPASSWORD, or use ~/.pgpass or PGSERVICE, and leave it out of the arguments."
	case "mysql", "mysqldump", "mysqladmin", "mariadb":
		return "Use `--defaults-extra-file=FILE`, or a login path."
	case "redis-cli", "valkey-cli":
		return "Set REDISCLI_AUTH and leave -a out."
	case "curl":
		return "Use `--netrc`, or `-H @-` with the header on stdin."
	}
	return "Hand it over by the environment, by stdin, or by a file that only its user can read."
}
