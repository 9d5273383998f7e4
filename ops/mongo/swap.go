package mongo

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"calm/ops"
)

// Namespace is a collection or a view of a database, as listCollections has it.
type Namespace struct {
	Name    string
	Type    string   // "collection", "view", "timeseries"
	UUID    string   // in hex; a rename keeps it. Empty for a view
	Options bson.Raw // nil for none
}

// Namespaces lists what a database holds, the server's own and views too, by name.
func (c *Client) Namespaces(ctx context.Context, db string) ([]Namespace, error) {
	raw, err := c.command(ctx, db, bson.D{
		{Key: "listCollections", Value: 1},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: 100_000}}},
	})
	if err != nil {
		return nil, err
	}
	array, ok := raw.Lookup("cursor", "firstBatch").ArrayOK()
	if id, _ := raw.Lookup("cursor", "id").AsInt64OK(); !ok || id != 0 {
		return nil, c.odd("listCollections")
	}
	values, err := array.Values()
	if err != nil {
		return nil, c.odd("listCollections")
	}
	var list []Namespace
	for _, v := range values {
		doc, ok := v.DocumentOK()
		if !ok {
			return nil, c.odd("listCollections")
		}
		n := Namespace{}
		n.Name, _ = doc.Lookup("name").StringValueOK()
		n.Type, _ = doc.Lookup("type").StringValueOK()
		n.Options, _ = doc.Lookup("options").DocumentOK()
		if _, id, ok := doc.Lookup("info", "uuid").BinaryOK(); ok {
			n.UUID = hex.EncodeToString(id)
		}
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b Namespace) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Size is how much a database holds, and how much room its server has, in bytes.
type Size struct {
	Documents int64
	Data      int64 // uncompressed, as a dump of it would be
	Stored    int64 // on the server's disk, with the indexes
	Room      int64 // free on that disk; -1 where the server does not say
}

// Size asks the server what a database takes up.
func (c *Client) Size(ctx context.Context, db string) (Size, error) {
	raw, err := c.command(ctx, db, bson.D{{Key: "dbStats", Value: 1}})
	if err != nil {
		return Size{}, err
	}
	n := func(key string) int64 { return int64(number(raw.Lookup(key))) }
	s := Size{Documents: n("objects"), Data: n("dataSize"), Stored: n("storageSize") + n("indexSize"), Room: -1}
	if total := n("fsTotalSize"); total > 0 {
		s.Room = total - n("fsUsedSize")
	}
	return s, nil
}

// Writable refuses a member that is not the primary: what is changed through it would fail.
func (c *Client) Writable(ctx context.Context) error {
	raw, err := c.command(ctx, "admin", bson.D{{Key: "hello", Value: 1}})
	if err != nil {
		return err
	}
	if yes, ok := raw.Lookup("isWritablePrimary").BooleanOK(); !ok || !yes {
		return ops.Errorf(ops.Conflict, op, "it is not the primary of its replica set; name the set's members in the address")
	}
	return nil
}

// Ping asks for nothing but an answer.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.command(ctx, "admin", ping)
	return err
}

// Expired is how many documents the server has deleted so far because a TTL index says so.
func (c *Client) Expired(ctx context.Context) (int64, error) {
	raw, err := c.command(ctx, "admin", bson.D{{Key: "serverStatus", Value: 1}})
	if err != nil {
		return 0, err
	}
	return int64(number(raw.Lookup("metrics", "ttl", "deletedDocuments"))), nil
}

// Exact counts a collection's documents one by one, for as long as ctx allows. It goes by the index
// of _id, which servers that forbid whole scans let pass. A collection that is not there has none.
func (c *Client) Exact(ctx context.Context, db, coll string) (int64, error) {
	raw, err := c.command(ctx, db, bson.D{
		{Key: "aggregate", Value: coll},
		{Key: "pipeline", Value: bson.A{bson.D{{Key: "$count", Value: "n"}}}},
		{Key: "cursor", Value: bson.D{}},
		{Key: "hint", Value: byID},
	})
	if err != nil {
		return 0, err
	}
	array, ok := raw.Lookup("cursor", "firstBatch").ArrayOK()
	if !ok {
		return 0, c.odd("$count")
	}
	values, _ := array.Values()
	if len(values) == 0 {
		return 0, nil
	}
	doc, _ := values[0].DocumentOK()
	return int64(number(doc.Lookup("n"))), nil
}

var byID = bson.D{{Key: "_id", Value: 1}}

// Each gives every document of a collection, which is good for the call only.
func (c *Client) Each(ctx context.Context, db, coll string, see func(bson.Raw)) error {
	driver, err := c.connect(ctx)
	if err != nil {
		return err
	}
	cursor, err := driver.Database(db).Collection(coll).Find(ctx, bson.D{}, options.Find().SetHint(byID))
	if err != nil {
		return c.explain(err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		see(cursor.Current)
	}
	if err := cursor.Err(); err != nil {
		return c.explain(err)
	}
	return nil
}

// Replace puts a collection into the place of another one of the same database, which is dropped: at
// once, or not at all. Without that other one it is a rename.
func (c *Client) Replace(ctx context.Context, db, coll, with string) error {
	return c.change(ctx, "admin", bson.D{
		{Key: "renameCollection", Value: db + "." + with}, {Key: "to", Value: db + "." + coll}, {Key: "dropTarget", Value: true},
	})
}

// Drop takes a collection or a view away; one that is not there is no error.
func (c *Client) Drop(ctx context.Context, db, coll string) error {
	err := c.change(ctx, db, bson.D{{Key: "drop", Value: coll}})
	var cmd mongo.CommandError
	if errors.As(err, &cmd) && cmd.Code == codeNoNamespace {
		return nil
	}
	return err
}

// codeNoNamespace is the server's error code 26.
const codeNoNamespace = 26

// SetView makes a view what it is to be: a new one, or in the place of one that is there.
func (c *Client) SetView(ctx context.Context, db, name, on string, pipeline bson.RawValue, there bool) error {
	verb := "create"
	if there {
		verb = "collMod"
	}
	return c.change(ctx, db, bson.D{{Key: verb, Value: name}, {Key: "viewOn", Value: on}, {Key: "pipeline", Value: pipeline}})
}

// change runs a command that writes, and names the role that it needs where the server refuses it.
func (c *Client) change(ctx context.Context, db string, cmd bson.D) error {
	_, err := c.command(ctx, db, cmd)
	var refused mongo.CommandError
	if errors.As(err, &refused) && refused.Code == codeUnauthorized {
		return &ops.Error{Code: ops.Denied, Op: op, Detail: fmt.Sprintf("not authorized for %s; the role dbAdmin or restore is needed", cmd[0].Key), Err: err}
	}
	return err
}
