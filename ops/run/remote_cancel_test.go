package run_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"calm/ops/run"
)

func TestRemoteCancel(t *testing.T) {
	e := newThere(t)
	t.Run("the whole session", func(t *testing.T) {
		h := e.start(`trap 'echo told; exit 3' TERM; (trap '' TERM; echo $BASHPID > ~/deaf; while :; do sleep 0.1; done) & touch ~/up; wait; wait`, run.Carried{})
		until(t, "the start", func() bool { return exists(filepath.Join(e.Home, "up")) && exists(filepath.Join(e.Home, "deaf")) })
		if err := h.Cancel(); err != nil {
			t.Fatal(err)
		}
		got := e.end(h)
		if got.Exit.Outcome != "cancelled" || !strings.Contains(string(got.Output), "told\n") {
			t.Errorf("%+v %q", got.Exit, got.Output)
		}
		if deaf := strings.TrimSpace(read(t, filepath.Join(e.Home, "deaf"))); alive(deaf) {
			t.Errorf("%s lives", deaf)
		}
		if left := e.kept(); len(left) != 0 {
			t.Errorf("left there: %q", left)
		}
	})
	t.Run("over a connection that is lost", func(t *testing.T) {
		h := e.start(`touch ~/up2; sleep 300`, run.Carried{})
		until(t, "the start", func() bool { return exists(filepath.Join(e.Home, "up2")) })
		e.wire.set(true)
		if err := h.Cancel(); err != nil {
			t.Fatal(err)
		}
		before := e.wire.count()
		until(t, "an attempt", func() bool { return e.wire.count() > before })
		e.wire.set(false)
		if got := e.end(h); got.Exit.Outcome != "cancelled" {
			t.Errorf("%+v", got.Exit)
		}
	})
	t.Run("too long", func(t *testing.T) {
		job := e.job("sleep 300", run.Carried{})
		job.Plan.Timeout = 500 * time.Millisecond
		job.Plan.Seal()
		h, err := e.sup.Start(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.end(h); got.Exit.Outcome != "failed" || !strings.Contains(got.Exit.Text, "took longer than") {
			t.Errorf("%+v", got.Exit)
		}
	})
}
