package survey

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"calm/model/doctor"
	"calm/ops/mongo"
)

const mongoHelp = "start mongod, or set mongo.uri or the variable that it is in (mongo.uri_env) in calm.yaml"

func notAsked() answer { return unknown("mongod is not asked here", mongoHelp) }

func (s *survey) database(ctx context.Context, name string) answer {
	if s.Mongo == nil {
		return notAsked()
	}
	name = s.bind(name)
	all, err := s.listed.get(ctx, "mongod", s.Mongo.Databases)
	switch {
	case err != nil:
		return unknown(err.Error(), mongoHelp)
	case slices.Contains(all, name):
		return there("")
	}
	return missing("mongod has "+several(all, "no database"), bound(name, "mend the runbook"))
}

// in lists the collections of a database, asked once.
func (s *survey) in(ctx context.Context, db string) ([]string, error) {
	return s.listed.get(ctx, "mongod, database "+db, func(ctx context.Context) ([]string, error) { return s.Mongo.Collections(ctx, db) })
}

// home is the database and the bare name of a collection: db.name, where there is no db.name in the
// connection's own database.
func (s *survey) home(ctx context.Context, name string) (db, coll string, all []string, err error) {
	db, coll = s.Mongo.Database(), name
	all, err = s.in(ctx, db)
	if err != nil || slices.Contains(all, name) {
		return db, coll, all, err
	}
	if other, rest, ok := strings.Cut(name, "."); ok {
		if theirs, err := s.in(ctx, other); err == nil && len(theirs) > 0 {
			return other, rest, theirs, nil
		}
	}
	return db, coll, all, nil
}

func (s *survey) collection(ctx context.Context, name string) answer {
	if s.Mongo == nil {
		return notAsked()
	}
	name = s.bind(name)
	db, coll, all, err := s.home(ctx, name)
	switch {
	case err != nil:
		return unknown(err.Error(), mongoHelp)
	case slices.Contains(all, coll):
		return there("in " + db)
	}
	return missing(db+" has "+several(all, "no collection"), bound(name, "look whether MONGODB_URI names the right database"))
}

func (s *survey) index(ctx context.Context, t doctor.Thing) answer {
	if s.Mongo == nil {
		return notAsked()
	}
	of := s.bind(t.How.Of)
	db, coll, all, err := s.home(ctx, of)
	if err != nil {
		return unknown(err.Error(), mongoHelp)
	}
	if !slices.Contains(all, coll) {
		return missing("its collection is not there", "see the collection "+of)
	}
	list, err := s.indexes.get(ctx, "mongod, collection "+db+"."+coll, func(ctx context.Context) ([]mongo.Index, error) {
		return s.Mongo.Indexes(ctx, db, coll)
	})
	if err != nil {
		return unknown(err.Error(), mongoHelp)
	}
	name := strings.TrimPrefix(t.Name, t.How.Of+" ")
	var others []string
	for _, i := range list {
		if t.How.Keys != "" && i.Keys == t.How.Keys || t.How.Keys == "" && i.Name == name {
			return there(i.Name)
		}
		others = append(others, i.Name)
	}
	help := "mend the runbook, or make the index"
	if t.How.Made > 0 {
		help = "the runbook's own step makes it, line " + strconv.Itoa(t.How.Made)
	}
	return missing(coll+" has "+several(others, "no index"), help)
}
