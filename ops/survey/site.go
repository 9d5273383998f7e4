package survey

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"calm/model/doctor"
	"calm/ops/config"
)

// readSites reads the server blocks of the host's nginx and of the site that the settings name.
func (s *survey) readSites() ([]config.Site, error) {
	all, err := config.Sites(s.Nginx)
	if s.Config.Nginx.Site == "" {
		return all, err
	}
	more, siteErr := config.Sites(s.Config.Nginx.Site)
	for _, site := range more {
		same := func(o config.Site) bool { return o.File == site.File && o.Line == site.Line }
		if !slices.ContainsFunc(all, same) {
			all = append(all, site)
		}
	}
	if len(all) == 0 {
		return nil, cmp.Or(siteErr, err)
	}
	return all, nil
}

// site looks for a server of a name, or for the place that a location is put in.
func (s *survey) site(name string) answer {
	if location, ok := strings.CutPrefix(name, "location "); ok {
		return s.location(location)
	}
	sites, err := s.sites()
	if err != nil {
		return unknown(err.Error(), "run calm as a user that may read nginx's configuration, or set nginx.site in calm.yaml")
	}
	here := s.bind(name)
	var others []string
	for _, site := range sites {
		if serves(site.Names, name) || serves(site.Names, here) {
			return there(fmt.Sprintf("%s, line %d", site.File, site.Line))
		}
		others = append(others, site.Names...)
	}
	return missing("nginx has "+several(others, "no server_name"), bound(name, "set nginx.site in calm.yaml to the file that has it"))
}

// serves says whether one of nginx's names is for a host. What a pattern is for is not worked out.
func serves(names []string, host string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		switch {
		case n == "" || n == host:
			return n != ""
		case strings.HasPrefix(n, "*."):
			return strings.HasSuffix(host, n[1:])
		}
		return n[0] == '.' && (host == n[1:] || strings.HasSuffix(host, n))
	})
}

// location says whether calm could put a location into the site: through a folder of snippets that
// the server block includes.
func (s *survey) location(head string) answer {
	dir := s.Config.Nginx.Snippets
	if dir == "" {
		return missing("there is no folder that it could be put in", "put `include DIR/*.conf;` into the server block, and DIR under nginx.snippets in calm.yaml")
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return unknown(dir+" can't be looked at: no permission", "run calm as a user that may")
	case err != nil || !info.IsDir():
		return missing(dir+" is no folder", "make it, and include it in the server block: include "+dir+"/*.conf;")
	}
	sites, err := s.sites()
	if err != nil {
		return unknown(err.Error(), "set nginx.site in calm.yaml to a file that calm may read")
	}
	included := func(site config.Site) bool {
		return slices.ContainsFunc(site.Includes, func(p string) bool { return filepath.Dir(p) == filepath.Clean(dir) })
	}
	at := slices.IndexFunc(sites, included)
	switch {
	case at < 0:
		return missing("no server block includes "+dir, "put include "+dir+"/*.conf; into the server block")
	case slices.Contains(sites[at].Locations, head):
		return there("it is in the site already")
	case syscall.Access(dir, 2) != nil:
		return missing("this user may not write into "+dir, "let the user that calm runs as write there, or provision a flag file")
	}
	return there("it can be put into " + dir)
}

// certain is a location that no regular expression beats.
func certain(head string) string {
	if strings.HasPrefix(head, "/") {
		return "^~ " + head
	}
	return head
}

// notes says what would be better, without anything being missing.
func (s *survey) notes(r doctor.Report) []string {
	var out []string
	sites, _ := s.sites()
	flagged := slices.ContainsFunc(sites, func(site config.Site) bool { return len(site.Flags) > 0 })
	for _, t := range r.Things {
		if head, ok := strings.CutPrefix(t.Name, "location "); t.Kind == doctor.Site && ok && !flagged && len(t.NeededBy) > 0 {
			out = append(out, fmt.Sprintf("line %d edits the site and reloads nginx; a flag file needs neither, and no root: provision `location %s { if (-f /run/calm/closed) { return 503; } … }` once, then touch and rm do it",
				t.NeededBy[0].Line, certain(head)))
			break
		}
	}
	return out
}
