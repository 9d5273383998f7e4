package cli

import (
	"fmt"
	"maps"
	"slices"
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
	archive Archive
}

// load opens an incident by the ID on the command line; without one, the newest. What a damaged
// journal still holds is given, and what it lacks is said.
func (b builder) load(args []string) (opened, error) {
	number, err := numberOf(args)
	if err != nil {
		return opened{}, Unusable(err)
	}
	archive, err := b.parts.Archive(*b.flags)
	if err != nil {
		return opened{}, Unusable(err)
	}
	j, events, err := archive.Open(number)
	if err != nil {
		return opened{}, exit{exitFailed, err}
	}
	inc, err := incident.Fold(events)
	if err != nil {
		fmt.Fprintf(b.parts.Err, "calm: #%d can't be read whole: %s; calm incident verify says where\n", inc.Number, oneLine(err.Error()))
	}
	return opened{j, events, inc, archive}, nil
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
				return Unusable(err)
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
	if e.Error != nil {
		return fmt.Sprintf("#%-4d can't be read: %s", e.Number, oneLine(*e.Error))
	}
	declared, state, level := "", "open", "?"
	if e.Level != nil {
		level = strconv.Itoa(*e.Level)
	}
	if e.DeclaredAt != nil {
		declared = e.DeclaredAt.UTC().Format("2006-01-02 15:04")
	}
	if e.ClosedAt != nil {
		state = "closed"
	}
	return fmt.Sprintf("#%-4d %-16s SEV-%s  %-6s  %s", e.Number, declared, level, state, e.Title)
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
				return writeJSON(b.parts.Out, describeIncident(o.inc))
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
	for _, role := range slices.Sorted(maps.Keys(i.Roles)) {
		row(strings.ReplaceAll(role, "_", " "), i.Roles[role])
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

// exportDoc is what `calm incident export --json` prints.
type exportDoc struct {
	Incident incidentDoc      `json:"incident"`
	Events   []incident.Event `json:"events"`
}

func (b builder) incidentExport() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "export [ID]", Short: "Every event as JSON lines; with --json, all of the incident as one document", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := b.load(args)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			if asJSON {
				return writeJSON(b.parts.Out, exportDoc{describeIncident(o.inc), o.events})
			}
			for _, e := range o.events {
				if err := writeLine(b.parts.Out, e); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

func (b builder) incidentVerify() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "verify [ID]", Short: "Check the journal's chain; exit 0 whole, 1 broken, naming the first bad record", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			number, err := numberOf(args)
			if err != nil {
				return Unusable(err)
			}
			archive, err := b.parts.Archive(*b.flags)
			if err != nil {
				return Unusable(err)
			}
			chain, err := archive.Verify(number)
			if err != nil {
				// Nothing was found to be broken: there was nothing to look at.
				return Unusable(err)
			}
			if asJSON {
				err = writeJSON(b.parts.Out, chain)
			} else if chain.Whole {
				err = writeChain(b.parts.Out, chain)
			}
			if err != nil || chain.Whole {
				return failed(err)
			}
			more := ""
			if n := len(chain.Faults) - 1; n > 0 {
				more = fmt.Sprintf(" and %d more", n)
			}
			return exit{exitFailed, fmt.Errorf("#%d is broken at %s%s; nothing was mended: %s is as it was found", chain.Number, chain.Faults[0], more, chain.Path)}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}
