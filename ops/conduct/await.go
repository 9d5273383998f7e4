package conduct

import (
	"context"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
	"calm/ops/approve"
)

// lookEvery is how often the journal is looked at for an answer that another console took.
const lookEvery = time.Second

// Await waits until an approval is given, refused or expired, and gives what the journal has of it since
// it was asked for. Meanwhile other users of this host can answer it, with `calm approve`.
func (c *Conductor) Await(ctx context.Context, j incident.Journal, hash string) ([]incident.Event, error) {
	j = keeping(j)
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	desk := false
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		inc, err := folded(j)
		if err != nil {
			return nil, err
		}
		a, ok := inc.ApprovalOf(hash)
		switch {
		case !ok:
			return nil, ops.Errorf(ops.Invalid, "approve "+short(hash), "no such plan waits for approval here")
		case !a.Waits():
			return j.Since(a.Seq - 1)
		case c.inTime(a) != nil:
			// Another console may have been quicker; then the next look finds it.
			if _, err := c.expire(ctx, j, hash); err != nil && ops.CodeOf(err) != ops.Conflict {
				return nil, err
			}
			continue
		case !desk:
			desk = c.open(ctx, j, a)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// open takes the answers of other users until the context ends. Where another console does already, it is
// tried again: that one may end.
func (c *Conductor) open(ctx context.Context, j incident.Journal, a incident.Approval) bool {
	ask, ok := action.AskedOf(a)
	p, whole := action.ApprovedPlan(a)
	if !ok || !whole {
		return false
	}
	desk, err := approve.NewDesk(approve.Offer{Ask: ask, Plan: p, Needs: a.Needs}, func(ctx context.Context, peer approve.Peer, said approve.Answer) (string, error) {
		return c.heard(ctx, j, ask, peer, said)
	})
	if err != nil {
		return false
	}
	go desk.Serve(ctx)
	return true
}

// heard takes the answer of another user. A signature says by itself whose it is, whoever brings it.
func (c *Conductor) heard(ctx context.Context, j incident.Journal, ask action.Ask, peer approve.Peer, said approve.Answer) (string, error) {
	// It may be the answer that ends the wait, and with it the context.
	ctx = context.WithoutCancel(ctx)
	var err error
	switch {
	case said.Signature != "":
		_, err = c.Approve(ctx, j, ask.Hash, action.Consent{How: incident.BySignature, Text: said.Signature}, incident.Actor{
			Name: peer.Name, UID: peer.UID, LoginUID: peer.LoginUID,
		})
	default:
		_, err = c.second(ctx, j, ask.Hash, peer, said.Yes)
	}
	if err != nil {
		return "", err
	}
	inc, err := folded(j)
	if err != nil {
		return "", err
	}
	if a, ok := inc.ApprovalOf(ask.Hash); ok && a.Granted != nil {
		return a.Granted.Words(), nil
	}
	return "refused", nil
}

// Means says how an approval can be given here, and by what not.
func (c *Conductor) Means(actor incident.Actor) action.Means { return c.Approval.Means(actor) }
