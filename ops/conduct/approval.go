package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
	"calm/ops"
	"calm/ops/approve"
	"calm/ops/journal"
	"calm/ops/plan"
)

// Ask asks somebody else to agree to a plan and to what follows it in its procedure. One that was asked
// for already and still can be given, or was given, is not asked for again. fill has the values of the
// later steps' placeholders, as far as they are known: a step that lacks one asks by itself.
func (c *Conductor) Ask(ctx context.Context, j incident.Journal, p action.Plan, fill map[string]string, actor incident.Actor) (incident.Approval, []incident.Event, error) {
	j = keeping(j)
	op := "approve " + p.Title
	switch {
	case p.Approval == nil || !p.Matches(p.Hash):
		return incident.Approval{}, nil, ops.Errorf(ops.Invalid, op, "there is nothing to approve; propose the step again")
	case c.Runbook().SHA256 != p.Runbook:
		return incident.Approval{}, nil, ops.Errorf(ops.Conflict, op, "the runbook changed since this was proposed; propose the step again")
	}
	inc, err := folded(j)
	if err != nil {
		return incident.Approval{}, nil, err
	}
	if a, ok := action.ApprovalFor(inc, p); ok && c.inTime(a) == nil {
		return a, nil, nil
	}
	ask := c.ask(inc, p, fill, actor)
	raw, err := json.Marshal(ask)
	if err != nil {
		return incident.Approval{}, nil, ops.Wrap(op, err)
	}
	if name, holds := c.Hide.Redactor().Holds(string(raw)); holds {
		return incident.Approval{}, nil, ops.Errorf(ops.Invalid, op, "a step of it holds the value of %s, which the approver would be shown; write $%s in the runbook (e)", name, name)
	}
	first, err := json.Marshal(p)
	if err != nil {
		return incident.Approval{}, nil, ops.Wrap(op, err)
	}
	data := incident.AskedData{Hash: ask.Hash, Title: ask.Title, Needs: action.Approvers(*p.Approval), Until: ask.Until, Ask: raw, Plan: first}
	events, err := j.Append(ctx, incident.Draft{Type: incident.Asked, Actor: actor, Data: data})
	return incident.Approval{AskedData: data, AskedBy: actor.Name}, events, err
}

// ask is what the approver will be shown.
func (c *Conductor) ask(inc incident.Incident, p action.Plan, fill map[string]string, actor incident.Actor) action.Ask {
	ask := action.Ask{
		Title: p.Ref.Title, Runbook: p.Runbook, Part: p.Ref.Part, First: p.Ref.Step, Plan: p.Hash, Deed: p.Deed(),
		Host: inc.Host, Incident: inc.Number, By: actor, Keys: approve.LoginKeys(os.Getenv("SSH_USER_AUTH")),
	}
	own := action.AskedStep{ID: p.Ref.Step, Title: p.Title, Text: p.Written, Risk: p.Risk, Fill: p.Fill}
	procedure, of := c.Runbook().ProcedureByID(p.Ref.Part)
	if !of || approvedAlone(c.Runbook(), p.Ref) {
		ask.Title, ask.Steps = p.Title, []action.AskedStep{own}
		return approve.Seal(ask, c.uptime(), time.Now())
	}
	for _, s := range procedure.Steps {
		switch values, open := plan.Filled(s, fill); {
		case s.ID == own.ID:
			ask.Steps = append(ask.Steps, own)
		case s.Kind != runbook.ShellStep && s.Kind != runbook.NginxStep, s.Risk == shell.Reads, s.Approval != nil, open != "":
		default:
			ask.Steps = append(ask.Steps, action.AskedStep{ID: s.ID, Title: s.Title, Text: s.Text, Risk: string(s.Risk), Fill: values})
		}
	}
	return approve.Seal(ask, c.uptime(), time.Now())
}

// Approve takes what was handed in for an approval: a signature, the runbook's exception, or a name. What
// is no approval is written down as refused, and the wait goes on.
func (c *Conductor) Approve(ctx context.Context, j incident.Journal, hash string, given action.Consent, actor incident.Actor) ([]incident.Event, error) {
	j = keeping(j)
	ask, p, err := c.waiting(j, hash)
	if err != nil {
		return nil, err
	}
	var g incident.GrantedData
	switch given.How {
	case incident.BySignature:
		g, err = c.Approval.Signed(ask, given.Text)
	case incident.BySaying:
		g, err = c.Approval.Said(ask, given.Text)
	case incident.ByException:
		if p.Approval == nil || p.Approval.Except == "" {
			err = errors.New("the runbook knows no exception here")
		} else {
			g, err = approve.Excepted(ask, given.Text)
		}
	default:
		err = fmt.Errorf("calm knows no approval by %q", given.How)
	}
	if err == nil && p.Approval != nil {
		err = c.Approval.Holds(*p.Approval, g)
	}
	if err != nil {
		refusal := &ops.Error{Code: ops.Denied, Op: "approve " + ask.Title, Detail: detail(err), Err: err}
		if _, unread := approve.ParseSignature(given.Text); given.How != incident.BySignature || unread != nil {
			return nil, refusal // a slip of the fingers, or of the mouse
		}
		events, werr := j.Append(ctx, incident.Draft{Type: incident.Declined, Actor: actor, Data: incident.DeclinedData{Hash: hash, Why: detail(err)}})
		if werr != nil {
			return events, werr
		}
		return events, refusal
	}
	return c.agree(ctx, j, ask, g, actor)
}

// second takes the answer of another user of this host.
func (c *Conductor) second(ctx context.Context, j incident.Journal, hash string, peer approve.Peer, yes bool) ([]incident.Event, error) {
	ask, p, err := c.waiting(j, hash)
	if err != nil {
		return nil, err
	}
	actor := incident.Actor{Name: peer.Name, UID: peer.UID, LoginUID: peer.LoginUID}
	g, err := c.Approval.Seconded(ask, peer)
	if err == nil && p.Approval != nil {
		err = c.Approval.Holds(*p.Approval, g)
	}
	switch {
	case err != nil:
		_, werr := j.Append(ctx, incident.Draft{Type: incident.Declined, Actor: actor, Data: incident.DeclinedData{Hash: hash, By: peer.Name, Why: err.Error()}})
		return nil, errors.Join(&ops.Error{Code: ops.Denied, Op: "approve " + ask.Title, Detail: err.Error(), Err: err}, werr)
	case !yes:
		return j.AppendIf(ctx, 0, c.stillWaits(hash), incident.Draft{Type: incident.Declined, Actor: actor, Data: incident.DeclinedData{
			Hash: hash, By: peer.Name, Why: "said no", Final: true,
		}})
	}
	return c.agree(ctx, j, ask, g, actor)
}

func (c *Conductor) agree(ctx context.Context, j incident.Journal, ask action.Ask, g incident.GrantedData, actor incident.Actor) ([]incident.Event, error) {
	g.At = c.uptime()
	return j.AppendIf(ctx, 0, c.stillWaits(ask.Hash), incident.Draft{Type: incident.Granted, Actor: actor, Data: g})
}

// waiting is an ask that can be answered now, with the plan that it begins with.
func (c *Conductor) waiting(j incident.Journal, hash string) (action.Ask, action.Plan, error) {
	inc, err := folded(j)
	if err != nil {
		return action.Ask{}, action.Plan{}, err
	}
	a, ok := inc.ApprovalOf(hash)
	ask, sealed := action.AskedOf(a)
	p, whole := action.ApprovedPlan(a)
	if !ok || !sealed || !whole {
		return ask, p, ops.Errorf(ops.Invalid, "approve "+short(hash), "no such plan waits for approval here")
	}
	return ask, p, c.answerable(a)
}

// answerable says why an approval can't be given now; nil where it can.
func (c *Conductor) answerable(a incident.Approval) error {
	op := "approve " + a.Title
	switch {
	case a.Granted != nil:
		return ops.Errorf(ops.Conflict, op, "it has been given: %s", a.Granted.Words())
	case a.Ended != "":
		return ops.Errorf(ops.Denied, op, "%s; ask again", a.Ended)
	}
	if err := c.inTime(a); err != nil {
		return ops.Errorf(ops.Denied, op, "%s; ask again", err)
	}
	return nil
}

// stillWaits lets an answer be written down only while there is none.
func (c *Conductor) stillWaits(hash string) func([]incident.Event) error {
	return func(all []incident.Event) error {
		inc, _ := incident.Fold(all) // as complete as the events allow
		a, ok := inc.ApprovalOf(hash)
		if !ok {
			return ops.Errorf(ops.Invalid, "approve "+short(hash), "no such plan waits for approval here")
		}
		return c.answerable(a)
	}
}

// inTime says why an approval is too old to be given or used now.
func (c *Conductor) inTime(a incident.Approval) error {
	ask, ok := action.AskedOf(a)
	if !ok {
		return errors.New("what was asked is damaged")
	}
	given := c.uptime()
	if a.Granted != nil {
		given = a.Granted.At
	}
	return ask.InTime(given, a.Used, c.uptime())
}

// expire ends a wait whose time is over. Two consoles may both find that; it is written once.
func (c *Conductor) expire(ctx context.Context, j incident.Journal, hash string) ([]incident.Event, error) {
	return j.AppendIf(ctx, 0, func(all []incident.Event) error {
		inc, _ := incident.Fold(all)
		if a, ok := inc.ApprovalOf(hash); !ok || !a.Waits() {
			return ops.Errorf(ops.Conflict, "approve "+short(hash), "it waits no more")
		}
		return nil
	}, incident.Draft{Type: incident.Expired, Actor: journal.Calm(), Data: incident.ExpiredData{Hash: hash}})
}

// approved is the evidence that somebody else agreed to a plan; nil for one that needs nobody. The error
// says why it may not start.
func (c *Conductor) approved(j incident.Journal, p action.Plan) (*approve.Evidence, error) {
	if p.Approval == nil {
		return nil, nil //nolint:nilnil // none is needed
	}
	all, err := j.Since(0)
	if err != nil {
		return nil, err
	}
	return c.evidence(all, p)
}

// evidence finds, among the events of an incident, an approval that lets a plan start now. Where there is
// none, the newest that was asked for in its part says why.
func (c *Conductor) evidence(all []incident.Event, p action.Plan) (*approve.Evidence, error) {
	inc, _ := incident.Fold(all)
	why := ops.Errorf(ops.Denied, "start "+p.Title, "it needs the approval of %s, and nobody has given one", action.Approvers(*p.Approval))
	newest := true
	for _, a := range slices.Backward(inc.Approvals) {
		ask, ok := action.AskedOf(a)
		if !ok || ask.Part != p.Ref.Part {
			continue
		}
		var err error
		switch {
		case a.Ended != "":
			err = ops.Errorf(ops.Denied, "start "+p.Title, "its approval: %s; ask again", a.Ended)
		case a.Granted == nil:
			err = ops.Errorf(ops.Denied, "start "+p.Title, "it waits for the approval of %s, until %s", a.Needs, a.Until.UTC().Format("15:04:05"))
		default:
			e := &approve.Evidence{Policy: c.Approval, Ask: ask, Granted: *a.Granted, Used: a.Used}
			if err = e.Allows(p, c.uptime()); err == nil {
				return e, nil
			}
		}
		if newest {
			errors.As(err, &why)
		}
		newest = false
	}
	return nil, why
}

// guard is what the journal must say, at the very moment of the intent: nothing was changed since the
// plan was shown, and its approval still counts.
func (c *Conductor) guard(p action.Plan, seen uint64) (after uint64, allowed func([]incident.Event) error) {
	fresh := stale(p, seen)
	if p.Approval == nil {
		return seen, fresh
	}
	return 0, func(all []incident.Event) error {
		if fresh != nil {
			since, _ := slices.BinarySearchFunc(all, seen+1, func(e incident.Event, seq uint64) int { return int(int64(e.Seq) - int64(seq)) })
			if err := fresh(all[since:]); err != nil {
				return err
			}
		}
		if _, err := c.evidence(all, p); err != nil {
			// It counted a moment ago: somebody else was quicker.
			return ops.Errorf(ops.Conflict, "start "+p.Title, "%s", detail(err))
		}
		return nil
	}
}

// consented says how a plan was confirmed, and by what approval.
func consented(e *approve.Evidence, how string) string {
	if e == nil {
		return how
	}
	return e.Granted.Words() + "; " + how
}

// under is the approval that a plan starts under, for its intent.
func under(e *approve.Evidence, now incident.Uptime) (hash string, at incident.Uptime) {
	if e == nil {
		return "", incident.Uptime{}
	}
	return e.Ask.Hash, now
}

func (c *Conductor) uptime() incident.Uptime {
	if c.Uptime != nil {
		return c.Uptime()
	}
	return approve.Uptime()
}

func folded(j incident.Journal) (incident.Incident, error) {
	all, err := j.Since(0)
	if err != nil {
		return incident.Incident{}, err
	}
	inc, _ := incident.Fold(all) // as complete as the events allow
	return inc, nil
}

func short(hash string) string { return hash[:min(8, len(hash))] }

// detail is the cause without the operation before it.
func detail(err error) string {
	var own *ops.Error
	if errors.As(err, &own) && own.Detail != "" {
		return own.Detail
	}
	return err.Error()
}
