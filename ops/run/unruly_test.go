package run

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"calm/model/action"
)

var flood = flag.Int64("run.flood", 256<<20, "how many bytes the command of TestFlood writes")

// Gigabytes of output cost a bounded file and bounded memory, and nothing of the command's end.
func TestFlood(t *testing.T) {
	s := supervisor(t)
	since := time.Now()
	h := start(t, s, job(fmt.Sprintf("echo first; yes 0123456789 | head -c %d; echo; echo last", *flood), func(p *action.Plan) { p.Timeout = time.Hour }))
	most := int64(0)
	for tick := time.Tick(50 * time.Millisecond); ; <-tick {
		p, err := h.Poll()
		if err != nil {
			t.Fatal(err)
		}
		if p.State != Running {
			break
		}
		most = max(most, memoryOf(h))
	}
	p := finish(t, h)
	info, err := os.Stat(h.OutputPath())
	if err != nil {
		t.Fatal(err)
	}
	if p.Exit.Outcome != "ok" || p.Exit.Bytes < *flood || p.Exit.Cut < *flood-DefaultCap || info.Size() > DefaultCap+1<<10 {
		t.Errorf("%+v, and %d bytes kept", p.Exit, info.Size())
	}
	if !strings.HasSuffix(string(p.Output), "\nlast\n") || !cutSaid(t, h, p.Exit.Cut) {
		t.Errorf("the end is %q", p.Output[max(0, len(p.Output)-80):])
	}
	if most > 128<<10 {
		t.Errorf("its supervisor took %d KiB of memory", most)
	}
	took := time.Since(since)
	t.Logf("%d MiB in %s, %d MiB/s; %d kept; its supervisor took %d KiB at most", *flood>>20, took.Round(time.Millisecond), int(float64(*flood>>20)/took.Seconds()), info.Size(), most)
}

// cutSaid says whether the kept output tells, between its two halves, how much is missing.
func cutSaid(t *testing.T, h *Handle, cut int64) bool {
	t.Helper()
	b, err := os.ReadFile(h.OutputPath())
	if err != nil {
		t.Fatal(err)
	}
	return bytes.HasPrefix(b, []byte("first\n")) && bytes.Contains(b, fmt.Appendf(nil, "cut %d bytes here", cut))
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// memoryOf is the most that an action's supervisor has taken so far, in KiB.
func memoryOf(h *Handle) int64 {
	var st started
	_, _ = load(filepath.Join(h.Dir, startedFile), &st)
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", st.PID))
	m := peak.FindSubmatch(b)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return n
}

// What a command writes is shown as text that does nothing to a terminal, whatever it is.
func TestOddOutput(t *testing.T) {
	payloads := filepath.Join(t.TempDir(), "payloads")
	evil := "\x1b]0;title\a\x1b]52;c;ZXZpbA==\a\x1b[2J\x1b[31mred\x1b[0m\x1bPq#0\x1b\\\x1b_apc\x1b\\\u009b31m\u009dosc\u009c\x9b1m \u202eabc\u200b\r\x00\x07\x08\x7f\xff\xfe done\n"
	if err := os.WriteFile(payloads, []byte(evil), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, command := range map[string]string{
		"random":   "head -c 4000000 /dev/urandom; echo done",
		"escapes":  "cat " + payloads,
		"in bytes": "while IFS= read -r -d '' -n1 c || [ -n \"$c\" ]; do printf %s \"$c\"; done <" + payloads + "; echo done",
	} {
		h := start(t, supervisor(t), job(command))
		if p := finish(t, h); p.Exit.Outcome != "ok" {
			t.Errorf("%s: %+v", name, p.Exit)
		}
		b, err := os.ReadFile(h.OutputPath())
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r != '\n' && r != '\t' && (r < ' ' || r == 0x7f || deceptive(r)) }) {
			t.Errorf("%s: what was kept is not for every terminal", name)
		}
		if !bytes.HasSuffix(b, []byte("done\n")) {
			t.Errorf("%s: it does not end as it did: %q", name, b[max(0, len(b)-60):])
		}
	}
}

// A character that is written byte by byte is whole again.
func TestCharacterInBytes(t *testing.T) {
	h := start(t, supervisor(t), job(`for b in c3 bc e2 82 ac f0 9f 9a 80 e2 82; do printf "\x$b"; sleep 0.01; done`))
	if p := finish(t, h); string(p.Output) != "ü€🚀\ufffd\ufffd" {
		t.Errorf("%q", p.Output)
	}
}

// A command ends as it ends, whatever it does with its descriptors.
func TestClosesItsDescriptors(t *testing.T) {
	for command, code := range map[string]int{
		"exec <&- >&- 2>&-; sleep 0.1; exit 4":                   4,
		"exec >/dev/full; echo lost; exit 5":                     5,
		"for i in {3..40}; do eval \"exec $i>&-\"; done; exit 6": 6,
		"exec bash -c 'exit 7'":                                  7,
		"kill -HUP $$; exit 0":                                   -1,
	} {
		p := finish(t, start(t, supervisor(t), job(command)))
		if p.State != Finished || p.Exit.Code != code || p.Exit.Outcome != "failed" {
			t.Errorf("%s: %s %+v", command, p.State, p.Exit)
		}
	}
}

// pidsIn waits for a number of process ids in a file.
func pidsIn(t *testing.T, path string, n int) (pids []int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d processes", n), func() bool {
		b, _ := os.ReadFile(path)
		pids = nil
		for _, f := range strings.Fields(string(b)) {
			pid, _ := strconv.Atoi(f)
			pids = append(pids, pid)
		}
		return len(pids) == n
	})
	return pids
}

// What a stop has to do with: a deaf command, one that is stopped, daemons by the book.
func TestStopEndsTheUnruly(t *testing.T) {
	for name, c := range map[string]struct {
		command string
		n       int
		gently  bool // TERM is enough
	}{
		"deaf to TERM":         {`trap "" TERM INT HUP; echo $$ >>PIDS; while :; do sleep 0.1; done`, 1, false},
		"stopped":              {`echo $$ >>PIDS; kill -STOP $$; sleep 300`, 1, true},
		"a daemon by the book": {`(setsid bash -c '(trap "" TERM HUP; echo $BASHPID >>PIDS; exec >/dev/null 2>&1 </dev/null; while :; do sleep 0.1; done) & exit' &) ; echo $$ >>PIDS; sleep 300`, 2, false},
		"many":                 {`for i in 1 2 3 4 5 6 7 8; do (echo $BASHPID >>PIDS; setsid sleep 300) & done; wait`, 8, true},
	} {
		s := supervisor(t)
		s.Grace = 500 * time.Millisecond
		if c.gently {
			s.Grace = 10 * time.Second
		}
		pids := filepath.Join(t.TempDir(), "pids")
		h := start(t, s, job(strings.ReplaceAll(c.command, "PIDS", pids)))
		list := pidsIn(t, pids, c.n)
		since := time.Now()
		if err := h.Cancel(); err != nil {
			t.Fatal(err)
		}
		p := finish(t, h)
		took := time.Since(since)
		if p.Exit.Outcome != "cancelled" || len(p.Exit.Survivors) > 0 {
			t.Errorf("%s: %+v", name, p.Exit)
		}
		if c.gently && took > 8*time.Second || !c.gently && took < s.Grace {
			t.Errorf("%s: it took %s, with %s of grace", name, took, s.Grace)
		}
		for _, pid := range list {
			if q, ok := statOf(pid); ok && q.state != 'Z' {
				t.Errorf("%s: %d survived", name, pid)
			}
		}
	}
}

// What not even KILL ends is given up after a while, and named. A frozen control group holds it; where
// there is none, it dies, and nothing may be named.
func TestStopOfWhatDoesNotDie(t *testing.T) {
	dir, frozen := cgroup(t, "freezer", map[string]string{"freezer.state": "THAWED"})
	s := supervisor(t)
	s.Grace = 300 * time.Millisecond
	command := "sleep 300 & "
	if frozen {
		command += "echo $! >" + dir + "/cgroup.procs; echo FROZEN >" + dir + "/freezer.state; "
	}
	pids := filepath.Join(t.TempDir(), "pids")
	h := start(t, s, job(command+"echo $! >"+pids+"; wait"))
	pid := pidsIn(t, pids, 1)[0]
	if frozen {
		t.Cleanup(func() { _ = os.WriteFile(filepath.Join(dir, "freezer.state"), []byte("THAWED"), 0) })
	}
	if err := h.Cancel(); err != nil {
		t.Fatal(err)
	}
	p := finish(t, h)
	named := strings.Contains(strings.Join(p.Exit.Survivors, " "), fmt.Sprintf("sleep 300, pid %d", pid))
	if p.Exit.Outcome != "cancelled" || named != frozen {
		t.Errorf("held: %t; %+v", frozen, p.Exit)
	}
}

// Somebody removes the folder of a running action: no console may say that it never began, and its
// supervisor makes the folder again to tell how it ended.
func TestFolderRemovedMeanwhile(t *testing.T) {
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	h := start(t, supervisor(t), job("read -r x <"+gate+"; exit 3"))
	if err := os.RemoveAll(h.Dir); err != nil {
		t.Fatal(err)
	}
	if state, err := Forestall(h.Dir); state != Unknown || err != nil {
		t.Errorf("it is %s, %v", state, err)
	}
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	var p Progress
	eventually(t, "its outcome is told again", func() bool {
		var err error
		p, err = h.Poll()
		return err == nil && p.State == Finished
	})
	if p.Exit.Code != 3 || p.Exit.Outcome != "failed" {
		t.Errorf("%+v", p.Exit)
	}
}

// The newest output is the newest, and the time that a command took is that time, whatever the clock says.
func TestClockSetBack(t *testing.T) {
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	s := supervisor(t)
	s.Cap = 4 << 10
	h := start(t, s, job("for i in {1..900}; do echo line $i; done; sleep 0.3; read -r x <"+gate))
	eventually(t, "all is written", func() bool {
		p, err := h.Poll()
		return err == nil && strings.HasSuffix(string(p.Output), "line 900\n")
	})
	files, err := filepath.Glob(filepath.Join(h.Dir, outputFile+"*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for i, f := range files {
		back := time.Now().Add(-time.Duration(i) * time.Hour)
		if err := os.Chtimes(f, back, back); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := h.Poll(); err != nil || !strings.HasSuffix(string(p.Output), "line 900\n") {
		t.Errorf("the newest output is %q, %v", p.Output, err)
	}
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	if p := finish(t, h); p.Exit.Seconds < 0.3 || p.Exit.Seconds > 30 {
		t.Errorf("it took %v seconds", p.Exit.Seconds)
	}
}

// A shell that can't be executed: nothing has begun, and that is known.
func TestNoShell(t *testing.T) {
	for name, text := range map[string]string{
		"bad ELF":        "\x7fELF\x02\x01\x01garbage",
		"no interpreter": "#!/no/such/interpreter\n",
		"empty":          "",
	} {
		bin := t.TempDir()
		program(t, bin+"/bash", text)
		j, ledger := counted(t)
		j.Env = append(j.Env, "PATH="+bin)
		s := supervisor(t)
		_, err := s.Start(t.Context(), j)
		if err == nil || !strings.Contains(err.Error(), "did not begin") || lines(ledger) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		h, err := Attach(filepath.Join(s.Dir, j.Plan.Op))
		if err != nil {
			t.Fatal(err)
		}
		if p := finish(t, h); p.State != Finished || p.Exit.Outcome != "failed" || p.Exit.Code != -1 {
			t.Errorf("%s: %s %+v", name, p.State, p.Exit)
		}
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("true"), 0o600); err != nil {
		t.Fatal(err)
	}
	for command, code := range map[string]int{plain: 126, "no-such-program": 127, "/no/such/place": 127} {
		if p := finish(t, start(t, supervisor(t), job(command))); p.Exit.Outcome != "failed" || p.Exit.Code != code {
			t.Errorf("%s: %+v", command, p.Exit)
		}
	}
}
