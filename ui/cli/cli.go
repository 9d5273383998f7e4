// Package cli holds the headless commands: their flags, their output as text and JSON, and their
// exit codes, which are a promise to scripts. It knows nothing of ops: main hands in what reaches
// the world. What it touches itself is the streams it is given and the file that -o names.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"calm/model/doctor"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/library"
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
	Runbook string // a file, or a folder of several
	Alert   string // the one of a folder to open
	Folder  string // that Runbook was chosen from; main's own
	Config  string
	State   string
	Observe bool // look only: nothing is written
	Theme   string
	ASCII   bool
}

// Entry is one incident in the archive.
type Entry struct {
	Number     int        `json:"number"`
	Title      string     `json:"title"`
	Level      *int       `json:"level"` // null when it was never declared or can't be read
	DeclaredAt *time.Time `json:"declared_at"`
	ClosedAt   *time.Time `json:"closed_at"`
	Path       string     `json:"path"`
	Error      *string    `json:"error"` // why it can't be read
}

// Chain is what a look at a whole journal found.
type Chain struct {
	Number    int      `json:"number"`
	Whole     bool     `json:"whole"`
	Path      string   `json:"path"`
	Records   int      `json:"records"`
	LastSeq   uint64   `json:"last_seq"`
	Head      string   `json:"head"`       // SHA-256 of the last record's line
	TornBytes int64    `json:"torn_bytes"` // of a write that was cut short
	Faults    []string `json:"faults"`     // the first bad record first

	Gaps    []incident.GapData `json:"gaps"`    // in which it could not be written; what happened then was written late
	Waiting int                `json:"waiting"` // events that wait in memory to be written
}

// ErrNoIncident says that there is no incident to speak of.
var ErrNoIncident = errors.New("no incidents yet; calm incident declare TITLE --level N opens one")

// Archive is the incidents on disk.
type Archive interface {
	List() ([]Entry, error)
	// Open gives an incident for reading and appending; number 0 is the newest.
	Open(number int) (incident.Journal, []incident.Event, error)
	// Verify reads a whole journal. One that is broken is no error; one that can't be found is.
	Verify(number int) (Chain, error)
	// Runbook gives the text of the runbook that an incident has kept, by its SHA-256.
	Runbook(j incident.Journal, sha string) (*runbook.Runbook, error)
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
	Width    int  // of the terminal that Out is, in columns; 0 for none
	Color    bool // Out may be coloured
	Runbook  func(Flags) (*runbook.Runbook, error)
	Folder   func(Flags) (library.Index, error) // of a folder of runbooks, each counted
	Books    func(Flags, []string) []Book       // the files and folders named; with no name as Runbook
	Session  func(context.Context, Flags) (command.Session, func(), error)
	Console  func(context.Context, Flags) error
	Archive  func(Flags) (Archive, error)
	Doctor   func(context.Context, Flags) (doctor.Report, error)
	Actor    func() incident.Actor
	Trust    func(Flags) (Trust, error)
	Practice func(dir string) Practice

	Approvals Approvals
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

// coded gives an error an exit code, unless it has one.
func coded(code int, err error) error {
	var own exit
	if err == nil || errors.As(err, &own) {
		return err
	}
	return exit{code, err}
}

// failed gives an error the exit code for "it was tried and did not succeed".
func failed(err error) error { return coded(exitFailed, err) }

// Unusable gives an error the exit code of a wrong command line: it was found before anything was
// begun, in a file, a setting or a terminal that is not what it should be.
func Unusable(err error) error { return coded(exitUsage, err) }

// IsUnusable says whether an error is one of Unusable.
func IsUnusable(err error) bool {
	var own exit
	return errors.As(err, &own) && own.code == exitUsage
}

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
	plugin := cmd.CommandPath() == "calm check"
	var own exit
	code, text := exitUsage, oneLine(err.Error())
	if errors.As(err, &own) {
		code = own.code
	} else {
		text = fmt.Sprintf("%s; usage: %s; %s --help says more", text, cmd.UseLine(), cmd.CommandPath())
		if plugin {
			code = nagiosUnknown
		}
	}
	if err.Error() != "" {
		fmt.Fprintln(parts.Err, "calm: "+text)
		if plugin {
			blind(parts, text, slices.Contains(args, "--json"))
		}
	}
	if ctx.Err() != nil && !plugin {
		return exitInterrupted
	}
	return code
}

// builder makes the commands out of the parts that they work with.
type builder struct {
	parts Parts
	flags *Flags
}

func newRoot(parts Parts) *cobra.Command {
	flags := &Flags{}
	b := builder{parts, flags}
	root := &cobra.Command{
		Use:   "calm [RUNBOOK|DIR]",
		Short: "An incident console: the team's Markdown runbook, run against the host in trouble",
		Long: `calm opens a console on this host: what is out of bounds, how bad that is by the
runbook's own rules, which scenario fits, and its steps, ready to run behind a
confirmation. Without RUNBOOK it takes calm.yaml's, else the built-in one. Of a
folder it shows an index to search and choose from, by alert name too. An incident
that is open is gone on with.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("unknown command %q", args[0])
			}
			return nil
		},
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				flags.Runbook = args[0]
			}
			if flags.Theme != "" && flags.Theme != "dark" && flags.Theme != "light" {
				return exit{exitUsage, fmt.Errorf("--theme %q: write dark or light, or leave it out to ask the terminal", flags.Theme)}
			}
			return failed(parts.Console(cmd.Context(), *flags))
		},
	}
	pf := root.PersistentFlags()
	pf.StringVar(&flags.Runbook, "runbook", "", "the runbook, a Markdown `file`, or a folder of them")
	pf.StringVar(&flags.Config, "config", "", "the configuration, a YAML `file`")
	pf.StringVar(&flags.State, "state", "", "the `folder` that incidents are kept in")
	f := root.Flags()
	f.StringVar(&flags.Alert, "alert", "", "open the runbook of a folder that is for the alert `NAME`")
	f.BoolVar(&flags.Observe, "observe", false, "look only: nothing is written or run")
	f.StringVar(&flags.Theme, "theme", "", "`dark` or light, instead of asking the terminal")
	f.BoolVar(&flags.ASCII, "ascii", false, "draw with ASCII only")
	root.AddCommand(b.runbook(), b.doctor(), b.check(), b.severity(), b.run(), b.approve(), b.incident(), b.message(), b.postmortem(), b.practice(), b.version(), b.man())
	root.InitDefaultCompletionCmd()
	strict(root)
	return root
}

// strict makes the groups refuse a subcommand that they do not have. cobra prints the help and
// calls that a success, which a script would believe.
func strict(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		strict(c)
	}
	if !cmd.HasSubCommands() || cmd.Runnable() {
		return
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		return exit{exitUsage, fmt.Errorf("%s has no %q; it has %s", cmd.CommandPath(), args[0], strings.Join(names, ", "))}
	}
}

// writeJSON prints one document.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return failed(enc.Encode(v))
}

// oneLine keeps an error on its line, whatever it quotes.
func oneLine(s string) string {
	s = strings.NewReplacer("\r\n", "; ", "\n", "; ", "\r", "; ", "\t", " ").Replace(strings.TrimSpace(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
