// Command calm is an incident console for the terminal. This package only wires the parts together:
// what the world is lives in ops, what it means in model, what is seen of it in ui.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"calm/model/action"
	"calm/ops/journal"
	"calm/ops/nginx"
	"calm/ops/release"
	"calm/ops/restore"
	"calm/ops/run"
	"calm/ops/secret"
	"calm/ui/cli"
)

// version is set by the linker.
var version = "unknown"

// How much garbage may lie beside what is in use before it is collected, in percent: a command ends
// before collecting pays; the console stays, and is to be small.
const (
	shortLived = 400
	longLived  = 100
)

func main() {
	// A supervisor is this program again; it must be nothing else first.
	run.Main(map[string]run.Kind{action.Nginx: nginx.Kind, action.Restore: restore.Kind, action.Release: release.Kind})
	secret.Undumpable()
	// A write beyond a limit on files is to fail, not to end calm. Caught, not ignored: what calm starts
	// must not inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGXFSZ)
	debug.SetGCPercent(shortLived)
	ctx, stop := untilSignal()
	code := cli.Run(ctx, cli.Parts{
		Version: version, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now,
		Width: terminalWidth(os.Stdout), Color: takesColor(os.Stdout),
		Runbook: loadRunbook, Folder: listFolder, Books: openBooks, Session: openSession, Console: openConsole, Archive: openArchive, Doctor: examine,
		Actor: journal.Self, Trust: trustOf, Practice: newPractice, Approvals: approvals{},
	}, os.Args[1:])
	stop()
	os.Exit(code)
}

// untilSignal gives a context that ends with the first signal that is to end calm. Only an interrupt is a
// person's word about what runs: the end of a session or of the machine's patience is none.
func untilSignal() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		if sig := <-signals; sig == os.Interrupt {
			cancel(nil)
		} else {
			cancel(cli.ErrLeft)
		}
	}()
	return ctx, func() { signal.Stop(signals) }
}
