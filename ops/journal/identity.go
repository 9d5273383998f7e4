package journal

import (
	"cmp"
	"os"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"time"

	"calm/model/incident"

	"golang.org/x/sys/unix"
)

// Calm is the actor of what nobody decided.
func Calm() incident.Actor {
	a := Self()
	a.Name = "calm"
	return a
}

// Self is the person at this process: the name they logged in with where sudo or the login session
// still knows it, and the user the process runs as.
func Self() incident.Actor {
	a := incident.Actor{UID: os.Geteuid(), LoginUID: loginUID(), SudoUser: os.Getenv("SUDO_USER")}
	a.Name = cmp.Or(a.SudoUser, nameOf(a.LoginUID), nameOf(a.UID), os.Getenv("USER"), "user "+strconv.Itoa(a.UID))
	return a
}

func nameOf(uid int) string {
	if uid < 0 {
		return ""
	}
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return ""
	}
	return u.Username
}

// loginUID is the user of the login session, which sudo does not change; -1 when there is none.
func loginUID() int {
	text, err := os.ReadFile("/proc/self/loginuid")
	if err != nil {
		return -1
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32)
	if err != nil || n == 1<<32-1 {
		return -1
	}
	return int(n)
}

// moment is one reading of both clocks: the one on the wall, which may be set, and the one that
// runs since the boot.
type moment struct {
	at   time.Time
	bt   time.Duration
	boot string
}

func clocks() moment {
	m := moment{at: time.Now().UTC().Round(0), boot: bootID()}
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) == nil {
		m.bt = time.Duration(ts.Nano())
	}
	return m
}

// bootID and hostName do not change while a process lives, and appending must need no descriptor.
var bootID = sync.OnceValue(func() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
})

var hostName = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
})
