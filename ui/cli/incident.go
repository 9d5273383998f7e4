package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/incident"
	"calm/model/runbook"
)

func (b builder) incident() *cobra.Command {
	group := &cobra.Command{Use: "incident", Short: "Past and open incidents"}
	group.AddCommand(
		b.incidentList(), b.incidentShow(), b.incidentTimeline(), b.incidentExport(), b.incidentVerify(),
		b.incidentDeclare(), b.incidentNote(), b.incidentSeverity(), b.incidentRole(), b.incidentMilestone(), b.incidentClose(),
	)
	return group
}

// opened is an incident read whole.
type opened struct {
	journal incident.Journal
	events  []incident.Event
	inc     incident.Incident
}

// load opens an incident by the ID on the command line; without one, the newest.
func (b builder) load(args []string) (opened, error) {
	number, err := numberOf(args)
	if err != nil {
		return opened{}, exit{exitUsage, err}
	}
	archive, err := b.parts.Archive(*b.flags)
	if err != nil {
		return opened{}, exit{exitUsage, err}
	}
	j, events, err := archive.Open(number)
	if err != nil {
		return opened{}, exit{exitFailed, err}
	}
	inc, err := incident.Fold(events)
	if err != nil {
		return opened{}, exit{exitFailed, errors.Join(err, j.Close())}
	}
	return opened{j, events, inc}, nil
}

func numberOf(args []string) (int, error) {
	if len(args) == 0 {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(args[0], "#"))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no incident: give its number; calm incident list shows them", args[0])
	}
	return n, nil
}

func (b builder) incidentList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "Every incident, newest first", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			archive, err := b.parts.Archive(*b.flags)
			if err != nil {
				return exit{exitUsage, err}
			}
			entries, err := archive.List()
			if err != nil {
				return failed(err)
			}
			if asJSON {
				if entries == nil {
					entries = []Entry{}
				}
				return writeJSON(b.parts.Out, entries)
			}
			if len(entries) == 0 {
				fmt.Fprintln(b.parts.Out, "no incidents yet")
			}
			for _, e := range entries {
				fmt.Fprintln(b.parts.Out, entryLine(e))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

func entryLine(e Entry) string {
	if e.Error != "" {
		return fmt.Sprintf("#%-4d can't be read: %s", e.Number, e.Error)
	}
	declared, state := "", "open"
	if e.DeclaredAt != nil {
		declared = e.DeclaredAt.UTC().Format("2006-01-02 15:04")
	}
	if e.ClosedAt != nil {
		state = "closed"
	}
	return fmt.Sprintf("#%-4d %-16s SEV-%d  %-6s  %s", e.Number, declared, e.Level, state, e.Title)
}

func (b builder) incidentShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show [ID]", Short: "One incident: state, roles, actions", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := b.load(args)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			if asJSON {
				return writeJSON(b.parts.Out, o.inc)
			}
			_, err = fmt.Fprint(b.parts.Out, incidentText(o.inc))
			return failed(err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

func incidentText(i incident.Incident) string {
	var out strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%-14s %s\n", name, value)
		}
	}
	fmt.Fprintf(&out, "#%d %s\n", i.Number, i.Title)
	row("severity", fmt.Sprintf("SEV-%d", i.Level))
	row("service", i.Service+" on "+i.Host)
	for _, m := range i.Milestones() {
		row(m.Name, m.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	for role, who := range i.Roles {
		row(strings.ReplaceAll(role, "_", " "), who)
	}
	for _, r := range i.Runs {
		verdict := r.Verdict
		if verdict == "" {
			verdict = r.Outcome
		}
		row(fmt.Sprintf("action %d", r.Number), fmt.Sprintf("%s: %s: %s", r.Title, verdict, r.Why))
	}
	return out.String()
}

func (b builder) incidentTimeline() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "timeline [ID]", Short: "What happened, in order, in UTC", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := b.load(args)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			if asJSON {
				return writeJSON(b.parts.Out, o.events)
			}
			name := b.levelName()
			for _, e := range o.events {
				mark, text, who := incident.Line(e, name)
				if text == "" {
					continue
				}
				fmt.Fprintf(b.parts.Out, "%s %1s %s%s\n", e.At.UTC().Format("2006-01-02 15:04:05"), mark, text, by(who))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

func by(who string) string {
	if who == "" || who == "calm" {
		return ""
	}
	return "  (" + who + ")"
}

// levelName names levels as the runbook does, or neutrally when there is no runbook to be had:
// reading an old incident must not depend on it.
func (b builder) levelName() func(int) string {
	rb, err := b.parts.Runbook(*b.flags)
	if err != nil {
		rb = &runbook.Runbook{}
	}
	return rb.SeverityName
}

func (b builder) incidentExport() *cobra.Command {
	return &cobra.Command{
		Use: "export [ID]", Short: "Every event as JSON lines", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := b.load(args)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			for _, e := range o.events {
				if err := writeLine(b.parts.Out, e); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (b builder) incidentVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify [ID]", Short: "Check the journal's chain; exit 1 names the first bad record", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			number, err := numberOf(args)
			if err != nil {
				return exit{exitUsage, err}
			}
			archive, err := b.parts.Archive(*b.flags)
			if err != nil {
				return exit{exitUsage, err}
			}
			if err := archive.Verify(number); err != nil {
				return failed(err)
			}
			fmt.Fprintln(b.parts.Out, "whole")
			return nil
		},
	}
}
