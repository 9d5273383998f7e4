package run

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// process is one line of /proc.
type process struct {
	pid, parent, group int
	state              byte
	ticks              uint64 // start time, in clock ticks since boot
}

// statOf reads /proc/PID/stat. The name in it may hold blanks and brackets, so fields are counted
// from the last bracket.
func statOf(pid int) (process, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, false
	}
	end := bytes.LastIndexByte(b, ')')
	if end < 0 {
		return process{}, false
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 20 {
		return process{}, false
	}
	p := process{pid: pid, state: f[0][0]}
	p.parent, _ = strconv.Atoi(f[1])
	p.group, _ = strconv.Atoi(f[2])
	p.ticks, _ = strconv.ParseUint(f[19], 10, 64)
	return p, true
}

// descendants are the living processes below a process, nearest first. What stands under a
// supervisor of its own, such as pm2's daemon, is left out together with everything below that:
// it was started to stay.
func descendants(root int) (own, daemons []process) {
	all := make(map[int][]process)
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		pid, err := strconv.Atoi(filepath.Base(d))
		if err != nil {
			continue
		}
		if p, ok := statOf(pid); ok {
			all[p.parent] = append(all[p.parent], p)
		}
	}
	queue := all[root]
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		switch {
		case p.state == 'Z':
		case isDaemon(p.pid):
			daemons = append(daemons, p)
			continue
		default:
			own = append(own, p)
		}
		queue = append(queue, all[p.pid]...)
	}
	return own, daemons
}

// isDaemon knows pm2's daemon by the title that it gives itself.
func isDaemon(pid int) bool {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return bytes.HasPrefix(b, []byte("PM2 ")) && bytes.Contains(b, []byte("God Daemon"))
}

// called names processes for a person: "node server.js, pid 812".
func called(ps []process) []string {
	var out []string
	for _, p := range ps {
		b, _ := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/cmdline")
		line := strings.TrimSpace(string(bytes.ReplaceAll(b, []byte{0}, []byte{' '})))
		if r := []rune(line); len(r) > 60 {
			line = string(r[:59]) + "…"
		}
		if line == "" {
			continue
		}
		out = append(out, fmt.Sprintf("%s, pid %d", line, p.pid))
	}
	return out
}

// signalTree sends a signal to a process group, 0 for none, and to every own descendant of root outside
// it. The group is that of a process that nobody has waited for yet, so that its number is still its own.
func signalTree(root, group int, sig syscall.Signal) {
	if group > 0 {
		_ = syscall.Kill(-group, sig)
	}
	own, _ := descendants(root)
	for _, p := range own {
		if group == 0 || p.group != group {
			_ = syscall.Kill(p.pid, sig)
		}
	}
}

// bootID tells one boot of the machine from the next.
func bootID() string {
	b, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(b))
}

// alive says whether the process that a record names still runs.
func (c child) alive() bool {
	p, ok := statOf(c.PID)
	return ok && p.state != 'Z' && p.ticks == c.Ticks && c.Boot == bootID()
}
