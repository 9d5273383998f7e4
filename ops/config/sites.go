package config

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"calm/ops"
)

// Site is a server block of nginx's configuration.
type Site struct {
	Names     []string // of server_name; "_" and wildcards as they stand
	Listens   []string // addresses and ports, as they stand
	File      string
	Line      int
	Includes  []string // patterns of files that it includes, absolute
	Locations []string // the heads of its locations: "^~ /api/"
	Flags     []Flag   // files that can close a part of it, so that a touch does
}

// Flag is a file that a location asks for with each request: `if (-f FILE) { return STATUS; }`.
type Flag struct {
	Location string // its head; empty for the server block itself
	File     string
	Status   int // 0 where it returns none
}

// Takes says whether the server block includes a file by its path.
func (s Site) Takes(path string) bool {
	return slices.ContainsFunc(s.Includes, func(pattern string) bool {
		ok, _ := filepath.Match(pattern, path)
		return ok
	})
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
	return sitesOf(readNginx(path)), nil
}

// SitesOf reads the server blocks out of what `nginx -T` prints, and nothing else of it: it holds
// whatever secret the configuration does. ok is false for a text that is none.
func SitesOf(dump []byte) (sites []Site, ok bool) {
	files := inDump{}
	first, path := "", ""
	lines := bufio.NewScanner(bytes.NewReader(dump))
	lines.Buffer(nil, nginxBytes)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "# configuration file "); ok && strings.HasSuffix(name, ":") {
			path = strings.TrimSuffix(name, ":")
			if first == "" {
				first = path
			}
			continue
		}
		if path != "" {
			files[path] = append(append(files[path], lines.Bytes()...), '\n')
		}
	}
	if first == "" || lines.Err() != nil {
		return nil, false
	}
	return sitesOf(readNginxFrom(files, first)), true
}

func sitesOf(conf nginxConf) []Site {
	var out []Site
	for _, s := range conf.servers {
		site := Site{Names: s.names, File: s.at.file, Line: s.at.line, Includes: s.includes, Locations: s.locations, Flags: s.flags}
		for _, l := range s.listens {
			site.Listens = append(site.Listens, l[0])
		}
		out = append(out, site)
	}
	return out
}

// inDump are the files that `nginx -T` has printed.
type inDump map[string][]byte

func (d inDump) read(path string) ([]byte, error) {
	if b, ok := d[path]; ok {
		return b, nil
	}
	return nil, fs.ErrNotExist
}

func (d inDump) match(pattern string) []string {
	var out []string
	for path := range d {
		if ok, _ := filepath.Match(pattern, path); ok {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}
