package restore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/ops"
)

// script writes a program that stands in for one of MongoDB's tools.
func (s *server) script(text string) string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "tool")
	text = strings.NewReplacer("MONGODUMP", s.Mongodump, "MONGORESTORE", s.Mongorestore).Replace(text)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// fromElsewhere is mongorestore that restores another dump than it is told to.
func fromElsewhere(dir string) string {
	return `for a; do shift; case $a in --dir=*) a=--dir=` + dir + `;; esac; set -- "$@" "$a"; done; exec MONGORESTORE "$@"`
}

// after is mongodump that is followed by something, with $out its folder.
func after(then string) string {
	return `for a; do case $a in --out=*) out=${a#--out=};; esac; done; MONGODUMP "$@" || exit; ` + then
}

// other is a dump of other tickets, and of no orders.
func (s *server) other(name, mark string, n int) string {
	s.t.Helper()
	s.insert(name, "tickets", mark, n)
	s.insert(name, "orders", "old", 50)
	s.run(name, index("tickets", "n", bson.E{Key: "unique", Value: true}))
	s.tool(s.Mongodump, "--uri="+s.uri(name), "--out="+filepath.Join(s.dir, "other"))
	s.run(name, bson.D{{Key: "dropDatabase", Value: 1}})
	renamed := filepath.Join(s.dir, "other", name, "shop")
	if err := os.MkdirAll(renamed, 0o755); err != nil {
		s.t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(s.dir, "other", name, "*.*"))
	for _, f := range files {
		if err := os.Rename(f, filepath.Join(renamed, filepath.Base(f))); err != nil {
			s.t.Fatal(err)
		}
	}
	return renamed
}

// Tools that say that they have done it, and have not: nothing in use is touched, and nobody is told that
// it worked.
func TestToolsThatLie(t *testing.T) {
	s := serve(t)
	s.shop()
	half, more, evil := s.other("half", "old", 120), s.other("more", "old", 300), s.other("evil", "evil", 240)
	n := 0
	for name, test := range map[string]struct{ dump, restore, want string }{
		"restores nothing":                      {restore: `echo "240 document(s) restored successfully." >&2`, want: "was not restored, whatever its exit status says"},
		"restores half":                         {restore: fromElsewhere(half), want: "120 documents were restored, and the dump holds 240"},
		"restores more":                         {restore: fromElsewhere(more), want: "300 documents were restored, and the dump holds 240"},
		"restores something else":               {restore: fromElsewhere(evil), want: "but other ones"},
		"restores to the place in use, it says": {restore: `case "$*" in *--dryRun*) ;; *) echo done >&2;; esac`, want: "was not restored"},
		"builds no index":                       {restore: `exec MONGORESTORE "$@" --noIndexRestore`, want: "its index n_1 was not built"},
		"leaves one collection out":             {restore: `exec MONGORESTORE "$@" --nsExclude=shop.orders`, want: "shop.orders: it was not restored"},
		"fails after all":                       {restore: `MONGORESTORE "$@"; echo "x	Failed: disk" >&2; exit 1`, want: "exit 1: Failed: disk"},
		"fails in the dry run":                  {restore: `case "$*" in *--dryRun*) exit 3;; esac`, want: "exit 3"},
		"is ended":                              {restore: `case "$*" in *--dryRun*) ;; *) kill -9 $$;; esac`, want: "exit -1"},
		"dumps nothing":                         {dump: `echo "done dumping" >&2`, want: "not in the fresh dump"},
		"dumps to nowhere":                      {dump: after(`rm -r "$out"`), want: "not in the fresh dump"},
		"dumps an empty file":                   {dump: after(`: >"$out/shop/tickets.bson"`), want: "the fresh dump holds 0 documents of shop.tickets, and the server 300"},
		"dumps a file that is cut off":          {dump: after(`truncate -s 1000 "$out/shop/tickets.bson"`), want: "is not whole"},
		"dumps something else":                  {dump: after(`cp ` + evil + `/tickets.bson "$out/shop/"`), want: "holds 240 documents of shop.tickets, and the server 300"},
		"leaves a collection out of the dump":   {dump: after(`rm "$out/shop/products.bson"`), want: "shop.products is not in the fresh dump"},
		"fails to dump":                         {dump: `echo "x	Failed: no space left on device" >&2; exit 1`, want: "no space left on device"},
		"fills the disk":                        {dump: `ulimit -f 1; exec MONGODUMP "$@"`, want: "file too large"},
	} {
		t.Run(name, func(t *testing.T) {
			own := *s
			own.t = t
			c := own.change("shop", "tickets", "orders")
			n++
			c.Folder += fmt.Sprint(n)
			if test.dump != "" {
				c.Dump = own.script(test.dump)
			}
			if test.restore != "" {
				c.Restore = own.script(test.restore)
			}
			_, err := own.do(t.Context(), c)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "nothing in use was touched") {
				t.Errorf("%v, and %q is wanted", err, test.want)
			}
			own.untouched()
			if sensed := c.Sense(t.Context(), os.Getenv); !strings.HasPrefix(sensed.Problem, "nothing was swapped: shop.orders, shop.tickets as before") {
				t.Errorf("%+v", sensed)
			}
			if test.dump != "" && (c.Kept() || exists(c.Fresh())) {
				t.Error("a fresh dump that is not good is kept")
			}
		})
	}
}

// gate is a tool that waits for the test before it goes on.
type gate struct{ reached, open string }

func (s *server) gate() (gate, string) {
	s.t.Helper()
	dir := s.t.TempDir()
	g := gate{reached: filepath.Join(dir, "reached"), open: filepath.Join(dir, "open")}
	for _, path := range []string{g.reached, g.open} {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	return g, "echo >" + g.reached + "; read -r _ <" + g.open + "; "
}

// wait returns when the tool stands at the gate.
func (g gate) wait(t *testing.T) {
	t.Helper()
	if _, err := os.ReadFile(g.reached); err != nil {
		t.Fatal(err)
	}
}

// pass lets the tool go on.
func (g gate) pass(s *server) {
	s.t.Helper()
	s.until("the tool to go on", func() bool {
		f, err := os.OpenFile(g.open, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return false // it does not read yet
		}
		defer f.Close()
		_, err = f.WriteString("\n")
		return err == nil
	})
}

// onceBeside puts a gate before the real restore, after the dry run.
const onceBeside = `case "$*" in *--dryRun*) exec MONGORESTORE "$@";; esac; `

func TestMongodThatIsMuteOrGone(t *testing.T) {
	for name, stop := range map[string]func(*server){
		"mute": func(s *server) { _ = s.cmd.Process.Signal(syscall.SIGSTOP) },
		"gone": func(s *server) { s.kill() },
	} {
		for phase, at := range map[string]func(*Change, *server, string){
			"dump":   func(c *Change, s *server, g string) { c.Dump = s.script(g + `exec MONGODUMP "$@"`) },
			"beside": func(c *Change, s *server, g string) { c.Restore = s.script(onceBeside + g + `exec MONGORESTORE "$@"`) },
			"counting": func(c *Change, s *server, g string) {
				c.Restore = s.script(onceBeside + `MONGORESTORE "$@"; ` + g)
			},
		} {
			if name == "gone" && phase != "beside" {
				continue // the same as mute, but quicker found out
			}
			t.Run(name+" while "+phase, func(t *testing.T) {
				s := serve(t)
				s.shop()
				c := s.change("shop", "tickets", "orders")
				g, before := s.gate()
				at(&c, s, before)
				ended := make(chan error, 1)
				go func() { _, err := s.do(t.Context(), c); ended <- err }()
				g.wait(t)
				stop(s)
				if phase == "counting" {
					g.pass(s)
				}
				err := <-ended
				if code := ops.CodeOf(err); err == nil || code != ops.Timeout && code != ops.Unreachable && code != ops.Failed || !strings.Contains(err.Error(), "nothing in use was touched") {
					t.Errorf("%s: %v", code, err)
				}
				_ = s.cmd.Process.Signal(syscall.SIGCONT)
				if name == "gone" {
					s.start()
				}
				s.until("mongod to answer", func() bool { return s.db.Ping(t.Context(), nil) == nil })
				for coll, want := range map[string]string{"tickets": "300 new", "orders": "40 new"} {
					if got := s.mark("shop", coll); got != want {
						t.Errorf("%s: %s, and it was %s", coll, got, want)
					}
				}
			})
		}
	}
}

// A stop before the swap leaves everything; one that comes in the middle of it is too late.
func TestStop(t *testing.T) {
	s := serve(t)
	s.shop()
	c := s.change("shop", "tickets", "orders")
	g, before := s.gate()
	c.Restore = s.script(onceBeside + before + `exec MONGORESTORE "$@"`)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := s.do(ctx, c); ended <- err }()
	g.wait(t)
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "nothing in use was touched; the fresh dump is in "+c.Fresh()) {
		t.Error(err)
	}
	s.untouched()

	c.Folder, c.Restore = c.Folder+"-2", s.Mongorestore
	s.holdRenames(1, 2*time.Second)
	ctx, stop = context.WithCancel(t.Context())
	go func() { _, err := s.do(ctx, c); ended <- err }()
	s.until("the first swap", func() bool { return s.mark("shop", "orders") == "50 old" })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := s.mark("shop", "tickets"); got != "240 old" {
		t.Errorf("a stop in the middle of the swap left it half done: %s", got)
	}
}

// holdRenames makes mongod wait before it renames, once some have passed.
func (s *server) holdRenames(pass int, wait time.Duration) {
	s.t.Helper()
	s.run("admin", bson.D{
		{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: bson.D{{Key: "skip", Value: pass}}},
		{Key: "data", Value: bson.D{{Key: "failCommands", Value: bson.A{"renameCollection"}}, {Key: "blockConnection", Value: true}, {Key: "blockTimeMS", Value: wait.Milliseconds()}}},
	})
}

// failRenames makes mongod refuse to rename, once some have passed.
func (s *server) failRenames(pass int) {
	s.t.Helper()
	s.run("admin", bson.D{
		{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: bson.D{{Key: "skip", Value: pass}}},
		{Key: "data", Value: bson.D{{Key: "failCommands", Value: bson.A{"renameCollection"}}, {Key: "errorCode", Value: 50}}},
	})
}

func (s *server) until(what string, ok func() bool) {
	s.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); <-tick.C {
		if ok() {
			return
		}
	}
	s.t.Fatal("never: " + what)
}

// A swap that fails at the second collection is said to be half done, with the names of both halves; one
// that fails at the first leaves everything.
func TestSwapThatFails(t *testing.T) {
	s := serve(t)
	s.shop()
	c := s.change("shop", "tickets", "orders")
	s.failRenames(0)
	if _, err := s.do(t.Context(), c); err == nil || !strings.Contains(err.Error(), "nothing in use was touched") {
		t.Error(err)
	}
	s.untouched()
	c.Folder += "-2"
	s.failRenames(1)
	_, err := s.do(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "half done: swapped: shop.orders; as before: shop.tickets; the fresh dump of both is in "+c.Fresh()) {
		t.Error(err)
	}
	sensed := c.Sense(t.Context(), os.Getenv)
	if !sensed.Half || sensed.Problem != "half done: shop.orders swapped, shop.tickets as before" || !c.Kept() {
		t.Errorf("%+v", sensed)
	}
	s.nothingBeside()
}
