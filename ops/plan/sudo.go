package plan

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"calm/ops"
	"calm/ops/run"
)

// sudoTimeout bounds how long sudo may take to say what it lets one do.
const sudoTimeout = 2 * time.Second

// sudo asks, before anything starts, whether sudo would let the command's calls pass without a password:
// nobody could type it, and the calls before would have run by then. A call that is not known before
// it runs can't be asked about.
func (d *draft) sudo(ctx context.Context) error {
	path, _ := lookup(d.env, "PATH")
	for _, c := range d.calls {
		argv, ok := permission(c.Own)
		if !ok {
			continue
		}
		found, err := run.LookPath(argv[0], path)
		if err != nil {
			continue // a program like any other that is not there
		}
		argv[0] = found
		res, err := d.Exec.Run(ctx, run.Command{Argv: argv, Env: d.env, Timeout: sudoTimeout})
		if err == nil {
			continue
		}
		asked := run.Line(argv[slices.Index(argv, "--")+1:])
		switch {
		case res.Exit <= 0:
			d.note("whether sudo lets " + asked + " pass could not be asked: " + err.Error())
		case strings.Contains(string(res.Stderr), "password"), strings.Contains(string(res.Stderr), "terminal"):
			return ops.Errorf(ops.Denied, d.plan.Title, "sudo would ask for a password for %q, and nobody could type it: allow exactly that with NOPASSWD in sudoers, or start calm as root", asked)
		default:
			return ops.Errorf(ops.Denied, d.plan.Title, "sudo does not let %s run %q: allow exactly that with NOPASSWD in sudoers", d.plan.User, asked)
		}
	}
	return nil
}

// sudoValued are sudo's own flags that take the next word, and are a part of the question.
const sudoValued = " -u -g "

// permission is the question to sudo about one of its calls. ok is false for a call that is none of
// sudo's, has a word that is not known yet, or takes its password in another way.
func permission(words []string) (argv []string, ok bool) {
	if len(words) == 0 || filepath.Base(words[0]) != "sudo" || slices.Contains(words, "") {
		return nil, false
	}
	argv = []string{words[0], "-n", "-l"}
	rest := words[1:]
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		flag := rest[0]
		rest = rest[1:]
		switch {
		case flag == "--":
			return question(argv, rest)
		case strings.Contains(sudoValued, " "+flag+" ") && len(rest) > 0:
			argv, rest = append(argv, flag, rest[0]), rest[1:]
		case flag == "-n" || flag == "-E" || flag == "-H" || flag == "-b":
		default:
			return nil, false
		}
	}
	return question(argv, rest)
}

func question(argv, command []string) ([]string, bool) {
	for len(command) > 0 && strings.Contains(command[0], "=") {
		command = command[1:]
	}
	return append(append(argv, "--"), command...), len(command) > 0
}
