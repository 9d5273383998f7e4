package practice

import (
	"context"
)

// WriteNginx writes a program that starts the nginx of practice hosts with the given arguments before
// its own: for another site than theirs.
func WriteNginx(ctx context.Context, o Options, path string, args ...string) error {
	h, err := locate(Options{Cache: o.Cache, Log: o.Log})
	if err != nil {
		return err
	}
	c := cache{dir: h.rec.Cache, log: h.log}
	var t tools
	if err := c.with(ctx, &t, c.nginx); err != nil {
		return err
	}
	line := "#!/bin/sh\n"
	if paths := t.Libraries[t.Nginx]; paths != "" {
		line += "export LD_LIBRARY_PATH=" + shellQuote(paths) + "\n"
	}
	line += "exec " + shellQuote(t.Nginx)
	for _, a := range args {
		line += " " + shellQuote(a)
	}
	return writeFile(path, 0o755, []byte(line+` "$@"`+"\n"))
}
