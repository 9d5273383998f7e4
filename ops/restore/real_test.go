package restore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"calm/model/action"
	"calm/ops/practice"
	"calm/ops/run"
)

func TestMain(m *testing.M) {
	run.Main(map[string]run.Kind{action.Restore: Kind})
	os.Exit(m.Run())
}

// server is a real mongod of a test's own, with a database and a dump of it that is older.
type server struct {
	practice.MongoPrograms
	t    *testing.T
	dir  string
	port int
	cmd  *exec.Cmd
	db   *driver.Client
}

// serve starts a mongod on a port of its own.
func serve(t *testing.T) *server {
	t.Helper()
	tools, err := practice.Mongo(t.Context(), practice.Options{Dir: filepath.Join(t.TempDir(), "host")})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{MongoPrograms: tools, t: t, dir: t.TempDir(), port: freePort(t)}
	s.start()
	t.Cleanup(s.kill)
	s.db, err = driver.Connect(options.Client().ApplyURI(s.uri("")).SetServerSelectionTimeout(20 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Disconnect(context.Background()) })
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *server) start() {
	s.t.Helper()
	data := filepath.Join(s.dir, "db")
	if err := os.MkdirAll(data, 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.CommandContext(context.Background(), s.Mongod, "--dbpath", data, "--port", strconv.Itoa(s.port), "--bind_ip", "127.0.0.1",
		"--nounixsocket", "--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false", "--setParameter", "ttlMonitorSleepSecs=1", "--setParameter", "enableTestCommands=1")
	s.cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+s.Libraries)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) kill() {
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *server) uri(db string) string {
	return fmt.Sprintf("mongodb://127.0.0.1:%d/%s?directConnection=true", s.port, db)
}

// run runs commands of the server, one after the other.
func (s *server) run(db string, commands ...bson.D) {
	s.t.Helper()
	for _, c := range commands {
		if err := s.db.Database(db).RunCommand(s.t.Context(), c).Err(); err != nil {
			s.t.Fatal(c, err)
		}
	}
}

// insert puts n documents into a collection, marked.
func (s *server) insert(db, coll, mark string, n int) {
	s.t.Helper()
	docs := make([]any, n)
	for i := range docs {
		docs[i] = bson.D{{Key: "_id", Value: i}, {Key: "n", Value: i}, {Key: "mark", Value: mark}, {Key: "text", Value: strings.Repeat("x", 50)}}
	}
	if _, err := s.db.Database(db).Collection(coll).InsertMany(s.t.Context(), docs); err != nil {
		s.t.Fatal(err)
	}
}

// mark is what is in a collection: its documents, and the mark of the first of them.
func (s *server) mark(db, coll string) string {
	s.t.Helper()
	c := s.db.Database(db).Collection(coll)
	n, err := c.CountDocuments(s.t.Context(), bson.D{})
	if err != nil {
		s.t.Fatal(err)
	}
	var doc struct{ Mark string }
	_ = c.FindOne(s.t.Context(), bson.D{}).Decode(&doc)
	return strings.TrimSpace(fmt.Sprint(n, " ", doc.Mark))
}

func (s *server) names(db string) []string {
	s.t.Helper()
	names, err := s.db.Database(db).ListCollectionNames(s.t.Context(), bson.D{})
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

// tool runs one of MongoDB's tools.
func (s *server) tool(argv ...string) {
	s.t.Helper()
	if out, err := exec.CommandContext(s.t.Context(), argv[0], argv[1:]...).CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}

// shop fills a database, dumps it, and changes everything after it.
func (s *server) shop() {
	s.t.Helper()
	s.insert("shop", "tickets", "old", 240)
	s.insert("shop", "orders", "old", 50)
	s.insert("shop", "products", "old", 12)
	s.run("shop", index("tickets", "n", bson.E{Key: "unique", Value: true}))
	s.dump("")
	s.run("shop", bson.D{{Key: "drop", Value: "tickets"}}, bson.D{{Key: "drop", Value: "orders"}})
	s.insert("shop", "tickets", "new", 300)
	s.insert("shop", "orders", "new", 40)
	s.run("shop", index("tickets", "n"))
}

func index(coll, key string, more ...bson.E) bson.D {
	spec := append(bson.D{{Key: "key", Value: bson.D{{Key: key, Value: 1}}}, {Key: "name", Value: key + "_1"}}, more...)
	return bson.D{{Key: "createIndexes", Value: coll}, {Key: "indexes", Value: bson.A{spec}}}
}

func (s *server) dumped(db string) string { return filepath.Join(s.dir, "backup", db) }

func (s *server) dump(db string, flags ...string) {
	s.t.Helper()
	s.tool(append([]string{s.Mongodump, "--uri=" + s.uri(db), "--out=" + filepath.Join(s.dir, "backup")}, flags...)...)
}

// change is the restore of some collections of a database, as a plan has it.
func (s *server) change(db string, only ...string) Change {
	s.t.Helper()
	list, err := Read(s.dumped(db), db)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(only) > 0 {
		var some []Collection
		for _, k := range list[0].Collections {
			for _, name := range only {
				if k.Name == name {
					some = append(some, k)
				}
			}
		}
		list[0].Collections = some
	}
	c := Change{
		Folder: filepath.Join(s.dir, "dumps", "op"), Address: Address{Plain: s.uri(db)}, Databases: list,
		Dump: s.Mongodump, Restore: s.Mongorestore,
	}
	if c.Gzip, err = c.Zipped(); err != nil {
		s.t.Fatal(err)
	}
	if _, err := c.Look(s.t.Context(), s.uri("")); err != nil {
		s.t.Fatal(err)
	}
	return c
}

const testOp = "01J0000000ABCDEFGHJK"

// do runs a change here, and gives what it said.
func (s *server) do(ctx context.Context, c Change) (string, error) {
	s.t.Helper()
	var out bytes.Buffer
	uri, err := c.Address.Resolve(os.Getenv)
	if err != nil {
		s.t.Fatal(err)
	}
	err = c.run(ctx, testOp, uri, io.MultiWriter(&out, writer{s.t}), 2*time.Second)
	return out.String(), err
}

type writer struct{ t *testing.T }

func (w writer) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}
