// Package pm2 reads what pm2 knows about the processes that it keeps. It asks the daemon through
// its RPC socket over one kept connection, which costs about a hundredth of `pm2 jlist`, and falls
// back to the command where the socket does not speak as expected.
//
// It only reads: restarting and stopping are steps of a runbook, run by ops/run. It never starts a
// daemon, as any pm2 command would, and never decodes an environment except for variables asked
// for by name.
package pm2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/reading"
	"calm/ops/run"
	"calm/ops/secret"
)

// signals are what Collect gives each time, known or not.
var signals = []signal.Name{signal.AppStatus, signal.AppRestarts, signal.AppMemory, signal.AppCPU, signal.AppUptime}

// Options say which pm2 and which app.
type Options struct {
	Home string   // PM2_HOME; empty is the variable's value, else ~/.pm2
	App  string   // the app's name in pm2; empty is every process that is no module of pm2's
	Exec run.Exec // runs `pm2 jlist -s` as the fallback; nil has none
}

// Client asks one pm2 daemon. It is safe for use by several goroutines; calls take turns.
type Client struct {
	home string
	app  string
	exec run.Exec
	turn chan struct{} // holds the one token; its holder owns conn
	conn *conn

	oldest atomic.Int64 // start of the app's longest-lived process at the last Collect, Unix ms; 0 for none
}

// New makes a client. It connects at the first call.
func New(o Options) *Client {
	c := &Client{home: o.Home, app: o.App, exec: o.Exec, turn: make(chan struct{}, 1)}
	if c.home == "" {
		c.home = DefaultHome()
	}
	return c
}

// DefaultHome is where pm2 keeps its state for the user calm runs as.
func DefaultHome() string {
	if h := os.Getenv("PM2_HOME"); h != "" {
		return h
	}
	h, _ := os.UserHomeDir()
	return filepath.Join(h, ".pm2")
}

// Home is the PM2_HOME that is asked.
func (c *Client) Home() string { return c.home }

// Name is "pm2".
func (c *Client) Name() string { return op }

// Collect gives the app's status, restarts, memory, CPU and uptime. Several processes of the app
// are taken together: the worst status, the sums, the youngest uptime. An app that pm2 does not
// know has the status "missing".
func (c *Client) Collect(ctx context.Context) ([]signal.Sample, error) {
	b := reading.New(op, time.Now())
	all, err := c.Processes(ctx)
	if err != nil {
		return b.Fail(err, signals...)
	}
	gather(b, c.app, all, time.Now())
	c.oldest.Store(oldest(all, c.app))
	return b.Samples, nil
}

// Uptime is how long the app has run without a break, as of the last Collect; 0 when that is not
// known. With several processes it is that of the longest-lived.
func (c *Client) Uptime() time.Duration {
	ms := c.oldest.Load()
	if ms == 0 {
		return 0
	}
	return max(0, time.Since(time.UnixMilli(ms)))
}

func oldest(all []Process, app string) int64 {
	var ms int64
	for _, p := range all {
		if (app == "" || p.Name == app) && p.Online() && !p.Started.IsZero() && (ms == 0 || p.Started.UnixMilli() < ms) {
			ms = p.Started.UnixMilli()
		}
	}
	return ms
}

// Processes gives every process in pm2's list, its own modules included.
func (c *Client) Processes(ctx context.Context) (all []Process, err error) {
	err = c.ask(ctx, getMonitorData, func(list []byte) error {
		all, err = processes(list)
		return err
	})
	return all, err
}

// Env gives the values of named variables as pm2 holds them for an app's first process; a variable
// that is not set is not in the map. The error has the code Invalid for an app that pm2 does not
// know. Its caller owns the values: pm2 keeps secrets among them.
func (c *Client) Env(ctx context.Context, app string, names []string) (map[string]string, error) {
	return c.variables(ctx, app, func(name string) bool { return slices.Contains(names, name) })
}

// Secrets gives what of an app's environment must not be seen, as Env finds it.
func (c *Client) Secrets(ctx context.Context, app string) ([]secret.Known, error) {
	vars, err := c.variables(ctx, app, func(string) bool { return true })
	env := make([]string, 0, len(vars))
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return secret.Of(env), err
}

func (c *Client) variables(ctx context.Context, app string, wanted func(name string) bool) (map[string]string, error) {
	var vars map[string]string
	err := c.ask(ctx, getMonitorData, func(list []byte) error {
		found, v, err := variables(list, app, wanted)
		if err == nil && !found {
			return ops.Errorf(ops.Invalid, op, "it has no app %s", app)
		}
		vars = v
		return err
	})
	return vars, err
}

// Version gives the running daemon's version; the command may be of another.
func (c *Client) Version(ctx context.Context) (string, error) {
	var version string
	err := c.ask(ctx, getVersion, func(v []byte) error {
		version = string(bytes.Trim(v, `"`))
		return nil
	})
	return version, err
}

// Close ends the kept connection. The next call opens another.
func (c *Client) Close() {
	c.turn <- struct{}{}
	c.hangUp()
	<-c.turn
}

// ask calls the daemon and hands the result to use while it is good.
func (c *Client) ask(ctx context.Context, m method, use func([]byte) error) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return ops.Wrap(op, ctx.Err())
	}
	result, err := c.rpc(ctx, m)
	if err == nil {
		err = understood(use(result))
	}
	if errors.Is(err, errProtocol) && m == getMonitorData && c.exec != nil && daemonAlive(c.home) {
		return c.jlist(ctx, use)
	}
	return c.explain(ctx, err)
}

// rpc makes one call on the kept connection, and once more on a new one when the kept one turns
// out to be dead: the daemon may have been restarted since.
func (c *Client) rpc(ctx context.Context, m method) ([]byte, error) {
	if c.conn != nil {
		result, err := c.conn.call(ctx, m)
		if err == nil {
			return result, nil
		}
		c.hangUp()
		if !broken(err) {
			return nil, err
		}
	}
	conn, err := dial(ctx, filepath.Join(c.home, socketFile))
	if err != nil {
		return nil, err
	}
	c.conn = conn
	result, err := conn.call(ctx, m)
	if err != nil {
		c.hangUp()
	}
	return result, err
}

func (c *Client) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// jlist is the fallback. What some versions print before the list is stepped over.
func (c *Client) jlist(ctx context.Context, use func([]byte) error) error {
	res, err := c.exec.Run(ctx, run.Command{
		Argv:      []string{"pm2", "jlist", "-s"},
		Env:       append(run.BaseEnv(), "PM2_HOME="+c.home),
		Timeout:   10 * time.Second,
		MaxOutput: maxReply,
	})
	if err != nil {
		return err
	}
	out := res.Stdout
	if i := bytes.LastIndex(out, []byte("\n[")); i >= 0 {
		out = out[i+1:]
	}
	err = understood(use(out))
	if errors.Is(err, errProtocol) {
		return ops.Errorf(ops.Invalid, "pm2 jlist -s", "its output is not understood")
	}
	return err
}

// understood marks an error of decoding as one of the protocol, and leaves what the daemon's data
// made us say to the operator.
func understood(err error) error {
	var own *ops.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return fmt.Errorf("%w: %w", errProtocol, err)
}

// explain turns what went wrong into words for the operator.
func (c *Client) explain(ctx context.Context, err error) error {
	var own *ops.Error
	socket := filepath.Join(c.home, socketFile)
	switch {
	case errors.As(err, &own):
		return err
	case ctx.Err() != nil:
		return ops.Wrap(op, ctx.Err())
	case errors.Is(err, fs.ErrNotExist):
		return &ops.Error{Code: ops.Unreachable, Op: op, Detail: "no daemon in " + c.home, Err: err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &ops.Error{Code: ops.Unreachable, Op: op, Detail: "the daemon of " + c.home + " is gone", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &ops.Error{Code: ops.Denied, Op: op, Detail: socket + " belongs to another user", Err: err}
	case errors.Is(err, errProtocol):
		return &ops.Error{Code: ops.Invalid, Op: op, Detail: socket + " answers what is not understood", Err: err}
	case broken(err):
		return &ops.Error{Code: ops.Unreachable, Op: op, Detail: "the daemon of " + c.home + " hung up", Err: err}
	}
	return ops.Wrap(op, err)
}

// broken says whether a connection ended, as against a call that failed on it.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}
