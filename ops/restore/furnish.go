package restore

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops/mongo"
)

// escaped is the file of a collection, as mongodump names it.
func escaped(name string) string { return url.QueryEscape(name) }

// fades says whether the server deletes of a collection by itself.
func fades(m *metadata) bool {
	return m != nil && slices.ContainsFunc(m.Indexes, func(i bson.M) bool { return i["expireAfterSeconds"] != nil })
}

// furnished says what of a collection's indexes and options is not as the dump has it.
func (r *restoring) furnished(ctx context.Context, db, coll string, m *metadata, options bson.Raw) error {
	if m == nil {
		return nil
	}
	if !slices.Contains(r.Flags, "--noOptionsRestore") {
		if missing := unlike(m.Options, options); missing != "" {
			return fmt.Errorf("its option %s is not as in the dump", missing)
		}
	}
	if slices.Contains(r.Flags, "--noIndexRestore") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, oneStep)
	defer cancel()
	have, err := r.db.Indexes(ctx, db, coll)
	if err != nil {
		return err
	}
	for _, want := range m.Indexes {
		name, _ := want["name"].(string)
		if !slices.ContainsFunc(have, func(i mongo.Index) bool { return i.Name == name }) {
			return fmt.Errorf("its index %s was not built", name)
		}
	}
	return nil
}

// telling are the options that change what a collection takes or gives. What a server adds to them by itself
// is no difference.
var telling = []string{"capped", "max", "validator", "collation.locale", "expireAfterSeconds", "clusteredIndex"}

// unlike is the first option that is not as wanted; empty for none.
func unlike(want bson.M, have bson.Raw) string {
	raw, err := bson.Marshal(want)
	if err != nil {
		return ""
	}
	for _, key := range telling {
		path := strings.Split(key, ".")
		w, h := bson.Raw(raw).Lookup(path...), have.Lookup(path...)
		switch {
		case w.IsZero() && (h.IsZero() || key == "clusteredIndex"):
		case w.IsZero() != h.IsZero():
			return key
		case key == "clusteredIndex":
		case w.IsNumber() && h.IsNumber():
			if w.AsInt64() != h.AsInt64() {
				return key
			}
		case key == "validator":
			// bson.M has no order, so only that there is one can be told.
		case !w.Equal(h):
			return key
		}
	}
	return ""
}
