package cli

import (
	"context"
	"fmt"
	"strings"

	"calm/model/action"
	"calm/model/incident"
)

// means says, in a dry run, how the approval that a plan needs could be given here.
func (r *runner) means(p action.Plan) {
	if p.Approval == nil {
		return
	}
	m := r.session.Conductor.Means(r.session.Actor)
	text := "would be asked for, ten minutes: by a signature of a key in " + m.Signers
	if m.Weaker != "" {
		text += ", which is weaker here: " + m.Weaker
	}
	if m.NoSignature != "" {
		text = "would be asked for, ten minutes; no signature: " + m.NoSignature
	}
	r.line("%s", planRow("", text))
}

// approval waits until somebody else has agreed to a plan that needs it: by a signature on the standard
// input, or by calm approve. --yes does not answer it.
func (r *runner) approval(ctx context.Context, p action.Plan) error {
	if p.Approval == nil {
		return nil
	}
	a, _, err := r.session.Conductor.Ask(ctx, r.journal, p, r.fill, r.session.Actor)
	if err != nil {
		return err
	}
	if a.Granted != nil {
		r.line("%s", planRow("agreed", a.Granted.Words()))
		return nil
	}
	r.ways(a, p)
	type end struct {
		events []incident.Event
		err    error
	}
	ended := make(chan end, 1)
	go func() {
		events, err := r.session.Conductor.Await(ctx, r.journal, a.Hash)
		ended <- end{events, err}
	}()
	var pasted strings.Builder
	typed := r.lines()
	for {
		select {
		case e := <-ended:
			if e.err != nil {
				return e.err
			}
			return r.agreed(a.Hash, e.events)
		case text, ok := <-typed:
			if !ok {
				typed = nil // it may still be given by calm approve
				continue
			}
			if err := r.hand(ctx, a.Hash, text, &pasted); err != nil {
				r.line("   no approval: %s", err)
			}
		}
	}
}

// ways says how the approval can be given.
func (r *runner) ways(a incident.Approval, p action.Plan) {
	m := r.session.Conductor.Means(r.session.Actor)
	ask, _ := action.AskedOf(a)
	r.line("   waits for the approval of %s, until %s UTC", a.Needs, stamp(a.Until))
	if m.NoSignature == "" {
		r.line("   1  signed on the approver's machine, and pasted here:\n\n%s\n", ask.SignCommand())
	} else {
		r.line("   1  no signature: %s", m.NoSignature)
	}
	who := "a second person logged in here"
	if m.Second != "" {
		who = "one of " + m.Second + ", logged in here"
	}
	r.line("   2  or %s, which is weaker: calm approve %s", who, a.Hash[:8])
	if p.Approval.Except != "" {
		r.line("   3  or none is needed (%s): type except and why", p.Approval.Except)
	}
	if m.NoName == "" {
		r.line("   4  or no keys are set up here, which is weakest: type by and who agreed")
	}
}

// hand gives in a line that was typed, or a signature when its last line is there.
func (r *runner) hand(ctx context.Context, hash, text string, pasted *strings.Builder) error {
	given := action.Consent{}
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch {
	case pasted.Len() > 0 || strings.Contains(text, "-----BEGIN SSH SIGNATURE"):
		pasted.WriteString(text + "\n")
		if !strings.Contains(text, "-----END SSH SIGNATURE") {
			return nil
		}
		given.How, given.Text = incident.BySignature, pasted.String()
		pasted.Reset()
	case word == "except":
		given.How, given.Text = incident.ByException, rest
	case word == "by":
		given.How, given.Text = incident.BySaying, rest
	case word == "":
		return nil
	default:
		return fmt.Errorf("%q is no signature; --yes and y approve nothing", word)
	}
	_, err := r.session.Conductor.Approve(ctx, r.journal, hash, given, r.session.Actor)
	return err
}

// agreed says what became of an approval that waits no more, by what happened since it was asked for.
func (r *runner) agreed(hash string, since []incident.Event) error {
	inc, _ := incident.Fold(since) // they are not all, so it is not whole; the approval is
	a, _ := inc.ApprovalOf(hash)
	if a.Granted == nil {
		return fmt.Errorf("%s was not approved: %s; nothing was run", a.Title, a.Ended)
	}
	r.line("%s", planRow("agreed", a.Granted.Words()))
	return nil
}
