package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"calm/model/incident"

	"golang.org/x/sys/unix"
)

// The tests that need another process, or one that may be harmed, run this binary once more with
// the name of one of these in its environment. Each gets the state folder and says on its standard
// output what happened, a line each.
var helpers = map[string]func(d *Dir) error{
	"append":  helpAppend,
	"console": helpConsole,
	"hold":    helpHold,
	"keep":    helpKeep,
	"limited": helpLimited,
	"nofiles": helpNoFiles,
	"nobody":  helpNobody,
	"open":    helpOpen,
}

const helperVar = "CALM_JOURNAL_HELPER"

func TestMain(m *testing.M) {
	name := os.Getenv(helperVar)
	if name == "" {
		os.Exit(m.Run())
	}
	state := os.Getenv("CALM_STATE")
	if err := helpers[name](Look(state)); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// helper starts this binary as the named helper. The caller ends it, or waits for it.
func helper(t testing.TB, name, state string, env ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, helperVar+"="+name, "CALM_STATE="+state)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// said runs a helper to its end and gives all that it said.
func said(t testing.TB, name, state string, env ...string) string {
	t.Helper()
	cmd, lines := helper(t, name, state, env...)
	var all []string
	for lines.Scan() {
		all = append(all, lines.Text())
	}
	_ = cmd.Wait() // a helper that fails says so in a line
	return strings.Join(all, "\n")
}

// helpAppend appends notes, as many as N says or for ever, and prints the ID of each one that was
// acknowledged.
func helpAppend(d *Dir) error {
	j, _, err := d.OpenIncident(1)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(os.Getenv("N"))
	if err != nil {
		n = 1 << 30
	}
	for i := range n {
		events, err := j.Append(context.Background(), note("%d says %d %s", os.Getpid(), i, strings.Repeat("x", i%700)))
		if err != nil {
			return err
		}
		fmt.Println(events[0].ID)
	}
	return j.Close()
}

// helpConsole joins, says so, and stays until its standard input ends.
func helpConsole(d *Dir) error {
	j, _, err := d.OpenIncident(1)
	if err != nil {
		return err
	}
	p, err := j.Join("ben")
	if err != nil {
		return err
	}
	fmt.Println("joined")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return p.Leave()
}

// helpLimited appends under a limit on the size of files, like a disk that is full at some point.
func helpLimited(d *Dir) error {
	ignoreLimits()
	limit, err := strconv.ParseUint(os.Getenv("LIMIT"), 10, 64)
	if err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	return helpAppend(d)
}

// ignoreLimits has a write beyond a limit fail, and not end the process.
func ignoreLimits() { signal.Ignore(syscall.SIGXFSZ) }

// helpNoFiles appends with no descriptor left.
func helpNoFiles(d *Dir) error {
	j, _, err := d.OpenIncident(1)
	if err != nil {
		return err
	}
	if _, err := j.Append(context.Background(), note("before")); err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{}); err != nil {
		return err
	}
	if _, err := os.Open("/dev/null"); err == nil {
		return fmt.Errorf("descriptors are still to be had")
	}
	if _, err := j.Append(context.Background(), note("without descriptors")); err != nil {
		return err
	}
	fmt.Println("appended")
	return nil
}

// helpNobody opens the incident, and a state folder of its own, as a user without rights.
func helpNobody(d *Dir) error {
	if os.Geteuid() == 0 {
		if err := syscall.Setgid(65534); err != nil {
			return err
		}
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	_, err := Open(d.Path() + "/below")
	fmt.Println("open:", err)
	j, events, err := d.OpenIncident(1)
	if err != nil {
		fmt.Println("incident:", err)
		return nil
	}
	_, err = j.Append(context.Background(), note("x"))
	fmt.Println(len(events), "events, append:", err)
	return nil
}

// helpOpen says how many events there are, and how the incident is.
func helpOpen(d *Dir) error {
	j, events, err := d.OpenIncident(1)
	if err != nil {
		return err
	}
	i, err := incident.Fold(events)
	fmt.Println(len(events), i.Last, err)
	return j.Close()
}
