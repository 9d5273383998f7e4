package pm2

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"calm/model/signal"
	"calm/ops"
	"calm/ops/run"
)

// daemon is a fake of pm2's: it answers each request on its socket by the function.
type daemon struct {
	home     string
	listener net.Listener
	requests chan string
}

func recorded(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/monitor.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func listen(t *testing.T, home string, answer func(request string) []byte) *daemon {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(home, "rpc.sock"))
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{home: home, listener: l, requests: make(chan string, 100)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(c, answer)
		}
	}()
	return d
}

func (d *daemon) serve(c net.Conn, answer func(string) []byte) {
	defer c.Close()
	for {
		var head [1]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		var args []string
		for range head[0] & 0x0f {
			var n [4]byte
			_, _ = io.ReadFull(c, n[:])
			arg := make([]byte, binary.BigEndian.Uint32(n[:]))
			_, _ = io.ReadFull(c, arg)
			args = append(args, string(arg))
		}
		d.requests <- args[0]
		reply := answer(args[0])
		if reply == nil {
			return
		}
		_, _ = c.Write(reply)
	}
}

func replying(payload []byte) func(string) []byte {
	return func(string) []byte { return message("j:"+string(payload), requestID) }
}

func byName(samples []signal.Sample) map[signal.Name]signal.Sample {
	m := map[signal.Name]signal.Sample{}
	for _, s := range samples {
		m[s.Name] = s
	}
	return m
}

func collect(t *testing.T, c *Client) (map[signal.Name]signal.Sample, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	samples, err := c.Collect(ctx)
	got := byName(samples)
	for _, n := range signals {
		s, ok := got[n]
		if !ok || s.At.IsZero() || s.Source != "pm2" {
			t.Errorf("%s: %+v", n, s)
		}
		if err != nil && s.Known() {
			t.Errorf("%s is known although pm2 failed: %+v", n, s)
		}
	}
	return got, err
}

func TestCollectOneProcess(t *testing.T) {
	d := listen(t, t.TempDir(), replying(recorded(t)))
	c := New(Options{Home: d.home, App: "glowglitch-app"})
	defer c.Close()
	got, err := collect(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if s := got[signal.AppStatus]; s.Text != "online" || s.Note != "" {
		t.Errorf("status %+v", s)
	}
	if s := got[signal.AppMemory]; s.Value != 54194176 || s.Of != 200<<20 || s.Note != "heap 5 of 200 MB in use" {
		t.Errorf("memory %+v", s)
	}
	if s := got[signal.AppCPU]; s.Value != 0.003 {
		t.Errorf("cpu %+v", s)
	}
	if s := got[signal.AppUptime]; !s.Known() || s.Value <= 0 {
		t.Errorf("uptime %+v", s)
	}
	if got := <-d.requests; got != `j:{"type":"call","method":"getMonitorData","args":[{}]}` {
		t.Errorf("asked %s", got)
	}
}

func TestCollectSeveralProcesses(t *testing.T) {
	list := bytes.Replace(recorded(t), []byte(`"restart_time":0`), []byte(`"restart_time":4`), 3)
	d := listen(t, t.TempDir(), replying(list))
	c := New(Options{Home: d.home, App: "workers"})
	defer c.Close()
	got, err := collect(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if s := got[signal.AppMemory]; s.Value != 54837248+55164928 || s.Of != 600<<20 {
		t.Errorf("memory %+v", s)
	}
	if s := got[signal.AppRestarts]; s.Value != 8 {
		t.Errorf("restarts %+v", s)
	}
	if s := got[signal.AppStatus]; s.Text != "online" || s.Note != "2 of 2 online" {
		t.Errorf("status %+v", s)
	}
}

func TestTheWorstStatusIsTheApps(t *testing.T) {
	d := listen(t, t.TempDir(), replying(recorded(t)))
	c := New(Options{Home: d.home})
	defer c.Close()
	got, _ := collect(t, c)
	if s := got[signal.AppStatus]; s.Text != "errored" || s.Note != "3 of 4 online" {
		t.Errorf("status %+v", s)
	}
}

func TestAnAppThatIsDownHasNoMemory(t *testing.T) {
	d := listen(t, t.TempDir(), replying(recorded(t)))
	c := New(Options{Home: d.home, App: "bad"})
	defer c.Close()
	got, _ := collect(t, c)
	if s := got[signal.AppStatus]; s.Text != "errored" {
		t.Errorf("status %+v", s)
	}
	for _, n := range []signal.Name{signal.AppMemory, signal.AppCPU, signal.AppUptime} {
		if got[n].Err != "app is errored" {
			t.Errorf("%s: %+v", n, got[n])
		}
	}
}

func TestWhatIsNotMeasuredYet(t *testing.T) {
	d := listen(t, t.TempDir(), replying([]byte(`{"args":[[{"name":"a","pm_id":0,"pid":7,"pm2_env":{"status":"online","axm_monitor":{"Used Heap Size":null},"pm_uptime":null},"monit":null}]]}`)))
	c := New(Options{Home: d.home, App: "a"})
	defer c.Close()
	got, err := collect(t, c)
	if err != nil || got[signal.AppStatus].Text != "online" {
		t.Errorf("%v, %+v", err, got)
	}
	for _, n := range []signal.Name{signal.AppMemory, signal.AppCPU, signal.AppUptime} {
		if got[n].Known() {
			t.Errorf("%+v", got[n])
		}
	}
}

func TestAMissingAppIsMissing(t *testing.T) {
	d := listen(t, t.TempDir(), replying(recorded(t)))
	c := New(Options{Home: d.home, App: "nosuch"})
	defer c.Close()
	got, err := collect(t, c)
	if err != nil || got[signal.AppStatus].Text != "missing" || got[signal.AppMemory].Known() || got[signal.AppRestarts].Known() {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestProcesses(t *testing.T) {
	d := listen(t, t.TempDir(), replying(recorded(t)))
	c := New(Options{Home: d.home})
	defer c.Close()
	all, err := c.Processes(context.Background())
	if err != nil || len(all) != 4 {
		t.Fatalf("%d, %v", len(all), err)
	}
	p := all[1]
	if p.Name != "workers" || p.ID != 1 || p.PID != 18474 || p.ExecMode != "cluster_mode" || p.Status != "online" ||
		p.Dir != "/srv/app" || p.NodeVersion == "" || !strings.HasSuffix(p.ErrLog, "workers-error-1.log") || p.HeapLimit != 300<<20 {
		t.Errorf("%+v", p)
	}
	if bad := all[3]; !bad.Exited || bad.ExitCode != 3 || bad.Restarts != 1 || bad.PID != 0 {
		t.Errorf("%+v", bad)
	}
}

func TestEnvGivesOnlyWhatIsAskedFor(t *testing.T) {
	d := listen(t, t.TempDir(), replying(recorded(t)))
	c := New(Options{Home: d.home})
	defer c.Close()
	vars, err := c.Env(context.Background(), "workers", []string{"NEXT_PUBLIC_CONCIERGE_ENABLED", "UNSET"})
	if err != nil || len(vars) != 1 || vars["NEXT_PUBLIC_CONCIERGE_ENABLED"] != "true" {
		t.Fatalf("%v, %v", vars, err)
	}
	if _, err := c.Env(context.Background(), "nosuch", nil); ops.CodeOf(err) != ops.Invalid {
		t.Errorf("unknown app: %v", err)
	}
}

func TestVersion(t *testing.T) {
	d := listen(t, t.TempDir(), replying([]byte(`{"args":["7.0.4"]}`)))
	c := New(Options{Home: d.home})
	defer c.Close()
	if v, err := c.Version(context.Background()); err != nil || v != "7.0.4" {
		t.Fatalf("%q, %v", v, err)
	}
}

func TestADaemonThatWasRestarted(t *testing.T) {
	home := t.TempDir()
	first := listen(t, home, func(string) []byte { return nil })
	c := New(Options{Home: home, App: "glowglitch-app"})
	defer c.Close()
	if _, err := collect(t, c); err == nil || !strings.Contains(err.Error(), "hung up") {
		t.Fatalf("a daemon that hangs up: %v", err)
	}
	_ = first.listener.Close()
	if _, err := collect(t, c); err == nil {
		t.Fatal("no daemon, no error")
	}
	var n atomic.Int32
	listen(t, home, func(string) []byte {
		if n.Add(1) == 2 {
			return nil // the kept connection dies; a new one works
		}
		return replying(recorded(t))("")
	})
	for range 3 {
		if _, err := collect(t, c); err != nil {
			t.Fatal(err)
		}
	}
	if n := n.Load(); n != 4 {
		t.Errorf("%d requests, want 4", n)
	}
}

func TestNoDaemon(t *testing.T) {
	home := t.TempDir()
	c := New(Options{Home: home})
	if _, err := collect(t, c); ops.CodeOf(err) != ops.Unreachable || !strings.Contains(err.Error(), "no daemon in "+home) {
		t.Errorf("%v", err)
	}
	// The socket of a daemon that was killed stays behind.
	l, err := net.Listen("unix", filepath.Join(home, "rpc.sock"))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = l.Close()
	if _, err := collect(t, c); ops.CodeOf(err) != ops.Unreachable || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("%v", err)
	}
}

// liars are daemons that answer, but not as pm2 does.
var liars = map[string]func(string) []byte{
	"mute":          func(string) []byte { select {} },
	"garbage":       func(string) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") },
	"huge argument": func(string) []byte { return []byte{0x12, 0xff, 0xff, 0xff, 0xff} },
	"wrong id":      func(string) []byte { return message(`j:{"args":[[]]}`, "s:other") },
	"no json":       func(string) []byte { return message("s:hello", requestID) },
	"half json":     func(string) []byte { return message(`j:{"args":[[{"name":"a"`, requestID) },
	"not a list":    func(string) []byte { return message(`j:{"args":["none"]}`, requestID) },
	"refuses":       func(string) []byte { return message(`j:{"error":"method \"x\" does not exist"}`, requestID) },
	"empty":         func(string) []byte { return message("", requestID) },
	"no args":       func(string) []byte { return message(`j:{}`, requestID) },
}

func TestLiars(t *testing.T) {
	for name, answer := range liars {
		t.Run(name, func(t *testing.T) {
			d := listen(t, t.TempDir(), answer)
			c := New(Options{Home: d.home, App: "glowglitch-app", Exec: refuse{t}})
			defer c.Close()
			began := time.Now()
			if _, err := collect(t, c); err == nil {
				t.Error("believed")
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			if d := time.Since(began); d > time.Second {
				t.Errorf("took %s", d)
			}
		})
	}
}

// refuse fails the test when a command is run: with no daemon by pid, pm2 would start one.
type refuse struct{ t *testing.T }

func (r refuse) Run(_ context.Context, c run.Command) (run.Result, error) {
	r.t.Errorf("ran %v", c.Argv)
	return run.Result{}, nil
}

// jlist answers `pm2 jlist -s`, after the banner that some versions print.
type jlist struct{ list []byte }

func (j jlist) Run(_ context.Context, c run.Command) (run.Result, error) {
	if run.Line(c.Argv) != "pm2 jlist -s" || c.Env[len(c.Env)-1][:9] != "PM2_HOME=" {
		return run.Result{}, ops.Errorf(ops.Failed, "fake", "unexpected %v", c)
	}
	return run.Result{Stdout: append([]byte("In-memory PM2 is out-of-date, do:\n>>>> $ pm2 update\n"), j.list...)}, nil
}

func TestFallsBackToTheCommandOnlyBesideALivingDaemon(t *testing.T) {
	var whole struct{ Args []json.RawMessage }
	if err := json.Unmarshal(recorded(t), &whole); err != nil {
		t.Fatal(err)
	}
	d := listen(t, t.TempDir(), liars["garbage"])
	c := New(Options{Home: d.home, App: "glowglitch-app", Exec: jlist{whole.Args[0]}})
	defer c.Close()
	if _, err := collect(t, c); err == nil {
		t.Fatal("ran pm2 without a living daemon")
	}
	// A pid file that names some other process, as after a reboot, is no daemon.
	if err := os.WriteFile(filepath.Join(d.home, pidFile), []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(t, c); err == nil {
		t.Fatal("took another process for the daemon")
	}
	pid := titled(t, "PM2 v7.0.4: God Daemon ("+d.home+")")
	if err := os.WriteFile(filepath.Join(d.home, pidFile), []byte(pid), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := collect(t, c)
	if err != nil || got[signal.AppStatus].Text != "online" {
		t.Fatalf("%v, %+v", err, got)
	}
}

func BenchmarkDecode(b *testing.B) {
	list, err := value(recorded(b))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(list)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := processes(list); err != nil {
			b.Fatal(err)
		}
	}
}
