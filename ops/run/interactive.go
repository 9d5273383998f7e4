package run

import (
	"context"
	"io"
	"os/exec"
	"slices"

	"calm/ops"
)

// Interactive makes a program that needs the terminal for itself: an editor, `pm2 monit`, ssh. It is
// an action.Terminal. env nil means BaseEnv and what a terminal program needs besides.
func Interactive(argv, env []string, dir string) *Program {
	cmd := exec.CommandContext(context.Background(), argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	return &Program{cmd}
}

// Program is a full-screen program that has not run yet.
type Program struct{ cmd *exec.Cmd }

// Run runs it to its end, in the terminal's foreground, and takes the terminal back as it was lent: a
// program that was killed, or whose connection broke, leaves it in any state.
func (p *Program) Run() error {
	lent, isTerminal := lend(p.cmd)
	err := p.cmd.Start()
	if err == nil {
		stop := p.keepAwake()
		err = p.cmd.Wait()
		stop()
	}
	if isTerminal {
		lent.takeBack(p.cmd.Stdout, err != nil)
	}
	if err != nil {
		return ops.Wrap(Line(p.cmd.Args), err)
	}
	return nil
}

// SetStdin sets where it reads from.
func (p *Program) SetStdin(r io.Reader) { p.cmd.Stdin = r }

// SetStdout sets where it writes to.
func (p *Program) SetStdout(w io.Writer) { p.cmd.Stdout = w }

// SetStderr sets where it complains to.
func (p *Program) SetStderr(w io.Writer) { p.cmd.Stderr = w }

// builtins are the commands that bash has inside (bash 5.2, `compgen -b`), without those that no
// runbook would name.
var builtins = []string{
	".", ":", "[", "alias", "bg", "cd", "command", "declare", "dirs", "disown", "echo", "eval", "exec", "exit", "export",
	"false", "fg", "hash", "help", "history", "jobs", "kill", "let", "local", "popd", "printf", "pushd", "pwd", "read",
	"readonly", "return", "set", "shift", "source", "test", "time", "times", "trap", "true", "type", "ulimit", "umask",
	"unalias", "unset", "wait",
}

// Builtin says whether a shell has the command inside, so that no program needs to be installed.
func Builtin(name string) bool { return slices.Contains(builtins, name) }
