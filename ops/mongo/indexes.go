package mongo

import (
	"context"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Index is one index of a collection.
type Index struct {
	Name string
	Keys string // its pattern in order: "readyToShip: 1, category: 1"
}

// Indexes lists a collection's indexes. The error has the code Failed for a collection that is not
// there.
func (c *Client) Indexes(ctx context.Context, db, coll string) ([]Index, error) {
	raw, err := c.command(ctx, db, bson.D{
		{Key: "listIndexes", Value: coll},
		{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: 1000}}}, // the server allows 64
	})
	if err != nil {
		return nil, err
	}
	array, ok := raw.Lookup("cursor", "firstBatch").ArrayOK()
	if !ok {
		return nil, c.odd("listIndexes")
	}
	values, err := array.Values()
	if err != nil {
		return nil, c.odd("listIndexes")
	}
	var list []Index
	for _, v := range values {
		doc, ok := v.DocumentOK()
		if !ok {
			return nil, c.odd("listIndexes")
		}
		i := Index{}
		i.Name, _ = doc.Lookup("name").StringValueOK()
		keys, _ := doc.Lookup("key").DocumentOK()
		i.Keys = pattern(keys)
		list = append(list, i)
	}
	return list, nil
}

// pattern writes an index's keys as a person does: 1, -1, or the word of a special index.
func pattern(keys bson.Raw) string {
	elements, _ := keys.Elements()
	var parts []string
	for _, e := range elements {
		value, ok := e.Value().StringValueOK()
		if !ok {
			value = strconv.FormatFloat(number(e.Value()), 'f', -1, 64)
		}
		parts = append(parts, e.Key()+": "+value)
	}
	return strings.Join(parts, ", ")
}
