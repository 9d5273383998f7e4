package run_test

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"calm/model/action"
	"calm/ops"
	"calm/ops/practice"
	"calm/ops/run"
	"calm/ops/secret"
)

// wire is the network between ssh and the other host, which a test can cut.
type wire struct {
	net.Listener
	to string

	mu     sync.Mutex
	open   []net.Conn
	down   bool
	dialed int
}

func newWire(t *testing.T) *wire {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l}
	t.Cleanup(func() { _ = l.Close(); w.cut() })
	go w.serve()
	return w
}

func (w *wire) port() int { return w.Addr().(*net.TCPAddr).Port }

func (w *wire) serve() {
	for {
		c, err := w.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.dialed++
		down := w.down
		w.mu.Unlock()
		if down {
			_ = c.Close()
			continue
		}
		var d net.Dialer
		far, err := d.DialContext(context.Background(), "tcp", w.to)
		if err != nil {
			_ = c.Close()
			continue
		}
		w.mu.Lock()
		w.open = append(w.open, c, far)
		w.mu.Unlock()
		go func() { _, _ = io.Copy(far, c); _ = far.Close() }()
		go func() { _, _ = io.Copy(c, far); _ = c.Close() }()
	}
}

// cut drops every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

// set lets new connections through, or none.
func (w *wire) set(down bool) {
	w.mu.Lock()
	w.down = down
	w.mu.Unlock()
	if down {
		w.cut()
	}
}

// there is another host, with a supervisor here.
type there struct {
	t *testing.T
	*practice.Elsewhere
	wire *wire
	sup  run.Supervisor
	host string
	n    int
}

func newThere(t *testing.T) *there {
	t.Helper()
	w := newWire(t)
	e, err := practice.StartElsewhere(t.Context(), practice.Options{Dir: t.TempDir(), Log: func(s string) { t.Log(s) }}, w.port())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	w.to = "127.0.0.1:" + strconv.Itoa(e.Port)
	dir := t.TempDir()
	return &there{t: t, Elsewhere: e, wire: w, host: practice.ElsewhereName,
		sup: run.Supervisor{Dir: filepath.Join(dir, "actions"), Leases: filepath.Join(dir, "leases"), Grace: 2 * time.Second}}
}

func (e *there) job(command string, carried run.Carried) run.Job {
	e.n++
	p := action.Plan{
		Op: "REMOTE" + strconv.Itoa(e.n), Kind: action.Shell, Title: command, Command: command, Dir: carried.Dir, Risk: "changes",
		Host: e.host, Connect: run.Connection(filepath.Join(e.Bin, "ssh"), nil), Lease: "elsewhere/host",
	}
	p.Seal()
	return run.Job{Plan: p, By: "ana", There: carried, Hide: secret.Set{Key: []byte("0123456789abcdef0123456789abcdef")}}
}

func (e *there) start(command string, carried run.Carried) *run.Handle {
	e.t.Helper()
	h, err := e.sup.Start(e.t.Context(), e.job(command, carried))
	if err != nil {
		e.t.Fatal(err)
	}
	return h
}

func (e *there) end(h *run.Handle) run.Progress {
	e.t.Helper()
	ctx, stop := context.WithTimeout(e.t.Context(), time.Minute)
	defer stop()
	p, err := h.Wait(ctx)
	if err != nil {
		e.t.Fatalf("%v\n%s", err, p.Output)
	}
	return p
}

func (e *there) do(command string, carried run.Carried) run.Progress {
	e.t.Helper()
	return e.end(e.start(command, carried))
}

// until waits for something that another process brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(limit) {
			t.Fatal(what + ": it does not come")
		}
		<-time.After(10 * time.Millisecond)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// kept are the folders that commands have left on the other host.
func (e *there) kept() []string {
	found, _ := filepath.Glob(filepath.Join(e.Home, "state/calm/remote/*"))
	return found
}

func TestRemote(t *testing.T) {
	e := newThere(t)
	t.Run("runs there", func(t *testing.T) {
		got := e.do(`cd; pwd; echo "$HOME"; printf 'words on stderr\n' >&2; cat; test -t 0 || echo no terminal`, run.Carried{})
		want := e.Home + "\n" + e.Home + "\nwords on stderr\nno terminal\n"
		if got.Exit.Outcome != "ok" || string(got.Output) != want {
			t.Errorf("%+v\n%q, want %q", got.Exit, got.Output, want)
		}
		if left := e.kept(); len(left) != 0 {
			t.Errorf("left there: %q", left)
		}
	})
	t.Run("exit code", func(t *testing.T) {
		for _, code := range []int{1, 7, 255} {
			got := e.do("exit "+strconv.Itoa(code), run.Carried{})
			if got.Exit.Outcome != "failed" || got.Exit.Code != code {
				t.Errorf("exit %d: %+v", code, got.Exit)
			}
		}
	})
	t.Run("carries", func(t *testing.T) {
		if err := os.MkdirAll(filepath.Join(e.Home, "srv/app"), 0o700); err != nil {
			t.Fatal(err)
		}
		first := e.do(`cd ~/srv/app; export FLAG='it''s "off"' TWO=$'a\nb' API_TOKEN=tok-9f8e7d6c5b4a3210; unset LANG`, run.Carried{})
		c, err := first.Carried.Opened([]byte("0123456789abcdef0123456789abcdef"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Dir != filepath.Join(e.Home, "srv/app") || c.Set["FLAG"] != `its "off"` || c.Set["TWO"] != "a\nb" || c.Set["API_TOKEN"] != "tok-9f8e7d6c5b4a3210" || len(c.Set) != 3 {
			t.Fatalf("%+v", c)
		}
		if strings.Contains(string(mustJSON(t, first.Carried)), "tok-9f8e") {
			t.Error("the secret lies open in the context")
		}
		h := e.start(`pwd; echo "$FLAG $TWO $API_TOKEN"; tr '\0' '\n' < /proc/$PPID/cmdline | grep -c tok-9 > out; touch began; while [ ! -e go ]; do sleep 0.05; done`, c)
		until(t, "the second step", func() bool { return exists(filepath.Join(e.Home, "srv/app/began")) })
		if seen := commandLines("tok-9f8e7d6c5b4a3210"); len(seen) > 0 {
			t.Errorf("the secret is an argument: %q", seen)
		}
		if err := os.WriteFile(filepath.Join(e.Home, "srv/app/go"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		got := e.end(h)
		if text := string(got.Output); !strings.HasPrefix(text, e.Home+"/srv/app\nits \"off\" a\nb ‹") || strings.Contains(text, "tok-9f8e") {
			t.Errorf("%q", text)
		}
		if len(got.Carried.Set) != 0 || len(got.Carried.Sealed) != 0 {
			t.Errorf("what was carried counts as new: %+v", got.Carried)
		}
	})
	t.Run("its folder is not there", func(t *testing.T) {
		_, err := e.sup.Start(t.Context(), e.job("touch made", run.Carried{Dir: "/nowhere"}))
		if ops.CodeOf(err) != ops.Failed || !strings.Contains(err.Error(), "/nowhere is not there") || exists(filepath.Join(e.Home, "made")) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a process is left", func(t *testing.T) {
		got := e.do(`sleep 30 & echo started`, run.Carried{})
		if got.Exit.Outcome != "ok" || len(got.Exit.Survivors) != 1 || !strings.Contains(got.Exit.Survivors[0], "sleep 30, pid ") {
			t.Errorf("%+v %q", got.Exit, got.Output)
		}
		_, pid, _ := strings.Cut(got.Exit.Survivors[0], "pid ")
		pid, _, _ = strings.Cut(pid, " ")
		end(t, pid)
	})
	t.Run("a flood", func(t *testing.T) {
		got := e.do(`head -c 50000000 /dev/zero | tr '\0' 'x'; echo; echo the end`, run.Carried{})
		if got.Exit.Outcome != "ok" || !strings.HasSuffix(string(got.Output), "xx\nthe end\n") || !strings.Contains(string(got.Output), "cut the rest") && got.Exit.Bytes > 40_000_000 {
			t.Errorf("%+v", got.Exit)
		}
	})
}

func TestRemoteNotReached(t *testing.T) {
	e := newThere(t)
	fails := func(what, want string) {
		t.Helper()
		_, err := e.sup.Start(t.Context(), e.job("touch ~/made", run.Carried{}))
		if ops.CodeOf(err) != ops.Failed || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
		}
		found, err := run.Find(e.sup.Dir)
		if err != nil {
			t.Fatal(err)
		}
		h, err := run.Attach(found[len(found)-1].Dir)
		if err != nil {
			t.Fatal(err)
		}
		if p := e.end(h); p.Exit.Outcome != "failed" || p.Exit.Code != -1 {
			t.Errorf("%s: %+v", what, p.Exit)
		}
	}
	known := filepath.Join(e.Dir, "known_hosts")
	good := read(t, known)
	if err := os.WriteFile(known, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fails("a host key that is not known", "Host key verification failed")
	other := strings.Replace(read(t, filepath.Join(e.Dir, "id.pub")), "ssh-ed25519", "[127.0.0.1]:"+strconv.Itoa(e.wire.port())+" ssh-ed25519", 1)
	if err := os.WriteFile(known, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	fails("another host's key", "Host key verification failed")
	if err := os.WriteFile(known, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	e.wire.set(true)
	fails("a connection that is cut at once", "there is no connection to elsewhere")
	e.wire.set(false)
	keys := filepath.Join(e.Dir, "authorized_keys")
	own := read(t, keys)
	if err := os.WriteFile(keys, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fails("no key", "Permission denied")
	if err := os.WriteFile(keys, []byte("command=\"exit 3\" "+own), 0o600); err != nil {
		t.Fatal(err)
	}
	fails("no shell", "no shell answered")
	if err := os.WriteFile(keys, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	e.Stop()
	fails("nobody listens", "there is no connection to elsewhere")
	if exists(filepath.Join(e.Home, "made")) {
		t.Error("one of them ran")
	}
}

func TestRemoteConnectionLost(t *testing.T) {
	e := newThere(t)
	wait := func(name string) string {
		return "echo before " + name + "; touch ~/" + name + "; until [ -e ~/" + name + ".go ]; do sleep 0.05; done; echo after " + name + "; export NAME=" + name + "; (exit 4)"
	}
	release := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(e.Home, name+".go"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	began := func(name string) {
		t.Helper()
		until(t, name, func() bool { return exists(filepath.Join(e.Home, name)) })
	}
	t.Run("and made again", func(t *testing.T) {
		h := e.start(wait("a"), run.Carried{})
		began("a")
		e.wire.cut()
		release("a")
		got := e.end(h)
		text := string(got.Output)
		if got.Exit.Outcome != "failed" || got.Exit.Code != 4 || got.Carried.Set["NAME"] != "a" {
			t.Errorf("%+v %+v", got.Exit, got.Carried)
		}
		if strings.Count(text, "before a\n") != 1 || strings.Count(text, "after a\n") != 1 || !strings.Contains(text, "was lost") || !strings.Contains(text, "again") {
			t.Error(text)
		}
		if left := e.kept(); len(left) != 0 {
			t.Errorf("left there: %q", left)
		}
	})
	t.Run("while it goes on there", func(t *testing.T) {
		h := e.start(wait("b"), run.Carried{})
		began("b")
		e.wire.set(true)
		release("b")
		until(t, "the end there", func() bool {
			found := e.kept()
			return len(found) == 1 && exists(filepath.Join(found[0], "exit"))
		})
		e.wire.set(false)
		if got := e.end(h); got.Exit.Code != 4 || !strings.HasSuffix(string(got.Output), "after b\n") {
			t.Errorf("%+v %s", got.Exit, got.Output)
		}
	})
	t.Run("and the command killed meanwhile", func(t *testing.T) {
		h := e.start(wait("c"), run.Carried{})
		began("c")
		e.wire.set(true)
		pid, _, _ := strings.Cut(read(t, filepath.Join(e.kept()[0], "pid")), " ")
		endGroup(t, pid)
		e.wire.set(false)
		got := e.end(h)
		if got.Exit.Outcome != "unknown" || !strings.Contains(got.Exit.Text, "pid "+pid) {
			t.Errorf("%+v", got.Exit)
		}
		release("c")
	})
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dialed
}
