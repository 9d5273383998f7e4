package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/incident"
)

// These commands do what the console does, for scripts: each appends one event.

func (b builder) incidentDeclare() *cobra.Command {
	var level int
	var scenario string
	cmd := &cobra.Command{
		Use: "declare TITLE", Short: "Open an incident", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			archive, err := b.parts.Archive(*b.flags)
			if err != nil {
				return exit{exitUsage, err}
			}
			session, done, err := b.parts.Session(cmd.Context(), *b.flags)
			if err != nil {
				return exit{exitUsage, err}
			}
			defer done()
			if _, ok := session.Runbook.SeverityAt(level); !ok {
				return exit{exitUsage, fmt.Errorf("--level %d: the runbook has no such severity", level)}
			}
			j, events, err := archive.Declare(cmd.Context(), b.parts.Actor(), incident.DeclaredData{
				Level: level, Title: args[0], Scenario: scenario,
				Service: session.Service, Host: session.Host, Runbook: session.Runbook.SHA256,
			})
			if err != nil {
				return failed(err)
			}
			defer j.Close()
			inc, err := incident.Fold(events)
			fmt.Fprintf(b.parts.Out, "#%d\n", inc.Number)
			return failed(err)
		},
	}
	cmd.Flags().IntVar(&level, "level", 0, "severity `level`, 1 is worst")
	cmd.Flags().StringVar(&scenario, "scenario", "", "`ID` of the scenario that fits")
	if err := cmd.MarkFlagRequired("level"); err != nil {
		panic(err) // the flag stands four lines above
	}
	return cmd
}

// appends makes a command that appends one event to the newest incident.
func (b builder) appends(use, short string, args cobra.PositionalArgs, draft func(incident.Incident, []string) (incident.Type, any, error)) *cobra.Command {
	var number int
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			var ids []string
			if number > 0 {
				ids = []string{fmt.Sprint(number)}
			}
			o, err := b.load(ids)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			if !o.inc.Open() {
				return exit{exitFailed, fmt.Errorf("incident #%d is closed", o.inc.Number)}
			}
			t, data, err := draft(o.inc, args)
			if err != nil {
				return exit{exitUsage, err}
			}
			return failed(b.append(cmd.Context(), o, t, data))
		},
	}
	cmd.Flags().IntVar(&number, "incident", 0, "the incident's `number`; the newest without it")
	return cmd
}

func (b builder) append(ctx context.Context, o opened, t incident.Type, data any) error {
	_, err := o.journal.Append(ctx, incident.Draft{Type: t, Actor: b.parts.Actor(), Data: data})
	return err
}

func (b builder) incidentNote() *cobra.Command {
	return b.appends("note TEXT", "Write a note", cobra.ExactArgs(1), func(_ incident.Incident, args []string) (incident.Type, any, error) {
		if strings.TrimSpace(args[0]) == "" {
			return "", nil, fmt.Errorf("the note is empty")
		}
		return incident.Note, incident.NoteData{Text: args[0]}, nil
	})
}

func (b builder) incidentSeverity() *cobra.Command {
	return b.appends("severity LEVEL [REASON]", "Change the declared severity", cobra.RangeArgs(1, 2), func(inc incident.Incident, args []string) (incident.Type, any, error) {
		var level int
		if _, err := fmt.Sscanf(strings.TrimPrefix(strings.ToUpper(args[0]), "SEV-"), "%d", &level); err != nil || level < 1 {
			return "", nil, fmt.Errorf("%q is no severity: write 2 or SEV-2", args[0])
		}
		return incident.Severity, incident.SeverityData{Level: level, Was: inc.Level, Reason: strings.Join(args[1:], " ")}, nil
	})
}

var roles = []string{incident.IncidentCommander, incident.OperationsLead, incident.CommunicationsLead, incident.Scribe, incident.Observer}

func (b builder) incidentRole() *cobra.Command {
	return b.appends("role ROLE WHO", "Give a role to a person: "+strings.Join(roles, ", "), cobra.ExactArgs(2), func(_ incident.Incident, args []string) (incident.Type, any, error) {
		for _, r := range roles {
			if r == args[0] {
				return incident.RoleTaken, incident.RoleData{Role: r, Who: args[1]}, nil
			}
		}
		return "", nil, fmt.Errorf("%q is no role: one of %s", args[0], strings.Join(roles, ", "))
	})
}

func (b builder) incidentMilestone() *cobra.Command {
	marks := map[string]incident.Type{"acknowledged": incident.Acknowledged, "mitigated": incident.Mitigated, "resolved": incident.Resolved}
	return b.appends("milestone acknowledged|mitigated|resolved [TEXT]", "Mark a milestone", cobra.RangeArgs(1, 2), func(_ incident.Incident, args []string) (incident.Type, any, error) {
		t, ok := marks[args[0]]
		if !ok {
			return "", nil, fmt.Errorf("%q is no milestone: acknowledged, mitigated or resolved", args[0])
		}
		if t == incident.Acknowledged {
			return t, nil, nil
		}
		return t, incident.MilestoneData{Text: strings.Join(args[1:], " ")}, nil
	})
}

func (b builder) incidentClose() *cobra.Command {
	return b.appends("close [TEXT]", "Close the incident", cobra.MaximumNArgs(1), func(inc incident.Incident, args []string) (incident.Type, any, error) {
		if inc.ResolvedAt.IsZero() {
			return "", nil, fmt.Errorf("incident #%d is not resolved: calm incident milestone resolved", inc.Number)
		}
		return incident.Closed, incident.MilestoneData{Text: strings.Join(args, " ")}, nil
	})
}

// writeLine prints one JSON document on one line.
func writeLine(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintln(w, string(raw))
	}
	return failed(err)
}
