package action

import "slices"

// deed is what a command does, as far as an effect of it can be measured.
type deed struct {
	restarts bool // pm2 ends and starts the watched app anew
	starts   bool // pm2 starts it
	stops    bool // pm2 stops it and nothing starts it again
	nginx    bool // nginx reads its configuration again
	quiet    bool // nothing shows it but the command itself: an export, a checkout, a build, a restore
}

func deedOf(p Plan, app string) deed {
	var d deed
	if p.Kind != Shell && p.Kind != "" {
		return d
	}
	calls, ok := Calls(p.Command)
	plain := 0
	for _, c := range calls {
		switch {
		case c.Is("pm2", "restart", "reload", "gracefulReload") && aims(c, app):
			d.restarts, d.stops = true, false
		case c.Is("pm2", "start") && aims(c, app):
			d.starts, d.stops = true, false
		case c.Is("pm2", "stop", "delete") && aims(c, app):
			d.stops = true
		case c.Is("nginx") && c.Has("-s"):
			d.nginx = true
		case quiet(c):
			plain++
		}
	}
	d.quiet = ok && plain == len(calls)
	return d
}

// aims says whether a pm2 call is about the app that the signals belong to.
func aims(c Call, app string) bool {
	ops := c.Operands()
	return app == "" || len(ops) == 0 || slices.Contains(ops, app) || slices.Contains(ops, "all")
}

// quietPrograms are those whose own exit code is the whole proof that they worked: they change
// files and the shell, or nothing.
var quietPrograms = []string{
	"git", "cd", "pushd", "popd", "mkdir", "cp", "touch", "umask", "set", "source", ".", "mongodump", "mongorestore",
	"true", "false", "echo", "printf", "date", "hostname", "id", "whoami", "pwd", "basename", "dirname", "ls", "cat",
	"head", "tail", "cut", "tr", "sort", "grep", "test", "[", "sleep",
}

func quiet(c Call) bool {
	switch c.Words[0] {
	case "npm", "pnpm", "yarn":
		return c.Is(c.Words[0], "ci", "install", "run", "build")
	}
	return slices.Contains(quietPrograms, c.Words[0])
}
