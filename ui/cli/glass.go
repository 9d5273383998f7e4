package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"calm/model/action"
	"calm/model/incident"
)

// begin starts a confirmed plan; without the journal only where a reason was given for that.
func (r *runner) begin(ctx context.Context, plan action.Plan, how string) error {
	_, err := r.session.Conductor.Begin(ctx, r.journal, plan, r.session.Actor, how)
	var gap *incident.NotWritable
	switch {
	case !errors.As(err, &gap):
		return err
	case strings.TrimSpace(r.glass) != "":
		r.line("   GLASS BROKEN: the journal can't be written (%s); this is kept in memory", gap.Why)
		_, err = r.session.Conductor.BreakGlass(ctx, r.journal, plan, r.session.Actor, how, r.glass)
	case action.BreaksGlass(r.session.Runbook, plan.Ref, plan.Command):
		return fmt.Errorf("%w --break-glass REASON runs it all the same", err)
	}
	return err
}

// writeChain says that a journal is whole, and when it could not be written.
func writeChain(w io.Writer, c Chain) error {
	_, err := fmt.Fprintf(w, "#%d is whole: %d records\n", c.Number, c.Records)
	for _, g := range c.Gaps {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %s: %s\n", g.From.UTC().Format("2006-01-02"), g)
		}
	}
	if err == nil && c.Waiting > 0 {
		_, err = fmt.Fprintf(w, "  %d more wait in memory until it can be written\n", c.Waiting)
	}
	return err
}
