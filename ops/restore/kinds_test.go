package restore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/model/signal"
	"calm/ops"
)

// Everything that a database may hold comes back as it was: options, views, odd names, no documents at
// all; and what a TTL index deletes by itself is no failure.
func TestEveryKindOfCollection(t *testing.T) {
	s := serve(t)
	odd, long := "odd/na me é%", strings.Repeat("long", 55)
	s.insert("shop", "tickets", "old", 10)
	s.insert("shop", odd, "old", 3)
	s.insert("shop", long, "old", 4)
	s.run("shop",
		bson.D{{Key: "create", Value: "latestOnes"}, {Key: "capped", Value: true}, {Key: "size", Value: 8192}, {Key: "max", Value: 5}},
		bson.D{{Key: "create", Value: "strict"}, {Key: "validator", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$gte", Value: 0}}}}}, {Key: "collation", Value: bson.D{{Key: "locale", Value: "de"}}}},
		bson.D{{Key: "create", Value: "empty"}},
		bson.D{{Key: "create", Value: "open"}, {Key: "viewOn", Value: "tickets"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: 5}}}}}}}}},
		bson.D{{Key: "create", Value: "readings"}, {Key: "timeseries", Value: bson.D{{Key: "timeField", Value: "at"}}}},
	)
	s.insert("shop", "latestOnes", "old", 9)
	s.insert("shop", "strict", "old", 2)
	if _, err := s.db.Database("shop").Collection("sessions").InsertMany(t.Context(), []any{
		bson.D{{Key: "at", Value: time.Unix(0, 0)}, {Key: "mark", Value: "old"}}, bson.D{{Key: "at", Value: time.Now().Add(time.Hour)}, {Key: "mark", Value: "old"}},
	}); err != nil {
		t.Fatal(err)
	}
	s.dump("shop")
	s.addTTL("sessions")
	s.run("shop",
		bson.D{{Key: "collMod", Value: "open"}, {Key: "viewOn", Value: "strict"}, {Key: "pipeline", Value: bson.A{}}},
		bson.D{{Key: "drop", Value: "latestOnes"}}, bson.D{{Key: "drop", Value: "empty"}}, bson.D{{Key: "drop", Value: "strict"}},
	)
	s.insert("shop", "empty", "new", 1)
	c := s.change("shop")
	var swapped []Collection
	for _, k := range c.Databases[0].Collections {
		if k.Type != "timeseries" && !strings.HasPrefix(k.Name, "system.") {
			swapped = append(swapped, k)
		}
	}
	c.Databases[0].Collections = swapped
	if len(swapped) != 8 {
		t.Fatalf("%+v", swapped)
	}
	if _, err := s.do(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for coll, want := range map[string]string{"tickets": "10 old", odd: "3 old", long: "4 old", "latestOnes": "5 old", "strict": "2 old", "empty": "0", "open": "4 old"} {
		if got := s.mark("shop", coll); got != want {
			t.Errorf("%s: %s, want %s", coll, got, want)
		}
	}
	s.nothingBeside()
	if _, err := s.db.Database("shop").Collection("strict").InsertOne(t.Context(), bson.D{{Key: "n", Value: -1}}); err == nil {
		t.Error("the validator did not come back")
	}
	s.insert("shop", "latestOnes2", "x", 1)
	if sensed := c.Sense(t.Context(), os.Getenv); sensed.Problem != "" {
		t.Errorf("%+v", sensed)
	}
}

// addTTL lets a dump say that documents of a collection expire.
func (s *server) addTTL(coll string) {
	s.t.Helper()
	path := filepath.Join(s.dumped("shop"), coll+".metadata.json")
	b, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	text := strings.Replace(string(b), `"indexes":[`, `"indexes":[{"v":{"$numberInt":"2"},"key":{"at":{"$numberInt":"1"}},"name":"at_1","expireAfterSeconds":{"$numberInt":"60"}},`, 1)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// What expires while the copy is counted is held against what the server says that it has deleted.
func TestDocumentsThatExpire(t *testing.T) {
	s := serve(t)
	s.insert("shop", "sessions", "old", 3)
	s.run("shop", bson.D{{Key: "update", Value: "sessions"}, {Key: "updates", Value: bson.A{bson.D{{Key: "q", Value: bson.D{{Key: "n", Value: 0}}}, {Key: "u", Value: bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: time.Unix(0, 0)}}}}}}}}})
	s.dump("shop")
	s.addTTL("sessions")
	c := s.change("shop")
	g, before := s.gate()
	c.Restore = s.script(onceBeside + `MONGORESTORE "$@"; ` + before)
	ended := make(chan error, 1)
	go func() { _, err := s.do(t.Context(), c); ended <- err }()
	g.wait(t)
	s.until("a document to expire", func() bool { return s.mark("shop", Beside(testOp, "sessions")) == "2 old" })
	g.pass(s)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if x := c.Sense(t.Context(), os.Getenv).Samples[signal.Documents("shop.sessions")]; x.Value != 2 || x.Note != "" {
		t.Errorf("%+v", x)
	}
	// A tool that loses documents has no such excuse.
	c.Folder += "-2"
	for i := range c.Databases[0].Collections {
		c.Databases[0].Collections[i].Before = 2
	}
	lost := s.other("lost", "old", 1)
	if err := os.Rename(filepath.Join(lost, "tickets.bson"), filepath.Join(lost, "sessions.bson")); err != nil {
		t.Fatal(err)
	}
	c.Restore = s.script(fromElsewhere(lost))
	if _, err := s.do(t.Context(), c); err == nil || !strings.Contains(err.Error(), "nothing in use was touched") {
		t.Error(err)
	}
}

func TestSeveralDatabasesAndCompressed(t *testing.T) {
	s := serve(t)
	s.insert("shop", "tickets", "old", 10)
	s.insert("billing", "invoices", "old", 7)
	s.dump("", "--gzip")
	s.run("shop", bson.D{{Key: "drop", Value: "tickets"}})
	s.insert("shop", "tickets", "new", 11)
	s.insert("billing", "other", "new", 1)
	c := s.change("shop")
	more := s.change("billing")
	c.Databases = append(c.Databases, more.Databases...)
	c.Address.Plain = s.uri("")
	if !c.Gzip {
		t.Error("not seen as compressed")
	}
	if _, err := s.do(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if a, b := s.mark("shop", "tickets"), s.mark("billing", "invoices"); a != "10 old" || b != "7 old" {
		t.Error(a, b)
	}
	if s.mark("billing", "other") != "1 new" {
		t.Error("what is not in the dump was touched")
	}
	for _, db := range []string{"shop", "billing"} {
		if !exists(filepath.Join(c.Fresh(), db)) {
			t.Errorf("no fresh dump of %s", db)
		}
	}
}

// A dump that is not the one that was shown is not restored, nor one that is cut off, nor one whose
// collection is a view here.
func TestDumpThatIsNotTheOneShown(t *testing.T) {
	s := serve(t)
	s.shop()
	path := filepath.Join(s.dumped("shop"), "tickets.bson")
	c := s.change("shop", "tickets", "orders")
	if err := os.Chtimes(path, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.do(t.Context(), c); ops.CodeOf(err) != ops.Conflict || !strings.Contains(err.Error(), "nothing was touched") {
		t.Error(err)
	}
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(s.dumped("shop"), "shop"); ops.CodeOf(err) != ops.Invalid || !strings.Contains(err.Error(), "not whole") {
		t.Error(err)
	}
	if _, err := Read(filepath.Join(s.dir, "backups"), ""); ops.CodeOf(err) != ops.Unreachable || !strings.Contains(err.Error(), "the newest folder beside it is ") {
		t.Error(err)
	}
	s.run("shop", bson.D{{Key: "drop", Value: "orders"}}, bson.D{{Key: "create", Value: "orders"}, {Key: "viewOn", Value: "products"}, {Key: "pipeline", Value: bson.A{}}})
	if _, err := c.Look(t.Context(), s.uri("shop")); ops.CodeOf(err) != ops.Conflict {
		t.Error(err)
	}
}

func TestRoom(t *testing.T) {
	c := Change{Folder: filepath.Join(t.TempDir(), "not", "there"), Databases: []Database{{Name: "shop", Collections: []Collection{{Name: "tickets", Type: "collection", Bytes: 100 << 20}}}}}
	free, err := room(c.Folder)
	if err != nil || free <= 0 {
		t.Fatal(free, err)
	}
	s := Sight{Free: 200 << 20}
	s.Size.Data, s.Size.Stored, s.Size.Room = 100<<20, 50<<20, 60<<20
	if err := c.Fits(s); err != nil {
		t.Error(err)
	}
	s.Size.Room = 50 << 20
	if err := c.Fits(s); err == nil || !strings.Contains(err.Error(), "mongod's disk has 50 MB free") {
		t.Error(err)
	}
	s.Size.Room, s.Free = -1, 100<<20
	if err := c.Fits(s); err == nil || !strings.Contains(err.Error(), "has 100 MB free: make room, or name another folder") {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mongo.yaml")
	if err := os.WriteFile(file, []byte("uri: \"mongodb://u:p@h/shop\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if uri, err := (Address{File: file}).Resolve(os.Getenv); err != nil || DatabaseOf(uri) != "shop" {
		t.Error(uri, err)
	}
	if err := os.WriteFile(file, []byte("password: c4nary\n  broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Address{File: file}).Resolve(os.Getenv); err == nil || strings.Contains(err.Error(), "c4nary") {
		t.Error(err)
	}
	for uri, want := range map[string]string{"mongodb://h": "", "mongodb://h/": "", "mongodb://u:p@h:1,h:2/a?x=/y": "a", "mongodb+srv://h/b": "b"} {
		if got := DatabaseOf(uri); got != want {
			t.Errorf("%s: %q", uri, got)
		}
	}
}
