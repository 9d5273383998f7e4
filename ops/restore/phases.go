package restore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops"
	"calm/ops/mongo"
)

// dump takes the fresh dump, and counts it against the server. While the app writes, a collection may
// have as many documents in the dump as the server had before, or after, or between; one that does not is
// dumped once more, for it may have been caught at a bad moment.
func (r *restoring) dump(ctx context.Context) error {
	var wrong error
	for range 2 {
		if err := os.RemoveAll(r.Fresh()); err != nil {
			return ops.Wrap(op, err)
		}
		before, err := r.counts(ctx)
		if err != nil {
			return err
		}
		if err := r.dumpAll(ctx); err != nil {
			return err
		}
		after, err := r.counts(ctx)
		if err != nil {
			return err
		}
		n, err := r.matches(before, after)
		if err != nil {
			r.say("   %s", err)
			wrong = err
			continue
		}
		if err := syncAll(r.Folder); err != nil {
			return err
		}
		r.say("   %s counted in it, as on the server", documents(n))
		r.state.Dumped = true
		return r.state.save(r.Folder)
	}
	return wrong
}

func (r *restoring) dumpAll(ctx context.Context) error {
	if err := os.Mkdir(r.Fresh(), 0o700); err != nil {
		return ops.Wrap(op, err)
	}
	for _, d := range r.Databases {
		argv := []string{r.Dump, "--out=" + r.Fresh()}
		if DatabaseOf(r.uri) == "" {
			argv = append(argv, "--db="+d.Name)
		}
		if err := r.tool(ctx, argv...); err != nil {
			return err
		}
	}
	return nil
}

// counts are the documents of every collection that a dump would have, by namespace.
func (r *restoring) counts(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for _, d := range r.Databases {
		there, err := r.list(ctx, d.Name)
		if err != nil {
			return nil, err
		}
		for _, n := range there {
			if n.Type != "collection" || strings.HasPrefix(n.Name, "system.") {
				continue
			}
			if out[d.Name+"."+n.Name], err = r.exact(ctx, d.Name, n.Name); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (r *restoring) list(ctx context.Context, db string) ([]mongo.Namespace, error) {
	ctx, cancel := context.WithTimeout(ctx, oneStep)
	defer cancel()
	return r.db.Namespaces(ctx, db)
}

func (r *restoring) exact(ctx context.Context, db, coll string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, counting)
	defer cancel()
	return r.db.Exact(ctx, db, coll)
}

// matches holds the fresh dump against what the server had before and after it.
func (r *restoring) matches(before, after map[string]int64) (total int64, err error) {
	for ns, was := range before {
		now, still := after[ns]
		if !still {
			continue // dropped meanwhile
		}
		db, name, _ := strings.Cut(ns, ".")
		n, err := r.dumped(db, name)
		if err != nil {
			return 0, err
		}
		if n < min(was, now) || n > max(was, now) {
			return 0, ops.Errorf(ops.Failed, "mongodump", "the fresh dump holds %s of %s, and the server %s", documents(n), ns, between(was, now))
		}
		total += n
	}
	return total, nil
}

func between(was, now int64) string {
	if was == now {
		return number(was)
	}
	return number(was) + " before it and " + number(now) + " after it"
}

// dumped counts one collection of the fresh dump.
func (r *restoring) dumped(db, name string) (int64, error) {
	dir := filepath.Join(r.Fresh(), db)
	for _, file := range []string{escaped(name), name} {
		if path := filepath.Join(dir, file+".bson"); exists(path) {
			return scan(path, false, nil)
		}
	}
	// A name that is too long for a file is cut off, and told in the metadata.
	list, err := readFolder(dir)
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	for _, k := range list {
		if k.Name == name && exists(filepath.Join(dir, k.File+".bson")) {
			return scan(filepath.Join(dir, k.File+".bson"), false, nil)
		}
	}
	return 0, ops.Errorf(ops.Failed, "mongodump", "%s.%s is not in the fresh dump", db, name)
}

// source is a folder with nothing in it but links to what is to be restored: whatever else is in the
// dump, the tool does not see it.
func (r *restoring) source() string { return filepath.Join(r.Folder, "source") }

func (r *restoring) link() error {
	for _, d := range r.Databases {
		to := filepath.Join(r.source(), d.Name)
		if err := os.MkdirAll(to, 0o700); err != nil {
			return ops.Wrap(op, err)
		}
		for _, k := range d.Collections {
			if k.Type != "collection" {
				continue
			}
			for _, end := range []string{".bson", ".bson.gz", ".metadata.json", ".metadata.json.gz"} {
				from := filepath.Join(d.Folder, k.File+end)
				if !exists(from) {
					continue
				}
				if err := os.Symlink(from, filepath.Join(to, k.File+end)); err != nil {
					return ops.Wrap(op, err)
				}
			}
		}
	}
	return nil
}

// restoreArgv is mongorestore as it runs, to beside the collections in use.
func (r *restoring) restoreArgv(more ...string) []string {
	dir := r.source()
	if db := DatabaseOf(r.uri); db != "" {
		dir = filepath.Join(dir, db) // it takes the folder for that database's own
	}
	argv := []string{r.Restore, "--dir=" + dir}
	for _, d := range r.Databases {
		argv = append(argv, "--nsFrom="+d.Name+".*", "--nsTo="+d.Name+"."+r.beside("*"))
	}
	if r.Gzip {
		argv = append(argv, "--gzip")
	}
	return slices.Concat(argv, r.Flags, more)
}

// dryRun lets the tool read the dump without restoring anything.
func (r *restoring) dryRun(ctx context.Context) error {
	if err := r.link(); err != nil {
		return err
	}
	if err := r.tool(ctx, r.restoreArgv("--dryRun")...); err != nil {
		return err
	}
	var n int64
	for _, w := range r.wants {
		n += w.documents
	}
	r.say("   %s in the dump, counted by calm", documents(n))
	return nil
}

// restoreBeside restores the dump to collections beside those in use, and believes only what it counts
// there itself.
func (r *restoring) restoreBeside(ctx context.Context) error {
	expired, expiredErr := r.db.Expired(ctx)
	if err := r.tool(ctx, r.restoreArgv()...); err != nil {
		return err
	}
	for _, d := range r.Databases {
		there, err := r.list(ctx, d.Name)
		if err != nil {
			return err
		}
		for _, k := range d.Collections {
			if k.Type != "collection" {
				continue
			}
			s, err := r.examine(ctx, d.Name, k, there)
			if err != nil {
				return err
			}
			r.state.Swaps = append(r.state.Swaps, s)
		}
	}
	if err := r.faded(ctx, expired, expiredErr); err != nil {
		return err
	}
	return r.state.save(r.Folder)
}

// examine counts one copy beside, and holds its documents, indexes and options against the dump.
func (r *restoring) examine(ctx context.Context, db string, k Collection, there []mongo.Namespace) (swap, error) {
	w := r.wants[db+"."+k.Name]
	s := swap{Database: db, Name: k.Name, Beside: r.beside(k.Name), Fades: fades(w.meta)}
	bad := func(format string, args ...any) error {
		return ops.Errorf(ops.Failed, "mongorestore", "%s.%s: %s", db, k.Name, fmt.Sprintf(format, args...))
	}
	at := slices.IndexFunc(there, func(n mongo.Namespace) bool { return n.Name == s.Beside })
	if at < 0 || there[at].Type != "collection" {
		return s, bad("it was not restored, whatever its exit status says")
	}
	s.UUID = there[at].UUID
	var err error
	if s.Documents, err = r.exact(ctx, db, s.Beside); err != nil {
		return s, err
	}
	if s.Documents != w.documents && (!s.Fades || s.Documents > w.documents) {
		return s, bad("%s were restored, and the dump holds %s", documents(s.Documents), number(w.documents))
	}
	if w.digest != nil && !s.Fades {
		if err := r.same(ctx, db, s.Beside, *w.digest); err != nil {
			return s, err
		}
	}
	if err := r.furnished(ctx, db, s.Beside, w.meta, there[at].Options); err != nil {
		return s, bad("%s", err)
	}
	r.say("   %s: %s beside, as in the dump", s.ns(), documents(s.Documents))
	return s, nil
}

// same compares the documents themselves.
func (r *restoring) same(ctx context.Context, db, coll string, want digest) error {
	ctx, cancel := context.WithTimeout(ctx, counting)
	defer cancel()
	var have digest
	if err := r.db.Each(ctx, db, coll, func(doc bson.Raw) { have.add(doc) }); err != nil {
		return err
	}
	if have != want {
		return ops.Errorf(ops.Failed, "mongorestore", "%s.%s: as many documents as in the dump were restored, but other ones", db, coll)
	}
	return nil
}

// faded settles what is missing of collections with a TTL index: no more than the server says that it
// has deleted by itself since.
func (r *restoring) faded(ctx context.Context, before int64, err error) error {
	var missing int64
	for _, s := range r.state.Swaps {
		missing += r.wants[s.ns()].documents - s.Documents
	}
	if missing == 0 {
		return nil
	}
	after, nowErr := r.db.Expired(ctx)
	if err != nil || nowErr != nil {
		return ops.Errorf(ops.Failed, "mongorestore", "%s are missing beside, and the server does not tell whether its TTL indexes have deleted them", documents(missing))
	}
	if after-before < missing {
		return ops.Errorf(ops.Failed, "mongorestore", "%s are missing beside, and TTL indexes account for %s", documents(missing), number(after-before))
	}
	r.say("   %s had expired and were deleted again by their TTL index", documents(missing))
	return nil
}
