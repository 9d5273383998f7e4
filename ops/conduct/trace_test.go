package conduct

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The two kinds of process that a run has of calm.
const (
	theConsole    = "console"
	theSupervisor = "supervisor"
)

// point is a place in a run at which a process can be ended: before or after one of its system calls
// that leave something behind, or that another process sees.
type point struct {
	who   string
	act   string // "linkat started", the call and what it is about
	n     int    // the how manieth of its kind, from 1
	after bool
}

func (p point) String() string {
	when := "before"
	if p.after {
		when = "after"
	}
	return fmt.Sprintf("%s %s %s #%d", p.who, when, p.act, p.n)
}

// tracer runs a console, and follows it and its supervisor from system call to system call. The
// commands that they start are let go.
type tracer struct {
	t       *testing.T
	at      point    // where to kill; the zero one kills nowhere
	kills   []string // whom
	seen    []point
	hit     bool
	reached func() // called when it was hit
	exit    int    // of the console; -1 when a signal ended it
	root    int
	tasks   map[int]*task
	who     map[int]string // by process
	count   map[string]int
}

// task is a thread that is followed.
type task struct {
	process int
	inside  string // the act that it is in; empty for a call that leaves nothing behind
	n       int
}

const (
	traced     = syscall.SIGTRAP | 0x80 // a stop at a system call, with PTRACE_O_TRACESYSGOOD
	noThread   = 0x20000000             // __WNOTHREAD: the children of other threads are other tracers' own
	followAll  = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL
	entryStop  = 1
	thisThread = 0x10000 // CLONE_THREAD
)

// run starts the command and follows it to the end of every process that it is about.
func (x *tracer) run(cmd *exec.Cmd) {
	x.tasks, x.who, x.count = map[int]*task{}, map[int]string{}, map[string]int{}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		x.t.Errorf("trace %s: %v", cmd.Path, err)
		return
	}
	defer func() { _ = cmd.Process.Release() }()
	x.root = cmd.Process.Pid
	x.who[x.root] = theConsole
	for first := true; ; first = false {
		var ws syscall.WaitStatus
		tid, err := syscall.Wait4(-1, &ws, syscall.WALL|noThread, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return // there is nobody left
		}
		if first {
			_ = syscall.PtraceSetOptions(tid, followAll)
		}
		x.stopped(tid, ws)
	}
}

// stopped takes one report about a thread and lets it go on.
func (x *tracer) stopped(tid int, ws syscall.WaitStatus) {
	if ws.Exited() || ws.Signaled() {
		if tid == x.root {
			x.exit = ws.ExitStatus()
		}
		delete(x.tasks, tid)
		delete(x.who, tid)
		return
	}
	k := x.tasks[tid]
	if k == nil {
		k = &task{process: processOf(tid)}
		x.tasks[tid] = k
	}
	pass := 0
	switch sig := ws.StopSignal(); {
	case sig == traced:
		x.call(tid, k)
	case sig == syscall.SIGTRAP && ws.TrapCause() == unix.PTRACE_EVENT_EXEC:
		if !x.program(tid) {
			_ = syscall.PtraceDetach(tid)
			delete(x.tasks, tid)
			return
		}
	case sig != syscall.SIGTRAP && sig != syscall.SIGSTOP:
		pass = int(sig)
	}
	_ = syscall.PtraceSyscall(tid, pass)
}

// program says whether a process that begins another program is still one of the two.
func (x *tracer) program(pid int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	words := bytes.Split(b, []byte{0})
	switch {
	case pid == x.root:
		return true
	case len(words) > 1 && string(words[1]) == "supervise":
		x.who[pid] = theSupervisor
		return true
	}
	return false
}

// call is a stop before or after a system call.
func (x *tracer) call(tid int, k *task) {
	who := x.who[k.process]
	if who == "" {
		return
	}
	info, ok := callOf(tid)
	if !ok {
		return
	}
	if info.op == entryStop {
		k.inside = act(tid, info)
		if k.inside == "" {
			return
		}
		x.count[who+k.inside]++
		k.n = x.count[who+k.inside]
		x.pass(point{who, k.inside, k.n, false})
		return
	}
	if k.inside != "" {
		x.pass(point{who, k.inside, k.n, true})
	}
	k.inside = ""
}

// pass notes a point that was reached, and ends who is to be ended there.
func (x *tracer) pass(p point) {
	x.seen = append(x.seen, p)
	if x.hit || p != x.at {
		return
	}
	x.hit = true
	for pid, who := range x.who {
		if slices.Contains(x.kills, who) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	x.reached()
}

// callInfo is the kernel's struct ptrace_syscall_info, as far as it is about an entry.
type callInfo struct {
	op   uint8
	_    [3]byte
	_    uint32
	_, _ uint64
	nr   uint64
	args [6]uint64
	_    [2]uint64
}

func callOf(tid int) (callInfo, bool) {
	var info callInfo
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	return info, errno == 0
}

// act names a system call that leaves something behind; empty for any other.
func act(tid int, c callInfo) string {
	switch c.nr {
	case unix.SYS_OPENAT:
		if c.args[2]&unix.O_CREAT != 0 {
			return "openat " + pathAt(tid, c.args[1])
		}
	case unix.SYS_MKDIRAT:
		return "mkdirat " + pathAt(tid, c.args[1])
	case unix.SYS_MKNODAT:
		return "mknodat " + pathAt(tid, c.args[1])
	case unix.SYS_UNLINKAT:
		return "unlinkat " + pathAt(tid, c.args[1])
	case unix.SYS_LINKAT:
		return "linkat " + pathAt(tid, c.args[3])
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		return "renameat " + pathAt(tid, c.args[3])
	case unix.SYS_WRITE, unix.SYS_PWRITE64:
		if to := pathOf(tid, c.args[0]); to != "" {
			return "write " + to
		}
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		return "fsync " + pathOf(tid, c.args[0])
	case unix.SYS_FLOCK:
		if c.args[1]&unix.LOCK_EX != 0 { // the other is a look, and there is one for every look
			return "flock " + pathOf(tid, c.args[0])
		}
	case unix.SYS_FTRUNCATE:
		return "ftruncate " + pathOf(tid, c.args[0])
	case unix.SYS_CLONE:
		if c.args[0]&thisThread == 0 {
			return "fork"
		}
	case unix.SYS_CLONE3:
		return "fork"
	case unix.SYS_KILL:
		return "kill"
	case unix.SYS_WAITID, unix.SYS_WAIT4:
		return "wait"
	case unix.SYS_MEMFD_CREATE:
		return "memfd"
	case unix.SYS_EXIT_GROUP:
		return "exit"
	}
	return ""
}

// pathAt is the last name of the path at an address of the thread's memory.
func pathAt(tid int, address uint64) string {
	b := make([]byte, 512)
	n, err := syscall.PtracePeekData(tid, uintptr(address), b)
	if err != nil {
		return "?"
	}
	path, _, _ := bytes.Cut(b[:n], []byte{0})
	return plainName(string(path))
}

// pathOf is the last name of an open file; empty for what only the Go runtime writes to.
func pathOf(tid int, fd uint64) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, fd))
	switch {
	case err != nil:
		return "?"
	case strings.HasPrefix(path, "anon_inode:"):
		return ""
	case strings.HasPrefix(path, "pipe:"):
		return "a pipe"
	}
	return plainName(path)
}

var (
	opNames   = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{26}`)
	tempNames = regexp.MustCompile(`[0-9]{5,}$`)
)

// plainName is a path's last name without what differs from run to run.
func plainName(path string) string {
	return tempNames.ReplaceAllString(opNames.ReplaceAllString(filepath.Base(path), "OP"), "*")
}

// processOf is the process that a thread belongs to.
func processOf(tid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", tid))
	_, rest, _ := strings.Cut(string(b), "Tgid:")
	line, _, _ := strings.Cut(rest, "\n")
	pid, _ := strconv.Atoi(strings.TrimSpace(line))
	return pid
}
