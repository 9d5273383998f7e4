package restore

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/model/action"
	"calm/ops/run"
)

// supervise starts a change under a supervisor, as a console does.
func (s *server) supervise(c Change, op string) *run.Handle {
	s.t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		s.t.Fatal(err)
	}
	p := action.Plan{Op: op, Kind: action.Restore, Title: "restore", Risk: "destroys", Detail: raw}
	p.Seal()
	sup := run.Supervisor{Dir: filepath.Join(s.dir, "actions"), Leases: filepath.Join(s.dir, "leases")}
	h, err := sup.Start(s.t.Context(), run.Job{Plan: p, Env: os.Environ(), By: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// killSupervisor ends the supervisor alone, as the OOM killer does.
func (s *server) killSupervisor(h *run.Handle) {
	s.t.Helper()
	var child struct {
		PID int `json:"pid"`
	}
	b, err := os.ReadFile(filepath.Join(h.Dir, "child.json"))
	if err == nil {
		err = json.Unmarshal(b, &child)
	}
	if err == nil {
		err = syscall.Kill(child.PID, syscall.SIGKILL)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if got, err := h.Wait(s.t.Context()); err != nil || got.State != run.Unknown {
		s.t.Fatalf("%s %v", got.State, err)
	}
}

// A supervisor that is killed leaves every collection either as it was or as the dump has it, and it can
// be told which; what stands beside is named by the next one.
func TestKilledSupervisor(t *testing.T) {
	for name, test := range map[string]struct {
		at      func(c *Change, s *server, before string)
		rename  bool
		problem string
		orders  string
		beside  bool // something is left there
		kept    bool // the fresh dump
	}{
		"in the dump": {
			at:      func(c *Change, s *server, g string) { c.Dump = s.script(g + "exit 1") },
			problem: "nothing was swapped: shop.orders, shop.tickets as before", orders: "40 new",
		},
		"in the dry run": {
			at:      func(c *Change, s *server, g string) { c.Restore = s.script(g + "exit 1") },
			problem: "nothing was swapped: shop.orders, shop.tickets as before", orders: "40 new", kept: true,
		},
		"in the restore beside": {
			at:      func(c *Change, s *server, g string) { c.Restore = s.script(onceBeside + `MONGORESTORE "$@"; ` + g) },
			problem: "nothing was swapped: shop.orders, shop.tickets as before; left beside: shop.calm_restore_", orders: "40 new", beside: true, kept: true,
		},
		"in the swap": {
			rename:  true,
			problem: "half done: shop.orders swapped, shop.tickets as before", orders: "50 old", kept: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			s.shop()
			c := s.change("shop", "tickets", "orders")
			good := c
			g, before := s.gate()
			if test.rename {
				s.holdRenames(1, 2*time.Second)
				h := s.supervise(c, testOp)
				s.until("the first swap", func() bool { return s.mark("shop", "orders") == "50 old" })
				s.killSupervisor(h)
			} else {
				test.at(&c, s, before)
				h := s.supervise(c, testOp)
				g.wait(t)
				s.killSupervisor(h)
				g.pass(s)
			}
			sensed := c.Sense(t.Context(), os.Getenv)
			if !strings.HasPrefix(sensed.Problem, test.problem) || c.Kept() != test.kept {
				t.Errorf("%+v, kept %v", sensed, c.Kept())
			}
			if o, ti := s.mark("shop", "orders"), s.mark("shop", "tickets"); o != test.orders || ti != "300 new" {
				t.Errorf("orders %s, tickets %s", o, ti)
			}
			if test.rename {
				// mongod still does the rename that it was told, and that is told too.
				s.until("the rename that was held", func() bool { return c.Sense(t.Context(), os.Getenv).Problem == "" })
				s.run("admin", bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: "off"}})
			}
			left := slices.ContainsFunc(s.names("shop"), func(n string) bool { return strings.HasPrefix(n, besidePrefix) })
			if test.beside && !left {
				t.Error("nothing stands beside: this test proves nothing")
			}
			// The next one names what is left, does its work, and leaves it alone.
			good.Folder += "-next"
			seen, err := good.Look(t.Context(), s.uri("shop"))
			if err != nil || left != (len(seen.Left) > 0) {
				t.Errorf("%v %v", seen.Left, err)
			}
			got, err := s.supervise(good, "01J0000000NEXTNEXTNE").Wait(t.Context())
			if err != nil || got.Exit.Outcome != "ok" {
				t.Fatalf("%+v %v\n%s", got.Exit, err, got.Output)
			}
			for _, l := range seen.Left {
				if !strings.Contains(string(got.Output), l+" is left of an earlier restore") {
					t.Errorf("%s is not named", l)
				}
			}
			if o, ti := s.mark("shop", "orders"), s.mark("shop", "tickets"); o != "50 old" || ti != "240 old" {
				t.Errorf("orders %s, tickets %s", o, ti)
			}
		})
	}
}
