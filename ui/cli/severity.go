package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"calm/model/runbook"
	"calm/model/severity"
	"calm/model/signal"
)

func (b builder) severity() *cobra.Command {
	var (
		sets, answers []string
		asJSON        bool
	)
	cmd := &cobra.Command{
		Use:   "severity",
		Short: "Classify given readings by the runbook's rules; touches no host",
		Example: `  calm severity --set error_ratio=31% --set latency_p95=6.4s
  calm severity --set error_ratio=0.02 --answer sev-1-1=yes --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rb, err := b.parts.Runbook(*b.flags)
			if err != nil {
				return Unusable(err)
			}
			c, err := b.classify(rb, sets, answers)
			if err != nil {
				return Unusable(err)
			}
			if asJSON {
				return writeJSON(b.parts.Out, inUTC(c))
			}
			_, err = fmt.Fprint(b.parts.Out, severityText(rb, c))
			return failed(err)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&sets, "set", nil, "a reading, `NAME=VALUE`")
	f.StringArrayVar(&answers, "answer", nil, "an answer, `ID=yes|no|unknown`")
	f.BoolVar(&asJSON, "json", false, "as one JSON document")
	return cmd
}

func (b builder) classify(rb *runbook.Runbook, sets, answers []string) (severity.Classification, error) {
	now := b.parts.Now()
	book := signal.NewBook(signal.Specs(severity.Bounds(rb), ""))
	for _, s := range sets {
		sample, err := severity.ParseSet(s, now)
		if err != nil {
			return severity.Classification{}, err
		}
		book.Add(sample)
	}
	given := severity.Answers{}
	known := map[string]bool{}
	for _, q := range severity.Questions(rb) {
		known[q.ID] = true
	}
	for _, s := range answers {
		id, value, ok := strings.Cut(s, "=")
		switch {
		case !ok || value != "yes" && value != "no" && value != "unknown":
			return severity.Classification{}, fmt.Errorf("--answer %q: write ID=yes, ID=no or ID=unknown", s)
		case !known[id]:
			return severity.Classification{}, fmt.Errorf("--answer %q: the runbook asks no such question; calm runbook show lists them", id)
		}
		given[id] = severity.Answer(value)
	}
	return severity.RulesOf(rb).Classify(book.Snapshot(now), given), nil
}

// inUTC gives a classification whose times are in UTC, as all JSON has them.
func inUTC(c severity.Classification) severity.Classification {
	c.At = c.At.UTC()
	c.Reasons = slices.Clone(c.Reasons)
	for i, r := range c.Reasons {
		if r.Since != nil {
			since := r.Since.UTC()
			c.Reasons[i].Since = &since
		}
	}
	return c
}

func severityText(rb *runbook.Runbook, c severity.Classification) string {
	var out strings.Builder
	if c.Level == nil {
		fmt.Fprintln(&out, "no severity suggested")
	} else {
		fmt.Fprintf(&out, "%s suggested\n", strings.Join(c.Names, ", "))
	}
	for _, r := range c.Reasons {
		fmt.Fprintf(&out, "  %-6s %s\n", rb.SeverityName(r.Level), r.Text)
	}
	if len(c.Unknown) > 0 {
		fmt.Fprintln(&out, "unknown")
	}
	for _, u := range c.Unknown {
		fmt.Fprintf(&out, "  %-6s %s (%s; --answer %s=yes|no)\n", rb.SeverityName(u.Level), u.Text, u.Why, u.ID)
	}
	return out.String()
}
