package practice

import "context"

// Fetch gets every program that a practice host, and another host beside it, needs into the cache,
// and starts nothing.
func Fetch(ctx context.Context, o Options) error {
	h, err := locate(o)
	if err != nil {
		return err
	}
	c := cache{dir: h.rec.Cache, log: h.log}
	t, err := c.fetch(ctx)
	if err != nil {
		return err
	}
	return c.with(ctx, &t, c.ssh)
}

// MongoPrograms are MongoDB's, as absolute paths.
type MongoPrograms struct {
	Mongod, Mongodump, Mongorestore string
	Libraries                       string // folder of shared libraries that mongod needs besides the machine's; empty for none
}

// Mongo gets mongod and its tools into the cache, for who needs a database and nothing else.
func Mongo(ctx context.Context, o Options) (MongoPrograms, error) {
	h, err := locate(o)
	if err != nil {
		return MongoPrograms{}, err
	}
	t, err := cache{dir: h.rec.Cache, log: h.log}.fetch(ctx)
	return MongoPrograms{Mongod: t.Mongod, Mongodump: t.Mongodump, Mongorestore: t.Mongorestore, Libraries: t.Libraries[t.Mongod]}, err
}
