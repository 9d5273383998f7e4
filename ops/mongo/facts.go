package mongo

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops"
)

// countLimit is how long an exact count may take on the server before an estimate will do.
const countLimit = time.Second

// Status is the part of serverStatus that a plan or the doctor asks for.
type Status struct {
	Version     string
	Uptime      time.Duration
	Connections int // open now
	Available   int // that the server would still accept; says nothing about a client's pool
	Queued      int // operations that wait for a lock
	ReplicaSet  string
	Primary     bool
}

// leanStatus switches off the sections of serverStatus that make it 60 kB instead of 3.
var leanStatus = func() bson.D {
	cmd := bson.D{{Key: "serverStatus", Value: 1}}
	for _, section := range []string{
		"asserts", "batchedDeletes", "catalogStats", "changeStreamPreImages", "defaultRWConcern", "electionMetrics", "encryptionAtRest",
		"extra_info", "featureCompatibilityVersion", "flowControl", "freeMonitoring", "indexBulkBuilder", "indexBuilds", "indexStats",
		"internalTransactions", "locks", "logicalSessionRecordCache", "mem", "metrics", "mirroredReads", "network", "opLatencies",
		"opReadConcernCounters", "opWriteConcernCounters", "opcounters", "opcountersRepl", "oplogTruncation", "queryAnalyzers",
		"querySettings", "readConcernCounters", "readPreferenceCounters", "repl_backup", "scramCache", "security",
		"service", "shardSplits", "storageEngine", "tcmalloc", "tenantMigrations", "trafficRecording", "transactions",
		"transportSecurity", "twoPhaseCommitCoordinator", "watchdog", "wiredTiger", "writeBacksQueued",
	} {
		cmd = append(cmd, bson.E{Key: section, Value: 0})
	}
	return cmd
}()

// Status gives the server's own account of itself.
func (c *Client) Status(ctx context.Context) (Status, error) {
	raw, err := c.command(ctx, "admin", leanStatus)
	if err != nil {
		return Status{}, err
	}
	var s Status
	s.Version, _ = raw.Lookup("version").StringValueOK()
	s.Uptime = time.Duration(number(raw.Lookup("uptime"))) * time.Second
	s.Connections = int(number(raw.Lookup("connections", "current")))
	s.Available = int(number(raw.Lookup("connections", "available")))
	s.Queued = int(number(raw.Lookup("globalLock", "currentQueue", "total")))
	s.ReplicaSet, _ = raw.Lookup("repl", "setName").StringValueOK()
	s.Primary, _ = raw.Lookup("repl", "isWritablePrimary").BooleanOK()
	if s.ReplicaSet == "" {
		s.Primary = true
	}
	return s, nil
}

// Databases gives the names of the databases that are not the server's own, sorted.
func (c *Client) Databases(ctx context.Context) ([]string, error) {
	raw, err := c.command(ctx, "admin", bson.D{{Key: "listDatabases", Value: 1}, {Key: "nameOnly", Value: true}})
	if err != nil {
		return nil, err
	}
	names, err := c.names(raw.Lookup("databases"), "listDatabases")
	return slices.DeleteFunc(names, func(n string) bool { return n == "admin" || n == "config" || n == "local" }), err
}

// Collections gives the names of a database's collections, views and the server's own left out,
// sorted.
func (c *Client) Collections(ctx context.Context, db string) ([]string, error) {
	raw, err := c.command(ctx, db, bson.D{
		{Key: "listCollections", Value: 1},
		{Key: "nameOnly", Value: true},
		{Key: "filter", Value: bson.D{{Key: "type", Value: "collection"}}},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: 10_000}}},
	})
	if err != nil {
		return nil, err
	}
	names, err := c.names(raw.Lookup("cursor", "firstBatch"), "listCollections")
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "system.") }), err
}

// Count gives the number of a collection's documents: exact where the server can count them in a
// second, else by its metadata, which is only wrong after a crash. A collection that is not there
// has none.
func (c *Client) Count(ctx context.Context, db, coll string) (int64, error) {
	exact, cancel := context.WithTimeout(ctx, countLimit)
	raw, err := c.command(exact, db, bson.D{
		{Key: "aggregate", Value: coll},
		{Key: "pipeline", Value: bson.A{bson.D{{Key: "$count", Value: "n"}}}},
		{Key: "cursor", Value: bson.D{}},
	})
	cancel()
	if err == nil {
		batch, ok := raw.Lookup("cursor", "firstBatch").ArrayOK()
		if !ok {
			return 0, c.odd("$count")
		}
		values, _ := batch.Values()
		if len(values) == 0 {
			return 0, nil
		}
		doc, _ := values[0].DocumentOK()
		return int64(number(doc.Lookup("n"))), nil
	}
	if ctx.Err() != nil || ops.CodeOf(err) != ops.Timeout && ops.CodeOf(err) != ops.Failed {
		return 0, err
	}
	raw, err = c.command(ctx, db, bson.D{{Key: "count", Value: coll}})
	if err != nil {
		return 0, err
	}
	return int64(number(raw.Lookup("n"))), nil
}

// names reads the names out of an array of documents.
func (c *Client) names(list bson.RawValue, cmd string) ([]string, error) {
	array, ok := list.ArrayOK()
	if !ok {
		return nil, c.odd(cmd)
	}
	values, err := array.Values()
	if err != nil {
		return nil, c.odd(cmd)
	}
	names := []string{}
	for _, v := range values {
		if doc, ok := v.DocumentOK(); ok {
			if n, ok := doc.Lookup("name").StringValueOK(); ok {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}

// odd is the error for a reply without what it should hold.
func (c *Client) odd(cmd string) error {
	return ops.Errorf(ops.Invalid, op, "its reply to %s is not understood", cmd)
}
