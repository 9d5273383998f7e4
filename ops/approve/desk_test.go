package approve

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops"
)

// nobody is a user that no test runs as.
const nobody = 65534

func offerOf(t *testing.T) Offer {
	t.Helper()
	p := action.Plan{Op: t.Name(), Title: "Off", Ref: action.Ref{Part: "ks", Step: "ks-1"}, Command: "true", Risk: "changes"}
	p.Seal()
	ask := action.Ask{
		Title: "Kill Switch", Part: "ks", First: "ks-1", Plan: p.Hash, Deed: p.Deed(), Steps: []action.AskedStep{{ID: "ks-1"}},
		By: incident.Actor{Name: "ana", UID: os.Geteuid(), LoginUID: -1},
	}
	return Offer{Ask: Seal(ask, Uptime(), time.Now()), Plan: p, Needs: "CTO"}
}

// desk opens one whose answers are held against a policy.
func desk(t *testing.T, offer Offer, policy Policy) (given chan incident.GrantedData) {
	t.Helper()
	given = make(chan incident.GrantedData, 8)
	d, err := NewDesk(offer, func(_ context.Context, peer Peer, a Answer) (string, error) {
		g, err := policy.Seconded(offer.Ask, peer)
		if err != nil || !a.Yes {
			return "refused", err
		}
		given <- g
		return g.Words(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Serve(ctx); close(done) }()
	t.Cleanup(func() { leave(); <-done })
	return given
}

// asNobody runs something as another user: on a thread of its own, which ends with it.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no more use
		if _, _, no := unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody); no != 0 {
			done <- no
			return
		}
		do()
		done <- nil
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestASecondUserApproves(t *testing.T) {
	offer := offerOf(t)
	given := desk(t, offer, Policy{})
	all, err := Waiting()
	if err != nil || !slices.Contains(all, offer.Ask.Hash) {
		t.Fatalf("it is not among %v, %v", all, err)
	}
	me := os.Geteuid() // as the thread has it, so not asked for on another one
	call := func() *Visit {
		v, err := Call(t.Context(), offer.Ask.Hash)
		if err != nil {
			t.Error(err)
			return nil
		}
		if v.Ask.Line() != offer.Ask.Line() || v.Plan.Hash != offer.Plan.Hash || v.Server.UID != me {
			t.Errorf("it shows %+v", v.Offer)
		}
		return v
	}
	if words, err := call().Answer(Answer{Yes: true}); ops.CodeOf(err) != ops.Denied || !strings.Contains(err.Error(), "somebody else must agree") {
		t.Errorf("the one who asks approved it: %q, %v", words, err)
	}
	if me != 0 {
		t.Log("not root, so no other user can be had: TestWhoIsAnother holds the rules")
		return
	}
	asNobody(t, func() {
		if words, err := call().Answer(Answer{Yes: true}); err != nil || !strings.Contains(words, "approved by nobody") {
			t.Errorf("another user's yes gave %q, %v", words, err)
		}
	})
	g := <-given
	if g.How != incident.BySecond || *g.UID != nobody || *g.LoginUID != loginUID(t) || g.Weaker == "" || g.Hash != offer.Ask.Hash {
		t.Errorf("the evidence is %+v", g)
	}
}

// loginUID is that of the tests themselves, by the kernel.
func loginUID(t *testing.T) int {
	t.Helper()
	offer := offerOf(t)
	offer.Ask.Nonce = "another"
	offer.Ask.Seal()
	desk(t, offer, Policy{})
	v, err := Call(t.Context(), offer.Ask.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	return v.Server.LoginUID
}

// TestDeskIsWhatItsNameSays: what is shown under a name is held against it, and there is one at a time.
func TestDeskIsWhatItsNameSays(t *testing.T) {
	offer := offerOf(t)
	desk(t, offer, Policy{})
	if _, err := NewDesk(offer, nil); ops.CodeOf(err) != ops.Conflict {
		t.Errorf("a second desk gave %v", err)
	}
	other := offer
	other.Ask.Nonce = "x"
	other.Ask.Seal()
	if _, err := Call(t.Context(), other.Ask.Hash); ops.CodeOf(err) != ops.Unreachable {
		t.Errorf("a desk that is not there gave %v", err)
	}
	for name, show := range map[string]any{
		"another offer": offer, "nothing": "", "a changed plan": func() Offer { o := other; o.Plan.Command = "rm"; return o }(),
		"somebody else's": func() Offer { o := other; o.Ask.By.UID = nobody; return o }(),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("unix", deskName+other.Ask.Hash)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				if conn, err := l.Accept(); err == nil {
					_ = json.NewEncoder(conn).Encode(show)
					_ = conn.Close()
				}
			}()
			if v, err := Call(t.Context(), other.Ask.Hash); err == nil {
				t.Errorf("it shows %+v", v.Offer)
			}
		})
	}
}

// TestWhoIsAnother: the uid, and the login behind it that sudo does not change.
func TestWhoIsAnother(t *testing.T) {
	ana := incident.Actor{Name: "ana", UID: 1000, LoginUID: 1000}
	sudo := incident.Actor{Name: "ana", UID: 0, LoginUID: 1000, SudoUser: "ana"}
	unset := incident.Actor{Name: "ana", UID: 1000, LoginUID: -1}
	for name, x := range map[string]struct {
		by   incident.Actor
		peer Peer
		ok   bool
	}{
		"another user":                      {ana, Peer{UID: 1001, LoginUID: 1001}, true},
		"the same":                          {ana, Peer{UID: 1000, LoginUID: 1000}, false},
		"the same without a login":          {ana, Peer{UID: 1000, LoginUID: -1}, false},
		"herself by su":                     {ana, Peer{UID: 1001, LoginUID: 1000}, false},
		"herself by sudo":                   {ana, Peer{UID: 0, LoginUID: 1000}, false},
		"root of another login":             {ana, Peer{UID: 0, LoginUID: 1001}, true},
		"root of no login":                  {ana, Peer{UID: 0, LoginUID: -1}, false},
		"another of no login":               {ana, Peer{UID: 1001, LoginUID: -1}, true},
		"her own uid, another login":        {ana, Peer{UID: 1000, LoginUID: 1001}, false},
		"as root, she without sudo":         {sudo, Peer{UID: 1000, LoginUID: 1000}, false},
		"as root, she without a login":      {sudo, Peer{UID: 1000, LoginUID: -1}, false},
		"as root, another":                  {sudo, Peer{UID: 1001, LoginUID: 1001}, true},
		"as root, another by sudo":          {sudo, Peer{UID: 0, LoginUID: 1001}, false},
		"without logins, another":           {unset, Peer{UID: 1001, LoginUID: -1}, true},
		"without logins, root":              {unset, Peer{UID: 0, LoginUID: -1}, false},
		"without a login, by her own login": {unset, Peer{UID: 1001, LoginUID: 1000}, false},
	} {
		if err := another(x.by, x.peer); (err == nil) != x.ok || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestApprovers(t *testing.T) {
	ask := offerOf(t).Ask
	ask.By = incident.Actor{Name: "ana", UID: 1000, LoginUID: 1000}
	only := Policy{Approvers: []string{"nobody", "a-user-that-is-not-there"}}
	if err := only.second(ask, Peer{UID: nobody, LoginUID: -1}); err != nil {
		t.Error(err)
	}
	if err := only.second(ask, Peer{UID: 0, LoginUID: nobody}); err != nil {
		t.Errorf("by sudo: %v", err)
	}
	if err := only.second(ask, Peer{UID: 1001, LoginUID: 1001, Name: "ben"}); err == nil || !strings.Contains(err.Error(), "ben is not among the approvers") {
		t.Errorf("anybody: %v", err)
	}
	if err := only.ByName(); err == nil {
		t.Error("a name counts beside approvers")
	}
}
