package e2e

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// deafDNS gives the text of a resolv.conf whose server hears and never answers. Only root can have its
// port: others get an address that belongs to nobody.
func deafDNS(t *testing.T) string {
	t.Helper()
	const here = "127.0.0.97"
	server, err := net.ListenPacket("udp", here+":53")
	if err != nil {
		t.Logf("no deaf server (%v): one that is not there", err)
		return "nameserver 192.0.2.1\n"
	}
	t.Cleanup(func() { _ = server.Close() })
	return "nameserver " + here + "\n"
}

// withoutDNS runs calm where names are asked of that server. A host that gives no mount namespace has its
// own resolver asked, for names that nobody has.
func (b *bare) withoutDNS(conf string, words ...string) (out string, code int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	argv := append([]string{"-c", `mount --bind "$1" /etc/resolv.conf && shift && exec "$@"`, "sh", conf, binary}, b.args(words...)...)
	cmd := exec.CommandContext(ctx, "sh", argv...)
	cmd.Env = b.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	text, err := cmd.Output()
	if cmd.ProcessState == nil {
		b.t.Logf("no mount namespace here (%v): the host's own resolver is asked", err)
		return b.try(words...)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// With the names gone, what hangs on names is unknown within its time, and what does not runs as ever.
func TestNamesAreGone(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	b.write("calm.yaml", `service: shop
pm2: {home: pm2, app: shop}
mongo: {uri: "mongodb://db.shop.invalid:27017/shop"}
health_url: http://shop.invalid/api/health
page_url: http://shop.invalid/
metrics_url: http://shop.invalid/api/metrics
`)
	conf := b.write("resolv.conf", deafDNS(t))
	if err := os.Chmod(conf, 0o644); err != nil {
		t.Fatal(err)
	}
	book := b.write("own.md", "# Shop\n\n## Rollback\n\n```bash\n# Put the mark\ntouch "+filepath.Join(b.dir, "mark")+"\n```\n")
	b.calm("runbook", "trust", "--yes", book)

	began := time.Now()
	out, code := b.withoutDNS(conf, "check", "--json", "--runbook", book)
	if code != 3 {
		t.Errorf("check: exit %d: %s", code, out)
	}
	var doc checkDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"health", "widget", "db_ping"} {
		if value, _, why := doc.signal(name); value != nil || why == "" {
			t.Errorf("%s is %v, because %q", name, value, why)
		}
	}
	t.Logf("check took %s", time.Since(began).Round(time.Millisecond))

	if out, code = b.withoutDNS(conf, "run", "rollback", "--yes", "--runbook", book); code != 0 || !strings.Contains(out, "WORKED") {
		t.Errorf("run: exit %d: %s", code, out)
	}
	if _, err := os.Stat(filepath.Join(b.dir, "mark")); err != nil {
		t.Error(err)
	}
}
