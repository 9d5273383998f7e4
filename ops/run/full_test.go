package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"calm/ops"
)

// small gives a supervisor whose folders are on a disk of a bounded size. Where the test may mount none,
// the supervisor may write no file beyond that size.
func small(t *testing.T, options string, kib int) Supervisor {
	t.Helper()
	root := t.TempDir()
	if err := unix.Mount("none", root, "tmpfs", 0, options); err != nil {
		return within(t, fmt.Sprintf("ulimit -f %d", kib))
	}
	t.Cleanup(func() {
		eventually(t, "the disk is let go", func() bool { return unix.Unmount(root, 0) == nil })
	})
	return Supervisor{Dir: filepath.Join(root, "ops"), Leases: filepath.Join(root, "leases")}
}

// The disk fills up while a command runs: it goes on, and its outcome comes to disk. What could not be
// kept of its output, or of what it exports, is said.
func TestDiskFullMeanwhile(t *testing.T) {
	s := small(t, "size=256k", 64)
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	h := start(t, s, job("yes 0123456789 | head -c 1000000; export A=1; read -r x <"+gate+"; touch "+filepath.Dir(gate)+"/went; exit 3"))
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	p := finish(t, h)
	if p.State != Finished || p.Exit.Outcome != "failed" || p.Exit.Code != 3 || !strings.Contains(p.Exit.Text, "its output could not be kept") {
		t.Errorf("%s %+v", p.State, p.Exit)
	}
	if p.Exit.Cut == 0 || p.Exit.Bytes != 1000000 {
		t.Errorf("%d bytes, cut %d", p.Exit.Bytes, p.Exit.Cut)
	}
	if p.Exit.Lost == "" && p.Carried.Set["A"] != "1" {
		t.Error("what it exports is neither kept nor said to be lost")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(gate), "went")); err != nil {
		t.Error("the command did not go on")
	}
}

// No file can be made any more while a command runs.
func TestInodesGoneMeanwhile(t *testing.T) {
	s := small(t, "size=4m,nr_inodes=64", 1<<12)
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	h := start(t, s, job("export A=1; read -r x <"+gate+"; exit 3"))
	made := 0
	for ; made < 100; made++ {
		f, err := os.Create(filepath.Join(s.Dir, fmt.Sprintf("fill%d", made)))
		if err != nil {
			break
		}
		_ = f.Close()
	}
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	p := finish(t, h)
	if p.State != Finished || p.Exit.Code != 3 || made < 100 && p.Exit.Lost == "" {
		t.Errorf("with %d files made: %s %+v", made, p.State, p.Exit)
	}
}

// On a full disk nothing starts: there would be no room for its outcome.
func TestDiskFullBefore(t *testing.T) {
	seen := map[string]int{}
	for kib := 4; kib <= 96; kib += 4 {
		s := small(t, fmt.Sprintf("size=%dk", kib), kib/4)
		j, ledger := counted(t)
		_, err := s.Start(t.Context(), j)
		if err != nil {
			if ops.CodeOf(err) == ops.Timeout || lines(ledger) != 0 {
				t.Errorf("%d KiB: %v, and it wrote %d lines", kib, err, lines(ledger))
			}
			seen["refused"]++
			continue
		}
		h, err := Attach(filepath.Join(s.Dir, j.Plan.Op))
		if err != nil {
			t.Fatal(err)
		}
		if p := finish(t, h); p.State != Finished || p.Exit.Outcome != "ok" || lines(ledger) != 2 {
			t.Errorf("%d KiB: %s %+v, and it wrote %d lines", kib, p.State, p.Exit, lines(ledger))
		}
		seen["ok"]++
	}
	t.Log(seen)
	if seen["ok"] == 0 || seen["refused"] == 0 {
		t.Errorf("the bound did not bind, or nothing ran: %v", seen)
	}
}
