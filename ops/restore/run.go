package restore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/signal"
	"calm/ops"
	"calm/ops/mongo"
	"calm/ops/run"
)

// besidePrefix begins the name of every collection that is restored beside the one in use.
const besidePrefix = "calm_restore_"

// How long mongod may be silent before a phase that touches nothing in use is given up; how often it
// is asked; and how often a long phase says that it is still at it. No phase has a limit of its own: a
// restore takes as long as it takes.
const (
	silence    = 30 * time.Second
	heartbeat  = 2 * time.Second
	stillEvery = time.Minute
)

// oneStep is how long the server may take for a rename or for the list of its collections, counting for
// much longer.
const (
	oneStep  = time.Minute
	counting = time.Hour
)

// Kind runs a plan of kind action.Restore inside a supervisor; it is a run.Kind. Told to stop, it stops
// up to the swap, and leaves the database as it was; from there on it goes through.
func Kind(ctx context.Context, p action.Plan, out io.Writer) error {
	var c Change
	if err := json.Unmarshal(p.Detail, &c); err != nil || c.Folder == "" || len(c.Databases) == 0 {
		return ops.Errorf(ops.Invalid, op, "the plan does not say what to restore; propose it again")
	}
	uri, err := c.Address.Resolve(os.Getenv)
	if err != nil {
		return err
	}
	return c.run(ctx, p.Op, uri, out, silence)
}

func (c Change) run(ctx context.Context, id, uri string, out io.Writer, patience time.Duration) error {
	r := &restoring{Change: c, id: id, uri: uri, out: out, patience: patience, db: mongo.New(mongo.Options{URI: uri}), exec: run.Local{}}
	defer r.db.Close(context.WithoutCancel(ctx))
	return r.run(ctx)
}

// restoring is one restore on its way.
type restoring struct {
	Change
	id       string
	uri      string
	out      io.Writer
	patience time.Duration
	db       *mongo.Client
	exec     run.Exec
	state    state
	wants    map[string]want // by namespace
}

// want is what a collection of the dump holds, as calm itself has read it.
type want struct {
	documents int64
	digest    *digest // nil for one that is too big to be compared document by document
	meta      *metadata
}

func (r *restoring) say(format string, args ...any) { _, _ = fmt.Fprintf(r.out, format+"\n", args...) }

// run goes through the phases. Up to the swap every failure leaves what is in use as it was.
func (r *restoring) run(ctx context.Context) error {
	if err := r.begin(ctx); err != nil {
		return fmt.Errorf("%w; nothing was touched", err)
	}
	for i, phase := range []struct {
		name string
		do   func(context.Context) error
	}{
		{phaseDump, r.dump}, {phaseDryRun, r.dryRun}, {phaseBeside, r.restoreBeside},
	} {
		r.say("%d  %s", i+1, phase.name)
		r.state.Phase = phase.name
		err := r.state.save(r.Folder)
		if err == nil {
			err = r.watched(ctx, phase.do)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return r.retreat(context.WithoutCancel(ctx), err)
		}
	}
	// From here on a stop would leave it between two states: it goes through.
	return r.swapAll(context.WithoutCancel(ctx))
}

// begin looks whether everything is as it was shown, and makes the folder.
func (r *restoring) begin(ctx context.Context) error {
	seen, err := r.Look(ctx, r.uri)
	if err != nil {
		return err
	}
	if err := r.Fits(seen); err != nil {
		return err
	}
	for _, left := range seen.Left {
		r.say("%s is left of an earlier restore that was cut off; drop it when nobody needs it", left)
	}
	if err := r.readAgain(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.Folder), 0o700); err != nil {
		return ops.Wrap(op, err)
	}
	return ops.Wrap(op, os.Mkdir(r.Folder, 0o700))
}

// compareLimit is how large a file may be for its documents to be compared one by one, in bytes.
const compareLimit = 512 << 20

// readAgain reads the whole dump: it must be the one that was shown, and whole.
func (r *restoring) readAgain() error {
	r.wants = map[string]want{}
	for _, d := range r.Databases {
		for _, k := range d.Collections {
			if k.Type == "collection" {
				w, err := r.read(d, k)
				if err != nil {
					return err
				}
				r.wants[d.Name+"."+k.Name] = w
			}
		}
	}
	return nil
}

func (r *restoring) read(d Database, k Collection) (want, error) {
	path := filepath.Join(d.Folder, k.File+".bson")
	if r.Gzip {
		path += ".gz"
	}
	changed := ops.Errorf(ops.Conflict, op, "%s is not as it was when this was shown; propose it again", path)
	info, err := os.Stat(path)
	if err != nil || info.Size() != k.Bytes || !info.ModTime().UTC().Truncate(time.Microsecond).Equal(k.Written) {
		return want{}, changed
	}
	w := want{}
	var see func([]byte)
	if k.Bytes <= compareLimit {
		w.digest = &digest{}
		see = w.digest.add
	}
	if w.documents, err = scan(path, r.Gzip, see); err != nil {
		return w, err
	}
	if k.Documents >= 0 && w.documents != k.Documents {
		return w, changed
	}
	w.meta, err = readMetadata(d.Folder, k.File)
	return w, err
}

// watched does one phase. It is given up when mongod has been silent for too long: the tools would wait
// for minutes, and some of them for ever.
func (r *restoring) watched(ctx context.Context, do func(context.Context) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	gone := make(chan struct{})
	watching, enough := context.WithCancel(ctx)
	go func() {
		defer close(gone)
		r.pulse(watching, stop)
	}()
	err := do(ctx)
	enough()
	<-gone
	if cause := context.Cause(ctx); cause != nil && ops.CodeOf(cause) == ops.Timeout && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return err
}

func (r *restoring) pulse(ctx context.Context, stop context.CancelCauseFunc) {
	db := mongo.New(mongo.Options{URI: r.uri})
	defer db.Close(context.WithoutCancel(ctx))
	tick := time.NewTicker(min(heartbeat, max(r.patience/4, time.Millisecond)))
	defer tick.Stop()
	began := time.Now()
	last, said := began, began
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asking, cancel := context.WithTimeout(ctx, r.patience/2)
		err := db.Ping(asking)
		cancel()
		now := time.Now()
		if err == nil {
			last = now
		}
		if now.Sub(last) > r.patience && ctx.Err() == nil {
			stop(ops.Errorf(ops.Timeout, op, "mongod has not answered for %s", signal.Span(now.Sub(last))))
			return
		}
		if now.Sub(said) > stillEvery {
			said = now
			r.say("   still at it after %s; calm sets no limit", signal.Span(now.Sub(began)))
		}
	}
}

// tool runs one of MongoDB's tools with the address as a file that is on no disk.
func (r *restoring) tool(ctx context.Context, argv ...string) error {
	address, err := run.Address("address", r.uri)
	if err != nil {
		return ops.Wrap(op, err)
	}
	defer address.Close()
	argv = append([]string{argv[0], "--config=/dev/fd/3"}, argv[1:]...)
	res, err := r.exec.Run(ctx, run.Command{Argv: argv, Timeout: -1, Live: r.out, Files: []*os.File{address}})
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ops.Wrap(filepath.Base(argv[0]), context.Cause(ctx))
	}
	return ops.Errorf(ops.CodeOf(err), filepath.Base(argv[0]), "exit %d: %s", res.Exit, lastLine(res.Stderr))
}

// lastLine is where the tools say what was wrong, without the time that they put before it.
func lastLine(text []byte) string {
	last := ""
	for line := range strings.Lines(string(text)) {
		if _, said, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && (last == "" || strings.HasPrefix(said, "Failed")) {
			last = said
		}
	}
	if last == "" {
		last = "it says nothing"
	}
	return last
}

// retreat drops the copies beside; what is in use was not touched yet.
func (r *restoring) retreat(ctx context.Context, cause error) error {
	text := "nothing in use was touched"
	if r.state.Dumped {
		text += "; the fresh dump is in " + r.Fresh()
	} else if err := os.RemoveAll(r.Fresh()); err != nil {
		text += "; " + r.Fresh() + " could not be taken away"
	}
	if left := r.clear(ctx); len(left) > 0 {
		text += "; left beside: " + strings.Join(left, ", ") + ": drop them by hand"
	}
	return fmt.Errorf("%w; %s", cause, text)
}

// clear drops what this restore has put beside, and gives what it could not.
func (r *restoring) clear(ctx context.Context) (left []string) {
	_ = os.RemoveAll(r.source())
	if r.state.Phase == phaseDump || r.state.Phase == phaseDryRun {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.patience)
	defer cancel()
	for _, d := range r.Databases {
		there, err := r.db.Namespaces(ctx, d.Name)
		if err != nil {
			left = append(left, d.Name+"."+r.beside("*"))
			continue
		}
		for _, n := range there {
			if strings.HasPrefix(n.Name, r.beside("")) && r.db.Drop(ctx, d.Name, n.Name) != nil {
				left = append(left, d.Name+"."+n.Name)
			}
		}
	}
	return left
}

// beside is what a collection is called while it stands beside the one in use. The end of a ULID is
// the part of it that is random.
func (r *restoring) beside(name string) string { return Beside(r.id, name) }

// Beside is the name that a collection has beside the one in use, for an action's Op.
func Beside(id, name string) string {
	return besidePrefix + strings.ToLower(id[max(0, len(id)-10):]) + "_" + name
}
