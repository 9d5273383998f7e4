package practice

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"calm/ops"
	"calm/ops/run"
)

// marker is the environment variable that everything started for a host carries, with the host's
// folder as its value, so that a process is found again even when its parent is gone.
const marker = "CALM_PRACTICE_DIR"

// endWithin is how long a killed process may take to disappear.
const endWithin = 10 * time.Second

// process names a process for good: an id alone may by now belong to a stranger.
type process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks after boot, field 22 of /proc/PID/stat
}

// procStat is the little that is read of /proc/PID/stat.
type procStat struct {
	state  byte
	parent int
	start  uint64
}

// parseStat reads a line of /proc/PID/stat. The program's name stands in parentheses and may hold
// anything, so the fields are counted from the last closing one.
func parseStat(line string) (procStat, bool) {
	end := strings.LastIndexByte(line, ')')
	if end < 0 {
		return procStat{}, false
	}
	f := strings.Fields(line[end+1:])
	if len(f) < 20 {
		return procStat{}, false
	}
	parent, err1 := strconv.Atoi(f[1])
	start, err2 := strconv.ParseUint(f[19], 10, 64)
	return procStat{state: f[0][0], parent: parent, start: start}, err1 == nil && err2 == nil
}

func statOf(pid int) (procStat, bool) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return procStat{}, false
	}
	st, ok := parseStat(string(line))
	return st, ok && st.state != 'Z' && st.state != 'X'
}

func identify(pid int) (process, bool) {
	st, ok := statOf(pid)
	return process{PID: pid, Start: st.start}, ok
}

func (p process) alive() bool {
	if p.PID <= 0 {
		return false
	}
	// One that this very program started stays as a zombie until it is waited for.
	_, _ = syscall.Wait4(p.PID, nil, syscall.WNOHANG, nil)
	st, ok := statOf(p.PID)
	return ok && st.start == p.Start
}

// kill ends the process at once, unless its id has passed to another one.
func (p process) kill() {
	if p.alive() {
		_ = syscall.Kill(p.PID, syscall.SIGKILL)
	}
}

// endAll kills the processes in the given order and waits until none is left.
func endAll(ctx context.Context, list []process) error {
	for _, p := range list {
		p.kill()
	}
	var left []string
	gone := func() bool {
		left = nil
		for _, p := range list {
			if p.alive() {
				left = append(left, strconv.Itoa(p.PID))
			}
		}
		return len(left) == 0
	}
	if !poll(ctx, endWithin, gone) {
		return ops.Errorf(ops.Timeout, "end the practice host", "process %s did not end", strings.Join(left, ", "))
	}
	return nil
}

// poll asks until the answer is yes; it gives no when the time is up or the context ends.
func poll(ctx context.Context, within time.Duration, yes func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// fromPIDFile reads a process id and accepts it only if that process names the host's folder on its
// command line, as pm2's daemon, mongod and nginx do.
func (h *Host) fromPIDFile(path string) (process, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return process{}, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return process{}, false
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !bytes.Contains(line, []byte(h.dir)) {
		return process{}, false
	}
	return identify(pid)
}

func (h *Host) pm2Daemon() (process, bool) { return h.fromPIDFile(h.path("pm2", "pm2.pid")) }
func (h *Host) nginx() (process, bool)     { return h.fromPIDFile(h.path("nginx", "nginx.pid")) }
func (h *Host) mongod() (process, bool)    { return h.fromPIDFile(h.path("db", "mongod.pid")) }

// app gives the process of the shop, by the file that pm2 keeps for it.
func (h *Host) app() (process, bool) {
	names, _ := filepath.Glob(h.path("pm2", "pids", AppName+"-*.pid"))
	for _, name := range names {
		if p, ok := h.fromPIDFile(name); ok {
			return p, true
		}
	}
	return process{}, false
}

// marked finds every process that was started for this host and still carries its mark.
func (h *Host) marked() []process {
	want := []byte(marker + "=" + h.dir)
	return scan(func(pid int, _ procStat) bool {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		return err == nil && slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return bytes.Equal(v, want) })
	})
}

// nginxWorkers finds nginx's processes by the files that they hold open. A worker outlives a master
// that was killed, keeps the port, and has neither the host's mark nor its folder's name on it.
func (h *Host) nginxWorkers() []process {
	return scan(func(pid int, _ procStat) bool {
		title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || !bytes.HasPrefix(title, []byte("nginx: ")) {
			return false
		}
		open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		return slices.ContainsFunc(open, func(fd string) bool {
			file, err := os.Readlink(fd)
			return err == nil && strings.HasPrefix(file, h.path("nginx")+"/")
		})
	})
}

// children finds the processes whose parent is one of those given.
func children(parents []process) []process {
	return scan(func(_ int, st procStat) bool {
		return slices.ContainsFunc(parents, func(p process) bool { return p.PID == st.parent })
	})
}

func scan(want func(pid int, st procStat) bool) []process {
	entries, _ := os.ReadDir("/proc")
	var found []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if st, ok := statOf(pid); ok && want(pid, st) {
			found = append(found, process{PID: pid, Start: st.start})
		}
	}
	return found
}

// everything lists what runs for this host, pm2's daemon first, because it starts again what ends.
func (h *Host) everything() []process {
	var roots []process
	for _, find := range []func() (process, bool){h.pm2Daemon, h.nginx, h.mongod, h.app} {
		if p, ok := find(); ok {
			roots = append(roots, p)
		}
	}
	for _, p := range h.rec.Processes {
		if p.alive() {
			roots = append(roots, p)
		}
	}
	roots = append(roots, h.marked()...)
	roots = append(roots, h.nginxWorkers()...)
	for next := children(roots); len(next) > 0; next = children(next) {
		roots = append(roots, next...)
	}
	return roots
}

// start starts a program that goes on after calm has ended, and remembers it under the name.
func (h *Host) start(name string, env []string, argv ...string) error {
	if err := os.MkdirAll(h.path("log"), 0o755); err != nil {
		return ops.Wrap("practice up", err)
	}
	out, err := os.OpenFile(h.path("log", name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	defer func() { _ = out.Close() }()
	started, err := run.Local{}.Start(run.Command{Argv: argv, Dir: h.dir, Env: h.daemonEnv(env...)}, out)
	if err != nil {
		return err
	}
	p, ok := identify(started.Pid)
	if !ok {
		return ops.Errorf(ops.Failed, run.Line(argv), "ended at once: see %s", out.Name())
	}
	h.rec.Processes[name] = p
	return h.save()
}

// stop ends what start has started under the name, if it still runs.
func (h *Host) stop(ctx context.Context, name string) error {
	p, ok := h.rec.Processes[name]
	if !ok {
		return nil
	}
	if err := endAll(ctx, []process{p}); err != nil {
		return err
	}
	delete(h.rec.Processes, name)
	return h.save()
}

func (h *Host) running(name string) bool { return h.rec.Processes[name].alive() }
