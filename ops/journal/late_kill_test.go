package journal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/incident"
)

// Consoles are killed at any moment while the journal can't be written, and while they write late what
// they kept. No event is lost, none is there twice.
func TestKilledWhileKeeping(t *testing.T) {
	d := newState(t)
	newJournal(t, d, 40)
	rng := rand.New(rand.NewPCG(7, 7))
	var ids []string
	waited, late := 0, 0
	for range max(20, *kills/4) {
		cmd, lines := helper(t, "keep", d.Path())
		after, delay := 1+rng.IntN(12), time.Duration(rng.IntN(4000))*time.Microsecond
		for n := 0; lines.Scan(); n++ {
			switch text := lines.Text(); {
			case strings.HasPrefix(text, "error"):
				t.Fatal(text)
			case text == "merged":
				late++
			default:
				id, waits, _ := strings.Cut(text, " ")
				ids = append(ids, id)
				if waits == "true" {
					waited++
				}
			}
			if n == after {
				time.AfterFunc(delay, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed, and says so
	}
	j, _ := reopen(t, d)
	if err := j.Merge(ctx); err != nil {
		t.Fatal(err)
	}
	once(t, d, ids...)
	t.Logf("%d events, %d kept in memory, %d merges came to their end", len(ids), waited, late)
	if waited < 20 || late == 0 {
		t.Errorf("%d events kept and %d merges: the kills don't reach every step", waited, late)
	}
}

// helpHold takes the journal's lock, says so, and after it could be stopped writes and goes.
func helpHold(d *Dir) error {
	j, _, err := d.OpenIncident(1)
	if err != nil {
		return err
	}
	if err := j.lock.acquire(context.Background(), lockLimit); err != nil {
		return err
	}
	if err := j.catchUp(); err != nil {
		return err
	}
	fmt.Println("held")
	if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
		return err
	}
	p, err := prepare([]incident.Draft{note("by the one that held it")}, nil)
	if err != nil {
		return err
	}
	return errors.Join(j.write(p[0]), j.Close())
}

// helpKeep appends under a limit that the journal is beyond already, and merges without it, again and
// again. It says the ID of each event, and
// whether it waits.
func helpKeep(d *Dir) error {
	ignoreLimits()
	d.sizes = segmentSizes[2:]
	j, _, err := d.OpenIncident(1)
	if err != nil {
		return err
	}
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	for round := range 100 {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 4_000, Max: was.Max}); err != nil {
			return err
		}
		for i := range 5 {
			events, err := j.Append(context.Background(), note("%d keeps %d", os.Getpid(), 5*round+i))
			if incident.Spooled(err) != nil || len(events) != 1 {
				return fmt.Errorf("%d events kept, %w", len(events), err)
			}
			fmt.Println(events[0].ID, events[0].Seq == 0)
		}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
			return err
		}
		if err := j.Merge(context.Background()); err != nil {
			return err
		}
		fmt.Println("merged")
	}
	return j.Close()
}
