package config

import (
	"errors"
	"io/fs"
	"os"

	"calm/ops"
)

// Site is a server block of nginx's configuration.
type Site struct {
	Names     []string // of server_name; "_" and wildcards as they stand
	File      string
	Line      int
	Includes  []string // patterns of files that it includes, absolute
	Locations []string // the heads of its locations: "^~ /api/"
	FlagFile  bool     // a location of it asks whether a file is there, so that a touch can close it
}

// Sites reads the server blocks of a configuration and of the files that it includes. It starts no
// nginx: `nginx -T` would print secrets, and opens the logs as it goes.
func Sites(path string) ([]Site, error) {
	file, err := os.Open(path)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err // the operation names the file
		}
		return nil, ops.Wrap("read "+path, err)
	}
	_ = file.Close()
	conf := readNginx(path)
	var out []Site
	for _, s := range conf.servers {
		out = append(out, Site{Names: s.names, File: s.at.file, Line: s.at.line, Includes: s.includes, Locations: s.locations, FlagFile: s.flagged})
	}
	return out, nil
}
