package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/incident"
	"calm/model/report"
	"calm/model/runbook"
)

// input is what a report is filled from: the incident, and the text of the runbook that it has kept,
// because today's may be another one. Where somebody names a runbook, that is meant. Readings are not
// taken anew: a message says what the incident knows.
func (b builder) input(o opened) (report.Input, error) {
	in := report.Input{Incident: o.inc, Now: b.parts.Now()}
	var why error
	if b.flags.Runbook == "" {
		if in.Runbook, why = o.archive.Runbook(o.journal, o.inc.Runbook); why == nil {
			return in, nil
		}
	}
	rb, err := b.parts.Runbook(*b.flags)
	if err != nil {
		return in, Unusable(err)
	}
	if in.Runbook = rb; why != nil && rb.SHA256 != o.inc.Runbook {
		fmt.Fprintf(b.parts.Err, "calm: #%d is filled by %s as it is today: %s\n", o.inc.Number, orNone(rb.Path), oneLine(why.Error()))
	}
	return in, nil
}

func (b builder) message() *cobra.Command {
	var send bool
	cmd := &cobra.Command{
		Use:       "message initial|update|resolution [ID]",
		Short:     "The runbook's message, filled from the incident; what is open is listed on stderr",
		Args:      cobra.RangeArgs(1, 2),
		ValidArgs: []string{runbook.InitialMessage, runbook.UpdateMessage, runbook.ResolutionMessage},
		RunE: func(cmd *cobra.Command, args []string) error {
			purpose := args[0]
			if purpose != runbook.InitialMessage && purpose != runbook.UpdateMessage && purpose != runbook.ResolutionMessage {
				return exit{exitUsage, fmt.Errorf("%q is no message: initial, update or resolution", purpose)}
			}
			o, err := b.load(args[1:])
			if err != nil {
				return err
			}
			defer o.journal.Close()
			in, err := b.input(o)
			if err != nil {
				return err
			}
			t, ok := in.Runbook.TemplateFor(purpose)
			if !ok {
				t = runbook.Template{Purpose: purpose}
			}
			draft := report.Message(t, in)
			fmt.Fprintln(b.parts.Out, strings.TrimRight(draft.Body, "\n"))
			b.list(draft.Open)
			if !send {
				return nil
			}
			return b.sent(cmd, o, draft)
		},
	}
	cmd.Flags().BoolVar(&send, "send", false, "record that it went out; refused while something is open")
	return cmd
}

// sent records that a message went out. calm has no channel to people yet: whoever posts the text
// says so here.
func (b builder) sent(cmd *cobra.Command, o opened, d report.Draft) error {
	if len(d.Open) > 0 {
		return exit{exitFailed, fmt.Errorf("not recorded: %d parts are still yours to fill", len(d.Open))}
	}
	return failed(b.append(cmd.Context(), o, incident.Messaged, incident.MessageData{
		Purpose: d.Purpose, Body: d.Body, Channels: d.Channels, Sent: true,
	}))
}

func (b builder) list(open []report.Field) {
	if len(open) == 0 {
		return
	}
	fmt.Fprintf(b.parts.Err, "calm: %d parts are yours to fill:\n", len(open))
	for _, f := range open {
		line := f.Text
		if f.Label != "" {
			line = f.Label + ": " + f.Text
		}
		if f.Hint != "" {
			line += "  (" + f.Hint + ")"
		}
		fmt.Fprintln(b.parts.Err, "  "+line)
	}
}

func (b builder) postmortem() *cobra.Command {
	var format, path string
	cmd := &cobra.Command{
		Use:   "postmortem [ID]",
		Short: "The post-mortem by the runbook's template, filled with what the journal knows",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "md" {
				return exit{exitUsage, fmt.Errorf("--format %s: only md is written so far", format)}
			}
			o, err := b.load(args)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			in, err := b.input(o)
			if err != nil {
				return err
			}
			text, _, open := report.PostMortem(in.Runbook.PostMortem, in)
			b.list(open)
			if path == "" {
				_, err = fmt.Fprint(b.parts.Out, text)
				return failed(err)
			}
			return failed(writeWhole(path, text))
		},
	}
	cmd.Flags().StringVar(&format, "format", "md", "md")
	cmd.Flags().StringVarP(&path, "output", "o", "", "the `file` to write instead of standard output")
	return cmd
}

// writeWhole writes a file whole or not at all.
func writeWhole(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".calm-*")
	if err != nil {
		return unwritten(path, err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return unwritten(path, err)
}

// unwritten names the file that was asked for, not the one that it was to be made from.
func unwritten(path string, err error) error {
	if err == nil {
		return nil
	}
	for _, cause := range []error{fs.ErrNotExist, fs.ErrPermission} {
		if errors.Is(err, cause) {
			err = cause
		}
	}
	return fmt.Errorf("%s was not written: %w; name a file in a folder that is there and yours with -o", path, err)
}
