package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/incident"
	"calm/model/runbook"
)

// These commands do what the console does, for scripts: each appends one event.

func (b builder) incidentDeclare() *cobra.Command {
	var level, scenario string
	cmd := &cobra.Command{
		Use: "declare TITLE", Short: "Open an incident", Args: cobra.ExactArgs(1),
		Example: `  calm incident declare "Widget gone from the shop" --level SEV-2`,
		RunE: func(cmd *cobra.Command, args []string) error {
			rb, err := b.parts.Runbook(*b.flags)
			if err != nil {
				return Unusable(err)
			}
			d := incident.DeclaredData{Title: strings.TrimSpace(args[0]), Scenario: scenario, Runbook: rb.SHA256}
			if d.Level, err = levelOf(rb, level); err != nil {
				return exit{exitUsage, fmt.Errorf("--level %w", err)}
			}
			if d.Title == "" {
				return exit{exitUsage, errors.New("the title is empty: say in a few words what is wrong")}
			}
			if _, ok := rb.ScenarioByID(scenario); scenario != "" && !ok {
				return exit{exitUsage, fmt.Errorf("--scenario %s: the runbook has no such scenario; calm runbook show lists them", scenario)}
			}
			session, done, err := b.parts.Session(cmd.Context(), *b.flags)
			if err != nil {
				return Unusable(err)
			}
			defer done()
			d.Service, d.Host = session.Service, session.Host
			j, events, err := session.Incidents.Declare(cmd.Context(), session.Actor, d)
			if err != nil {
				return failed(err)
			}
			defer j.Close()
			inc, err := incident.Fold(events)
			fmt.Fprintf(b.parts.Out, "#%d\n", inc.Number)
			return failed(err)
		},
	}
	cmd.Flags().StringVar(&level, "level", "", "`severity`: 2, SEV-2, or another name that the runbook has for it")
	cmd.Flags().StringVar(&scenario, "scenario", "", "`ID` of the scenario that fits")
	if err := cmd.MarkFlagRequired("level"); err != nil {
		panic(err) // the flag stands three lines above
	}
	return cmd
}

// levelOf finds a severity by its number or by any name that the runbook has for it.
func levelOf(rb *runbook.Runbook, text string) (int, error) {
	var names []string
	for _, s := range rb.Severities {
		for _, name := range append([]string{strconv.Itoa(s.Level)}, s.Names...) {
			if strings.EqualFold(name, strings.TrimSpace(text)) {
				return s.Level, nil
			}
		}
		names = append(names, strings.Join(s.Names, "/"))
	}
	if len(names) == 0 {
		return 0, fmt.Errorf("%q: the runbook has no severities; name one that has with --runbook FILE", text)
	}
	return 0, fmt.Errorf("%q: the runbook has no such severity; it has %s", text, strings.Join(names, ", "))
}

// appends makes a command that appends one event to the newest incident.
func (b builder) appends(use, short string, args cobra.PositionalArgs, draft func(incident.Incident, []string) (incident.Type, any, error)) *cobra.Command {
	var number string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := b.openToAct(number)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			t, data, err := draft(o.inc, args)
			if err != nil {
				return Unusable(err)
			}
			return failed(b.append(cmd.Context(), o, t, data))
		},
	}
	cmd.Flags().StringVar(&number, "incident", "", "the incident's `number`; the newest without it")
	return cmd
}

// openToAct opens an incident that is not closed; an empty number is the newest.
func (b builder) openToAct(number string) (opened, error) {
	var ids []string
	if number != "" {
		ids = []string{number}
	}
	o, err := b.load(ids)
	if err != nil {
		return o, err
	}
	if !o.inc.Open() {
		o.journal.Close()
		return o, exit{exitFailed, fmt.Errorf("incident #%d is closed; --incident N names another, calm incident declare opens one", o.inc.Number)}
	}
	return o, nil
}

func (b builder) append(ctx context.Context, o opened, t incident.Type, data any) error {
	_, err := o.journal.Append(ctx, incident.Draft{Type: t, Actor: b.parts.Actor(), Data: data})
	return err
}

func (b builder) incidentNote() *cobra.Command {
	return b.appends("note TEXT", "Write a note", cobra.ExactArgs(1), func(_ incident.Incident, args []string) (incident.Type, any, error) {
		if strings.TrimSpace(args[0]) == "" {
			return "", nil, errors.New("the note is empty: say what was seen or done")
		}
		return incident.Note, incident.NoteData{Text: args[0]}, nil
	})
}

func (b builder) incidentSeverity() *cobra.Command {
	return b.appends("severity LEVEL [REASON]", "Change the declared severity", cobra.RangeArgs(1, 2), func(inc incident.Incident, args []string) (incident.Type, any, error) {
		rb, err := b.parts.Runbook(*b.flags)
		if err != nil {
			return "", nil, err
		}
		level, err := levelOf(rb, args[0])
		return incident.Severity, incident.SeverityData{Level: level, Was: inc.Level, Reason: strings.Join(args[1:], " ")}, err
	})
}

var roles = []string{incident.IncidentCommander, incident.OperationsLead, incident.CommunicationsLead, incident.Scribe, incident.Observer}

func (b builder) incidentRole() *cobra.Command {
	return b.appends("role ROLE WHO", "Give a role to a person: "+strings.Join(roles, ", "), cobra.ExactArgs(2), func(_ incident.Incident, args []string) (incident.Type, any, error) {
		role := strings.ReplaceAll(strings.ToLower(args[0]), "-", "_")
		if slices.Contains(roles, role) {
			return incident.RoleTaken, incident.RoleData{Role: role, Who: args[1]}, nil
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
			if len(args) > 1 {
				return "", nil, errors.New("an acknowledgement has no text; calm incident note TEXT keeps one")
			}
			return t, nil, nil
		}
		return t, incident.MilestoneData{Text: strings.Join(args[1:], " ")}, nil
	})
}

func (b builder) incidentClose() *cobra.Command {
	var number, keep string
	cmd := &cobra.Command{
		Use: "close [TEXT]", Short: "Close the incident", Args: cobra.MaximumNArgs(1),
		Long: `Closes a resolved incident. What calm changed and nobody took back stands in the
way, and what nobody knows the outcome of: the console undoes it (u), or --keep
says why all of it stays.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := b.openToAct(number)
			if err != nil {
				return err
			}
			defer o.journal.Close()
			drafts, err := b.closing(o.inc, strings.TrimSpace(keep), strings.Join(args, " "))
			if err != nil {
				return failed(err)
			}
			_, err = o.journal.Append(cmd.Context(), drafts...)
			return failed(err)
		},
	}
	cmd.Flags().StringVar(&number, "incident", "", "the incident's `number`; the newest without it")
	cmd.Flags().StringVar(&keep, "keep", "", "why what calm changed stays, `REASON`")
	return cmd
}

// closing are the events that close an incident: what stays with its reason, then the end.
func (b builder) closing(inc incident.Incident, keep, text string) ([]incident.Draft, error) {
	if inc.ResolvedAt.IsZero() {
		return nil, fmt.Errorf("incident #%d is not resolved; calm incident milestone resolved says that it is", inc.Number)
	}
	if r, ok := inc.Running(); ok {
		return nil, fmt.Errorf("%s is still under way; calm incident timeline %d shows it", r.Title, inc.Number)
	}
	var drafts []incident.Draft
	var titles []string
	for _, r := range inc.Standing() {
		titles = append(titles, r.StartedAt.UTC().Format("15:04:05")+" "+r.Title)
		drafts = append(drafts, incident.Draft{Type: incident.Kept, Actor: b.parts.Actor(), Data: incident.KeptData{Op: r.Op, Title: r.Title, Why: keep}})
	}
	if len(drafts) > 0 && keep == "" {
		return nil, fmt.Errorf("nobody has taken back: %s; undo it in the console (u), or say why it stays with --keep REASON", strings.Join(titles, "; "))
	}
	return append(drafts, incident.Draft{Type: incident.Closed, Actor: b.parts.Actor(), Data: incident.MilestoneData{Text: text}}), nil
}

// writeLine prints one JSON document on one line.
func writeLine(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintln(w, string(raw))
	}
	return failed(err)
}
