package mongo

import (
	"calm/ops/reading"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/model/signal"
	"calm/ops"
)

type answers = map[string]func(bson.Raw) bson.D

func client(t *testing.T, o Options) *Client {
	t.Helper()
	c := New(o)
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func collect(t *testing.T, c *Client) (map[signal.Name]signal.Sample, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	samples, err := c.Collect(ctx)
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("Collect took %s", d)
	}
	got := map[signal.Name]signal.Sample{}
	for _, s := range samples {
		got[s.Name] = s
	}
	for _, n := range c.signals() {
		if s, ok := got[n]; !ok || s.At.IsZero() || s.Source != "mongod" {
			t.Errorf("%s: %+v", n, s)
		}
	}
	return got, err
}

func usageDoc(app, address, driver string, connections, active int, longest int64) bson.D {
	id := bson.D{{Key: "address", Value: address}, {Key: "driver", Value: driver}}
	if app != "" {
		id = append(id, bson.E{Key: "app", Value: app})
	}
	return bson.D{{Key: "_id", Value: id}, {Key: "connections", Value: connections}, {Key: "active", Value: active}, {Key: "longest", Value: longest}}
}

func TestCollect(t *testing.T) {
	s := serve(t, answers{"aggregate": cursor(
		usageDoc("mongosh 2.12", "127.0.0.1", "nodejs|mongosh", 2, 30, 0),
		usageDoc("", "10.0.0.7", "MongoDB Internal Client", 3, 40, 0),
		usageDoc("glowglitch-app", "127.0.0.1", "nodejs", 12, 10, 3_400_000),
		usageDoc("", "[::1", "nodejs", 5, 1, 10),
	)})
	got, err := collect(t, client(t, Options{URI: "mongodb://" + s.addr + "/shop", Health: true}))
	if err != nil {
		t.Fatal(err)
	}
	if p := got[signal.DBPing]; !p.Known() || p.Value <= 0 || p.Value > 0.5 {
		t.Errorf("ping %+v", p)
	}
	if p := got[signal.DBPool]; p.Value != 10 || p.Of != 10 || p.Note != "by glowglitch-app, longest 3 s" {
		t.Errorf("pool %+v", p)
	}
	if h := got[signal.DBHealth]; h.Text != "ok" {
		t.Errorf("health %+v", h)
	}
	if !slices.Equal(s.asked, []string{"ping", "ping", "aggregate"}) {
		t.Errorf("asked %v", s.asked)
	}
}

func TestPoolOfANamedApp(t *testing.T) {
	s := serve(t, answers{"aggregate": cursor(usageDoc("other", "127.0.0.1", "nodejs", 50, 50, 0), usageDoc("app", "127.0.0.1", "nodejs", 3, 0, 0))})
	got, _ := collect(t, client(t, Options{URI: "mongodb://" + s.addr, App: "app", MaxPool: 3}))
	if p := got[signal.DBPool]; !p.Known() || p.Value != 0 || p.Of != 3 {
		t.Errorf("pool %+v", p)
	}
	got, _ = collect(t, client(t, Options{URI: "mongodb://" + s.addr, App: "nosuch"}))
	if p := got[signal.DBPool]; p.Known() {
		t.Errorf("pool of nobody: %+v", p)
	}
}

func TestPoolWithoutThePrivilege(t *testing.T) {
	s := serve(t, answers{"aggregate": refusal(13, "Unauthorized")})
	got, err := collect(t, client(t, Options{URI: "mongodb://" + s.addr}))
	if ops.CodeOf(err) != ops.Denied || !got[signal.DBPing].Known() || !strings.Contains(got[signal.DBPool].Err, "clusterMonitor") {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestRefusedAndBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	c := client(t, Options{URI: "mongodb://ann:geheim@" + addr + "/shop"})
	began := time.Now()
	got, err := collect(t, c)
	if time.Since(began) > 400*time.Millisecond {
		t.Errorf("a refused connection took %s", time.Since(began))
	}
	if want := "mongod: connection refused on " + addr; got[signal.DBPing].Err != want || err == nil || err.Error() != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMutePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got, err := collect(t, client(t, Options{URI: "mongodb://ann:geheim@" + l.Addr().String() + "/?authSource=admin"}))
	if ops.CodeOf(err) != ops.Timeout || got[signal.DBPing].Err != "mongod: no answer in time on "+l.Addr().String() {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestGarbagePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
			_ = c.Close()
		}
	}()
	_, err = collect(t, client(t, Options{URI: "mongodb://" + l.Addr().String()}))
	if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 120 {
		t.Errorf("%v", err)
	}
}

func TestConnectionStrings(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://ann:gehe@im@127.0.0.1:1/shop":  "makes no sense",
		"mongodb://ann:gehe%zzim@127.0.0.1/x":     "makes no sense",
		"mysql://ann:geheim@127.0.0.1/x":          "makes no sense",
		"":                                        "makes no sense",
		"mongodb://ann:geheim@127.0.0.1:1/shop":   "connection refused on 127.0.0.1:1",
		"mongodb://127.0.0.1:1/?replicaSet=rs0":   "connection refused on 127.0.0.1:1",
		"mongodb://%2Fnonexistent%2Fmongo.sock/x": "no such host, /nonexistent/mongo.sock",
	} {
		_, err := collect(t, client(t, Options{URI: uri}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", uri, err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "geh") {
				t.Errorf("the password is in %v", e)
			}
		}
	}
}

func TestDatabase(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://a:b@h1:1,h2:2/shop?x=y": "shop", "mongodb://h1": "test", "mongodb+srv://h1/shop": "shop", "mongodb://h1/?x=/y": "test",
	} {
		_, db := split(uri)
		if got := (&Client{db: db}).Database(); got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}

func TestFacts(t *testing.T) {
	s := serve(t, answers{
		"listDatabases":   reply(bson.D{{Key: "databases", Value: bson.A{bson.D{{Key: "name", Value: "shop"}}, bson.D{{Key: "name", Value: "admin"}}, bson.D{{Key: "name", Value: "aurora"}}}}}),
		"listCollections": cursor(bson.D{{Key: "name", Value: "stylistTickets"}}, bson.D{{Key: "name", Value: "system.views"}}, bson.D{{Key: "name", Value: "products"}}),
		"aggregate":       cursor(bson.D{{Key: "n", Value: 42}}),
		"serverStatus": reply(bson.D{{Key: "version", Value: "6.0.5"}, {Key: "uptime", Value: 90.0},
			{Key: "connections", Value: bson.D{{Key: "current", Value: 14}, {Key: "available", Value: 51186}}},
			{Key: "globalLock", Value: bson.D{{Key: "currentQueue", Value: bson.D{{Key: "total", Value: 2}}}}},
			{Key: "repl", Value: bson.D{{Key: "setName", Value: "rs0"}, {Key: "isWritablePrimary", Value: true}}}}),
	})
	c, ctx := client(t, Options{URI: "mongodb://" + s.addr}), context.Background()
	if names, err := c.Databases(ctx); err != nil || !slices.Equal(names, []string{"aurora", "shop"}) {
		t.Errorf("databases %v, %v", names, err)
	}
	if names, err := c.Collections(ctx, "shop"); err != nil || !slices.Equal(names, []string{"products", "stylistTickets"}) {
		t.Errorf("collections %v, %v", names, err)
	}
	if n, err := c.Count(ctx, "shop", "products"); err != nil || n != 42 {
		t.Errorf("count %d, %v", n, err)
	}
	want := Status{Version: "6.0.5", Uptime: 90 * time.Second, Connections: 14, Available: 51186, Queued: 2, ReplicaSet: "rs0", Primary: true}
	if got, err := c.Status(ctx); err != nil || got != want {
		t.Errorf("status %+v, %v", got, err)
	}
}

func TestCountFallsBackToTheMetadata(t *testing.T) {
	s := serve(t, answers{"aggregate": refusal(50, "MaxTimeMSExpired"), "count": reply(bson.D{{Key: "n", Value: int64(7_000_000)}})})
	if n, err := client(t, Options{URI: "mongodb://" + s.addr}).Count(context.Background(), "shop", "products"); err != nil || n != 7_000_000 {
		t.Errorf("count %d, %v", n, err)
	}
	s = serve(t, answers{"aggregate": cursor()})
	if n, err := client(t, Options{URI: "mongodb://" + s.addr}).Count(context.Background(), "shop", "nosuch"); err != nil || n != 0 {
		t.Errorf("count of nothing %d, %v", n, err)
	}
}

func TestRepliesWithoutWhatTheyShouldHold(t *testing.T) {
	s := serve(t, nil) // {ok: 1} to everything
	c, ctx := client(t, Options{URI: "mongodb://" + s.addr}), context.Background()
	_, e1 := c.Databases(ctx)
	_, e2 := c.Collections(ctx, "shop")
	_, e3 := c.Count(ctx, "shop", "x")
	_, e4 := c.Clients(ctx)
	for i, err := range []error{e1, e2, e3, e4} {
		if ops.CodeOf(err) != ops.Invalid {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestOperationsOfAProcessThatIsGoneAreNoUseOfItsPool(t *testing.T) {
	before := Usage{App: "shop", Connections: 14, Active: 11, Longest: 255, Ages: []float64{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0.2}}
	for _, c := range []struct {
		uptime time.Duration
		want   float64
	}{{0, 11}, {time.Hour, 11}, {30 * time.Second, 1}} {
		b := reading.New("mongod", time.Now())
		pool(b, []Usage{before}, Options{MaxPool: 10, Uptime: func() time.Duration { return c.uptime }})
		if got := b.Samples[0].Value; got != c.want {
			t.Errorf("with an app up for %s: %v in use, want %v", c.uptime, got, c.want)
		}
	}
}

func TestIndexes(t *testing.T) {
	s := serve(t, answers{"listIndexes": func(cmd bson.Raw) bson.D {
		if coll := cmd.Lookup("listIndexes").StringValue(); coll != "products" || cmd.Lookup("$db").StringValue() != "shop" {
			t.Errorf("asked for %s", cmd)
		}
		return cursor(
			bson.D{{Key: "v", Value: 2}, {Key: "key", Value: bson.D{{Key: "_id", Value: 1}}}, {Key: "name", Value: "_id_"}},
			bson.D{{Key: "key", Value: bson.D{{Key: "ready", Value: 1.0}, {Key: "category", Value: int64(-1)}, {Key: "text", Value: "hashed"}}}, {Key: "name", Value: "of_search"}},
		)(cmd)
	}})
	got, err := client(t, Options{URI: "mongodb://" + s.addr + "/shop"}).Indexes(t.Context(), "shop", "products")
	want := []Index{{"_id_", "_id: 1"}, {"of_search", "ready: 1, category: -1, text: hashed"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	odd := serve(t, answers{"listIndexes": func(bson.Raw) bson.D { return bson.D{{Key: "ok", Value: 1}} }})
	if _, err := client(t, Options{URI: "mongodb://" + odd.addr}).Indexes(t.Context(), "shop", "products"); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("a reply without what it should hold: %v", err)
	}
}
