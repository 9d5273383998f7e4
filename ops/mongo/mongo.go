// Package mongo asks one mongod what a responder wants to know: does it answer, how fast, and does
// one client use up its connection pool; and, for plans, what is in it. It holds one small pool of
// kept connections under the name "calm", which it leaves out of what it counts.
//
// It reads, and changes only what a restore asks it to: Replace, Drop and SetView. Its errors never hold the user, the password or the connection string.
package mongo

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/reading"
)

const (
	// AppName is what calm calls itself to the server.
	AppName = "calm"
	// DefaultMaxPool is the pool size of the runbook's service. The drivers have no common default,
	// and the server is never told.
	DefaultMaxPool = 10

	op               = "mongod" // of every error
	selectionTimeout = 2 * time.Second
	dialTimeout      = 500 * time.Millisecond
)

// Options say which mongod, and what the server can't tell.
type Options struct {
	URI     string
	MaxPool int                  // maxPoolSize of the app's driver; 0 is DefaultMaxPool
	App     string               // appName of the app's driver; empty takes the client with the most active operations
	Uptime  func() time.Duration // of the app, 0 when not known: what began before is no use of its pool; nil is never known
	Health  bool                 // give DBHealth too, from the ping: for a host that has no health URL
}

// Client asks one mongod. It is safe for use by several goroutines.
type Client struct {
	opts  Options
	hosts []string // none when DNS finds them
	db    string
	bad   error // the connection string makes no sense

	mu     sync.Mutex
	config *options.ClientOptions      // nil until DNS has answered, where it is asked
	lookup chan *options.ClientOptions // of a lookup under way
	driver *mongo.Client
	ok     bool // the last call succeeded: the server needs no dialling to know that it is there
}

// New makes a client. It connects at the first call, and what is wrong with the connection string
// is reported by each.
func New(o Options) *Client {
	if o.MaxPool <= 0 {
		o.MaxPool = DefaultMaxPool
	}
	c := &Client{opts: o}
	c.hosts, c.db = split(o.URI)
	if c.hosts == nil {
		return c // by DNS, which must not be waited for here
	}
	c.config, c.bad = configure(o.URI, len(c.hosts) == 1)
	return c
}

// configure reads the connection string and adds what keeps calm small and quick to fail.
func configure(uri string, one bool) (*options.ClientOptions, error) {
	o := options.Client().ApplyURI(uri).
		SetAppName(AppName).
		SetMinPoolSize(0).SetMaxPoolSize(2).SetMaxConnecting(1).
		SetServerSelectionTimeout(selectionTimeout).
		SetConnectTimeout(selectionTimeout).
		// Streaming would hold a second connection for news that the next poll brings anyway.
		SetServerMonitoringMode(options.ServerMonitoringModePoll).
		SetRetryReads(false)
	if one && o.Direct == nil {
		// This host's mongod is asked, also while its replica set has no primary.
		o.SetDirect(true)
	}
	if o.Validate() != nil {
		// The parser's own message may quote the password.
		return nil, ops.Errorf(ops.Invalid, op, "the connection string makes no sense; @ : / %% in a password must be percent-encoded")
	}
	return o, nil
}

// split takes the hosts and the database out of a connection string. There are no hosts in one
// that leaves finding them to DNS.
func split(uri string) (hosts []string, db string) {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	list, db, _ := strings.Cut(rest, "/")
	if strings.HasSuffix(scheme, "+srv") {
		return nil, db
	}
	for host := range strings.SplitSeq(list, ",") {
		if plain, err := url.PathUnescape(host); err == nil {
			host = plain
		}
		hosts = append(hosts, host)
	}
	return hosts, db
}

// Name is "mongod".
func (c *Client) Name() string { return op }

// Database is the database that the connection string names; "test" when it names none.
func (c *Client) Database() string {
	if c.db == "" {
		return "test"
	}
	return c.db
}

// Close ends the connections. The next call opens new ones.
func (c *Client) Close(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.driver != nil {
		_ = c.driver.Disconnect(ctx)
		c.driver, c.ok = nil, false
	}
}

// ping and the other commands that each poll sends are encoded once.
var ping = encode(bson.D{{Key: "ping", Value: 1}})

func encode(cmd bson.D) bson.Raw {
	raw, err := bson.Marshal(cmd)
	if err != nil {
		panic(err) // a constant of this package that is no document
	}
	return raw
}

// signals are what Collect gives, known or not.
func (c *Client) signals() []signal.Name {
	names := []signal.Name{signal.DBPing, signal.DBPool}
	if c.opts.Health {
		names = append(names, signal.DBHealth)
	}
	return names
}

// Collect gives the time of a ping and the use of the app's pool.
func (c *Client) Collect(ctx context.Context) ([]signal.Sample, error) {
	b := reading.New(op, time.Now())
	if !c.proven() {
		// The first one opens the connection, which is not what a ping measures.
		if _, err := c.command(ctx, "admin", ping); err != nil {
			return b.Fail(err, c.signals()...)
		}
	}
	began := time.Now()
	if _, err := c.command(ctx, "admin", ping); err != nil {
		return b.Fail(err, c.signals()...)
	}
	b.Value(signal.DBPing, time.Since(began).Seconds())
	if c.opts.Health {
		b.State(signal.DBHealth, "ok", "ping")
	}
	clients, err := c.Clients(ctx)
	if err != nil {
		return b.Fail(err, signal.DBPool)
	}
	pool(b, clients, c.opts)
	return b.Samples, nil
}

// command runs one command and gives its raw reply, which is good for as long as it is kept.
//
// The driver makes the context's deadline the command's maxTimeMS. A command that names its own is
// refused by the server for having it twice.
func (c *Client) command(ctx context.Context, db string, cmd any) (bson.Raw, error) {
	driver, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := driver.Database(db).RunCommand(ctx, cmd).Raw()
	c.mu.Lock()
	c.ok = err == nil
	c.mu.Unlock()
	if err != nil {
		return nil, c.explain(err)
	}
	return raw, nil
}

// connect gives the driver's client. After a failure the hosts are dialled first: the driver takes
// its whole selection timeout to say that a connection was refused.
func (c *Client) connect(ctx context.Context) (*mongo.Client, error) {
	if c.bad != nil {
		return nil, c.bad
	}
	if !c.proven() && len(c.hosts) > 0 {
		if err := c.reach(ctx); err != nil {
			return nil, err
		}
	}
	if c.unresolved() {
		if err := c.resolve(ctx); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.driver == nil {
		driver, err := mongo.Connect(c.config)
		if err != nil {
			return nil, c.explain(err)
		}
		c.driver = driver
	}
	return c.driver, nil
}

// proven says whether the last command was answered.
func (c *Client) proven() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ok
}

func (c *Client) unresolved() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config == nil
}

// resolve configures a client whose hosts are found by DNS. The driver's parser looks them up with
// no context, so it does that beside us, once at a time, and is waited for no longer than ctx.
func (c *Client) resolve(ctx context.Context) error {
	c.mu.Lock()
	found := c.lookup
	if found == nil {
		found = make(chan *options.ClientOptions, 1)
		c.lookup = found
		go func() {
			config, _ := configure(c.opts.URI, false)
			found <- config
		}()
	}
	c.mu.Unlock()
	select {
	case config := <-found:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lookup = nil
		if config == nil && c.config == nil {
			return ops.Errorf(ops.Unreachable, op, "DNS has no servers for the connection string")
		}
		if config != nil {
			c.config = config
		}
		return nil
	case <-ctx.Done():
		return ops.Errorf(ops.Timeout, op, "no answer from DNS in time")
	}
}

// reach dials the hosts until one answers.
func (c *Client) reach(ctx context.Context) (err error) {
	d := net.Dialer{Timeout: dialTimeout}
	for _, host := range c.hosts {
		network := "tcp"
		if strings.HasPrefix(host, "/") {
			network = "unix"
		} else if _, _, splitErr := net.SplitHostPort(host); splitErr != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), "27017")
		}
		var conn net.Conn
		if conn, err = d.DialContext(ctx, network, host); err == nil {
			return conn.Close()
		}
	}
	return c.explain(err)
}

// explain turns the driver's error into words for the operator. They are made here and not taken
// from it: its messages hold the whole topology, and may hold what the server was sent.
func (c *Client) explain(err error) error {
	e := &ops.Error{Code: ops.Failed, Op: op, Err: hidden{err}}
	at := "on " + strings.Join(c.hosts, ", ")
	if len(c.hosts) == 0 {
		at = "by DNS"
	}
	var cmd mongo.CommandError
	_ = errors.As(err, &cmd)
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		e.Code, e.Detail = ops.Timeout, "given up"
	case strings.Contains(text, "connection refused"):
		e.Code, e.Detail = ops.Unreachable, "connection refused "+at
	case strings.Contains(text, "no such host"), strings.Contains(text, "no such file"):
		e.Code, e.Detail = ops.Unreachable, "no such host, "+strings.Join(c.hosts, ", ")
	case strings.Contains(text, "AuthenticationFailed"), strings.Contains(text, "auth error"):
		e.Code, e.Detail = ops.Denied, "authentication failed"
	case cmd.Code == codeUnauthorized:
		e.Code, e.Detail = ops.Denied, "not authorized; the role clusterMonitor is needed"
	case strings.Contains(text, "set name"):
		e.Code, e.Detail = ops.Invalid, "the replica set has another name"
	case mongo.IsTimeout(err), ops.Classify(err) == ops.Timeout:
		e.Code, e.Detail = ops.Timeout, "no answer in time "+at
	case cmd.Name != "":
		e.Detail = "it says " + cmd.Name
	default:
		e.Code, e.Detail = ops.Unreachable, "the connection broke "+at
	}
	return e
}

// codeUnauthorized is the server's error code 13.
const codeUnauthorized = 13

// hidden keeps a cause for errors.Is while its text stays out of every message.
type hidden struct{ error }

func (h hidden) Error() string { return "mongod" }

func (h hidden) Unwrap() error { return h.error }
