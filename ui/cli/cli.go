// Package cli holds the headless commands: their flags, their output as text and JSON, and their
// exit codes, which are a promise to scripts. It does no I/O besides the streams it is given and
// knows nothing of ops; main hands in what reaches the world.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/ui/command"
)

// Exit codes that every command shares. Those of check and run stand with them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Flags are what every command takes.
type Flags struct {
	Runbook    string
	Config     string
	State      string
	Observe    bool
	Accessible bool
	Role       string
	Theme      string
	ASCII      bool
}

// Entry is one incident in the archive.
type Entry struct {
	Number     int        `json:"number"`
	Title      string     `json:"title"`
	Level      int        `json:"level"`
	DeclaredAt *time.Time `json:"declared_at"`
	ClosedAt   *time.Time `json:"closed_at"`
	Path       string     `json:"path"`
	Error      string     `json:"error,omitempty"` // why it can't be read
}

// Archive is the incidents on disk.
type Archive interface {
	List() ([]Entry, error)
	// Open gives an incident for reading and appending; number 0 is the newest.
	Open(number int) (incident.Journal, []incident.Event, error)
	// Verify checks the chain; the error names the first bad record.
	Verify(number int) error
	Declare(ctx context.Context, actor incident.Actor, d incident.DeclaredData) (incident.Journal, []incident.Event, error)
}

// Practice drives the practice host.
type Practice interface {
	Tools(ctx context.Context, log func(string)) error
	Up(ctx context.Context, log func(string)) error
	Down(ctx context.Context) error
	Status(ctx context.Context) (any, error)
	Fault(ctx context.Context, name string) error
	Heal(ctx context.Context) error
	Config() (string, error)
	Faults() []string
}

// Parts are the ways to the world that main hands in.
type Parts struct {
	Version  string
	In       io.Reader
	Out, Err io.Writer
	Now      func() time.Time
	Runbook  func(Flags) (*runbook.Runbook, error)
	Session  func(context.Context, Flags) (command.Session, func(), error)
	Console  func(context.Context, Flags) error
	Archive  func(Flags) (Archive, error)
	Actor    func() incident.Actor
	Practice func(dir string) Practice
}

// exit is an error that carries its exit code. A nil Err prints nothing.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// Run runs one command line and returns the process's exit code. An error is one line on stderr.
func Run(ctx context.Context, parts Parts, args []string) int {
	root := newRoot(parts)
	root.SetArgs(args)
	root.SetOut(parts.Out)
	root.SetErr(parts.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	var own exit
	code := exitUsage
	if errors.As(err, &own) {
		code = own.code
	} else if cmd.Name() == "check" {
		code = nagiosUnknown
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(parts.Err, "calm: "+oneLine(text))
		if cmd.Name() == "check" {
			fmt.Fprintln(parts.Out, "UNKNOWN - "+oneLine(text))
		}
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	return code
}

// command builds the subcommands of one group.
type builder struct {
	parts Parts
	flags *Flags
}

func newRoot(parts Parts) *cobra.Command {
	flags := &Flags{}
	b := builder{parts, flags}
	root := &cobra.Command{
		Use:   "calm [RUNBOOK]",
		Short: "An incident console: the team's Markdown runbook, run against the host in trouble",
		Long: `calm opens a console on this host: what is out of bounds, how bad that is by the
runbook's own rules, which scenario fits, and its steps, ready to run behind a
confirmation. Without RUNBOOK it takes calm.yaml's, else the built-in one. An
incident that is open is gone on with.`,
		Args:          cobra.MaximumNArgs(1),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				flags.Runbook = args[0]
			}
			return failed(parts.Console(cmd.Context(), *flags))
		},
	}
	pf := root.PersistentFlags()
	pf.StringVar(&flags.Runbook, "runbook", "", "the runbook, a Markdown `file`")
	pf.StringVar(&flags.Config, "config", "", "the configuration, a YAML `file`")
	pf.StringVar(&flags.State, "state", "", "the `folder` that incidents are kept in")
	f := root.Flags()
	f.BoolVar(&flags.Observe, "observe", false, "look only: nothing is written or run")
	f.StringVar(&flags.Theme, "theme", "", "dark or light, instead of asking the terminal")
	f.BoolVar(&flags.ASCII, "ascii", false, "draw with ASCII only")
	root.AddCommand(b.runbook(), b.check(), b.severity(), b.run(), b.incident(), b.message(), b.postmortem(), b.practice(), b.version(), b.man())
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

// failed gives an error the exit code for "it was tried and did not succeed".
func failed(err error) error {
	if err == nil {
		return nil
	}
	var own exit
	if errors.As(err, &own) {
		return err
	}
	return exit{exitFailed, err}
}

// writeJSON prints one document.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return failed(enc.Encode(v))
}

func oneLine(s string) string {
	out := []rune{}
	for _, r := range s {
		if r == '\n' || r == '\r' {
			out = append(out, ';', ' ')
			continue
		}
		out = append(out, r)
	}
	return string(out)
}
