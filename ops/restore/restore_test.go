package restore

import (
	"os"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/model/signal"
)

// untouched says that the database is what it was, with nothing beside.
func (s *server) untouched() {
	s.t.Helper()
	for coll, want := range map[string]string{"tickets": "300 new", "orders": "40 new", "products": "12 old"} {
		if got := s.mark("shop", coll); got != want {
			s.t.Errorf("%s: %s, and it was %s", coll, got, want)
		}
	}
	s.nothingBeside()
}

func (s *server) nothingBeside() {
	s.t.Helper()
	for _, n := range s.names("shop") {
		if strings.HasPrefix(n, besidePrefix) {
			s.t.Errorf("left beside: %s", n)
		}
	}
}

func TestRestoreAndTakeItBack(t *testing.T) {
	s := serve(t)
	s.shop()
	c := s.change("shop", "tickets", "orders")
	if k := c.Databases[0].Collections[1]; k.Before != 300 || k.Documents != 240 {
		t.Errorf("%+v", k)
	}
	out, err := s.do(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"352 documents counted in it, as on the server", "290 documents in the dump", "shop.tickets: 240 documents beside", "shop.orders is the dump's now"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in its output", want)
		}
	}
	for coll, want := range map[string]string{"tickets": "240 old", "orders": "50 old", "products": "12 old"} {
		if got := s.mark("shop", coll); got != want {
			t.Errorf("%s: %s, want %s", coll, got, want)
		}
	}
	s.nothingBeside()
	var reply bson.M
	if err := s.db.Database("shop").RunCommand(t.Context(), bson.D{{Key: "insert", Value: "tickets"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: "x"}, {Key: "n", Value: 1}}}}}).Decode(&reply); err == nil {
		t.Error("the unique index did not come back")
	}
	info, err := os.Stat(c.Folder)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	sensed := c.Sense(t.Context(), os.Getenv)
	if x := sensed.Samples[signal.Documents("shop.tickets")]; sensed.Problem != "" || x.Value != 240 || x.Note != "" {
		t.Errorf("%+v", sensed)
	}
	if !c.Kept() {
		t.Error("the fresh dump is not kept")
	}

	// The way back, by the same way.
	back := c
	back.Folder += "-undo"
	if back.Databases, err = Read(c.Fresh()+"/shop", "shop"); err != nil {
		t.Fatal(err)
	}
	back.Databases[0].Collections = slices.DeleteFunc(back.Databases[0].Collections, func(k Collection) bool { return k.Name == "products" })
	if _, err := back.Look(t.Context(), s.uri("shop")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.do(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	s.untouched()
}
