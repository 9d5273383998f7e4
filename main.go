// Command calm is an incident console for the terminal. This package only wires the parts together:
// what the world is lives in ops, what it means in model, what is seen of it in ui.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"calm/model/action"
	"calm/ops/journal"
	"calm/ops/nginx"
	"calm/ops/run"
	"calm/ops/secret"
	"calm/ui/cli"
)

// version is set by the linker.
var version = "unknown"

func main() {
	// A supervisor is this program again; it must be nothing else first.
	run.Main(map[string]run.Kind{action.Nginx: nginx.Kind})
	secret.Undumpable()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := cli.Run(ctx, cli.Parts{
		Version: version, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now,
		Width: terminalWidth(os.Stdout), Color: takesColor(os.Stdout),
		Runbook: loadRunbook, Folder: listFolder, Books: openBooks, Session: openSession, Console: openConsole, Archive: openArchive, Doctor: examine,
		Actor: journal.Self, Trust: trustOf, Practice: newPractice,
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
