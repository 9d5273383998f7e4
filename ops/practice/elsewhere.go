package practice

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"calm/ops"
	"calm/ops/run"
)

// ElsewhereName is how the ssh of an Elsewhere calls it.
const ElsewhereName = "elsewhere"

// Elsewhere is another host to log in to: OpenSSH's own server on loopback, with keys and a
// configuration of its own in one folder. It is the same machine and the same user, and has another
// home.
type Elsewhere struct {
	Dir  string // everything of it
	Home string // of whoever logs in
	Port int
	Bin  string // goes before the others in PATH: the ssh in it knows this host, by its key

	server *os.Process
	ended  chan struct{}
}

// StartElsewhere lays out another host in an empty folder and starts it. Its ssh connects to the
// given port, or to the server's own for 0: a test puts a bad network between the two.
func StartElsewhere(ctx context.Context, o Options, port int) (*Elsewhere, error) {
	h, err := locate(Options{Cache: o.Cache, Log: o.Log})
	if err != nil {
		return nil, err
	}
	c := cache{dir: h.rec.Cache, log: h.log}
	var t tools
	if err := c.with(ctx, &t, c.ssh); err != nil {
		return nil, err
	}
	free, err := freePorts(ctx)
	if err != nil {
		return nil, err
	}
	e := &Elsewhere{Dir: o.Dir, Home: filepath.Join(o.Dir, "home"), Bin: filepath.Join(o.Dir, "bin"), Port: free.App}
	if port == 0 {
		port = e.Port
	}
	if err := e.layOut(ctx, t, port); err != nil {
		return nil, err
	}
	if err := e.start(t); err != nil {
		return nil, err
	}
	for limit := time.Now().Add(startWithin); !accepts(ctx, e.Port); {
		if time.Now().After(limit) || ctx.Err() != nil {
			said, _ := os.ReadFile(e.path("sshd.log"))
			e.Stop()
			return nil, ops.Errorf(ops.Timeout, "sshd", "it does not answer: %s", strings.TrimSpace(string(said)))
		}
		time.Sleep(20 * time.Millisecond)
	}
	return e, nil
}

func (e *Elsewhere) path(name string) string { return filepath.Join(e.Dir, name) }

func (e *Elsewhere) layOut(ctx context.Context, t tools, port int) error {
	me, err := user.Current()
	if err != nil {
		return ops.Wrap("sshd", err)
	}
	for _, dir := range []string{e.Home, e.Bin} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return ops.Wrap("sshd", err)
		}
	}
	for _, key := range []string{"host", "id"} {
		keygen := run.Command{Argv: []string{filepath.Join(filepath.Dir(t.SSH), "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", e.path(key)}}
		if _, err := (run.Local{}).Run(ctx, keygen); err != nil {
			return err
		}
	}
	own, err := os.ReadFile(e.path("id.pub"))
	if err != nil {
		return ops.Wrap("sshd", err)
	}
	hostKey, err := os.ReadFile(e.path("host.pub"))
	if err != nil {
		return ops.Wrap("sshd", err)
	}
	ssh := "#!/bin/sh\n"
	if paths := t.Libraries[t.SSH]; paths != "" {
		ssh += "export LD_LIBRARY_PATH=" + shellQuote(paths) + "\n"
	}
	ssh += "exec " + shellQuote(t.SSH) + " -F " + shellQuote(e.path("ssh_config")) + ` "$@"` + "\n"
	for name, text := range map[string]string{
		"authorized_keys": string(own),
		"known_hosts":     fmt.Sprintf("[127.0.0.1]:%d %s", port, hostKey),
		"ssh_config": fmt.Sprintf("Host %s\n\tHostName 127.0.0.1\nHost *\n\tUser %s\n\tPort %d\n\tIdentityFile %s\n\tIdentitiesOnly yes\n\tUserKnownHostsFile %s\n\tGlobalKnownHostsFile /dev/null\n",
			ElsewhereName, me.Username, port, e.path("id"), e.path("known_hosts")),
		"sshd_config": fmt.Sprintf(`ListenAddress 127.0.0.1
Port %d
HostKey %s
AuthorizedKeysFile %s
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
PidFile none
MaxStartups 100
MaxSessions 100
SetEnv HOME=%s XDG_STATE_HOME=%s
`, e.Port, e.path("host"), e.path("authorized_keys"), e.Home, filepath.Join(e.Home, "state")),
	} {
		if err := writeFile(e.path(name), 0o600, []byte(text)); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(e.Bin, "ssh"), 0o755, []byte(ssh))
}

// asRoot gives sshd what it wants of a machine when it is root, a user and a folder of its own, in a
// mount namespace that nothing else sees.
const asRoot = `set -e
grep -q '^sshd:' /etc/passwd || { { cat /etc/passwd; echo 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin'; } >"$1/passwd"; mount --bind "$1/passwd" /etc/passwd; }
[ -d /run/sshd ] || { mount -t tmpfs -o mode=755 none /run; mkdir -m 755 /run/sshd; }
shift
exec "$@"
`

// start starts the server without letting it go to the background, so that it can be ended.
func (e *Elsewhere) start(t tools) error {
	argv := []string{t.SSHD, "-D", "-e", "-f", e.path("sshd_config")}
	if os.Geteuid() == 0 {
		argv = append([]string{"unshare", "--mount", "sh", "-c", asRoot, "sh", e.Dir}, argv...)
	}
	log, err := os.OpenFile(e.path("sshd.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return ops.Wrap("sshd", err)
	}
	defer func() { _ = log.Close() }()
	e.server, err = run.Local{}.Start(run.Command{Argv: argv, Env: withLibraries(run.BaseEnv(), t.Libraries[t.SSHD])}, log)
	if err != nil {
		return err
	}
	e.ended = make(chan struct{})
	go func() {
		defer close(e.ended)
		_, _ = e.server.Wait()
	}()
	return nil
}

// Stop ends the server: nobody can log in any more. Who is logged in stays until the connection ends.
func (e *Elsewhere) Stop() {
	_ = e.server.Kill()
	<-e.ended
}
