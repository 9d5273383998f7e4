package practice

import (
	"context"
	"os"
	"path/filepath"

	"calm/ops/run"
)

// ssh takes the machine's own client and server, or unpacks Debian's packages into the cache without
// installing them, so that no service is started.
func (c cache) ssh(ctx context.Context, t *tools) error {
	var err error
	if t.SSH, err = c.openssh(ctx, t, "ssh", "openssh-client", "usr/bin/ssh"); err != nil {
		return err
	}
	t.SSHD, err = c.openssh(ctx, t, "sshd", "openssh-server", "usr/sbin/sshd")
	return err
}

func (c cache) openssh(ctx context.Context, t *tools, program, name, path string) (string, error) {
	if found, err := run.LookPath(program, os.Getenv("PATH")+":/usr/sbin:/usr/local/sbin"); err == nil {
		return found, nil
	}
	dir, err := c.install(name+"-"+debianRelease(), program+" (Debian's package, unpacked, not installed)", func(dir string) error {
		return c.debian(ctx, dir, name)
	})
	if err != nil {
		return "", err
	}
	found := filepath.Join(dir, path)
	return found, c.libraries(ctx, t, found)
}
