package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops"
	"calm/ops/mongo"
)

// swapAll puts every copy into the place of the collection in use. Each swap happens at once or not at
// all; between two of them a failure leaves some done and some not, and the error says which.
func (r *restoring) swapAll(ctx context.Context) error {
	r.say("4  %s", phaseSwap)
	r.state.Phase = phaseSwap
	if err := r.state.save(r.Folder); err != nil {
		return r.retreat(ctx, err)
	}
	for i, s := range r.state.Swaps {
		if err := r.swap(ctx, s); err != nil {
			return r.halfDone(ctx, i, err)
		}
		r.say("   %s is the dump's now", s.ns())
	}
	if err := r.views(ctx); err != nil {
		return fmt.Errorf("%w; every collection is swapped, a view is not", err)
	}
	_ = r.clear(ctx)
	r.state.Phase = phaseDone
	if err := r.state.save(r.Folder); err != nil {
		r.say("   %s", err)
	}
	return r.recount(ctx)
}

// swap replaces one collection. Where the server's answer does not come, it is looked for: the copy's
// UUID says which of the two is in place.
func (r *restoring) swap(ctx context.Context, s swap) error {
	once, cancel := context.WithTimeout(ctx, 2*r.patience)
	err := r.db.Replace(once, s.Database, s.Name, s.Beside)
	cancel()
	if err == nil {
		return nil
	}
	give := time.Now().Add(2 * r.patience)
	tick := time.NewTicker(min(heartbeat, max(r.patience/4, time.Millisecond)))
	defer tick.Stop()
	for {
		looking, cancel := context.WithTimeout(ctx, r.patience)
		there, lookErr := r.list(looking, s.Database)
		cancel()
		if lookErr == nil {
			if inPlace(there, s) {
				return nil
			}
			return err
		}
		if time.Now().After(give) {
			return fmt.Errorf("%w; whether %s was swapped is not known: %w", err, s.ns(), lookErr)
		}
		<-tick.C
	}
}

// inPlace says whether a collection is the copy that was beside it.
func inPlace(there []mongo.Namespace, s swap) bool {
	return slices.ContainsFunc(there, func(n mongo.Namespace) bool { return n.Name == s.Name && n.UUID == s.UUID })
}

// halfDone is the end of a swap that failed at one of its collections.
func (r *restoring) halfDone(ctx context.Context, at int, cause error) error {
	if at == 0 {
		return r.retreat(ctx, cause)
	}
	var done, open []string
	for i, s := range r.state.Swaps {
		if i < at {
			done = append(done, s.ns())
		} else {
			open = append(open, s.ns())
		}
	}
	text := fmt.Sprintf("swapped: %s; as before: %s; the fresh dump of both is in %s", strings.Join(done, ", "), strings.Join(open, ", "), r.Fresh())
	if left := r.clear(ctx); len(left) > 0 {
		text += "; left beside: " + strings.Join(left, ", ")
	}
	return fmt.Errorf("%w; half done: %s", cause, text)
}

// recount says what is in place after the swap. What differs from the dump by now was written since.
func (r *restoring) recount(ctx context.Context) error {
	for _, s := range r.state.Swaps {
		n, err := r.exact(ctx, s.Database, s.Name)
		if err != nil {
			return fmt.Errorf("%w; every collection is swapped, and was counted before it", err)
		}
		text := ""
		if n != s.Documents {
			text = fmt.Sprintf(", %s at the swap: it is being written to", number(s.Documents))
		}
		r.say("   %s: %s%s", s.ns(), documents(n), text)
	}
	r.say("   the fresh dump is in %s", r.Fresh())
	return nil
}

// views makes the views of the dump what they are there. They hold no documents.
func (r *restoring) views(ctx context.Context) error {
	for _, d := range r.Databases {
		if !slices.ContainsFunc(d.Collections, func(k Collection) bool { return k.Type == "view" }) {
			continue
		}
		there, err := r.list(ctx, d.Name)
		if err != nil {
			return err
		}
		for _, k := range d.Collections {
			if k.Type != "view" {
				continue
			}
			if err := r.view(ctx, d, k, there); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *restoring) view(ctx context.Context, d Database, k Collection, there []mongo.Namespace) error {
	raw, err := readPlain(metadataPath(d, k))
	if err != nil {
		return ops.Wrap("read the dump", err)
	}
	var doc struct {
		Options bson.Raw `bson:"options"`
	}
	if err := bson.UnmarshalExtJSON(raw, false, &doc); err != nil {
		return ops.Errorf(ops.Invalid, "read the dump", "the view %s is damaged", k.Name)
	}
	on, _ := doc.Options.Lookup("viewOn").StringValueOK()
	pipeline := doc.Options.Lookup("pipeline")
	at := slices.IndexFunc(there, func(n mongo.Namespace) bool { return n.Name == k.Name })
	if at >= 0 && there[at].Options.Lookup("viewOn").Equal(doc.Options.Lookup("viewOn")) && there[at].Options.Lookup("pipeline").Equal(pipeline) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, oneStep)
	defer cancel()
	if err := r.db.SetView(ctx, d.Name, k.Name, on, pipeline, at >= 0); err != nil {
		return err
	}
	r.say("   the view %s.%s is as in the dump", d.Name, k.Name)
	return nil
}
