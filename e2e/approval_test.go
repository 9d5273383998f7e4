package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/ops/approve/approvetest"
)

// approver is somebody with a key on a machine of their own.
type approver struct {
	signers string // a line of allowed_signers
	sign    func(line string) string
}

// newApprover has a key of the real ssh-keygen where there is one, and signs with it.
func newApprover(t *testing.T) approver {
	t.Helper()
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Log("no ssh-keygen here: the signature is made in Go; ops/approve/testdata has real ones")
		k := approvetest.New(t)
		return approver{signers: k.Line("cto@example.com", ""), sign: k.Sign}
	}
	key := filepath.Join(t.TempDir(), "id_ed25519")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-C", "cto", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	return approver{signers: "cto@example.com namespaces=\"calm\" " + string(public), sign: func(line string) string {
		cmd := exec.Command(keygen, "-q", "-Y", "sign", "-n", "calm", "-f", key)
		cmd.Stdin = strings.NewReader(line + "\n")
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("ssh-keygen -Y sign: %v", err)
		}
		return string(out)
	}}
}

// lineOf is what waits to be signed, by the journal.
func lineOf(t *testing.T, events []incident.Event) (action.Ask, bool) {
	t.Helper()
	inc, _ := incident.Fold(events)
	for _, a := range inc.Approvals {
		if ask, ok := action.AskedOf(a); ok && a.Waits() {
			return ask, true
		}
	}
	return action.Ask{}, false
}

// The kill switch with keys: one signature, made elsewhere and pasted, is good for the whole of it. A
// signature of something else is not.
func TestKillSwitchBySignature(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	cto := newApprover(t)
	signers := filepath.Join(t.TempDir(), "allowed_signers")
	if err := os.WriteFile(signers, []byte(cto.signers), 0o644); err != nil {
		t.Fatal(err)
	}
	h.env = append(h.env, "CALM_APPROVAL_SIGNERS="+signers)
	h.fault("pii-leak")
	x := h.console(120, 40)
	x.wait(patience, "Nothing to do.")
	x.press("2")
	x.say("personal data", "y")
	x.declare("SEV-1")
	x.byName("Emergency Kill Switch")
	x.wait(patience, "Waiting for approval, good once", "ssh-keygen -Y sign -n calm")
	ask, ok := lineOf(t, h.events())
	if !ok {
		t.Fatal("nothing waits for approval")
	}
	paste := func(text string) { x.press("\x1b[200~" + text + "\x1b[201~") }
	paste(cto.sign(strings.Replace(ask.Line(), ask.Hash[:8], "00000000", 1)))
	x.wait(patience, "it was made for another plan")
	x.press("\x1b")
	x.until(patience, "the wait to go on", func(s string) bool { _, text := foot(s); return strings.Contains(text, "Waiting for approval") })
	x.press(".")
	x.wait(patience, "paste the signature")
	paste(cto.sign(ask.Line()))
	x.wait(patience, "agreed", "cto@example.com", "y run it")
	x.follow(3*patience, "Mark mitigated")
	x.leave()
	out := h.timeline()
	for _, want := range []string{"asks for approval: Emergency Kill Switch", "approval refused: it is not of this line", "approved by cto@example.com, signed"} {
		if strings.Count(out, want) == 0 {
			t.Errorf("the timeline does not say %q:\n%s", want, out)
		}
	}
	inc, err := incident.Fold(h.events())
	if err != nil || len(inc.Approvals) != 1 || len(inc.Approvals[0].Used) < 2 {
		t.Errorf("the steps did not start under one approval: %+v, %v", inc.Approvals, err)
	}
}

const gated = "# Ours\n\n## Emergency Kill Switch\n\n**Requires**: CTO approval\n\n```bash\n# Turn it off\ntouch DIR/off\n\n# Say so\ntouch DIR/said\n```\n"

// gatedRun is calm run of a procedure that needs an approval.
func gatedRun(t *testing.T, signers string) (b *bare, x *terminal, ask action.Ask) {
	t.Helper()
	b = newBare(t)
	runbook := b.write("own.md", strings.ReplaceAll(gated, "DIR", b.dir))
	b.env = append(b.env, "CALM_APPROVAL_SIGNERS="+b.write("allowed_signers", signers))
	b.calm("runbook", "trust", "--yes", runbook)
	x = b.console(200, 60, "run", "kill switch", "--yes", "--runbook", runbook)
	x.wait(patience, "calm approve ")
	var events []incident.Event
	if err := json.Unmarshal([]byte(b.calm("incident", "timeline", "--json")), &events); err != nil {
		t.Fatal(err)
	}
	ask, ok := lineOf(t, events)
	if !ok {
		t.Fatal("nothing waits for approval")
	}
	return b, x, ask
}

// code waits for the end of the run.
func (x *terminal) code() int {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(patience):
		x.t.Fatalf("it does not end:\n%s", x.screen())
	}
	var ended *exec.ExitError
	if errors.As(x.err, &ended) {
		return ended.ExitCode()
	}
	return 0
}

// calm run waits for the signature on its standard input, or from calm approve in another shell; --yes and
// y are none.
func TestRunWaitsForASignature(t *testing.T) {
	t.Parallel()
	cto := newApprover(t)
	for name, give := range map[string]func(*bare, *terminal, action.Ask){
		"pasted": func(_ *bare, x *terminal, ask action.Ask) {
			x.press("y\r")
			x.wait(patience, "is no signature")
			x.press(strings.ReplaceAll(cto.sign(ask.Line()), "\n", "\r"))
		},
		"by calm approve": func(b *bare, _ *terminal, ask action.Ask) {
			if out := b.calm("approve", ask.Hash[:4], "--signature", b.write("sig", cto.sign(ask.Line()))); !strings.Contains(out, "approved by cto@example.com, signed") {
				b.t.Errorf("calm approve says %q", out)
			}
		},
	} {
		b, x, ask := gatedRun(t, cto.signers)
		give(b, x, ask)
		if code := x.code(); code != 0 || !strings.Contains(x.screen(), "approved by cto@example.com, signed") {
			t.Errorf("%s: exit %d:\n%s", name, code, x.screen())
		}
		for _, mark := range []string{"off", "said"} {
			if _, err := os.Stat(filepath.Join(b.dir, mark)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A second user of the host says no, and it ends with 6; the one who asks can't say yes.
func TestRunIsRefusedByASecondUser(t *testing.T) {
	t.Parallel()
	b, x, ask := gatedRun(t, "# nobody\n")
	approve := func(answer string, as *syscall.Credential) (string, int) {
		cmd := exec.Command(binary, "approve", ask.Hash[:8])
		cmd.Env, cmd.Dir, cmd.Stdin = b.env, "/", strings.NewReader(answer+"\n")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		out, err := cmd.CombinedOutput()
		var ended *exec.ExitError
		if err != nil && !errors.As(err, &ended) {
			t.Fatalf("calm approve: %v", err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if out, code := approve("y", nil); code != 6 || !strings.Contains(out, "somebody else must agree") || !strings.Contains(out, "touch "+b.dir+"/off") {
		t.Errorf("the one who asks: exit %d:\n%s", code, out)
	}
	if os.Geteuid() != 0 {
		t.Log("not root, so there is no second user here: ops/approve holds the rules")
		x.press("\x03")
		if code := x.code(); code != 130 {
			t.Errorf("interrupted, it ended with %d", code)
		}
		return
	}
	const nobody = 65534
	if out, code := approve("n", &syscall.Credential{Uid: nobody, Gid: nobody}); code != 6 || !strings.Contains(out, "you refused it") {
		t.Errorf("a second user: exit %d:\n%s", code, out)
	}
	if code := x.code(); code != 6 || !strings.Contains(x.screen(), "was not approved: refused by nobody; nothing was run") {
		t.Errorf("the run ended with %d:\n%s", code, x.screen())
	}
	if _, err := os.Stat(filepath.Join(b.dir, "off")); err == nil {
		t.Error("it ran")
	}
}
