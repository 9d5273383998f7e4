package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"calm/model/incident"
)

// stuck makes the journal unwritable under a running console, and gives what ends that: a full disk of
// its own where that is allowed, which is to root; else a lock whose holder does not let go.
func (h *host) stuck() (begin func(), end func()) {
	h.t.Helper()
	disk := h.t.TempDir()
	err := unix.Mount("calm-test", disk, "tmpfs", 0, "size=200k")
	if err != nil {
		h.t.Logf("no disk of its own for this test (%v): its lock is held instead", err)
		return h.held()
	}
	h.t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	h.state = filepath.Join(disk, "state")
	filler := filepath.Join(disk, "filler")
	begin = func() {
		f, err := os.Create(filler)
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		_ = f.Close()
		// What the journal has reserved is still to be written to.
		for code := 0; code == 0; {
			_, code = h.calm("incident", "note", strings.Repeat("x", 500))
		}
	}
	return begin, func() { _ = os.Remove(filler) }
}

func (h *host) held() (begin func(), end func()) {
	var f *os.File
	begin = func() {
		locks, err := filepath.Glob(filepath.Join(h.state, "incidents", "*", "journal", "lock"))
		if err != nil || len(locks) != 1 {
			h.t.Fatalf("%q, %v", locks, err)
		}
		if f, err = os.OpenFile(locks[0], os.O_RDWR, 0); err != nil {
			h.t.Fatal(err)
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
			h.t.Fatal(err)
		}
	}
	return begin, func() { _ = f.Close() }
}

// TestGlassIsBrokenByKeys: the journal can't be written, the app is restarted all the same, by keys and
// with a reason, and all of it is in the journal when it can be written again.
func TestGlassIsBrokenByKeys(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.env = append(h.env, "CALM_SPOOL="+filepath.Join(t.TempDir(), "spool"))
	h.fault("flag-off")
	begin, end := h.stuck()
	x := h.console(120, 40)
	x.declare("SEV-3")
	begin()
	x.press("n")
	x.wait(patience, "goes into the timeline")
	x.press("no room", "\r")
	x.wait(patience, "JOURNAL NOT WRITABLE", "Reads go on", "r to try again")
	x.press("5")
	x.wait(patience, `"no room"`, "pending")
	if out, code := h.calm("incident", "verify"); code != 0 {
		t.Errorf("verify, in the gap: exit %d: %s", code, out)
	}
	x.press(":")
	x.wait(patience, "Every action")
	x.press("break glass pm2")
	x.wait(patience, "break glass: pm2 restart glowglitch-app")
	x.press("\r")
	x.wait(patience, "Why does it have to run now?")
	x.press("customers see errors", "\r")
	x.wait(patience, "runs without the journal: customers see errors", "y run it")
	x.press("y")
	x.wait(patience, "GLASS BROKEN", "customers see errors")
	x.until(patience, "a verdict", func(s string) bool {
		return strings.Contains(s, "WORKED") || strings.Contains(s, "NO EFFECT") || strings.Contains(s, "WORSE") || strings.Contains(s, "EFFECT UNKNOWN")
	})
	x.wait(patience, "GLASS BROKEN")
	end()
	x.press("r")
	x.until(patience, "the end of the gap", func(s string) bool { return !strings.Contains(s, "GLASS BROKEN") })
	x.leave()
	out, code := h.calm("incident", "verify")
	if code != 0 || !strings.Contains(out, "glass broken by") || !strings.Contains(out, "customers see errors") {
		t.Errorf("verify: exit %d: %s", code, out)
	}
	h.brokeOnce()
}

// brokeOnce checks what the journal has of the action that ran without it.
func (h *host) brokeOnce() {
	h.t.Helper()
	n := map[incident.Type]int{}
	for _, e := range h.events() {
		// The note that found no room first waited in a spool of its own.
		// The verdict may have come when the gap was over.
		if e.Late != nil && e.Type != incident.GapOpened || e.Type == incident.Judged {
			n[e.Type]++
		}
	}
	for _, want := range []incident.Type{incident.GlassBroken, incident.Proposed, incident.Confirmed, incident.Intent, incident.Finished, incident.Judged} {
		if n[want] != 1 {
			h.t.Errorf("%d of %s were written late, not one: %v", n[want], want, n)
		}
	}
}
